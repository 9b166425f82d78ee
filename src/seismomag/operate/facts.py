"""Facts of the work: what each stage last achieved for each station, runs, and the lease."""

import os
import socket
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import SeismomagError
from seismomag.operate.clock import now as wall_clock
from seismomag.operate.clock import stamp
from seismomag.operate.database import rows_of, upsert
from seismomag.operate.database_tables import failed_days, leases, runs, stages

DAY_STAGES = ("collect", "quality", "scalogram", "forecast")
"""What is done with a station-day, in this order."""

STAGES = (*DAY_STAGES, "ledger", "alerts", "status")
"""Every stage of the daily job, in the order of its work; each has a fact for each station."""

OF_RUN = ""
"""In place of a day, for what ended a whole run; it stands until a run comes to its end."""

_OF_DAYS = (*DAY_STAGES, "ledger", "consensus")
"""Work of single days; a failure is made good by that day only."""

LEASE = "daily"
LEASE_MINUTES = 60
_LONGEST_ERROR = 500


class LeaseHeldError(SeismomagError):
    """Another run is at work; nothing was done."""


def record_stage(
    connection: sa.Connection,
    station_code: str,
    stage: str,
    day: str,
    now: pd.Timestamp,
    error: str = "",
) -> None:
    """Write what became of a stage of a day.

    A success keeps the newest day and closes a failure of this day; where the work is not that
    of single days, it closes every failure. While a failed day is open, it is the error of the
    stage, however many newer days succeed.

    Parameters
    ----------
    connection
        In a transaction.
    station_code, stage, day
        Which; :data:`OF_RUN` for a failure of a run as a whole.
    now
        UTC.
    error
        Empty for a success.
    """
    held = connection.execute(sa.select(stages).where(*_which(stages, station_code, stage)))
    before = held.mappings().first()
    row: dict[str, Any] = {
        "station_code": station_code,
        "stage": stage,
        "last_attempt_at": stamp(now),
        "last_success_at": before["last_success_at"] if before else None,
        "last_success_day": before["last_success_day"] if before else None,
    }
    if error:
        _open_failure(connection, station_code, stage, day, now, error)
    else:
        row["last_success_at"] = stamp(now)
        row["last_success_day"] = max(day, row["last_success_day"] or "")
        _close(connection, station_code, stage, day if stage in _OF_DAYS else None)
    row["last_error"] = _standing_error(connection, station_code, stage)
    upsert(connection, stages, [row])


def record_for_all(
    engine: sa.Engine,
    station_codes: Iterable[str],
    stage: str,
    day: str,
    now: pd.Timestamp,
    error: str = "",
) -> None:
    """Write what became of a stage that concerns several stations at once."""
    with engine.begin() as connection:
        for code in station_codes:
            record_stage(connection, code, stage, day, now, error)


def stage_facts(engine: sa.Engine) -> dict[tuple[str, str], dict[str, Any]]:
    """All facts, by station and stage."""
    with engine.connect() as connection:
        rows = rows_of(connection, sa.select(stages))
    return {(row["station_code"], row["stage"]): row for row in rows}


def failures(engine: sa.Engine) -> list[dict[str, Any]]:
    """Failures that stand, by station, day and stage in the order of the work."""
    with engine.connect() as connection:
        rows = rows_of(connection, sa.select(failed_days))
    places = {stage: place for place, stage in enumerate(STAGES)}
    order = lambda r: (r["station_code"], r["day"], places.get(r["stage"], -1))  # noqa: E731
    return sorted(rows, key=order)


def withdraw(connection: sa.Connection, station_code: str, stage: str, day: str) -> None:
    """Close a failure of a day without a success: what failed is there no longer."""
    if _close(connection, station_code, stage, day):
        _restate(connection, {(station_code, stage)})


def close_failures(engine: sa.Engine, days: Collection[str]) -> None:
    """Close the failures of days that the job does not come back to.

    Parameters
    ----------
    engine
        The database.
    days
        That it comes back to, and :data:`OF_RUN` unless a run has come to its end.
    """
    with engine.connect() as connection:
        rows = rows_of(connection, sa.select(failed_days))
    gone = [row for row in rows if row["stage"] in _OF_DAYS and row["day"] not in days]
    if not gone:
        return
    with engine.begin() as connection:
        for row in gone:
            _close(connection, row["station_code"], row["stage"], row["day"])
        _restate(connection, {(row["station_code"], row["stage"]) for row in gone})


def _which(table: sa.Table, station_code: str, stage: str) -> "tuple[sa.ColumnElement[bool], ...]":
    return table.c.station_code == station_code, table.c.stage == stage


