"""Where a station stands in the geomagnetic field."""

import numpy as np

from seismomag.core.stations import Station

# Pole of the centred dipole in the northern hemisphere, IGRF-13 for 2020.
_POLE_LATITUDE_DEG = 80.65
_POLE_LONGITUDE_DEG = -72.68

LOW_LATITUDE_DEG = 17.0
MID_LATITUDE_DEG = 47.0
"""Geomagnetic latitudes of Alor and Conrad, the two places that the plans were fitted to."""


def geomagnetic_latitude_deg(station: Station) -> float:
    """Latitude with respect to the centred dipole of 2020 [degrees].

    Examples
    --------
    >>> alor = Station(station_code="ALR", latitude_deg=-8.14, longitude_deg=124.59)
    >>> round(geomagnetic_latitude_deg(alor), 1)
    -17.1
    """
    pole, latitude = np.deg2rad(_POLE_LATITUDE_DEG), np.deg2rad(station.latitude_deg)
    turn = np.deg2rad(station.longitude_deg - _POLE_LONGITUDE_DEG)
    sine = np.sin(pole) * np.sin(latitude) + np.cos(pole) * np.cos(latitude) * np.cos(turn)
    return float(np.rad2deg(np.arcsin(np.clip(sine, -1, 1))))


def between(values: tuple[float, float], latitude_deg: float) -> float:
    """Interpolate from a value at low to a value at middle geomagnetic latitude.

    Parameters
    ----------
    values
        At ``LOW_LATITUDE_DEG`` and at ``MID_LATITUDE_DEG``.
    latitude_deg
        Geomagnetic [degrees]; outside of the two the nearer value holds.
    """
    return float(np.interp(abs(latitude_deg), [LOW_LATITUDE_DEG, MID_LATITUDE_DEG], values))
