"""Labels of a shifted catalogue: the quick grid equals the slow rebuilding."""

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest

from seismomag.core.errors import SchemaError
from seismomag.dataset.labels import LabelRule, ShiftGrid, make_samples, relabel, target_pairs
from seismomag.dataset.shifts import circle

RULE = LabelRule(horizon_days=5)


@pytest.fixture(scope="module")
def case(stations, weather, make_catalogue):
    rng = np.random.default_rng(3)
    events = [
        (
            f"e{i}",
            str(np.datetime64("2020-01-01T00:00:00") + rng.integers(0, 86400 * 120)),
            *rng.uniform(-0.5, 0.5, 2),
            10.0,
            5.0 + i / 100,
        )
        for i in range(9)
    ]
    catalogue = make_catalogue(events, (("2020-01-01", "2020-04-15"),))
    days = pd.DataFrame(
        {
            "station_code": pd.Series(["AAA", "BBB"] * 110, dtype="str"),
            "day": np.repeat(pd.date_range("2020-01-01", periods=110, unit="ns"), 2),
        }
    )
    samples = make_samples(stations, days, RULE, catalogue, weather, reach_s=540)
    return samples, target_pairs(stations, catalogue, RULE)


def test_a_shift_of_zero_changes_nothing(case):
    samples, pairs = case
    pdt.assert_frame_equal(relabel(samples, pairs, RULE, 0), samples)


def test_the_grid_equals_the_rebuilt_table_for_every_shift(case):
    samples, pairs = case
    grid = ShiftGrid.of(samples, pairs, RULE)
    shifts = np.arange(grid.n_days)
    quick = grid.labels(shifts)
    for shift in shifts:
        slow = relabel(samples, pairs, RULE, int(shift))
        assert slow["is_target"].isna().equals(samples["is_target"].isna())
        known = slow["is_target"].dropna().to_numpy(dtype=bool)
        np.testing.assert_array_equal(quick[shift], known)
    assert quick[0].tolist() == samples["is_target"].dropna().tolist()


def test_a_whole_turn_is_no_shift(case):
    samples, pairs = case
    _, n_days = circle(samples)
    grid = ShiftGrid.of(samples, pairs, RULE)
    np.testing.assert_array_equal(grid.labels(n_days), grid.labels(0))
    whole = relabel(samples, pairs, RULE, n_days)
    pdt.assert_series_equal(whole["is_target"], samples["is_target"])


def test_an_event_moves_with_its_distance_and_leads(case):
    samples, pairs = case
    first, n_days = circle(samples)
    moved = relabel(samples, pairs, RULE, 7)
    named = moved.dropna(subset=["event_id"]).merge(
        pairs, on=["event_id", "station_code"], suffixes=("", "_pair")
    )
    assert len(named)
    assert (named["distance_km"] == named["distance_km_pair"]).all()
    origin = named["issue_time"] + pd.to_timedelta(named["lead_time_days"], unit="D")
    shift = (origin - named["origin_time"]) / pd.Timedelta(days=1)
    assert set(shift.round(6)) <= {7.0, 7.0 - n_days}
    assert first == np.datetime64("2020-01-03")


def test_the_seam_is_the_horizons_that_hold_both_ends(case):
    samples, pairs = case
    grid = ShiftGrid.of(samples, pairs, RULE)
    assert not grid.straddles_seam(0).any()
    shift = 40
    seam = pd.Timestamp(grid.first_day) + pd.Timedelta(days=shift)
    known = samples.iloc[grid.row]
    across = (known["horizon_start"] < seam) & (known["horizon_end"] > seam)
    np.testing.assert_array_equal(grid.straddles_seam(shift), across.to_numpy())
    assert across.sum() == 2 * (RULE.horizon_days - 1)


def test_there_is_no_time_to_turn_without_rows_or_whole_days(case):
    samples, _ = case
    with pytest.raises(SchemaError, match="at least one row"):
        circle(samples.iloc[:0])
    late = samples.assign(horizon_start=samples["horizon_start"] + pd.Timedelta(hours=1))
    with pytest.raises(SchemaError, match="00:00 UTC"):
        circle(late)
