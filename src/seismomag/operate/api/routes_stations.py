"""Addresses of the station view: a day, its scalograms, a year of coverage."""

from fastapi import APIRouter, Request, Response

from seismomag.operate.api.parameters import (
    Format,
    ListFormat,
    ScalogramKind,
    StationCode,
    UtcDay,
    Year,
)
from seismomag.operate.api.problems import ProblemError, problem_responses
from seismomag.operate.api.shapes_station import CoverageAnswer, StationDayAnswer

router = APIRouter(prefix="/stations/{station_code}", tags=["station"])


@router.get(
    "/days/{day}", response_model=StationDayAnswer, responses=problem_responses(404, 422, 503)
)
async def get_station_day(
    request: Request, station_code: StationCode, day: UtcDay, form: ListFormat = Format.json
) -> Response:
    """Field, flags, Z/H ratio and indices of a station-day."""
    raise ProblemError(503, "not to be had now", "this answer is being made")


@router.get(
    "/days/{day}/scalogram",
    response_class=Response,
    responses=problem_responses(404, 422, 503),
)
async def get_scalogram(
    request: Request,
    station_code: StationCode,
    day: UtcDay,
    kind: ScalogramKind = ScalogramKind.amplitude,
) -> Response:
    """Scalograms as bytes: (component, frequency from low to high, time) in C order."""
    raise ProblemError(503, "not to be had now", "this answer is being made")


@router.get("/coverage", response_model=CoverageAnswer, responses=problem_responses(404, 422, 503))
async def get_coverage(
    request: Request, station_code: StationCode, year: Year, form: ListFormat = Format.json
) -> Response:
    """Coverage of a year, a cell a day."""
    raise ProblemError(503, "not to be had now", "this answer is being made")
