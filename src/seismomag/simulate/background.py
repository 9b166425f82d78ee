"""What a station records when no earthquake is near: quiet day, 1/f field, local noise."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.kinds import check_kinds
from seismomag.simulate.checks import as_tuple, require, require_not_negative, require_share
from seismomag.simulate.seamless import NODE_OFFSETS_S, SEAM_S, coloured, join
from seismomag.simulate.seeds import Purpose, generator

REFERENCE_BAND_HZ = (0.015, 0.040)
"""Band in which the rms amplitudes of the plan are meant."""

_CORNER_HZ = 3e-4
# Below the corner the field is left flat: quiet day and storm rule there, and a seam has no
# room for slower noise.

_HIGHEST_HZ = 0.25
# Above it the common field is far below any sensor, and is not drawn.

_SENSOR_CORNER_HZ = 0.15
_SENSOR_RMS_PER_DENSITY = np.sqrt(_SENSOR_CORNER_HZ * np.arctan(0.5 / _SENSOR_CORNER_HZ))
# The noise of nine Conrad instruments falls above 0.15 Hz as behind one RC filter: the
# averaging that every 1 Hz instrument does before it samples.


@dataclass(frozen=True, kw_only=True)
class BackgroundPlan:
    """The undisturbed field and the noise of the instruments.

    Attributes
    ----------
    night_rms_nt, day_rms_nt
        Common field in H by night and at noon, at Kp 2, rms in 15-40 mHz, before
        ``latitude_gain`` [nT].
    exponent
        Amplitude density falls as ``f**-exponent``.
    fall_hz
        Above this frequency the common field falls as f**-3 more: little comes through the
        ionosphere there [Hz].
    kp_slope
        Growth with activity [dex per unit of Kp].
    latitude_gain
        Factor of the common field at low (17 degrees, geomagnetic) and middle latitude (47).
    d_to_h
        Amplitude of D against H at low and at middle latitude: at low latitude both the ring
        current and the waves are polarised along the meridian.
    z_to_h, z_to_d
        Part of H and D that appears in Z at low and at middle latitude, with a sign and a
        fifth of scatter for each station. The low-latitude stations are islands and coasts,
        whose induced currents feed Z; Conrad stands on uniform rock.
    local_rms_nt
        Local field of each component, of the same spectrum, rms in 15-40 mHz [nT].
    sensor_noise_nt
        Noise of H, D and Z, rms at 1 Hz sampling [nT].
    quiet_day_nt
        Amplitude of the daily variation in H, D, Z [nT].
    quiet_day_scatter
        Its scatter from day to day, as a share.
    burst_share
        Share of station-days with bursts of local noise.
    burst_gain
        Largest factor of the local noise in a burst.
    level_nt
        Main field H, D, Z [nT]; every station differs by some hundred nT.
    """

    night_rms_nt: float = 0.05
    day_rms_nt: float = 0.15
    exponent: float = 1.2
    fall_hz: float = 0.07
    kp_slope: float = 0.15
    latitude_gain: tuple[float, float] = (0.5, 0.62)
    d_to_h: tuple[float, float] = (0.55, 0.85)
    z_to_h: tuple[float, float] = (0.38, 0.22)
    z_to_d: tuple[float, float] = (0.3, 0.1)
    local_rms_nt: float = 0.008
    sensor_noise_nt: tuple[float, ...] = (0.075, 0.075, 0.065)
    quiet_day_nt: tuple[float, ...] = (35.0, 15.0, 10.0)
    quiet_day_scatter: float = 0.2
    burst_share: float = 0.12
    burst_gain: float = 8.0
    level_nt: tuple[float, ...] = (38_000.0, 0.0, -20_000.0)

    def __post_init__(self) -> None:
        check_kinds(self)
        pairs = ("latitude_gain", "d_to_h", "z_to_h", "z_to_d")
        triples = ("sensor_noise_nt", "quiet_day_nt", "level_nt")
        as_tuple(self, *pairs, *triples)
        for name in triples:
            found = len(getattr(self, name))
            require(found == 3, f"BackgroundPlan.{name} has {found} numbers, needs 3")
        require_not_negative(self, "night_rms_nt", "day_rms_nt", "exponent", "local_rms_nt")
        require(self.fall_hz > 0, "BackgroundPlan.fall_hz must lie above 0 Hz")
        require(min(self.sensor_noise_nt) >= 0, "BackgroundPlan.sensor_noise_nt cannot be negative")
        require(self.burst_gain >= 1, "BackgroundPlan.burst_gain must be a factor of 1 or more")
        require_share(self, "burst_share", "quiet_day_scatter")


@lru_cache(maxsize=16)
def common_density(plan: BackgroundPlan, n: int) -> NDArray[np.float32]:
    """Amplitude density of the common field, of rms 1 in the reference band.

    Parameters
    ----------
    plan
        Exponent and fall.
    n
        Number of samples of the piece of noise.

    Returns
    -------
    density
        Shape (n // 2 + 1,) [1 / sqrt(Hz)].
    """
    frequency = np.fft.rfftfreq(n)
    fine: NDArray[np.float64] = np.linspace(*REFERENCE_BAND_HZ, 1_001)
    width = REFERENCE_BAND_HZ[1] - REFERENCE_BAND_HZ[0]
    rms = np.sqrt(np.mean(_shape(plan, fine) ** 2) * width)
    density = np.where(
        frequency < _HIGHEST_HZ, _shape(plan, np.asarray(frequency, np.float64)) / rms, 0
    )
    density = density.astype(np.float32)
    density.flags.writeable = False
    return density


def _shape(plan: BackgroundPlan, frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    low = (frequency_hz**2 + _CORNER_HZ**2) ** (-plan.exponent / 2)
    shape: NDArray[np.float64] = low / np.sqrt(1 + (frequency_hz / plan.fall_hz) ** 6)
    return shape


@lru_cache(maxsize=16)
def local_density(plan: BackgroundPlan, n: int) -> NDArray[np.float32]:
    """Amplitude density of local field and sensor noise together.

    Returns
    -------
    density
        Shape (3, n // 2 + 1) [nT / sqrt(Hz)].
    """
    frequency = np.fft.rfftfreq(n)
    sensor = np.array(plan.sensor_noise_nt)[:, None] / _SENSOR_RMS_PER_DENSITY
    sensor = sensor / np.sqrt(1 + (frequency / _SENSOR_CORNER_HZ) ** 2)
    local = plan.local_rms_nt * common_density(plan, n)
    density: NDArray[np.float32] = np.hypot(sensor, local).astype(np.float32)
    density.flags.writeable = False
    return density


def common_noise(plan: BackgroundPlan, seed: int, day: int) -> NDArray[np.float32]:
    """Draw the common field of a day, of rms 1 in the reference band.

    Returns
    -------
    noise
        Shape (2 components H and D, 86400).
    """
    body = coloured(generator(seed, Purpose.COMMON, day), common_density(plan, SECONDS_PER_DAY), 2)
    density = common_density(plan, SEAM_S)
    before, after = (
        coloured(generator(seed, Purpose.COMMON_SEAM, midnight), density, 2)
        for midnight in (day, day + 1)
    )
    return join(body, before, after)


def local_noise(plan: BackgroundPlan, seed: int, station: int, day: int) -> NDArray[np.float32]:
    """Draw the local field and the sensor noise of a station-day, bursts included.

    Returns
    -------
    noise_nt
        Shape (3, 86400) [nT].
    """
    body = coloured(
        generator(seed, Purpose.LOCAL, station, day), local_density(plan, SECONDS_PER_DAY), 3
    )
    density = local_density(plan, SEAM_S)
    before, after = (
        coloured(generator(seed, Purpose.LOCAL_SEAM, station, midnight), density, 3)
        for midnight in (day, day + 1)
    )
    noise = join(body, before, after)
    _burst(plan, generator(seed, Purpose.BURSTS, station, day), noise)
    return noise


def _burst(plan: BackgroundPlan, rng: np.random.Generator, noise_nt: NDArray[np.float32]) -> None:
    if rng.random() >= plan.burst_share:
        return
    for _ in range(int(rng.integers(1, 5))):
        # Far from midnight, so that the neighbouring days need not know.
        half_s = int(rng.uniform(600, 3_600))
        centre_s = int(rng.uniform(half_s + 60, SECONDS_PER_DAY - half_s - 60))
        gain = rng.uniform(1, plan.burst_gain)
        window = np.cos(np.linspace(-np.pi / 2, np.pi / 2, 2 * half_s)) ** 2
        factor = (1 + (gain - 1) * window).astype(np.float32)
        noise_nt[:, centre_s - half_s : centre_s + half_s] *= factor


def daylight(solar_hour: NDArray[np.float64], peak_hour: float) -> NDArray[np.float64]:
    """Share of the day's amplitude at a local time: 1 at the peak, nearly 0 by night."""
    turn = 2 * np.pi * (solar_hour - peak_hour) / 24
    share: NDArray[np.float64] = (0.5 + 0.5 * np.cos(turn)) ** 2
    return share


def quiet_day_nt(
    plan: BackgroundPlan, seed: int, station: int, day: int, solar_offset_hours: float
) -> NDArray[np.float64]:
    """Draw the daily variation at the nodes of a day.

    Parameters
    ----------
    plan, seed, station, day
        As everywhere here.
    solar_offset_hours
        Local mean solar time minus UTC [hours].

    Returns
    -------
    nodes_nt
        Shape (3, 291) [nT]: H a bump before noon, D an S about noon, Z a trough at noon.
    """
    factors = [
        generator(seed, Purpose.QUIET_DAY, station, day + shift).standard_normal()
        for shift in (-1, 0, 1)
    ]
    hours = NODE_OFFSETS_S / 3600
    factor = 1 + plan.quiet_day_scatter * np.interp(hours, [-12, 12, 36], factors)
    solar = hours + solar_offset_hours
    h = _bump(solar, 11.2, 2.6) - 0.27
    d = _bump(solar, 8.5, 2.0) - _bump(solar, 14.0, 2.2)
    z = 0.27 - _bump(solar, 11.5, 2.6)
    quiet: NDArray[np.float64] = factor * np.array(plan.quiet_day_nt)[:, None] * np.stack([h, d, z])
    return quiet


def _bump(solar_hour: NDArray[np.float64], peak: float, width: float) -> NDArray[np.float64]:
    lag = np.mod(solar_hour - peak + 12, 24) - 12
    bump: NDArray[np.float64] = np.exp(-0.5 * (lag / width) ** 2)
    return bump


def sensor_noise_nt(field_nt: NDArray[np.float64]) -> tuple[float, float, float]:
    """Estimate the sensor noise of a recording from what it has above 0.3 Hz.

    Parameters
    ----------
    field_nt
        Shape (3, n), 1 Hz [nT]; NaN where missing.

    Returns
    -------
    sensor_noise_nt
        rms at 1 Hz sampling of H, D, Z [nT], as :class:`BackgroundPlan` wants it.
    """
    from scipy.signal import welch

    noise = []
    for row in field_nt:
        known = np.flatnonzero(np.isfinite(row))
        require(known.size > 0, "sensor_noise_nt: a component has no valid sample")
        frequency, power = welch(np.interp(np.arange(row.size), known, row[known]), nperseg=4_000)
        high = frequency >= 0.3
        filtered = 1 + (frequency[high] / _SENSOR_CORNER_HZ) ** 2
        noise.append(float(np.sqrt(np.median(power[high] * filtered))) * _SENSOR_RMS_PER_DENSITY)
    return noise[0], noise[1], noise[2]
