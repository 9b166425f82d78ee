"""Each fault is found where it was planted, and sound data carries no flag."""

import numpy as np
import numpy.testing as npt
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError, SchemaError
from seismomag.core.flags import Flag
from seismomag.signal import detectors
from seismomag.signal.quality import QualityPlan, disagreement, flag, summary

DAY = 86_400


def where(recording, what, component=0):
    bits = recording["flags"].values[component]
    return np.flatnonzero(bits & np.uint16(what)).tolist()


def test_sound_recording_carries_no_flag_and_keeps_its_values(recording_of, noise):
    recording = recording_of(noise(DAY, seed=1))
    flagged = flag(recording)
    npt.assert_array_equal(flagged["flags"], 0)
    xr.testing.assert_identical(flagged["field"], recording["field"])
    assert flagged.attrs == recording.attrs


def test_flagging_never_changes_a_value_and_is_settled_after_once(recording_of, noise):
    field = noise(7200, seed=2)
    field[0, 100] += 1e6
    field[1, 200:300] = np.nan
    field[2, 400] += 30
    recording = recording_of(field)
    once = flag(recording)
    npt.assert_array_equal(once["field"], field)
    npt.assert_array_equal(recording["flags"].values & ~np.uint16(Flag.MISSING), 0)
    xr.testing.assert_identical(flag(once), once)


def test_spike_is_flagged_and_its_neighbours_are_not(recording_of, noise):
    field = noise(7200, seed=3)
    field[0, 3000] += 3
    field[0, 5000] -= 3
    field[0, 6000:6003] += 4
    assert where(flag(recording_of(field)), Flag.SPIKE) == [3000, 5000, 6000, 6001, 6002]


def brute_hampel(values, floor_nt, n_sigmas):
    out = np.zeros(values.size, bool)
    for i in range(5, values.size - 5):
        window = values[i - 5 : i + 6]
        middle = np.median(window)
        spread = 1.4826 * np.median(np.abs(window - middle))
        out[i] = abs(values[i] - middle) > max(floor_nt, n_sigmas * spread)
    return out


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.01, 3), st.floats(1, 6))
def test_pruned_spike_search_equals_the_filter_evaluated_everywhere(seed, floor_nt, n_sigmas):
    rng = np.random.default_rng(seed)
    values = rng.standard_t(2, 300).cumsum() + rng.standard_t(1, 300)
    found = detectors.spikes(values, floor_nt, n_sigmas)
    npt.assert_array_equal(found, brute_hampel(values, floor_nt, n_sigmas))


def test_step_is_no_spike_and_spike_is_no_step(recording_of, noise):
    field = noise(7200, seed=4)
    field[0, 3000:] += 20
    field[1, 4000] += 20
    flagged = flag(recording_of(field))
    assert where(flagged, Flag.STEP) == [3000]
    assert where(flagged, Flag.SPIKE) == []
    assert where(flagged, Flag.STEP, 1) == []
    assert where(flagged, Flag.SPIKE, 1) == [4000]


def test_flat_line_is_flagged_from_its_first_to_its_last_sample(recording_of, noise):
    field = noise(7200, seed=5)
    field[0, 1000:1200] = field[0, 1000]
    field[1, 1000:1060] = field[1, 1000]
    flagged = flag(recording_of(field))
    assert where(flagged, Flag.FLAT) == list(range(1000, 1200))
    assert where(flagged, Flag.FLAT, 1) == []


def test_bridged_gap_is_no_flat_line(recording_of, noise):
    field = noise(7200, seed=5)
    field[0, :600] = np.nan
    field[0, 3000:3600] = np.nan
    flagged = flag(recording_of(field))
    assert where(flagged, Flag.FLAT) == []
    assert where(flagged, Flag.MISSING) == [*range(600), *range(3000, 3600)]


def test_impossible_field_is_flagged_only_where_the_main_field_is_known(recording_of, noise):
    field = noise(600, seed=6)
    field[2, 50] = -90_000
    assert where(flag(recording_of(field)), Flag.OUT_OF_RANGE, 2) == [50]
    variations = recording_of(field, is_absolute=False)
    assert where(flag(variations), Flag.OUT_OF_RANGE, 2) == []


def test_tenth_of_a_nanotesla_is_called_coarse_and_a_hundredth_is_not(recording_of, noise):
    field = noise(DAY, seed=7)
    coarse = flag(recording_of(np.round(field, 1)))
    assert len(where(coarse, Flag.QUANTISED)) == DAY
    assert where(flag(recording_of(np.round(field, 2))), Flag.QUANTISED) == []
    assert any("steps of 0.1 nT" in s for s in summary(coarse))


@pytest.mark.parametrize("step", [1.0, 0.25, 0.1, 0.01])
def test_resolution_is_the_step_of_the_values(noise, step):
    field = np.round(noise(7200, seed=8, rms_difference_nt=1.0)[0] / step) * step
    assert detectors.resolution_nt(np.diff(field)) == step


