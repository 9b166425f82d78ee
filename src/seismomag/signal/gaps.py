"""What is bridged, what stays missing, and how much of a coefficient is covered."""

from functools import lru_cache
from math import ceil

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import erf

from seismomag.core.constants import MINUTES_PER_DAY
from seismomag.core.flags import NOT_TRANSFORMED, Flag
from seismomag.signal.grid import ScalogramGrid, scale_s

LEAST_COVERAGE = 0.99
"""Below this coverage a coefficient is stored as NaN."""

STEP_GUARD_S = 300
"""Seconds on each side of a step that are missing to the transform: a jump is in every coefficient
within about four scales of it, and the line that bridges it must be shallow."""

# Beyond this many scales a missing second takes less than 3e-7 from a coefficient.
_KERNEL_SCALES = 5.0

# Bounds the memory of a day that is mostly missing, on a grid that reaches down to 1 mHz.
_MINUTES_AT_ONCE = 64


def mask(recording: xr.Dataset, unusable: Flag = NOT_TRANSFORMED) -> NDArray[np.float64]:
    """Give the field without the samples that no transform may use.

    Parameters
    ----------
    recording
        With its flags set, see :func:`seismomag.signal.quality.flag`; it is not changed.
    unusable
        A sample with any of these flags becomes missing; beside a step, all samples of its
        component from :data:`STEP_GUARD_S` before to as long after.

    Returns
    -------
    field_nt
        Shape (3, n) [nT]; NaN where missing or unusable.
    """
    field = np.array(recording["field"].values, dtype=np.float64, order="C")
    flags = recording["flags"].values
    guard = round(STEP_GUARD_S * recording.attrs["sampling_hz"])
    for values, bits in zip(field, flags, strict=True):
        if not bits.any():
            continue
        values[(bits & np.uint16(unusable)) != 0] = np.nan
        # A step is the first sample after the jump.
        for step in np.flatnonzero(bits & np.uint16(unusable & Flag.STEP)):
            values[max(0, step - guard) : step + guard] = np.nan
    return field


def runs(condition: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Find where a condition holds without a break.

    Parameters
    ----------
    condition
        Shape (n,).

    Returns
    -------
    runs
        Shape (number of runs, 2): half-open pairs ``start, end`` of indices.

    Examples
    --------
    >>> runs(np.array([False, True, True, False, True])).tolist()
    [[1, 3], [4, 5]]
    """
    edges = np.flatnonzero(condition[1:] != condition[:-1]) + 1
    if condition.size and condition[0]:
        edges = np.insert(edges, 0, 0)
    if condition.size and condition[-1]:
        edges = np.append(edges, condition.size)
    return edges.reshape(-1, 2)


def bridge(
    field_nt: NDArray[np.float64], is_missing: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Join the two ends of every gap by a straight line, for the transform only.

    Parameters
    ----------
    field_nt
        Shape (components, n) [nT].
    is_missing
        Same shape; by default, where the field is NaN.

    Returns
    -------
    field_nt
        Without NaN. A gap at an end continues the nearest value; a component without any
        value becomes 0. What was bridged has to be masked afterwards by :func:`covered`.
    """
    missing = np.isnan(field_nt) if is_missing is None else is_missing
    if not missing.any():
        return field_nt
    out = np.array(field_nt, dtype=np.float64, order="C")
    for values, absent in zip(out, missing, strict=True):
        if absent.all():
            values[:] = 0.0
        elif absent.any():
            _draw_lines(values, runs(absent))
    return out


def _draw_lines(values: NDArray[np.float64], lost: NDArray[np.intp]) -> None:
    """Replace runs by lines between their neighbours, at the ends by the one neighbour."""
    left, right = lost[:, 0] - 1, lost[:, 1]
    left, right = (
        np.where(left < 0, right, left),
        np.where(right >= values.size, left, right),
    )
    lengths = lost[:, 1] - lost[:, 0]
    run = np.repeat(np.arange(lengths.size), lengths)
    index = np.arange(run.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    share = (index + 1) / (lengths + 1)[run]
    low, high = values[left], values[right]
    values[index + lost[run, 0]] = low[run] + share * (high - low)[run]


def coverage(is_missing: NDArray[np.bool_], grid: ScalogramGrid) -> NDArray[np.float64]:
    """Share of each coefficient that rests on recorded samples.

    The coverage of a coefficient at time t is 1 minus the integral over all gaps of the
    normalised Gaussian ``exp(-(u - t)^2 / s^2)``, the energy envelope of the wavelet: each gap
    ``[a, b)`` takes ``[erf((b - t)/s) - erf((a - t)/s)] / 2``. The value of a column is the exact
    mean over its seconds.

    Parameters
    ----------
    is_missing
        Shape (reach + 86,400 + reach,), one component.
    grid
        Frequencies and columns.

    Returns
    -------
    coverage
        Shape (n_frequencies, n_columns), 0 to 1.
    """
    minutes = is_missing.reshape(-1, 60)
    table, side = _kernel(grid)
    n_columns, reach = MINUTES_PER_DAY, grid.reach_s // 60
    lost = np.zeros((grid.n_frequencies, n_columns))
    with_gaps = np.flatnonzero(minutes.any(axis=1))
    for start in range(0, with_gaps.size, _MINUTES_AT_ONCE):
        rows = with_gaps[start : start + _MINUTES_AT_ONCE]
        taken = minutes[rows].astype(np.float64) @ table
        taken = taken.reshape(rows.size, 2 * side + 1, grid.n_frequencies)
        for i in range(2 * side + 1):
            column = rows - reach + i - side
            inside = (column >= 0) & (column < n_columns)
            lost[:, column[inside]] += taken[inside, i].T
    per_column = grid.column_s // 60
    shares = lost.reshape(grid.n_frequencies, grid.n_columns, per_column).mean(axis=2)
    return np.asarray(1 - shares)


@lru_cache(maxsize=8)
def _kernel(grid: ScalogramGrid) -> tuple[NDArray[np.float64], int]:
    """Tabulate what a missing second takes from the minute columns around it.

    Returns a table (60, minutes * frequencies), for each second of a minute and each offset of
    the column from that minute, and the number of minutes on each side.
    """
    s = scale_s(grid.frequencies_hz)
    side = ceil(_KERNEL_SCALES * float(s.max()) / 60)
    # A sample stands for the second around it, so do the 60 samples of a column.
    edges = np.arange(61)[:, None, None] - 60.0 * np.arange(-side, side + 1)[:, None]
    inner = _erf_integral(edges / s) - _erf_integral((edges - 60) / s)
    taken = np.diff(inner, axis=0) * s / 120
    return taken.reshape(60, -1), side


def _erf_integral(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x * erf(x) + np.exp(-(x**2)) / np.sqrt(np.pi))
