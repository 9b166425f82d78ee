"""What the CF conventions want to know of the station and the origin of a NetCDF file."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import xarray as xr

from seismomag.core.errors import SchemaError
from seismomag.core.stations import Station

STATION = "station"
VARIABLES = (STATION, "latitude", "longitude")
"""Scalar variables that :func:`with_station` adds; the attributes of the object have it all."""


def with_station(out: xr.Dataset, station: Station | None) -> xr.Dataset:
    """Add the name of the station as ``timeseries_id``, and its position where it is known.

    Parameters
    ----------
    out
        With the attribute ``station_code``, or without: then nothing is added.
    station
        The same station with its position (WGS84).

    Raises
    ------
    SchemaError
        It is another station.
    """
    code = out.attrs.get("station_code")
    if station is not None and station.station_code != code:
        msg = f"station {station.station_code} for data of station {code}; give the same one"
        raise SchemaError(msg)
    if not code:
        return out
    coords: dict[str, Any] = {
        STATION: ((), str(code), {"cf_role": "timeseries_id", "long_name": "station code"})
    }
    if station is not None:
        for axis, value in (
            ("latitude", station.latitude_deg),
            ("longitude", station.longitude_deg),
        ):
            units = "degrees_north" if axis == "latitude" else "degrees_east"
            described = {"standard_name": axis, "long_name": axis, "units": units}
            coords[axis] = ((), float(value), described)
    return out.assign_coords(coords)


def origin(attributes: Mapping[Any, Any]) -> dict[str, str]:
    """Give the global attributes ``source`` and ``history`` of CF.

    Without a date, so that equal data give equal bytes. Who runs the station is not known here,
    so there is no ``institution``.
    """
    of = str(attributes.get("source_format") or "")
    digest = str(attributes.get("source_sha256") or attributes.get("inputs_sha256") or "")
    kind = f"magnetometer recording, {of}" if of else "magnetometer recordings"
    made = f"written by seismomag {version('seismomag')}"
    return {"source": kind, "history": made + (f" from SHA-256 {digest}" if digest else "")}
