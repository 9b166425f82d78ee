"""Checks that the future did not reach the past; every one of them reads the real tables.

A check returns a :class:`Finding`. ``CHECKS`` lists them; adding one is adding a line.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.case import AuditCase
from seismomag.audit.circular import resultant_length
from seismomag.core.schema import SPLITS, magnitude_class_columns
from seismomag.dataset.labels import target_pairs

RED, AMBER, GREEN, NOT_RUN = "RED", "AMBER", "GREEN", "NOT RUN"
COLUMNS = ("check_id", "severity", "n_inspected", "n_found", "sentence")

EMBARGO_DAYS = 30
ONE_CLASS_ROWS = 50
COLLAPSED_R = 0.9
SENTINELS: Mapping[str, tuple[float, ...]] = {
    "kp_max": (9.0, 9.9, 99.0, 99.9),
    "dst_min_nt": (-300.0, -15.0, 9999.0),
}
SENTINEL_SHARE = 0.1
"""Difference between the classes in the share of one constant that betrays a filling."""


@dataclass(frozen=True)
class Finding:
    """What a check saw.

    Attributes
    ----------
    severity
        ``RED`` or ``AMBER`` where something was found, ``GREEN`` where nothing was, ``NOT RUN``
        where there was nothing to inspect.
    n_inspected, n_found
        Rows (or events, or predictions) looked at, and those at fault.
    sentence
        For a seismologist.
    """

    severity: str
    n_inspected: int
    n_found: int
    sentence: str


def shared_events(case: AuditCase) -> Finding:
    """C01: one earthquake, or one cluster of earthquakes, names rows of two splits."""
    target = case.samples[case.samples["is_target"].fillna(False).to_numpy(dtype=bool)]
    split = target[target["split"].notna()]
    if split.empty:
        return _not_run("no event rows")
    shared = 0
    for column in ("cluster_id", "event_id"):
        per_name = split[split[column].notna()].groupby(column)["split"].nunique()
        shared = max(shared, int((per_name > 1).sum()))
    n = int(split["cluster_id"].nunique())
    return _red(n, shared, f"{shared} of {n} earthquake clusters name rows of two splits")


def overlapping_intervals(case: AuditCase) -> Finding:
    """C02: window and horizon of a row meet those of a row in another split."""
    n, found = 0, 0
    for first, second in _split_pairs(case.samples):
        n += len(first)
        found += _overlaps(first, second)
    if not n:
        return _not_run("fewer than two splits")
    return _red(n, found, f"{found} rows have a window or horizon that reaches into another split")


def embargo(case: AuditCase) -> Finding:
    """C03: issue times of two splits closer than max(30 days, window + horizon)."""
    declared = case.provenance.get("embargo_days")
    needed = max(EMBARGO_DAYS, case.rule.window_days + case.rule.horizon_days)
    n, found, nearest = 0, 0, np.inf
    for first, second in _split_pairs(case.samples):
        gap = _days_to_nearest(first["issue_time"], second["issue_time"])
        n, found = n + gap.size, found + int((gap < needed).sum())
        nearest = min(nearest, float(gap.min()))
    if not n:
        return _not_run("fewer than two splits")
    is_declared = declared is not None and float(declared) <= nearest
    said = f"the splits are {nearest:.1f} days apart; {needed} are needed"
    return Finding(_severity(found, AMBER if is_declared else RED), n, found, said)


def repeated_station_days(case: AuditCase) -> Finding:
    """C04: one station-day in two splits, or twice in one."""
    samples = case.samples[case.samples["split"].notna()]
    key = [samples["station_code"], samples["window_start"].dt.floor("D")]
    per_day = samples.groupby(key)["split"]
    across = int(per_day.nunique().ge(2).sum())
    twice = int((per_day.size() > 1).sum())
    said = f"{across} station-days stand in two splits, {twice} stand more than once"
    return Finding(_severity(across, RED, _severity(twice, AMBER)), len(samples), twice, said)


def one_class_strata(case: AuditCase) -> Finding:
    """C13: a station and year with more than 50 rows of one class.

    Where the catalogue gives the same labels this is nature's (or the sampling's) imbalance and
    AMBER; where the labels cannot be rebuilt it is RED.
    """
    known = case.samples[case.samples["is_target"].notna() & case.samples["split"].notna()]
    if known.empty:
        return _not_run("no labelled rows")
    target = known["is_target"].astype(bool)
    groups = target.groupby([known["station_code"], known["window_start"].dt.year])
    size, share = groups.size(), groups.mean()
    pure = int(((size > ONE_CLASS_ROWS) & ((share == 0) | (share == 1))).sum())
    rebuilt = _n_wrong_labels(case, known) == 0
    said = f"{pure} of {len(size)} station-years hold one class only"
    said += "; the catalogue itself says so" if rebuilt and pure else ""
    return Finding(_severity(pure, AMBER if rebuilt else RED), len(size), pure, said)


def unlike_controls(case: AuditCase) -> Finding:
    """C14: quiet rows are not from the stations, seasons and storms of the event rows."""
    known = case.samples[case.samples["is_target"].notna() & case.samples["split"].notna()]
    target = known["is_target"].to_numpy(dtype=bool)
    if not target.any() or target.all():
        return _not_run("one class")
    phase = 2 * np.pi * known["window_start"].dt.day_of_year.to_numpy() / 365.25
    columns = {
        "season (sine)": np.sin(phase),
        "season (cosine)": np.cos(phase),
        "Kp": known["kp_max"].to_numpy(dtype=np.float64),
        "coverage": known["coverage"].to_numpy(dtype=np.float64),
    }
    differences = {name: _standardised(v, target) for name, v in columns.items()}
    wide = [name for name, d in differences.items() if abs(d) >= 0.1]
    said = "standardised difference of event and quiet rows: " + ", ".join(
        f"{name} {d:+.2f}" for name, d in differences.items()
    )
    return Finding(_severity(len(wide), AMBER), len(known), len(wide), said)


def sentinels(case: AuditCase) -> Finding:
    """C16: a constant such as Kp 9.0 or Dst -15 stands in one class more than in the other."""
    known = case.samples[case.samples["is_target"].notna() & case.samples["split"].notna()]
    target = known["is_target"].to_numpy(dtype=bool)
    if not target.any() or target.all():
        return _not_run("one class")
    found, names = 0, []
    for column, constants in SENTINELS.items():
        for constant in constants:
            same = known[column].to_numpy(dtype=np.float64) == constant
            if abs(same[target].mean() - same[~target].mean()) > SENTINEL_SHARE:
                found += int(same.sum())
                names.append(f"{column} = {constant:g}")
    zero = known.loc[target, "azimuth_deg"].to_numpy(dtype=np.float64) == 0
    if zero.mean() > SENTINEL_SHARE:
        found += int(zero.sum())
        names.append("azimuth_deg = 0")
    said = f"fill values that tell the class: {', '.join(names) or 'none'}"
    return _red(len(known), found, said)


def follows_storms(case: AuditCase) -> Finding:
    """C18: label or probability goes with Kp."""
    rows = case.rows(case.forecast, "test")
    rows = rows[rows["is_target"].notna() & rows["kp_max"].notna()]
    if len(rows) < 10:
        return _not_run("fewer than 10 test rows with Kp")
    kp = rows["kp_max"].to_numpy(dtype=np.float64)
    label = _correlation(rows["is_target"].to_numpy(dtype=np.float64), kp)
    score = _correlation(rows["probability"].to_numpy(dtype=np.float64), kp)
    found = int(abs(label) > 0.2) + int(abs(score) > 0.2)
    said = f"rank correlation with Kp: label {label:+.2f}, probability {score:+.2f}"
    return Finding(_severity(found, AMBER), len(rows), found, said)


def label_provenance(case: AuditCase) -> Finding:
    """C23: labels differ from those that catalogue and rule give."""
    known = case.samples[case.samples["is_target"].notna()]
    if known.empty:
        return _not_run("no labelled rows")
    wrong = _n_wrong_labels(case, known)
    return _red(len(known), wrong, f"{wrong} labels differ from what the catalogue gives")


def collapse(case: AuditCase) -> Finding:
    """C24: the forecast always says nearly the same."""
    forecast = case.forecast
    if forecast.empty:
        return _not_run("no forecast")
    faults = []
    concentration = resultant_length(forecast["azimuth_deg"].dropna())
    if concentration > COLLAPSED_R:
        faults.append(f"azimuth COLLAPSED (R = {concentration:.2f})")
    distinct = int(forecast["probability"].nunique())
    if distinct < 5:
        faults.append(f"only {distinct} different probabilities")
    classes = magnitude_class_columns(forecast)
    told = forecast[classes].dropna().to_numpy() if classes else np.empty((0, 0))
    if len(classes) > 1 and len(told) and np.unique(told.argmax(axis=1)).size == 1:
        faults.append("one magnitude class only")
    said = "; ".join(faults) or "azimuths, probabilities and classes vary"
    return Finding(_severity(len(faults), AMBER), len(forecast), len(faults), said)


CHECKS: Mapping[str, Callable[[AuditCase], Finding]] = {
    "C01": shared_events,
    "C02": overlapping_intervals,
    "C03": embargo,
    "C04": repeated_station_days,
    "C13": one_class_strata,
    "C14": unlike_controls,
    "C16": sentinels,
    "C18": follows_storms,
    "C23": label_provenance,
    "C24": collapse,
}


def inspect(case: AuditCase) -> pd.DataFrame:
    """Run every check; columns :data:`COLUMNS`."""
    lines = [(check_id, *astuple(check(case))) for check_id, check in CHECKS.items()]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _severity(found: int, severity: str, otherwise: str = GREEN) -> str:
    return severity if found else otherwise


def _red(inspected: int, found: int, said: str) -> Finding:
    return Finding(_severity(found, RED), inspected, found, said)


def _not_run(why: str) -> Finding:
    return Finding(NOT_RUN, 0, 0, f"not run: {why}")


def _split_pairs(samples: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    parts = [samples[samples["split"] == name] for name in SPLITS]
    return combinations([part for part in parts if len(part)], 2)


def _overlaps(first: pd.DataFrame, second: pd.DataFrame) -> int:
    """Count rows of the first table whose [window start, horizon end) meets the second's."""
    start = second["window_start"].to_numpy()
    order = np.argsort(start, kind="stable")
    latest = np.maximum.accumulate(second["horizon_end"].to_numpy()[order])
    before = np.searchsorted(start[order], first["horizon_end"].to_numpy(), side="left")
    reaches = latest[np.maximum(before - 1, 0)] > first["window_start"].to_numpy()
    return int(((before > 0) & reaches).sum())


