"""The sum of all parts for one station and one day."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seismomag.core.stations import Station
from seismomag.simulate.background import (
    BackgroundPlan,
    common_noise,
    daylight,
    local_noise,
    quiet_day_nt,
)
from seismomag.simulate.latitude import between, geomagnetic_latitude_deg
from seismomag.simulate.pulsations import PulsationPlan, packet_waves
from seismomag.simulate.seamless import NODE_OFFSETS_S, upsample, upsample_float32
from seismomag.simulate.seeds import Purpose, generator
from seismomag.simulate.storms import StormPlan, fluctuations, storm_field_nt

# By night the solar hour is far from this one; the 1/f field is strongest just after noon.
_NOISE_PEAK_HOUR = 12.5


@dataclass(frozen=True, kw_only=True)
class FieldPlan:
    """The three plans that make a field when nothing fails and nothing is planted."""

    background: BackgroundPlan = field(default_factory=BackgroundPlan)
    pulsations: PulsationPlan = field(default_factory=PulsationPlan)
    storms: StormPlan = field(default_factory=StormPlan)


@dataclass(frozen=True)
class Place:
    """A station as the sum needs it; from :func:`place_of`.

    Attributes
    ----------
    index
        Index of the station in its network.
    solar_offset_hours
        Local mean solar time minus UTC [hours].
    latitude_deg
        Geomagnetic [degrees].
    level_nt
        Main field H, D, Z [nT].
    z_transfer
        Part of H and of D that appears in Z.
    """

    index: int
    solar_offset_hours: float
    latitude_deg: float
    level_nt: tuple[float, float, float]
    z_transfer: tuple[float, float]


@lru_cache(maxsize=256)
def place_of(plan: BackgroundPlan, station: Station, index: int, seed: int) -> Place:
    """Draw what is constant at a station: its base line and its transfer to Z."""
    rng = generator(seed, Purpose.STATION, index)
    latitude = geomagnetic_latitude_deg(station)
    level = np.array(plan.level_nt) + np.array([300.0, 30.0, 300.0]) * rng.standard_normal(3)
    signs = rng.choice([-1.0, 1.0], 2)
    spread = rng.uniform(0.8, 1.2, 2)
    transfer = signs * spread * [between(plan.z_to_h, latitude), between(plan.z_to_d, latitude)]
    h, d, z = (float(v) for v in level)
    return Place(index, station.solar_offset_hours, latitude, (h, d, z), (transfer[0], transfer[1]))


@dataclass(frozen=True)
class Activity:
    """Kp and Dst at the nodes of a day: two arrays (291,)."""

    kp: NDArray[np.float64]
    dst_nt: NDArray[np.float64]

    @classmethod
    def between_values(
        cls, kp: NDArray[np.float64], dst_nt: NDArray[np.float64], first_day: int
    ) -> "Activity":
        """Interpolate from the middles of the intervals.

        Parameters
        ----------
        kp, dst_nt
            Three-hourly and hourly values.
        first_day
            Number of days in these arrays before the day that is wanted.
        """
        hours = NODE_OFFSETS_S / 3600 + 24 * first_day
        return cls(
            np.interp(hours, 3 * np.arange(kp.size) + 1.5, kp),
            np.interp(hours, np.arange(dst_nt.size) + 0.5, dst_nt),
        )


@lru_cache(maxsize=3)
def _common(
    background: BackgroundPlan, pulsations: PulsationPlan, seed: int, day: int
) -> tuple[NDArray[np.float32], ...]:
    """Draw what all stations share on a day, before local time: (2, 86400) for each kind."""
    parts = (
        common_noise(background, seed, day),
        fluctuations(seed, day),
        *packet_waves(pulsations, seed, day),
    )
    for part in parts:
        part.flags.writeable = False
    return parts


def station_day_nt(
    plan: FieldPlan, seed: int, place: Place, day: int, activity: Activity
) -> NDArray[np.float64]:
    """Add everything up.

    Parameters
    ----------
    plan
        Background, pulsations, storms.
    seed
        Of the simulation.
    place
        The station.
    day
        Number of the day, from :func:`~seismomag.simulate.seeds.day_key`.
    activity
        Kp and Dst of the day.

    Returns
    -------
    field_nt
        Shape (3, 86400): H, D, Z [nT].
    """
    fast = local_noise(plan.background, seed, place.index, day)
    shared = _shared_nt(plan, seed, place, day, activity)
    fast[:2] += shared
    fast[2] += np.float32(place.z_transfer[0]) * shared[0]
    fast[2] += np.float32(place.z_transfer[1]) * shared[1]
    slow = storm_field_nt(plan.storms, activity.dst_nt, place.latitude_deg)
    slow += quiet_day_nt(plan.background, seed, place.index, day, place.solar_offset_hours)
    slow += np.array(place.level_nt)[:, None]
    field_nt = upsample(slow)
    field_nt += fast
    return field_nt


def _shared_nt(
    plan: FieldPlan, seed: int, place: Place, day: int, activity: Activity
) -> NDArray[np.float32]:
    """H and D of the common field at a station: (2, 86400)."""
    factors = upsample_float32(_factors(plan, place, activity))
    ratios = (
        between(plan.background.d_to_h, place.latitude_deg),
        between(plan.storms.d_to_h, place.latitude_deg),
        *[between(plan.pulsations.d_to_h, place.latitude_deg)] * 3,
    )
    shared = np.zeros((2, factors.shape[-1]), np.float32)
    parts = _common(plan.background, plan.pulsations, seed, day)
    for part, factor, ratio in zip(parts, factors, ratios, strict=True):
        shared[0] += factor * part[0]
        factor *= np.float32(ratio)
        shared[1] += factor * part[1]
    return shared


def _factors(plan: FieldPlan, place: Place, activity: Activity) -> NDArray[np.float64]:
    """Amplitude of noise, storm fluctuations and each kind of pulsations: (5, 291)."""
    solar = NODE_OFFSETS_S / 3600 + place.solar_offset_hours
    b, s, p = plan.background, plan.storms, plan.pulsations
    by_day = daylight(solar, _NOISE_PEAK_HOUR)
    noise = (b.night_rms_nt + (b.day_rms_nt - b.night_rms_nt) * by_day) * _growth(
        b.kp_slope, activity
    )
    storm_gain = between((1.0, s.mid_latitude_gain), place.latitude_deg)
    # Stated at Kp 6; the others are stated at Kp 2.
    storm = s.fluctuation_nt * storm_gain * _growth(s.kp_slope, activity) / 10 ** (4 * s.kp_slope)
    rows = [noise * between(b.latitude_gain, place.latitude_deg), storm]
    for kind, amplitude in enumerate(p.amplitude_nt):
        share = p.night_share + (1 - p.night_share) * daylight(solar, p.peak_hour[kind])
        gain = between((1.0, p.mid_latitude_gain[kind]), place.latitude_deg)
        rows.append(amplitude * gain * share * _growth(p.kp_slope[kind], activity))
    return np.stack(rows)


def _growth(slope: float, activity: Activity) -> NDArray[np.float64]:
    growth: NDArray[np.float64] = 10 ** (slope * (activity.kp - 2))
    return growth
