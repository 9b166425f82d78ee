"""What of the transform depends on the grid alone: bins, gains, quadrature weights.

The wavelet at frequency f is band-limited, so its transform needs only ``q`` samples a minute
with ``q`` just above ``60 * RATE * f``. The minute mean of the power is a weighted sum of these
samples and of ``SIDE_TAPS`` more on each side. A fine grid is computed at fewer frequencies, see
:mod:`seismomag.signal.nodes`.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from seismomag.core.constants import MINUTES_PER_DAY, SECONDS_PER_DAY
from seismomag.signal import nodes
from seismomag.signal.grid import W0, ScalogramGrid, is_smooth, scale_s
from seismomag.signal.nodes import GROUP

RATE = 2.5
"""Sampling rate of the transform at f, divided by f; the power folds back as exp(-2.25 RATE^2)."""

SIDE_TAPS = 10
RIDGE = 1e-12

BATCH_SAMPLES = 1 << 18
"""Complex samples that a batch may have, so that it stays in the cache of a core."""

# Cost of a row that an inverse transform computes alone, in rows computed four at a time; and of
# a batch, in samples a minute of such rows.
_LONE_ROW = 1.8
_BATCH_COST = 1.0

# Interpolation pays where it saves more than this share of the frequencies.
_NODE_SHARE = 0.8

# The wavelet's spectrum is cut where it has fallen to 1.5e-8 below and 2.7e-7 above.
SIGMAS_BELOW = 6.0
SIGMAS_ABOVE = 5.5


@dataclass(frozen=True, eq=False)
class Batch:
    """Frequencies that share one sampling rate, and so one inverse transform.

    Attributes
    ----------
    rows
        Rows of the nodes that the batch fills.
    per_minute
        Samples of the transform a minute, q.
    per_column
        Samples of the transform a column, K.
    first_bin
        Lowest bin of each frequency.
    gains
        Shape (frequencies, largest size), float32: spectrum of the wavelet on its bins, times
        2 / N, once for the real and once for the imaginary part of each bin.
    sizes
        Gains of each frequency.
    taps
        Shape (frequencies, K + 2 SIDE_TAPS), float32: weights of the power in a column's window.
    first_sample
        Sample at which the window of the first column begins.
    weights
        Shape (frequencies, 1, J, 2 K), float32: block j of a column's window weighs the squares
        of the interleaved real and imaginary parts with ``weights[:, 0, j]``.
    cross_weights
        Shape (frequencies, 2, J, 2 K): the same for the real and the imaginary part of products.
    """

    rows: slice
    per_minute: int
    per_column: int
    first_bin: NDArray[np.int64]
    gains: NDArray[np.float32]
    sizes: NDArray[np.int64]
    taps: NDArray[np.float32]
    first_sample: int
    weights: NDArray[np.float32]
    cross_weights: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Plan:
    """All tables of one grid.

    Attributes
    ----------
    n_samples, n_minutes
        Length of a day with its margins.
    n_nodes
        Frequencies that are computed.
    interpolation
        Shape (F, n_nodes), float32: leads from the nodes to the grid; None where the nodes are
        the grid.
    integration
        Shape (2, N / 2 + 1), complex64: turns the spectrum of the differences, taken in pairs as
        complex numbers, and that of their conjugates into the spectrum of the field.
    n_bins
        Bins that the wavelets need; more than N / 2 + 1 above 0.26 Hz.
    batches
        In ascending order of frequency.
    largest_batch
        Samples of the largest batch, all components.
    """

    n_samples: int
    n_minutes: int
    n_nodes: int
    interpolation: NDArray[np.float32] | None
    integration: NDArray[np.complex64]
    n_bins: int
    batches: tuple[Batch, ...]
    largest_batch: int


def spectrum(frequency_hz: float, nu_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Response of the analytic, admissible Morlet wavelet at positive frequencies.

    ``exp(-(w0 nu/f - w0)^2 / 2) - exp(-((w0 nu/f)^2 + w0^2) / 2)``, which is 1 (to 1.5e-8) at
    ``nu = f`` and 0 at ``nu = 0``.
    """
    x = W0 * nu_hz / frequency_hz
    return np.asarray(np.exp(-((x - W0) ** 2) / 2) - np.exp(-(x**2 + W0**2) / 2))


