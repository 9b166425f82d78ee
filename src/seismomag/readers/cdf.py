"""CDF files: ImagCDF, MagPy CDF and the old GDH4 layout, through cdflib.

cdflib wants a path, so the bytes go into a private temporary folder. Whole-file compression is
taken off here, within bounds, and the chains of records are walked, before cdflib sees the file.
"""

import struct
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import FormatError, SeismomagError
from seismomag.core.recording import make_recording, sha256_of
from seismomag.readers import cdf_structure
from seismomag.readers.cdf_layouts import LAYOUTS, NO_TIME, Columns, Content
from seismomag.readers.elements import compose, is_main_field
from seismomag.readers.placement import place_on_grid
from seismomag.readers.unwrap import LIMIT_BYTES

NAME = "CDF"
LOOKS_FOR = "bytes cd f3 00 01 (CDF 3) or cd f2 60 02 (CDF 2.6)"

_MAGIC = (b"\xcd\xf3\x00\x01", b"\xcd\xf2\x60\x02")
_PLAIN = b"\x00\x00\xff\xff"
_PACKED = b"\xcc\xcc\x00\x01"
_GZIP = 5
# What cdflib lets out when it meets damaged bytes (found by flipping bits).
_CDFLIB_ERRORS = (
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    EOFError,
    MemoryError,
    NameError,
    AssertionError,
    struct.error,
    zlib.error,
)


def is_mine(head: bytes) -> bool:
    """Whether the bytes begin with the magic numbers of CDF."""
    return head[:4] in _MAGIC and head[4:8] in (_PLAIN, _PACKED)


def read(data: bytes, name: str) -> xr.Dataset:
    """Read a CDF file of one of the known layouts.

    Raises
    ------
    FormatError
        The file is damaged, its layout is unknown, or its times have unknown units.
    """
    plain = _plain(data, name)
    cdf_structure.check(plain, name)
    content = _content(plain, name)
    columns = _columns(content, name)
    composed = compose(columns.elements, name=name)
    known = columns.stamps_ns != NO_TIME
    placed = place_on_grid(
        columns.stamps_ns[known],
        composed.field_nt[:, known],
        name=name,
        is_leap=None if columns.is_leap is None else columns.is_leap[known],
    )
    notes = [*columns.notes, *composed.notes]
    if not known.all():
        notes.append(f"{int((~known).sum())} records have no time; they are left out")
    made = make_recording(
        placed.field_nt,
        placed.start,
        sampling_hz=placed.sampling_hz,
        frame=composed.frame,
        station_code=columns.station_code,
        source_format=columns.source_format,
        source_sha256=sha256_of(data),
        flags=placed.flags,
        clock_faults=placed.clock_faults,
        notes=notes,
        is_absolute=is_main_field(composed.field_nt) and not columns.is_variation,
    )
    return made.assign_attrs(data_type=columns.data_type) if columns.data_type else made


def _columns(content: Content, name: str) -> Columns:
    for layout in LAYOUTS:
        if layout.is_mine(content):
            try:
                return layout.columns(content, name)
            except SeismomagError:
                raise
            except _CDFLIB_ERRORS as error:
                msg = f"{name}: a damaged {layout.name} file ({error!r}); fetch it again"
                raise FormatError(msg) from error
    shown = ", ".join(list(content.variables)[:12]) or "none"
    msg = (
        f"{name}: a CDF of an unknown layout with the variables {shown}; known are "
        f"{', '.join(f'{layout.name} ({layout.looks_for})' for layout in LAYOUTS)}"
    )
    raise FormatError(msg)


def _plain(data: bytes, name: str) -> bytes:
    """Take whole-file compression off.

    Layout of the compressed record: size, type, offset of the parameters, size of the content,
    a reserved word, then the data; sizes and offsets have 8 bytes in CDF 3, 4 in CDF 2.
    """
    if data[4:8] == _PLAIN:
        return data
    word = ">Q" if data[:4] == _MAGIC[0] else ">I"
    width = struct.calcsize(word)
    try:
        (size,) = struct.unpack_from(word, data, 8)
        (parameters,) = struct.unpack_from(word, data, 8 + width + 4)
        (kind,) = struct.unpack_from(">I", data, parameters + width + 4)
    except (struct.error, OverflowError) as error:
        msg = f"{name}: the compressed CDF is cut off after {len(data):,} bytes"
        raise FormatError(msg) from error
    first = 8 + 3 * width + 8
    if kind != _GZIP:
        msg = f"{name}: CDF compression {kind} is not supported; rewrite the file with gzip or none"
        raise FormatError(msg)
    stream = zlib.decompressobj(wbits=47)
    try:
        inner = stream.decompress(data[first : 8 + size], LIMIT_BYTES + 1)
    except (zlib.error, OverflowError) as error:
        msg = f"{name}: the compressed CDF is damaged ({error}); fetch the file again"
        raise FormatError(msg) from error
    if len(inner) > LIMIT_BYTES or not stream.eof:
        msg = f"{name}: the compressed CDF is cut off, or larger than {LIMIT_BYTES:,} bytes"
        raise FormatError(msg)
    return data[:4] + _PLAIN + inner


def _content(data: bytes, name: str) -> Content:
    import cdflib

    with tempfile.TemporaryDirectory(prefix="seismomag-") as folder:
        path = Path(folder) / "recording.cdf"
        path.write_bytes(data)
        try:
            file = cdflib.CDF(path)
            try:
                return _everything(file)
            finally:
                del file
        except SeismomagError:
            raise
        except _CDFLIB_ERRORS as error:
            msg = f"{name}: cdflib cannot read this CDF ({error!r}); it is cut off or damaged"
            raise FormatError(msg) from error


def _everything(file: Any) -> Content:
    info = file.cdf_info()
    names = [*info.rVariables, *info.zVariables]
    attributes = {str(k): _first(v) for k, v in file.globalattsget().items()}
    variables: dict[str, NDArray[Any]] = {}
    described: dict[str, Mapping[str, Any]] = {}
    kinds: dict[str, str] = {}
    for variable in names:
        inquiry = file.varinq(variable)
        is_text = "CHAR" in inquiry.Data_Type_Description
        if inquiry.Last_Rec < 1 or is_text or any(inquiry.Dim_Sizes):
            continue
        values = np.asarray(file.varget(variable))
        if values.ndim == 1 and values.dtype.kind in "fiu":
            variables[variable] = values
            kinds[variable] = str(inquiry.Data_Type_Description)
            described[variable] = file.varattsget(variable)
    return Content(attributes, variables, described, kinds)


def _first(value: Any) -> Any:
    if isinstance(value, list | tuple | np.ndarray):
        return value[0] if len(value) else ""
    return value
