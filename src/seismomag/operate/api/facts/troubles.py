"""What is broken, since when, and what to do; worst first, from recorded facts only."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.operate.api.facts import phrases, stage_states
from seismomag.operate.api.facts.known import STALE_AFTER, Known
from seismomag.operate.api.facts.ledger_reading import LedgerView
from seismomag.operate.api.facts.station_states import Standing, clock_detail
from seismomag.operate.api.facts.times import age_text, end_of, read_utc, utc
from seismomag.operate.api.shapes.network import StageCell, StageRow
from seismomag.operate.api.shapes.parts import Severity, StationState, Trouble, Words
from seismomag.operate.database_tables import deliveries, indices, quality
from seismomag.operate.drift import FILE_NAME as DRIFT_FILE
from seismomag.operate.settings import Settings
from seismomag.operate.status import FAILED, StageState, status

INDICES_STALE_AFTER = pd.Timedelta(days=2)
_LOUDNESS = (Severity.alarm, Severity.late, Severity.quiet)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What troubles are found in.

    Attributes
    ----------
    settings, engine
        The operation.
    known
        Facts now.
    standings
        Of the stations.
    rows
        Stages by station.
    ledger
        The forecast ledger and its check.
    """

    settings: Settings
    engine: sa.Engine
    known: Known
    standings: dict[str, Standing]
    rows: tuple[StageRow, ...]
    ledger: LedgerView


def find_troubles(evidence: Evidence) -> tuple[Trouble, ...]:
    """Return every trouble, alarms first."""
    found = [trouble for look in _LOOKS for trouble in look(evidence)]
    return tuple(sorted(found, key=lambda t: (_LOUDNESS.index(t.severity), -len(t.station_codes))))


def _of_job(evidence: Evidence) -> Iterator[Trouble]:
    known = evidence.known
    last, done = known.last_run, known.last_done_run
    if last is None:
        yield _trouble(Severity.alarm, phrases.say("job_never"), phrases.say("do_job"))
        return
    began = read_utc(last["started_at"])
    age = (utc(known.now) - began).total_seconds() if began else 0.0
    since = read_utc(done["ended_at"]) if done else None
    if age > STALE_AFTER.total_seconds():
        title = phrases.say("job_stale", age=age_text(age))
        yield _trouble(Severity.alarm, title, phrases.say("do_job"), since=began)
    elif last["outcome"] in ("failed", "killed"):
        detail = phrases.told(last["sentence"])
        advice = phrases.say("do_stage", detail=detail) if detail.en else phrases.say("do_job")
        yield _trouble(
            Severity.alarm, phrases.say(f"job_{last['outcome']}"), advice, since=since or began
        )


def _of_stages(evidence: Evidence) -> Iterator[Trouble]:
    silent = {c for c, s in evidence.standings.items() if s.state is StationState.silent}
    for row in evidence.rows:
        for state, phrase, severity in (
            (stage_states.BROKEN, "stage_failed", Severity.alarm),
            (stage_states.REFUSED, "stage_failed", Severity.alarm),
            (stage_states.BEHIND, "stage_late", Severity.late),
            (stage_states.UNKNOWN, "stage_unknown", Severity.late),
        ):
            codes = stage_states.codes_in(row, state)
            if row.stage == "collect":
                # They have a line of their own.
                codes = tuple(code for code in codes if code not in silent)
            if codes:
                yield _of_stage(evidence.known, row, codes, phrase, severity)


def _of_stage(
    known: Known, row: StageRow, codes: tuple[str, ...], phrase: str, severity: Severity
) -> Trouble:
    stage = phrases.STAGES.get(row.stage, Words(en=row.stage, id=row.stage))
    title = phrases.say(phrase, stage=phrases.begun(stage), k=len(codes), n=row.n_stations)
    wanted = set(codes)
    times = [_since(known, row.stage, cell) for cell in row.cells if cell.station_code in wanted]
    begun = [time for time in times if time]
    detail = stage_states.most_said(row, codes)
    advice = "do_collect" if row.stage == "collect" else "do_stage"
    return _trouble(
        severity,
        title,
        phrases.say(advice, detail=detail),
        stage=row.stage,
        codes=codes,
        # The first of them that stood still.
        since=min(begun) if len(begun) == len(times) and begun else None,
    )


def _since(known: Known, stage: str, cell: StageCell) -> datetime | None:
    """Last success, or the first failure of an older day that newer ones have not made good."""
    failed = read_utc(known.failed_since.get((cell.station_code, stage)))
    if failed is None or cell.last_success_at is None:
        return cell.last_success_at
    return min(failed, cell.last_success_at)


def _of_silence(evidence: Evidence) -> Iterator[Trouble]:
    silent = {c: s for c, s in evidence.standings.items() if s.state is StationState.silent}
    if silent:
        times = [s.newest_sample_at for s in silent.values() if s.newest_sample_at]
        row = next((row for row in evidence.rows if row.stage == "collect"), None)
        detail = stage_states.most_said(row, silent) if row else phrases.NOTHING
        yield _trouble(
            Severity.alarm,
            phrases.say("stations_silent", k=len(silent), n=len(evidence.standings)),
            phrases.say("do_collect", detail=detail),
            stage="collect",
            codes=tuple(silent),
            since=min(times) if len(times) == len(silent) else None,
        )


