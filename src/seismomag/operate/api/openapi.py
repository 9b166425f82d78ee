"""The OpenAPI document; ``python -m seismomag.operate.api.openapi [FILE]`` writes it.

The types of the page are made from it, so that both are made from the shapes.
"""

import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI

from seismomag.core.atomic import write_text
from seismomag.operate.api.guard.access import VIEWER
from seismomag.operate.api.guard.problems import problem_responses
from seismomag.operate.api.routes import health as routes_health
from seismomag.operate.api.routes.routers import DATA_ROUTERS, ROUTERS
from seismomag.operate.api.shapes.access import Problem

PREFIX = "/api/v1"


def describe(application: FastAPI) -> None:
    """Let an application's document hold what its routes only refer to."""
    made = application.openapi

    def document() -> dict[str, Any]:
        said = made()
        schemas = said.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", Problem.model_json_schema())
        examples = read_examples()
        for path, methods in said["paths"].items():
            for method, operation in methods.items():
                _tell_of_tables(operation)
                if method == "get" and path in examples:
                    content = operation["responses"]["200"]["content"]
                    content["application/json"]["example"] = examples[path]
                if method == "get":
                    operation["responses"].setdefault("304", {"description": "the asker has it"})
        return said

    application.openapi = document  # type: ignore[method-assign]


def read_examples() -> dict[str, Any]:
    """Answers of an invented operation, shortened, by address."""
    resource = files("seismomag.operate.api").joinpath("examples.json")
    found: dict[str, Any] = json.loads(resource.read_text(encoding="utf-8"))
    return found


def _tell_of_tables(operation: dict[str, Any]) -> None:
    """Say that an answer with a parameter ``format`` comes as CSV, too."""
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    if "format" in names:
        content = operation["responses"]["200"]["content"]
        content.setdefault("text/csv", {"schema": {"type": "string"}})


def add_routes(application: FastAPI) -> None:
    """Give an application every address of the API, and its document."""
    application.include_router(routes_health.router)
    for router in DATA_ROUTERS:
        # What is read needs a reader: no route of data says so itself, so that none can forget it.
        application.include_router(
            router,
            prefix=PREFIX,
            dependencies=[Depends(VIEWER)],
            responses=problem_responses(401, 403, 503),
        )
    for router in ROUTERS:
        application.include_router(router, prefix=PREFIX)
    describe(application)


def openapi_document() -> dict[str, Any]:
    """Return the document of all routes, without any operation behind them."""
    application = FastAPI(title="seismomag", version="1", openapi_url=f"{PREFIX}/openapi.json")
    add_routes(application)
    return application.openapi()


def main(words: Sequence[str]) -> int:
    """Print the document, or write it into a file."""
    text = json.dumps(openapi_document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if words:
        write_text(words[0], text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main([str(Path(word)) for word in sys.argv[1:]]))
