"""Several recordings of one station laid onto one time axis."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import SchemaError
from seismomag.core.recording import make_recording, sha256_of
from seismomag.core.schema import check_recording

# A span of which less than a fiftieth is recorded is a wrong date or work for one day at a time.
_ALWAYS_ALLOWED_S = 14 * 86_400
_MOST_EMPTINESS = 50

_ALIKE = ("station_code", "frame", "sampling_hz", "is_absolute")


def join(recordings: Iterable[xr.Dataset]) -> xr.Dataset:
    """Lay several recordings of one station onto one time axis.

    Parameters
    ----------
    recordings
        In any order, of one station, frame, rate and base. They may overlap where they agree.

    Returns
    -------
    recording
        From the first sample of all to the last one. What none has recorded is NaN and flagged
        missing; where several speak, their flags are united. ``source_sha256`` is that of the one
        recording, or the SHA-256 of the hashes of all, one a line, in the order of time; clock
        faults and notes are those of all, other attributes those on which all agree.

    Raises
    ------
    SchemaError
        There is none, one breaks its contract, they are not of one kind, their grids of time do
        not meet, two values of one time differ, or hardly any of the span is recorded.

    Examples
    --------
    >>> import seismomag as sm
    >>> two = sm.join([sm.read("S250101.ALR.gz"), sm.read("S250102.ALR.gz")])  # doctest: +SKIP
    """
    parts = sorted((check_recording(part) for part in recordings), key=_first_ns)
    parts = [part for part in parts if part.sizes["time"]] or parts[:1]
    if not parts:
        msg = "join: no recordings, expected at least one"
        raise SchemaError(msg)
    if len(parts) == 1:
        return parts[0]
    _check_alike(parts)
    step_ns = round(1e9 / parts[0].attrs["sampling_hz"])
    starts = _starts(parts, step_ns)
    n = max(start + part.sizes["time"] for start, part in zip(starts, parts, strict=True))
    _check_span(parts, n, step_ns)
    field, flags = np.full((3, n), np.nan), np.zeros((3, n), np.uint16)
    for start, part in zip(starts, parts, strict=True):
        where = slice(start, start + part.sizes["time"])
        _lay(part, field[:, where], flags[:, where])
    return _made(parts, field, flags)


def _first_ns(recording: xr.Dataset) -> int:
    times = recording["time"].values
    return int(times[0].astype("datetime64[ns]").astype(np.int64)) if times.size else 0


def _check_alike(parts: Sequence[xr.Dataset]) -> None:
    for name in _ALIKE:
        found = list(dict.fromkeys(part.attrs.get(name, 1) for part in parts))
        if len(found) > 1:
            shown = ", ".join(str(value) for value in found)
            msg = (
                f"join: recordings of {name} {shown}, expected one; join those alone that are of "
                "one kind (rotate or resample the others first)"
            )
            raise SchemaError(msg)


def _starts(parts: Sequence[xr.Dataset], step_ns: int) -> list[int]:
    """Index of the first sample of each part on the common axis."""
    first_ns = _first_ns(parts[0])
    starts = []
    for part in parts:
        index, off_ns = divmod(_first_ns(part) - first_ns, step_ns)
        if off_ns:
            msg = (
                f"join: {part.attrs['station_code']}: samples at {part['time'].values[0]} lie "
                f"{off_ns / 1e9:g} s off the grid that begins at {parts[0]['time'].values[0]}; "
                "lay them on whole seconds first (seismomag.core.recording.on_whole_seconds)"
            )
            raise SchemaError(msg)
        starts.append(index)
    return starts


def _check_span(parts: Sequence[xr.Dataset], n: int, step_ns: int) -> None:
    there = sum(part.sizes["time"] for part in parts)
    if n > max(_ALWAYS_ALLOWED_S * 1e9 / step_ns, _MOST_EMPTINESS * there):
        msg = (
            f"join: {there:,} samples from {parts[0]['time'].values[0]} to "
            f"{parts[-1]['time'].values[-1]} would fill less than a {_MOST_EMPTINESS}th of {n:,}; "
            "a date is wrong, or treat the recordings one by one"
        )
        raise SchemaError(msg)


def _lay(part: xr.Dataset, field: NDArray[np.float64], flags: NDArray[np.uint16]) -> None:
    values, bits = part["field"].values, part["flags"].values.astype(np.uint16)
    known, given = np.isfinite(field), np.isfinite(values)
    clash = known & given & (field != values)
    if clash.any():
        component, sample = (int(i) for i in np.argwhere(clash)[0])
        msg = (
            f"join: {part.attrs['station_code']}: {int(clash.any(axis=0).sum())} times have two "
            f"values, the first {part['time'].values[sample]}: "
            f"{part['component'].values[component]} {field[component, sample]:g} and "
            f"{values[component, sample]:g} nT; keep one recording of that time"
        )
        raise SchemaError(msg)
    flags[...] = np.where(known == given, flags | bits, np.where(known, flags, bits))
    field[...] = np.where(known, field, values)


def _made(
    parts: Sequence[xr.Dataset], field: NDArray[np.float64], flags: NDArray[np.uint16]
) -> xr.Dataset:
    first = parts[0].attrs
    made = make_recording(
        field,
        parts[0]["time"].values[0],
        sampling_hz=first["sampling_hz"],
        frame=first["frame"],
        station_code=first["station_code"],
        source_format=", ".join(_of_all(parts, "source_format")),
        source_sha256=sha256_of("\n".join(_of_all(parts, "source_sha256")).encode()),
        flags=flags,
        clock_faults=_of_all(parts, "clock_faults"),
        notes=_of_all(parts, "notes"),
        is_absolute=bool(first.get("is_absolute", 1)),
    )
    others = set(first) - set(made.attrs)
    shared = {name: first[name] for name in sorted(others) if _is_shared(parts, name)}
    return made.assign_attrs(shared)


def _of_all(parts: Sequence[xr.Dataset], name: str) -> list[str]:
    """Every text of an attribute once, in the order of time."""
    found: list[str] = []
    for part in parts:
        value = part.attrs.get(name, ())
        found += [value] if isinstance(value, str) else [str(text) for text in value]
    return list(dict.fromkeys(found))


def _is_shared(parts: Sequence[xr.Dataset], name: str) -> bool:
    value: Any = parts[0].attrs[name]
    return all(name in part.attrs and np.array_equal(part.attrs[name], value) for part in parts)
