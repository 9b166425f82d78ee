"""Recordings as ObsPy streams, there and back (extra ``seismic``)."""

import importlib
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import FormatError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording, sha256_of
from seismomag.core.schema import check_recording
from seismomag.readers.elements import is_main_field

if TYPE_CHECKING:
    import obspy

FRAME_LETTERS = (
    ("HEZ", "HEZ"),
    ("HDZ", "HDZ"),
    ("XYZ", "XYZ"),
    ("UVW", "UVW"),
    ("HVZ", "HEZ"),
)
"""Letters that make a frame, the first that is complete. SEED has no letter for the eastward
component of an observatory, so V stands for it beside H and Z."""

COUNTS_PER_NT = 1000.0
"""Integer encodings count thousandths of 1 nT, as the servers of USGS do."""

FILLS_NT = (99_999.0, 99_999.9, 88_888.0)
LIMIT_SAMPLES = 32_000_000
"""A year at 1 Hz."""

ALWAYS_ALLOWED_SAMPLES = 7 * 86_400
LIMIT_EMPTINESS = 50
"""Traces that fill less than a fiftieth of their span, beyond a week at 1 Hz, have damaged
times."""

LIMIT_NT = 1e9
"""Ten thousand times the strongest field of the Earth: bytes in the wrong order, not a spike."""

OWN = "seismomag"
"""Key of ``trace.stats`` under which the attributes and flags of a recording travel."""


def load_obspy() -> Any:
    """Import ObsPy, or say how to get it.

    Raises
    ------
    FormatError
        ObsPy is not installed.
    """
    with warnings.catch_warnings():
        # ObsPy lists its plugins through an interface that Python 3.11 has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return importlib.import_module("obspy")
        except ImportError as error:
            msg = (
                "MiniSEED and streams need ObsPy, which is not installed; "
                "pip install 'seismomag[seismic]'"
            )
            raise FormatError(msg) from error


def to_stream(recording: xr.Dataset) -> "obspy.Stream":
    """Turn a recording into a stream of three traces.

    Parameters
    ----------
    recording
        Any recording.

    Returns
    -------
    stream
        One trace for each component, float64 [nT], NaN where missing, channel = letter of the
        component. ``trace.stats["seismomag"]`` carries attributes and flags, so that
        :func:`from_stream` gives the recording back unchanged.

    Raises
    ------
    FormatError
        ObsPy is not installed, or the recording is empty.
    """
    library = load_obspy()
    check_recording(recording)
    if not recording.sizes["time"]:
        msg = f"recording {recording.attrs['station_code']}: no samples, nothing to put in a stream"
        raise FormatError(msg)
    start_ns = int(recording["time"].values[0].astype("datetime64[ns]").astype(np.int64))
    traces = []
    for index, letter in enumerate(recording.attrs["frame"]):
        trace = library.Trace(recording["field"].values[index].copy())
        trace.stats.station = recording.attrs["station_code"]
        trace.stats.channel = letter
        trace.stats.sampling_rate = recording.attrs["sampling_hz"]
        trace.stats.starttime = library.UTCDateTime(ns=start_ns)
        trace.stats[OWN] = {
            "attributes": dict(recording.attrs),
            "flags": recording["flags"].values[index].copy(),
        }
        traces.append(trace)
    stream: obspy.Stream = library.Stream(traces)
    return stream


def from_stream(
    stream: "obspy.Stream",
    *,
    name: str = "stream",
    source_format: str = "obspy",
    source_sha256: str | None = None,
    notes: Sequence[str] = (),
) -> xr.Dataset:
    """Turn a stream of one station into a recording.

    Parameters
    ----------
    stream
        Traces of three components; gaps between traces become NaN. Integer samples are
        thousandths of 1 nT, floating ones are nT. Channels are single letters (``H``) or SEED
        codes that end in one (``LFH``, ``SVH``).
    name
        For messages.
    source_format, source_sha256, notes
        Go into the recording; without a hash, that of the samples is taken.

    Returns
    -------
    recording
        Frame by :data:`FRAME_LETTERS`; scalar channels (F, G) stay out and are named in the
        notes.

    Raises
    ------
    FormatError
        Several stations or locations, several sampling rates, components missing, traces too
        far apart, or of text instead of numbers.
    """
    by_letter = _by_letter(stream, name)
    letters, frame = _frame_of(by_letter, name)
    chosen = [by_letter[letter] for letter in letters]
    sampling_hz = _sampling_hz([trace for traces in chosen for trace in traces], name)
    grid = _grid(chosen, sampling_hz, name)
    faults: list[str] = []
    field, flags = np.full((3, grid.n), np.nan), np.zeros((3, grid.n), np.uint16)
    for index, traces in enumerate(chosen):
        for trace in traces:
            faults += grid.lay(trace, field[index], flags[index])
    _refuse_absurd(field, name)
    others = sorted(set(by_letter) - set(letters))
    more = [f"channels {', '.join(others)} were left out of the frame {frame}"] if others else []
    own = stream[0].stats.get(OWN, {}).get("attributes")
    recording = make_recording(
        field,
        np.datetime64(grid.start_ns, "ns"),
        sampling_hz=sampling_hz,
        frame=frame,
        station_code=stream[0].stats.station,
        source_format=source_format,
        source_sha256=source_sha256 or sha256_of(field.tobytes()),
        flags=flags,
        clock_faults=list(dict.fromkeys(faults)),
        notes=[*notes, *more],
        is_absolute=is_main_field(field),
    )
    if own is not None:
        recording.attrs = dict(own)
    return check_recording(recording)


