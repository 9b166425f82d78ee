"""C18-C20, C24: what the forecast goes with beside the label."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.circular import resultant_length
from seismomag.audit.leaks.case import LeakCase
from seismomag.audit.leaks.finding import Finding, amber, not_run
from seismomag.audit.proxies import area
from seismomag.audit.scores import auc
from seismomag.core.schema import magnitude_class_columns

COLLAPSED_R = 0.9
FEWEST_VALUES = 5
FOLLOWS_KP = 0.2
DATE_SHARE = 0.9
RECENT_DAYS = 30
RECENT_MAGNITUDE = 5.0
LOST_AUC = 0.10

Floats = NDArray[np.float64]


def follows_storms(case: LeakCase) -> Finding:
    """C18: label or probability goes with Kp; AUC of the probability by tercile of Kp."""
    rows = case.known
    if len(case.split_names) > 1 and case.has("probability"):
        rows = rows[rows["split"] == case.held_out]
    rows = rows[rows["kp_max"].notna()]
    if len(rows) < 10:
        return not_run("fewer than 10 rows with Kp")
    kp = rows["kp_max"].to_numpy(dtype=np.float64)
    event = rows["is_target"].to_numpy()
    told = {"label": _correlation(event.astype(np.float64), kp)}
    said = ""
    if case.has("probability"):
        p = rows["probability"].to_numpy(dtype=np.float64)
        told["probability"] = _correlation(p, kp)
        tercile = np.searchsorted(np.quantile(kp, [1 / 3, 2 / 3]), kp)
        areas = [_area_of(p[tercile == k], event[tercile == k]) for k in range(3)]
        said = "; AUC of the probability by tercile of Kp " + ", ".join(
            "-" if np.isnan(a) else f"{a:.2f}" for a in areas
        )
    found = sum(abs(r) > FOLLOWS_KP for r in told.values())
    listed = ", ".join(f"{name} {r:+.2f}" for name, r in told.items())
    return amber(len(rows), found, f"rank correlation with Kp: {listed}{said}")


def variance_by_date(case: LeakCase) -> Finding:
    """C19: all stations say the same on a day: a network-wide index, n is the number of days."""
    rows = case.rows[case.rows["probability"].notna()]
    p = rows["probability"]
    day = case.day_of(rows)
    date = _share(p, day)
    station = _share(p, case.station_of(rows))
    if np.isnan(date):
        return not_run("no day with two forecasts")
    n_days = int(day.nunique())
    said = (
        f"share of the variance of the probability between dates {date:.2f}, "
        f"between stations {0.0 if np.isnan(station) else station:.2f}"
    )
    found = int(date > DATE_SHARE)
    said += f": a network-wide index, {n_days} days are the sample" if found else ""
    return amber(len(rows), found, said)


def _share(values: pd.Series, group: pd.Series) -> float:
    """Intraclass correlation: variance between groups over all, by analysis of variance."""
    grouped = values.groupby(group)
    size = grouped.size()
    n, k = int(size.sum()), len(size)
    if k < 2 or n <= k:
        return float("nan")
    within = float((values - grouped.transform("mean")).pow(2).sum()) / (n - k)
    between = float((size * (grouped.mean() - values.mean()).pow(2)).sum()) / (k - 1)
    usual = (n - float((size**2).sum()) / n) / (k - 1)
    variance = max((between - within) / usual, 0.0)
    return variance / (variance + within) if variance + within > 0 else 1.0


def clustering(case: LeakCase) -> Finding:
    """C20: skill that lives on aftershocks is gone without days after a recent shock in range."""
    rows = case.known[case.known["probability"].notna()]
    if len(case.split_names) > 1:
        rows = rows[rows["split"] == case.held_out]
    event = rows["is_target"].to_numpy()
    shocks = case.shocks(RECENT_MAGNITUDE)
    recent = _after_shock(rows, shocks)
    if not event.any() or event.all() or recent.all():
        return not_run("one class only among the rows with a forecast")
    p = rows["probability"].to_numpy(dtype=np.float64)
    unit = case.units_of(rows)
    whole = area(p, event, unit, case.seed)
    calm = area(p[~recent], event[~recent], unit[~recent], case.seed)
    top = p >= np.quantile(p, 0.8)
    found = int(whole.low > 0.5 and whole.value - calm.value > LOST_AUC)
    said = (
        f"AUC {whole}; without {int(recent.sum()):,} rows in the {RECENT_DAYS} days after an "
        f"in-range M >= {RECENT_MAGNITUDE:g}: {calm}; recall of the top fifth "
        f"{top[event].mean():.2f} and {_mean(top[event & ~recent]):.2f}"
    )
    return amber(len(rows), found, said)


def _after_shock(rows: pd.DataFrame, shocks: pd.DataFrame) -> NDArray[np.bool_]:
    recent = np.zeros(len(rows), bool)
    issue = rows["issue_time"].to_numpy()
    where = shocks.groupby("station_code").indices
    for code, at in rows.groupby("station_code").indices.items():
        origin = np.sort(shocks["origin_time"].to_numpy()[where.get(code, [])])
        begin = issue[at] - np.timedelta64(RECENT_DAYS, "D")
        recent[at] = np.searchsorted(origin, issue[at]) > np.searchsorted(origin, begin)
    return recent


def collapse(case: LeakCase) -> Finding:
    """C24: the forecast always says nearly the same."""
    rows = case.rows
    told = [c for c in ("probability", "forecast_deg") if case.has(c)]
    classes = [c for c in magnitude_class_columns(rows) if rows[c].notna().any()]
    if not told and not classes:
        return not_run("no forecast")
    faults = []
    if "forecast_deg" in told:
        azimuth = rows["forecast_deg"].dropna()
        r = resultant_length(azimuth)
        if r > COLLAPSED_R:
            faults.append(
                f"azimuth COLLAPSED (R = {r:.3f}, {azimuth.min():.1f} to {azimuth.max():.1f} deg)"
            )
    if "probability" in told and rows["probability"].nunique() < FEWEST_VALUES:
        faults.append(f"only {rows['probability'].nunique()} different probabilities")
    said = rows[classes].dropna().to_numpy() if classes else np.empty((0, 0))
    if len(classes) > 1 and len(said) and np.unique(said.argmax(axis=1)).size == 1:
        faults.append("one magnitude class only")
    n = int(rows[told + classes].notna().any(axis=1).sum())
    sentence = "; ".join(faults) or "azimuths, probabilities and classes vary"
    if "probability" in told and case.has("both classes"):
        scored = case.known[case.known["probability"].notna()]
        p = scored["probability"].to_numpy(dtype=np.float64)
        value = _area_of(p, scored["is_target"].to_numpy())
        sentence += f"; AUC of the probability {value:.3f}"
    return amber(n, len(faults), sentence)


def _area_of(score: Floats, event: NDArray[np.bool_]) -> float:
    with np.errstate(invalid="ignore"):
        return float(auc(score, event)) if event.any() and not event.all() else float("nan")


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if values.size else float("nan")


def _correlation(a: Floats, b: Floats) -> float:
    from scipy.stats import rankdata

    known = np.isfinite(a) & np.isfinite(b)
    ranks = rankdata(a[known]), rankdata(b[known])
    if known.sum() < 2 or ranks[0].std() == 0 or ranks[1].std() == 0:
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])
