"""Alerts to operators: rules over stored facts; each is raised once, and never to the public."""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import SeismomagError
from seismomag.operate import drift_watch, facts, ledger
from seismomag.operate.clock import stamp
from seismomag.operate.daily.collecting import NETWORK
from seismomag.operate.daily.stages import CHAMPION
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import alerts, deliveries, files, forecasts, quality
from seismomag.operate.disk import free_gb
from seismomag.operate.settings import AlarmPlan, Settings
from seismomag.operate.status import FAILED, StageState, due_day, status

LEVELS = ("watch", "warning", "critical")
_OF_ALL = ("alerts", "status")
_SAME_S = 0.0015


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One thing that an operator should know.

    Attributes
    ----------
    rule, station_code, day
        Name it: the same three are the same alert, told once. ``station_code`` is ``"-"`` where
        no single station is meant.
    level
        One of :data:`LEVELS`.
    detail
        Facts, without judgement.
    """

    rule: str
    station_code: str
    day: str
    level: str
    detail: str

    @property
    def alert_id(self) -> str:
        """The same for the same alert, on every machine: receivers drop what they have."""
        name = f"{self.rule}/{self.station_code}/{self.day}"
        return str(uuid.UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))


def evaluate(
    settings: Settings, engine: sa.Engine, now: pd.Timestamp
) -> tuple[tuple[Alert, ...], tuple[str, ...]]:
    """Apply every rule to the facts as they are.

    Returns
    -------
    found, failures
        Alerts; one sentence for each rule that could not be applied, which silences no other.
    """
    found: list[Alert] = []
    failures = []
    for rule in RULES:
        try:
            found += rule(settings, engine, now)
        except (SeismomagError, OSError) as error:
            failures.append(f"rule {rule.__name__.lstrip('_')}: {error}")
    return tuple(found), tuple(failures)


def raise_new(
    engine: sa.Engine, found: Sequence[Alert], channels: Sequence[str], now: pd.Timestamp
) -> tuple[Alert, ...]:
    """Write alerts that were not raised before, and a delivery to each channel.

    Returns
    -------
    fresh
        Those that are new.
    """
    with engine.begin() as connection:
        held = set(connection.execute(sa.select(alerts.c.alert_id)).scalars())
        fresh = tuple({a.alert_id: a for a in found if a.alert_id not in held}.values())
        if not fresh:
            return ()
        rows = [
            {
                "alert_id": alert.alert_id,
                "rule": alert.rule,
                "station_code": alert.station_code,
                "day": alert.day,
                "level": alert.level,
                "detail": alert.detail,
                "raised_at": stamp(now),
            }
            for alert in fresh
        ]
        connection.execute(alerts.insert(), rows)
        waiting = [
            {
                "alert_id": alert.alert_id,
                "channel": channel,
                "delivered_at": None,
                "n_attempts": 0,
                "last_error": "",
            }
            for alert in fresh
            for channel in channels
        ]
        if waiting:
            connection.execute(deliveries.insert(), waiting)
    return fresh


def anomaly_level(
    row: Mapping[str, Any], plan: AlarmPlan, n_days_above: int
) -> tuple[str | None, str]:
    """Level of a forecast for operators, or None and why it is not spoken about.

    Parameters
    ----------
    row
        ``probability, alarm, coverage, kp_at_issue, dst_at_issue``.
    plan
        Thresholds and gates.
    n_days_above
        Days of the window, this one included, with a probability at or above the threshold.

    Returns
    -------
    level, reason

    Examples
    --------
    >>> row = {"probability": 0.95, "alarm": True, "coverage": 1.0, "kp_at_issue": None,
    ...        "dst_at_issue": -5.0}
    >>> anomaly_level(row, AlarmPlan(), 3)
    (None, 'Kp or Dst is not known')
    >>> anomaly_level(row | {"kp_at_issue": 2.0}, AlarmPlan(), 3)
    ('critical', '')
    """
    probability = row["probability"]
    gates = (
        (probability is None or probability < plan.threshold, "below the threshold"),
        (row["kp_at_issue"] is None or row["dst_at_issue"] is None, "Kp or Dst is not known"),
        ((row["coverage"] or 0.0) < plan.least_coverage, "too little of the day is covered"),
    )
    for closed, why in gates:
        if closed:
            return None, why
    if row["kp_at_issue"] > plan.largest_kp or row["dst_at_issue"] < plan.lowest_dst_nt:
        return None, "geomagnetically disturbed"
    if n_days_above < plan.least_days or probability < plan.warning_probability:
        return "watch", ""
    return ("critical" if probability >= plan.critical_probability else "warning"), ""


def _silent(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> Iterator[Alert]:
    for state in status(settings, engine, now):
        if _is_silence(state, settings, now):
            newest = state.last_success_day
            start = settings.operation.start_day
            since = pd.Timestamp(newest) + pd.Timedelta(days=1) if newest else start
            heard = f"newest day {newest}" if newest else "no day ever came"
            why = f"; {state.sentence}" if state.state == FAILED else ""
            yield Alert(
                rule="silent",
                station_code=state.station_code,
                day=newest or f"{start:%Y-%m-%d}",
                level="warning",
                detail=f"{heard}, silent since {since:%Y-%m-%d %H:%M} UTC{why}",
            )


def _is_silence(state: StageState, settings: Settings, now: pd.Timestamp) -> bool:
    """Whether no file of a station came in time, whatever was said of it."""
    due = f"{due_day(settings, now):%Y-%m-%d}"
    has_begun = due >= f"{settings.operation.start_day:%Y-%m-%d}"
    return state.stage == "collect" and has_begun and state.last_success_day < due


def _stage_failed(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> Iterator[Alert]:
    """Tell the days of a station that failed since it was last told of, in one alert."""
    silent = {
        s.station_code for s in status(settings, engine, now) if _is_silence(s, settings, now)
    }
    untold: dict[str, dict[str, Mapping[str, Any]]] = {}
    # Before: a connection that reads holds the lock.
    standing = facts.failures(engine)
    with engine.connect() as connection:
        last = _last_raised(connection, "stage_failed")
        for failure in standing:
            code, stage, day = failure["station_code"], failure["stage"], failure["day"]
            is_of_station = code in settings.codes and day != facts.OF_RUN
            is_told = failure["since"] <= last.get(code, "")
            is_silence = stage == "collect" and (
                code in silent or _was_silent(connection, code, day)
            )
            if is_of_station and not is_told and not is_silence:
                # The later stages of a day follow from the first that failed.
                untold.setdefault(code, {}).setdefault(day, failure)
    for code, days in untold.items():
        newest = days[max(days)]
        more = f"; {len(days) - 1} older days failed too" if len(days) > 1 else ""
        yield Alert(
            rule="stage_failed",
            station_code=code,
            day=newest["day"],
            level="warning",
            detail=f"{newest['stage']}: {newest['error']}{more}",
        )


def _last_raised(connection: sa.Connection, rule: str) -> dict[str, str]:
    """When a rule last spoke of each station."""
    query = (
        sa.select(alerts.c.station_code, sa.func.max(alerts.c.raised_at))
        .where(alerts.c.rule == rule)
        .group_by(alerts.c.station_code)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _was_silent(connection: sa.Connection, code: str, day: str) -> bool:
    """Whether operators were told of the silence that a missing day belongs to."""
    before = sa.select(sa.func.max(files.c.day)).where(
        files.c.station_code == code, files.c.day < day
    )
    last = connection.execute(before).scalar()
    query = sa.select(alerts.c.alert_id).where(
        alerts.c.rule == "silent",
        alerts.c.station_code == code,
        alerts.c.day == last if last else alerts.c.day <= day,
    )
    return connection.execute(query).first() is not None


def _network_failed(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> Iterator[Alert]:
    failed = {
        state.stage: state.sentence
        for state in status(settings, engine, now)
        if state.state == FAILED and (state.station_code == NETWORK or state.stage in _OF_ALL)
    }
    # What ended a run concerns every station, and is told once.
    of_run = (row for row in facts.failures(engine) if row["day"] == facts.OF_RUN)
    failed |= {
        row["stage"]: row["error"] for row in of_run if row["station_code"] in settings.codes
    }
    if failed:
        yield Alert(
            rule="network_failed",
            station_code=NETWORK,
            day=f"{now:%Y-%m-%d}",
            level="warning",
            detail="; ".join(f"{stage}: {said}" for stage, said in failed.items()),
        )


def _clock_fault(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> Iterator[Alert]:
    """Tell of each day with a fault; an offset that stays as it is, on its first day only."""
    first = now - pd.Timedelta(days=settings.operation.revisit_days + 1)
    before = f"{first - pd.Timedelta(days=1):%Y-%m-%d}"
    query = sa.select(quality).where(quality.c.n_clock_faults > 0, quality.c.day >= before)
    with engine.connect() as connection:
        rows = {(row["station_code"], row["day"]): row for row in rows_of(connection, query)}
    for (code, day), row in sorted(rows.items()):
        yesterday = rows.get((code, f"{pd.Timestamp(day) - pd.Timedelta(days=1):%Y-%m-%d}"))
        if day == before or (yesterday is not None and _is_same_offset(row, yesterday)):
            continue
        yield Alert(
            rule="clock_fault",
            station_code=code,
            day=day,
            level="watch",
            detail=_about_the_clock(row),
        )


def _is_same_offset(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether nothing is wrong with either clock but an offset, and that is the same."""
    offsets = [one["clock_offset_s"] for one in (row, other) if one["n_clock_faults"] == 1]
    return len(offsets) == 2 and None not in offsets and abs(offsets[0] - offsets[1]) < _SAME_S


