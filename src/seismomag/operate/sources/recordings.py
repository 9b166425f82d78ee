"""What every source of recordings asks of what came."""

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.recording import cut
from seismomag.operate.sources.answer import DAMAGED, NO_DATA, SourceError


def day_bounds(day: np.datetime64) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Beginning and end of a UTC day."""
    start = pd.Timestamp(day.astype("datetime64[D]"))
    return start, start + pd.Timedelta(days=1)


def within(recording: xr.Dataset, start: pd.Timestamp, end: pd.Timestamp, who: str) -> xr.Dataset:
    """Cut what was asked for out of what came.

    Raises
    ------
    SourceError
        Nothing of it lies in ``[start, end)``, or every value is missing.
    """
    inside = cut(recording, start.to_datetime64(), end.to_datetime64())
    if inside.sizes["time"] == 0:
        first = recording["time"].values[0].astype("datetime64[s]")
        msg = f"{who}: asked for {start} to {end}, the answer begins at {first} and misses it"
        raise SourceError(DAMAGED, msg)
    if not np.isfinite(inside["field"].values).any():
        msg = f"{who}: every value from {start} to {end} is missing"
        raise SourceError(NO_DATA, msg)
    return inside


def check_station(recording: xr.Dataset, station_code: str, who: str) -> xr.Dataset:
    """Refuse a recording of another station; name it where it names none.

    Raises
    ------
    SourceError
        It says another code.
    """
    found = str(recording.attrs["station_code"])
    if found and found.upper() != station_code.upper():
        msg = f"{who}: asked for station {station_code}, the answer is of {found[:10]!r}"
        raise SourceError(DAMAGED, msg)
    return recording.assign_attrs(station_code=station_code)
