import numpy as np
import numpy.testing as npt
import pytest

from seismomag.core.errors import ConfigError
from seismomag.simulate import StormPlan
from seismomag.simulate.storms import fluctuations, storm_field_nt


def test_ring_current_by_hand():
    field = storm_field_nt(StormPlan(h_per_dst=1, z_per_dst=1), np.array([-100.0, 0.0]), 30.0)
    npt.assert_allclose(field[:, 0], [-100 * np.sqrt(3) / 2, 0, 50])
    npt.assert_array_equal(field[:, 1], 0)


def test_ring_current_turns_the_sign_of_z_at_the_equator():
    north, south = (storm_field_nt(StormPlan(), np.array([-80.0]), x)[:, 0] for x in (20, -20))
    npt.assert_allclose(north[0], south[0])
    npt.assert_allclose(north[2], -south[2])


def test_missing_dst_is_no_ring_current():
    assert not storm_field_nt(StormPlan(), np.array([np.nan]), 10.0).any()


def test_fluctuations_are_one_in_their_band_and_cross_midnight():
    days = np.concatenate([fluctuations(1, day) for day in range(4)], axis=1)
    spectrum = np.fft.rfft(days)
    frequency = np.fft.rfftfreq(days.shape[1])
    spectrum[:, (frequency < 0.001) | (frequency >= 0.007)] = 0
    npt.assert_allclose(np.fft.irfft(spectrum).std(axis=1), 1, atol=0.2)
    change = np.abs(np.diff(days, 2, axis=1))
    assert change[:, [86_398, 86_399, 172_798, 172_799]].max() < 6 * change.std()


def test_nonsense_is_refused():
    with pytest.raises(ConfigError, match="h_per_dst=-1 must be a number of 0 or more"):
        StormPlan(h_per_dst=-1)
    with pytest.raises(ConfigError, match="expected 2 values, each a number"):
        StormPlan(d_to_h=[1])
