"""Secondary quantities of the rows: what repeats, what deploys, what a gambler would win."""

import numpy as np
from numpy.typing import NDArray

from seismomag.audit import calibration
from seismomag.audit.case import AuditCase
from seismomag.audit.counts import Contingency, contingency, deployed_precision
from seismomag.audit.intervals import (
    MINIMUM_EVENTS,
    NO_ALARM,
    NOTHING,
    TOO_FEW,
    cluster_sums,
    percentile_interval,
    resampled_weights,
)
from seismomag.audit.rows import Rows, station_climatology
from seismomag.audit.table import NAN, Line

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_Part = tuple[str, float, tuple[float, float], float, str]

DEPLOYMENT_RATES = (0.01, 0.02, 0.05)
BOOTSTRAP = "cluster bootstrap"
NULL_DRAWS = 200


def lines(case: AuditCase, rows: Rows, alarm: Truths) -> list[Line]:
    """Every secondary quantity of the rows; none without rows."""
    if not rows.event.size:
        return []
    draws = (case.n_bootstrap, case.seed)
    gambled = _gambling(rows, alarm, station_climatology(case, rows))
    return plain_lines(rows, alarm, draws) + _lines(rows, gambled)


def plain_lines(rows: Rows, alarm: Truths, draws: tuple[int, int]) -> list[Line]:
    """Those that need no training rows; ``draws`` are bootstrap draws and seed."""
    if not rows.event.size:
        return []
    found = [
        *_deployment(rows, alarm, draws),
        *_design_effect(rows, alarm),
        *_calibration(rows, draws[1]),
    ]
    return _lines(rows, found)


def _lines(rows: Rows, found: list[_Part]) -> list[Line]:
    counts = {"n_rows": int(rows.event.size), "n_events": rows.n_events, "n_days": rows.n_days}
    return [
        Line(name, "row", value, *interval, reference, **counts, note=note)
        for name, value, interval, reference, note in found
    ]


def _deployment(rows: Rows, alarm: Truths, draws: tuple[int, int]) -> list[_Part]:
    """Precision where quiet days are the rule; the test set's own precision does not transfer."""
    table = contingency(alarm, rows.event)
    columns = (alarm & rows.event, rows.event, alarm & ~rows.event, ~rows.event)
    enough = rows.n_events >= MINIMUM_EVENTS
    sums = np.stack(cluster_sums(rows.cluster, *columns), axis=1)
    weights = resampled_weights(sums.shape[0], draws[0], np.random.default_rng(draws[1]))
    tp, p, fp, n = (weights @ sums).T
    hit, false = _ratio(tp, p), _ratio(fp, n)
    how = _how(table) if enough else TOO_FEW
    found = []
    for rate in DEPLOYMENT_RATES:
        value = deployed_precision(table.recall, table.false_alarm_rate, rate)
        drawn = _ratio(rate * hit, rate * hit + (1 - rate) * false)
        interval = NOTHING if how != BOOTSTRAP else percentile_interval(drawn)
        note = f"precision if a share {rate} of station-days were event days; {how}"
        found.append((f"precision_at_base_rate_{rate:.2f}", value, interval, rate, note))
    return found


def _how(table: Contingency) -> str:
    """How the interval of a precision is made, or why there is none: every draw would agree."""
    if not table.tp + table.fp:
        return NO_ALARM
    if not table.tp:
        return "no interval, no alarm was a hit"
    return BOOTSTRAP if table.fp else "no interval, no alarm was false"


def gambling_score(alarm: Truths, event: Truths, reference: Floats) -> float:
    """Mean return of one unit staked on each alarm (Zhuang 2010, Geophys. J. Int. 181, 382).

    A hit wins (1 - p0) / p0, a false alarm loses 1; 0 is expected under the reference
    probability p0. Descriptive: its significance depends on the weights. NaN without alarms.

    Examples
    --------
    >>> gambling_score(np.array([True, True]), np.array([True, False]), np.array([0.25, 0.25]))
    1.0
    """
    staked = alarm & np.isfinite(reference)
    won = np.where(event, (1 - reference) / reference, -1.0)
    return float(won[staked].mean()) if staked.any() else NAN


def _gambling(rows: Rows, alarm: Truths, reference: Floats) -> list[_Part]:
    value = gambling_score(alarm, rows.event, reference)
    note = "return per alarm against the station climatology of training; descriptive"
    return [("gambling_score", value, NOTHING, 0.0, note)]


def design_effect(value: Truths, cluster: NDArray[np.int64]) -> tuple[float, float]:
    """DEFF = 1 + (m - 1) ICC: how many rows one independent row is worth.

    The intraclass correlation is the analysis-of-variance estimate, kept in [0, 1]; m is the mean
    size of the clusters weighted for their inequality (Donner 1986, Int. Stat. Rev. 54, 67).

    Returns
    -------
    deff, n_effective
        NaN for fewer than two clusters.
    """
    unit = np.unique(cluster, return_inverse=True)[1].astype(np.int64)
    total, size = cluster_sums(unit, value, np.ones(value.size))
    n, k = value.size, size.size
    if k < 2 or n <= k:
        return (1.0, float(n)) if k == n >= 2 else (NAN, NAN)
    mean = total / size
    between = float((size * (mean - value.mean()) ** 2).sum() / (k - 1))
    within = float((size * mean * (1 - mean)).sum() / (n - k))
    typical = (n - (size**2).sum() / n) / (k - 1)
    spread = between + (typical - 1) * within
    icc = float(np.clip((between - within) / spread, 0, 1)) if spread > 0 else 0.0
    deff = 1 + ((size**2).sum() / n - 1) * icc
    return float(deff), float(n / deff)


def _design_effect(rows: Rows, alarm: Truths) -> list[_Part]:
    found = []
    for name, among in (("recall", rows.event), ("false_alarm_rate", ~rows.event)):
        deff, n = design_effect(alarm[among], rows.cluster[among])
        note = f"{int(among.sum())} rows are worth {n:.0f} independent ones"
        found.append((f"design_effect_{name}", deff, NOTHING, 1.0, note))
    return found


def _calibration(rows: Rows, seed: int) -> list[_Part]:
    parts = calibration.decompose(rows.probability, rows.event)
    generator = np.random.default_rng(seed)
    mean, high = calibration.calibration_error_null(
        rows.probability, n_draws=NULL_DRAWS, generator=generator
    )
    error = calibration.calibration_error(rows.probability, rows.event)
    note = f"a calibrated forecast of these rows would have {mean:.3f}, 95 % below {high:.3f}"
    corp = "CORP: Brier = miscalibration - discrimination + uncertainty"
    return [
        ("brier_miscalibration", parts.miscalibration, NOTHING, 0.0, corp),
        ("brier_discrimination", parts.discrimination, NOTHING, 0.0, corp),
        ("brier_uncertainty", parts.uncertainty, NOTHING, NAN, corp),
        ("expected_calibration_error", error, NOTHING, mean, note),
    ]


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, NAN), where=whole > 0))
