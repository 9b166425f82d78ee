"""The recording: the magnetic field of one station over time."""

import hashlib
from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import SchemaError
from seismomag.core.flags import Flag

_SECOND_NS = 1_000_000_000

FRAMES = ("HDZ", "XYZ", "HEZ", "UVW")
"""Known frames.

HDZ
    Magnetic: H along the magnetic meridian of the installation, D (east of it, in nT, as the
    instruments give it), Z down.
HEZ
    Observatory: the same axes, with the eastward component called E.
XYZ
    Geographic: north, east, down.
UVW
    Instrument axes, orientation not stated.
"""


def make_recording(
    field_nt: NDArray[np.floating],
    start: np.datetime64,
    *,
    sampling_hz: float,
    frame: str,
    station_code: str,
    source_format: str,
    source_sha256: str,
    flags: NDArray[np.integer] | None = None,
    clock_faults: Sequence[str] = (),
    notes: Sequence[str] = (),
    is_absolute: bool = True,
) -> xr.Dataset:
    """Put samples into a labelled recording.

    Parameters
    ----------
    field_nt
        Shape (3, n): the components in the order of ``frame`` [nT]; NaN where missing.
    start
        UTC time of the first sample.
    sampling_hz
        Samples per second; the times are ``start + i / sampling_hz``.
    frame
        One of :data:`FRAMES`.
    station_code, source_format, source_sha256
        Where the samples come from.
    flags
        Shape (3, n), bits of :class:`~seismomag.core.flags.Flag`; missing samples are flagged
        here in any case.
    clock_faults
        One sentence for each fault of the clock that the reader met.
    notes
        Further sentences that a person who inspects the file should read.
    is_absolute
        Whether the values carry the main field, or only variations about an unknown base.

    Returns
    -------
    recording
        ``field(component, time)`` [nT] and ``flags(component, time)``.

    Raises
    ------
    SchemaError
        The shape or the frame does not fit.
    """
    field = np.asarray(field_nt, dtype=np.float64)
    _check_field(field, frame)
    dims = ("component", "time")
    return xr.Dataset(
        {
            "field": (dims, field, {"units": "nT", "long_name": "geomagnetic field"}),
            "flags": (dims, _bits(flags, field), {"long_name": "quality flags"}),
        },
        coords={
            "component": list(frame),
            "time": time_axis(start, field.shape[1], sampling_hz),
        },
        attrs={
            "station_code": station_code,
            "sampling_hz": float(sampling_hz),
            "frame": frame,
            "source_format": source_format,
            "source_sha256": source_sha256,
            "clock_faults": list(clock_faults),
            "notes": list(notes),
            "is_absolute": int(is_absolute),
        },
    )


def _check_field(field: NDArray[np.float64], frame: str) -> None:
    if frame not in FRAMES:
        msg = f"frame {frame!r} is not known; expected one of {', '.join(FRAMES)}"
        raise SchemaError(msg)
    if field.ndim != 2 or field.shape[0] != 3:
        msg = f"a recording needs an array (3, n), found {field.shape}"
        raise SchemaError(msg)


def _bits(
    flags: NDArray[np.integer] | None, field: NDArray[np.float64]
) -> NDArray[np.unsignedinteger]:
    bits = np.zeros(field.shape, np.uint16) if flags is None else flags.astype(np.uint16)
    bits[np.isnan(field)] |= np.uint16(Flag.MISSING)
    return bits


def time_axis(start: np.datetime64, n: int, sampling_hz: float) -> NDArray[np.datetime64]:
    """UTC times of n uniform samples [datetime64[ns]]."""
    step_ns = round(1e9 / sampling_hz)
    start_ns = start.astype("datetime64[ns]").astype(np.int64)
    # Integers first: arithmetic of datetimes is five times slower.
    times: NDArray[np.datetime64] = (start_ns + step_ns * np.arange(n)).view("datetime64[ns]")
    return times


