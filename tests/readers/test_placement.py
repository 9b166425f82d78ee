"""Stamps are evidence: placed, never rounded away, and every fault is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import FormatError
from seismomag.core.flags import Flag
from seismomag.readers.placement import place_on_grid

START = np.datetime64("2024-05-10T00:00:00", "ns")
SECOND = 1_000_000_000


def stamps(seconds) -> np.ndarray:
    return START.astype(np.int64) + np.round(np.asarray(seconds) * 1e9).astype(np.int64)


def ramp(n: int) -> np.ndarray:
    return np.arange(3 * n, dtype=float).reshape(3, n)


def test_regular_stamps_change_nothing() -> None:
    placed = place_on_grid(stamps(np.arange(100)), ramp(100), name="day")
    assert placed.start == START
    assert placed.sampling_hz == 1.0
    assert placed.clock_faults == ()
    assert not placed.flags.any()
    np.testing.assert_array_equal(placed.field_nt, ramp(100))


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(0, 199), min_size=150), st.sampled_from([0.1, 1.0, 60.0]))
def test_gaps_become_nan_and_every_sample_keeps_its_time(kept, step_s) -> None:
    index = np.array(sorted(kept))
    field = ramp(200)[:, index]
    placed = place_on_grid(stamps(index * step_s), field, name="day")
    assert placed.sampling_hz == pytest.approx(1 / step_s)
    assert placed.start == START + np.timedelta64(round(index[0] * step_s * 1e9), "ns")
    expected = np.full((3, index[-1] - index[0] + 1), np.nan)
    expected[:, index - index[0]] = field
    np.testing.assert_array_equal(placed.field_nt, expected)
    assert placed.clock_faults == ()


def test_a_jump_is_told_with_its_size_and_flagged_from_there() -> None:
    minutes = np.arange(60) * 60.0
    minutes[40:] += 21
    placed = place_on_grid(stamps(minutes), ramp(60), name="day")
    assert "the clock jumps by +21 s at 2024-05-10 00:40:21, 81 s" in placed.clock_faults[0]
    assert not (placed.flags[0, :40] & Flag.CLOCK).any()
    assert (placed.flags[0, 40:] & Flag.CLOCK).all()
    assert placed.field_nt.shape == (3, 60)


def test_stamps_off_the_minute_stay_and_are_told() -> None:
    placed = place_on_grid(stamps(47 + 60 * np.arange(10)), ramp(10), name="day")
    assert placed.start == START + np.timedelta64(47, "s")
    assert "-13 s off the whole 60 s" in placed.clock_faults[0]
    assert (placed.flags & Flag.CLOCK).all()


def test_of_two_samples_for_one_time_the_first_stays() -> None:
    seconds = [0, 1, 2, 2, 3, 4, 5, 6]
    field = ramp(8)
    placed = place_on_grid(stamps(seconds), field, name="day")
    np.testing.assert_array_equal(placed.field_nt[0], [0, 1, 2, 4, 5, 6, 7])
    assert "1 grid points are claimed by more than one stamp" in placed.clock_faults[0]
    assert placed.flags[0, 2] == Flag.CLOCK


def test_a_backward_step_is_told() -> None:
    seconds = np.concatenate([np.arange(20), np.arange(15, 40)])
    placed = place_on_grid(stamps(seconds), ramp(45), name="day")
    assert any("steps back by 4 s at 2024-05-10 00:00:15" in s for s in placed.clock_faults)
    assert placed.field_nt.shape[1] == 40
    assert (placed.flags[0, 15:20] & Flag.CLOCK).all()


def test_one_stray_stamp_cannot_overwrite_another_sample() -> None:
    seconds = np.arange(50.0)
    seconds[10] = 30
    placed = place_on_grid(stamps(seconds), ramp(50), name="day")
    assert placed.field_nt[0, 30] == 30
    assert np.isnan(placed.field_nt[0, 10])
    assert "out of sequence" in placed.clock_faults[0]


def test_jitter_below_the_tolerance_is_no_fault() -> None:
    rng = np.random.default_rng(1)
    seconds = np.arange(100) + rng.uniform(-0.004, 0.004, 100)
    placed = place_on_grid(stamps(seconds), ramp(100), name="day")
    assert placed.sampling_hz == 1.0
    assert placed.field_nt.shape == (3, 100)
    assert not [s for s in placed.clock_faults if "jumps" in s]


def test_many_faults_are_counted_not_listed() -> None:
    seconds = np.cumsum(np.where(np.arange(100) % 4 == 0, 1.3, 1.0))
    placed = place_on_grid(stamps(seconds), ramp(100), name="day")
    assert len(placed.clock_faults) < 15
    assert any("more like it" in s for s in placed.clock_faults)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ([0.0], "at least two"),
        ([5.0, 5.0, 5.0], "never move forward"),
        ([0.0, 1.0, 2.0, 3.0e9], "a stamp must be wrong"),
        ([-7e9, 0.0], "years 1900 to 2199"),
    ],
)
def test_impossible_stamps_are_refused(seconds, words) -> None:
    with pytest.raises(FormatError, match=words):
        place_on_grid(stamps(seconds), ramp(len(seconds)), name="day")


def test_a_sample_that_comes_early_goes_to_its_nearest_point_and_is_flagged() -> None:
    seconds = np.arange(50.0)
    seconds[20] -= 0.4
    placed = place_on_grid(stamps(seconds), ramp(50), name="day")
    np.testing.assert_array_equal(placed.field_nt, ramp(50))
    assert np.flatnonzero(placed.flags[0] & Flag.CLOCK).tolist() == [20]


def test_a_leap_second_takes_no_place_and_gives_its_neighbours_none() -> None:
    times = (np.datetime64("2016-12-31T23:59:57", "ns").astype(np.int64)) + SECOND * np.array(
        [0, 1, 2, 3, 3, 4, 5]
    )
    field = np.tile(np.arange(7.0), (3, 1))
    is_leap = np.arange(7) == 3
    placed = place_on_grid(times, field, name="day", is_leap=is_leap)
    np.testing.assert_array_equal(placed.field_nt[0], [0, 1, 2, 4, 5, 6])
    [fault] = placed.clock_faults
    assert fault.startswith("leap second: 1 sample(s) of 23:59:60, before 2017-01-01 00:00:00,")
    assert not placed.flags.any()
    with pytest.raises(FormatError, match="0 samples with a time"):
        place_on_grid(times[3:4], field[:, 3:4], name="day", is_leap=is_leap[3:4])
