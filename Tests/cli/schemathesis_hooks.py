"""What schemathesis needs to know of us: how to log in, and which rules no schema can say. Loaded by schemathesis, which
test_schemathesis.py starts as a program of its own."""

import json
import os

import schemathesis
from schemathesis.core.failures import Failure, ServerError
from schemathesis.specs.openapi.checks import RejectedPositiveData

from people import Person

SERVER = os.environ["SERVER"]
CHARACTER = os.environ["CHARACTER"]

# A request can be as its schema says and be refused all the same, for one of these reasons and no other.
RULES = {
    "cursor is not one that this list gave out": {"GET /admin/accounts", "GET /admin/audit-logs", "GET /admin/killmails/failed",
                                                  "GET /battles", "GET /me/audit"},
    "role goes with feature": {"GET /admin/accounts"},
    "from must not be later than to": {"GET /admin/audit-logs", "GET /admin/audit-logs/export"},
    "start_time_after must not be later than start_time_before": {"GET /battles"},
    "This login was not begun in this browser": {"GET /auth/callback"},
    " is not a feature; there are": {"POST /me/api-keys"},
    "the body has either roles or one featureKey": {"PUT /admin/accounts/{id}/feature-roles"},
    "the body needs roles (the whole list), or one": {"PUT /admin/accounts/{id}/feature-roles"},
    " twice": {"PUT /admin/accounts/{id}/feature-roles"},
    "requiresMembership needs an allowed": {"PUT /admin/auth-config"},
    "displayName must be one line": {"PATCH /me", "PATCH /admin/accounts/{id}"},
    "there is nothing to change": {"PUT /admin/features/{key}"},
    " has no setting ": {"PUT /admin/features/{key}"},
}

# After these the session is not what it was; after any 401 it is none.
CHANGES_SESSION = {"POST /admin/view-as", "DELETE /admin/view-as"}
session = None


if CHARACTER:
    @schemathesis.auth(refresh_interval=None)
    class Session:
        def get(self, case, context):
            global session
            if session is None:
                person = Person(SERVER)
                answer = person.log_in(CHARACTER)
                assert person.session, (answer.status, answer.body)
                session = person.session
            return session

        def set(self, case, data, context):
            case.cookies = dict(case.cookies or {}) | {"battlescope_session": data}
            if case.method not in ("GET", "HEAD", "OPTIONS"):
                case.headers["Origin"] = SERVER


@schemathesis.hook
def filter_failure(context, failure: Failure, case, response):
    # A plugin whose settings were just changed starts anew; nobody else can change them.
    if CHARACTER == "superadmin" and response.status_code == 503 and response.json()["error"] == "plugin_unavailable":
        return not isinstance(failure, (RejectedPositiveData, ServerError))
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return True
    # Words that schemathesis was given for a list can come twice in it, whatever the schema says.
    if isinstance(case.body, dict) and isinstance(features := case.body.get("features"), list):
        if len(set(map(str, features))) < len(features):
            return False
    problem = response.json()
    said = [error["message"] for error in problem.get("errors", [])] or [problem["detail"]]
    rules = [rule for rule, where in RULES.items() if case.operation.label in where]
    return not all(any(rule in message for rule in rules) for message in said)


@schemathesis.hook
def after_call(context, case, response):
    """Who got how far is looked at by the test."""
    global session
    if case.operation.label in CHANGES_SESSION or response.status_code == 401:
        session = None
    with open(os.environ["CALLS"], "a") as calls:
        calls.write(json.dumps([case.operation.label, response.status_code]) + "\n")
