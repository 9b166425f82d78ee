import numpy as np
import numpy.testing as npt
import pytest

from seismomag.core.constants import PC3_BAND_HZ, PC4_BAND_HZ, PC5_BAND_HZ
from seismomag.core.errors import ConfigError
from seismomag.simulate import PulsationPlan
from seismomag.simulate.pulsations import packet_waves


@pytest.mark.parametrize(
    ("kind", "band_hz"), [(0, PC3_BAND_HZ), (1, PC4_BAND_HZ), (2, PC5_BAND_HZ)]
)
def test_packets_keep_to_the_band_of_their_kind(kind, band_hz):
    waves = packet_waves(PulsationPlan(), 1, 100)[kind]
    power = (np.abs(np.fft.rfft(waves)) ** 2).sum(axis=0)
    frequency = np.fft.rfftfreq(86_400)
    inside = (frequency > 0.85 * band_hz[0]) & (frequency < 1.15 * band_hz[1])
    assert power[inside].sum() / power.sum() > 0.98


def test_packets_cross_midnight_without_a_seam():
    plan = PulsationPlan(packets_per_day=[400, 400, 100])
    waves = np.concatenate([packet_waves(plan, 2, day) for day in (7, 8, 9)], axis=-1)
    change = np.abs(np.diff(waves, 2, axis=-1))
    at_midnight = change[..., [86_398, 86_399, 172_798, 172_799]]
    assert (at_midnight.max(axis=-1) < change.max(axis=-1)).all()
    rms = waves.reshape(3, 2, -1, 1_200).std(axis=-1)
    assert rms[..., 71:73].mean() > 0.3 * rms.mean()


def test_number_of_packets_scales_their_power():
    few, many = (
        np.mean([packet_waves(PulsationPlan(packets_per_day=[n, 0, 0]), 3, d)[0].var()
                 for d in range(100, 112)])
        for n in (20, 80)
    )  # fmt: skip
    npt.assert_allclose(many / few, 4, rtol=0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"packets_per_day": [1, 2]}, "needs three numbers"),
        ({"kp_slope": [0.1, 0.1, -0.1]}, "of 0 or more"),
        ({"d_to_h": [1]}, "expected 2 values, each a number"),
        ({"night_share": -1}, "number of 0 or more"),
    ],
)
def test_nonsense_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        PulsationPlan(**change)