def minute_weights(frequency_hz: float, per_minute: int) -> NDArray[np.float64]:
    """Weights that turn samples of the power into its mean over the seconds of a minute.

    The best linear unbiased estimate for a power whose covariance is that of the squared modulus
    of the wavelet, ``exp(-dt^2 / (2 s^2))``.

    Returns
    -------
    weights
        Shape (q + 2 SIDE_TAPS,); sample j lies at ``(j - SIDE_TAPS) * 60 / q`` seconds after the
        first second of the minute.
    """
    if per_minute >= 60:
        return np.pad(np.full(60, 1 / 60), SIDE_TAPS)
    s = float(scale_s(frequency_hz))
    t = (np.arange(per_minute + 2 * SIDE_TAPS) - SIDE_TAPS) * 60 / per_minute
    seconds = np.arange(60)
    inner = np.exp(-((t[:, None] - t) ** 2) / (2 * s**2)) + RIDGE * np.eye(t.size)
    outer = np.exp(-((t[:, None] - seconds) ** 2) / (2 * s**2)).mean(axis=1)
    system = np.block([[inner, np.ones((t.size, 1))], [np.ones((1, t.size)), np.zeros((1, 1))]])
    return np.asarray(np.linalg.solve(system, np.append(outer, 1.0))[:-1])


def column_weights(frequency_hz: float, per_minute: int, n_minutes: int) -> NDArray[np.float64]:
    """Weights of the mean over a column of several minutes, shape (q n_minutes + 2 SIDE_TAPS,)."""
    of_minute = minute_weights(frequency_hz, per_minute)
    total = np.zeros(per_minute * n_minutes + 2 * SIDE_TAPS)
    for i in range(n_minutes):
        total[i * per_minute : i * per_minute + of_minute.size] += of_minute / n_minutes
    return total


def _interleaved(weights: NDArray[np.float64], length: int) -> NDArray[np.float32]:
    """Cut a window's weights into blocks of a column's length, for real and imaginary parts.

    Returns
    -------
    blocks
        Shape (2, J, 2 * length): the first weighs the real parts only, the second the imaginary.
    """
    n_blocks = ceil(weights.size / length)
    blocks = np.pad(weights, (0, n_blocks * length - weights.size)).reshape(n_blocks, length)
    out = np.zeros((2, n_blocks, 2 * length), np.float32)
    out[0, :, 0::2] = blocks
    out[1, :, 1::2] = blocks
    return out


def _bins(frequency_hz: float, n_samples: int) -> tuple[int, NDArray[np.float32]]:
    sigma = frequency_hz / W0
    first = max(1, int(np.ceil((frequency_hz - SIGMAS_BELOW * sigma) * n_samples)))
    last = int((frequency_hz + SIGMAS_ABOVE * sigma) * n_samples)
    nu = np.arange(first, last + 1) / n_samples
    gain = (spectrum(frequency_hz, nu) * 2 / n_samples).astype(np.float32)
    return first, np.repeat(gain, 2)


def _batch(grid: ScalogramGrid, frequencies: NDArray[np.float64], rows: slice, q: int) -> Batch:
    n_samples = SECONDS_PER_DAY + 2 * grid.reach_s
    bins = [_bins(f, n_samples) for f in frequencies]
    sizes = np.array([gain.size for _, gain in bins])
    minutes = grid.column_s // 60
    taps = np.stack([column_weights(f, q, minutes) for f in frequencies])
    cross_weights = np.stack([_interleaved(w, q * minutes) for w in taps])
    return Batch(
        rows=rows,
        per_minute=q,
        per_column=q * minutes,
        first_bin=np.array([first for first, _ in bins]),
        gains=np.stack([np.pad(gain, (0, sizes.max() - gain.size)) for _, gain in bins]),
        sizes=sizes,
        taps=taps.astype(np.float32),
        first_sample=grid.reach_s // 60 * q - SIDE_TAPS,
        weights=cross_weights.sum(axis=1, keepdims=True),
        cross_weights=cross_weights,
    )


