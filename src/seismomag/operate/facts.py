"""Facts of the work: what each stage last achieved for each station, runs, and the lease."""

import os
import socket
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import SeismomagError
from seismomag.operate.clock import now as wall_clock
from seismomag.operate.clock import stamp
from seismomag.operate.database import rows_of, upsert
from seismomag.operate.database_tables import leases, runs, stages

DAY_STAGES = ("collect", "quality", "scalogram", "forecast")
"""What is done with a station-day, in this order."""

STAGES = (*DAY_STAGES, "ledger", "alerts", "status")
"""Every stage of the daily job, in the order of its work; each has a fact for each station."""

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
    """Write what became of a stage; a success keeps the newest day, an error the last success."""
    where = (stages.c.station_code == station_code) & (stages.c.stage == stage)
    held = connection.execute(sa.select(stages).where(where)).mappings().first()
    row: dict[str, Any] = {
        "station_code": station_code,
        "stage": stage,
        "last_attempt_at": stamp(now),
        "last_success_at": held["last_success_at"] if held else None,
        "last_success_day": held["last_success_day"] if held else None,
        "last_error": error[:_LONGEST_ERROR],
    }
    if not error:
        row["last_success_at"] = stamp(now)
        row["last_success_day"] = max(day, row["last_success_day"] or "")
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
