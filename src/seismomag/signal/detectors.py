"""What can be wrong with one component, found in plain arrays.

Every detector takes the values of one component without NaN (gaps bridged) and tells, sample by
sample, where its fault is; none of them changes a value.
"""

from math import log

import numpy as np
from numpy.typing import NDArray

from seismomag.signal.gaps import runs

MAD_TO_SIGMA = 1.4826
"""Standard deviation of a normal law over its median absolute deviation."""

RESOLUTIONS_NT = (10.0, 5.0, 2.0, 1.0, 0.5, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01)
"""Steps that are looked for; anything finer is no limit for the bands of this package."""

_SAMPLED = 4096
_HALF_WINDOW = 5
_LEVEL_SAMPLES = 60

# Fingerprint of the circulating wrong layout of FRG604RC files: int16 of 0.1 nT about an
# invented baseline, so white values that fill +-3,276.8 nT.
_MISDECODE_STD_NT = (950.0, 1650.0)
_MISDECODE_RANGE_NT = (3000.0, 6553.6)
_MISDECODE_LEAST_ROUGHNESS = 0.5


def noise_nt(difference_nt: NDArray[np.float64]) -> float:
    """Robust standard deviation of first differences [nT], from about 4,096 of them."""
    some = _some(difference_nt)
    return float(MAD_TO_SIGMA * np.median(np.abs(some))) if some.size else 0.0


def resolution_nt(difference_nt: NDArray[np.float64]) -> float | None:
    """Find the step of which all values are multiples.

    Parameters
    ----------
    difference_nt
        First differences of the recorded values [nT]; not finite along gaps.

    Returns
    -------
    resolution_nt
        The coarsest of :data:`RESOLUTIONS_NT` that explains 99 of 100 differences; None for
        finer values, and where nothing changes.
    """
    steps = np.abs(_some(difference_nt))
    steps = steps[steps > 0]
    if steps.size == 0:
        return None
    for step in RESOLUTIONS_NT:
        multiples = steps / step
        is_multiple = (np.abs(multiples - np.rint(multiples)) < 0.02) & (multiples > 0.5)
        if is_multiple.mean() >= 0.99:
            return step
    return None


def is_quantised(difference_nt: NDArray[np.float64], resolution: float | None) -> bool:
    """Whether rounding makes more than a quarter of the shortest-period signal.

    Rounding to a step r adds noise of r / sqrt(12) to each sample; the field moves by
    rms(difference) / sqrt(2) between samples.
    """
    if resolution is None:
        return False
    moves = float(np.sqrt(np.mean(_some(difference_nt) ** 2) / 2))
    return bool(resolution / np.sqrt(12) > 0.25 * moves)


def flat(difference_nt: NDArray[np.float64], least_samples: int) -> NDArray[np.bool_]:
    """Find runs of one value that are longer than chance allows.

    A run is a fault when it has at least ``least_samples`` values, and more than four times the
    longest run expected among n samples whose successive values are equal as often as they are
    outside such runs, log(n) / -log(p).

    Returns
    -------
    is_flat
        Shape (n,), n = differences + 1.
    """
    out = np.zeros(difference_nt.size + 1, np.bool_)
    equal = difference_nt == 0
    found = runs(equal)
    lengths = found[:, 1] - found[:, 0]
    long = lengths >= least_samples - 1
    if not long.any():
        return out
    n_other = max(1, equal.size - int(lengths[long].sum()))
    share = min(max(float(lengths[~long].sum()) / n_other, 1e-3), 0.999)
    limit = 4 * log(max(equal.size, 2)) / -log(share)
    for start, end in found[long & (lengths > limit)]:
        out[start : end + 1] = True
    return out


