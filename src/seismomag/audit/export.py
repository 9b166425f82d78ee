"""Hand alarms over to other tools."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.core.atomic import write_text
from seismomag.core.errors import ConfigError
from seismomag.core.stations import Station

ALARM_COLUMNS = (
    "lon",
    "lat",
    "start_time",
    "end_time",
    "magnitude_min",
    "magnitude_max",
    "alarm_score",
    "alarm",
    "station_code",
)


def alarm_table(
    forecast: pd.DataFrame,
    stations: Iterable[Station],
    *,
    threshold: float,
    minimum_magnitude: float,
    maximum_magnitude: float = 10.0,
) -> pd.DataFrame:
    """One alarm cell for each forecast row, at the place of its station.

    The columns follow the alarm-based CSV loader proposed for pyCSEP (pull request 283, not in its
    version 0.8.0): ``lon, lat, alarm_score, magnitude_min`` are those that it asks for, the rest
    is carried along. A station stands for the region in whose range targets count; cells overlap
    and repeat in time, so a spatial test in pyCSEP needs one station and one window at a time.

    Parameters
    ----------
    forecast
        Forecast table.
    stations
        All stations of the forecast.
    threshold
        Frozen threshold of the rows.
    minimum_magnitude, maximum_magnitude
        Of the targets.

    Raises
    ------
    ConfigError
        A station of the forecast has no position.
    """
    place = {s.station_code: (s.longitude_deg, s.latitude_deg) for s in stations}
    codes = forecast["station_code"].astype(str)
    unknown = sorted(set(codes) - set(place))
    if unknown:
        msg = f"no position of station {', '.join(unknown)}; give every station of the forecast"
        raise ConfigError(msg)
    where = np.array([place[code] for code in codes], dtype=np.float64).reshape(-1, 2)
    table = pd.DataFrame(
        {
            "lon": where[:, 0],
            "lat": where[:, 1],
            "start_time": forecast["horizon_start"].dt.strftime("%Y-%m-%dT%H:%M:%S"),
            "end_time": forecast["horizon_end"].dt.strftime("%Y-%m-%dT%H:%M:%S"),
            "magnitude_min": minimum_magnitude,
            "magnitude_max": maximum_magnitude,
            "alarm_score": forecast["probability"],
            "alarm": (forecast["probability"] >= threshold).astype(np.int64),
            "station_code": codes,
        }
    )
    return table.sort_values(["start_time", "station_code"], ignore_index=True)


def write_alarms(table: pd.DataFrame, path: str | Path) -> Path:
    """Write an alarm table as CSV."""
    return write_text(path, table.to_csv(index=False, lineterminator="\n"))
