"""Recordings and scalograms as NetCDF 4 with CF-1.8 attributes, there and back unchanged."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import FormatError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import sha256_of
from seismomag.core.schema import check_recording, check_scalogram
from seismomag.core.stations import Station
from seismomag.readers.delimited import load
from seismomag.readers.guard import require_readable_scalogram
from seismomag.readers.netcdf_station import VARIABLES, origin, with_station
from seismomag.readers.plain_attributes import from_plain, to_plain

NAME = "NetCDF"
LOOKS_FOR = "the signature of HDF5"
MAGIC = b"\x89HDF\r\n\x1a\n"
CONVENTIONS = "CF-1.8"
OWN_ATTRIBUTES = "seismomag_attributes"
"""Global attribute: the attributes of the object as JSON, so that lists and booleans survive."""

SEAL = b"\nseismomag sha256 "
"""Stands, with the hash of all before it, behind the end of the HDF5 file, where HDF5 does not
look. The HDF5 library can search a damaged index for ever; with the hash, no damaged file of
ours reaches it. It is no proof against malice, since all can compute it: what comes from others
is read through :func:`seismomag.readers.read`, which hands it to the child process of ``guard``."""

SCALOGRAM = "scalogram"
CROSS = "cross_spectrum"
"""The dimensionless planes of a polarimetric scalogram: a CF variable has one unit."""

_AMPLITUDES = 3
_ON_CROSS = f"{CROSS}_"
"""Before the names of the dimension and the coordinates of :data:`CROSS`."""

LIMIT_UNPACKED_BYTES = 4_000_000_000
_END_OF_FILE = {0: 40, 1: 44, 2: 28, 3: 28}
"""Where the superblock of HDF5 keeps the length of the file, by version."""

_TIME_UNITS = (("seconds", 10**9), ("milliseconds", 10**6), ("microseconds", 10**3))
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    RuntimeError,
    OverflowError,
    NotImplementedError,
    ImportError,
)
"""What the libraries below raise for damaged files; all of it means the same to a user. (An
ImportError: a damaged calendar makes xarray ask for a library of calendars.)"""


def is_mine(head: bytes) -> bool:
    """Whether the first bytes are those of HDF5, on which NetCDF 4 rests."""
    return head.startswith(MAGIC)


def write(recording: xr.Dataset, path: str | Path, *, station: Station | None = None) -> Path:
    """Write a recording.

    Parameters
    ----------
    recording
        As made by ``core.recording.make_recording``.
    path
        The file; it appears whole or not at all. Equal recordings give equal bytes.
    station
        Where it was recorded; with the position the file is a ``timeSeries`` of CF.

    Returns
    -------
    path
        The file.

    Raises
    ------
    SchemaError
        Not a recording, another station, or an attribute that is no text, number, boolean or
        list of those.

    Notes
    -----
    There is no CF standard name for the components of the geomagnetic field, so ``field`` has a
    long name and units only. CF-1.8 knows no unsigned 16-bit integers: flags are int32 there.
    """
    out = check_recording(recording).copy()
    out["field"] = out["field"].assign_attrs(
        units="nT",
        long_name="geomagnetic field by component",
        ancillary_variables="flags",
    )
    out["flags"] = out["flags"].assign_attrs(
        long_name="quality flags",
        standard_name="quality_flag",
        flag_masks=np.array([int(flag) for flag in Flag], np.int32),
        flag_meanings=" ".join(str(flag.name).lower() for flag in Flag),
    )
    kept = {name: dict(recording[name].attrs) for name in ("field", "flags")}
    out.attrs = _global_attributes(
        f"Geomagnetic field at {recording.attrs['station_code']}",
        recording.attrs,
        {"variables": kept, "dtypes": {"flags": str(recording["flags"].dtype)}},
    )
    if station is not None:
        out.attrs["featureType"] = "timeSeries"
    out = with_station(out, station)
    encoding: dict[str, dict[str, Any]] = {
        "field": {"_FillValue": np.nan, "dtype": "f8"},
        "flags": {"dtype": "i4"},
    }
    return _write(out, path, encoding)


def read(data: bytes, name: str) -> xr.Dataset:
    """Read a recording that :func:`write` wrote.

    Raises
    ------
    FormatError
        Damaged, or NetCDF of another kind.
    """
    recording: xr.Dataset = _guarded(_decode_recording, data, name)
    return recording


def write_scalogram(scalogram: xr.DataArray, path: str | Path) -> Path:
    """Write a scalogram; the file appears whole or not at all.

    Raises
    ------
    SchemaError
        Not a scalogram, or an attribute that is no text, number, boolean or list of those.
    """
    source = check_scalogram(scalogram)
    # NetCDF has no 16-bit floats; 32 bits hold them exactly.
    dtype = "f4" if source.dtype == np.float16 else source.dtype.str
    out = _parted(source.astype(dtype))
    names = {str(name): dict(source[name].attrs) for name in source.coords}
    out.attrs = _global_attributes(
        "Wavelet amplitude of the geomagnetic field",
        source.attrs,
        {
            "name": None if source.name is None else str(source.name),
            "variables": names,
            "dtypes": {SCALOGRAM: str(source.dtype)}
            | {
                str(n): str(source[n].dtype) for n in source.coords if source[n].dtype.kind in "uif"
            },
        },
    )
    return _write(with_station(out, None), path, {})


def _parted(scalogram: xr.DataArray) -> xr.Dataset:
    """Put amplitudes [nT] and cross-spectra [1] into variables of their own."""
    out = scalogram[:_AMPLITUDES].rename(SCALOGRAM).to_dataset()
    out[SCALOGRAM].attrs = {"units": "nT", "long_name": "wavelet amplitude"}
    if scalogram.sizes["component"] > _AMPLITUDES:
        along = [str(n) for n, c in scalogram.coords.items() if "component" in c.dims]
        cross = scalogram[_AMPLITUDES:].rename({name: _ON_CROSS + name for name in along})
        long_name = "real and imaginary parts of normalised cross-spectra"
        out[CROSS] = cross.rename(CROSS).assign_attrs(units="1", long_name=long_name)
        out[CROSS].attrs = {"units": "1", "long_name": long_name}
    return out


def _joined(loaded: xr.Dataset) -> xr.DataArray:
    """Undo :func:`_parted`."""
    amplitude = loaded[SCALOGRAM]
    if CROSS not in loaded:
        return amplitude
    own = loaded[CROSS]
    back = {
        str(n): str(n).removeprefix(_ON_CROSS) for n in own.coords if str(n) not in amplitude.coords
    }
    parts = [amplitude, own.rename(back)]
    return xr.concat(parts, "component", combine_attrs="override", join="exact")


def read_scalogram(path: str | Path) -> xr.DataArray:
    """Read a scalogram that :func:`write_scalogram` wrote.

    The bytes go through the child process of :mod:`seismomag.readers.guard` first, about 1 s: who
    knows who saved the file again.

    Raises
    ------
    FormatError
        Absent, damaged, or NetCDF of another kind.
    """
    data, name = load(path)
    require_readable_scalogram(data, name)
    return decode_scalogram(data, name)


def decode_scalogram(data: bytes, name: str) -> xr.DataArray:
    """Read a scalogram in this process; errors as of :func:`read_scalogram`."""
    scalogram: xr.DataArray = _guarded(_decode_scalogram, data, name)
    return scalogram


def _global_attributes(
    title: str, attributes: Mapping[Any, Any], shape: Mapping[str, Any]
) -> dict[str, Any]:
    readable = {str(k): v for k, v in attributes.items() if isinstance(v, str | int | float)}
    try:
        own = json.dumps(
            {"attributes": to_plain(attributes), **{k: to_plain(v) for k, v in shape.items()}},
            sort_keys=False,
        )
    except TypeError as error:
        msg = f"an attribute cannot be written ({error}); use text, numbers, booleans or lists"
        raise SchemaError(msg) from error
    return {
        "Conventions": CONVENTIONS,
        "title": title,
        **origin(attributes),
        **{k: int(v) if isinstance(v, bool) else v for k, v in readable.items()},
        OWN_ATTRIBUTES: own,
    }


def _write(out: xr.Dataset, path: str | Path, encoding: dict[str, dict[str, Any]]) -> Path:
    out["time"].attrs = {"standard_name": "time", "axis": "T", "long_name": "time (UTC)"}
    units = _time_units(out["time"].values)
    encoding["time"] = {"dtype": "i8", "units": units, "calendar": "standard"}
    for name, variable in out.variables.items():
        variable.encoding = {}
        mine = encoding.setdefault(str(name), {})
        if variable.dtype.kind == "f":
            mine.setdefault("_FillValue", None)
        if variable.dtype.kind in "fiuM" and variable.size and variable.ndim:
            mine |= {"fletcher32": True, "zlib": True}
    made = io.BytesIO()
    out.to_netcdf(made, engine="h5netcdf", format="NETCDF4", encoding=encoding)
    content = made.getvalue()
    return write_bytes(path, content + SEAL + sha256_of(content).encode())


def _time_units(times: NDArray[np.datetime64]) -> str:
    """Coarsest unit that holds every time exactly."""
    ns = times.astype("datetime64[ns]").astype(np.int64)
    unit = next((unit for unit, size in _TIME_UNITS if not (ns % size).any()), "nanoseconds")
    return f"{unit} since 1970-01-01T00:00:00"


def _guarded(decode: Callable[[bytes, str], Any], data: bytes, name: str) -> Any:
    if not is_mine(data):
        msg = f"{name}: begins with {data[:8]!r}, expected NetCDF 4 ({MAGIC!r})"
        raise FormatError(msg)
    _refuse_cut(data, name)
    _refuse_broken_seal(data, name)
    try:
        return decode(data, name)
    except _DAMAGE as error:
        msg = f"{name}: damaged, or NetCDF of another kind ({error}); write or fetch it again"
        raise FormatError(msg) from error


def _refuse_cut(data: bytes, name: str) -> None:
    """Compare the length with the end that the superblock of HDF5 states."""
    offset = _END_OF_FILE.get(data[8]) if len(data) > 8 else None
    if offset is None or len(data) < offset + 8:
        msg = f"{name}: {len(data)} bytes without a known HDF5 superblock; fetch the file again"
        raise FormatError(msg)
    end = int.from_bytes(data[offset : offset + 8], "little")
    if end > len(data):
        msg = f"{name}: cut, {len(data):,} of {end:,} bytes; fetch the file again"
        raise FormatError(msg)


def _refuse_broken_seal(data: bytes, name: str) -> None:
    """Compare the content with the hash behind it; files saved again by others have none."""
    content, seal, digest = data.rpartition(SEAL)
    if seal and digest != sha256_of(content).encode():
        msg = f"{name}: damaged, its content does not have the hash at its end; fetch it again"
        raise FormatError(msg)


def _load(data: bytes, name: str, needed: str) -> tuple[xr.Dataset, dict[str, Any]]:
    with xr.open_dataset(io.BytesIO(data), engine="h5netcdf") as opened:
        if needed not in opened or OWN_ATTRIBUTES not in opened.attrs:
            found = ", ".join(str(v) for v in opened.variables) or "nothing"
            msg = (
                f"{name}: holds {found}, expected {needed} and the attribute {OWN_ATTRIBUTES} "
                "that seismomag writes"
            )
            raise FormatError(msg)
        if opened.nbytes > LIMIT_UNPACKED_BYTES:
            msg = f"{name}: unpacks to {opened.nbytes:,} bytes, more than {LIMIT_UNPACKED_BYTES:,}"
            raise FormatError(msg)
        own = json.loads(opened.attrs[OWN_ATTRIBUTES])
        loaded = opened.load()
    loaded = loaded.drop_vars(VARIABLES, errors="ignore")
    for variable in loaded.variables:
        loaded[variable].encoding = {}
    loaded.encoding = {}
    return loaded, from_plain(own)


def _decode_recording(data: bytes, name: str) -> xr.Dataset:
    recording, own = _load(data, name, "field")
    recording["flags"] = recording["flags"].astype(own["dtypes"]["flags"])
    for variable, attributes in own["variables"].items():
        recording[variable].attrs = attributes
    recording["time"].attrs = {}
    recording.attrs = own["attributes"]
    return check_recording(recording)


def _decode_scalogram(data: bytes, name: str) -> xr.DataArray:
    loaded, own = _load(data, name, SCALOGRAM)
    scalogram = _joined(loaded).astype(own["dtypes"].pop(SCALOGRAM))
    for variable, dtype in own["dtypes"].items():
        if scalogram[variable].dtype != dtype:
            scalogram[variable] = scalogram[variable].astype(dtype)
    for variable, attributes in own["variables"].items():
        scalogram[variable].attrs = attributes
    scalogram.attrs = own["attributes"]
    return check_scalogram(scalogram.rename(own["name"]))