def spikes(values_nt: NDArray[np.float64], floor_nt: float, n_sigmas: float) -> NDArray[np.bool_]:
    """Find samples far from the median of the eleven around them (Hampel 1974).

    A spike is further from the median than ``floor_nt`` and than ``n_sigmas`` times 1.4826
    times the median absolute deviation of the window. Evaluated only where it can be true: a
    sample beyond the median by ``floor_nt`` is beyond six of the ten others by as much, so
    beyond at least one on each side.

    Parameters
    ----------
    values_nt
        Shape (n,) [nT].
    floor_nt
        Least distance of a spike [nT].
    n_sigmas
        Least distance in robust standard deviations.

    Returns
    -------
    is_spike
        Shape (n,); the five samples at each end are never spikes.
    """
    out = np.zeros(values_nt.size, np.bool_)
    width = 2 * _HALF_WINDOW + 1
    if values_nt.size < width:
        return out
    centre = values_nt[_HALF_WINDOW:-_HALF_WINDOW]
    low = np.maximum(*_sides(_five(values_nt, np.minimum), centre.size))
    high = np.minimum(*_sides(_five(values_nt, np.maximum), centre.size))
    candidates = np.flatnonzero((centre - low > floor_nt) | (high - centre > floor_nt))
    if candidates.size == 0:
        return out
    windows = np.lib.stride_tricks.sliding_window_view(values_nt, width)[candidates]
    middle = np.median(windows, axis=1)
    spread = np.median(np.abs(windows - middle[:, None]), axis=1)
    limit = np.maximum(floor_nt, n_sigmas * MAD_TO_SIGMA * spread)
    far = np.abs(centre[candidates] - middle) > limit
    out[candidates[far] + _HALF_WINDOW] = True
    return out


def _five(values: NDArray[np.float64], extreme: np.ufunc) -> NDArray[np.float64]:
    """Extreme of every five successive values, shape (n - 4,)."""
    two = extreme(values[:-1], values[1:])
    four = extreme(two[:-2], two[2:])
    return np.asarray(extreme(four[:-1], values[4:]))


def _sides(five: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return five[:n], five[_HALF_WINDOW + 1 : _HALF_WINDOW + 1 + n]


def steps(
    values_nt: NDArray[np.float64], difference_nt: NDArray[np.float64], least_nt: float
) -> NDArray[np.bool_]:
    """Find samples at which the level jumps and stays.

    Parameters
    ----------
    values_nt, difference_nt
        Values and their first differences [nT].
    least_nt
        Least jump between two samples [nT].

    Returns
    -------
    is_step
        Shape (n,): the first sample after a jump, where the medians of the 60 samples after and
        before differ by at least half of it, in the same direction.
    """
    out = np.zeros(values_nt.size, np.bool_)
    for i in np.flatnonzero(np.abs(difference_nt) > least_nt) + 1:
        before = values_nt[max(0, i - _LEVEL_SAMPLES) : i]
        after = values_nt[i : i + _LEVEL_SAMPLES]
        enough = min(before.size, after.size) >= _HALF_WINDOW
        jump = difference_nt[i - 1]
        change = float(np.median(after) - np.median(before))
        out[i] = enough and change * jump > 0 and abs(change) >= abs(jump) / 2
    return out


def is_misdecoded(values_nt: NDArray[np.float64]) -> bool:
    """Whether all three components bear the mark of a file read with the wrong layout.

    Parameters
    ----------
    values_nt
        Shape (3, n) [nT].

    Returns
    -------
    is_misdecoded
        Each component spans +-3,276.8 nT about its middle, has a standard deviation of
        950-1,650 nT and hardly any correlation from one sample to the next.
    """
    if values_nt.shape[1] < _LEVEL_SAMPLES:
        return False
    span = values_nt.max(axis=1) - values_nt.min(axis=1)
    low, high = _MISDECODE_RANGE_NT
    if not ((span > low) & (span <= high)).all():
        return False
    variance = values_nt.var(axis=1)
    roughness = np.diff(values_nt, axis=1).var(axis=1) / (2 * np.maximum(variance, 1e-12))
    low, high = _MISDECODE_STD_NT
    std = np.sqrt(variance)
    is_wide = (std > low) & (std < high)
    return bool((is_wide & (roughness > _MISDECODE_LEAST_ROUGHNESS)).all())


def _some(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """About 4,096 differences; those along gaps are not finite and drop out."""
    some = values[:: max(1, values.size // _SAMPLED)]
    return some[np.isfinite(some)]
