"""Rotations turn the horizontal field and nothing else."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seismomag.core.errors import ConfigError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording
from seismomag.core.schema import check_recording
from seismomag.signal.rotation import rotate


def recording(field, frame="HDZ", flags=None):
    return make_recording(
        np.asarray(field, float),
        np.datetime64("2025-01-01"),
        sampling_hz=1,
        frame=frame,
        station_code="TST",
        source_format="test",
        source_sha256="",
        flags=flags,
    )


def test_north_by_hand():
    turned = check_recording(rotate(recording([[1.0], [0.0], [5.0]]), "XYZ", declination_deg=30))
    npt.assert_allclose(turned["field"].values[:, 0], [np.sqrt(3) / 2, 0.5, 5])
    assert turned.attrs["frame"] == "XYZ"


@settings(max_examples=30, deadline=None)
@given(
    arrays(float, (3, 4), elements=st.floats(-6e4, 6e4)),
    st.floats(-180, 180),
    st.sampled_from(["HDZ", "HEZ"]),
)
def test_round_trip_gives_the_field_back_and_keeps_its_length(field, declination_deg, frame):
    there = rotate(recording(field, frame), "XYZ", declination_deg=declination_deg)
    back = rotate(there, frame, declination_deg=declination_deg)
    npt.assert_allclose(back["field"], field, atol=1e-9)
    npt.assert_allclose(np.hypot(*there["field"].values[:2]), np.hypot(*field[:2]), atol=1e-9)


def test_between_names_of_the_same_axes_only_the_name_changes():
    turned = rotate(recording([[1.0], [2.0], [3.0]]), "HEZ", declination_deg=77)
    npt.assert_array_equal(turned["field"].values[:, 0], [1, 2, 3])
    assert turned["component"].values.tolist() == ["H", "E", "Z"]


def test_missing_and_flagged_samples_spread_to_both_horizontal_components():
    flags = np.zeros((3, 2), np.uint16)
    flags[1, 1] = Flag.SPIKE
    turned = rotate(recording([[1, np.nan], [1, 1], [1, 1]], flags=flags), "XYZ", declination_deg=9)
    assert np.isnan(turned["field"].values[:2, 1]).all()
    npt.assert_array_equal(turned["flags"][:, 1], [9, 9, 0])


def test_instrument_axes_are_refused():
    with pytest.raises(SchemaError, match="UVW"):
        rotate(recording(np.zeros((3, 1)), "UVW"), "XYZ", declination_deg=0)


@pytest.mark.parametrize("declination_deg", [np.nan, 400.0, -181, np.inf, "3", None])
def test_an_impossible_declination_is_refused(declination_deg):
    with pytest.raises(ConfigError, match="declination_deg="):
        rotate(recording([[1.0], [0.0], [5.0]]), "XYZ", declination_deg=declination_deg)
