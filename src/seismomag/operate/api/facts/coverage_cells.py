"""Days of a coverage calendar: measured, in part, none, refused, not known, or still open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from seismomag.operate.api.facts.known import REACH, Known, Row
from seismomag.operate.api.facts.times import end_of, read_utc, utc
from seismomag.operate.api.shapes.parts import DayCell, DayKind
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import files, quality
from seismomag.operate.settings import Settings

WHOLE_FROM = 0.999
"""Coverage from which a day counts as whole: less than a minute and a half is missing."""


@dataclass(frozen=True)
class DayFacts:
    """Files and quality records by station and day.

    Attributes
    ----------
    received
        Time at which the newest file came.
    quality
        Quality records.
    """

    received: Mapping[tuple[str, str], str]
    quality: Mapping[tuple[str, str], Row]


def read_day_facts(
    connection: sa.Connection, first: date, end: date, codes: Sequence[str]
) -> DayFacts:
    """Read the facts of the days ``first <= day < end`` of some stations."""
    return DayFacts(
        received={
            (row["station_code"], row["day"]): row["received_at"]
            for row in rows_of(connection, _files_query(first, end, codes))
        },
        quality={
            (row["station_code"], row["day"]): row
            for row in rows_of(connection, _quality_query(first, end, codes))
        },
    )


def cells(
    settings: Settings, known: Known, facts: DayFacts, code: str, days: Iterable[date]
) -> tuple[DayCell, ...]:
    """Return a cell for each day.

    A day is ``none`` only where a run has looked for it after its end; a day before the
    operation began, without a file, is ``unknown``.
    """
    return tuple(_cell(settings, known, facts, code, day) for day in days)


def span(first: date, n_days: int) -> list[date]:
    """Return days in order."""
    return [first + timedelta(days=i) for i in range(n_days)]


def _cell(settings: Settings, known: Known, facts: DayFacts, code: str, day: date) -> DayCell:
    key = (code, day.isoformat())
    checked = facts.quality.get(key)
    if checked is not None and key in facts.received:
        share = float(checked["coverage"])
        kind = DayKind.measured if share >= WHOLE_FROM else DayKind.part
        return DayCell(day=day, kind=kind if share > 0 else DayKind.refused, coverage=share)
    now = utc(known.now)
    if end_of(day) > now:
        return DayCell(day=day, kind=DayKind.open)
    if key in facts.received:
        tried = read_utc((known.stages.get((code, "quality")) or {}).get("last_attempt_at"))
        came = read_utc(facts.received[key])
        was_tried = tried is not None and came is not None and tried >= came
        return DayCell(day=day, kind=DayKind.refused if was_tried else DayKind.unknown)
    is_none = _was_looked_for(settings, known.looked_for_until(code), day)
    return DayCell(
        day=day,
        kind=DayKind.none if is_none else DayKind.unknown,
        coverage=0.0 if is_none else None,
    )


def _was_looked_for(settings: Settings, looked: datetime | None, day: date) -> bool:
    if looked is None or day < settings.operation.start_day.date():
        return False
    return looked >= end_of(day) + REACH


def _files_query(first: date, end: date, codes: Sequence[str]) -> "sa.Select[Any]":
    return (
        sa.select(
            files.c.station_code,
            files.c.day,
            sa.func.max(files.c.received_at).label("received_at"),
        )
        .where(*_within(files, first, end, codes))
        .group_by(files.c.station_code, files.c.day)
    )


def _quality_query(first: date, end: date, codes: Sequence[str]) -> "sa.Select[Any]":
    return sa.select(
        quality.c.station_code, quality.c.day, quality.c.coverage, quality.c.n_clock_faults
    ).where(*_within(quality, first, end, codes))


def _within(
    table: sa.Table, first: date, end: date, codes: Sequence[str]
) -> tuple["sa.ColumnElement[bool]", ...]:
    return (
        table.c.station_code.in_(codes),
        table.c.day >= first.isoformat(),
        table.c.day < end.isoformat(),
    )
