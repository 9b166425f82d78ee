"""Injection: a known detector's curve is recovered, controls stay silent, limits are computed."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from seismomag.audit.injection.recovery import (
    Background,
    control_passes,
    curve,
    fit_efficiency,
    is_axis_only,
    is_passed,
    recover,
    upper_limit,
)
from seismomag.audit.injection.signals import KINDS, SignalPlan, envelope, injected, waveform
from seismomag.core.errors import ConfigError
from seismomag.core.recording import make_recording

LONGITUDE = 120.0
NOISE_NT = 0.05
SIGNAL = SignalPlan(night_local_h=(10.0, 12.0), ramp_s=600.0)


def quiet(hours=4, seed=0, gap=True):
    rng = np.random.default_rng(seed)
    field = rng.normal(0, NOISE_NT, (3, hours * 3600))
    if gap:
        field[:, 500:560] = np.nan
    return make_recording(
        field,
        np.datetime64("2024-01-01T01:00:00"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code="AAA",
        source_format="test",
        source_sha256="0" * 64,
    )


def in_band(recording, band=(0.010, 0.045)):
    field = np.nan_to_num(recording["field"].values)
    spectrum = np.fft.rfft(field, axis=1)
    frequency = np.fft.rfftfreq(field.shape[1])
    inside = (frequency >= band[0]) & (frequency <= band[1])
    power = 2 * (np.abs(spectrum[:, inside]) ** 2).sum(axis=1) / field.shape[1] ** 2
    return np.sqrt(power)


def energy_detector(recording):
    """Horizontal power in the band, as a probability; an axis, no sense of direction."""
    h, d, _ = in_band(recording)
    angle = np.rad2deg(np.arctan2(d, h))
    return pd.DataFrame({"probability": [1 - np.exp(-(h * h + d * d) * 500)], "azimuth_deg": angle})


@pytest.mark.parametrize("kind", ["noise", "pulses", "tone", "off_band"])
def test_a_waveform_has_unit_rms_in_its_band(kind):
    plan = SignalPlan(kind=kind)
    signal = waveform(plan, 20_000, 1.0, np.random.default_rng(1))
    assert np.sqrt(np.mean(signal**2)) == pytest.approx(1.0, abs=0.02)
    power = np.abs(np.fft.rfft(signal)) ** 2
    frequency = np.fft.rfftfreq(signal.size)
    band = (0.2, 0.4) if kind == "off_band" else plan.band_hz
    inside = (frequency > band[0] * 0.9) & (frequency < band[1] * 1.1)
    assert power[inside].sum() > 0.98 * power.sum()


def test_the_night_is_local():
    time = np.datetime64("2024-01-01", "s") + np.arange(86400)
    weight = envelope(time, LONGITUDE, SignalPlan())
    lit = np.flatnonzero(weight) / 3600
    assert lit.min() == pytest.approx(14.0, abs=0.01)
    assert lit.max() == pytest.approx(18.0, abs=0.01)
    assert weight.max() == pytest.approx(1.0)


def test_an_injection_adds_and_changes_nothing_else():
    raw = quiet()
    before = raw.copy(deep=True)
    none = injected(raw, SIGNAL, 0.0, np.random.default_rng(0), longitude_deg=LONGITUDE)
    assert none.equals(raw)
    both = []
    for azimuth in (30.0, 210.0):
        plan = SignalPlan(azimuth_deg=azimuth, night_local_h=(10.0, 12.0))
        out = injected(raw, plan, 0.3, np.random.default_rng(0), longitude_deg=LONGITUDE)
        both.append((out["field"] - raw["field"]).values[:2])
        assert np.array_equal(np.isnan(out["field"]), np.isnan(raw["field"]))
    np.testing.assert_allclose(both[0], -both[1], atol=1e-12)
    assert raw.equals(before)


def test_the_curve_of_a_known_detector_is_recovered():
    rng = np.random.default_rng(5)
    a = np.array([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
    n = np.full(a.size, 400)
    inside = 0
    for _ in range(5):
        k = rng.binomial(n, curve(a, 0.08, 0.05, 2.5))
        fit = fit_efficiency(a, k, n)
        assert fit.a50_nt == pytest.approx(0.05, rel=0.15)
        assert fit.e0 == pytest.approx(0.08, abs=0.04)
        inside += fit.a50_interval_nt[0] <= 0.05 <= fit.a50_interval_nt[1]
    assert inside >= 4
    assert fit.a90_nt == pytest.approx(0.05 * 9 ** (1 / 2.5), rel=0.25)
    assert (np.diff(fit.at(a)) >= 0).all()


def test_a_detector_that_never_fires_has_no_upper_end():
    a, n = np.array([0.0, 0.1, 1.0]), np.array([50, 50, 50])
    fit = fit_efficiency(a, np.array([2, 2, 3]), n)
    assert np.isinf(fit.a50_interval_nt[1]) or fit.a50_interval_nt[1] > 10
    with pytest.raises(ConfigError, match="amplitude 0"):
        fit_efficiency(a[1:], n[1:], n[1:])


def test_power_in_the_band_is_recovered_and_controls_are_not():
    backgrounds = [Background(quiet(seed=s), LONGITUDE) for s in range(4)]
    noise = [float(energy_detector(quiet(seed=s))["probability"].iloc[0]) for s in range(30)]
    threshold = float(np.quantile(noise, 0.95))
    given = {"n_each": 20, "threshold": threshold, "seed": 3}
    grid = (0.0, 0.01, 0.05, 0.2)
    found = recover(energy_detector, backgrounds, SIGNAL, amplitudes_nt=grid, **given)
    assert found["rate"].iloc[-1] == 1.0
    assert found["rate"].is_monotonic_increasing
    off = SignalPlan(kind="off_band", night_local_h=(10.0, 12.0))
    quiet_control = recover(energy_detector, backgrounds, off, amplitudes_nt=(0.2,), **given)
    assert control_passes(quiet_control, 0.05)
    assert not control_passes(found, 0.05)


def test_a_detector_of_magnitudes_tells_an_axis_only():
    background = Background(quiet(gap=False), LONGITUDE)
    assert is_axis_only(energy_detector, background, SIGNAL, 5.0, seed=1)

    def with_sign(recording):
        h, d, z = np.nan_to_num(recording["field"].values)
        angle = np.rad2deg(np.arctan2((d * z).sum(), (h * z).sum()))
        return pd.DataFrame({"probability": [1.0], "azimuth_deg": [angle % 360]})

    assert not is_axis_only(with_sign, background, SIGNAL, 5.0, seed=1)


def test_a_silent_detector_still_limits_what_was_there():
    bound = stats.beta.isf(0.05, 1, 100)
    assert upper_limit(0, 100, 0.9, 0.0) == pytest.approx(bound / 0.9)
    assert np.isnan(upper_limit(3, 10, 0.1, 0.2))
    assert np.isnan(upper_limit(0, 0, 0.9, 0.1))
    assert upper_limit(100, 100, 0.9, 0.1) == 1.0


def test_nonsense_is_refused():
    with pytest.raises(ConfigError, match=r"kind='song' is none of"):
        SignalPlan(kind="song")
    with pytest.raises(ConfigError, match="rising"):
        SignalPlan(band_hz=(0.1, 0.05))
    with pytest.raises(ConfigError, match="half the sampling rate"):
        waveform(SignalPlan(kind="off_band"), 600, 1 / 60, np.random.default_rng(0))
    with pytest.raises(ConfigError, match="no background"):
        recover(energy_detector, [], SIGNAL, threshold=0.5, seed=0)
    assert set(KINDS) == {"noise", "pulses", "tone", "off_band", "step"}


def test_the_condition_of_the_ladder_needs_silent_controls():
    a, n = np.array([0, 0.01, 0.05, 0.2]), np.full(4, 200)
    fit = fit_efficiency(a, np.array([10, 30, 150, 200]), n)
    zero = pd.Series({"rate": 0.05, "low": 0.02, "high": 0.09})
    silent = pd.DataFrame({"rate": [0.05], "low": [0.02]})
    loud = pd.DataFrame({"rate": [0.4], "low": [0.3]})
    assert is_passed(fit, zero, [silent], 0.05)[0]
    assert "a control raises" in is_passed(fit, zero, [silent, loud], 0.05)[1]
    assert "no control" in is_passed(fit, zero, [], 0.05)[1]
    assert "nominal 0.200" in is_passed(fit, zero, [silent], 0.2)[1]
