"""Interpolation from nodes is exact where it must be and keeps noise small."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.bands import Band
from seismomag.signal import nodes
from seismomag.signal.grid import ScalogramGrid
from seismomag.signal.plan import make_plan


def test_nodes_hold_both_edges_and_ascend():
    found = nodes.place(0.01, 0.1, 56)
    assert found[0] == 0.01
    assert found[-1] == 0.1
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize(("low_hz", "high_hz"), [(0.01, 0.1), (0.022, 0.1), (0.01, 0.013)])
def test_at_a_node_the_node_alone_counts(low_hz, high_hz):
    n = nodes.count(low_hz, high_hz)
    weights = nodes.weights(low_hz, high_hz, n, nodes.place(low_hz, high_hz, n))
    npt.assert_allclose(weights, np.eye(n), atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.001, 0.3), st.floats(0.2, 3.0))
def test_constant_power_stays_and_noise_grows_less_than_fourfold(low_hz, width):
    high_hz = low_hz * np.exp(width)
    n = nodes.count(low_hz, high_hz)
    weights = nodes.weights(low_hz, high_hz, n, np.geomspace(low_hz, high_hz, 200))
    npt.assert_allclose(weights.sum(axis=1), 1, rtol=1e-9)
    assert np.abs(weights).sum(axis=1).max() < 4


@settings(max_examples=20, deadline=None)
@given(st.floats(0.003, 0.1), st.floats(0.3, 2.5), st.floats(-1, 1))
def test_gaussian_as_narrow_as_the_wavelet_is_interpolated(low_hz, width, where):
    high_hz = low_hz * np.exp(width)
    n = nodes.count(low_hz, high_hz)
    at = np.geomspace(low_hz, high_hz, 300)
    centre = np.log(low_hz) + (where + 1) / 2 * width

    def power(f):
        return np.exp(-36 * (np.log(f) - centre) ** 2)

    found = nodes.weights(low_hz, high_hz, n, at) @ power(nodes.place(low_hz, high_hz, n))
    npt.assert_allclose(found, power(at), atol=3e-5)


def test_coarse_grids_are_computed_as_they_are():
    grid = ScalogramGrid(n_frequencies=32)
    plan = make_plan(grid)
    assert plan.interpolation is None
    assert plan.n_nodes == 32


@pytest.mark.parametrize(("low_hz", "n"), [(0.022, 35), (0.01, 52)])
def test_fine_grids_are_computed_at_nodes(low_hz, n):
    plan = make_plan(ScalogramGrid(band=Band(low_hz=low_hz, high_hz=0.1)))
    assert plan.n_nodes == n
    assert plan.interpolation.shape == (128, n)
