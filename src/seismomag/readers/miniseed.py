"""MiniSEED 2 files of magnetometers (extra ``seismic``)."""

import io
import re
import struct
import warnings
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import xarray as xr

from seismomag.core.errors import FormatError
from seismomag.core.recording import sha256_of
from seismomag.readers.stream import from_stream, load_obspy

NAME = "MiniSEED"
LOOKS_FOR = "six digits and one of D R Q M at byte 7"
SOURCE_FORMAT = "miniseed"
MAIN_FIELD_NT = (20_000.0, 70_000.0)
MAX_NOTES = 5

_FIRST_BLOCKETTE, _BLOCKETTE_1000 = 46, 1000
_LARGEST_RECORD = 20
"""Power of two."""


def is_mine(head: bytes) -> bool:
    """Whether the first bytes are a sequence number and a quality letter."""
    return re.match(rb"\d{6}[DRQM][ \x00]", head) is not None


def read(data: bytes, name: str) -> xr.Dataset:
    """Read a file of one station.

    Parameters
    ----------
    data, name
        The file, and its name for messages.

    Returns
    -------
    recording
        Integer encodings / 1000, floating ones as they are [nT]; gaps are NaN; minute files
        have a sampling_hz of 1/60. What ObsPy warns of stands in the notes.

    Raises
    ------
    FormatError
        ObsPy is not installed, a cut file, damaged records, or not the components of one station.
    """
    if not is_mine(data):
        msg = f"{name}: begins with {data[:8]!r}, expected MiniSEED (six digits, then D R Q or M)"
        raise FormatError(msg)
    _refuse_cut(data, name)
    stream, notes = _decode(data, name)
    recording = from_stream(
        stream, name=name, source_format=SOURCE_FORMAT, source_sha256=sha256_of(data), notes=notes
    )
    strength = _strength_nt(recording)
    low, high = MAIN_FIELD_NT
    if not low <= strength <= high:
        recording.attrs["notes"].append(
            f"median strength {strength:,.0f} nT: not the main field of the Earth "
            f"({low:,.0f}-{high:,.0f} nT), so variations or another unit"
        )
    return recording


def _decode(data: bytes, name: str) -> tuple[Any, list[str]]:
    load_obspy()
    from obspy.core.util.obspy_types import ObsPyException
    from obspy.io.mseed import InternalMSEEDWarning

    damage = (
        ObsPyException,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        OverflowError,
        OSError,
        struct.error,
    )
    # The decoder itself, by ObsPy's own registry: obspy.read() raises a bare Exception for a
    # file without records.
    [entry] = entry_points(group="obspy.plugin.waveform.MSEED", name="readFormat")
    decoder = entry.load()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        warnings.simplefilter("always", InternalMSEEDWarning)
        try:
            stream = decoder(io.BytesIO(data))
        except damage as error:
            msg = f"{name}: the records are damaged ({error}); fetch the file again"
            raise FormatError(msg) from error
    notes = []
    for warning in caught:
        if issubclass(warning.category, UserWarning | InternalMSEEDWarning):
            notes.append(f"ObsPy: {' '.join(str(warning.message).split())}")
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    return stream, list(dict.fromkeys(notes))[:MAX_NOTES]


def _refuse_cut(data: bytes, name: str) -> None:
    """Compare the length of the file with that of a record.

    Records lie one behind the other without regard to channels, so that what is cut off may be
    whole components.
    """
    size = _record_bytes(data)
    if size and len(data) % size:
        msg = (
            f"{name}: cut off, {len(data):,} bytes are no whole number of records of {size:,}; "
            "fetch the file again"
        )
        raise FormatError(msg)


def _record_bytes(data: bytes) -> int:
    """Length of a record by blockette 1000 of the first one; 0 where it has none."""
    for order in (">", "<"):
        blockette = struct.unpack_from(f"{order}H", data.ljust(48), _FIRST_BLOCKETTE)[0]
        head = data[blockette : blockette + 7]
        if len(head) == 7 and struct.unpack_from(f"{order}H", head)[0] == _BLOCKETTE_1000:
            return 1 << head[6] if head[6] <= _LARGEST_RECORD else 0
    return 0


def _strength_nt(recording: xr.Dataset) -> float:
    strength = np.sqrt(np.square(recording["field"].values).sum(axis=0))
    strength = strength[np.isfinite(strength)]
    return float(np.median(strength)) if strength.size else float("nan")
