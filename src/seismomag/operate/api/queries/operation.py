"""The frame of the page and the health view: what runs, what is broken, on what machine."""

import platform
import shutil
from importlib.metadata import version

import pandas as pd
import sqlalchemy as sa

from seismomag.operate.api.context import Operation
from seismomag.operate.api.facts import phrases
from seismomag.operate.api.facts.audit_folders import NEVER_AUDITED, find_audits
from seismomag.operate.api.facts.due_records import due_missing
from seismomag.operate.api.facts.known import Known, read_known
from seismomag.operate.api.facts.stage_states import last_cycle, stage_rows
from seismomag.operate.api.facts.station_states import (
    Standing,
    counts,
    newest_of,
    next_cycle,
    standings,
)
from seismomag.operate.api.facts.times import read_utc, utc
from seismomag.operate.api.facts.troubles import Evidence, find_troubles
from seismomag.operate.api.shapes.network import Machine, OperationAnswer, StatusAnswer, Versions
from seismomag.operate.api.shapes.parts import Severity, Trouble, Words
from seismomag.operate.clock import stamp
from seismomag.operate.database_tables import files, promotions
from seismomag.operate.database_upkeep import last_backup
from seismomag.operate.facts import STAGES
from seismomag.operate.machine_clock import read_machine_clock

DEMO = "demo"
SIMULATED, WALL = "simulated", "wall"
_GROWTH_DAYS = 30
_LEAST_GROWTH_DAYS = 7


def query_status(operation: Operation) -> StatusAnswer:
    """Answer for the frame of every view."""
    evidence = _evidence(operation)
    known, found = evidence.known, evidence.standings
    troubles, verdict = _troubles(operation, evidence), NEVER_AUDITED
    audits, _ = find_audits(operation.settings.folder)
    if audits:
        verdict = audits[0].verdict
    done = known.last_done_run
    return StatusAnswer(
        as_of=utc(known.now),
        newest_datum_at=newest_of(found.values()),
        source="status: stages, files, quality, runs, ledger, audits",
        mode=mode_of(operation),
        clock=SIMULATED if operation.is_simulated else WALL,
        verdict=verdict,
        counts=counts(found),
        troubles=troubles,
        all_well=_all_well(known, found) if not troubles else phrases.NOTHING,
        last_cycle_at=read_utc(done["ended_at"]) if done else None,
        next_cycle_at=next_cycle(known),
        version=version("seismomag"),
    )


def query_operation(operation: Operation) -> OperationAnswer:
    """Answer for the health view."""
    evidence = _evidence(operation)
    known, troubles = evidence.known, _troubles(operation, evidence)
    worst = troubles[0] if troubles else None
    well = phrases.say("well_head", n=len(STAGES), stations=len(operation.settings.codes))
    done = known.last_done_run
    return OperationAnswer(
        as_of=utc(known.now),
        newest_datum_at=newest_of(evidence.standings.values()),
        source="operation: stages, runs, ledger, disk",
        headline=worst.title if worst else well,
        detail=worst.advice if worst else _all_well(known, evidence.standings),
        stages=evidence.rows,
        troubles=troubles,
        last_cycle=last_cycle(known),
        last_cycle_at=read_utc(done["ended_at"]) if done else None,
        next_cycle_at=next_cycle(known),
        machine=_machine(operation, evidence),
        versions=_versions(operation),
    )


def mode_of(operation: Operation) -> str:
    """``demo`` for invented data, else the mode of the configuration."""
    return DEMO if operation.is_simulated else operation.settings.operation.mode


def _evidence(operation: Operation) -> Evidence:
    settings, now = operation.settings, operation.clock()
    with operation.engine.connect() as connection:
        known = read_known(connection, now)
    return Evidence(
        settings=settings,
        engine=operation.engine,
        known=known,
        standings=standings(settings, known),
        rows=stage_rows(settings, operation.engine, known),
        ledger=operation.ledger.view(utc(now)),
    )


def _troubles(operation: Operation, evidence: Evidence) -> tuple[Trouble, ...]:
    found = find_troubles(evidence)
    if not operation.models.all():
        advice = phrases.say("do_model")
        told = Trouble(severity=Severity.alarm, title=phrases.say("model"), advice=advice)
        found = (told, *found)
    _, damaged = find_audits(operation.settings.folder)
    if damaged:
        title = phrases.say("audit_damaged", n=len(damaged))
        told = Trouble(severity=Severity.late, title=title, advice=phrases.say("do_audit"))
        found = (*found, told)
    return found


def _all_well(known: Known, found: dict[str, Standing]) -> Words:
    done = known.last_done_run
    at = read_utc(done["ended_at"]) if done else None
    if at is None:
        return phrases.NOTHING
    return phrases.say("all_well", n=len(STAGES), time=f"{at:%H:%M}", stations=len(found))


def _machine(operation: Operation, evidence: Evidence) -> Machine:
    disk = shutil.disk_usage(operation.settings.folder)
    least = operation.settings.operation.least_free_gb * 1e9
    backed_up = last_backup(operation.settings.folder)
    clock = read_machine_clock()
    return Machine(
        disk_used_bytes=disk.total - disk.free,
        disk_total_bytes=disk.total,
        disk_warns_at=max(0.0, 1.0 - least / disk.total),
        disk_full_in_days=_full_in_days(operation, max(disk.free - least, 0.0)),
        n_days_waiting=len(due_missing(operation.settings, evidence.known.now, evidence.ledger)),
        is_clock_synchronised=clock.is_synchronised,
        clock_error_s=clock.largest_error_s,
        last_backup_at=None if backed_up is None else utc(backed_up),
    )


def _full_in_days(operation: Operation, room_bytes: float) -> float | None:
    """Days until the archive fills the disk, at the pace of what came in the last month."""
    now = operation.clock()
    since = now - pd.Timedelta(days=_GROWTH_DAYS)
    query = sa.select(sa.func.sum(files.c.n_bytes), sa.func.min(files.c.received_at)).where(
        files.c.received_at >= stamp(since)
    )
    with operation.engine.connect() as connection:
        n_bytes, first = connection.execute(query).one()
    begun = read_utc(first)
    days = (utc(now) - begun).total_seconds() / 86_400 if begun else 0.0
    if not n_bytes or days < _LEAST_GROWTH_DAYS:
        return None
    # A sum is a Decimal on PostgreSQL.
    return room_bytes / (float(n_bytes) / days)


def _versions(operation: Operation) -> Versions:
    with operation.engine.connect() as connection:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        champion = connection.execute(
            sa.select(promotions.c.model_sha256)
            .where(promotions.c.role == "champion")
            .order_by(promotions.c.number.desc())
            .limit(1)
        ).scalar()
    return Versions(
        seismomag=version("seismomag"),
        model=str(champion or operation.models.champion_sha256() or "")[:12],
        database_revision=str(revision or ""),
        python=platform.python_version(),
    )
