"""The application: the API under ``/api/v1``, and the page everywhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from seismomag.operate.api.answers.conditional import Conditional
from seismomag.operate.api.context import Operation, close_operation
from seismomag.operate.api.guard.access import Access, Strangers
from seismomag.operate.api.guard.failures import add_failures, answer
from seismomag.operate.api.guard.gate import Gate
from seismomag.operate.api.guard.limits import Limits
from seismomag.operate.api.guard.problems import TITLES, ProblemError
from seismomag.operate.api.metrics import Metrics
from seismomag.operate.api.openapi import PREFIX, add_routes
from seismomag.operate.api.page_files import PageFiles, page_folder


def create_application(
    operation: Operation,
    *,
    page: Path | None = None,
    limits: Limits | None = None,
    is_private: bool = True,
) -> FastAPI:
    """Make the application of an operation.

    Parameters
    ----------
    operation
        What it shows; its databases are closed when the application stops.
    page
        Folder of the built page; that of the package by default.
    limits
        How often and how much; the usual ones by default.
    is_private
        Whether only this machine reaches it; then, and only without users, reading is free.

    Returns
    -------
    application
        ``application.state.operation`` holds what the routes work with.
    """
    bounds = limits or Limits()
    application = FastAPI(
        title="seismomag",
        version=version("seismomag"),
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
        lifespan=_closing,
    )
    application.state.operation = operation
    application.state.access = Access(operation, bounds, is_private=is_private)
    application.state.metrics = Metrics(operation)
    add_failures(application)
    add_routes(application)
    application.router.default = _Page(page or page_folder())
    application.add_middleware(Strangers, access=application.state.access)
    application.add_middleware(Conditional)
    application.add_middleware(Gate, limits=bounds, metrics=application.state.metrics)
    return application


@asynccontextmanager
async def _closing(application: FastAPI) -> AsyncIterator[None]:
    yield
    close_operation(application.state.operation)


class _Page:
    """What answers where no route does."""

    def __init__(self, folder: Path) -> None:
        self._files = PageFiles(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].lstrip("/")
        if path == "api" or path.startswith("api/"):
            raise ProblemError(
                404, TITLES[404], "there is no such address; see /api/v1/openapi.json"
            )
        if scope["method"] != "GET":
            headers = {"Allow": "GET, HEAD"}
            raise ProblemError(405, TITLES[405], "the page is only read", headers=headers)
        asked = Request(scope).headers
        try:
            response = await run_in_threadpool(self._files.serve, path, asked)
        except ProblemError as problem:
            response = answer(problem)
        await response(scope, receive, send)
