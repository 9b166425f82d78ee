"""Calibration: CORP agrees with isotonic regression, the null of the ECE with its known values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.audit import calibration
from seismomag.audit.scores import brier

rows = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=2, max_size=60)


def arrays(drawn):
    p, y = zip(*drawn, strict=True)
    return np.array(p) / 20, np.array(y)


@given(rows)
@settings(max_examples=40)
def test_the_parts_add_up_to_the_brier_score(drawn):
    p, y = arrays(drawn)
    for split in (calibration.decompose, calibration.murphy):
        parts = split(p, y)
        assert parts.score == pytest.approx(float(brier(p, y)))
        assert parts.miscalibration >= -1e-12
        assert parts.discrimination >= -1e-12


@given(rows)
@settings(max_examples=40)
def test_recalibration_is_monotone_and_keeps_the_mean(drawn):
    p, y = arrays(drawn)
    fitted = calibration.recalibrated(p, y)
    assert (np.diff(fitted[np.argsort(p, kind="stable")]) >= -1e-12).all()
    assert fitted.mean() == pytest.approx(y.mean())


def test_a_perfect_forecast_has_no_miscalibration():
    p = np.repeat([0.25, 0.75], 400)
    y = np.concatenate([np.arange(400) % 4 == 0, np.arange(400) % 4 != 0])
    parts = calibration.decompose(p, y)
    assert parts.miscalibration == pytest.approx(0.0)
    assert parts.discrimination == pytest.approx(0.0625)


def test_the_calibration_error_of_a_perfect_forecast_falls_with_the_root_of_n():
    rng = np.random.default_rng(2)
    scaled = []
    for n in (28, 500, 1623):
        p = rng.random(n)
        mean, high = calibration.calibration_error_null(p, n_draws=200, generator=rng)
        events = rng.random((300, n)) < p
        brute = np.mean([calibration.calibration_error(p, y) for y in events])
        assert mean == pytest.approx(brute, rel=0.06)
        assert high > 1.2 * mean
        scaled.append(mean * np.sqrt(n))
    assert max(scaled) < 1.2 * min(scaled)


def test_the_band_holds_a_calibrated_forecast_and_not_a_boastful_one():
    rng = np.random.default_rng(3)
    p = rng.random(800)
    y = rng.random(800) < p
    good = calibration.corp_curve(p, y, n_draws=100, generator=rng)
    boastful = calibration.corp_curve(p**3, y, n_draws=100, generator=rng)

    def share(table):
        return table["frequency"].between(table["low"] - 1e-9, table["high"] + 1e-9).mean()

    assert share(good) > 0.75
    assert share(boastful) < 0.5
    assert len(good) == 200


def test_nothing_gives_nothing():
    none = np.empty(0), np.empty(0, bool)
    assert np.isnan(calibration.decompose(*none).score)
    assert np.isnan(calibration.murphy(*none).score)
    assert np.isnan(calibration.calibration_error(*none))
    rng = np.random.default_rng(0)
    assert calibration.corp_curve(*none, n_draws=5, generator=rng).empty
    assert np.isnan(calibration.calibration_error_null(none[0], n_draws=5, generator=rng)).all()


def test_brier_and_isotonic_agree_with_scores():
    theirs = pytest.importorskip("scores", reason="development cross-check: pip install scores")
    import xarray as xr

    rng = np.random.default_rng(4)
    p, y = np.round(rng.random(200), 2), rng.random(200) < 0.3
    fcst, obs = xr.DataArray(p, dims="t"), xr.DataArray(y.astype(float), dims="t")
    assert float(theirs.probability.brier_score(fcst, obs)) == pytest.approx(
        float(brier(p, y)), abs=1e-10
    )
    fitted = theirs.processing.isotonic_fit(fcst, obs)
    mine = calibration.recalibrated(p, y)
    order = np.unique(p, return_index=True)[1]
    np.testing.assert_allclose(fitted["regression_values"], mine[order], atol=1e-10)
