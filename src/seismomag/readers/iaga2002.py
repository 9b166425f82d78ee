"""IAGA-2002 text files, read and written."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import FormatError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording, sha256_of
from seismomag.readers import iaga2002_lines
from seismomag.readers.elements import compose, is_main_field
from seismomag.readers.placement import place_on_grid

NAME = "IAGA-2002"
LOOKS_FOR = "a first line 'Format IAGA-2002', or a line 'DATE TIME DOY'"

DATA_TYPES = ("variation", "reported", "provisional", "adjusted", "quasi-definitive", "definitive")
"""Words of the header line Data Type; the attribute ``data_type`` of a recording is one of them."""

LONGEST_CODE = 4
"""Letters of a station code that leave room for the element in a column name."""

MISSING_NT = 99_999.0
NOT_RECORDED_NT = 88_888.0

_BOM = b"\xef\xbb\xbf"
_CONDITIONS = "CONDITIONS OF USE"
_MAX_HEADER_BYTES = 65_536
_COLUMN_WORDS = (b"DATE", b"TIME", b"DOY")
_FRAME_LETTERS = {"HDZ": "HEZ", "HEZ": "HEZ", "XYZ": "XYZ", "UVW": "UVW"}
_INTERVALS = {1.0: "1-second", 1 / 60: "1-minute", 1 / 3600: "1-hour"}


@dataclass(frozen=True)
class _Header:
    letters: tuple[str, ...]
    values: dict[str, str] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def get(self, key: str) -> str:
        return self.values.get(key, "")


def is_mine(head: bytes) -> bool:
    """Whether the bytes begin like an IAGA-2002 file, with or without its header."""
    first = head.removeprefix(_BOM).lstrip(b"\r\n")[:120].split(b"\n", 1)[0]
    if first.lstrip().startswith(b"Format") and b"IAGA-2002" in first:
        return True
    return tuple(first.split()[:3]) == _COLUMN_WORDS


def read(data: bytes, name: str) -> xr.Dataset:
    """Read a file of any order of columns, sampling and length.

    Parameters
    ----------
    data
        The unwrapped content.
    name
        The file, for messages.

    Returns
    -------
    recording
        Components by the letters of the column line. D is an angle in minutes of arc in this
        format: with H it becomes frame XYZ. The scalar F is named in the notes, and so are the
        data interval, the data type and the conditions of use that the file states; the
        attribute ``data_type`` is there where it is one of :data:`DATA_TYPES`.

    Raises
    ------
    FormatError
        No column line, no three components, or too many lines that are no records.
    """
    head, body = _split(data.removeprefix(_BOM), name)
    header = _parse_header(head)
    records = iaga2002_lines.parse(body, len(header.letters), name)
    values, notes = _mask(records.values, header.letters)
    elements = {k: values[i] for i, k in enumerate(header.letters) if k != "NUL"}
    composed = compose(elements, name=name)
    placed = place_on_grid(records.stamps_ns, composed.field_nt, name=name, is_leap=records.is_leap)
    flags, faults = _day_of_year(records, placed.flags, placed.start, placed.sampling_hz)
    if records.n_bad:
        notes.append(f"{records.n_bad} lines are no records, the first is {records.first_bad!r}")
    declared = header.get("data type").lower()
    made = make_recording(
        placed.field_nt,
        placed.start,
        sampling_hz=placed.sampling_hz,
        frame=composed.frame,
        station_code=header.get("iaga code").upper(),
        source_format=NAME,
        source_sha256=sha256_of(data),
        flags=flags,
        clock_faults=(*placed.clock_faults, *faults),
        notes=(*header.notes, *notes, *composed.notes, *header.about),
        is_absolute=is_main_field(composed.field_nt) and not declared.startswith("variation"),
    )
    return made.assign_attrs(data_type=declared) if declared in DATA_TYPES else made


def write(recording: xr.Dataset, path: str | Path) -> Path:
    """Write a recording.

    Parameters
    ----------
    recording
        Any frame; steps of whole milliseconds. The D of frame HDZ is a field in nT and is
        written as E, because D means an angle in this format: it comes back as frame HEZ. The
        data type is that of the source (the attribute ``data_type``) or else "variation", and
        "reported" for values that carry the main field: nothing is definitive because it is
        absolute.
    path
        The file; ``.gz`` compresses.

    Returns
    -------
    path
        The file, complete.

    Raises
    ------
    SchemaError
        The values, the times or the station code do not fit into the columns.
    """
    values, times = recording["field"].values, recording["time"].values
    _check_writable(values, times, path)
    letters = _FRAME_LETTERS[recording.attrs["frame"]]
    code = str(recording.attrs["station_code"])
    if len(code) > LONGEST_CODE or (code and not (code.isascii() and code.isalnum())):
        msg = (
            f"{path}: station code {code!r}; {NAME} has room for {LONGEST_CODE} letters or digits: "
            "write NetCDF, or give the recording the IAGA code of the station"
        )
        raise SchemaError(msg)
    head = _header_lines(recording, letters, code)
    stamps = np.datetime_as_string(times.astype("datetime64[ms]"))
    days = times.astype("datetime64[D]")
    doy = (days - days.astype("datetime64[Y]")).astype(np.int64) + 1
    filled = np.where(np.isnan(values), MISSING_NT, values)
    rows = zip(stamps.tolist(), doy.tolist(), *filled.tolist(), strict=True)
    lines = [
        f"{stamp[:10]} {stamp[11:]} {day:03d}    {a:9.2f} {b:9.2f} {c:9.2f}  99999.00"
        for stamp, day, a, b, c in rows
    ]
    return write_bytes(
        path, "\r\n".join([*head, *lines, ""]).encode("ascii", "replace"), durable=False
    )


def _split(data: bytes, name: str) -> tuple[bytes, bytes]:
    offset = 0
    while offset < min(len(data), _MAX_HEADER_BYTES):
        end = data.find(b"\n", offset)
        end = len(data) if end < 0 else end + 1
        if tuple(data[offset:end].split()[:3]) == _COLUMN_WORDS:
            return data[:end], data[end:]
        offset = end
    msg = (
        f"{name}: no column line 'DATE TIME DOY ...' in the first {_MAX_HEADER_BYTES:,} bytes; "
        "the file is cut off or is another format"
    )
    raise FormatError(msg)


def _parse_header(head: bytes) -> _Header:
    lines = head.decode("latin-1").splitlines()
    values: dict[str, str] = {}
    comments = []
    for line in lines[:-1]:
        if line.lstrip().startswith("#"):
            comments.append(line.strip(" #|\r"))
        elif line.strip():
            values[line[:24].strip().lower()] = line[24:].rstrip(" |\r").strip()
    code = values.get("iaga code", "").upper()
    tokens = [t for t in lines[-1].replace("|", " ").split()[3:7] if t]
    letters = tuple(_letter(token.upper(), code) for token in tokens)
    if not code and not values:
        notes = ["the file has no header; only its column line is known"]
    else:
        notes = [] if code else ["the header names no station"]
    notes += _position_notes(values)
    told = ("data interval type", "data type")
    about = [f"{key}: {values[key]}" for key in told if values.get(key)] + _conditions(comments)
    reported = values.get("reported", "")
    if reported and reported.upper() != "".join(letters):
        notes.append(f"the header reports {reported}, the columns are {''.join(letters)}")
    return _Header(letters, values, tuple(about), tuple(notes))


def _conditions(comments: list[str]) -> list[str]:
    """Put the wrapped comment on the conditions of use together; it ends with a full stop."""
    first = next((i for i, c in enumerate(comments) if c.upper().startswith(_CONDITIONS)), None)
    if first is None:
        return []
    lines = []
    for line in comments[first:]:
        lines.append(line)
        if not line or line.endswith("."):
            break
    text = " ".join(line for line in lines if line)
    return [f"conditions of use: {text[len(_CONDITIONS) :].lstrip(': ')}"]


def _letter(token: str, code: str) -> str:
    if token.endswith("NUL"):
        return "NUL"
    # Where the header is lost, a station code of three letters stands before the element.
    return token.removeprefix(code) if code else token[3:] or token


def _position_notes(values: dict[str, str]) -> list[str]:
    notes = []
    for key, limit in (("geodetic latitude", 90.0), ("geodetic longitude", 360.0)):
        text = values.get(key, "")
        try:
            inside = abs(float(text)) <= limit if text else True
        except ValueError:
            inside = False
        if not inside:
            notes.append(
                f"the {key} {text!r} is not in degrees (projected metres?); "
                "take the position from the list of stations"
            )
    return notes


def _mask(
    values: NDArray[np.float64], letters: tuple[str, ...]
) -> tuple[NDArray[np.float64], list[str]]:
    notes = []
    size = np.abs(values)
    not_recorded = (size >= NOT_RECORDED_NT) & (size < NOT_RECORDED_NT + 1)
    missing = size >= MISSING_NT
    for letter, absent in zip(letters, not_recorded.sum(axis=1).tolist(), strict=True):
        if absent:
            notes.append(f"element {letter} is marked as not recorded (88888) {absent:,} times")
    values[missing | not_recorded] = np.nan
    return values, notes


def _day_of_year(
    records: iaga2002_lines.Records,
    flags: NDArray[np.uint16],
    start: np.datetime64,
    sampling_hz: float,
) -> tuple[NDArray[np.uint16], tuple[str, ...]]:
    wrong = records.stamps_ns[records.wrong_day_of_year]
    if not wrong.size:
        return flags, ()
    step_ns = round(1e9 / sampling_hz)
    index = np.round((wrong - start.astype(np.int64)) / step_ns).astype(np.int64)
    flags[:, index[(index >= 0) & (index < flags.shape[1])]] |= np.uint16(Flag.CLOCK)
    first = np.datetime64(int(wrong[0]), "ns").astype("datetime64[s]")
    return flags, (
        f"the day of the year contradicts the date in {wrong.size} lines (first: {first})",
    )


def _check_writable(
    values: NDArray[np.float64], times: NDArray[np.datetime64], path: str | Path
) -> None:
    if times.size == 0:
        msg = f"{path}: the recording is empty; nothing is written"
        raise SchemaError(msg)
    if bool((np.abs(values) >= NOT_RECORDED_NT).any()):
        msg = f"{path}: values of {NOT_RECORDED_NT:,.0f} nT and more mean 'missing' in {NAME}"
        raise SchemaError(msg)
    if bool((times != times.astype("datetime64[ms]")).any()):
        msg = f"{path}: {NAME} stamps have milliseconds; these times are finer"
        raise SchemaError(msg)


def _data_type(recording: xr.Dataset) -> str:
    attrs = recording.attrs
    if attrs.get("data_type") in DATA_TYPES and "common_mode" not in attrs:
        return str(attrs["data_type"])
    return "reported" if attrs.get("is_absolute", 1) else "variation"


def _header_lines(recording: xr.Dataset, letters: str, code: str) -> list[str]:
    hz = float(recording.attrs["sampling_hz"])
    interval = next((t for r, t in _INTERVALS.items() if abs(hz - r) < 1e-9), f"{1 / hz:g} s")
    entries = {
        "Format": NAME,
        "Source of Data": "seismomag",
        "Station Name": code,
        "IAGA Code": code,
        "Geodetic Latitude": "",
        "Geodetic Longitude": "",
        "Elevation": "",
        "Reported": letters + "NUL",
        "Sensor Orientation": str(recording.attrs["frame"]),
        "Digital Sampling": f"{hz:g} Hz",
        "Data Interval Type": interval,
        "Data Type": _data_type(recording),
    }
    lines = [f" {key:<23}{value[:44]:<44} |" for key, value in entries.items()]
    if recording.attrs["frame"] == "HDZ":
        text = "E is the eastward component of frame HDZ, in nT"
        lines.append(f" # {text:<65} |")
    columns = "".join(f"   {(code + letter)[:7]:<7}" for letter in (*letters, "NUL"))
    return [*lines, f"DATE       TIME         DOY  {columns}|"]
