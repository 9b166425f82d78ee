import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch

from seismomag.simulate.seamless import (
    NODE_OFFSETS_S,
    SEAM_S,
    coloured,
    join,
    upsample,
    upsample_float32,
)


def test_coloured_noise_has_the_density_that_was_asked_for():
    density = np.full(43_201, 0.3, np.float32)
    noise = coloured(np.random.default_rng(0), density, 2)
    frequency, power = welch(noise, nperseg=1_024)
    inside = (frequency > 0.01) & (frequency < 0.49)
    npt.assert_allclose(np.sqrt(power[:, inside].mean(axis=1)), 0.3, rtol=0.02)


def test_coloured_noise_has_a_density_for_each_row():
    density = np.stack([np.full(1_729, 0.1), np.full(1_729, 0.4)]).astype(np.float32)
    noise = coloured(np.random.default_rng(0), density, 2)
    # A flat one-sided density S has the variance S^2 / 2 at 1 Hz.
    npt.assert_allclose(noise.std(axis=1), np.array([0.1, 0.4]) / np.sqrt(2), rtol=0.05)


def test_coloured_noise_is_gaussian_and_without_power_silent():
    noise = coloured(np.random.default_rng(0), np.full(43_201, 1.0, np.float32), 4)
    unit = noise / noise.std()
    npt.assert_allclose([(unit**3).mean(), (unit**4).mean()], [0, 3], atol=0.05)
    assert not coloured(np.random.default_rng(0), np.zeros(101, np.float32), 2).any()


def test_neighbouring_days_meet_in_the_same_seam():
    rng = np.random.default_rng(1)
    before, middle, after = (rng.standard_normal((2, SEAM_S)).astype(np.float32) for _ in "abc")
    today = join(np.zeros((2, 86_400), np.float32), before, middle)
    tomorrow = join(np.zeros((2, 86_400), np.float32), middle, after)
    half = SEAM_S // 2
    npt.assert_allclose(today[:, -1], middle[:, half - 1], rtol=1e-5, atol=1e-5)
    npt.assert_allclose(tomorrow[:, 0], middle[:, half], rtol=1e-5, atol=1e-5)


def test_join_keeps_the_power():
    rng = np.random.default_rng(2)
    body = rng.standard_normal((400, 86_400 // 8)).astype(np.float32)
    seams = rng.standard_normal((2, 400, SEAM_S)).astype(np.float32)
    joined = join(body, *seams)
    power = (joined**2).mean(axis=0).reshape(-1, 108).mean(axis=1)
    npt.assert_allclose(power, 1, atol=0.04)


@given(slope=st.floats(-5, 5), level=st.floats(-1e4, 1e4))
@settings(max_examples=10, deadline=None)
def test_upsampled_lines_are_lines(slope, level):
    nodes = level + slope * NODE_OFFSETS_S / 3600
    expected = level + slope * np.arange(86_400) / 3600
    npt.assert_allclose(upsample(nodes), expected, rtol=1e-12, atol=1e-9)
    npt.assert_allclose(upsample_float32(nodes), expected, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_curves_of_two_days_meet_in_value_slope_and_curvature(order):
    nodes = np.random.default_rng(3).standard_normal(291 + 288)
    both = np.concatenate([upsample(nodes[:291]), upsample(nodes[288:])])
    change = np.abs(np.diff(both, order))
    at_midnight = slice(86_400 - order, 86_400)
    assert change[at_midnight].max() <= np.delete(change, np.arange(86_395, 86_400)).max()
