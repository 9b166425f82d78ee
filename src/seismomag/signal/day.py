"""One station-day from the field to the tensor that the store keeps.

The stages, each replaceable on its own: difference, spectrum, placing, small inverse
transforms, reduction to columns, assembly of planes, conversion to float16.
"""

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import SchemaError
from seismomag.signal import gaps
from seismomag.signal.grid import PAIRS, ScalogramGrid
from seismomag.signal.half import to_half
from seismomag.signal.plan import Batch, Plan, make_plan

_BYTE_SECONDS = 255


@dataclass(frozen=True, eq=False)
class DayTensor:
    """The scalogram of one UTC day, as stored.

    Attributes
    ----------
    planes
        Shape (P, F, T), float16: amplitudes [nT], then normalised cross-spectra [1], in the
        order of ``grid.planes``; NaN where less than 0.99 of a coefficient is covered, and
        where an amplitude is beyond 65,504 nT.
    valid_s
        Shape (3, T): valid seconds of each column; uint8, or uint16 for columns over 255 s.
    coverage
        Share of the day's seconds that is valid, of the component with the fewest.
    """

    planes: NDArray[np.float16]
    valid_s: NDArray[np.unsignedinteger]
    coverage: float


def transform(field_nt: NDArray[np.float64], grid: ScalogramGrid) -> DayTensor:
    """Turn a day at 1 Hz, with its neighbours' margins, into a tensor.

    Parameters
    ----------
    field_nt
        Shape (3, reach + 86,400 + reach) [nT] with ``reach = grid.reach_s``; NaN = missing, in
        the margins too: a neighbour that is not there is masked, never padded.
    grid
        Frequencies, columns, planes.

    Returns
    -------
    tensor
        See :class:`DayTensor`.

    Raises
    ------
    SchemaError
        The shape does not fit the grid.
    """
    planes, valid_s = compute_planes(field_nt, grid)
    dtype = np.uint8 if grid.column_s <= _BYTE_SECONDS else np.uint16
    share = float(valid_s.sum(axis=1).min()) / SECONDS_PER_DAY
    return DayTensor(planes=to_half(planes), valid_s=valid_s.astype(dtype), coverage=share)


def compute_planes(
    field_nt: NDArray[np.float64], grid: ScalogramGrid
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Compute the planes of :func:`transform` before the conversion to float16.

    Returns
    -------
    planes
        Shape (P, F, T), float32.
    valid_s
        Shape (3, T).

    Raises
    ------
    SchemaError
        The shape does not fit the grid.
    """
    expected = (3, SECONDS_PER_DAY + 2 * grid.reach_s)
    if field_nt.shape != expected:
        msg = (
            f"field of shape {field_nt.shape}, expected {expected}: three components and "
            f"{grid.reach_s} s of the neighbours on each side"
        )
        raise SchemaError(msg)
    missing = np.isnan(field_nt)
    bridged = gaps.bridge(field_nt, missing)
    power, cross = _powers(bridged, grid)
    planes = _assemble(power, cross, grid)
    _mask(planes, missing, grid)
    day = missing[:, grid.reach_s : grid.reach_s + SECONDS_PER_DAY]
    valid_s = grid.column_s - day.reshape(3, grid.n_columns, grid.column_s).sum(axis=2)
    return planes, valid_s


def _powers(
    field_nt: NDArray[np.float64], grid: ScalogramGrid
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Column means of the powers (3, F, T) and of the cross products (6, F, T) [nT^2]."""
    plan = make_plan(grid)
    bins = integrated_spectrum(difference(field_nt), plan)
    n_cross = grid.n_planes - 3
    means = np.empty((grid.n_planes, plan.n_nodes, grid.n_columns), np.float32)
    power, cross = means[:3], means[3:]
    buffer = np.empty(plan.largest_batch, np.complex64)
    for batch in plan.batches:
        w = inverse(place(bins, batch, plan, buffer))
        if n_cross:
            reduce_cross(w, batch, cross)
        reduce_power(w, batch, power)
    if plan.interpolation is not None:
        means = np.matmul(plan.interpolation, means)
    return means[:3], means[3:]


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
    """Spectrum of the field from that of its differences, shape (3, bins).

    Bins beyond the Nyquist frequency are those of the negative frequencies that they alias:
    a wavelet cut off there would ring far beyond the margins.
    """
    spectrum = scipy.fft.rfft(difference_nt, axis=-1)
    n = min(plan.n_bins, spectrum.shape[1])
    bins = spectrum[:3, :n] * plan.integration[:n]
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
    for row, first, gain in zip(parts, batch.first_bin, batch.gains, strict=True):
        n = gain.size
        np.multiply(of_bins[:, 2 * first : 2 * first + n], gain, out=row[:, :n])
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


def _assemble(
    power: NDArray[np.float32], cross: NDArray[np.float32], grid: ScalogramGrid
) -> NDArray[np.float32]:
    """Amplitudes, and cross products over the product of the two amplitudes."""
    planes = np.empty((grid.n_planes, *power.shape[1:]), np.float32)
    amplitude = planes[:3]
    # The quadrature has small negative weights: a power next to a burst may come out below 0.
    np.sqrt(np.maximum(power, 0, out=power), out=amplitude)
    for i in range(cross.shape[0]):
        a, b = PAIRS[i // 2]
        product = amplitude[a] * amplitude[b]
        # A component that does not move has no phase: the share is 0, not undefined.
        share = np.divide(cross[i], product, out=np.zeros_like(product), where=product > 0)
        np.clip(share, -1, 1, out=planes[3 + i])
    return planes


def _mask(planes: NDArray[np.float32], missing: NDArray[np.bool_], grid: ScalogramGrid) -> None:
    """Write NaN where too little of a coefficient was recorded; free for days without gaps."""
    lost: list[NDArray[np.bool_] | None] = [None, None, None]
    for i in range(3):
        if not missing[i].any():
            continue
        same = next((j for j in range(i) if np.array_equal(missing[i], missing[j])), None)
        lost[i] = (
            gaps.coverage(missing[i], grid) < gaps.LEAST_COVERAGE if same is None else lost[same]
        )
        planes[i][lost[i]] = np.nan
    for i in range(grid.n_planes - 3):
        for component in PAIRS[i // 2]:
            if lost[component] is not None:
                planes[3 + i][lost[component]] = np.nan
