import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import SchemaError
from seismomag.core.stations import Station
from seismomag.operate.consensus import consensus

NEAR = [
    Station(station_code=code, latitude_deg=-8.0, longitude_deg=124.0 + i)
    for i, code in enumerate(("AAA", "BBB", "CCC"))
]
FAR = Station(station_code="FAR", latitude_deg=5.0, longitude_deg=95.0)


def table(**probability):
    n = len(probability)
    start = pd.Timestamp("2024-05-10")
    return pd.DataFrame(
        {
            "sample_id": [f"{code}_1" for code in probability],
            "station_code": list(probability),
            "issue_time": [start] * n,
            "horizon_start": [start + pd.Timedelta(days=1)] * n,
            "horizon_end": [start + pd.Timedelta(days=15)] * n,
            "probability": list(probability.values()),
            "azimuth_deg": 10.0,
            "azimuth_kappa": 1.0,
            "model_id": "small-1",
            "data_cutoff": [start - pd.Timedelta(days=100)] * n,
        }
    )


def test_two_voices_give_the_geometric_mean_of_their_odds():
    made = consensus(table(AAA=0.5, BBB=0.8), NEAR)
    assert made["probability"].round(6).tolist() == [round(2 / 3, 6)] * 2
    assert set(made["model_id"]) == {"consensus-small-1"}


def test_a_lonely_station_says_nothing():
    made = consensus(table(AAA=0.5, BBB=0.8, FAR=0.9), [*NEAR, FAR])
    assert list(made["station_code"]) == ["AAA", "BBB"]
    assert len(consensus(table(FAR=0.9), [FAR], least_stations=1)) == 1


def test_another_model_or_horizon_is_another_subject():
    mixed = table(AAA=0.5, BBB=0.8)
    mixed.loc[1, "model_id"] = "small-2"
    assert consensus(mixed, NEAR).empty


def test_a_station_without_a_place_is_refused():
    with pytest.raises(SchemaError, match="no position"):
        consensus(table(XXX=0.5), NEAR)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_the_consensus_lies_between_its_voices_and_knows_no_order(values):
    said = dict(zip(("AAA", "BBB", "CCC"), values, strict=True))
    made = consensus(table(**said), NEAR).set_index("station_code")["probability"]
    bounded = np.clip(values, 1e-6, 1 - 1e-6)
    assert ((made >= bounded.min() - 1e-12) & (made <= bounded.max() + 1e-12)).all()
    turned = consensus(table(**said).iloc[::-1].reset_index(drop=True), NEAR)
    pd.testing.assert_series_equal(
        turned.set_index("station_code")["probability"].sort_index(), made.sort_index()
    )
