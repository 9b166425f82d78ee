"""Clusters of earthquakes: by hand, by law, by brute force."""

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest

from seismomag.core.errors import SchemaError
from seismomag.core.geodesy import distance_km
from seismomag.dataset.decluster import gardner_knopoff, window_days, window_km


def _events(rng: np.random.Generator, n: int, days: float = 3000.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "origin_time": pd.Timestamp("2000-01-01")
            + pd.to_timedelta(rng.uniform(0, days, n), unit="D"),
            "latitude_deg": rng.uniform(-3, 3, n),
            "longitude_deg": rng.uniform(-3, 3, n),
            "magnitude": np.round(4 + rng.exponential(0.5, n), 1),
        }
    ).astype({"event_id": "str"})


def test_windows_by_hand():
    # 10^(0.1238 * 5 + 0.983) = 10^1.602; 10^(0.5409 * 5 - 0.547) = 10^2.1575;
    # 10^(0.032 * 7 + 2.7389) = 10^2.9629.
    npt.assert_allclose(window_km(5.0), 39.9945, rtol=1e-5)
    npt.assert_allclose(window_days([5.0, 7.0]), [143.7143, 918.121], rtol=1e-5)


def test_aftershock_foreshock_and_strangers_by_hand():
    events = pd.DataFrame(
        [
            ("fore", "2020-01-01", 0.0, 4.0),  # a window of 41 days reaches the mainshock
            ("early", "2019-11-01", 0.0, 4.0),  # one that ends before it
            ("main", "2020-01-20", 0.0, 6.0),
            ("after", "2021-01-01", 0.3, 5.9),  # 347 days later, 33 km away
            ("late", "2021-12-01", 0.0, 5.0),  # after 500 days
            ("far", "2020-01-21", 1.0, 5.0),  # 111 km, radius 53 km
        ],
        columns=["event_id", "origin_time", "latitude_deg", "magnitude"],
    ).astype({"origin_time": "datetime64[ns]"})
    found = gardner_knopoff(events.assign(longitude_deg=0.0)).set_index("event_id")
    assert found["cluster_id"].to_dict() == {
        "fore": "main",
        "early": "early",
        "main": "main",
        "after": "main",
        "late": "late",
        "far": "far",
    }
    assert list(found.index[found["is_mainshock"]]) == ["early", "main", "late", "far"]


def _brute_force(events: pd.DataFrame) -> dict[str, str]:
    rows = events.sort_values(["origin_time", "event_id"]).sort_values(
        "magnitude", ascending=False, kind="stable"
    )
    leader: dict[str, str] = {}
    for main in rows.itertuples():
        if main.event_id in leader:
            continue
        leader[main.event_id] = main.event_id
        for other in rows.itertuples():
            gap = (other.origin_time - main.origin_time) / pd.Timedelta(days=1)
            reach = window_days(main.magnitude) if gap >= 0 else window_days(other.magnitude)
            apart = distance_km(
                main.latitude_deg, main.longitude_deg, other.latitude_deg, other.longitude_deg
            )
            if (
                other.event_id not in leader
                and abs(gap) <= reach
                and apart <= window_km(main.magnitude)
            ):
                leader[other.event_id] = main.event_id
    return leader


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_a_double_loop_in_any_order(seed):
    rng = np.random.default_rng(seed)
    events = _events(rng, 120).sample(frac=1, random_state=seed)
    found = gardner_knopoff(events)
    assert list(found.index) == list(events.index)
    assert found.set_index("event_id")["cluster_id"].to_dict() == _brute_force(events)


def test_small_earthquakes_never_change_the_clusters_of_large_ones():
    events = _events(np.random.default_rng(4), 2000)
    large = events[events["magnitude"] >= 4.5]
    whole = gardner_knopoff(events).loc[large.index]
    pd.testing.assert_frame_equal(gardner_knopoff(large), whole)


def test_an_unknown_magnitude_follows_but_never_leads():
    events = _events(np.random.default_rng(5), 3, days=1.0)
    events["latitude_deg"] = events["longitude_deg"] = 0.0
    events["magnitude"] = [np.nan, np.nan, 6.0]
    assert set(gardner_knopoff(events.iloc[:2])["cluster_id"]) == {"e0", "e1"}
    events.loc[2, "origin_time"] = pd.Timestamp("1999-12-31")
    assert set(gardner_knopoff(events)["cluster_id"]) == {"e2"}


def test_an_event_that_stands_twice_is_refused():
    events = _events(np.random.default_rng(6), 2).assign(event_id="same")
    with pytest.raises(SchemaError, match="event_id same stands twice"):
        gardner_knopoff(events)


def test_an_empty_catalogue_has_no_clusters():
    assert gardner_knopoff(_events(np.random.default_rng(7), 0)).empty
