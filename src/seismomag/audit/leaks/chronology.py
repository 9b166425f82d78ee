"""C01-C04: the splits are apart in earthquakes, time and station-days."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.leaks.case import MINIMUM_EMBARGO_DAYS, LeakCase
from seismomag.audit.leaks.finding import AMBER, GREEN, RED, Finding, count, not_run, red, worst

SHOWN = ["row_id", "split", "station_code", "day", "file_day", "is_target"]


def shared_events(case: LeakCase) -> Finding:
    """C01: one earthquake, or one cluster of earthquakes, names rows of two splits."""
    target = case.known[case.known["is_target"]]
    columns = [c for c in ("cluster_id", "event_id") if case.has(c)]
    if target.empty or not columns:
        return not_run("no event rows with an event_id or cluster_id")
    shared, n, rows = 0, 0, target[:0]
    for column in columns:
        named = target[target[column].notna()]
        per_name = named.groupby(column)["split"].nunique()
        n = max(n, len(per_name))
        both = per_name.index[per_name > 1]
        if len(both) > shared:
            shared, rows = len(both), named[named[column].isin(both)]
    said = f"{shared:,} of {count(n, 'cluster')} of earthquakes name rows of two splits"
    return red(n, shared, said, shown(rows, *columns))


def overlapping_intervals(case: LeakCase) -> Finding:
    """C02: window and horizon of a row meet those of a row in another split."""
    n, parts = 0, []
    for one, other in split_pairs(case):
        first, second = (
            part.dropna(subset=["window_start", "horizon_end"]) for part in (one, other)
        )
        if len(first) and len(second):
            n += len(first)
            parts.append(first[_overlaps(first, second)])
    if not parts:
        return not_run("no two splits with windows and horizons")
    found = pd.concat(parts)
    said = f"{count(len(found), 'row')} with a window or horizon that reaches into another split"
    return red(n, len(found), said, shown(found, "window_start", "horizon_end"))


def embargo(case: LeakCase) -> Finding:
    """C03: rows of two splits closer than max(30 days, window + horizon).

    Looked at by every clock the table has: issue times, the column of dates, and the dates in
    the names of the files.
    """
    horizon = case.horizon_days or 0
    needed = max(MINIMUM_EMBARGO_DAYS, case.window_days + horizon)
    said, near_rows, nearest, n = [], case.rows[:0], np.inf, 0
    clocks = {"issue_time": "issue times", "file_day": "file names", "day": "date column"}
    clocks = {c: name for c, name in clocks.items() if case.has(c)}
    if "issue_time" in clocks:
        clocks.pop("day", None)
    for column, name in clocks.items():
        for first, second in split_pairs(case):
            told = _Border.of(first, second, column, needed)
            if told is None:
                continue
            n += told.n
            said.append(f"by the {name}, {told.sentence}")
            nearest = min(nearest, told.nearest)
            near_rows = pd.concat([near_rows, told.rows])
    if not n:
        return not_run("no two splits with dates")
    near_rows = near_rows[~near_rows.index.duplicated()]
    is_declared = case.embargo_days is not None and case.embargo_days <= nearest
    severity = worst(len(near_rows), AMBER if is_declared else RED)
    sentence = f"{needed} days are needed between splits; {'; '.join(said)}"
    return Finding(severity, n, len(near_rows), sentence, shown(near_rows))


class _Border:
    """How two splits lie to each other on one clock."""

    def __init__(self, n: int, nearest: float, rows: pd.DataFrame, sentence: str) -> None:
        self.n, self.nearest, self.rows, self.sentence = n, nearest, rows, sentence

    @classmethod
    def of(
        cls, first: pd.DataFrame, second: pd.DataFrame, column: str, needed: float
    ) -> "_Border | None":
        one, other = first[first[column].notna()], second[second[column].notna()]
        if one.empty or other.empty:
            return None
        gap = days_to_nearest(one[column], other[column])
        names = f"{one['split'].iloc[0]} and {other['split'].iloc[0]}"
        begin, end = other[column].min(), one[column].max()
        said = f"{names} are {gap.min():.1f} days apart"
        if end >= begin:
            before = (one[column] < begin) & (one[column] >= begin - pd.Timedelta(days=needed))
            said = (
                f"{names} overlap (the first reaches {end:%Y-%m-%d}, the second begins "
                f"{begin:%Y-%m-%d}; {int(before.sum()):,} rows in the {needed:g} days before)"
            )
        return cls(len(one), float(gap.min()), one[gap < needed], said)


def repeated_station_days(case: LeakCase) -> Finding:
    """C04: one station-day in two splits, twice in one, or with both labels."""
    rows = case.rows[case.rows["split"].notna()]
    rows = rows.assign(_station=case.station_of(rows), _day=case.day_of(rows).dt.floor("D"))
    rows = rows[rows["_day"].notna() & rows["_station"].notna()]
    if rows.empty:
        return not_run("no row with a station and a date")
    day = ["_station", "_day"]
    across = rows.groupby(day)["split"].nunique().ge(2)
    key = day + (["hour"] if case.has("hour") else [])
    twice = rows.groupby(key, dropna=False).size() > 1
    both = _opposed(rows, day) if case.has("is_target") else {}
    inside = max(both.values(), default=0)
    n_across, n_twice = int(across.sum()), int(twice.sum())
    said = f"{n_across:,} station-days stand in two splits, {n_twice:,} stand more than once"
    said += "".join(f"; {n:,} carry both labels in {where}" for where, n in both.items() if n)
    severity = worst(n_across, RED, worst(n_twice + inside, AMBER, GREEN))
    at_fault = across if n_across else twice
    faulty = at_fault.index[at_fault.to_numpy()]
    table = rows[pd.MultiIndex.from_frame(rows[list(at_fault.index.names)]).isin(faulty)]
    return Finding(severity, len(rows), n_across or n_twice, said, shown(table, *day))


def _opposed(rows: pd.DataFrame, key: list[str]) -> dict[str, int]:
    """Station-days with both labels, in each split and in all rows."""
    labelled = rows[rows["is_target"].notna()]
    parts = {str(name): part for name, part in labelled.groupby("split", sort=False)}
    if len(parts) > 1:
        parts["all splits"] = labelled
    return {
        name: int((part.groupby(key)["is_target"].nunique().ge(2)).sum())
        for name, part in parts.items()
    }


def split_pairs(case: LeakCase) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Pairs of splits that have rows, the earlier used first."""
    return combinations([case.part(name) for name in case.split_names], 2)


