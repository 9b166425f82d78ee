"""A list covers what its events show, and nothing between."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import SchemaError
from seismomag.core.schema import Catalogue, Interval
from seismomag.readers.catalogue_completeness import completeness, frequency_magnitude
from seismomag.readers.catalogue_coverage import (
    days_covered,
    estimate_coverage,
    longest_silence_days,
    merge_intervals,
)


def interval(start: str, end: str) -> Interval:
    return Interval(pd.Timestamp(start), pd.Timestamp(end))


def poisson(seed: int, rate_per_day: float, days: int) -> pd.Series:
    rng = np.random.default_rng(seed)
    moments = np.sort(rng.uniform(0, days, rng.poisson(rate_per_day * days)))
    return pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(moments, unit="D"))


def test_coverage_by_hand() -> None:
    days = [*pd.date_range("2025-01-01 06:00", periods=20), *pd.date_range("2025-06-01", periods=9)]
    assert estimate_coverage(pd.Series(days[::-1])) == (
        interval("2025-01-01", "2025-01-21"),
        interval("2025-06-01", "2025-06-10"),
    )


def test_one_event_covers_its_day_and_none_covers_nothing() -> None:
    one = pd.Series([pd.Timestamp("2025-01-01 23:59")])
    assert estimate_coverage(one) == (interval("2025-01-01", "2025-01-02"),)
    assert estimate_coverage(one.iloc[:0]) == ()


@pytest.mark.parametrize("rate_per_day", [0.5, 2.0, 20.0])
def test_chance_never_splits_a_poisson_process(rate_per_day: float) -> None:
    for seed in range(20):
        assert len(estimate_coverage(poisson(seed, rate_per_day, 1500))) == 1


@pytest.mark.parametrize("rate_per_day", [2.0, 8.0])
def test_a_missing_month_is_a_hole(rate_per_day: float) -> None:
    moment = poisson(1, rate_per_day, 1500)
    hole = moment.between(pd.Timestamp("2022-03-01"), pd.Timestamp("2022-04-01"))
    first, second = estimate_coverage(moment[~hole])
    assert first.end <= pd.Timestamp("2022-03-02")
    assert second.start >= pd.Timestamp("2022-03-31")


def test_a_swarm_of_aftershocks_does_not_split_the_rest() -> None:
    swarm = pd.Series(pd.date_range("2020-06-01", periods=2000, freq="5min"))
    quiet = poisson(3, 1.0, 1500)
    assert len(estimate_coverage(pd.concat([quiet, swarm]))) == 1


def test_short_silences_are_never_holes() -> None:
    assert longest_silence_days(poisson(0, 500.0, 10)) == 3.0
    assert longest_silence_days(pd.Series(pd.to_datetime(["2025-01-01"] * 5))) == 3.0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 20)), max_size=12))
def test_merged_intervals_cover_the_same_days_without_overlap(pairs: list[tuple[int, int]]) -> None:
    origin = pd.Timestamp("2025-01-01")
    one_day = pd.Timedelta(days=1)
    days = {day for start, n in pairs for day in range(start, start + n)}
    merged = merge_intervals(
        Interval(origin + s * one_day, origin + (s + n) * one_day) for s, n in pairs
    )
    assert days_covered(merged, origin, origin + 200 * one_day) == len(days)
    assert all(a.end < b.start for a, b in itertools.pairwise(merged))


def catalogue_of(magnitude: np.ndarray, start: str = "2020-01-01") -> Catalogue:
    n = len(magnitude)
    events = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "origin_time": pd.date_range(start, periods=n, freq="h"),
            "latitude_deg": 0.0,
            "longitude_deg": 0.0,
            "depth_km": 10.0,
            "magnitude": magnitude,
            "magnitude_type": "",
            "source": "",
        }
    )
    return Catalogue(events=events, coverage=(interval("2020-01-01", "2020-12-31"),))


def test_b_value_of_a_gutenberg_richter_list_is_found() -> None:
    rng = np.random.default_rng(5)
    magnitude = np.round(2.95 + rng.exponential(1 / (1.1 * np.log(10)), 5000), 1)
    mc, n, b, error = frequency_magnitude(magnitude)
    assert mc == 3.0
    assert n == 5000
    assert abs(b - 1.1) < 3 * error
    assert 0.01 < error < 0.03


def test_b_value_by_hand() -> None:
    magnitude = np.array([4.0] * 60 + [5.0] * 20)
    mc, n, b, _ = frequency_magnitude(magnitude)
    assert (mc, n) == (4.0, 80)
    assert b == pytest.approx(np.log10(np.e) / (4.25 - 3.95))


def test_completeness_by_year_counts_periods_without_events() -> None:
    table = completeness(catalogue_of(np.full(100, 4.0)), "M")
    assert table["n_events"].tolist() == [100]
    assert table["covered_fraction"].tolist() == [1.0]
    twice = pd.concat(
        [catalogue_of(np.full(60, 4.0)).events, catalogue_of(np.full(3, 4.0), "2020-03-01").events]
    )
    table = completeness(Catalogue(events=twice, coverage=()), "M")
    assert table["n_events"].tolist() == [60, 0, 3]
    assert np.isnan(table["magnitude_of_completeness"].iloc[1])
    assert np.isnan(table["b_value"].iloc[2])
    assert table["covered_fraction"].tolist() == [0, 0, 0]


def test_completeness_of_nothing_and_of_a_strange_period() -> None:
    assert completeness(catalogue_of(np.array([]))).empty
    with pytest.raises(SchemaError, match="period 'fortnight'"):
        completeness(catalogue_of(np.full(3, 4.0)), "fortnight")
