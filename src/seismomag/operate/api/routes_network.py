"""Addresses of the frame, the network view and the health view."""

from fastapi import APIRouter, Request, Response

from seismomag.operate.api.parameters import Format, ListFormat, NumberOfDays
from seismomag.operate.api.problems import ProblemError, problem_responses
from seismomag.operate.api.shapes_network import (
    NetworkAnswer,
    OperationAnswer,
    StationsAnswer,
    StatusAnswer,
)

router = APIRouter(tags=["network"])


@router.get("/status", response_model=StatusAnswer, responses=problem_responses(503))
async def get_status(request: Request) -> Response:
    """Mode, verdict, states of the stations, and what is broken."""
    raise ProblemError(503, "not to be had now", "this answer is being made")


@router.get("/network", response_model=NetworkAnswer, responses=problem_responses(422, 503))
async def get_network(
    request: Request, days: NumberOfDays = 30, form: ListFormat = Format.json
) -> Response:
    """Roll call with coverage, earthquakes and Kp of the last days."""
    raise ProblemError(503, "not to be had now", "this answer is being made")


@router.get("/stations", response_model=StationsAnswer, responses=problem_responses(422, 503))
async def get_stations(request: Request, form: ListFormat = Format.json) -> Response:
    """Configured stations with their state and the ends of their archives."""
    raise ProblemError(503, "not to be had now", "this answer is being made")


@router.get("/operation", response_model=OperationAnswer, responses=problem_responses(422, 503))
async def get_operation(request: Request, form: ListFormat = Format.json) -> Response:
    """Stages by station, what is broken, the last cycle, the machine and the versions."""
    raise ProblemError(503, "not to be had now", "this answer is being made")
