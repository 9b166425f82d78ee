"""Addresses of the frame, the network view and the health view."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from seismomag.operate.api.answers import tables
from seismomag.operate.api.answers.tables import Part
from seismomag.operate.api.guard.problems import problem_responses
from seismomag.operate.api.queries.network import query_network, query_stations
from seismomag.operate.api.queries.operation import query_operation, query_status
from seismomag.operate.api.routes.answering import answer, answer_json
from seismomag.operate.api.routes.parameters import Format, ListFormat, NumberOfDays
from seismomag.operate.api.shapes.network import (
    CycleBar,
    NetworkAnswer,
    OperationAnswer,
    StationPlace,
    StationRow,
    StationsAnswer,
    StatusAnswer,
)
from seismomag.operate.api.shapes.parts import Event, KpInterval, Trouble

router = APIRouter(tags=["network"])


class NetworkPart(StrEnum):
    """Tables of the network answer."""

    stations = "stations"
    coverage = "coverage"
    events = "events"
    kp = "kp"


class OperationPart(StrEnum):
    """Tables of the health answer."""

    stages = "stages"
    troubles = "troubles"
    last_cycle = "last_cycle"


NETWORK_PARTS: Mapping[str, Part] = {
    "stations": Part(StationRow, lambda a: a.stations),
    "coverage": Part(tables.CoverageRow, tables.coverage_rows),
    "events": Part(Event, lambda a: a.events),
    "kp": Part(KpInterval, lambda a: a.kp),
}
OPERATION_PARTS: Mapping[str, Part] = {
    "stages": Part(tables.StageFact, tables.stage_facts),
    "troubles": Part(Trouble, lambda a: a.troubles),
    "last_cycle": Part(CycleBar, lambda a: a.last_cycle),
}
STATION_PARTS: Mapping[str, Part] = {"stations": Part(StationPlace, lambda a: a.stations)}


@router.get("/status", response_model=StatusAnswer, responses=problem_responses(503))
async def get_status(request: Request) -> Response:
    """Mode, verdict, states of the stations, and what is broken."""
    return await answer_json(request, "status", query_status)


@router.get("/network", response_model=NetworkAnswer, responses=problem_responses(422, 503))
async def get_network(
    request: Request,
    days: NumberOfDays = 30,
    form: ListFormat = Format.json,
    part: Annotated[NetworkPart, Query(description="table of the CSV")] = NetworkPart.stations,
) -> Response:
    """Roll call with coverage, earthquakes and Kp of the last days."""
    if form is Format.json:
        return await answer_json(request, ("network", days), lambda o: query_network(o, days))
    return await answer(
        request,
        ("network", days, part),
        lambda o: tables.encode_part(query_network(o, days), NETWORK_PARTS, part, "network"),
    )


@router.get("/stations", response_model=StationsAnswer, responses=problem_responses(422, 503))
async def get_stations(request: Request, form: ListFormat = Format.json) -> Response:
    """Configured stations with their state and the ends of their archives."""
    if form is Format.json:
        return await answer_json(request, "stations", query_stations)
    return await answer(
        request,
        ("stations", "csv"),
        lambda o: tables.encode_part(query_stations(o), STATION_PARTS, "stations", "network"),
    )


@router.get("/operation", response_model=OperationAnswer, responses=problem_responses(422, 503))
async def get_operation(
    request: Request,
    form: ListFormat = Format.json,
    part: Annotated[OperationPart, Query(description="table of the CSV")] = OperationPart.stages,
) -> Response:
    """Stages by station, what is broken, the last cycle, the machine and the versions."""
    if form is Format.json:
        return await answer_json(request, "operation", query_operation)
    return await answer(
        request,
        ("operation", part),
        lambda o: tables.encode_part(query_operation(o), OPERATION_PARTS, part, "operation"),
    )
