"""Grids refuse nonsense and know the context they need."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.bands import Band
from seismomag.core.errors import ConfigError
from seismomag.signal.plan import SIDE_TAPS, make_plan
from seismomag.signal.wavelet import ScalogramGrid, reach_s


def test_frequencies_ascend_evenly_in_the_logarithm_and_hold_both_edges():
    frequencies = ScalogramGrid(n_frequencies=5).frequencies_hz
    np.testing.assert_allclose(frequencies[[0, -1]], [0.01, 0.1])
    np.testing.assert_allclose(np.diff(np.log(frequencies)), np.log(10) / 4)


@pytest.mark.parametrize(("low_hz", "minutes"), [(0.001, 90), (0.01, 9), (0.1, 9)])
def test_reach_follows_from_the_lowest_frequency(low_hz, minutes):
    assert reach_s(ScalogramGrid(band=Band(low_hz=low_hz, high_hz=0.3))) == 60 * minutes


def test_planes_have_names():
    assert ScalogramGrid().planes == ("c0", "c1", "c2")
    assert ScalogramGrid(representation="polarimetric").planes == (
        "c0", "c1", "c2", "c0c1_real", "c0c1_imag",
        "c0c2_real", "c0c2_imag", "c1c2_real", "c1c2_imag",
    )  # fmt: skip


def test_grid_survives_plain_values():
    grid = ScalogramGrid(
        band=Band(low_hz=0.005, high_hz=0.2), column_s=300, representation="polarimetric"
    )
    assert ScalogramGrid.from_dict(grid.to_dict()) == grid


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"band": Band(low_hz=0.0001, high_hz=0.1)}, "within 0.001-0.4 Hz"),
        ({"band": Band(low_hz=0.01, high_hz=0.45)}, "within 0.001-0.4 Hz"),
        ({"n_frequencies": 1}, "at least 2"),
        ({"column_s": 90}, "multiple of 60"),
        ({"column_s": 420}, "divides 86400"),
        ({"representation": "phase"}, "amplitude, polarimetric"),
    ],
)
def test_impossible_grids_are_refused_with_a_remedy(change, message):
    with pytest.raises(ConfigError, match=message):
        ScalogramGrid(**change)


def test_unknown_key_in_plain_values_is_refused():
    values = ScalogramGrid().to_dict() | {"wavelet": "morlet"}
    with pytest.raises(ConfigError, match="wavelet"):
        ScalogramGrid.from_dict(values)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.001, 0.39), st.floats(1.01, 20))
def test_every_window_lies_inside_the_samples_of_its_frequency(low_hz, factor):
    grid = ScalogramGrid(
        band=Band(low_hz=low_hz, high_hz=min(0.4, low_hz * factor)), n_frequencies=3
    )
    plan = make_plan(grid)
    assert plan.batches[0].rows.start == 0
    assert plan.batches[-1].rows.stop == 3
    for batch in plan.batches:
        length = batch.per_minute * plan.n_minutes
        assert batch.first_sample >= 0
        assert batch.first_sample + 1440 * batch.per_minute + 2 * SIDE_TAPS <= length
        assert all(gain.size <= 2 * length for gain in batch.gains)