def letter_of(channel: str) -> str:
    """Component that a channel code names.

    Examples
    --------
    >>> letter_of("H"), letter_of("LFV"), letter_of("SVE"), letter_of("MSF")
    ('H', 'V', 'E', 'F')
    """
    return channel.strip().upper()[-1:]


def _by_letter(stream: Iterable[Any], name: str) -> dict[str, list[Any]]:
    by_letter: dict[str, list[Any]] = {}
    for trace in stream:
        if trace.data.dtype.kind not in "iuf":
            kind = trace.data.dtype
            msg = f"{name}: channel {trace.stats.channel} holds {kind}, expected numbers; damaged?"
            raise FormatError(msg)
        if trace.stats.npts:
            by_letter.setdefault(letter_of(trace.stats.channel), []).append(trace)
    traces = [trace for several in by_letter.values() for trace in several]
    for what in ("station", "location"):
        found = sorted({str(trace.stats[what]) for trace in traces})
        if len(found) > 1:
            msg = f"{name}: {what}s {', '.join(found)}, expected one; split the file"
            raise FormatError(msg)
    return by_letter


def _frame_of(by_letter: dict[str, list[Any]], name: str) -> tuple[str, str]:
    for letters, frame in FRAME_LETTERS:
        if set(letters) <= set(by_letter):
            return letters, frame
    found = ", ".join(sorted(by_letter)) or "none"
    msg = (
        f"{name}: channels {found}, expected H E Z, H D Z, X Y Z or U V W; a file without one of "
        "them is cut off or of another kind"
    )
    raise FormatError(msg)


def _sampling_hz(traces: Sequence[Any], name: str) -> float:
    rates = sorted({_tidy(float(trace.stats.sampling_rate)) for trace in traces})
    if len(rates) > 1 or not 1 / 86_400 <= rates[0] <= 1000:
        found = ", ".join(f"{rate:g}" for rate in rates)
        msg = f"{name}: sampling rates {found} Hz, expected one from 1/86400 to 1000 Hz"
        raise FormatError(msg)
    return rates[0]


def _tidy(rate_hz: float) -> float:
    """Undo the rounding of 1/60 Hz to the single precision of MiniSEED headers."""
    if not 0 < rate_hz < 1:
        return rate_hz
    period_s = round(1 / rate_hz)
    return 1 / period_s if abs(rate_hz * period_s - 1) < 1e-5 else rate_hz


@dataclass(frozen=True)
class _Grid:
    start_ns: int
    step_ns: int
    n: int

    def lay(self, trace: Any, field: NDArray[np.float64], flags: NDArray[np.uint16]) -> list[str]:
        """Write a trace into its place; sentences about the clock where it does not fit."""
        values, bits = _samples_nt(trace), _flags_of(trace)
        index, off_ns = divmod(trace.stats.starttime.ns - self.start_ns, self.step_ns)
        index += off_ns * 2 > self.step_ns
        part = slice(index, index + values.size)
        faults = []
        off_ns = min(off_ns, self.step_ns - off_ns)
        if off_ns > self.step_ns // 1000:
            bits = bits | np.uint16(Flag.CLOCK)
            faults.append(
                f"the trace at {trace.stats.starttime} lies {off_ns / 1e9:g} s off the grid"
            )
        before = field[part]
        clash = np.isfinite(before) & np.isfinite(values) & (before != values)
        if clash.any():
            bits = np.where(clash, bits | np.uint16(Flag.CLOCK), bits)
            faults.append(
                f"{int(clash.sum())} samples from {trace.stats.starttime} contradict an earlier "
                "trace; the later one was kept"
            )
        keep = np.isfinite(values) | ~np.isfinite(before)
        field[part] = np.where(keep, values, before)
        flags[part] = np.where(keep, bits, flags[part])
        return faults


def _grid(chosen: Sequence[Sequence[Any]], sampling_hz: float, name: str) -> _Grid:
    traces = [trace for several in chosen for trace in several]
    step_ns = round(1e9 / sampling_hz)
    start_ns = min(trace.stats.starttime.ns for trace in traces)
    ends_ns = [trace.stats.starttime.ns + trace.stats.npts * step_ns for trace in traces]
    n = -((start_ns - max(ends_ns)) // step_ns)
    there = max(sum(trace.stats.npts for trace in several) for several in chosen)
    limit = min(LIMIT_SAMPLES, max(ALWAYS_ALLOWED_SAMPLES, LIMIT_EMPTINESS * there))
    if n > limit:
        msg = (
            f"{name}: {there:,} samples spread over {n:,}, expected at most {limit:,}; "
            "split the file, or its times are damaged"
        )
        raise FormatError(msg)
    return _Grid(start_ns, step_ns, n)


def _refuse_absurd(field: NDArray[np.float64], name: str) -> None:
    largest = float(np.max(np.abs(field[np.isfinite(field)]), initial=0.0))
    if largest > LIMIT_NT:
        msg = (
            f"{name}: values up to {largest:.3g} nT, expected at most {LIMIT_NT:.0e}; "
            "the samples were decoded wrongly or are damaged"
        )
        raise FormatError(msg)


def _samples_nt(trace: Any) -> NDArray[np.float64]:
    data = np.ma.filled(trace.data.astype(np.float64), np.nan)
    if trace.data.dtype.kind in "iu":
        return np.asarray(data / COUNTS_PER_NT)
    data[np.isin(data, FILLS_NT) | ~np.isfinite(data)] = np.nan
    return np.asarray(data)


def _flags_of(trace: Any) -> NDArray[np.uint16]:
    bits = trace.stats.get(OWN, {}).get("flags")
    if bits is None or len(bits) != trace.stats.npts:
        return np.zeros(trace.stats.npts, np.uint16)
    return np.asarray(bits, np.uint16)
