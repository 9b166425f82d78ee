"""Addresses of the forecast view and the ledger view."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from seismomag.operate.api.answers import tables
from seismomag.operate.api.answers.tables import Part
from seismomag.operate.api.guard.problems import problem_responses
from seismomag.operate.api.queries.forecasts import query_forecasts
from seismomag.operate.api.queries.ledger import query_ledger
from seismomag.operate.api.routes.answering import answer, answer_json
from seismomag.operate.api.routes.parameters import (
    BeforeSeq,
    Format,
    Limit,
    ListFormat,
    Month,
    OneStation,
)
from seismomag.operate.api.shapes.forecasts import (
    ForecastMonth,
    LedgerAnswer,
    LedgerRecord,
    Score,
)
from seismomag.operate.api.shapes.parts import Event

router = APIRouter(tags=["forecasts"])


class ForecastPart(StrEnum):
    """Tables of a month of forecasts."""

    scores = "scores"
    events = "events"


FORECAST_PARTS: Mapping[str, Part] = {
    "scores": Part(Score, lambda a: a.scores),
    "events": Part(Event, lambda a: a.events),
}
LEDGER_PARTS: Mapping[str, Part] = {"records": Part(LedgerRecord, lambda a: a.records)}


@router.get("/forecasts", response_model=ForecastMonth, responses=problem_responses(404, 422, 503))
async def get_forecasts(
    request: Request,
    month: Month = None,
    station: OneStation = None,
    form: ListFormat = Format.json,
    part: Annotated[ForecastPart, Query(description="table of the CSV")] = ForecastPart.scores,
) -> Response:
    """Scores of a month beside its earthquakes, and what the scores are worth."""
    if form is Format.json:
        return await answer_json(
            request, ("forecasts", month, station), lambda o: query_forecasts(o, month, station)
        )
    return await answer(
        request,
        ("forecasts", month, station, part),
        lambda o: tables.encode_part(
            query_forecasts(o, month, station), FORECAST_PARTS, part, "forecasts"
        ),
    )


@router.get("/ledger", response_model=LedgerAnswer, responses=problem_responses(422, 503))
async def get_ledger(
    request: Request,
    before: BeforeSeq = None,
    limit: Limit = 50,
    form: ListFormat = Format.json,
) -> Response:
    """A page of the ledger, newest first, and the state of its chain."""
    if form is Format.json:
        return await answer_json(
            request, ("ledger", before, limit), lambda o: query_ledger(o, before, limit)
        )
    return await answer(
        request,
        ("ledger", before, limit, "csv"),
        lambda o: tables.encode_part(
            query_ledger(o, before, limit), LEDGER_PARTS, "records", "ledger"
        ),
    )
