"""The table of the report: every quantity, at the level of rows, events and days."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import scores
from seismomag.audit.counts import Contingency, contingency
from seismomag.audit.intervals import (
    MINIMUM_EVENTS,
    NO_ALARM,
    NOTHING,
    TOO_FEW,
    cluster_sums,
    percentile_interval,
    ratio_interval,
    resampled_weights,
)
from seismomag.audit.rows import Rows
from seismomag.core.schema import REPORT_COLUMNS

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
NAN = float("nan")
CHUNK = 50
"""Bootstrap draws handled at once: bounds the memory, not the result."""


@dataclass(frozen=True)
class Line:
    """One row of the report table."""

    quantity: str
    level: str
    value: float
    low: float = NAN
    high: float = NAN
    reference: float = NAN
    n_rows: int = 0
    n_events: int = 0
    n_days: int = 0
    note: str = ""


def to_table(lines: Iterable[Line]) -> pd.DataFrame:
    """Put lines into a table with the columns of the report."""
    return pd.DataFrame([astuple(line) for line in lines], columns=list(REPORT_COLUMNS))


@dataclass(frozen=True)
class Rate:
    """A rate as numerator and denominator over rows, and what it is compared with."""

    of: Callable[[Truths, Truths], tuple[Truths, Truths]]
    reference: Callable[[Contingency], float]
    needs_events: bool = True


RATES: Mapping[str, Rate] = {
    "recall": Rate(lambda a, e: (a & e, e), lambda c: c.alarm_fraction),
    "precision": Rate(lambda a, e: (a & e, a), lambda c: c.base_rate),
    "specificity": Rate(lambda a, e: (~a & ~e, ~e), lambda c: 1 - c.alarm_fraction, False),
    "false_alarm_rate": Rate(lambda a, e: (a & ~e, ~e), lambda c: c.alarm_fraction, False),
    "accuracy": Rate(lambda a, e: (a == e, a | ~a), lambda c: max(c.base_rate, 1 - c.base_rate)),
    "alarm_fraction": Rate(lambda a, e: (a, a | ~a), lambda c: NAN, False),
    "base_rate": Rate(lambda a, e: (e, e | ~e), lambda c: NAN),
    "always_alarm_precision": Rate(lambda a, e: (e, e | ~e), lambda c: NAN),
}


def rate_lines(
    level: str,
    alarm: Truths,
    event: Truths,
    cluster: NDArray[np.int64],
    counts: Mapping[str, int],
    draws: tuple[int, int],
) -> list[Line]:
    """Rates of a contingency table with clustered intervals.

    Parameters
    ----------
    level
        ``row`` or ``day``.
    alarm, event, cluster
        Shape (n,): what was said, what followed, and which cases belong together.
    counts
        ``n_rows, n_events, n_days`` of the lines.
    draws
        Bootstrap draws and seed.
    """
    table = contingency(alarm, event)
    lines = []
    for quantity, rate in RATES.items():
        part, whole = rate.of(alarm, event)
        low, high, note = *NOTHING, TOO_FEW
        if not rate.needs_events or counts["n_events"] >= MINIMUM_EVENTS:
            low, high, note = _interval(part, whole, cluster, draws)
        if quantity == "precision" and not whole.any():
            note = NO_ALARM
        value = float(part.sum() / whole.sum()) if whole.any() else NAN
        reference = rate.reference(table)
        lines.append(Line(quantity, level, value, low, high, reference, **counts, note=note))
    return lines + _gain_line(lines[list(RATES).index("precision")], table, counts)


def _interval(
    part: Truths, whole: Truths, cluster: NDArray[np.int64], draws: tuple[int, int]
) -> tuple[float, float, str]:
    k, m = cluster_sums(cluster, part, whole)
    generator = np.random.default_rng(draws[1])
    return ratio_interval(k, m, n_draws=draws[0], generator=generator)


def _gain_line(precision: Line, table: Contingency, counts: Mapping[str, int]) -> list[Line]:
    base = table.base_rate
    if not base > 0:
        return []
    low, high = precision.low / base, precision.high / base
    note = f"precision over base rate; {precision.note}"
    value = table.probability_gain
    return [Line("probability_gain", precision.level, value, low, high, 1.0, **counts, note=note)]


def score_lines(
    rows: Rows,
    alarm: Truths,
    climatology: Floats,
    counts: Mapping[str, int],
    draws: tuple[int, int],
) -> list[Line]:
    """Scores of the row probabilities with cluster bootstrap intervals."""
    base = float(rows.event.mean()) if rows.event.size else NAN
    values = _scores_of(rows, alarm, climatology, None)
    drawn = _bootstrap(rows, alarm, climatology, draws) if _has_enough(rows) else {}
    reference = {name: score.no_skill(base) for name, score in scores.SCORES.items()}
    reference |= {"ap_minus_base": 0.0, "brier_skill": 0.0}
    lines = []
    for name, value in values.items():
        low, high = percentile_interval(drawn[name]) if drawn else NOTHING
        note = "cluster bootstrap" if drawn else TOO_FEW
        lines.append(
            Line(name, "row", float(value), low, high, reference[name], **counts, note=note)
        )
    return lines


def _has_enough(rows: Rows) -> bool:
    return rows.n_events >= MINIMUM_EVENTS and not bool(rows.event.all())


def _scores_of(
    rows: Rows, alarm: Truths, climatology: Floats, weight: Floats | None
) -> dict[str, Floats]:
    p, y = rows.probability, rows.event
    w = np.ones(y.size) if weight is None else weight
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {
            "auc": scores.auc(p, y, w),
            "average_precision": scores.average_precision(p, y, w),
            "brier": scores.brier(p, y, w),
            "mcc": scores.mcc(alarm.astype(np.float64), y, w),
        }
        found["ap_minus_base"] = found["average_precision"] - (w * y).sum(-1) / w.sum(-1)
        found["brier_skill"] = 1 - found["brier"] / scores.brier(climatology, y, w)
    return found


def _bootstrap(
    rows: Rows, alarm: Truths, climatology: Floats, draws: tuple[int, int]
) -> dict[str, Floats]:
    n_draws, seed = draws
    weights = resampled_weights(int(rows.cluster.max()) + 1, n_draws, np.random.default_rng(seed))
    parts = [
        _scores_of(rows, alarm, climatology, weights[i : i + CHUNK][:, rows.cluster])
        for i in range(0, n_draws, CHUNK)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
