import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError
from seismomag.core.geodesy import distance_km
from seismomag.core.schema import check_catalogue
from seismomag.dataset.decluster import gardner_knopoff
from seismomag.simulate import SeismicityPlan
from seismomag.simulate.families import is_independent
from seismomag.simulate.seismicity import make_catalogue

START = np.datetime64("2014-01-01")


def test_catalogue_keeps_its_contract_and_covers_the_span(stations):
    catalogue, mainshocks = make_catalogue(SeismicityPlan(), stations, START, 500, 3)
    events = check_catalogue(catalogue).events
    (span,) = catalogue.coverage
    assert (span.start, span.end) == (START, START + np.timedelta64(500, "D"))
    assert events["origin_time"].between(span.start, span.end, inclusive="left").all()
    assert events["magnitude"].between(4.5, 6.8).all()
    assert set(events["event_id"][~events["event_id"].str.contains("A")]) <= mainshocks


@given(seed=st.integers(0, 1_000))
@settings(max_examples=5, deadline=None)
def test_catalogue_depends_on_nothing_but_its_arguments(stations, seed):
    first, second = (make_catalogue(SeismicityPlan(), stations, START, 60, seed)[0] for _ in "ab")
    assert first.events.equals(second.events)


def test_mainshocks_are_poisson(stations):
    plan = SeismicityPlan(mainshocks_per_station_day=0.02, aftershock_productivity=0)
    counts, gaps = [], []
    for seed in range(40):
        events = make_catalogue(plan, stations, START, 300, seed)[0].events
        strong = events[events["magnitude"] >= 5]
        counts.append(len(strong))
        gaps += list(np.diff(strong["origin_time"]) / np.timedelta64(1, "D"))
    expected = 0.02 * 3 * 300
    assert abs(np.mean(counts) - expected) < 3 * np.sqrt(expected / 40)
    assert 0.5 < np.var(counts) / np.mean(counts) < 1.7
    # The gaps of a Poisson process scatter as much as they last.
    npt.assert_allclose(np.std(gaps) / np.mean(gaps), 1, atol=0.15)


def test_magnitudes_follow_gutenberg_and_richter(stations):
    plan = SeismicityPlan(mainshocks_per_station_day=2.0, aftershock_productivity=0)
    magnitude = make_catalogue(plan, stations, START, 600, 1)[0].events["magnitude"]
    counts = [(magnitude >= m).sum() for m in (4.5, 5.0, 5.5, 6.0)]
    npt.assert_allclose(np.log10(np.array(counts[:-1]) / counts[1:]), 0.5, atol=0.06)


def test_mainshocks_scatter_about_the_stations(stations):
    plan = SeismicityPlan(mainshocks_per_station_day=0.5, aftershock_productivity=0)
    events = make_catalogue(plan, stations[:1], START, 400, 2)[0].events
    apart = distance_km(
        stations[0].latitude_deg,
        stations[0].longitude_deg,
        events["latitude_deg"],
        events["longitude_deg"],
    )
    npt.assert_allclose(np.sqrt(np.mean(apart**2) / 2), 90, rtol=0.1)


def test_aftershocks_are_later_near_smaller_and_decay_as_omori_says(stations):
    plan = SeismicityPlan(aftershock_productivity=2.0)
    events = make_catalogue(plan, stations, START, 3_000, 4)[0].events
    after = events[events["event_id"].str.contains("A")]
    main = events.set_index("event_id").loc[after["event_id"].str[:7]]
    lag_days = (after["origin_time"].values - main["origin_time"].values) / np.timedelta64(1, "D")
    apart = distance_km(
        main["latitude_deg"], main["longitude_deg"], after["latitude_deg"], after["longitude_deg"]
    )
    assert (lag_days >= 0).all()
    assert lag_days.max() <= 100
    assert np.median(apart) < 15
    assert (after["magnitude"].values <= main["magnitude"].values - 0.29).all()
    # N(0, t) of (t + c)^-p: share of the first day among the first ten.
    early = (lag_days < 1).sum() / (lag_days < 10).sum()
    total = [(t + 0.02) ** -0.1 - 0.02**-0.1 for t in (1, 10)]
    npt.assert_allclose(early, total[0] / total[1], atol=0.03)


def test_independent_events_are_those_of_the_labels_declustering(stations):
    plan = SeismicityPlan(mainshocks_per_station_day=0.06)
    for seed in range(4):
        events = make_catalogue(plan, stations, START, 500, seed)[0].events
        theirs = gardner_knopoff(events).set_index("event_id")["is_mainshock"]
        npt.assert_array_equal(is_independent(events), theirs.loc[events["event_id"]])


def test_demo_has_as_many_targets_as_the_prototype(stations):
    counts = []
    for seed in range(20):
        events = make_catalogue(SeismicityPlan(), stations, START, 3_060, seed)[0].events
        strong = events[(events["magnitude"] >= 5)]
        strong = strong[is_independent(strong)]
        apart = [
            distance_km(s.latitude_deg, s.longitude_deg, strong.latitude_deg, strong.longitude_deg)
            for s in stations
        ]
        reach_km = 10 ** (0.43 * strong["magnitude"].to_numpy())
        when = strong[np.min(apart, axis=0) <= reach_km]["origin_time"]
        day = (when - START) / np.timedelta64(1, "D")
        spans = [(0, 900), (930, 1_330), (1_360, 3_060)]
        counts.append([((day >= a) & (day < b)).sum() for a, b in spans])
    train, validation, test = np.mean(counts, axis=0)
    assert 22 <= train <= 26
    assert 7 <= validation <= 13
    assert 40 <= test <= 48


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"b_value": 0}, "b_value must be larger than 0"),
        ({"maximum_magnitude": 4.0}, "magnitudes must rise"),
        ({"omori_p": 1}, "omori_p not 1"),
        ({"depth_km": [30, 10]}, "two rising depths"),
        ({"mainshocks_per_station_day": -0.1}, "number of 0 or more"),
    ],
)
def test_nonsense_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        SeismicityPlan(**change)
