"""Gaps are bridged by a line, masked by their weight, and never forgotten."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import erf

from seismomag.core.bands import Band
from seismomag.core.flags import Flag
from seismomag.signal import gaps
from seismomag.signal.grid import scale_s
from seismomag.signal.wavelet import ScalogramGrid


def test_bridge_by_hand():
    nan = np.nan
    field = np.array([[nan, 1, nan, nan, 4, nan], [nan] * 6, [0, 1, 2, 3, 4, 5.0]])
    npt.assert_array_equal(gaps.bridge(field), [[1, 1, 2, 3, 4, 4], [0] * 6, [0, 1, 2, 3, 4, 5]])


@given(arrays(np.bool_, st.integers(0, 30)))
def test_runs_rebuild_the_condition(condition):
    rebuilt = np.zeros_like(condition)
    for start, end in gaps.runs(condition):
        assert start < end
        rebuilt[start:end] = True
    npt.assert_array_equal(rebuilt, condition)


def test_mask_drops_what_no_transform_may_use_and_keeps_the_rest(recording_of):
    flags = np.zeros((3, 6), np.uint16)
    flags[0] = [Flag.OUT_OF_RANGE, Flag.MISDECODE, Flag.SPIKE, Flag.FLAT, Flag.QUANTISED, 0]
    recording = recording_of(np.ones((3, 6)), flags=flags)
    field = gaps.mask(recording)
    npt.assert_array_equal(np.isnan(field[0]), [True, True, True, True, False, False])
    npt.assert_array_equal(field[1:], 1)
    npt.assert_array_equal(recording["field"], 1)
    only = gaps.mask(recording, Flag.SPIKE)
    npt.assert_array_equal(np.isnan(only[0]), [False, False, True, False, False, False])


@pytest.mark.parametrize(
    ("step", "sampling_hz"), [(1000, 1.0), (40, 1.0), (1990, 1.0), (30, 1 / 60)]
)
def test_a_step_takes_five_minutes_on_each_side_of_its_component(recording_of, step, sampling_hz):
    flags = np.zeros((3, 2000), np.uint16)
    flags[1, step] = Flag.STEP
    recording = recording_of(np.ones((3, 2000)), flags=flags, sampling_hz=sampling_hz)
    lost = np.isnan(gaps.mask(recording))
    guard = round(300 * sampling_hz)
    assert not lost[[0, 2]].any()
    npt.assert_array_equal(
        np.flatnonzero(lost[1]), np.arange(max(0, step - guard), min(2000, step + guard))
    )
    assert not np.isnan(gaps.mask(recording, Flag.SPIKE)).any()


def brute_coverage(missing, grid):
    s = scale_s(grid.frequencies_hz)[:, None, None]
    seconds = np.arange(86_400).reshape(1440, 60) + grid.reach_s
    # Mean over a minute by 16 points a second.
    t = (seconds[:, :, None] + (np.arange(16) + 0.5) / 16 - 0.5).reshape(1440, -1)
    lost = np.zeros((s.size, 1440))
    for start, end in gaps.runs(missing):
        a, b = start - 0.5, end - 0.5
        for i, scale in enumerate(s.ravel()):
            lost[i] += ((erf((b - t) / scale) - erf((a - t) / scale)) / 2).mean(axis=1)
    return 1 - lost


@settings(max_examples=4, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 87_000), st.integers(1, 300)), min_size=1, max_size=3))
def test_coverage_is_the_sum_of_error_functions_over_the_gaps(found):
    grid = ScalogramGrid(n_frequencies=3)
    missing = np.zeros(87_480, np.bool_)
    for start, length in found:
        missing[start : start + length] = True
    npt.assert_allclose(gaps.coverage(missing, grid), brute_coverage(missing, grid), atol=2e-5)


def test_coverage_of_nothing_missing_and_of_everything_missing():
    grid = ScalogramGrid(band=Band(low_hz=0.001, high_hz=0.4), n_frequencies=4, column_s=3600)
    n = 86_400 + 2 * grid.reach_s
    npt.assert_array_equal(gaps.coverage(np.zeros(n, np.bool_), grid), 1)
    npt.assert_allclose(gaps.coverage(np.ones(n, np.bool_), grid), 0, atol=1e-6)
