"""What is known of every station now: the facts behind states, read in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.operate.api.facts.times import read_utc
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import failed_days, files, quality, runs, stages
from seismomag.operate.settings import Settings
from seismomag.operate.status import GRACE_MINUTES

CYCLE = pd.Timedelta(days=1)
"""The daily job runs once a day."""

STALE_AFTER = CYCLE + pd.Timedelta(minutes=GRACE_MINUTES)
"""A fact that is older says nothing about now."""

REACH = pd.Timedelta(minutes=GRACE_MINUTES)
"""After the end of a day, the time from which its file can be looked for."""

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Known:
    """Facts of an operation at a moment.

    Attributes
    ----------
    now
        UTC.
    stages
        Facts by station and stage.
    archive
        By station: ``first_day, last_day, newest_received_at`` of its files.
    quality
        By station: the quality record of the newest day that has one.
    failed_since
        By station and stage: since when a day stands that failed.
    last_run, last_done_run
        Newest run of the daily job, and newest that came to its end; None if there was none.
    cycle
        Time between the last two runs, a day at most.
    """

    now: pd.Timestamp
    stages: Mapping[tuple[str, str], Row]
    archive: Mapping[str, Row]
    quality: Mapping[str, Row]
    last_run: Row | None
    last_done_run: Row | None
    failed_since: Mapping[tuple[str, str], str]
    cycle: pd.Timedelta = CYCLE

    def last_looked_at(self, station_code: str) -> datetime | None:
        """When the job last looked for files of a station."""
        fact = self.stages.get((station_code, "collect"))
        return read_utc(fact["last_attempt_at"]) if fact else None

    def looked_for_until(self, station_code: str) -> datetime | None:
        """Moment up to which every day that was over has been looked for.

        While a run is at work it takes the days in order: what it has done for older days says
        nothing about the newest.
        """
        looked = self.last_looked_at(station_code)
        done = read_utc(self.last_done_run["started_at"]) if self.last_done_run else None
        return min(looked, done) if looked and done else looked


def read_known(connection: sa.Connection, now: pd.Timestamp) -> Known:
    """Read the facts."""
    facts = rows_of(connection, sa.select(stages))
    return Known(
        now=now,
        stages={(row["station_code"], row["stage"]): row for row in facts},
        archive={row["station_code"]: row for row in rows_of(connection, _archive_query())},
        quality={row["station_code"]: row for row in rows_of(connection, _quality_query())},
        last_run=_newest_run(connection),
        last_done_run=_newest_run(connection, outcome="done"),
        failed_since=_failed_since(connection),
        cycle=_cycle(connection),
    )


def _archive_query() -> "sa.Select[Any]":
    return sa.select(
        files.c.station_code,
        sa.func.min(files.c.day).label("first_day"),
        sa.func.max(files.c.day).label("last_day"),
        sa.func.max(files.c.received_at).label("newest_received_at"),
    ).group_by(files.c.station_code)


def _quality_query() -> "sa.Select[Any]":
    newest = (
        sa.select(quality.c.station_code, sa.func.max(quality.c.day).label("day"))
        .group_by(quality.c.station_code)
        .subquery()
    )
    same = (quality.c.station_code == newest.c.station_code) & (quality.c.day == newest.c.day)
    return sa.select(quality).join(newest, same)


def _failed_since(connection: sa.Connection) -> dict[tuple[str, str], str]:
    query = sa.select(
        failed_days.c.station_code, failed_days.c.stage, sa.func.min(failed_days.c.since)
    ).group_by(failed_days.c.station_code, failed_days.c.stage)
    return {(code, stage): since for code, stage, since in connection.execute(query)}


def _newest_run(connection: sa.Connection, outcome: str | None = None) -> Row | None:
    query = sa.select(runs).order_by(runs.c.started_at.desc()).limit(1)
    if outcome is not None:
        query = query.where(runs.c.outcome == outcome)
    found = rows_of(connection, query)
    return found[0] if found else None


def _cycle(connection: sa.Connection) -> pd.Timedelta:
    query = sa.select(runs.c.started_at).order_by(runs.c.started_at.desc()).limit(2)
    times = [read_utc(text) for text in connection.execute(query).scalars()]
    if len(times) < 2 or times[0] is None or times[1] is None:
        return CYCLE
    return min(pd.Timedelta(times[0] - times[1]), CYCLE)


def first_due_day(settings: Settings, archive: Row | None) -> str:
    """Day after the newest one in the archive, or the first of the operation."""
    start = f"{settings.operation.start_day:%Y-%m-%d}"
    if archive is None:
        return start
    after = pd.Timestamp(archive["last_day"]) + CYCLE
    return max(start, f"{after:%Y-%m-%d}")
