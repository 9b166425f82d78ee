"""Colours that can be told apart, numbers that can be read."""

from itertools import combinations

import numpy as np
import numpy.testing as npt
import pytest
from matplotlib.colors import to_rgb

from seismomag.figures import look

# Machado, Oliveira & Fernandes 2009, IEEE TVCG 15, 1291: deuteranopia, severity 1, linear RGB.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)


def seen_by_deuteranope(rgb):
    linear = np.clip(look.linear_rgb(rgb) @ DEUTERANOPIA.T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("see", [np.asarray, seen_by_deuteranope])
def test_colours_of_series_differ_for_every_eye(see):
    lab = look.to_oklab(np.array([see(to_rgb(c)) for c in look.CATEGORICAL]))
    distance = {(i, j): np.linalg.norm(lab[i] - lab[j]) for i, j in combinations(range(6), 2)}
    # 0.07 is the weakest pair that the pages allow; dash and marker stand beside the colour.
    assert min(distance.values()) > 0.07
    assert len(set(look.MARKERS)) == len(look.CATEGORICAL) == len(set(look.DASHES))


@pytest.mark.parametrize("see", [np.asarray, seen_by_deuteranope])
def test_brighter_is_stronger_in_the_amplitude_scale(see):
    lightness = look.to_oklab(see(look.amplitude_map()(np.arange(256))[:, :3]))[:, 0]
    assert (np.diff(lightness) > 0).all()
    npt.assert_allclose([lightness[0], lightness[-1]], [0.17, 0.96], atol=0.04)


def test_masked_cells_of_the_amplitude_scale_are_transparent():
    assert look.amplitude_map()(np.ma.masked)[3] == 0


def test_oklab_goes_there_and_back():
    rgb = np.random.default_rng(3).random((50, 3))
    npt.assert_allclose(look.from_oklab(look.to_oklab(rgb)), rgb, atol=1e-6)


def test_every_token_has_its_own_colour():
    assert len({c.lower() for c in look.TOKENS.values()}) == len(look.TOKENS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.25, "−0.25"),
        (1623, "1\u202f623"),
        (0.00249, "0.00249"),
        (float("nan"), "—"),
        (float("inf"), "—"),
        (None, "—"),
        (0.9999, "1"),
    ],
)
def test_numbers_have_a_true_minus_and_missing_is_never_zero(value, text):
    assert look.number(value) == text