def _about_the_clock(row: Mapping[str, Any]) -> str:
    off_s = row["clock_offset_s"]
    off = f", {off_s:+.3f} s off the second" if off_s else ""
    n = row["n_clock_faults"]
    return f"{n} clock {'fault' if n == 1 else 'faults'}{off}"


def _disk(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> Iterator[Alert]:
    free = free_gb(settings.folder)
    if free < settings.operation.least_free_gb:
        yield Alert(
            rule="disk",
            station_code=NETWORK,
            day=f"{now:%Y-%m-%d}",
            level="critical",
            detail=f"{free:.1f} GB free",
        )


def _broken_chain(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> Iterator[Alert]:
    check = ledger.verify(settings.ledger)
    if not check.is_intact:
        yield Alert(
            rule="broken_chain",
            station_code=NETWORK,
            day=f"{now:%Y-%m-%d}",
            level="critical",
            detail=f"seq {check.first_bad_seq}: {check.reason}",
        )


def _anomaly(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> Iterator[Alert]:
    plan = settings.alarm
    since = f"{now - pd.Timedelta(days=settings.operation.revisit_days + 1):%Y-%m-%d}"
    query = sa.select(forecasts).where(
        forecasts.c.role == CHAMPION,
        forecasts.c.day >= since,
        forecasts.c.probability >= plan.threshold,
    )
    with engine.connect() as connection:
        for row in rows_of(connection, query.order_by(forecasts.c.issued_at)):
            level, _ = anomaly_level(row, plan, _days_above(connection, row, plan))
            if level is not None:
                yield Alert(
                    rule="anomaly",
                    station_code=row["station_code"],
                    day=row["day"],
                    level=level,
                    detail=f"score {row['probability']:.2f}, Kp {row['kp_at_issue']:.1f}, "
                    f"Dst {row['dst_at_issue']:.0f} nT, coverage {row['coverage']:.2f}",
                )


def _days_above(connection: sa.Connection, row: Mapping[str, Any], plan: AlarmPlan) -> int:
    first = pd.Timestamp(row["day"]) - pd.Timedelta(days=plan.window_days - 1)
    query = sa.select(sa.func.count(sa.distinct(forecasts.c.day))).where(
        forecasts.c.station_code == row["station_code"],
        forecasts.c.model_sha256 == row["model_sha256"],
        forecasts.c.day >= f"{first:%Y-%m-%d}",
        forecasts.c.day <= row["day"],
        forecasts.c.probability >= plan.threshold,
    )
    return int(connection.execute(query).scalar() or 0)


def _drift(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> Iterator[Alert]:
    _, found = drift_watch.newest(engine)
    for kind, rule in ((drift_watch.INPUT, "drift"), (drift_watch.FORECAST, "forecast_drift")):
        shifted = [one for one in found if one.kind == kind and one.word == "shifted"]
        if shifted:
            said = ", ".join(f"{one.place}: {one.index:.2f}" for one in shifted)
            yield Alert(
                rule=rule,
                station_code=NETWORK,
                day=f"{now:%Y-%m}-01",
                level="watch",
                detail=f"population stability index {said}",
            )


Rule = Callable[[Settings, sa.Engine, pd.Timestamp], Iterator[Alert]]
RULES: tuple[Rule, ...] = (
    _silent,
    _stage_failed,
    _network_failed,
    _clock_fault,
    _disk,
    _broken_chain,
    _drift,
    _anomaly,
)
"""Every rule; the order is that of the messages."""
