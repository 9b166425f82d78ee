"""Small invented inputs that several tests of labels and splits share."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from seismomag.core.schema import Catalogue, Interval
from seismomag.core.stations import Station

MakeCatalogue = Callable[..., Catalogue]


def _catalogue(
    events: list[tuple[str, str, float, float, float, float]],
    coverage: tuple[tuple[str, str], ...] = (("2020-01-01", "2022-01-01"),),
) -> Catalogue:
    """Make a catalogue of events (id, time, latitude, longitude, depth, magnitude)."""
    columns = ["event_id", "origin_time", "latitude_deg", "longitude_deg", "depth_km", "magnitude"]
    table = pd.DataFrame(events, columns=columns).astype(
        {"event_id": "str", "origin_time": "datetime64[ns]"}
        | dict.fromkeys(columns[2:], np.float64)
    )
    table["magnitude_type"], table["source"] = "Mw", "test"
    return Catalogue(
        table.sort_values("origin_time", ignore_index=True).astype(
            {"magnitude_type": "str", "source": "str"}
        ),
        tuple(Interval(pd.Timestamp(a), pd.Timestamp(b)) for a, b in coverage),
    )


@pytest.fixture(scope="session")
def make_catalogue() -> MakeCatalogue:
    return _catalogue


@pytest.fixture(scope="session")
def stations() -> tuple[Station, ...]:
    """One at the crossing of equator and Greenwich, one ten degrees north of it."""
    return (
        Station(station_code="AAA", latitude_deg=0.0, longitude_deg=0.0),
        Station(station_code="BBB", latitude_deg=10.0, longitude_deg=0.0),
    )


@pytest.fixture(scope="session")
def weather() -> pd.DataFrame:
    """Kp and Dst of 2020 and 2021 with usual delays; Kp counts up within each day."""
    kp_time = pd.date_range("2020-01-01", "2022-01-01", freq="3h", inclusive="left", unit="ns")
    dst_time = pd.date_range("2020-01-01", "2022-01-01", freq="1h", inclusive="left", unit="ns")
    kp = pd.DataFrame({"time": kp_time, "kp": kp_time.hour / 3.0})
    kp["available_time"] = kp["time"] + pd.Timedelta(hours=4)
    dst = pd.DataFrame({"time": dst_time, "dst_nt": -dst_time.hour.to_numpy(np.float64)})
    dst["available_time"] = dst["time"] + pd.Timedelta(hours=3)
    both = pd.concat([kp, dst], ignore_index=True)
    both["f107_sfu"], both["status"] = np.nan, "final"
    return both.astype({"status": "str"}).sort_values("time", kind="stable", ignore_index=True)