def sha256_of(data: bytes) -> str:
    """Hexadecimal SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def cut(recording: xr.Dataset, start: np.datetime64, end: np.datetime64) -> xr.Dataset:
    """Cut the half-open interval [start, end) out of a recording; a view, not a copy."""
    times = recording["time"].values
    first, last = np.searchsorted(times, [start, end])
    return recording.isel(time=slice(int(first), int(last)))


def utc_days(recording: xr.Dataset) -> list[np.datetime64]:
    """UTC days of which the recording has at least one valid sample."""
    valid = np.isfinite(recording["field"].values).any(axis=0)
    return list(np.unique(recording["time"].values[valid].astype("datetime64[D]")))


def on_whole_seconds(recording: xr.Dataset) -> xr.Dataset:
    """Lay a recording at 1 Hz, whose stamps all miss the second alike, on the nearest seconds.

    A constant offset of half a second at most shifts every component alike: amplitudes and the
    phases between components, thus polarization, stay as they are; only the time of everything
    is off by as much. No value is changed, and nothing is interpolated.

    Parameters
    ----------
    recording
        At any rate; only one at 1 Hz is touched.

    Returns
    -------
    recording
        The same one where the stamps are on the seconds. Else every sample is flagged
        :attr:`~seismomag.core.flags.Flag.CLOCK`, a fault of the clock says the offset, and so
        does the attribute ``clock_offset_s``: stamp minus second, in [-0.5, 0.5).
    """
    times = recording["time"].values
    if recording.attrs["sampling_hz"] != 1.0 or times.size == 0:
        return recording
    first_ns = int(times[0].astype("datetime64[ns]").astype(np.int64))
    offset_ns = (first_ns + _SECOND_NS // 2) % _SECOND_NS - _SECOND_NS // 2
    if not offset_ns:
        return recording
    bits = recording["flags"]
    laid = recording.assign(flags=bits.copy(data=bits.values | np.uint16(Flag.CLOCK)))
    laid = laid.assign_coords(time=times - np.timedelta64(offset_ns, "ns"))
    attrs = recording.attrs
    fault, note = offset_sentence(offset_ns, _SECOND_NS), "laid on the nearest whole seconds"
    laid.attrs = {
        **attrs,
        "clock_faults": list(dict.fromkeys([*attrs.get("clock_faults", []), fault])),
        "notes": [*attrs.get("notes", []), note],
        "clock_offset_s": offset_ns / 1e9,
    }
    return laid


def offset_sentence(offset_ns: int, step_ns: int) -> str:
    """Say how far stamps lie off the whole step."""
    return f"the stamps lie {offset_ns / 1e9:+g} s off the whole {step_ns / 1e9:g} s"


def place(recording: xr.Dataset, start: np.datetime64, n: int) -> NDArray[np.float64]:
    """Lay a recording onto the n sample times that begin at start.

    Returns
    -------
    field_nt
        Shape (3, n) [nT]; NaN where the recording has nothing.

    Raises
    ------
    SchemaError
        The times are not uniform, or the grid of the recording does not hit ``start``:
        resampling is nobody's silent choice.
    """
    step_ns = round(1e9 / recording.attrs["sampling_hz"])
    out = np.full((3, n), np.nan)
    times = recording["time"].values
    if times.size == 0:
        return out
    if times[-1] - times[0] != np.timedelta64((times.size - 1) * step_ns, "ns"):
        msg = (
            f"{recording.attrs['station_code']}: {times.size} samples from {times[0]} to "
            f"{times[-1]} are not uniform at {step_ns / 1e9:g} s; keep NaN where nothing was "
            "recorded"
        )
        raise SchemaError(msg)
    offset_ns = int((times[0] - start.astype("datetime64[ns]")) / np.timedelta64(1, "ns"))
    if offset_ns % step_ns:
        msg = (
            f"{recording.attrs['station_code']}: samples at {times[0]} lie "
            f"{offset_ns % step_ns / 1e9} s off the grid that begins at {start}"
        )
        raise SchemaError(msg)
    first = offset_ns // step_ns
    lo, hi = max(first, 0), min(first + times.size, n)
    if hi > lo:
        out[:, lo:hi] = recording["field"].values[:, lo - first : hi - first]
    return out
