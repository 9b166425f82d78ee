"""For machines that watch: whether the server answers, and its figures."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from seismomag.operate.api.context import Opened, Operation
from seismomag.operate.api.guard.access import Viewer
from seismomag.operate.api.guard.problems import ProblemError, problem_responses
from seismomag.operate.api.metrics import MEDIA_TYPE, Metrics
from seismomag.operate.api.shapes.access import Health

ANSWER_WITHIN_S = 2.0

router = APIRouter(tags=["health"])

# Its own thread: the answer must come also when every other one waits.
_WATCH = ThreadPoolExecutor(1, thread_name_prefix="health")


@router.get("/healthz", responses=problem_responses(503))
async def get_health(request: Request, operation: Opened) -> Health:
    """Whether the server and its database answer; open to everybody."""
    loop = asyncio.get_running_loop()
    asked = loop.run_in_executor(_WATCH, _revision, operation)
    try:
        revision = await asyncio.wait_for(asked, ANSWER_WITHIN_S)
    except (TimeoutError, sa.exc.DBAPIError) as error:
        since = request.app.state.outage.begin()
        raise ProblemError(
            503, "not to be had now", "the database does not answer", since=since
        ) from error
    request.app.state.outage.end()
    return Health(status="ok", database_revision=revision or "none")


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **problem_responses(401, 403, 503),
    },
)
async def get_metrics(request: Request, _: Viewer) -> Response:
    """Requests, latencies, ages of data, stages and the chain, in Prometheus' text format."""
    metrics: Metrics = request.app.state.metrics
    return Response(await run_in_threadpool(metrics.text), headers={"Content-Type": MEDIA_TYPE})


def _revision(operation: Operation) -> str | None:
    with operation.engine.connect() as connection:
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
