"""The document of the API: examples that are answers, and the copy that the page is typed from."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI

from seismomag.operate.api.openapi import add_routes, openapi_document, read_examples
from seismomag.operate.api.routes.routers import DATA_ROUTERS

WEB = Path(__file__).parents[3] / "web" / "openapi.json"


def answers():
    """Shape of each address of data that answers with JSON."""
    application = FastAPI()
    add_routes(application)
    routers = [route for router in DATA_ROUTERS for route in router.routes]
    return {f"/api/v1{r.path}": r.response_model for r in routers if r.response_model is not None}


@pytest.mark.parametrize("path", sorted(answers()))
def test_every_address_of_data_has_an_example_of_its_shape(path):
    shape = answers()[path]
    example = read_examples()[path]
    again = shape.model_validate_json(json.dumps(example)).model_dump_json()
    assert json.loads(again) == example


def test_examples_stand_in_the_document():
    said = openapi_document()["paths"]
    for path, example in read_examples().items():
        content = said[path]["get"]["responses"]["200"]["content"]["application/json"]
        assert content["example"] == example


def test_the_page_is_typed_from_the_present_document():
    assert json.loads(WEB.read_text(encoding="utf-8")) == openapi_document(), (
        "run: python -m seismomag.operate.api.openapi web/openapi.json, then npm run types"
    )