def shown(rows: pd.DataFrame, *more: str) -> pd.DataFrame:
    """Columns of rows at fault that tell which they are."""
    columns = [c for c in dict.fromkeys([*SHOWN, *more]) if c in rows]
    return rows[columns].rename(columns={"_station": "station", "_day": "date"})


def _overlaps(first: pd.DataFrame, second: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows of the first table have a [window start, horizon end) that meets the second's."""
    start = second["window_start"].to_numpy()
    order = np.argsort(start, kind="stable")
    latest = np.maximum.accumulate(second["horizon_end"].to_numpy()[order])
    before = np.searchsorted(start[order], first["horizon_end"].to_numpy(), side="left")
    reaches = latest[np.maximum(before - 1, 0)] > first["window_start"].to_numpy()
    return np.asarray((before > 0) & reaches, dtype=bool)


def days_to_nearest(first: pd.Series, second: pd.Series) -> NDArray[np.float64]:
    """Distance of each time to the nearest of the others [days]."""
    other = np.sort(second.to_numpy())
    mine = first.to_numpy()
    after = np.clip(np.searchsorted(other, mine), 0, other.size - 1)
    before = np.clip(after - 1, 0, None)
    gap = np.minimum(np.abs(other[after] - mine), np.abs(other[before] - mine))
    return np.asarray(gap / np.timedelta64(1, "D"), dtype=np.float64)
