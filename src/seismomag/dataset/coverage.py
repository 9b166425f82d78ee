"""Which days the archive and the catalogue really cover."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.core.schema import Catalogue

_DAY = np.timedelta64(1, "D")


def covered(catalogue: Catalogue, start: ArrayLike, end: ArrayLike) -> NDArray[np.bool_]:
    """Whether the catalogue speaks about all of each interval.

    Parameters
    ----------
    catalogue
        Its ``coverage`` counts, not its events: a silent day inside is quiet, one outside unknown.
    start, end
        UTC times (datetime64) of half-open intervals ``[start, end)``; same shape (n,).

    Returns
    -------
    is_covered
        Shape (n,).
    """
    first = np.asarray(start, dtype="datetime64[ns]")
    last = np.asarray(end, dtype="datetime64[ns]")
    lows, highs = _joined(catalogue)
    if lows.size == 0:
        return np.zeros(first.shape, dtype=bool)
    index = np.searchsorted(lows, first, side="right") - 1
    inside = (index >= 0) & (last <= highs[np.maximum(index, 0)])
    return np.asarray(inside)


def _joined(catalogue: Catalogue) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Borders of the coverage, with intervals that touch made one."""
    lows: list[np.datetime64] = []
    highs: list[np.datetime64] = []
    for interval in sorted(catalogue.coverage, key=lambda i: i.start):
        low, high = np.array([interval.start, interval.end], dtype="datetime64[ns]")
        if highs and low <= highs[-1]:
            highs[-1] = max(highs[-1], high)
        else:
            lows.append(low)
            highs.append(high)
    return np.array(lows, dtype="datetime64[ns]"), np.array(highs, dtype="datetime64[ns]")


def archive_coverage(samples: pd.DataFrame, *, minimum_coverage: float = 0.0) -> pd.DataFrame:
    """List the runs of consecutive days that the archive really holds.

    Parameters
    ----------
    samples
        A sample table whose ``coverage`` the build has filled; NaN (never looked at) is not
        covered.
    minimum_coverage
        A day counts when more than this share of it is usable.

    Returns
    -------
    runs
        ``station_code, start, end, n_days``: half-open runs, sorted by station and time.
    """
    held = samples[samples["coverage"] > minimum_coverage]
    table = pd.DataFrame(
        {"station_code": held["station_code"], "start": held["window_start"].dt.floor("D")}
    ).sort_values(["station_code", "start"], ignore_index=True)
    begins = (table["station_code"] != table["station_code"].shift()) | (
        table["start"].diff() != _DAY
    )
    runs = table.groupby(begins.cumsum()).agg(
        station_code=("station_code", "first"), start=("start", "min"), end=("start", "max")
    )
    runs["end"] = runs["end"] + _DAY
    runs["n_days"] = (runs["end"] - runs["start"]).dt.days.astype(np.int64)
    return runs.reset_index(drop=True)
