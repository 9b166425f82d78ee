"""The stages of the transform in numpy: difference, spectrum, placing, inverse, reduction.

Each is replaceable on its own, see :mod:`seismomag.signal.engine`.
"""

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from seismomag.signal.grid import PAIRS
from seismomag.signal.plan import Batch, Plan


def difference(field_nt: NDArray[np.float64]) -> NDArray[np.float32]:
    """First difference, taken in double precision: offset and trend are gone.

    Returns
    -------
    difference_nt
        Shape (4, n): the first value of each component is 0, and so is the fourth row: four
        transforms in one go are quicker than three.
    """
    out = np.zeros((4, field_nt.shape[1]), np.float32)
    np.subtract(field_nt[:, 1:], field_nt[:, :-1], out=out[:3, 1:], casting="same_kind")
    return out


def integrated_spectrum(difference_nt: NDArray[np.float32], plan: Plan) -> NDArray[np.complex64]:
    """Spectrum of the field from that of its differences, shape (3, bins); consumes these.

    Bins beyond the Nyquist frequency are those of the negative frequencies that they alias:
    a wavelet cut off there would ring far beyond the margins.
    """
    # A real transform as a complex one of half the length: the library is quicker at these.
    pairs = scipy.fft.fft(difference_nt.view(np.complex64), axis=-1, overwrite_x=True)[:3]
    half = pairs.shape[1]
    n = min(plan.n_bins, half + 1)
    here = pairs[:, :n] if n <= half else np.concatenate([pairs, pairs[:, :1]], axis=1)
    mirrored = np.concatenate([pairs[:, :1], pairs[:, : max(half - n, 0) : -1]], axis=1)
    if n > half:
        mirrored = np.concatenate([mirrored, pairs[:, :1]], axis=1)
    bins = here * plan.integration[0, :n]
    bins += np.conj(mirrored, out=mirrored) * plan.integration[1, :n]
    n_beyond = plan.n_bins - n
    if n_beyond > 0:
        bins = np.concatenate([bins, np.conj(bins[:, -2 : -2 - n_beyond : -1])], axis=1)
    return np.asarray(bins)


def place(
    bins: NDArray[np.complex64], batch: Batch, plan: Plan, buffer: NDArray[np.complex64]
) -> NDArray[np.complex64]:
    """Multiply by the wavelet's spectrum and move its lowest bin to zero frequency.

    The bins of one frequency never exceed the length of its inverse transform, and the lost
    carrier is common to the components: powers and cross products do not see it.

    Returns
    -------
    placed
        Shape (frequencies of the batch, 3, q * minutes), a part of ``buffer``.
    """
    length = batch.per_minute * plan.n_minutes
    placed = buffer[: len(batch.gains) * 3 * length].reshape(-1, 3, length)
    # Gains are real: parts apart, a product costs a quarter of a complex one.
    parts, of_bins = placed.view(np.float32), bins.view(np.float32)
    for row, first, gain, n in zip(parts, batch.first_bin, batch.gains, batch.sizes, strict=True):
        np.multiply(of_bins[:, 2 * first : 2 * first + n], gain[:n], out=row[:, :n])
        row[:, n:] = 0
    return placed


def inverse(placed: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """Transform each row back, in place and unnormalised: the wavelet transform of the field."""
    return np.asarray(scipy.fft.ifft(placed, axis=-1, norm="forward", overwrite_x=True))


def reduce_power(w: NDArray[np.complex64], batch: Batch, out: NDArray[np.float32]) -> None:
    """Write the column means of the squared modulus into the rows of the batch; consumes w."""
    parts = w.view(np.float32)
    np.square(parts, out=parts)
    means = _window_means(parts, batch.weights, batch.first_sample, out.shape[2])
    out[:, batch.rows] = np.moveaxis(means[:, :, 0], 1, 0)


def reduce_cross(w: NDArray[np.complex64], batch: Batch, out: NDArray[np.float32]) -> None:
    """Write the column means of the three products W_a conj(W_b) into the rows of the batch."""
    conjugate = np.conj(w)
    for i, (a, b) in enumerate(PAIRS):
        product = (w[:, a] * conjugate[:, b])[:, None].view(np.float32)
        means = _window_means(product, batch.cross_weights, batch.first_sample, out.shape[2])
        out[2 * i : 2 * i + 2, batch.rows] = np.moveaxis(means[:, 0], 1, 0)


def _window_means(
    parts: NDArray[np.float32],
    weights: NDArray[np.float32],
    first_sample: int,
    n_columns: int,
) -> NDArray[np.float32]:
    """Weigh the window of each column.

    A window is longer than a column, so it is cut into blocks of a column's length. All blocks
    of the day are then rows of one matrix, to be multiplied once; the blocks of one window lie
    on a diagonal of the product.

    Parameters
    ----------
    parts
        Shape (frequencies, components, 2 M): interleaved real and imaginary parts.
    weights
        Shape (frequencies, sums, J, 2 K): J blocks of K samples for each wanted sum.
    first_sample, n_columns
        Where the first window begins; how many there are.

    Returns
    -------
    means
        Shape (frequencies, components, sums, n_columns).
    """
    n_frequencies, n_sums, n_blocks, length = weights.shape
    flat = weights.reshape(n_frequencies, 1, n_sums * n_blocks, length)
    n_rows = n_columns + n_blocks - 1
    windows = parts[:, :, 2 * first_sample :]
    n_whole = min(n_rows, windows.shape[2] // length)
    whole = windows[:, :, : n_whole * length].reshape(*windows.shape[:2], n_whole, length)
    product = np.empty((*windows.shape[:2], n_sums * n_blocks, n_rows), np.float32)
    np.matmul(flat, whole.swapaxes(2, 3), out=product[..., :n_whole])
    if n_whole < n_rows:
        # Only the side taps of the last window lie in the block that the array cuts short.
        rest = windows[:, :, n_whole * length :, None]
        product[..., n_whole:] = flat[..., : rest.shape[2]] @ rest
    product = product.reshape(*windows.shape[:2], n_sums, n_blocks, n_rows)
    means = product[:, :, :, 0, :n_columns].copy()
    for block in range(1, n_blocks):
        means += product[:, :, :, block, block : block + n_columns]
    return means


def amplitudes(power: NDArray[np.float32]) -> None:
    """Square roots in place.

    The quadrature has small negative weights: a power next to a burst may come out below 0, and
    counts as 0.
    """
    np.maximum(power, 0, out=power)
    np.sqrt(power, out=power)
