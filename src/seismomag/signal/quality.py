"""What can be wrong with a recording: flags on samples, and sentences for a person.

A flag never changes a value. What is masked is decided by :func:`seismomag.signal.gaps.mask`.
"""

import re
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.constants import FIELD_LIMIT_NT
from seismomag.core.errors import ConfigError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.kinds import check_kinds
from seismomag.core.schema import check_recording
from seismomag.signal import detectors, gaps
from seismomag.signal.sentences import describe

__all__ = ["QualityPlan", "disagreement", "flag", "summary"]

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?")


@dataclass(frozen=True, kw_only=True)
class QualityPlan:
    """From where on something counts as a fault.

    Attributes
    ----------
    limit_nt
        Largest possible magnitude of a component of an absolute recording [nT].
    flat_s, flat_samples
        A repeated value is a fault from this duration [s] and this number of samples on.
    spike_nt, spike_sigmas
        Least distance of a spike from the median around it [nT], and in robust standard
        deviations of its window; the distance is also at least ten robust standard deviations
        of the recording's first differences.
    step_nt
        Least jump of a step between two samples [nT], and at least 20 such deviations.
        Both lengths hold at 1 Hz and above; they grow with the square root of the interval.
    disagree_nt
        Largest difference of two sensors on one pier, less their median difference [nT].
    """

    limit_nt: float = FIELD_LIMIT_NT
    flat_s: float = 120.0
    flat_samples: int = 30
    spike_nt: float = 0.5
    spike_sigmas: float = 6.0
    step_nt: float = 5.0
    disagree_nt: float = 2.0

    def __post_init__(self) -> None:
        check_kinds(self)
        for name, value in vars(self).items():
            if not value > 0:
                msg = f"quality: {name}={value} would flag everything or nothing; make it positive"
                raise ConfigError(msg)


def flag(recording: xr.Dataset, plan: QualityPlan | None = None) -> xr.Dataset:
    """Set the flags of a recording.

    Parameters
    ----------
    recording
        Of any sampling rate. Flags that it already has stay.
    plan
        Limits; by default those of :class:`QualityPlan`.

    Returns
    -------
    recording
        The same values and attributes, new ``flags``. Limits of the main field apply only to
        recordings with the attribute ``is_absolute``.

    Raises
    ------
    SchemaError
        The recording breaks its contract.
    """
    plan = QualityPlan() if plan is None else plan
    check_recording(recording)
    # Readers may hand over one row a sample; all work here goes along components.
    field = np.ascontiguousarray(recording["field"].values)
    bits = np.array(recording["flags"].values, dtype=np.uint16, order="C")
    missing = np.isnan(field)
    _mark(bits, missing, Flag.MISSING)
    if field.shape[1]:
        bridged = gaps.bridge(field, missing)
        if recording.attrs.get("is_absolute", 1):
            _flag_range(bits, bridged, missing, plan)
        if detectors.is_misdecoded(bridged):
            bits |= np.uint16(Flag.MISDECODE)
        for i in range(field.shape[0]):
            _flag_component(bits[i], bridged[i], missing[i], recording.attrs["sampling_hz"], plan)
        _flag_clock(bits, recording)
    return recording.assign(flags=(("component", "time"), bits, recording["flags"].attrs))


def _mark(bits: NDArray[np.uint16], where: NDArray[np.bool_], what: Flag) -> None:
    if where.any():
        bits[where] |= np.uint16(what)


def _flag_range(
    bits: NDArray[np.uint16],
    bridged: NDArray[np.float64],
    missing: NDArray[np.bool_],
    plan: QualityPlan,
) -> None:
    for row, values, absent in zip(bits, bridged, missing, strict=True):
        if max(values.max(), -values.min()) > plan.limit_nt:
            _mark(row, (np.abs(values) > plan.limit_nt) & ~absent, Flag.OUT_OF_RANGE)


