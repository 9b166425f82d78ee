"""One station-day from the field to the tensor that the store keeps.

The stages are in :mod:`seismomag.signal.stages`; here they are put in a row, and what comes out
is assembled, masked and converted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import SchemaError
from seismomag.signal import gaps
from seismomag.signal.engine import engine
from seismomag.signal.grid import PAIRS, ScalogramGrid
from seismomag.signal.plan import make_plan
from seismomag.signal.stages import integrated_spectrum, inverse

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
        Shape (3, reach + 86,400 + reach) [nT] with ``reach = grid.reach_s``; what is not
        finite is missing, in the margins too: a neighbour that is not there is masked, never
        padded.
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
    return DayTensor(planes=engine().to_half(planes), valid_s=valid_s.astype(dtype), coverage=share)


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
    missing = ~np.isfinite(field_nt)
    bridged = gaps.bridge(field_nt, missing)
    planes = _means(bridged, grid)
    _normalise(planes)
    _mask(planes, missing, grid)
    day = missing[:, grid.reach_s : grid.reach_s + SECONDS_PER_DAY]
    valid_s = grid.column_s - day.reshape(3, grid.n_columns, grid.column_s).sum(axis=2)
    return planes, valid_s


def _means(field_nt: NDArray[np.float64], grid: ScalogramGrid) -> NDArray[np.float32]:
    """Column means of the powers and of the cross products [nT^2], shape (P, F, T)."""
    plan = make_plan(grid)
    stages = engine()
    bins = integrated_spectrum(stages.difference(field_nt), plan)
    n_cross = grid.n_planes - 3
    means = np.empty((grid.n_planes, plan.n_nodes, grid.n_columns), np.float32)
    power, cross = means[:3], means[3:]
    buffer = np.empty(plan.largest_batch, np.complex64)
    for batch in plan.batches:
        w = inverse(stages.place(bins, batch, plan, buffer))
        if n_cross:
            stages.reduce_cross(w, batch, cross)
        stages.reduce_power(w, batch, power)
    if plan.interpolation is not None:
        means = np.matmul(plan.interpolation, means)
    return means


def _normalise(means: NDArray[np.float32]) -> None:
    """Turn powers into amplitudes, and cross products into shares of the two, in place."""
    amplitude, cross = means[:3], means[3:]
    engine().amplitudes(amplitude)
    for (a, b), parts in zip(PAIRS, cross.reshape(-1, 2, *cross.shape[1:]), strict=False):
        product = amplitude[a] * amplitude[b]
        # A component that does not move has no phase: the share is 0, not undefined.
        product[product <= 0] = np.inf
        parts /= product
        np.clip(parts, -1, 1, out=parts)


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
