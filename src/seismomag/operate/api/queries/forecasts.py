"""The forecast view: scores of a month beside its earthquakes, and what the scores are worth."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import FormatError
from seismomag.operate.api.context import Operation
from seismomag.operate.api.facts import phrases
from seismomag.operate.api.facts.audit_folders import (
    NEVER_AUDITED,
    find_audits,
    number,
    read_audit,
)
from seismomag.operate.api.facts.ledger_reading import LedgerView
from seismomag.operate.api.facts.targets import Targets, read_targets
from seismomag.operate.api.facts.times import read_utc, utc
from seismomag.operate.api.guard.problems import unknown_name
from seismomag.operate.api.queries.network import SMALLEST_MAGNITUDE, read_events
from seismomag.operate.api.shapes.forecasts import ForecastMonth, Score
from seismomag.operate.api.shapes.parts import Verdict
from seismomag.operate.daily.stages import CHAMPION
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import forecasts, latest_forecasts
from seismomag.operate.models_registry import label_rule

NO_AUDIT = "no audit yet"


@dataclass(frozen=True)
class Worth:
    """What the last audit says about scores.

    Attributes
    ----------
    verdict
        Of it.
    base_rate, reason
        Share of station-days with a target, or why it is not known.
    bins
        Bins of equally many scores: mean score, what was observed, its interval; empty if there
        are none.
    span
        Smallest and largest score of the audit.
    """

    verdict: Verdict
    base_rate: float | None
    reason: str
    bins: Sequence[tuple[float, float, float | None, float | None]] = ()
    span: tuple[float, float] = (1.0, 0.0)

    def at(self, probability: float | None) -> tuple[float | None, float | None, float | None]:
        """What was observed at such a score, with its band; nothing beyond the audited scores."""
        if probability is None or not self.bins:
            return None, None, None
        if not self.span[0] <= probability <= self.span[1]:
            return None, None, None
        _, frequency, low, high = min(self.bins, key=lambda one: abs(one[0] - probability))
        # Where every resampling gives the same, there was nothing to resample.
        return (frequency, None, None) if low == high else (frequency, low, high)


def query_forecasts(operation: Operation, month: str | None, station: str | None) -> ForecastMonth:
    """Answer for the forecast view.

    Parameters
    ----------
    operation
        The operation.
    month
        ``2026-04``; None for that of the newest score.
    station
        Code; None for all of them.

    Raises
    ------
    ProblemError
        404: there is no such station.
    """
    settings, now = operation.settings, operation.clock()
    if station is not None and station not in settings.codes:
        raise unknown_name(station, "station", settings.codes)
    codes = settings.codes if station is None else (station,)
    worth = _worth(operation)
    rule = label_rule(settings, operation.engine)
    with operation.engine.connect() as connection:
        first, end = _month(connection, month, now)
        reach = timedelta(days=rule.horizon_start_days + rule.horizon_days)
        rows = _first_issued(connection, first, end, codes)
        shown = read_events(connection, first, end, SMALLEST_MAGNITUDE)
        targets = read_targets(connection, settings.stations, rule, first, end + reach)
    absent = _absent(operation.ledger.view(utc(now)), first, end, codes, rows)
    counts = _counts(rows, targets)
    newest = max((row["issued_at"] for row in rows), default=None)
    return ForecastMonth(
        as_of=utc(now),
        newest_datum_at=read_utc(newest),
        source="forecasts: forecasts, ledger, events, last audit",
        first_day=first,
        end_day=end,
        scores=tuple(_score(row, worth) for row in sorted([*rows, *absent], key=_order)),
        events=shown,
        target_event_ids=tuple(e.event_id for e in shown if e.event_id in targets.event_ids),
        threshold=settings.alarm.threshold,
        window_days=settings.alarm.window_days,
        horizon_days=rule.horizon_days,
        minimum_magnitude=rule.minimum_magnitude,
        magnitude_edges=tuple(rule.magnitude_edges),
        base_rate=worth.base_rate,
        base_rate_reason=phrases.told(worth.reason),
        verdict=worth.verdict,
        **counts,
    )


def _month(connection: sa.Connection, month: str | None, now: pd.Timestamp) -> tuple[date, date]:
    if month is None:
        newest = connection.execute(sa.select(sa.func.max(latest_forecasts.c.day))).scalar()
        month = str(newest)[:7] if newest else f"{now:%Y-%m}"
    start = pd.Period(month, freq="M")
    return start.start_time.date(), (start + 1).start_time.date()


def _first_issued(
    connection: sa.Connection, first: date, end: date, codes: Sequence[str]
) -> list[dict[str, Any]]:
    """Read the first forecast of each station-day and model: later ones are corrections."""
    query = (
        sa.select(forecasts)
        .where(
            forecasts.c.day >= first.isoformat(),
            forecasts.c.day < end.isoformat(),
            forecasts.c.station_code.in_(codes),
        )
        .order_by(forecasts.c.issued_at.desc())
    )
    found = {
        (row["station_code"], row["day"], row["model_sha256"]): row
        for row in rows_of(connection, query)
    }
    return list(found.values())


def _absent(
    ledger: LedgerView,
    first: date,
    end: date,
    codes: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Station-days of which the ledger says why there is no score."""
    scored = {(row["station_code"], row["day"]) for row in rows if row["role"] == CHAMPION}
    found = []
    for record in ledger.no_data:
        key = (record.get("station"), record.get("day"))
        is_wanted = first.isoformat() <= str(key[1]) < end.isoformat() and key[0] in codes
        if is_wanted and key not in scored:
            found.append(
                {
                    **record,
                    "station_code": key[0],
                    "role": CHAMPION,
                    "ledger_seq": record["seq"],
                }
            )
    return found


