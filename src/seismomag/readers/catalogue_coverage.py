"""Of which time a list of earthquakes speaks at all."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.schema import Interval

SHORTEST_HOLE_DAYS = 3.0
"""A shorter silence is never called a hole."""

CHANCE_OF_A_HOLE = 1e-6
"""Chance, in the whole list, of the longest silence that still counts as quiet."""

SILENCE_QUANTILE = 0.9
"""Quantile of the silences from which the rate is taken. Aftershocks crowd the short silences
and would make the median rate far too high; a few holes do not reach the quantile."""

DAY = pd.Timedelta(days=1)


def longest_silence_days(origin_time: pd.Series) -> float:
    """Longest silence between events that chance still explains.

    Parameters
    ----------
    origin_time
        UTC times of all events of one list, sorted.

    Returns
    -------
    longest_silence_days
        In a Poisson process silences are exponential, so their 0.9-quantile q gives the rate
        ``ln 10 / q``; among n silences, one longer than ``ln(n / 1e-6) / rate`` has a chance
        below 1e-6. At least :data:`SHORTEST_HOLE_DAYS`.

    Examples
    --------
    >>> days = pd.Series(pd.date_range("2025-01-01", periods=101, freq="D"))
    >>> round(longest_silence_days(days), 2)
    8.0
    """
    silences_days = origin_time.diff().dropna().dt.total_seconds() / SECONDS_PER_DAY
    if silences_days.empty:
        return SHORTEST_HOLE_DAYS
    rate_per_day = np.log(1 / (1 - SILENCE_QUANTILE)) / max(
        float(silences_days.quantile(SILENCE_QUANTILE)), 1e-9
    )
    chance = np.log(len(silences_days) / CHANCE_OF_A_HOLE) / rate_per_day
    return max(SHORTEST_HOLE_DAYS, float(chance))


def estimate_coverage(origin_time: pd.Series) -> tuple[Interval, ...]:
    """Guess the intervals that a list covers from the events themselves.

    A list covers whole UTC days, from the day of its first event to the day of its last one;
    a silence longer than :func:`longest_silence_days` splits it, and nothing is known between
    the day of the event before and the day of the event after. Give this function *all*
    events of *one* list: strong events alone, or two lists at once, have another rate.

    Parameters
    ----------
    origin_time
        UTC times, in any order.

    Returns
    -------
    coverage
        Disjoint, sorted.
    """
    if origin_time.empty:
        return ()
    moment = origin_time.sort_values(ignore_index=True)
    is_hole = moment.diff().dt.total_seconds() / SECONDS_PER_DAY > longest_silence_days(moment)
    first = moment[is_hole | (moment.index == 0)].dt.floor("D")
    last = moment[is_hole.shift(-1, fill_value=True)].dt.floor("D") + DAY
    return merge_intervals(Interval(s, e) for s, e in zip(first, last, strict=True))


def merge_intervals(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Unite intervals that overlap or touch; disjoint and sorted."""
    merged: list[Interval] = []
    for one in sorted(intervals, key=lambda interval: interval.start):
        if merged and one.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, one.end))
        else:
            merged.append(one)
    return tuple(merged)


def days_covered(coverage: Iterable[Interval], start: pd.Timestamp, end: pd.Timestamp) -> float:
    """How much of ``[start, end)`` disjoint intervals cover [days]."""
    total = pd.Timedelta(0)
    for one in coverage:
        total += max(min(one.end, end) - max(one.start, start), pd.Timedelta(0))
    return total / DAY