def _days_to_nearest(first: pd.Series, second: pd.Series) -> NDArray[np.float64]:
    other = np.sort(second.to_numpy())
    mine = first.to_numpy()
    after = np.clip(np.searchsorted(other, mine), 0, other.size - 1)
    before = np.clip(after - 1, 0, None)
    gap = np.minimum(np.abs(other[after] - mine), np.abs(other[before] - mine))
    return np.asarray(gap / np.timedelta64(1, "D"), dtype=np.float64)


def _n_wrong_labels(case: AuditCase, known: pd.DataFrame) -> int:
    pairs = target_pairs(case.stations, case.catalogue, case.rule)
    wrong = 0
    for code, mine in known.groupby("station_code", sort=False):
        origin = np.sort(pairs.loc[pairs["station_code"] == code, "origin_time"].to_numpy())
        follows = np.searchsorted(origin, mine["horizon_end"].to_numpy()) > np.searchsorted(
            origin, mine["horizon_start"].to_numpy()
        )
        wrong += int((follows != mine["is_target"].to_numpy(dtype=bool)).sum())
    return wrong


def _standardised(values: NDArray[np.float64], target: NDArray[np.bool_]) -> float:
    event, quiet = values[target], values[~target]
    event, quiet = event[np.isfinite(event)], quiet[np.isfinite(quiet)]
    if event.size < 2 or quiet.size < 2:
        return 0.0
    spread = np.sqrt((event.var(ddof=1) + quiet.var(ddof=1)) / 2)
    return float((event.mean() - quiet.mean()) / spread) if spread > 0 else 0.0


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(a), rankdata(b)
    if ranks[0].std() == 0 or ranks[1].std() == 0:
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])
