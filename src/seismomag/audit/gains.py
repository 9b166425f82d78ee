"""Information gained over the baselines, each on the terms of the forecast.

The forecast was calibrated on validation rows, so every baseline gets an offset of its logit on
the same rows: the rate of events between training and test is not skill. Rows that one of both
does not speak of count too, with the rate of their station.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special

from seismomag.audit.case import AuditCase
from seismomag.audit.intervals import MINIMUM_EVENTS, TOO_FEW, cluster_sums, cluster_t
from seismomag.audit.rows import station_rates, units
from seismomag.audit.scores import CLIP, information_gain, log_likelihood
from seismomag.audit.table import NAN, Line

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

REQUIRED_BASELINES = (
    "station_climatology",
    "station_season",
    "recent_earthquake",
    "smoothed_rate",
    "kp_only",
    "kp_inverse",
    "metadata_only",
    "night_ratio",
    "night_ratio_corrected",
    "band_power_logistic",
    "band_power_boosting",
)
"""B1 to B9: whoever did not meet all of them has not beaten the baselines."""

LEAST_GAIN = 1e-6
"""Less is rounding [nat]: a forecast that repeats a baseline differs from it in the last digits."""

MOST_OFFSET = 40.0
"""Bound of the offset: more than any two probabilities that are told apart can be apart."""


def gain_lines(case: AuditCase) -> list[Line]:
    """Information gain per event row over every baseline, with its clustered interval."""
    test = _known(case, "test")
    if test.empty:
        return []
    event = test["is_target"].to_numpy(dtype=bool)
    cluster = units(test, event)
    usual = _usual(case, test)
    said = _said(case.forecast, test)
    n_filled = int((np.isnan(said) & np.isfinite(usual)).sum())
    p = np.where(np.isnan(said), usual, said)
    lines = []
    for name, table in case.baselines.items():
        q = _said(on_equal_terms(case, table), test)
        q = np.where(np.isnan(q), usual, q)
        both = np.isfinite(p) & np.isfinite(q)
        value, interval = _gain(p[both], q[both], event[both], cluster[both])
        n_events = int(np.unique(cluster[both][event[both]]).size)
        how = "cluster-t, nat per event row" if n_events >= MINIMUM_EVENTS else TOO_FEW
        note = f"{how}; {n_filled} rows without forecast at the rate of their station"
        quantity = f"information_gain_per_event_vs_{name}"
        n_rows = int(both.sum())
        lines.append(Line(quantity, "row", value, *interval, 0.0, n_rows, n_events, 0, note))
    return lines


def beats_baselines(case: AuditCase, gains: list[Line]) -> tuple[bool | None, str]:
    """Whether the forecast gains over every baseline, the required ones among them.

    Returns
    -------
    beaten, missing
        None, and the names of the required baselines that were not given or do not speak of
        validation and of every test row of the forecast. A baseline that was met and not beaten
        decides without them.
    """
    missing = [name for name in REQUIRED_BASELINES if not _has_spoken(case, name)]
    if any(not line.low > LEAST_GAIN for line in gains):
        return False, ""
    return (None, ", ".join(missing)) if missing else (True, "")


def _has_spoken(case: AuditCase, name: str) -> bool:
    table = case.baselines.get(name)
    if table is None or case.rows(table, "validation").empty:
        return False
    asked = case.rows(case.forecast, "test")["sample_id"]
    return bool(asked.isin(table["sample_id"]).all())


def on_equal_terms(case: AuditCase, forecast: pd.DataFrame) -> pd.DataFrame:
    """Return a forecast with an offset of its logit fitted on the known validation rows."""
    validation = _known(case, "validation")
    said = _said(forecast, validation)
    spoken = np.isfinite(said)
    event = validation["is_target"].to_numpy(dtype=bool)[spoken]
    moved = shifted(forecast["probability"].to_numpy(np.float64), offset(said[spoken], event))
    return forecast.assign(probability=moved)


def offset(probability: Floats, event: Truths) -> float:
    """Offset of the logit that makes the mean probability the share of events.

    That is its estimate of greatest likelihood. 0 where there is one class only: nothing can be
    fitted to it.

    Examples
    --------
    >>> round(offset(np.full(4, 0.5), np.array([True, False, False, False])), 3)
    -1.099
    """
    if event.all() or not event.any():
        return 0.0
    logit, rate = _logit(probability), float(event.mean())
    found = optimize.brentq(
        lambda a: float(special.expit(logit + a).mean()) - rate, -MOST_OFFSET, MOST_OFFSET
    )
    return float(found)


def shifted(probability: Floats, by: float) -> Floats:
    """Move probabilities by an offset of their logit; as they are for an offset of 0."""
    return np.asarray(special.expit(_logit(probability) + by)) if by else probability


def _logit(probability: Floats) -> Floats:
    kept = np.clip(probability, CLIP, 1 - CLIP)
    return np.asarray(special.logit(kept))


def _known(case: AuditCase, split: str) -> pd.DataFrame:
    samples = case.samples
    mine = samples[(samples["split"] == split) & samples["is_target"].notna()]
    return mine.reset_index(drop=True)


def _said(forecast: pd.DataFrame, rows: pd.DataFrame) -> Floats:
    told = rows["sample_id"].map(forecast.set_index("sample_id")["probability"])
    return told.to_numpy(dtype=np.float64)


def _usual(case: AuditCase, test: pd.DataFrame) -> Floats:
    """Rate of the station in training, with the offset that validation gives it."""
    validation = _known(case, "validation")
    event = validation["is_target"].to_numpy(dtype=bool)
    rate = station_rates(case, validation["station_code"])
    by = offset(rate, event) if np.isfinite(rate).all() else 0.0
    return shifted(station_rates(case, test["station_code"]), by)


def _gain(
    p: Floats, q: Floats, event: Truths, cluster: NDArray[np.int64]
) -> tuple[float, tuple[float, float]]:
    """Gain per event row, and its interval: total over clusters, the number of events fixed."""
    value = information_gain(p, q, event)
    if np.unique(cluster[event]).size < MINIMUM_EVENTS:
        return value, (NAN, NAN)
    unit = np.unique(cluster, return_inverse=True)[1].astype(np.int64)
    (total,) = cluster_sums(unit, log_likelihood(p, event) - log_likelihood(q, event))
    low, high = cluster_t(total, np.ones(total.size))
    scale = total.size / event.sum()
    return value, (low * scale, high * scale)
