"""The station view: a day of the archive, its scalograms, a year of coverage."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from seismomag.core.constants import STORM_KP
from seismomag.core.stations import Station
from seismomag.operate.api.context import Operation
from seismomag.operate.api.facts import phrases, scalograms
from seismomag.operate.api.facts.coverage_cells import cells, read_day_facts, span
from seismomag.operate.api.facts.day_reading import (
    DayField,
    coverage_of,
    curves,
    day_field,
    flag_spans,
    read_day,
)
from seismomag.operate.api.facts.known import Known, read_known
from seismomag.operate.api.facts.scalograms import Picture, ScalogramError
from seismomag.operate.api.facts.station_states import standings
from seismomag.operate.api.facts.times import end_of, read_utc, utc
from seismomag.operate.api.facts.times import read_day as to_day
from seismomag.operate.api.guard.problems import ProblemError, unknown_name
from seismomag.operate.api.queries.network import read_indices
from seismomag.operate.api.shapes.station import (
    CoverageAnswer,
    Provenance,
    RatioCurve,
    StationDayAnswer,
)
from seismomag.operate.archive import Archive
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import files
from seismomag.signal.grid import ScalogramGrid

RATIO_MINUTES = 10
ONE_AT_A_TIME = threading.Lock()
"""Days are read and transformed one after the other: it bounds the memory of the server."""

NO_KP, NO_DST = "no Kp of this day is known", "no Dst of this day is known"


@dataclass(frozen=True, eq=False)
class _Day:
    """A station-day and what stands beside it in the archive."""

    station: Station
    day: date
    known: Known
    archive: Archive
    rows: Sequence[Mapping[str, Any]]
    previous_day: date | None
    next_day: date | None


def query_station_day(operation: Operation, code: str, day: date) -> StationDayAnswer:
    """Answer for the station view.

    Raises
    ------
    ProblemError
        404: there is no such station, or the day lies outside its archive.
    """
    here = _find(operation, code, day)
    end = day + timedelta(days=1)
    kp, dst = read_indices(operation, day, end)
    with ONE_AT_A_TIME:
        field = read_day(here.archive, code, day) if here.rows else DayField(None, _why_none(here))
        planes, reason = _planes(operation, here, field)
    strongest = max((interval.kp for interval in kp), default=None)
    station = here.station
    return StationDayAnswer(
        as_of=utc(operation.clock()),
        newest_datum_at=end_of(day) if field.recording is not None else None,
        source="station day: archive, quality flags, indices",
        station_code=code,
        name=station.name,
        latitude_deg=station.latitude_deg,
        longitude_deg=station.longitude_deg,
        time_zone=station.time_zone,
        utc_offset_h=_utc_offset_h(station, day),
        state=standings(operation.settings, here.known)[code].state,
        day=day,
        reason=phrases.told(field.reason),
        has_data=field.recording is not None,
        has_scalogram=planes is not None,
        scalogram_reason=phrases.told(reason),
        **_ends(here),
        kp_max=strongest,
        is_storm=None if strongest is None else strongest >= STORM_KP,
        kp=kp,
        kp_reason=phrases.told(_reason_of(kp, NO_KP)),
        dst=dst,
        dst_reason=phrases.told(_reason_of(dst, NO_DST)),
        zh_ratio=None if planes is None else zh_ratio(planes, scalograms.AMPLITUDE_GRID),
        provenance=_provenance(here, field),
        **_field_parts(field, day),
    )


def query_scalogram(operation: Operation, code: str, day: date, kind: str) -> Picture:
    """Return a scalogram as bytes.

    Raises
    ------
    ProblemError
        404: no such station, no such day, or nothing to transform; 503: its store is damaged.
    """
    here = _find(operation, code, day)
    if not here.rows:
        raise ProblemError(404, "no data", f"no data from {code} on {day}: {_why_none(here)}")
    with ONE_AT_A_TIME:
        return _picture(operation, here, kind)


def _picture(operation: Operation, here: _Day, kind: str) -> Picture:
    code, day = here.station.station_code, here.day
    field = read_day(here.archive, code, day)
    if field.recording is None:
        raise ProblemError(503, "day damaged", f"{code} {day}: {field.reason}")
    components = ",".join(str(name) for name in field.recording["component"].values)
    try:
        if kind == "in_phase":
            planes = scalograms.in_phase(here.archive, code, day)
            return scalograms.in_phase_picture(planes, components)
        planes = scalograms.amplitudes(operation.settings, here.archive, code, day)
        return scalograms.amplitude_picture(planes, components)
    except ScalogramError as error:
        if error.is_damage:
            detail = f"{code} {day}: {error.reason}; fields are shown, scalograms are not"
            raise ProblemError(503, "store damaged", detail) from error
        raise ProblemError(404, "no scalogram", f"{code} {day}: {error.reason}") from error


def query_coverage(operation: Operation, code: str, year: int) -> CoverageAnswer:
    """Answer with a cell for each day of a year.

    Raises
    ------
    ProblemError
        404: there is no such station.
    """
    _station(operation, code)
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    with operation.engine.connect() as connection:
        known = read_known(connection, operation.clock())
        facts = read_day_facts(connection, first, end, [code])
    archive = known.archive.get(code) or {}
    return CoverageAnswer(
        as_of=utc(operation.clock()),
        newest_datum_at=end_of(archive["last_day"]) if archive else None,
        source="coverage: files, quality",
        station_code=code,
        year=year,
        first_day=to_day(archive.get("first_day")),
        last_day=to_day(archive.get("last_day")),
        cells=cells(operation.settings, known, facts, code, span(first, (end - first).days)),
    )


def zh_ratio(planes: NDArray[np.floating], grid: ScalogramGrid) -> RatioCurve:
    """Z/H power ratio by blocks of minutes, in the band of the page.

    ``mean(P_Z) / mean(P_1 + P_2)`` over the band and the columns in which all three are known,
    the ratio of :func:`seismomag.signal.polarization.vertical_ratio` without its nights.
    """
    band = scalograms.RATIO_BAND
    rows = (grid.frequencies_hz >= band.low_hz) & (grid.frequencies_hz <= band.high_hz)
    power = planes[:3, rows].astype(np.float64) ** 2
    known = np.isfinite(power).all(axis=0)
    power = np.where(known, power, 0.0)
    per_block = RATIO_MINUTES * 60 // grid.column_s
    vertical, horizontal = (
        values.sum(axis=0).reshape(-1, per_block).sum(axis=1)
        for values in (power[2], power[0] + power[1])
    )
    ratio = np.divide(
        vertical, horizontal, out=np.full(vertical.size, np.nan), where=horizontal > 0
    )
    return RatioCurve(
        low_hz=band.low_hz,
        high_hz=band.high_hz,
        minutes_per_value=RATIO_MINUTES,
        values=tuple(None if v != v else round(v, 4) for v in ratio.tolist()),
    )


def _station(operation: Operation, code: str) -> Station:
    for station in operation.settings.stations:
        if station.station_code == code:
            return station
    raise unknown_name(code, "station", operation.settings.codes)


def _find(operation: Operation, code: str, day: date) -> _Day:
    station = _station(operation, code)
    mine = files.c.station_code == code
    text = day.isoformat()
    with operation.engine.connect() as connection:
        known = read_known(connection, operation.clock())
        rows = rows_of(
            connection, sa.select(files).where(mine, files.c.day == text).order_by(files.c.revision)
        )
        before, after = (
            connection.execute(query).scalar()
            for query in (
                sa.select(sa.func.max(files.c.day)).where(mine, files.c.day < text),
                sa.select(sa.func.min(files.c.day)).where(mine, files.c.day > text),
            )
        )
    _refuse_outside(known, code, day, operation.clock().date())
    archive = Archive(operation.engine, operation.settings.archive)
    return _Day(station, day, known, archive, rows, to_day(before), to_day(after))


def _refuse_outside(known: Known, code: str, day: date, today: date) -> None:
    """A day before the archive of a station begins, or after today, is no day of it."""
    archive = known.archive.get(code)
    if archive is None:
        raise ProblemError(404, "empty archive", f"the archive of {code} holds no day yet")
    first = date.fromisoformat(archive["first_day"])
    if day < first:
        raise ProblemError(
            404,
            "outside the archive",
            f"the archive of {code} begins {first}",
            nearest=first.isoformat(),
        )
    last = archive["last_day"]
    if day > max(today, date.fromisoformat(last)):
        raise ProblemError(
            404, "outside the archive", f"the archive of {code} ends {last}", nearest=last
        )


def _why_none(here: _Day) -> str:
    if here.day >= here.known.now.date():
        return "the day is still open"
    fact = here.known.stages.get((here.station.station_code, "collect")) or {}
    looked = read_utc(fact.get("last_attempt_at"))
    if looked is None or looked < end_of(here.day):
        return "nobody has looked for it yet"
    return "no file came"


def _planes(
    operation: Operation, here: _Day, field: DayField
) -> tuple[NDArray[np.float16] | None, str]:
    if field.recording is None:
        return None, field.reason
    try:
        code = here.station.station_code
        return scalograms.amplitudes(operation.settings, here.archive, code, here.day), ""
    except ScalogramError as error:
        return None, error.reason


def _field_parts(field: DayField, day: date) -> dict[str, Any]:
    if field.recording is None:
        return {"components": (), "field": (), "flags": (), "coverage": None, "missing_s": None}
    components = tuple(str(name) for name in field.recording["component"].values)
    values = day_field(field.recording, day)
    coverage, missing_s = coverage_of(values)
    return {
        "components": components,
        "field": curves(values, components),
        "flags": flag_spans(field.recording, day),
        "coverage": coverage,
        "missing_s": missing_s,
    }


def _ends(here: _Day) -> dict[str, Any]:
    archive = here.known.archive[here.station.station_code]
    return {
        "first_day": to_day(archive["first_day"]),
        "last_day": to_day(archive["last_day"]),
        "previous_day": here.previous_day,
        "next_day": here.next_day,
    }


def _provenance(here: _Day, field: DayField) -> Provenance | None:
    if not here.rows:
        return None
    row = here.rows[-1]
    recording = field.recording
    valid_s = 0
    if recording is not None:
        valid_s = int(np.isfinite(day_field(recording, here.day)).sum(axis=1).min())
    return Provenance(
        file_name=str(row["path"]).rsplit("/", 1)[-1],
        reader=str(recording.attrs["source_format"]) if recording is not None else "",
        sha256=row["sha256"],
        revision=row["revision"],
        n_revisions=len(here.rows),
        received_at=read_utc(row["received_at"]),
        n_valid_s=valid_s,
        n_expected_s=86_400,
        sampling_hz=1.0,
        edges=phrases.told(_edges(here)),
    )


def _edges(here: _Day) -> str:
    """Say whether the neighbouring days are there, whose margins the transform takes."""
    absent = [
        name
        for name, there, wanted in (
            ("before", here.previous_day, here.day - timedelta(days=1)),
            ("after", here.next_day, here.day + timedelta(days=1)),
        )
        if there != wanted
    ]
    if not absent:
        return "both neighbouring days are there"
    return f"no day {' and no day '.join(absent)}: that edge is masked"


def _utc_offset_h(station: Station, day: date) -> float:
    noon = datetime.combine(day, datetime.min.time(), ZoneInfo(station.time_zone))
    offset = noon.utcoffset()
    return offset.total_seconds() / 3600 if offset is not None else 0.0


def _reason_of(values: Sequence[object], reason: str) -> str:
    return "" if values else reason
