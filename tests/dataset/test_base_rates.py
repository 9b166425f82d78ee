"""Base rates: by hand, and those of Indonesia."""

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import CoverageError
from seismomag.core.stations import read_stations
from seismomag.dataset.base_rates import base_rate_table, base_rates, station_base_rates
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.readers.catalogues import read_catalogue


def _table() -> pd.DataFrame:
    day = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"])
    return pd.DataFrame(
        {
            "sample_id": [str(i) for i in range(8)],
            "station_code": ["A"] * 4 + ["B"] * 4,
            "horizon_start": [*day, *day],
            "is_target": pd.array(
                [True, False, False, None, True, True, False, None], dtype="boolean"
            ),
            "event_id": ["x", None, None, None, "x", "y", None, None],
        }
    )


def test_rates_by_hand():
    rates = base_rates(_table())
    assert rates["base_rate"] == pytest.approx(3 / 6)
    assert rates["lowest_station"] == pytest.approx(1 / 3)
    assert rates["highest_station"] == pytest.approx(2 / 3)
    assert rates["any_station"] == pytest.approx(2 / 3)
    assert (rates["n_rows"], rates["n_days"], rates["n_events"]) == (6, 3, 2)
    stations = station_base_rates(_table()).set_index("station_code")
    assert stations.loc["B"].tolist() == pytest.approx([2 / 3, 3, 2])
    assert base_rate_table([("one", _table())])["rule"].tolist() == ["one"]


def test_nothing_known_is_said():
    with pytest.raises(CoverageError, match="no label is known"):
        base_rates(_table().iloc[[3, 7]])


PUBLISHED = (
    (5.0, 300.0, (0.17, 0.31, 0.52), (0.91, 0.98)),
    (5.0, 500.0, (0.31, 0.51, 0.74), (0.95, 0.99)),
    (5.0, "dobrovolsky", (0.11, 0.21, 0.37), (0.79, 0.94)),
    (4.5, "dobrovolsky", (0.18, 0.31, 0.51), (0.95, 0.99)),
    (6.0, 500.0, (0.03, 0.05, 0.11), (0.24, 0.42)),
)


@pytest.fixture(scope="module")
def indonesia(real_data):
    stations = read_stations(real_data / "bmkg" / "stations.csv")
    return stations, read_catalogue(real_data / "catalogues" / "bmkg_2018-01_2025-08.csv.xz")


@pytest.mark.real_data
@pytest.mark.parametrize(("magnitude", "radius", "rates", "any_station"), PUBLISHED)
def test_base_rates_of_the_indonesian_network(
    indonesia, weather, magnitude, radius, rates, any_station
):
    """Rates of the design's table (24 stations, 2018-2021 and 2023 to August 2025)."""
    stations, catalogue = indonesia
    for i, horizon_days in enumerate((7, 14, 30)):
        rule = LabelRule(
            minimum_magnitude=magnitude,
            radius=radius,
            maximum_depth_km=np.inf,
            horizon_days=horizon_days,
        )
        found = base_rates(make_samples(stations, None, rule, catalogue, weather, reach_s=0))
        assert found["base_rate"] == pytest.approx(rates[i], abs=0.02)
        if i < 2:
            assert found["any_station"] == pytest.approx(any_station[i], abs=0.02)
