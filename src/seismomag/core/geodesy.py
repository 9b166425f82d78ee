"""Distances and directions on the WGS84 ellipsoid, and differences on the circle."""

from functools import cache

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray


@cache
def _wgs84() -> pyproj.Geod:
    return pyproj.Geod(ellps="WGS84")


def _inverse(
    lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lat1, lon1, lat2, lon2 = np.broadcast_arrays(
        *(np.asarray(a, dtype=np.float64) for a in (lat1, lon1, lat2, lon2))
    )
    azimuth, _, distance_m = _wgs84().inv(lon1.ravel(), lat1.ravel(), lon2.ravel(), lat2.ravel())
    return np.reshape(azimuth, lat1.shape), np.reshape(distance_m, lat1.shape)


def distance_km(
    lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike
) -> NDArray[np.float64]:
    """Length of the geodesic between two points.

    Parameters
    ----------
    lat1, lon1, lat2, lon2
        Geographic coordinates [degrees]. Arrays broadcast.

    Returns
    -------
    distance_km
        [km]. Solved by the method of Karney 2013 (J. Geod. 87, 43) in PROJ.

    Examples
    --------
    >>> float(distance_km(0, 0, 0, 1).round(3))
    111.319
    """
    return _inverse(lat1, lon1, lat2, lon2)[1] / 1000


def azimuth_deg(
    lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike
) -> NDArray[np.float64]:
    """Direction in which point 2 is seen from point 1.

    Parameters
    ----------
    lat1, lon1, lat2, lon2
        Geographic coordinates [degrees]. Arrays broadcast.

    Returns
    -------
    azimuth_deg
        Clockwise from north [degrees, 0 <= azimuth < 360].

    Examples
    --------
    >>> float(azimuth_deg(0, 0, 0, -1))
    270.0
    """
    return wrap_deg(_inverse(lat1, lon1, lat2, lon2)[0])


def destination(
    lat: ArrayLike, lon: ArrayLike, azimuth: ArrayLike, distance: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Point reached from a start along a geodesic.

    Parameters
    ----------
    lat, lon
        Start [degrees]. Arrays broadcast.
    azimuth
        Clockwise from north [degrees].
    distance
        [km].

    Returns
    -------
    latitude_deg, longitude_deg
        [degrees].
    """
    lat, lon, azimuth, distance = np.broadcast_arrays(
        *(np.asarray(a, dtype=np.float64) for a in (lat, lon, azimuth, distance))
    )
    lon2, lat2, _ = _wgs84().fwd(lon.ravel(), lat.ravel(), azimuth.ravel(), distance.ravel() * 1000)
    return np.reshape(lat2, lat.shape), np.reshape(lon2, lat.shape)


def wrap_deg(angle: ArrayLike) -> NDArray[np.float64]:
    """Bring an angle into [0, 360) degrees."""
    wrapped = np.mod(np.asarray(angle, dtype=np.float64), 360.0)
    # The remainder of a tiny negative angle rounds up to 360 itself.
    return np.where(wrapped == 360.0, 0.0, wrapped)


def circular_difference_deg(angle: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Signed smallest turn from a reference to an angle.

    Parameters
    ----------
    angle, reference
        [degrees]. Arrays broadcast.

    Returns
    -------
    difference_deg
        [degrees, -180 <= difference < 180].

    Examples
    --------
    >>> float(circular_difference_deg(350, 10))
    -20.0
    """
    turn = np.asarray(angle, dtype=np.float64) - np.asarray(reference, dtype=np.float64)
    return np.mod(turn + 180.0, 360.0) - 180.0


def circular_mean_deg(angle: ArrayLike) -> float:
    """Direction of the mean unit vector [degrees, 0 <= mean < 360]; NaN for no angles."""
    radians = np.deg2rad(np.asarray(angle, dtype=np.float64).ravel())
    if radians.size == 0:
        return float("nan")
    return float(wrap_deg(np.rad2deg(np.arctan2(np.sin(radians).mean(), np.cos(radians).mean()))))
