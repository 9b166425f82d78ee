"""The one door for files of recordings: what is in them decides, not their name."""

from pathlib import Path

import xarray as xr

from seismomag.core.errors import FormatError
from seismomag.core.schema import check_recording
from seismomag.readers import cdf, frg604rc, iaga2002, miniseed, netcdf, pcdcp
from seismomag.readers.guard import read_guarded
from seismomag.readers.misdecode import refuse_misdecode
from seismomag.readers.reader import HEAD_BYTES, Reader
from seismomag.readers.unwrap import LIMIT_BYTES, unwrap

READERS: tuple[Reader, ...] = (
    Reader(frg604rc.NAME, frg604rc.is_mine, frg604rc.read, frg604rc.LOOKS_FOR),
    Reader(iaga2002.NAME, iaga2002.is_mine, iaga2002.read, iaga2002.LOOKS_FOR),
    Reader(cdf.NAME, cdf.is_mine, cdf.read, cdf.LOOKS_FOR),
    Reader(pcdcp.NAME, pcdcp.is_mine, pcdcp.read, pcdcp.LOOKS_FOR),
    Reader(miniseed.NAME, miniseed.is_mine, miniseed.read, miniseed.LOOKS_FOR, in_child=True),
    Reader(netcdf.NAME, netcdf.is_mine, netcdf.read, netcdf.LOOKS_FOR, in_child=True),
)
"""Every format of recordings; the first that claims the first bytes reads the file."""


def read(path: str | Path, *, station_code: str | None = None) -> xr.Dataset:
    """Read a file of any known format.

    Parameters
    ----------
    path
        The file; gzip, xz and zip are taken off in memory.
    station_code
        The station, for files that do not say it. A file that says another one is refused.

    Returns
    -------
    recording
        See :func:`seismomag.core.recording.make_recording`.

    Raises
    ------
    FormatError
        No reader knows the content, it is damaged, or its station is another one.
    FileNotFoundError
        There is no such file.
    """
    path = Path(path)
    if path.is_dir():
        msg = (
            f"{path}: a folder, expected a file; seismomag.readers.archive.find_days lists the "
            "days of an archive"
        )
        raise FormatError(msg)
    if path.stat().st_size > LIMIT_BYTES:
        msg = f"{path}: {path.stat().st_size:,} bytes, more than the {LIMIT_BYTES:,} of a recording"
        raise FormatError(msg)
    return read_bytes(path.read_bytes(), str(path), station_code=station_code)


def read_bytes(data: bytes, name: str, *, station_code: str | None = None) -> xr.Dataset:
    """Read the content of a file; as :func:`read`.

    Notes
    -----
    What a reader marks with ``in_child`` costs a child process, about 0.7 s; see
    :mod:`seismomag.readers.guard`.
    """
    content = unwrap(data, name)
    if not content:
        msg = f"{name}: the file is empty"
        raise FormatError(msg)
    reader = reader_of(content, name)
    recording = read_guarded(content, name) if reader.in_child else reader.read(content, name)
    check_recording(recording)
    refuse_misdecode(recording["field"].values, name)
    return _with_station(recording, station_code, name)


def reader_of(content: bytes, name: str) -> Reader:
    """Reader that claims an unwrapped content.

    Raises
    ------
    FormatError
        None does; the message says what each one looked for and what stands there.
    """
    head = content[:HEAD_BYTES]
    for reader in READERS:
        if reader.is_mine(head):
            return reader
    looked = "".join(f"\n  {r.name}: {r.looks_for}" for r in READERS)
    shown = head[:40].decode("latin-1").encode("ascii", "backslashreplace").decode()
    msg = (
        f"{name}: no reader knows this file. It begins with {head[:16].hex(' ')} ({shown!r}). "
        f"Looked for:{looked}\nText in columns is read by "
        "seismomag.readers.columns.read_columns with a ColumnMap."
    )
    raise FormatError(msg)


def _with_station(recording: xr.Dataset, station_code: str | None, name: str) -> xr.Dataset:
    found = str(recording.attrs["station_code"])
    if station_code is None or found == station_code:
        return recording
    if found and found.upper() != station_code.upper():
        msg = f"{name}: asked for station {station_code}, the file says {found}"
        raise FormatError(msg)
    return recording.assign_attrs(station_code=station_code)
