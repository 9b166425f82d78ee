"""Addresses of the forecast view and the ledger view."""

from fastapi import APIRouter, Request, Response

from seismomag.operate.api.parameters import (
    BeforeSeq,
    Format,
    Limit,
    ListFormat,
    Month,
    OneStation,
)
from seismomag.operate.api.problems import ProblemError, problem_responses
from seismomag.operate.api.shapes_forecasts import ForecastMonth, LedgerAnswer

router = APIRouter(tags=["forecasts"])


@router.get("/forecasts", response_model=ForecastMonth, responses=problem_responses(404, 422, 503))
async def get_forecasts(
    request: Request,
    month: Month = None,
    station: OneStation = None,
    form: ListFormat = Format.json,
) -> Response:
    """Scores of a month beside its earthquakes, and what the scores are worth."""
    raise ProblemError(503, "not to be had now", "this answer is being made")


@router.get("/ledger", response_model=LedgerAnswer, responses=problem_responses(422, 503))
async def get_ledger(
    request: Request,
    before: BeforeSeq = None,
    limit: Limit = 50,
    form: ListFormat = Format.json,
) -> Response:
    """A page of the ledger, newest first, and the state of its chain."""
    raise ProblemError(503, "not to be had now", "this answer is being made")
