"""Stations: who they are and where they stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from seismomag.core.errors import ConfigError, FormatError

COLUMNS = ("station_code", "latitude_deg", "longitude_deg")


@dataclass(frozen=True, kw_only=True)
class Station:
    """An observatory.

    Attributes
    ----------
    station_code
        Three or four letters, as in the file names.
    latitude_deg, longitude_deg
        Geographic position (WGS84) [degrees, north and east positive].
    name
        For people.
    time_zone
        IANA name; for display and for local time, never for storage.
    """

    station_code: str
    latitude_deg: float
    longitude_deg: float
    name: str = ""
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.station_code or not self.station_code.isalnum():
            msg = f"station_code {self.station_code!r} must be letters and digits"
            raise ConfigError(msg)
        if not (-90 <= self.latitude_deg <= 90 and -180 <= self.longitude_deg <= 360):
            msg = (
                f"station {self.station_code}: position {self.latitude_deg}, "
                f"{self.longitude_deg} is not in degrees of latitude and longitude"
            )
            raise ConfigError(msg)
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            msg = (
                f"station {self.station_code}: time_zone {self.time_zone!r} is not an IANA name "
                "such as Asia/Makassar"
            )
            raise ConfigError(msg) from error

    @property
    def solar_offset_hours(self) -> float:
        """Local mean solar time minus UTC [hours]."""
        return ((self.longitude_deg + 180) % 360 - 180) / 15


def read_stations(path: str | Path) -> tuple[Station, ...]:
    """Read a list of stations.

    Parameters
    ----------
    path
        A CSV file with the columns ``station_code, latitude_deg, longitude_deg`` and,
        optionally, ``name, time_zone``.

    Returns
    -------
    stations
        In the order of the file.

    Raises
    ------
    FormatError
        It is no such file, a column is missing, or a code stands twice.
    """
    try:
        table = pd.read_csv(path, dtype={"station_code": str}, keep_default_na=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        msg = f"{path}: no CSV in UTF-8 ({error}); expected the columns {', '.join(COLUMNS)}"
        raise FormatError(msg) from error
    absent = [column for column in COLUMNS if column not in table]
    if absent:
        msg = f"{path}: no column {', '.join(absent)}; found {', '.join(table.columns)}"
        raise FormatError(msg)
    twice = sorted(table.loc[table["station_code"].duplicated(), "station_code"].unique())
    if twice:
        msg = f"{path}: station {', '.join(twice)} is listed twice; keep one line a station"
        raise FormatError(msg)
    known = [c for c in ("name", "time_zone") if c in table]
    return tuple(
        Station(
            station_code=row["station_code"],
            latitude_deg=float(row["latitude_deg"]),
            longitude_deg=float(row["longitude_deg"]),
            **{c: row[c] for c in known if row[c]},
        )
        for row in table.to_dict("records")
    )


def stations_table(stations: Iterable[Station]) -> pd.DataFrame:
    """Put stations into a table, one row each, indexed by ``station_code``."""
    rows = [
        (s.station_code, s.latitude_deg, s.longitude_deg, s.name, s.time_zone) for s in stations
    ]
    columns = ["station_code", "latitude_deg", "longitude_deg", "name", "time_zone"]
    return pd.DataFrame(rows, columns=columns).set_index("station_code")
