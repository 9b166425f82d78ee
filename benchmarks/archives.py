"""Invented archives for the benchmarks, as large as asked and cheap to make."""

import hashlib
from dataclasses import dataclass

import days
import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.recording import make_recording
from seismomag.core.schema import Catalogue, Interval
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.signal.grid import ScalogramGrid

FIRST = np.datetime64("2001-01-01")
SMALL = ScalogramGrid(n_frequencies=8, column_s=1200)


@dataclass(frozen=True)
class Repeating:
    """A periodic day that every station records every day; travels to worker processes."""

    seed: int = 3

    def load_day(self, station_code: str, day: np.datetime64) -> xr.Dataset:
        """Give one station-day; what differs is its identity."""
        return make_recording(
            _field(self.seed),
            day,
            sampling_hz=1.0,
            frame="HDZ",
            station_code=station_code,
            source_format="benchmark",
            source_sha256=hashlib.sha256(f"{station_code} {day}".encode()).hexdigest(),
        )


_known: dict[int, np.ndarray] = {}


def _field(seed: int) -> np.ndarray:
    if seed not in _known:
        _known[seed] = np.round(days.invented(days.DAY, seed), 2)
    return _known[seed]


def samples(n: int, grid: ScalogramGrid, n_stations: int = 10) -> pd.DataFrame:
    """Sample table of n station-days without earthquakes."""
    codes = [f"S{i:02d}" for i in range(n_stations)]
    n_days = -(-n // n_stations)
    stations = [
        Station(station_code=code, latitude_deg=-8.0, longitude_deg=100.0 + i)
        for i, code in enumerate(codes)
    ]
    dates = (FIRST + np.arange(1, n_days + 1)).astype("datetime64[ns]")
    table = pd.DataFrame(
        {
            "station_code": pd.Series(np.repeat(codes, n_days), dtype="str"),
            "day": np.tile(dates, n_stations),
        }
    )
    return make_samples(
        stations,
        table.iloc[:n],
        LabelRule(),
        _no_earthquakes(n_days),
        _quiet(n_days),
        reach_s=grid.reach_s,
    )


def _no_earthquakes(n_days: int) -> Catalogue:
    # One, far from every station: a table needs its types.
    event = {
        "event_id": "far",
        "origin_time": pd.Timestamp(FIRST),
        "latitude_deg": 60.0,
        "longitude_deg": -150.0,
        "depth_km": 10.0,
        "magnitude": 4.5,
        "magnitude_type": "Mw",
        "source": "benchmark",
    }
    table = pd.DataFrame([event]).astype(
        dict.fromkeys(("event_id", "magnitude_type", "source"), "str")
        | {"origin_time": "datetime64[ns]"}
    )
    end = pd.Timestamp(FIRST + n_days + 60)
    return Catalogue(table, (Interval(pd.Timestamp(FIRST), end),))


def _quiet(n_days: int) -> pd.DataFrame:
    times = pd.date_range(FIRST, periods=8 * (n_days + 3), freq="3h", unit="ns")
    table = pd.DataFrame({"time": times, "kp": 1.0, "dst_nt": -5.0, "f107_sfu": 100.0})
    table["status"] = pd.Series("final", index=table.index, dtype="str")
    table["available_time"] = table["time"] + pd.Timedelta(hours=4)
    return table