def _flag_component(
    bits: NDArray[np.uint16],
    values: NDArray[np.float64],
    missing: NDArray[np.bool_],
    sampling_hz: float,
    plan: QualityPlan,
) -> None:
    if missing.all() or values.size < 2:
        return
    difference = np.diff(values)
    recorded = difference
    lost = np.flatnonzero(missing)
    if lost.size:
        # Differences along a bridge are inventions: neither noise nor repeated values.
        recorded = difference.copy()
        recorded[np.minimum(lost, difference.size - 1)] = np.inf
        recorded[np.maximum(lost - 1, 0)] = np.inf
    sigma = detectors.noise_nt(recorded)
    least = max(round(plan.flat_s * sampling_hz), plan.flat_samples)
    # Increments of the natural field grow about as the square root of the interval.
    growth = max(1.0, sampling_hz**-0.5)
    spike_nt = max(plan.spike_nt * growth, 10 * sigma)
    step_nt = max(plan.step_nt * growth, 20 * sigma)
    faults = {
        Flag.FLAT: detectors.flat(recorded, least),
        Flag.SPIKE: detectors.spikes(values, spike_nt, plan.spike_sigmas),
        Flag.STEP: detectors.steps(values, difference, step_nt),
    }
    present = ~missing
    for what, where in faults.items():
        _mark(bits, where & present, what)
    if detectors.is_quantised(recorded, detectors.resolution_nt(recorded)):
        _mark(bits, present, Flag.QUANTISED)


def _flag_clock(bits: NDArray[np.uint16], recording: xr.Dataset) -> None:
    """Flag the instants that the reader's sentences name."""
    times = recording["time"].values
    for sentence in recording.attrs.get("clock_faults", ()):
        named = [np.datetime64(text.replace(" ", "T")) for text in _INSTANT.findall(sentence)]
        if not named:
            # Some stamp is wrong and nobody knows which.
            bits |= np.uint16(Flag.CLOCK)
        for instant in named:
            i = int(np.searchsorted(times, instant))
            if times[0] <= instant and i < times.size:
                bits[:, i] |= np.uint16(Flag.CLOCK)


def disagreement(a: xr.Dataset, b: xr.Dataset, plan: QualityPlan | None = None) -> xr.Dataset:
    """Flag where two sensors on one pier do not agree.

    Parameters
    ----------
    a, b
        Recordings in the same frame and at the same rate; each may have its own base.
    plan
        ``disagree_nt`` counts.

    Returns
    -------
    recording
        ``a`` with :attr:`~seismomag.core.flags.Flag.DISAGREE` where the difference leaves its
        own median by more than the limit.

    Raises
    ------
    SchemaError
        The recordings have other frames, other rates, or no time in common.
    """
    plan = QualityPlan() if plan is None else plan
    for name in ("frame", "sampling_hz"):
        if a.attrs[name] != b.attrs[name]:
            msg = (
                f"{a.attrs['station_code']}: the two recordings differ in {name} "
                f"({a.attrs[name]} and {b.attrs[name]}); rotate or decimate one of them first"
            )
            raise SchemaError(msg)
    _, of_a, of_b = np.intersect1d(
        a["time"].values, b["time"].values, assume_unique=True, return_indices=True
    )
    if of_a.size == 0:
        msg = f"{a.attrs['station_code']}: the two recordings have no time stamp in common"
        raise SchemaError(msg)
    bits = np.array(a["flags"].values, dtype=np.uint16)
    for i, row in enumerate(bits):
        difference = a["field"].values[i, of_a] - b["field"].values[i, of_b]
        known = np.isfinite(difference)
        if known.any():
            away = np.abs(difference - np.median(difference[known])) > plan.disagree_nt
            row[of_a[away]] |= np.uint16(Flag.DISAGREE)
    return a.assign(flags=(("component", "time"), bits, a["flags"].attrs))


def summary(recording: xr.Dataset) -> tuple[str, ...]:
    """Tell a person what a recording is and what is wrong with it.

    Parameters
    ----------
    recording
        Flagged or not; the flags of the default plan are added for the count.

    Returns
    -------
    sentences
        Extent, missing samples, resolution, each flag with its count and when, faults of the
        clock, notes of the reader.
    """
    return describe(flag(recording))