def _of_clocks(evidence: Evidence) -> Iterator[Trouble]:
    for code, standing in evidence.standings.items():
        checked = evidence.known.quality.get(code)
        if standing.state is StationState.faulty and checked and checked["n_clock_faults"]:
            yield _trouble(
                Severity.alarm,
                phrases.say("clock_fault", code=code),
                phrases.say("do_clock", detail=clock_detail(checked)),
                stage="quality",
                codes=(code,),
                since=_clock_since(evidence, code),
            )


def _clock_since(evidence: Evidence, code: str) -> datetime | None:
    """End of the newest day on which the clock of a station was right."""
    right = sa.select(sa.func.max(quality.c.day)).where(
        quality.c.station_code == code, quality.c.n_clock_faults == 0
    )
    with evidence.engine.connect() as connection:
        day = connection.execute(right).scalar()
    return end_of(day) if day else None


def _of_network(evidence: Evidence) -> Iterator[Trouble]:
    """Stages that concern no single station, such as fetching Kp or the earthquakes."""
    states: Sequence[StageState] = status(evidence.settings, evidence.engine, evidence.known.now)
    for state in states:
        if state.station_code not in evidence.settings.codes and state.state == FAILED:
            fact = evidence.known.stages.get((state.station_code, state.stage)) or {}
            name = phrases.STAGES.get(state.stage, Words(en=state.stage, id=state.stage))
            yield _trouble(
                Severity.alarm,
                phrases.say("network_failed", stage=phrases.begun(name)),
                phrases.say("do_stage", detail=phrases.told(state.sentence)),
                stage=state.stage,
                since=read_utc(fact.get("last_success_at")),
            )


def _of_ledger(evidence: Evidence) -> Iterator[Trouble]:
    check = evidence.ledger.check
    if not check.is_intact:
        yield _trouble(
            Severity.alarm,
            phrases.say("chain_broken", seq=check.first_bad_seq),
            phrases.say("do_chain"),
            stage="ledger",
            since=None,
        )


def _of_disk(evidence: Evidence) -> Iterator[Trouble]:
    free = shutil.disk_usage(evidence.settings.folder).free / 1e9
    least = evidence.settings.operation.least_free_gb
    if free < least:
        yield _trouble(
            Severity.alarm,
            phrases.say("disk", free=f"{free:.1f}"),
            phrases.say("do_disk", least=f"{least:g}"),
        )


def _of_indices(evidence: Evidence) -> Iterator[Trouble]:
    with evidence.engine.connect() as connection:
        newest = read_utc(connection.execute(sa.select(sa.func.max(indices.c.time))).scalar())
    if newest is None:
        yield _trouble(
            Severity.late, phrases.say("indices_none"), phrases.say("do_indices"), since=None
        )
        return
    age = utc(evidence.known.now) - newest
    if age > INDICES_STALE_AFTER:
        title = phrases.say("indices", age=age_text(age.total_seconds()))
        yield _trouble(Severity.late, title, phrases.say("do_indices"), since=newest)


def _of_messages(evidence: Evidence) -> Iterator[Trouble]:
    waiting = deliveries.c.delivered_at.is_(None) & (deliveries.c.n_attempts > 0)
    query = sa.select(deliveries.c.last_error).where(waiting)
    with evidence.engine.connect() as connection:
        errors = list(connection.execute(query).scalars())
    if errors:
        yield _trouble(
            Severity.late,
            phrases.say("messages", n=len(errors)),
            phrases.say("do_messages", detail=phrases.told(errors[0])),
            stage="alerts",
        )


def _of_drift(evidence: Evidence) -> Iterator[Trouble]:
    told = read_drift(evidence.settings)
    shifted = [band for band in told.get("bands", ()) if band.get("word") == "shifted"]
    if shifted:
        yield _trouble(
            Severity.late,
            phrases.say("drift", k=len(shifted), n=len(told["bands"])),
            phrases.say("do_drift"),
            since=read_utc(told.get("at")),
        )


def read_drift(settings: Settings) -> dict[str, Any]:
    """Read the last measurement of drift; empty if there was none, or if it is damaged."""
    path = settings.folder / DRIFT_FILE
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) and isinstance(told.get("bands"), list) else {}


def _trouble(
    severity: Severity,
    title: Words,
    advice: Words,
    *,
    stage: str = "",
    codes: tuple[str, ...] = (),
    since: datetime | None = None,
) -> Trouble:
    return Trouble(
        severity=severity,
        stage=stage,
        station_codes=codes,
        title=title,
        advice=advice,
        since=since,
    )


_LOOKS = (
    _of_job,
    _of_silence,
    _of_stages,
    _of_clocks,
    _of_network,
    _of_ledger,
    _of_disk,
    _of_indices,
    _of_messages,
    _of_drift,
)
