"""From faster sampling to one sample a second, without a shift in time."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording, on_whole_seconds

HALF_WIDTH_S = 6.1
CUTOFF_HZ = 0.25
"""The filter of the USGS geomagnetism programme for 10 Hz to 1 Hz: 123 taps of a Blackman window,
cut off at 0.25 Hz. Other rates get the same width in seconds."""

FULL_WEIGHT = 0.9
"""A second is given when valid samples carry at least this share of the filter's weight."""


def to_one_hz(recording: xr.Dataset) -> xr.Dataset:
    """Decimate a recording to 1 Hz by a symmetric (zero-phase) filter.

    Parameters
    ----------
    recording
        Sampled n times a second, n whole. A recording at 1 Hz or slower comes back as it is, but
        for the next.

    Returns
    -------
    recording
        1 Hz, on whole seconds; where no sample hits them, on the nearest ones, and flagged, see
        :func:`~seismomag.core.recording.on_whole_seconds`. Missing samples take no part; a second
        whose valid samples carry less than :data:`FULL_WEIGHT` of the filter is missing. Flags
        are gathered over each second.

    Raises
    ------
    SchemaError
        The rate is above 1 Hz and not whole.
    """
    rate = float(recording.attrs["sampling_hz"])
    if rate <= 1.0:
        return on_whole_seconds(recording)
    factor = round(rate)
    if abs(rate - factor) > 1e-9 * rate:
        msg = f"a rate of {rate} Hz is no whole number of samples a second; resample it elsewhere"
        raise SchemaError(msg)
    times = recording["time"].values
    first = _first_whole_second(times, factor)
    field = recording["field"].values
    taps = _taps(factor)
    out = np.stack([_filtered(component, taps, factor, first) for component in field])
    flags = _gathered(recording["flags"].values, factor, first, out.shape[1])
    note = f"decimated from {rate:g} Hz by a filter of {taps.size} taps, cut-off {CUTOFF_HZ} Hz"
    attrs = recording.attrs
    made = make_recording(
        out,
        times[first] if times.size else np.datetime64("1970-01-01", "ns"),
        sampling_hz=1.0,
        frame=attrs["frame"],
        station_code=attrs["station_code"],
        source_format=attrs["source_format"],
        source_sha256=attrs["source_sha256"],
        flags=flags,
        clock_faults=attrs.get("clock_faults", []),
        notes=[*attrs.get("notes", []), note],
        is_absolute=bool(attrs.get("is_absolute", 1)),
    )
    return on_whole_seconds(made)


def _taps(factor: int) -> NDArray[np.float64]:
    from scipy.signal import firwin

    half = round(HALF_WIDTH_S * factor)
    taps = firwin(2 * half + 1, CUTOFF_HZ, window="blackman", fs=float(factor))
    return np.asarray(taps, np.float64)


def _first_whole_second(times: NDArray[np.datetime64], factor: int) -> int:
    """Index of the first sample on a whole second; 0 where none of the first second is."""
    head = times[:factor]
    on_second = np.flatnonzero(head == head.astype("datetime64[s]"))
    return int(on_second[0]) if on_second.size else 0


def _filtered(
    component: NDArray[np.float64], taps: NDArray[np.float64], factor: int, first: int
) -> NDArray[np.float64]:
    from scipy.signal import upfirdn

    valid = np.isfinite(component)
    n_out = -(-(component.size - first) // factor)
    if not valid.any():
        return np.full(n_out, np.nan)
    base = float(component[valid].mean())
    half = taps.size // 2
    # Leading zeros bring the centre of the filter onto sample `first` and every factor-th after.
    lead = (factor - (first + half) % factor) % factor
    skip = (first + half + lead) // factor
    parts = []
    for series in (np.where(valid, component - base, 0.0), valid.astype(np.float64)):
        padded = np.concatenate([np.zeros(lead), series, np.zeros(half + factor)])
        parts.append(upfirdn(taps, padded, 1, factor)[skip : skip + n_out])
    total, weight = parts
    out = np.full(n_out, np.nan)
    np.divide(total, weight, out=out, where=weight >= FULL_WEIGHT * taps.sum())
    return out + base


def _gathered(flags: NDArray[np.uint16], factor: int, first: int, n_out: int) -> NDArray[np.uint16]:
    """Gather the flags of the samples from half a second before to half a second after."""
    before = factor // 2
    padded = np.zeros((3, before + n_out * factor + factor), np.uint16)
    part = flags[:, max(0, first - before) :]
    offset = max(0, before - first)
    n = min(part.shape[1], padded.shape[1] - offset)
    padded[:, offset : offset + n] = part[:, :n]
    grouped = padded[:, : n_out * factor].reshape(3, n_out, factor)
    bits: NDArray[np.uint16] = np.bitwise_or.reduce(grouped, axis=2)
    return bits & ~np.uint16(Flag.MISSING)
