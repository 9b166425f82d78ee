"""The document of the API is complete, and its examples are true to it."""

import json
import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from seismomag.operate.api.guard.problems import TITLES
from seismomag.operate.api.openapi import openapi_document, read_examples
from seismomag.operate.api.routes.routers import DATA_ROUTERS
from seismomag.operate.api.shapes import access as shapes_access

DOCUMENT = openapi_document()
OPERATIONS = [
    (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_every_operation_is_described(method, path, operation):
    assert operation["tags"]
    assert len(operation["description"]) > 15
    for parameter in operation.get("parameters", ()):
        assert parameter["in"] == "cookie" or parameter.get("description"), parameter["name"]
    for status, said in operation["responses"].items():
        assert said["description"]
        if int(status) >= 400:
            assert set(said["content"]) == {"application/problem+json"}
    if method == "post":
        assert has_example(operation["requestBody"]["content"]["application/json"])
    content = operation["responses"].get("200", {}).get("content", {})
    if "application/json" in content:
        assert has_example(content["application/json"])


def has_example(content):
    name = content["schema"]["$ref"].rpartition("/")[2]
    schema = DOCUMENT["components"]["schemas"][name]
    parts = [p.get("items", {}).get("$ref", "") for p in schema["properties"].values()]
    below = [DOCUMENT["components"]["schemas"][p.rpartition("/")[2]] for p in parts if p]
    return "example" in content or any("examples" in one for one in (schema, *below))


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_who_must_be_somebody_is_told(method, path, operation):
    is_open = path == "/healthz" or path.endswith("/session")
    assert bool(operation.get("security")) != is_open


def test_every_example_of_data_is_an_answer():
    kinds = {
        f"/api/v1{route.path}": route.response_model
        for router in DATA_ROUTERS
        for route in router.routes
    }
    examples = {path: one for path, one in read_examples().items() if path in kinds}
    for path, example in examples.items():
        TypeAdapter(kinds[path]).validate_json(json.dumps(example))
    assert len(examples) >= 8


@pytest.mark.parametrize(
    "kind",
    [kind for kind in vars(shapes_access).values() if hasattr(kind, "model_config")],
)
def test_every_example_of_a_shape_is_one(kind):
    for example in (kind.model_config.get("json_schema_extra") or {}).get("examples", ()):
        kind.model_validate_json(json.dumps(example))


def test_examples_hold_no_secret_and_no_place():
    text = json.dumps(read_examples())
    for word in ("/tmp", "/home", "/work", "Traceback"):
        assert word not in text


def test_the_document_of_the_page_is_this_one():
    held = Path(__file__).parents[3] / "web" / "openapi.json"
    assert json.loads(held.read_text()) == DOCUMENT


def test_the_page_has_words_for_every_kind_of_problem():
    root = Path(__file__).parents[3]
    sources = (root / "src/seismomag/operate/api").rglob("*.py")
    code = "\n".join(path.read_text() for path in sources)
    titles = {*TITLES.values(), *re.findall(r'ProblemError\(\s*\d+,\s*"([^"]+)"', code)}
    labels = json.loads((root / "web/src/labels/frame.json").read_text())
    assert {f"problem_{title.replace(' ', '_')}" for title in titles} <= set(labels)
