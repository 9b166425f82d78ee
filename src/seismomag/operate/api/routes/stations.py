"""Addresses of the station view: a day, its scalograms, a year of coverage."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from seismomag.operate.api.answers import tables
from seismomag.operate.api.answers.encoding import BYTES, Encoded, encode
from seismomag.operate.api.answers.tables import Part
from seismomag.operate.api.context import Operation
from seismomag.operate.api.guard.problems import problem_responses
from seismomag.operate.api.queries.stations import (
    query_coverage,
    query_scalogram,
    query_station_day,
)
from seismomag.operate.api.routes.answering import answer, answer_json
from seismomag.operate.api.routes.parameters import (
    Format,
    ListFormat,
    ScalogramKind,
    StationCode,
    UtcDay,
    Year,
)
from seismomag.operate.api.shapes.parts import DayCell, DstHour, KpInterval
from seismomag.operate.api.shapes.station import CoverageAnswer, FlagSpan, StationDayAnswer

router = APIRouter(prefix="/stations/{station_code}", tags=["station"])


class DayPart(StrEnum):
    """Tables of a station-day."""

    minutes = "minutes"
    flags = "flags"
    kp = "kp"
    dst = "dst"


DAY_PARTS: Mapping[str, Part] = {
    "minutes": Part(tables.MinuteRow, tables.minute_rows),
    "flags": Part(FlagSpan, lambda a: a.flags),
    "kp": Part(KpInterval, lambda a: a.kp),
    "dst": Part(DstHour, lambda a: a.dst),
}
COVERAGE_PARTS: Mapping[str, Part] = {"cells": Part(DayCell, lambda a: a.cells)}

_HEADERS: Mapping[str, str] = {
    "X-Scalogram-Shape": "components, frequencies, columns",
    "X-Scalogram-Components": "their names, in order",
    "X-Scalogram-Scale": "`log10` or `linear`",
    "X-Scalogram-Low": "value of byte 0 and below",
    "X-Scalogram-High": "value of byte 254 and above",
    "X-Scalogram-Unit": "of these values",
    "X-Scalogram-Frequency-Low-Hz": "lowest frequency; the rows are spaced in the logarithm",
    "X-Scalogram-Frequency-High-Hz": "highest frequency",
    "X-Scalogram-Seconds-Per-Column": "length of a column",
}
_BINARY: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "bytes in C order; 255 = missing or masked",
        "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in _HEADERS.items()
        },
    }
}


@router.get(
    "/days/{day}", response_model=StationDayAnswer, responses=problem_responses(404, 422, 503)
)
async def get_station_day(
    request: Request,
    station_code: StationCode,
    day: UtcDay,
    form: ListFormat = Format.json,
    part: Annotated[DayPart, Query(description="table of the CSV")] = DayPart.minutes,
) -> Response:
    """Field, flags, Z/H ratio and indices of a station-day."""
    if form is Format.json:
        return await answer_json(
            request,
            ("day", station_code, day),
            lambda o: query_station_day(o, station_code, day),
        )
    return await answer(
        request,
        ("day", station_code, day, part),
        lambda o: tables.encode_part(
            query_station_day(o, station_code, day), DAY_PARTS, part, f"{station_code}-{day}"
        ),
    )


@router.get(
    "/days/{day}/scalogram",
    response_class=Response,
    responses={**_BINARY, **problem_responses(404, 422, 503)},
)
async def get_scalogram(
    request: Request,
    station_code: StationCode,
    day: UtcDay,
    kind: Annotated[
        ScalogramKind, Query(description="amplitude of H, D, Z, or in-phase part of H and Z")
    ] = ScalogramKind.amplitude,
) -> Response:
    """Scalograms as bytes: (component, frequency from low to high, time) in C order."""

    def make(operation: Operation) -> Encoded:
        picture = query_scalogram(operation, station_code, day, kind)
        return encode(picture.values.tobytes(), BYTES, headers=picture.headers)

    return await answer(request, ("scalogram", station_code, day, kind), make)


@router.get("/coverage", response_model=CoverageAnswer, responses=problem_responses(404, 422, 503))
async def get_coverage(
    request: Request, station_code: StationCode, year: Year, form: ListFormat = Format.json
) -> Response:
    """Coverage of a year, a cell a day."""
    if form is Format.json:
        return await answer_json(
            request,
            ("coverage", station_code, year),
            lambda o: query_coverage(o, station_code, year),
        )
    return await answer(
        request,
        ("coverage", station_code, year, "csv"),
        lambda o: tables.encode_part(
            query_coverage(o, station_code, year), COVERAGE_PARTS, "cells", f"{station_code}-{year}"
        ),
    )
