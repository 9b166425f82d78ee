"""FRG604RC day files of BMKG, read and written.

A file holds blocks of ten minutes: a header of 30 bytes and up to 600 records of 17 bytes. Each
block is placed by its own header time, so that a lost block leaves a gap and shifts nothing.
Layout measured on the day of Alor, 2025-01-01.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.atomic import write_bytes
from seismomag.core.constants import FIELD_LIMIT_NT, SECONDS_PER_DAY
from seismomag.core.errors import FormatError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording, sha256_of
from seismomag.readers.file_names import parse_day_file

NAME = "FRG604RC"
LOOKS_FOR = "bytes 00 30, a station code, a date, and 08 62 43 at byte 10"

HEADER_BYTES = 30
RECORD_BYTES = 17
BLOCK_RECORDS = 600
BLOCK_BYTES = HEADER_BYTES + BLOCK_RECORDS * RECORD_BYTES
RESOLUTION_NT = 0.01
MISSING_24 = 0x7FFFFF
MISSING_16 = 0x7FFF

_START = b"\x00\x30"
_MAGIC = b"\x08\x62\x43"
_TRAILER = b"\xfa\xf3\x20"
# Bytes 10-29 of a header as the instrument of Alor writes them; the meaning of 13-26 is unknown,
# byte 27 is the battery in 0.1 V.
_HEADER_TAIL = bytes.fromhex("0862432e00acd681869b84ff967e69070c860001")


@dataclass(frozen=True)
class _Block:
    offset: int
    n_records: int
    station_code: str
    day: np.datetime64
    second: int


def is_mine(head: bytes) -> bool:
    """Whether the bytes begin with a block header."""
    return head[:2] == _START and head[10:13] == _MAGIC and head[2:5].isalnum()


def read(data: bytes, name: str) -> xr.Dataset:
    """Read one station-day.

    Parameters
    ----------
    data
        The unwrapped content; may be a part of a day, and may end anywhere.
    name
        The file. A name of the form ``S<yymmdd>.<STN>`` is compared with the headers.

    Returns
    -------
    recording
        1 Hz, frame HDZ (D in nT), the whole UTC day; seconds without a record are missing.

    Raises
    ------
    FormatError
        No block, or another station or day than the name says.
    """
    blocks, notes = _find_blocks(data, name)
    ((station_code, day), _), *_ = Counter((b.station_code, b.day) for b in blocks).most_common()
    _check_name(station_code, day, name)
    mine = [b for b in blocks if (b.station_code, b.day) == (station_code, day)]
    if len(mine) < len(blocks):
        notes.append(
            f"{len(blocks) - len(mine)} blocks name another station or day; they are left out"
        )
    field, twice = _decode(data, mine)
    flags = np.zeros(field.shape, np.uint16)
    beyond = np.abs(field) > FIELD_LIMIT_NT
    if beyond.any():
        flags[beyond] = Flag.OUT_OF_RANGE
    if twice.any():
        flags[:, twice] |= np.uint16(Flag.CLOCK)
        notes.append(f"{int(twice.sum())} seconds are claimed by two blocks; the first stays")
    return make_recording(
        field,
        day.astype("datetime64[ns]"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code=station_code,
        source_format=NAME,
        source_sha256=sha256_of(data),
        flags=flags,
        notes=notes,
    )


def write(recording: xr.Dataset, path: str | Path) -> Path:
    """Write one station-day, whole or in part.

    Parameters
    ----------
    recording
        1 Hz, frame HDZ, whole seconds of one UTC day, a station code of three letters. The
        resolution of the file is 0.01 nT; temperatures and tilts are written as missing.
    path
        The file; ``.gz`` compresses. A name of the form ``S<yymmdd>.<STN>`` must agree.

    Returns
    -------
    path
        The file, complete.

    Raises
    ------
    SchemaError
        The recording cannot be held by this format, or contradicts the name.

    Notes
    -----
    The blocks that the recording touches are written, so a part of a day stays a part.
    """
    station_code, day, first = _check_writable(recording, Path(path))
    field = recording["field"].values
    last = first + field.shape[1]
    low = first // BLOCK_RECORDS
    high = -(-last // BLOCK_RECORDS)
    grid = np.full((3, (high - low) * BLOCK_RECORDS), np.nan)
    grid[:, first - low * BLOCK_RECORDS : last - low * BLOCK_RECORDS] = field
    records = _encode(grid).reshape(high - low, BLOCK_RECORDS * RECORD_BYTES)
    parts = []
    for block, body in zip(range(low, high), records, strict=True):
        parts += [_header(station_code, day, block), body.tobytes()]
    return write_bytes(path, b"".join([*parts, _TRAILER]), durable=False)


def _find_blocks(data: bytes, name: str) -> tuple[list[_Block], list[str]]:
    blocks: list[_Block] = []
    notes: list[str] = []
    unreadable = short = 0
    offset = 0
    while offset + HEADER_BYTES + RECORD_BYTES <= len(data):
        end = _next_header(data, offset)
        n_records = min((end - offset - HEADER_BYTES) // RECORD_BYTES, BLOCK_RECORDS)
        block = _parse_header(data, offset, n_records)
        if block is None:
            unreadable += 1
        else:
            blocks.append(block)
            short += n_records < BLOCK_RECORDS
        offset = end
    if unreadable:
        notes.append(f"{unreadable} blocks have a damaged header; they are left out")
    if short:
        notes.append(f"{short} blocks hold fewer than {BLOCK_RECORDS} records")
    if not blocks:
        msg = (
            f"{name}: no readable block in {len(data):,} bytes; expected blocks of "
            f"{BLOCK_BYTES:,} bytes that begin with {LOOKS_FOR}"
        )
        raise FormatError(msg)
    return blocks, notes


def _next_header(data: bytes, offset: int) -> int:
    """Offset of the header after this block, found again where bytes were lost."""
    regular = offset + BLOCK_BYTES
    if regular >= len(data) or is_mine(data[regular : regular + HEADER_BYTES]):
        return min(regular, len(data))
    found = data.find(_START, offset + HEADER_BYTES)
    while found >= 0:
        if is_mine(data[found : found + HEADER_BYTES]):
            # A header that is damaged in its first bytes still ends its block on time.
            return found if found < regular or (found - offset) % BLOCK_BYTES else regular
        found = data.find(_START, found + 1)
    return min(regular, len(data))


def _parse_header(data: bytes, offset: int, n_records: int) -> _Block | None:
    head = data[offset : offset + HEADER_BYTES]
    hour, minute = head[8], head[9]
    if not is_mine(head) or hour > 23 or minute > 59 or n_records < 1:
        return None
    day = _day(head[5:8])
    if day is None:
        return None
    return _Block(offset, n_records, head[2:5].decode("latin-1"), day, hour * 3600 + minute * 60)


@lru_cache(maxsize=8)
def _day(date: bytes) -> np.datetime64 | None:
    try:
        return np.datetime64(f"{2000 + date[0]:04d}-{date[1]:02d}-{date[2]:02d}", "D")
    except ValueError:
        return None


def _check_name(station_code: str, day: np.datetime64, name: str) -> None:
    stated = parse_day_file(name)
    if stated is None or stated == (station_code.upper(), day):
        return
    msg = (
        f"{name}: the name says station {stated[0]} on {stated[1]}, the headers say station "
        f"{station_code} on {day}; rename the file or replace it"
    )
    raise FormatError(msg)


def _decode(data: bytes, blocks: list[_Block]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    counts = np.full((3, SECONDS_PER_DAY), MISSING_24, np.int32)
    claims = np.zeros(SECONDS_PER_DAY, np.uint8)
    for run in reversed(_runs(blocks)):
        first = run[0]
        n = min((len(run) - 1) * BLOCK_RECORDS + run[-1].n_records, SECONDS_PER_DAY - first.second)
        seconds = slice(first.second, first.second + n)
        triples = _int24(data, first.offset + HEADER_BYTES, len(run), first.n_records)
        counts[:, seconds] = triples.reshape(3, -1)[:, :n]
        claims[seconds] = np.minimum(claims[seconds] + 1, 2)
    field = np.multiply(counts, RESOLUTION_NT, dtype=np.float64)
    missing = counts == MISSING_24
    if missing.any():
        field[missing] = np.nan
    return field, claims > 1


def _runs(blocks: list[_Block]) -> list[list[_Block]]:
    """Group whole blocks that follow each other in the file and in time: decoded at once."""
    runs: list[list[_Block]] = []
    for block in blocks:
        before = runs[-1][-1] if runs else None
        follows = (
            before is not None
            and block.offset == before.offset + BLOCK_BYTES
            and block.second == before.second + BLOCK_RECORDS
            and before.n_records == block.n_records == BLOCK_RECORDS
        )
        if follows:
            runs[-1].append(block)
        else:
            runs.append([block])
    return runs


def _int24(data: bytes, first: int, n_blocks: int, n_records: int) -> NDArray[np.int32]:
    """Read the three signed triples of each record, shape (3, blocks, records).

    Four bytes are taken, from the one before each triple; the shift drops that one and keeps
    the sign.
    """
    shape, strides = (3, n_blocks, n_records), (3, BLOCK_BYTES, RECORD_BYTES)
    quads: NDArray[np.int32] = np.ndarray(shape, "<i4", data, offset=first - 1, strides=strides)
    return quads >> 8


def _check_writable(recording: xr.Dataset, path: Path) -> tuple[str, np.datetime64, int]:
    code = str(recording.attrs["station_code"])
    times = recording["time"].values
    frame, hz = recording.attrs["frame"], recording.attrs["sampling_hz"]
    if frame != "HDZ" or hz != 1.0 or times.size == 0:
        msg = f"{path}: {NAME} holds HDZ at 1 Hz, found {times.size} samples {frame} at {hz} Hz"
        raise SchemaError(msg)
    if len(code) != 3 or not (code.isascii() and code.isalnum()):
        msg = f"{path}: {NAME} needs a station code of three letters, found {code!r}"
        raise SchemaError(msg)
    day = times[0].astype("datetime64[D]")
    seconds = (times[0] - day) / np.timedelta64(1, "s")
    if seconds % 1 or times[-1].astype("datetime64[D]") != day:
        msg = f"{path}: expected whole seconds of one UTC day, found {times[0]} to {times[-1]}"
        raise SchemaError(msg)
    if not 2000 <= int(str(day)[:4]) <= 2255:
        msg = f"{path}: {NAME} counts years from 2000 to 2255, found {day}"
        raise SchemaError(msg)
    stated = parse_day_file(path.name)
    if stated is not None and stated != (code.upper(), day):
        msg = f"{path}: the name says {stated[0]} on {stated[1]}, the recording {code} on {day}"
        raise SchemaError(msg)
    return code, day, int(seconds)


def _encode(grid: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Pack records of 17 bytes, shape (n, 17)."""
    counts = np.round(grid / RESOLUTION_NT)
    limit = MISSING_24 - 1
    if bool((np.abs(counts) > limit).any()):
        msg = f"{NAME} holds values up to {limit * RESOLUTION_NT:,.2f} nT; found larger ones"
        raise SchemaError(msg)
    whole = np.where(np.isnan(counts), MISSING_24, counts).astype("<i4")
    records = np.empty((grid.shape[1], RECORD_BYTES), np.uint8)
    triples = np.ascontiguousarray(whole.T).view(np.uint8).reshape(-1, 3, 4)[:, :, :3]
    records[:, :9] = triples.reshape(-1, 9)
    records[:, 9:] = np.frombuffer(MISSING_16.to_bytes(2, "little") * 4, np.uint8)
    return records


def _header(station_code: str, day: np.datetime64, block: int) -> bytes:
    text = str(day)
    minute = block * BLOCK_RECORDS // 60
    date = bytes([int(text[:4]) - 2000, int(text[5:7]), int(text[8:10])])
    start = bytes([minute // 60, minute % 60])
    return _START + station_code.encode("ascii") + date + start + _HEADER_TAIL
