"""The application: the API under ``/api/v1``, and the page everywhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from seismomag.operate.api.context import Operation, close_operation
from seismomag.operate.api.openapi import PREFIX, describe
from seismomag.operate.api.page_files import page_folder, serve_file
from seismomag.operate.api.problems import MEDIA_TYPE, ProblemError
from seismomag.operate.api.routes import ROUTERS


def create_application(operation: Operation, *, page: Path | None = None) -> FastAPI:
    """Make the application of an operation.

    Parameters
    ----------
    operation
        What it shows; its databases are closed when the application stops.
    page
        Folder of the built page; that of the package by default.

    Returns
    -------
    application
        ``application.state.operation`` holds what the routes work with.
    """
    application = FastAPI(
        title="seismomag",
        version=version("seismomag"),
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        lifespan=_closing,
    )
    application.state.operation = operation
    application.add_exception_handler(ProblemError, _answer_problem)
    for router in ROUTERS:
        application.include_router(router, prefix=PREFIX)
    describe(application)
    _add_page(application, page or page_folder())
    return application


@asynccontextmanager
async def _closing(application: FastAPI) -> AsyncIterator[None]:
    yield
    close_operation(application.state.operation)


async def _answer_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return Response(
        error.document().model_dump_json(exclude_none=True), error.status, media_type=MEDIA_TYPE
    )


def _add_page(application: FastAPI, folder: Path) -> None:
    @application.get("/{path:path}", include_in_schema=False)
    def page_file(path: str) -> Response:
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404, "no such address")
        return serve_file(folder, path)
