"""What /openapi.json tells is what the server does: schemathesis reads it, and sends what fits it and what does not, as everybody
who can be logged in. Nothing may be a 5xx, nor an answer that is not described.

SCHEMATHESIS_EXAMPLES=N sends more than the suite has time for, SCHEMATHESIS_SEED=N others."""

import collections
import contextlib
import json
import os
import pathlib
import subprocess

import pytest

from cluster import RAISED_LIMITS
from people import Person, character
from processes import BATTLESCOPE, ROOT, Folder, Server, Simulator, environment, run
from waiting import until

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "4")
SEED = os.environ.get("SCHEMATHESIS_SEED", "1")

ROLES = ["nobody", "no role", "user", "fc", "director", "admin", "superadmin"]

# A stream does not end, and an account that is gone has no role any more; each has its own test.
BY_HAND = {"GET /me/stream": "MeStreamTests", "DELETE /me": "OwnershipTests"}
# Systematic variations of every parameter take long. The others are between these two, and get random requests only.
SYSTEMATIC = ["nobody", "superadmin"]

OPEN = {"GET /", "GET /livez", "GET /healthz", "GET /auth/login", "GET /auth/callback"}
FOR_DIRECTORS = {"GET /admin/features", "PUT /admin/features/{key}", "GET /admin/stats/clusterer"}
FOR_ADMINS = FOR_DIRECTORS | {
    "GET /admin/accounts", "GET /admin/accounts/{id}", "PATCH /admin/accounts/{id}", "GET /admin/accounts/{id}/access",
    "POST /admin/accounts/{id}/block", "POST /admin/accounts/{id}/unblock", "PUT /admin/accounts/{id}/feature-roles",
    "DELETE /admin/accounts/{id}/feature-roles/{featureKey}", "GET /admin/roles/matrix",
}

CONFIGURATION = """
[dictionaries.accounts]
values = {accounts}
[dictionaries.jobs]
values = {jobs}
[dictionaries.features]
values = ["battle-reports", "killmails", "admin"]

[[operations]]
include-path-regex = "^/admin/accounts/"
parameters = {{ "path.id" = {{ dictionary = "accounts", probability = 0.7 }} }}
[[operations]]
include-path-regex = "^/admin/(view-as|auth-config/check)"
parameters = {{ "body.accountId" = {{ dictionary = "accounts", probability = 0.7 }} }}

[parameters]
"body.features[*]" = {{ dictionary = "features", probability = 0.5 }}
"path.job" = {{ dictionary = "jobs", probability = 0.7 }}
"path.key" = {{ dictionary = "features", probability = 0.7 }}
"path.featureKey" = {{ dictionary = "features", probability = 0.7 }}

[checks.negative_data_rejection]
# The usual ones, and what is refused before a route looks: lengths of target, head and body, and encodings of the body.
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 428, 429, 431]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 429]
"""


class Installation:
    """A server with a war on it, bystanders' accounts, and one that has the role."""

    def __init__(self, folder, role):
        self.folder, self.role = folder, role
        self.character = {"nobody": "", "superadmin": "superadmin"}.get(role, "member")

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.universe = stack.enter_context(Simulator(self.folder, "--kills", "60", "--faults", "none"))
            self.server = stack.enter_context(
                Server(self.folder, **self.universe.variables, **RAISED_LIMITS, EVE_SCOPES="publicData",
                       BATTLESCOPE_SUPERADMINS=character(self.universe, "superadmin")))
            self.url = self.server.wait_until_ready()
            for bystander in ["independent", "member2", "outsider", "newowner"]:
                assert Person(self.url).log_in(bystander).status == 302
            if self.role in ("user", "fc", "director", "admin"):
                granted = run(BATTLESCOPE, "account", "grant", "--simulated", self.character, "battle-reports", self.role,
                              "--data-dir", self.server.data, **self.universe.variables)
                assert granted.returncode == 0, granted.stderr
            self.chief = Person(self.url)
            assert self.chief.log_in("superadmin").status == 302
            until(lambda: len(self.chief.ask("/battles").json["items"]) > 0, "there are battles")
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def schemathesis(self):
        """Its exit code, what it said, and the statuses of each operation's answers."""
        document = self.folder / "openapi.json"
        document.write_bytes(self.chief.ask("/openapi.json").body)
        jobs = [job["job"] for job in self.chief.ask("/admin/jobs").json["items"]] or ["none"]
        configuration = self.folder / "schemathesis.toml"
        configuration.write_text(CONFIGURATION.format(accounts=json.dumps(self.accounts()), jobs=json.dumps(jobs)))
        calls = self.folder / "calls.ndjson"
        tools = ROOT / ".build/tools/bin"
        phases = "coverage,fuzzing" if self.role in SYSTEMATIC or "SCHEMATHESIS_EXAMPLES" in os.environ else "fuzzing"
        excluded = [word for operation in BY_HAND for word in ("--exclude-name", operation)]
        calls.touch()
        result = subprocess.run(
            [tools / "schemathesis", "--config-file", configuration, "run", document, "--url", self.url, "--checks", "all",
             "--phases", phases, "--max-examples", EXAMPLES, "--seed", SEED,
             "--generation-database", "none", "--suppress-health-check", "all", "--workers", "1",
             "--continue-on-failure", "--warnings", "off", "--no-color", "--request-timeout", "30", *excluded],
            cwd=self.folder, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=1200,
            env=environment(SCHEMATHESIS_HOOKS="schemathesis_hooks", PYTHONPATH=str(pathlib.Path(__file__).parent),
                            SERVER=self.url, CHARACTER=self.character, CALLS=str(calls)))
        answers = collections.defaultdict(collections.Counter)
        for line in calls.read_text().splitlines():
            operation, status = json.loads(line)
            answers[operation][status] += 1
        return result, json.loads(document.read_text()), answers

    def accounts(self):
        """Those of the bystanders."""
        return [account["id"] for account in self.chief.ask("/admin/accounts").json["items"] if not account["isSuperAdmin"]]


def may(role, operation):
    path = operation.split()[1]
    if operation in OPEN or role == "superadmin":
        return True
    if path.startswith("/admin") and operation != "DELETE /admin/view-as":
        return operation in {"director": FOR_DIRECTORS, "admin": FOR_ADMINS}.get(role, set())
    return role != "nobody" and (role != "no role" or not path.startswith(("/battles", "/killmails")))


@pytest.mark.parametrize("role", ROLES)
def test_the_server_does_what_its_description_tells(role):
    with Folder() as folder, Installation(folder, role) as installation:
        result, document, answers = installation.schemathesis()
        assert result.returncode == 0, result.stdout[-20_000:] + result.stderr
        described = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
        assert set(answers) == described - set(BY_HAND)
        assert [line for line in installation.server.lines() if line["level"] >= 50] == []

        # All of that is worth something only if the role was held, and nobody got further than it reaches.
        opened = {operation for operation, statuses in answers.items() if any(200 <= status < 300 for status in statuses)}
        assert [operation for operation in sorted(opened) if not may(role, operation)] == []
        simple = {operation for operation in answers if operation.startswith("GET") and "{" not in operation} - {
            "GET /auth/login", "GET /auth/callback"}
        assert [operation for operation in sorted(simple - opened) if may(role, operation)] == []
        if role == "superadmin":
            assert {"PUT /admin/auth-config", "PUT /admin/features/{key}", "PATCH /me", "POST /me/api-keys"} <= opened
