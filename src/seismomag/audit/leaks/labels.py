"""C13, C14, C16, C21: where the labels come from, and what goes with them by design."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.leaks.case import LeakCase
from seismomag.audit.leaks.chronology import shown
from seismomag.audit.leaks.finding import AMBER, RED, Finding, amber, count, not_run, red, worst

ONE_CLASS_ROWS = 50
ONE_CLASS_EXCESS = 0.3
"""Share of one-class dates above what stations that know nothing of each other would give."""
DATE_ROWS = 5
SENTINELS: Mapping[str, tuple[float, ...]] = {
    "kp_max": (9.0, 9.9, 99.0, 99.9),
    "dst_min_nt": (-300.0, -15.0, 9999.0),
}
SENTINEL_SHARE = 0.1
"""Difference between the classes in the share of one constant that betrays a filling."""
CONSTANT_SHARE = 0.3
"""The same for a value that nobody named beforehand."""
CONTROL_DIFFERENCE = 0.1
SHOCK_MAGNITUDE = 4.5
STRATA = ("station", "year", "instrument")

Filling = tuple[str, float, int, float, float]
"""Column, value, rows, share of the event rows, share of the quiet rows."""


def one_class_strata(case: LeakCase) -> Finding:
    """C13: a station, year or instrument with more than 50 rows of one class; one-class dates.

    Where the catalogue gives the same labels this is nature's (or the sampling's) imbalance and
    AMBER; where the labels cannot be rebuilt it is RED.
    """
    rows = case.known.assign(station=case.station_of(case.known))
    day = case.day_of(rows)
    rows["year"] = day.dt.year
    lines = [
        (column, str(value), int(size), float(share))
        for column in STRATA
        if column in rows
        for value, size, share in _shares(rows, column)
    ]
    table = pd.DataFrame(lines, columns=["stratum", "value", "n_rows", "event_share"])
    pure = table[(table["n_rows"] > ONE_CLASS_ROWS) & table["event_share"].isin((0.0, 1.0))]
    named = ", ".join(
        f"{stratum} {value} ({n} rows, all {'event' if share else 'quiet'})"
        for stratum, value, n, share in list(pure.to_numpy())[:6]
    )
    dates = _one_class_dates(rows, day)
    said = f"{len(pure)} of {len(table)} strata hold one class only" + (
        f": {named}" if named else ""
    )
    said += f"; {dates.sentence}" if dates else ""
    found = len(pure) + (dates.n if dates and dates.is_striking and not case.is_rebuilt else 0)
    severity = AMBER if case.is_rebuilt else RED
    said += "; the catalogue itself says so" if case.is_rebuilt and found else ""
    return Finding(worst(found, severity), len(rows), found, said, pure)


class _Dates:
    """How many dates hold one class, and how many chance would give."""

    def __init__(self, n: int, n_all: int, expected: float) -> None:
        self.n, self.is_striking = n, n / n_all - expected > ONE_CLASS_EXCESS
        self.sentence = (
            f"{n:,} of {n_all:,} dates with {DATE_ROWS} rows or more hold one class only "
            f"(stations on their own would give {expected:.0%})"
        )


def _one_class_dates(rows: pd.DataFrame, day: pd.Series) -> _Dates | None:
    event = rows["is_target"].astype(np.float64)
    rate = event.groupby(rows["station"]).transform("mean")
    # Rates of exactly 0 or 1 are estimates from few rows, not certainties.
    log_all, log_none = np.log(rate.clip(0.01, 0.99)), np.log(1 - rate.clip(0.01, 0.99))
    grouped = event.groupby(day)
    size, mean = grouped.size(), grouped.mean()
    large = size >= DATE_ROWS
    if not large.any():
        return None
    expected = np.exp(log_all.groupby(day).sum()) + np.exp(log_none.groupby(day).sum())
    one = int(mean[large].isin((0.0, 1.0)).sum())
    return _Dates(one, int(large.sum()), float(expected[large].mean()))


def _shares(rows: pd.DataFrame, column: str) -> list[tuple[object, int, float]]:
    grouped = rows.groupby(column)["is_target"]
    return list(zip(grouped.size().index, grouped.size(), grouped.mean(), strict=True))


def unlike_controls(case: LeakCase) -> Finding:
    """C14: quiet rows are not from the stations, seasons and storms of the event rows."""
    rows = case.known
    event = rows["is_target"].to_numpy()
    day = case.day_of(rows)
    phase = 2 * np.pi * day.dt.day_of_year.to_numpy(dtype=np.float64) / 365.25
    columns = {
        "season (sine)": np.sin(phase),
        "season (cosine)": np.cos(phase),
        "year": day.dt.year.to_numpy(dtype=np.float64),
    }
    for column, name in (("kp_max", "Kp"), ("dst_min_nt", "Dst"), ("coverage", "coverage")):
        if case.has(column):
            columns[name] = rows[column].to_numpy(dtype=np.float64)
    station = case.station_of(rows)
    for code in sorted(station.dropna().unique()):
        columns[f"station {code}"] = (station == code).to_numpy(dtype=np.float64)
    each = {name: _standardised(v, event) for name, v in columns.items()}
    wide = {name: d for name, d in each.items() if abs(d) >= CONTROL_DIFFERENCE}
    listed = sorted(each.items(), key=lambda item: -abs(item[1]))
    said = "standardised difference of event and quiet rows, largest first: " + ", ".join(
        f"{name} {d:+.2f}" for name, d in listed[:6]
    )
    table = pd.DataFrame(listed, columns=["column", "standardised_difference"])
    return amber(len(rows), len(wide), said, table)


def sentinels(case: LeakCase) -> Finding:
    """C16: a constant such as Kp 9.0, Dst -15 or azimuth 0 stands in one class more."""
    rows = case.known
    event = rows["is_target"].to_numpy()
    lines: list[Filling | None] = []
    for column, constants in SENTINELS.items():
        if case.has(column):
            values = rows[column].to_numpy(dtype=np.float64)
            lines += [_of_class(column, c, values, event, SENTINEL_SHARE) for c in constants]
            common = rows[column].value_counts().index[:3]
            lines += [_of_class(column, c, values, event, CONSTANT_SHARE) for c in common]
    zero = np.zeros(0, bool)
    if case.has("azimuth_deg"):
        zero = (rows["azimuth_deg"] == 0).to_numpy()[event]
        if zero.mean() > SENTINEL_SHARE:
            lines.append(("azimuth_deg", 0.0, int(zero.sum()), float(zero.mean()), np.nan))
    told = list({line[:2]: line for line in lines if line}.values())
    columns = ["column", "value", "n_rows", "share_of_event_rows", "share_of_quiet_rows"]
    table = pd.DataFrame(told, columns=columns)
    if not any(map(case.has, (*SENTINELS, "azimuth_deg"))):
        return not_run("no Kp, Dst or azimuth")
    named = ", ".join(
        f"{column} = {value:g} ({n:,} rows: {events:.0%} of event rows"
        + ("" if np.isnan(quiet) else f", {quiet:.0%} of quiet ones")
        + ")"
        for column, value, n, events, quiet in told
    )
    said = f"fill values that tell the class: {named or 'none'}"
    return red(len(rows), int(table["n_rows"].sum()), said, table)


def _of_class(
    column: str, value: float, values: NDArray[np.float64], event: NDArray[np.bool_], most: float
) -> Filling | None:
    same = values == value
    shares = float(same[event].mean()), float(same[~event].mean())
    if abs(shares[0] - shares[1]) <= most:
        return None
    return column, float(value), int(same.sum()), *shares


def shocks_in_windows(case: LeakCase) -> Finding:
    """C21: a recording holds a shock of M >= 4.5 within its own range: shaking, not precursor."""
    shocks = case.shocks(SHOCK_MAGNITUDE)
    rows = case.known
    start = rows["window_start"].to_numpy()
    end = start + np.timedelta64(case.window_days, "D")
    holds = np.zeros(len(rows), bool)
    where = shocks.groupby("station_code").indices
    for code, at in rows.groupby("station_code").indices.items():
        origin = np.sort(shocks["origin_time"].to_numpy()[where.get(code, [])])
        holds[at] = np.searchsorted(origin, end[at]) > np.searchsorted(origin, start[at])
    n = int(holds.sum())
    said = f"{count(n, 'row')} whose window holds a shock of M >= {SHOCK_MAGNITUDE:g} in range"
    said += ", kept by the stated label rule" if n and case.is_coseismic_declared else ""
    severity = worst(n, AMBER if case.is_coseismic_declared else RED)
    return Finding(severity, len(rows), n, said, shown(rows[holds]))


def _standardised(values: NDArray[np.float64], event: NDArray[np.bool_]) -> float:
    """Difference of the class means over their pooled spread; 0 where nothing varies."""
    one, other = values[event], values[~event]
    one, other = one[np.isfinite(one)], other[np.isfinite(other)]
    if one.size < 2 or other.size < 2:
        return 0.0
    spread = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
    return float((one.mean() - other.mean()) / spread) if spread > 0 else 0.0
