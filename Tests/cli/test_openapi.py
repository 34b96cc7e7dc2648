"""What `battlescope openapi` prints is a valid OpenAPI 3.1 document that tells what every route takes and answers."""

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from processes import BATTLESCOPE, ROOT, run

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document():
    result = run(BATTLESCOPE, "openapi", DATABASE_URL="postgres://nobody@192.0.2.1/nowhere")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            yield path, method, operation


def test_it_is_valid(document):
    errors = list(OpenAPIV31SpecValidator(document).iter_errors())
    assert not errors, errors[0]


def test_it_has_every_route_of_the_manifests(document):
    listed = set()
    for manifest in sorted((ROOT / "plugins.d").glob("*.yaml")):
        listed |= set(re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[^\s\",\]]*)", manifest.read_text()))
    described = {(method.upper(), path) for path, method, _ in operations(document)}
    assert listed <= described, listed - described
    for own in ["/livez", "/healthz", "/openapi.json", "/auth/login", "/me"]:
        assert ("GET", own) in described


def test_every_operation_says_who_may_use_it_and_what_can_go_wrong(document):
    names = set()
    for path, method, operation in operations(document):
        place = f"{method} {path}"
        assert operation["operationId"] not in names, place
        names.add(operation["operationId"])
        assert operation["tags"] and operation["summary"], place
        assert {"400", "500", "503", "default"} <= operation["responses"].keys(), place
        if operation["security"]:
            assert {"401", "403", "429"} <= operation["responses"].keys(), place
        for parameter in re.findall(r"\{(\w+)\}", path):
            assert parameter in [known["name"] for known in operation["parameters"] if known["in"] == "path"], place


def test_open_doors_are_few(document):
    doors = {path for path, _, operation in operations(document) if not operation["security"]}
    assert doors <= {"/", "/livez", "/healthz", "/auth/login", "/auth/callback"}, doors
