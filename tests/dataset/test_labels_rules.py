"""What a label rule may ask for beyond magnitude and radius, each by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError
from seismomag.core.schema import SPACE_WEATHER_COLUMNS, Catalogue, empty_table
from seismomag.core.stations import Station, read_stations
from seismomag.dataset.base_rates import base_rates, station_identity_auc
from seismomag.dataset.coverage_completeness import completeness_sentences, incomplete_periods
from seismomag.dataset.labels import LabelRule, make_samples, relabel, target_pairs, why_unknown
from seismomag.dataset.labels_unknown import (
    AFTER_EARTHQUAKE,
    INCOMPLETE,
    NOT_COVERED,
    unknown_sentences,
)
from seismomag.dataset.rule import local_energy
from seismomag.readers.catalogues import read_catalogue

NO_WEATHER = empty_table(SPACE_WEATHER_COLUMNS)
HERE = (Station(station_code="AAA", latitude_deg=0.0, longitude_deg=0.0),)
KM_PER_DEG = 110.574


def days(first: str, n: int, code: str = "AAA") -> pd.DataFrame:
    return pd.DataFrame({"station_code": code, "day": pd.date_range(first, periods=n)})


def samples_of(catalogue: Catalogue, rule: LabelRule, table: pd.DataFrame) -> pd.DataFrame:
    return make_samples(HERE, table, rule, catalogue, NO_WEATHER, reach_s=540).set_index(
        "sample_id"
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"radius": "energetic"}, "'energy' or kilometres"),
        ({"minimum_energy": 0.0}, "minimum_energy=0.0 must exceed 0"),
        ({"energy_over": "week"}, "none of day, event"),
        ({"minimum_by_type": {"mb": 4.8, "MB": 5.0}}, "names a type twice"),
        ({"minimum_by_type": {"mb": 4.2}}, "smallest magnitude of a target .4.2."),
        ({"naming": "strongest"}, "largest, nearest, highest_energy"),
        ({"declustering": "reasenberg"}, "none of gardner_knopoff, nearest_neighbour"),
        ({"horizon_start_days": 1}, "is in time only for 2 or more"),
        ({"post_seismic_days": -1}, "must not be negative"),
    ],
)
def test_nonsense_is_refused(wrong, message):
    with pytest.raises(ConfigError, match=message):
        LabelRule(**wrong)


def test_each_magnitude_type_has_its_own_threshold(make_catalogue):
    catalogue = make_catalogue(
        [
            ("mb_weak", "2020-02-01", 0.1, 0, 10, 4.7),
            ("mb_strong", "2020-02-02", 0.1, 0, 10, 4.9),
            ("mw", "2020-02-03", 0.1, 0, 10, 4.6),
            ("bare", "2020-02-04", 0.1, 0, 10, 4.6),
        ]
    )
    events = catalogue.events.assign(magnitude_type=pd.Series(["MB", "mb", "Mw", ""], dtype="str"))
    rule = LabelRule(minimum_by_type={"mb": 4.8})
    found = target_pairs(HERE, replace(catalogue, events=events), rule)
    assert list(found["event_id"]) == ["mb_strong", "mw", "bare"]
    assert rule.least_magnitude == 4.5


def test_energy_by_hand(make_catalogue):
    """M 5 has 10 ** 12.3 J: 1e8 J/km2 at 141 km."""
    catalogue = make_catalogue(
        [
            ("near", "2020-02-01", 140 / KM_PER_DEG, 0, 10, 5.0),
            ("far", "2020-02-05", 143 / KM_PER_DEG, 0, 10, 5.0),
            ("on_top", "2020-02-09", 0, 0, 10, 2.0),
        ]
    )
    rule = LabelRule(radius="energy", minimum_magnitude=1.0, magnitude_edges=(1.0,))
    one = replace(rule, energy_over="event")
    assert list(target_pairs(HERE, catalogue, one)["event_id"]) == ["near"]
    assert local_energy(5.0, 0.0) == local_energy(5.0, 1.0)
    assert list(target_pairs(HERE, catalogue, replace(one, minimum_energy=6e7))["event_id"]) == [
        "near",
        "far",
        "on_top",
    ]


def test_the_energies_of_a_day_add_up_and_the_highest_stands_for_it(make_catalogue):
    at = 180 / KM_PER_DEG  # 0.62e8 J/km2 for M 5
    catalogue = make_catalogue(
        [
            ("a", "2020-02-01T01:00", at, 0, 10, 5.0),
            ("b", "2020-02-01T23:00", at, 0, 10, 5.02),
            ("c", "2020-02-02T00:30", at, 0, 10, 5.0),
            ("d", "2020-02-09T00:30", 0.1, 0, 10, 5.0),
            ("e", "2020-02-09T01:30", 0.2, 0, 10, 5.0),
        ]
    )
    rule = LabelRule(radius="energy")
    assert list(target_pairs(HERE, catalogue, rule)["event_id"]) == ["b", "d", "e"]
    alone = replace(rule, energy_over="event")
    assert list(target_pairs(HERE, catalogue, alone)["event_id"]) == ["d", "e"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["day", "event"]))
def test_energy_pairs_are_those_of_loops(seed, over):
    rng = np.random.default_rng(seed)
    n = 40
    table = pd.DataFrame(
        {
            "event_id": pd.Series([f"e{i:02}" for i in range(n)], dtype="str"),
            "origin_time": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(np.sort(rng.uniform(0, 12, n)), unit="D"),
            "latitude_deg": rng.uniform(-6, 6, n),
            "longitude_deg": rng.uniform(-6, 6, n),
            "depth_km": 10.0,
            "magnitude": rng.uniform(4.5, 6.5, n),
            "magnitude_type": pd.Series(["M"] * n, dtype="str"),
            "source": pd.Series(["x"] * n, dtype="str"),
        }
    )
    rule = LabelRule(radius="energy", energy_over=over, minimum_energy=3e8)
    stations = (*HERE, Station(station_code="BBB", latitude_deg=3.0, longitude_deg=3.0))
    found = target_pairs(stations, Catalogue(table, ()), rule)
    wide = target_pairs(stations, Catalogue(table, ()), replace(rule, radius=20_000.0))
    wide["es"] = local_energy(wide["magnitude"], wide["distance_km"])
    expected = set()
    for (code, _), mine in wide.groupby(["station_code", wide["origin_time"].dt.floor("D")]):
        expected |= {(e, code) for e in mine.loc[mine["es"] >= 3e8, "event_id"]}
        if over == "day" and mine["es"].sum() >= 3e8:
            expected.add((mine.loc[mine["es"].idxmax(), "event_id"], code))
    assert set(zip(found["event_id"], found["station_code"], strict=True)) == expected


def test_the_highest_energy_names_a_row(make_catalogue):
    catalogue = make_catalogue(
        [
            ("large", "2020-02-03", 1.2, 0, 10, 5.0),
            ("close", "2020-02-04", 0.1, 0, 10, 4.6),
        ]
    )
    table = days("2020-01-25", 1)
    named = {
        naming: samples_of(catalogue, LabelRule(naming=naming), table)["event_id"].iloc[0]
        for naming in ("largest", "nearest", "highest_energy")
    }
    assert named == {"largest": "large", "nearest": "close", "highest_energy": "close"}


def test_a_later_horizon_starts_later_and_peeks_no_further(make_catalogue, weather):
    catalogue = make_catalogue([("x", "2020-02-10T12:00", 0.1, 0, 10, 5.0)])
    rule = LabelRule(horizon_days=3, horizon_start_days=5)
    found = make_samples(HERE, days("2020-01-28", 14), rule, catalogue, weather, reach_s=540)
    hit = found.loc[found["is_target"].fillna(value=False), "window_start"]
    # Horizon [D + 5, D + 8) holds 10 February for D = 3..5 February.
    assert list(hit) == list(pd.date_range("2020-02-03", periods=3))
    usual = make_samples(HERE, days("2020-01-28", 14), LabelRule(), catalogue, weather, reach_s=540)
    for column in ("window_start", "issue_time", "kp_max", "dst_min_nt"):
        pd.testing.assert_series_equal(found[column], usual[column])
    first = make_samples(HERE, None, rule, catalogue, weather, reach_s=540)["window_start"].min()
    assert first == pd.Timestamp("2020-01-01") - pd.Timedelta(days=5)


def test_days_after_an_earthquake_are_unknown_not_quiet(make_catalogue):
    catalogue = make_catalogue(
        [
            ("x", "2020-02-10T12:00", 0.1, 0, 10, 5.0),
            ("far", "2020-03-20T12:00", 40, 0, 10, 5.0),
        ]
    )
    rule = LabelRule(post_seismic_days=3, horizon_days=7)
    table = days("2020-02-01", 60)
    found = samples_of(catalogue, rule, table)
    unknown = found.index[found["is_target"].isna()]
    # The window of the 10th holds it; three days end at noon of the 13th. The window of the 9th
    # ends at nine minutes past midnight of the 10th.
    assert list(unknown) == [f"AAA_202002{day}" for day in (10, 11, 12, 13)]
    assert found.loc["AAA_20200204", "is_target"]
    reason = why_unknown(found.reset_index(), HERE, catalogue, rule)
    assert set(reason) == {"", AFTER_EARTHQUAKE}
    (said,) = unknown_sentences(found, reason)
    assert said.startswith("4 of 60 station-days are unknown: the window holds or closely follows")


def test_aftershocks_disturb_too_and_unknown_rows_stay_so_under_shifts(make_catalogue):
    catalogue = make_catalogue(
        [
            ("main", "2020-02-10T12:00", 0.1, 0, 10, 6.0),
            ("after", "2020-02-20T12:00", 0.1, 0, 10, 5.0),
        ]
    )
    rule = LabelRule(post_seismic_days=1, mainshocks_only=True)
    found = make_samples(HERE, days("2020-02-01", 60), rule, catalogue, NO_WEATHER, reach_s=540)
    unknown = found["is_target"].isna()
    assert set(found.loc[unknown, "window_start"].dt.day) == {10, 11, 20, 21}
    moved = relabel(found, target_pairs(HERE, catalogue, rule), rule, 9)
    assert moved["is_target"].isna().equals(unknown)


def test_no_peek_what_follows_the_issue_time_never_makes_a_row_unknown(make_catalogue):
    table = days("2020-02-01", 20)
    rule = LabelRule(post_seismic_days=30)
    quiet = samples_of(make_catalogue([]), rule, table)
    later = samples_of(make_catalogue([("x", "2020-02-10T12:00", 0, 0, 1, 5.0)]), rule, table)
    before = table["day"] < "2020-02-10"
    assert not later["is_target"].isna().to_numpy()[before].any()
    assert not quiet["is_target"].isna().any()


def _uneven(make_catalogue) -> Catalogue:
    rng = np.random.default_rng(0)
    rows = []
    for year, least in ((2020, 5.0), (2021, 4.0)):
        size = np.round(least - 0.05 + rng.exponential(0.43, 300), 1)
        stamp = pd.Timestamp(f"{year}-01-02") + pd.to_timedelta(rng.uniform(0, 360, 300), unit="D")
        rows += [
            (f"{year}_{i}", str(t), 60.0, 60.0, 10, m)
            for i, (t, m) in enumerate(zip(stamp, size, strict=True))
        ]
    return make_catalogue(rows)


def test_incomplete_years_are_said_and_unknown_if_asked(make_catalogue):
    catalogue, rule = _uneven(make_catalogue), LabelRule()
    (bad,) = incomplete_periods(catalogue, 4.5)
    assert (bad.start, bad.end) == (pd.Timestamp("2020-01-01"), pd.Timestamp("2021-01-01"))
    assert incomplete_periods(catalogue, 5.0) == ()
    assert (
        "2020: the list is complete only from M 5.0, the rule counts from M 4.5; days without"
        in (completeness_sentences(catalogue, rule)[0])
    )
    strict = replace(rule, require_completeness=True)
    assert "are unknown" in completeness_sentences(catalogue, strict)[0]
    table = pd.concat([days("2020-12-10", 40), days("2021-12-20", 1)])
    found = samples_of(catalogue, strict, table)["is_target"]
    assert samples_of(catalogue, rule, table)["is_target"].isna().sum() == 1
    # Known from the day whose horizon begins on 1 January.
    assert found.isna().sum() == 21 - 1 + 1
    assert not pd.isna(found["AAA_20201230"])
    reasons = why_unknown(
        make_samples(HERE, table, strict, catalogue, NO_WEATHER, reach_s=0),
        HERE,
        catalogue,
        strict,
    )
    assert reasons.value_counts().to_dict() == {"": 20, INCOMPLETE: 20, NOT_COVERED: 1}


def test_too_few_events_show_nothing(make_catalogue):
    catalogue = make_catalogue([("x", "2020-02-10", 0, 0, 10, 6.0)])
    assert incomplete_periods(catalogue, 4.5) == ()
    assert (
        "fewer than 50 complete events in 2020" in completeness_sentences(catalogue, LabelRule())[0]
    )


def test_a_forecast_that_knows_the_station_only():
    table = pd.DataFrame(
        {
            "station_code": ["A"] * 4 + ["B"] * 4,
            "is_target": pd.array([1, 1, 1, 0, 1, 0, 0, 0], dtype="boolean"),
        }
    )
    # Of 4 x 4 pairs: A above B in 3 x 3, equal in 3 x 1 + 1 x 3.
    assert station_identity_auc(table) == pytest.approx((9 + 3) / 16)
    assert np.isnan(station_identity_auc(table[table["station_code"] == "A"].head(3)))


@pytest.mark.real_data
@pytest.mark.parametrize("least", [0.0, 4.5])
def test_base_rates_by_energy_are_those_of_the_design(real_data, least):
    """Es > 1e8 for each event: 0.27, 0.44, 0.68; on any day 0.95 and 0.99."""
    stations = read_stations(real_data / "bmkg" / "stations.csv")
    catalogue = read_catalogue(real_data / "catalogues" / "bmkg_2018-01_2025-08.csv.xz")
    for horizon_days, rate, any_station in ((7, 0.27, 0.95), (14, 0.44, 0.99), (30, 0.68, 1.0)):
        rule = LabelRule(
            radius="energy",
            energy_over="event",
            minimum_magnitude=least,
            magnitude_edges=(0.0,),
            maximum_depth_km=np.inf,
            horizon_days=horizon_days,
        )
        found = base_rates(make_samples(stations, None, rule, catalogue, NO_WEATHER, reach_s=0))
        assert found["base_rate"] == pytest.approx(rate, abs=0.02)
        assert found["any_station"] == pytest.approx(any_station, abs=0.02)
