"""Storms as a station sees them: the ring current, and the fluctuations that come with it."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.kinds import check_kinds
from seismomag.simulate.checks import as_tuple, require_not_negative
from seismomag.simulate.seamless import SEAM_S, coloured, join
from seismomag.simulate.seeds import Purpose, generator

FLUCTUATION_BAND_HZ = (0.001, 0.007)
"""Band in which the rms of the fluctuations is meant."""

_CORNER_HZ = 5e-4
_HIGHEST_HZ = 0.1
# Far above the band nothing is left of a spectrum that falls as f^-2.


@dataclass(frozen=True, kw_only=True)
class StormPlan:
    """How Dst becomes field, and how the field trembles meanwhile.

    Attributes
    ----------
    h_per_dst
        H of a station on the geomagnetic equator for 1 nT of Dst.
    z_per_dst
        Z of a station on the pole for 1 nT of Dst, with the sign turned: a field along the
        dipole axis is ``(cos latitude, -sin latitude)`` in (H, Z). Currents induced in the
        Earth raise H and lower Z, hence less than 1.
    fluctuation_nt
        rms in 1-7 mHz of H at Kp 6 and low latitude [nT]; the spectrum is steeper (f^-2) than
        that of the background.
    kp_slope
        Growth of the fluctuations [dex per unit of Kp]: faster than that of the background.
    mid_latitude_gain
        Fluctuations of H at 47 degrees of geomagnetic latitude against 17.
    d_to_h
        Fluctuations of D against H at low and at middle latitude.
    """

    h_per_dst: float = 1.0
    z_per_dst: float = 0.4
    fluctuation_nt: float = 1.8
    kp_slope: float = 0.25
    mid_latitude_gain: float = 0.8
    d_to_h: tuple[float, float] = (0.5, 0.8)

    def __post_init__(self) -> None:
        check_kinds(self)
        as_tuple(self, "d_to_h")
        require_not_negative(self, "h_per_dst", "z_per_dst", "fluctuation_nt", "mid_latitude_gain")


def storm_field_nt(
    plan: StormPlan, dst_nt: NDArray[np.float64], geomagnetic_latitude_deg: float
) -> NDArray[np.float64]:
    """Turn Dst into H, D, Z.

    Parameters
    ----------
    plan
        The gains.
    dst_nt
        Shape (n,) [nT]; missing values count as no ring current.
    geomagnetic_latitude_deg
        Of the station [degrees].

    Returns
    -------
    field_nt
        Shape (3, n) [nT].
    """
    latitude = np.deg2rad(geomagnetic_latitude_deg)
    dst = np.nan_to_num(dst_nt)
    h = plan.h_per_dst * np.cos(latitude) * dst
    z = -plan.z_per_dst * np.sin(latitude) * dst
    return np.stack([h, np.zeros_like(h), z])


@lru_cache(maxsize=4)
def _fluctuation_density(n: int) -> NDArray[np.float32]:
    frequency = np.fft.rfftfreq(n)
    fine = np.linspace(*FLUCTUATION_BAND_HZ, 1_001)
    width = FLUCTUATION_BAND_HZ[1] - FLUCTUATION_BAND_HZ[0]
    rms = np.sqrt(np.mean((fine**2 + _CORNER_HZ**2) ** -2) * width)
    density = np.where(frequency < _HIGHEST_HZ, 1 / (frequency**2 + _CORNER_HZ**2) / rms, 0)
    return density.astype(np.float32)


def fluctuations(seed: int, day: int) -> NDArray[np.float32]:
    """Draw the fluctuations of a day, of rms 1 in 1-7 mHz.

    Parameters
    ----------
    seed
        Of the simulation.
    day
        Number of the day, from :func:`~seismomag.simulate.seeds.day_key`.

    Returns
    -------
    noise
        Shape (2 components H and D, 86400).
    """
    body = coloured(
        generator(seed, Purpose.STORM_NOISE, day), _fluctuation_density(SECONDS_PER_DAY), 2
    )
    before, after = (
        coloured(
            generator(seed, Purpose.STORM_NOISE_SEAM, midnight), _fluctuation_density(SEAM_S), 2
        )
        for midnight in (day, day + 1)
    )
    return join(body, before, after)