def _open_failure(
    connection: sa.Connection,
    station_code: str,
    stage: str,
    day: str,
    now: pd.Timestamp,
    error: str,
) -> None:
    day = day if stage in _OF_DAYS else OF_RUN
    since = connection.execute(
        sa.select(failed_days.c.since).where(
            *_which(failed_days, station_code, stage), failed_days.c.day == day
        )
    ).scalar()
    row = {
        "station_code": station_code,
        "stage": stage,
        "day": day,
        "error": error[:_LONGEST_ERROR],
        "since": since or stamp(now),
    }
    upsert(connection, failed_days, [row])


def _close(connection: sa.Connection, station_code: str, stage: str, day: str | None) -> bool:
    """Take out a failure, or with None every one of a stage; give whether there was any."""
    where = _which(failed_days, station_code, stage)
    if day is not None:
        where = (*where, failed_days.c.day == day)
    return bool(connection.execute(failed_days.delete().where(*where)).rowcount)


def _standing_error(connection: sa.Connection, station_code: str, stage: str) -> str:
    """Say the oldest failure that stands, and how many more there are; empty if there is none."""
    where = _which(failed_days, station_code, stage)
    query = sa.select(failed_days).where(*where).order_by(failed_days.c.day).limit(1)
    found = rows_of(connection, query)
    if not found:
        return ""
    oldest = found[0]
    if oldest["day"] == OF_RUN:
        return str(oldest["error"])
    count = sa.select(sa.func.count()).select_from(failed_days).where(*where)
    n_more = (connection.execute(count).scalar() or 1) - 1
    more = f"; {n_more} later {'day' if n_more == 1 else 'days'} failed too" if n_more else ""
    return f"{oldest['day']}: {oldest['error']}"[: _LONGEST_ERROR - len(more)] + more


def _restate(connection: sa.Connection, which: Iterable[tuple[str, str]]) -> None:
    for station_code, stage in sorted(which):
        error = _standing_error(connection, station_code, stage)
        where = _which(stages, station_code, stage)
        connection.execute(stages.update().where(*where).values(last_error=error))


@contextmanager
def lease(engine: sa.Engine) -> Iterator[None]:
    """Hold the right to run the daily job, alone among all schedulers.

    The lease of a process of this machine that no longer lives is taken over at once, that of
    another machine after :data:`LEASE_MINUTES`.

    Raises
    ------
    LeaseHeldError
        Somebody else has it.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"[-64:]
    with engine.begin() as connection:
        # On PostgreSQL two first takers could otherwise both see nothing.
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE leases IN EXCLUSIVE MODE")
        held = (
            connection.execute(sa.select(leases).where(leases.c.name == LEASE)).mappings().first()
        )
        if held and held["expires_at"] > stamp(wall_clock()) and _lives(held["holder"]):
            msg = f"another run is at work since before {held['expires_at']} ({held['holder']})"
            raise LeaseHeldError(msg)
        upsert(connection, leases, [_lease_row(holder)])
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(leases.delete().where(leases.c.holder == holder))


def renew(engine: sa.Engine) -> None:
    """Prolong the lease; called between days, so that a long catch-up keeps it."""
    expires = stamp(wall_clock() + pd.Timedelta(minutes=LEASE_MINUTES))
    with engine.begin() as connection:
        connection.execute(leases.update().where(leases.c.name == LEASE).values(expires_at=expires))


def _lease_row(holder: str) -> dict[str, str]:
    expires = stamp(wall_clock() + pd.Timedelta(minutes=LEASE_MINUTES))
    return {"name": LEASE, "holder": holder, "expires_at": expires}


def _lives(holder: str) -> bool:
    host, _, rest = holder.partition(":")
    process = rest.partition(":")[0]
    if host != socket.gethostname() or not process.isdigit():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def begin_run(engine: sa.Engine, days: Sequence[str], now: pd.Timestamp) -> str:
    """Write that a run began; runs that were killed before are closed as such."""
    run_id = str(uuid.uuid4())
    with engine.begin() as connection:
        connection.execute(
            runs.update()
            .where(runs.c.outcome == "running")
            .values(outcome="killed", ended_at=stamp(now))
        )
        row = {
            "run_id": run_id,
            "started_at": stamp(now),
            "days": ",".join(days),
            "outcome": "running",
            "sentence": "",
        }
        connection.execute(runs.insert(), [row])
    return run_id


def end_run(engine: sa.Engine, run_id: str, outcome: str, sentence: str, now: pd.Timestamp) -> None:
    """Write how a run ended."""
    with engine.begin() as connection:
        connection.execute(
            runs.update()
            .where(runs.c.run_id == run_id)
            .values(outcome=outcome, sentence=sentence[:_LONGEST_ERROR], ended_at=stamp(now))
        )