def test_resolution_of_fine_or_constant_values_is_unknown(noise):
    assert detectors.resolution_nt(np.diff(noise(7200, seed=8)[0])) is None
    assert detectors.resolution_nt(np.zeros(10)) is None


def test_wrong_layout_is_recognised_in_all_samples(recording_of):
    rng = np.random.default_rng(9)
    integers = np.clip(rng.normal(0, 14_000, (3, DAY)), -32768, 32767).astype(np.int16)
    field = integers / 10 + np.array([[38_000.0], [0.0], [32_000.0]])
    flagged = flag(recording_of(field))
    assert len(where(flagged, Flag.MISDECODE)) == DAY
    assert any("wrong layout" in s for s in summary(flagged))


def test_storm_of_the_same_size_is_no_wrong_layout():
    t = np.arange(DAY)
    field = 3000 * np.sin(2 * np.pi * t / DAY) * np.ones((3, 1))
    assert not detectors.is_misdecoded(field)


def test_clock_fault_flags_the_instant_that_its_sentence_names(recording_of, noise):
    fault = "the clock jumps by +21 s at 2025-03-01T00:10:00"
    flagged = flag(recording_of(noise(1200, seed=10), clock_faults=[fault]))
    assert where(flagged, Flag.CLOCK) == [600]
    assert f"Clock fault: {fault}." in summary(flagged)


def test_clock_fault_without_an_instant_flags_everything(recording_of, noise):
    flagged = flag(recording_of(noise(60, seed=10), clock_faults=["the clock is 13 s slow"]))
    assert len(where(flagged, Flag.CLOCK)) == 60


def test_uneven_times_are_refused(recording_of, noise):
    recording = recording_of(noise(100, seed=10))
    times = recording["time"].values.copy()
    times[40:] += np.timedelta64(3, "s")
    with pytest.raises(SchemaError, match=r"00:00:43\.0+ follows"):
        flag(recording.assign_coords(time=times))


def test_flags_of_the_reader_stay(recording_of, noise):
    flags = np.zeros((3, 100), np.uint16)
    flags[0, 7] = Flag.CLOCK
    assert where(flag(recording_of(noise(100, seed=11), flags=flags)), Flag.CLOCK) == [7]


@pytest.mark.parametrize("n", [0, 1, 2, 12])
def test_short_recordings_are_flagged_and_described(recording_of, n):
    recording = recording_of(np.ones((3, n)))
    npt.assert_array_equal(flag(recording)["flags"], 0)
    assert summary(recording)[0].endswith(".")


def test_one_minute_data_works(recording_of, noise):
    recording = recording_of(noise(1440 * 3, seed=12, rms_difference_nt=0.5), sampling_hz=1 / 60)
    npt.assert_array_equal(flag(recording)["flags"], 0)
    assert "one sample every 60 s" in summary(recording)[0]


def test_summary_tells_extent_gap_and_fault(recording_of, noise):
    field = noise(DAY, seed=13)
    field[0, 1000:1064] = np.nan
    field[1, 2000] += 5
    sentences = summary(recording_of(field, notes=["battery low"], is_absolute=False))
    assert "variations about an unknown base" in sentences[0]
    assert "64 s from 2025-03-01 00:16:40" in sentences[1]
    assert "SPIKE: spikes in 1 sample (D 1) at 2025-03-01 00:33:20." in sentences
    assert sentences[-1] == "Note: battery low."


def test_recording_without_any_sample_is_all_missing(recording_of):
    flagged = flag(recording_of(np.full((3, 300), np.nan)))
    npt.assert_array_equal(flagged["flags"], int(Flag.MISSING))
    assert "H 100 %" in summary(flagged)[1]


def test_two_sensors_that_part_are_flagged_where_they_part(recording_of, noise):
    field = noise(7200, seed=14)
    other = field + 100
    other[1, 3000:3600] += 5
    found = disagreement(recording_of(field), recording_of(other[:, 60:], "2025-03-01T00:01:00"))
    assert where(found, Flag.DISAGREE) == []
    assert where(found, Flag.DISAGREE, 1) == list(range(3000, 3600))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"frame": "XYZ"}, "frame"),
        ({"sampling_hz": 10.0}, "sampling_hz"),
        ({"start": "2026-01-01"}, "no time stamp in common"),
    ],
)
def test_sensors_that_cannot_be_compared_are_refused(recording_of, other, message):
    field = np.zeros((3, 60))
    with pytest.raises(SchemaError, match=message):
        disagreement(recording_of(field), recording_of(field, **other))


def test_limits_that_flag_everything_are_refused():
    with pytest.raises(ConfigError, match="spike_nt"):
        QualityPlan(spike_nt=0)
