import numpy as np
import numpy.testing as npt
import pytest
from scipy.signal import welch

from seismomag.core.errors import ConfigError
from seismomag.simulate import BackgroundPlan, sensor_noise_nt
from seismomag.simulate.background import (
    common_noise,
    daylight,
    local_noise,
    quiet_day_nt,
)
from seismomag.simulate.seamless import upsample


def _band_rms(series, low_hz, high_hz):
    spectrum = np.fft.rfft(series)
    frequency = np.fft.rfftfreq(series.shape[-1])
    spectrum[..., (frequency < low_hz) | (frequency >= high_hz)] = 0
    return np.fft.irfft(spectrum).std(axis=-1)


def test_common_noise_is_one_in_its_band_and_falls_as_said():
    noise = np.concatenate([common_noise(BackgroundPlan(), 1, day) for day in (5, 6, 7)])
    npt.assert_allclose(_band_rms(noise, 0.015, 0.040), 1, atol=0.05)
    frequency, power = welch(noise, nperseg=8_192)
    density = np.sqrt(power.mean(axis=0))
    low, high = (np.median(density[np.abs(frequency / f - 1) < 0.1]) for f in (0.003, 0.03))
    npt.assert_allclose(np.log10(low / high), 1.2, atol=0.08)


@pytest.mark.parametrize("draw", ["common", "local"])
def test_midnight_cannot_be_found_in_the_noise(draw):
    plan = BackgroundPlan(burst_share=0)
    days = [
        common_noise(plan, 2, day) if draw == "common" else local_noise(plan, 2, 0, day)
        for day in range(10, 18)
    ]
    series = np.concatenate(days, axis=1)
    change = np.abs(np.diff(series, 2, axis=1))
    midnights = 86_400 * np.arange(1, 8)
    at_midnight = np.concatenate([change[:, midnights - k] for k in (1, 2)])
    assert at_midnight.max() < 5 * change.std()
    npt.assert_allclose(at_midnight.std() / change.std(), 1, atol=0.6)


def test_sensor_noise_is_found_again():
    plan = BackgroundPlan(sensor_noise_nt=[0.02, 0.1, 0.05], burst_share=0, local_rms_nt=0.0)
    noise = local_noise(plan, 3, 0, 9).astype(float)
    noise[:, 5_000:5_100] = np.nan
    npt.assert_allclose(sensor_noise_nt(noise), [0.02, 0.1, 0.05], rtol=0.05)
    npt.assert_allclose(np.nanstd(noise, axis=1), [0.02, 0.1, 0.05], rtol=0.02)


def test_a_dead_component_has_no_sensor_noise_to_estimate():
    with pytest.raises(ConfigError, match="no valid sample"):
        sensor_noise_nt(np.full((3, 5_000), np.nan))


def test_bursts_come_at_their_share_of_days_and_spare_midnight():
    calm, noisy = BackgroundPlan(burst_share=0), BackgroundPlan(burst_share=0.5)
    burst_days = 0
    for day in range(24):
        first, second = (local_noise(plan, 4, 1, day) for plan in (calm, noisy))
        differs = (first != second).any(axis=0)
        assert not differs[:60].any()
        assert not differs[-60:].any()
        burst_days += bool(differs.any())
    assert 6 <= burst_days <= 18


def test_quiet_day_peaks_before_noon_and_forgets_midnight():
    plan = BackgroundPlan(quiet_day_nt=[30, 20, 10])
    days = [upsample(quiet_day_nt(plan, 1, 0, day, 8.0)) for day in (3, 4)]
    hour = np.argmax(days[0][0]) / 3600 + 8
    assert 10.7 < hour % 24 < 11.7
    both = np.concatenate(days, axis=1)
    change = np.abs(np.diff(both, 2, axis=1))
    assert (change[:, 86_398:86_400].max(axis=1) <= change.max(axis=1)).all()
    assert change.max() < 1e-4


def test_daylight_is_one_at_its_peak_and_small_by_night():
    share = daylight(np.array([12.5, 0.5, 22.5]), 12.5)
    npt.assert_allclose(share, [1, 0, 0.0045], atol=0.002)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sensor_noise_nt": [1, 2]}, "sensor_noise_nt has 2 numbers, needs 3"),
        ({"d_to_h": [1]}, r"d_to_h=.* expected 2 values, each a number"),
        ({"night_rms_nt": -1}, "night_rms_nt=-1 must be a number of 0 or more"),
        ({"sensor_noise_nt": [1, 2, -1]}, "cannot be negative"),
        ({"burst_gain": 0.5}, "factor of 1 or more"),
        ({"burst_share": 2}, "share between 0 and 1"),
        ({"fall_hz": 0}, "must lie above 0 Hz"),
    ],
)
def test_nonsense_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        BackgroundPlan(**change)
