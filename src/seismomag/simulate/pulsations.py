"""Pc3, Pc4 and Pc5: packets of waves that every station sees at once."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seismomag.core.bands import Band
from seismomag.core.constants import (
    PC3_BAND_HZ,
    PC4_BAND_HZ,
    PC5_BAND_HZ,
    SECONDS_PER_DAY,
)
from seismomag.core.kinds import check_kinds
from seismomag.simulate.checks import as_tuple, require, require_not_negative
from seismomag.simulate.seeds import Purpose, generator

KINDS = ("pc3", "pc4", "pc5")
"""Kinds of pulsations, the leading index of everything below."""

_SPAN_S = 3.0
# A packet ends this many standard deviations from its middle, where a cosine-squared window of
# that half width is practically the Gaussian.


@dataclass(frozen=True, kw_only=True)
class PulsationPlan:
    """How many packets a day has and how strong they are; one number for each of Pc3, Pc4, Pc5.

    Attributes
    ----------
    packets_per_day
        Mean number of packets that begin in a day.
    amplitude_nt
        Median amplitude of a packet in H at local noon hours, Kp 2 and low latitude [nT].
    scatter_dex
        Scatter of the amplitude of packets.
    day_scatter_dex
        Scatter of a whole day's amplitude: the angle of the interplanetary field rules Pc3 and
        Pc4 more than Kp does (Greenstadt & Olson 1976, J. Geophys. Res. 81, 5911).
    night_share
        Amplitude by night as a share of that by day.
    peak_hour
        Local time of the largest amplitude [hours].
    kp_slope
        Growth with activity [dex per unit of Kp].
    mid_latitude_gain
        Amplitude at 47 degrees of geomagnetic latitude against 17: the waves come from the
        magnetosphere, and field lines resonate nearer at middle latitude.
    d_to_h
        Amplitude of D against H at low and at middle latitude.
    """

    packets_per_day: tuple[float, ...] = (45.0, 30.0, 15.0)
    amplitude_nt: tuple[float, ...] = (0.06, 0.12, 0.4)
    scatter_dex: float = 0.3
    day_scatter_dex: float = 0.15
    night_share: float = 0.3
    peak_hour: tuple[float, ...] = (10.5, 10.0, 8.5)
    kp_slope: tuple[float, ...] = (0.12, 0.14, 0.17)
    mid_latitude_gain: tuple[float, ...] = (1.5, 2.0, 2.0)
    d_to_h: tuple[float, float] = (0.5, 0.75)

    def __post_init__(self) -> None:
        check_kinds(self)
        names = ("packets_per_day", "amplitude_nt", "peak_hour", "kp_slope", "mid_latitude_gain")
        as_tuple(self, *names, "d_to_h")
        for name in names:
            values = getattr(self, name)
            require(
                len(values) == len(KINDS) and min(values) >= 0,
                f"PulsationPlan.{name}={values} needs three numbers of 0 or more, "
                "for Pc3, Pc4, Pc5",
            )
        require_not_negative(self, "scatter_dex", "day_scatter_dex", "night_share")


_BANDS = tuple(
    Band(low_hz=low, high_hz=high) for low, high in (PC3_BAND_HZ, PC4_BAND_HZ, PC5_BAND_HZ)
)

# Pulsations below 22 mHz wander less in period; the Pc3 band is used up to 60 mHz only, where
# the spectra of Conrad and Alor fall off.
_PC3_HIGH_HZ = 0.06


@dataclass(frozen=True)
class _Packets:
    centre_s: NDArray[np.float64]
    half_span_s: NDArray[np.float64]
    frequency_hz: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    phase: NDArray[np.float64]


@lru_cache(maxsize=32)
def _draw(plan: PulsationPlan, seed: int, day: int, kind: int) -> _Packets:
    rng = generator(seed, Purpose.PACKETS, day, kind)
    n = int(rng.poisson(plan.packets_per_day[kind]))
    band = _BANDS[kind]
    high_hz = min(band.high_hz, _PC3_HIGH_HZ)
    frequency_hz = np.exp(rng.uniform(np.log(band.low_hz), np.log(high_hz), n))
    amplitude = 10 ** (
        plan.scatter_dex * rng.standard_normal(n) + plan.day_scatter_dex * rng.standard_normal()
    )
    # Six to twelve periods within one standard deviation, at least two minutes.
    sigma_s = np.maximum(rng.uniform(6, 12, n) / frequency_hz, 120.0).clip(max=900.0)
    centre_s = rng.uniform(0, SECONDS_PER_DAY, n)
    return _Packets(
        centre_s, _SPAN_S * sigma_s, frequency_hz, amplitude, rng.uniform(0, 2 * np.pi, (2, n)).T
    )


def packet_waves(plan: PulsationPlan, seed: int, day: int) -> NDArray[np.float32]:
    """Add up the packets of a day, at unit amplitude and before any local time.

    Parameters
    ----------
    plan
        Numbers and scatter.
    seed
        Of the simulation.
    day
        Number of the day, from :func:`~seismomag.simulate.seeds.day_key`.

    Returns
    -------
    waves
        Shape (3 kinds, 2 components H and D, 86400). Packets of the days before and after
        reach over midnight.
    """
    waves = np.zeros((len(KINDS), 2, SECONDS_PER_DAY), np.float32)
    for kind in range(len(KINDS)):
        for shift in (-1, 0, 1):
            packets = _draw(plan, seed, day + shift, kind)
            _add(waves[kind], packets, shift * SECONDS_PER_DAY)
    return waves


def _add(waves: NDArray[np.float32], packets: _Packets, offset_s: int) -> None:
    first = np.ceil(packets.centre_s - packets.half_span_s + offset_s).astype(int)
    last = np.floor(packets.centre_s + packets.half_span_s + offset_s).astype(int) + 1
    first, last = first.clip(min=0), last.clip(max=SECONDS_PER_DAY)
    for i in np.flatnonzero(first < last):
        lag = np.arange(first[i], last[i]) - (packets.centre_s[i] + offset_s)
        lag32 = lag.astype(np.float32)
        window = np.cos(lag32 * np.float32(np.pi / 2 / packets.half_span_s[i])) ** 2
        window *= np.float32(packets.amplitude[i])
        turn = lag32 * np.float32(2 * np.pi * packets.frequency_hz[i])
        cosine, sine = window * np.cos(turn), window * np.sin(turn)
        for component, phase in enumerate(packets.phase[i]):
            row = waves[component, first[i] : last[i]]
            row += np.float32(np.cos(phase)) * cosine
            row -= np.float32(np.sin(phase)) * sine
