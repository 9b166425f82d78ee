"""Two models in storms at the same alarm fraction: fewer false alarms must not mean silence.

Without any skill, taking points off in storms moves false alarms from 0.31 to 0.01 and recall
from 0.31 to 0.02. So both are matched on their overall share of alarm rows, and the triple of
differences (false alarm rate, recall, Peirce skill) is told together.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.case import AuditCase
from seismomag.audit.intervals import (
    MINIMUM_EVENTS,
    NOTHING,
    clopper_pearson,
    cluster_sums,
    percentile_interval,
    resampled_weights,
)
from seismomag.audit.rows import Rows, storm_stratum
from seismomag.audit.storms import storm_number
from seismomag.audit.table import NAN

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

NON_INFERIOR = -0.10
"""The lower 95 % bound of the difference in recall must lie above."""
COLUMNS = (
    "kind",
    "row_alarm_share",
    "n_storms",
    "n_rows",
    "delta_far",
    "far_low",
    "far_high",
    "delta_recall",
    "recall_low",
    "recall_high",
    "delta_pss",
    "far_p",
    "conclusion",
)


def matched_alarms(probability: Floats, share: float) -> Truths:
    """Alarm on the given share of rows: those of highest probability, never more than asked."""
    n = int(np.floor(share * probability.size + 1e-9))
    if n == 0:
        return np.zeros(probability.size, bool)
    ranked = np.sort(probability)[::-1]
    alarm = probability >= ranked[n - 1]
    # Equal scores cannot be told apart: where the last tie is too large, all of it is left out.
    return np.asarray(alarm if alarm.sum() <= n else probability > ranked[n - 1])


@dataclass(frozen=True)
class _Storms:
    """Counts of each storm, one row a storm: quiet rows, event rows, and alarms of A and B."""

    quiet: Floats
    event: Floats
    false_a: Floats
    false_b: Floats
    hit_a: Floats
    hit_b: Floats


def compare(
    rows: Rows, alarm: Truths, other: Truths, *, n_draws: int, seed: int
) -> dict[str, object]:
    """Differences in storms, this model minus the other; columns from ``n_storms`` on."""
    storm = storm_stratum(rows.table) == "storm"
    unit = np.unique(storm_number(rows.table, storm)[storm], return_inverse=True)[1]
    y, a, b = rows.event[storm], alarm[storm], other[storm]
    columns = (~y, y, a & ~y, b & ~y, a & y, b & y)
    counts = _Storms(*cluster_sums(unit.astype(np.int64), *columns))
    n = counts.quiet.size
    generator = np.random.default_rng(seed)
    weights = resampled_weights(n, n_draws, generator) if n else np.ones((1, 0))
    far = _difference(counts.false_a, counts.false_b, counts.quiet)
    recall = _difference(counts.hit_a, counts.hit_b, counts.event)
    enough = n >= MINIMUM_EVENTS
    far_drawn = _drawn(weights, counts.false_a, counts.false_b, counts.quiet)
    recall_drawn = _drawn(weights, counts.hit_a, counts.hit_b, counts.event)
    far_interval = _interval(far_drawn, counts.false_a - counts.false_b, counts.quiet, enough)
    recall_interval = _interval(recall_drawn, counts.hit_a - counts.hit_b, counts.event, enough)
    values = (
        n, int(storm.sum()), far, *far_interval, recall, *recall_interval, recall - far,
        sign_flip_p(counts.false_a - counts.false_b, n_draws, generator),
        conclude(int(a.sum()), far, recall_interval[0]),
    )  # fmt: skip
    return dict(zip(COLUMNS[2:], values, strict=True))


def _interval(
    drawn: Floats, difference: Floats, whole: Floats, enough: bool
) -> tuple[float, float]:
    """Percentiles; where no storm differs, what so many storms leave open either way."""
    if not enough:
        return NOTHING
    if difference.any():
        return percentile_interval(drawn)
    most = clopper_pearson(0, int((whole > 0).sum()))[1]
    return -most, most


def conclude(n_alarms: int, delta_far: float, recall_low: float) -> str:
    """Say what fewer false alarms in storms are worth."""
    if n_alarms == 0:
        return "silent in storms: storm recall 0, FAR reduction uninformative"
    if not delta_far < 0:
        return "no fewer false alarms in storms"
    if not np.isfinite(recall_low):
        return "too few storms to know what the fewer false alarms cost in recall"
    if recall_low > NON_INFERIOR:
        return "fewer false alarms in storms, recall not inferior"
    return "fewer false alarms in storms, but recall may be inferior"


def sign_flip_p(difference: Floats, n_draws: int, generator: np.random.Generator) -> float:
    """Two-sided p of a zero mean difference over storms, each sign equally likely."""
    if not difference.any():
        return 1.0 if difference.size else NAN
    flips = generator.choice([-1.0, 1.0], size=(n_draws, difference.size))
    null = np.abs(flips @ difference)
    return float((1 + (null >= abs(difference.sum()) - 1e-9).sum()) / (n_draws + 1))


def table(case: AuditCase, rows: Rows, alarm: Truths) -> pd.DataFrame:
    """Compare the forecast with every baseline in storms, matched on the share of alarm rows."""
    lines: list[dict[str, object]] = []
    if not rows.event.size:
        return pd.DataFrame(columns=list(COLUMNS))
    for name, forecast in case.baselines.items():
        said = rows.table["sample_id"].map(forecast.set_index("sample_id")["probability"])
        other = matched_alarms(np.nan_to_num(said.to_numpy(np.float64)), float(alarm.mean()))
        mine = matched_alarms(rows.probability, float(other.mean()))
        compared = compare(rows, mine, other, n_draws=case.n_bootstrap, seed=case.seed)
        lines.append({"kind": name, "row_alarm_share": float(other.mean()), **compared})
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _difference(a: Floats, b: Floats, whole: Floats) -> float:
    return float((a - b).sum() / whole.sum()) if whole.sum() else NAN


def _drawn(weights: Floats, a: Floats, b: Floats, whole: Floats) -> Floats:
    total = weights @ whole
    share = np.divide(weights @ (a - b), total, out=np.full(total.shape, NAN), where=total > 0)
    return np.asarray(share)
