"""Distances and directions agree with the sphere where they must, and with laws everywhere."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seismomag.core.geodesy import (
    azimuth_deg,
    circular_difference_deg,
    circular_mean_deg,
    destination,
    distance_km,
    wrap_deg,
)

latitudes = st.floats(-80, 80)
longitudes = st.floats(-179, 179)
angles = st.floats(-1e4, 1e4)


def test_a_degree_of_the_equator_by_hand() -> None:
    npt.assert_allclose(distance_km(0, 0, 0, 1), 2 * np.pi * 6378.137 / 360, rtol=1e-9)


@pytest.mark.parametrize(
    ("lat", "lon", "expected"), [(1, 0, 0), (0, 1, 90), (-1, 0, 180), (0, -1, 270)]
)
def test_azimuth_turns_clockwise_from_north(lat: float, lon: float, expected: float) -> None:
    npt.assert_allclose(azimuth_deg(0, 0, lat, lon), expected, atol=1e-9)


def test_the_date_line_is_not_an_edge() -> None:
    npt.assert_allclose(distance_km(0, 179.5, 0, -179.5), distance_km(0, 0, 0, 1), rtol=1e-12)


@given(latitudes, longitudes, st.floats(0, 360, exclude_max=True), st.floats(1, 5000))
def test_going_there_comes_out_there(lat: float, lon: float, azimuth: float, km: float) -> None:
    there = destination(lat, lon, azimuth, km)
    npt.assert_allclose(distance_km(lat, lon, *there), km, rtol=1e-6)
    turn = circular_difference_deg(azimuth_deg(lat, lon, *there), azimuth)
    npt.assert_allclose(turn, 0, atol=1e-4)


def test_arrays_broadcast() -> None:
    assert distance_km([0, 1], [0, 0], [[0], [1], [2]], [[5], [5], [5]]).shape == (3, 2)


@given(angles, angles)
def test_a_circular_difference_is_the_smallest_turn(a: float, b: float) -> None:
    turn = float(circular_difference_deg(a, b))
    assert -180 <= turn < 180
    npt.assert_allclose(np.cos(np.deg2rad(b + turn)), np.cos(np.deg2rad(a)), atol=1e-9)


@given(angles)
def test_wrapping_stays_in_the_circle(a: float) -> None:
    assert 0 <= float(wrap_deg(a)) < 360


def test_a_tiny_negative_angle_wraps_to_zero() -> None:
    assert float(wrap_deg(-1e-20)) == 0.0


def test_the_mean_of_350_and_10_is_north() -> None:
    npt.assert_allclose(circular_difference_deg(circular_mean_deg([350, 10]), 0), 0, atol=1e-9)


def test_the_mean_of_nothing_is_missing() -> None:
    assert np.isnan(circular_mean_deg([]))