def _samples_per_minute(frequency_hz: float) -> int:
    q = min(60, ceil(60 * RATE * frequency_hz))
    while not is_smooth(q):
        q += 1
    return q


def _borders(per_minute: list[int], n_minutes: int) -> list[int]:
    """Rows at which a batch begins, such that all batches together cost least.

    A batch runs at the rate of its highest frequency, so many small ones save samples; but rows
    are transformed four at a time, and three components make a multiple of four only for
    every fourth frequency.
    """
    cost = [0.0]
    start = [0]
    for end in range(1, len(per_minute) + 1):
        q = per_minute[end - 1]
        most = max(GROUP, BATCH_SAMPLES // (3 * q * n_minutes))
        options = [
            (cost[begin] + _BATCH_COST + q * _rows_cost(3 * (end - begin)), begin)
            for begin in range(max(0, end - most), end)
        ]
        best, begin = min(options)
        cost.append(best)
        start.append(begin)
    borders = [len(per_minute)]
    while borders[0]:
        borders.insert(0, start[borders[0]])
    return borders


def _rows_cost(n_rows: int) -> float:
    return n_rows // 4 * 4 + _LONE_ROW * (n_rows % 4)


def _frequencies(grid: ScalogramGrid) -> tuple[NDArray[np.float64], NDArray[np.float32] | None]:
    """Where to compute, and the weights that lead from there to the grid."""
    low_hz, high_hz = grid.band.low_hz, grid.band.high_hz
    n = nodes.count(low_hz, high_hz)
    if n > _NODE_SHARE * grid.n_frequencies:
        return grid.frequencies_hz, None
    weights = nodes.weights(low_hz, high_hz, n, grid.frequencies_hz)
    return nodes.place(low_hz, high_hz, n), weights.astype(np.float32)


def _integration(n_samples: int) -> NDArray[np.complex64]:
    """Weights of Z_k and conj Z_(N/2-k), Z the transform of the pairs (even, odd), in the bins.

    The spectrum of the differences is ``(Z + conj Z') / 2 - i exp(-i w) (Z - conj Z') / 2`` with
    w = 2 pi k / N, that of the field is this over ``1 - exp(-i w)``; its mean is left out.
    """
    w = 2 * np.pi * np.arange(1, n_samples // 2 + 1) / n_samples
    turn = np.exp(-1j * w)
    out = np.zeros((2, w.size + 1), np.complex64)
    out[0, 1:] = (1 - 1j * turn) / (2 * (1 - turn))
    out[1, 1:] = (1 + 1j * turn) / (2 * (1 - turn))
    return out


@lru_cache(maxsize=8)
def make_plan(grid: ScalogramGrid) -> Plan:
    """Compute the tables of a grid; kept for the next day of the same grid."""
    n_samples = SECONDS_PER_DAY + 2 * grid.reach_s
    frequencies, weights = _frequencies(grid)
    per_minute = [_samples_per_minute(f) for f in frequencies]
    n_minutes = MINUTES_PER_DAY + grid.reach_s // 30
    batches = tuple(
        _batch(grid, frequencies[lo:hi], slice(lo, hi), per_minute[hi - 1])
        for lo, hi in pairwise(_borders(per_minute, n_minutes))
    )
    top = batches[-1]
    return Plan(
        n_samples=n_samples,
        n_minutes=n_minutes,
        n_nodes=frequencies.size,
        interpolation=weights,
        integration=_integration(n_samples),
        n_bins=int(top.first_bin[-1] + top.sizes[-1] // 2),
        batches=batches,
        largest_batch=max(3 * len(b.gains) * b.per_minute for b in batches) * n_minutes,
    )