def _score(row: Mapping[str, Any], worth: Worth) -> Score:
    probability = row.get("probability")
    observed, low, high = worth.at(probability)
    issued, start, stop = (read_utc(row[name]) for name in ("issued_at", "valid_from", "valid_to"))
    assert issued is not None
    assert start is not None
    assert stop is not None
    return Score(
        station_code=row["station_code"],
        day=date.fromisoformat(row["day"]),
        probability=_rounded(probability, 6),
        observed_frequency=_rounded(observed, 6),
        observed_low=_rounded(low, 6),
        observed_high=_rounded(high, 6),
        is_alarm=row.get("alarm"),
        azimuth_deg=_rounded(row.get("azimuth"), 1),
        azimuth_kappa=_rounded(row.get("azimuth_kappa"), 3),
        magnitude_class=row.get("magnitude_class"),
        issued_at=issued,
        valid_from=start,
        valid_to=stop,
        coverage=_rounded(row.get("coverage"), 4),
        kp_at_issue=_rounded(row.get("kp_at_issue"), 2),
        is_late=issued > start,
        reason=phrases.told(row.get("reason")),
        model_sha256=row.get("model_sha256") or "",
        role=row["role"],
        ledger_seq=row.get("ledger_seq"),
    )


def _rounded(value: float | None, decimals: int) -> float | None:
    """As many decimals as the ledger keeps, or as mean something."""
    return None if value is None else round(value, decimals)


def _order(row: Mapping[str, Any]) -> tuple[str, str, bool, str]:
    return row["day"], row["station_code"], row["role"] != CHAMPION, row.get("model_sha256") or ""


def _counts(rows: Sequence[Mapping[str, Any]], targets: Targets) -> dict[str, int | None]:
    """Count the champion's station-days whose horizon is over; None while none is."""
    names = {
        (True, True): "n_hit",
        (False, True): "n_missed",
        (True, False): "n_false_alarm",
        (False, False): "n_quiet",
    }
    counts = dict.fromkeys(names.values(), 0)
    for row in rows:
        if row["role"] != CHAMPION or row["alarm"] is None:
            continue
        came = targets.outcome(row["station_code"], row["valid_from"], row["valid_to"])
        if came is not None and targets.known_until >= row["valid_to"]:
            counts[names[bool(row["alarm"]), came]] += 1
    known: dict[str, int | None] = dict(counts)
    return known if any(counts.values()) else dict.fromkeys(counts)


def _worth(operation: Operation) -> Worth:
    audits, _ = find_audits(operation.settings.folder)
    if not audits:
        return Worth(NEVER_AUDITED, None, NO_AUDIT)
    verdict = audits[0].verdict
    try:
        told = read_audit(audits[0])["pictures"].get("reliability")
        bins = tuple(_bin(one) for one in told["bins"]) if told else ()
        scores = told["steps"]["probability"] if told else []
        span = (float(scores[0]), float(scores[-1])) if scores else (1.0, 0.0)
        rate = number(told.get("base_rate")) if told else None
    except (FormatError, KeyError, TypeError, ValueError, AttributeError):
        return Worth(verdict, None, "the last audit is damaged")
    reason = "" if rate is not None else "not measured in the last audit"
    return Worth(verdict, rate, reason, bins, span)


def _bin(one: Mapping[str, Any]) -> tuple[float, float, float | None, float | None]:
    return (
        float(one["probability"]),
        float(one["frequency"]),
        number(one["low"]),
        number(one["high"]),
    )
