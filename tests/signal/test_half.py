"""The conversion to float16 is exact, and honest about what does not fit."""

import numpy as np
import numpy.testing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seismomag.signal.half import to_half


def test_every_float16_and_every_midpoint_round_as_numpy_does():
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    midpoints = (halves[1:] + halves[:-1]) / 2
    values = np.concatenate([halves, midpoints, np.nextafter(midpoints, np.float32(0))])
    values = np.concatenate([values, -values])
    npt.assert_array_equal(
        to_half(values).view(np.uint16), values.astype(np.float16).view(np.uint16)
    )


@settings(max_examples=50)
@given(arrays(np.float32, 20, elements=st.floats(-65504, 65504, width=32)))
def test_conversion_equals_numpy(values):
    npt.assert_array_equal(to_half(values), values.astype(np.float16))


def test_what_does_not_fit_becomes_missing_not_clipped():
    values = np.array([65519.996, 65520.0, -1e9, np.inf, np.nan], np.float32)
    npt.assert_array_equal(to_half(values), np.float16([65504, np.nan, np.nan, np.nan, np.nan]))


def test_shape_is_kept_and_pieces_join():
    values = np.linspace(0, 1, 3 * 20_000, dtype=np.float32).reshape(3, 20_000)
    npt.assert_array_equal(to_half(values), values.astype(np.float16))
