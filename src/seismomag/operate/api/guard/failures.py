"""From an error to the document that the reader gets, and the line that the log gets."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from seismomag.core.errors import SeismomagError
from seismomag.operate.api.guard.problems import MEDIA_TYPE, TITLES, ProblemError

LOG = logging.getLogger("seismomag.api")
_LONGEST_DETAIL = 500


class Outage:
    """Since when the database cannot be read, and since when it cannot be written."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._since: dict[bool, datetime] = {}

    def begin(self, *, is_write: bool = False) -> datetime:
        """Say that it failed, and get the time of the first failure."""
        return self._since.setdefault(is_write, self._clock().replace(microsecond=0))

    def end(self, *, is_write: bool = False) -> None:
        """Say that it answered."""
        self._since.pop(is_write, None)


def answer(problem: ProblemError) -> Response:
    """Make the answer of a problem."""
    return Response(
        problem.document().model_dump_json(exclude_none=True),
        problem.status,
        headers={"Cache-Control": "no-store", **problem.headers},
        media_type=MEDIA_TYPE,
    )


def add_failures(application: FastAPI) -> None:
    """Let an application answer every error with a problem document."""
    application.state.outage = Outage()
    handlers = {
        ProblemError: _by_problem,
        HTTPException: _by_http,
        RequestValidationError: _by_question,
        DBAPIError: _by_database,
        SeismomagError: _by_data,
    }
    for error, handler in handlers.items():
        application.add_exception_handler(error, handler)


def request_id_of(request: Request) -> str:
    """Number of a request, as it stands in the log and in ``X-Request-Id``."""
    return str(getattr(request.state, "request_id", "-"))


def unexpected() -> ProblemError:
    """Make the problem of an error of ours: the reader learns nothing but that."""
    return ProblemError(
        500, TITLES[500], "an error of seismomag; the log has it under the X-Request-Id of this"
    )


async def _by_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return answer(error)


async def _by_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    title = TITLES.get(status, HTTPStatus(status).phrase.lower())
    return answer(
        ProblemError(status, title, str(error.detail).lower(), headers=error.headers or {})
    )


async def _by_question(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [
        f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()
    ]
    return answer(ProblemError(422, TITLES[422], "; ".join(wrong)[:_LONGEST_DETAIL]))


async def _by_database(request: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError)
    LOG.error("%s database: %s", request_id_of(request), error.orig)
    if isinstance(error, IntegrityError | ProgrammingError):
        return answer(unexpected())
    since = request.app.state.outage.begin(is_write=request.method != "GET")
    is_locked = "locked" in str(error.orig) or "lock timeout" in str(error.orig)
    why = "the database is locked" if is_locked else "the database cannot be read"
    problem = ProblemError(
        503, TITLES[503], f"{why}; try again in a moment", since=since, headers={"Retry-After": "5"}
    )
    return answer(problem)


async def _by_data(request: Request, error: Exception) -> Response:
    # The message may name a path: it is for the log.
    LOG.error("%s %s: %s", request_id_of(request), type(error).__name__, error)
    return answer(ProblemError(503, TITLES[503], "what this answer is made of cannot be read"))
