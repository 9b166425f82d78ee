import numpy as np
import pytest

from seismomag.core.errors import CoverageError, SchemaError
from seismomag.operate import drift

FREQUENCIES = np.geomspace(0.01, 0.1, 8)


def amplitudes(seed, scale=1.0, n=100):
    return np.exp(np.random.default_rng(seed).normal(-3, 0.5, (n, 8, 6))) * scale


def test_equal_worlds_are_stable_and_a_louder_band_is_shifted():
    old, new = amplitudes(1, n=600), amplitudes(2, n=600)
    assert set(words(old, new)) == {"stable"}
    new[:, 2:4] *= 2
    assert words(old, new) == ["stable", "shifted", "stable", "stable"]


def words(old, new):
    pairs = zip(
        drift.band_levels(old, FREQUENCIES), drift.band_levels(new, FREQUENCIES), strict=True
    )
    return [
        drift.word_of(drift.population_stability(a[2], b[2]), len(a[2]), len(b[2]))
        for a, b in pairs
    ]


def test_chance_alone_is_called_shifted_no_more_often_than_once_in_a_thousand():
    vary = np.random.default_rng(7)
    n, m, times = 90, 60, 4000
    found = [
        drift.word_of(drift.population_stability(vary.normal(size=n), vary.normal(size=m)), n, m)
        for _ in range(times)
    ]
    # The plain bound of 0.25 would call two in five of them shifted.
    assert found.count("shifted") <= 0.001 * times + 2 * (0.001 * times) ** 0.5


def test_bands_are_means_of_logarithms_of_what_is_known():
    planes = np.full((2, 8, 6), np.e)
    planes[0, :2, 3:] = np.nan
    planes[1, :2] = np.nan
    first, *rest = drift.band_levels(planes, FREQUENCIES)
    assert first[:2] == (FREQUENCIES[0], FREQUENCIES[1])
    np.testing.assert_allclose(first[2], [1.0, np.nan])
    assert len(rest) == 3
    np.testing.assert_allclose(rest[0][2], [1.0, 1.0])


def test_the_index_by_hand():
    reference = np.arange(100.0)
    recent = np.repeat(-1.0, 100)
    p, q = 10.5 / 105, np.array([100.5, *[0.5] * 9]) / 105
    expected = np.sum((p - q) * np.log(p / q))
    assert drift.population_stability(reference, recent) == pytest.approx(expected)


def test_too_little_and_unfitting_are_refused():
    with pytest.raises(CoverageError):
        drift.population_stability(np.arange(10.0), np.arange(100.0))
    with pytest.raises(SchemaError):
        drift.band_levels(amplitudes(2)[:, :4], FREQUENCIES)
    assert drift.profile(np.arange(10.0)) is None
