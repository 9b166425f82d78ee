"""Which earthquakes belong together: mainshocks and their families."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.core.constants import NANOSECONDS_PER_DAY
from seismomag.core.errors import SchemaError
from seismomag.core.geodesy import distance_km
from seismomag.dataset.decluster_nearest import nearest_neighbour

# The sphere only preselects; 1 % covers its difference from the ellipsoid (0.6 % at most).
_EARTH_RADIUS_KM = 6371.0
_SPHERE_MARGIN = 1.01


def window_km(magnitude: ArrayLike) -> NDArray[np.float64]:
    """Radius of the aftershock window, ``10 ** (0.1238 M + 0.983)`` [km].

    Gardner & Knopoff 1974, Bull. Seismol. Soc. Am. 64, 1363.

    Examples
    --------
    >>> float(window_km(6.0).round(2))
    53.19
    """
    exponent = 0.1238 * np.asarray(magnitude, dtype=np.float64) + 0.983
    return np.asarray(10.0**exponent)


def window_days(magnitude: ArrayLike) -> NDArray[np.float64]:
    """Length of the aftershock window [days].

    ``10 ** (0.5409 M - 0.547)`` below M 6.5 and ``10 ** (0.032 M + 2.7389)`` from there on.
    Gardner & Knopoff 1974, Bull. Seismol. Soc. Am. 64, 1363.

    Examples
    --------
    >>> window_days([5.0, 6.5, 7.0]).round(1)
    array([143.7, 884.9, 918.1])
    """
    size = np.asarray(magnitude, dtype=np.float64)
    return np.where(size < 6.5, 10.0 ** (0.5409 * size - 0.547), 10.0 ** (0.032 * size + 2.7389))


def gardner_knopoff(events: pd.DataFrame) -> pd.DataFrame:
    """Sort earthquakes into clusters by the windows of Gardner and Knopoff.

    The largest earthquake that belongs nowhere yet becomes a mainshock. It takes every free one
    that follows within its own window, and every free one before it (a foreshock) in whose window
    the mainshock itself lies in time; the radius is that of the mainshock in both cases. Of equal
    magnitudes the earlier one is first, then the smaller ``event_id``. Depth plays no part.

    Because larger ones decide first, leaving out small earthquakes never changes the clusters
    of those that stay.

    Parameters
    ----------
    events
        Columns ``event_id, origin_time, latitude_deg, longitude_deg, magnitude``, in any order.

    Returns
    -------
    clusters
        One row for each event in the same order and with the same index: ``event_id, cluster_id``
        (the ``event_id`` of the mainshock), ``is_mainshock``. An event without a magnitude may
        follow a mainshock but has no window of its own.

    Raises
    ------
    SchemaError
        An event_id stands twice.
    """
    ids = events["event_id"].to_numpy(dtype=object)
    if len(set(ids)) != len(ids):
        twice = events.loc[events["event_id"].duplicated(), "event_id"].iloc[0]
        msg = f"event_id {twice} stands twice; merge the catalogue before declustering"
        raise SchemaError(msg)
    by_time = np.lexsort((ids, _days(events)))
    leader_by_time = _leaders(events.iloc[by_time])
    leader = np.empty(len(ids), dtype=np.int64)
    leader[by_time] = by_time[leader_by_time]
    return pd.DataFrame(
        {
            "event_id": events["event_id"],
            "cluster_id": pd.Series(ids[leader], index=events.index, dtype="str"),
            "is_mainshock": leader == np.arange(len(ids)),
        },
        index=events.index,
    )


def _days(events: pd.DataFrame) -> NDArray[np.float64]:
    stamps = events["origin_time"].to_numpy(dtype="datetime64[ns]").astype(np.int64)
    return stamps / NANOSECONDS_PER_DAY


def _unit_vectors(
    lat_deg: NDArray[np.float64], lon_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    lat, lon = np.deg2rad(lat_deg), np.deg2rad(lon_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _leaders(events: pd.DataFrame) -> NDArray[np.int64]:
    """Position of the mainshock of each event; the events are sorted by time."""
    day = _days(events)
    lat = events["latitude_deg"].to_numpy(np.float64)
    lon = events["longitude_deg"].to_numpy(np.float64)
    size = events["magnitude"].to_numpy(np.float64)
    unit = _unit_vectors(lat, lon)
    after, radius = window_days(size), window_km(size)
    # No foreshock reaches further ahead than the window of an equally large event.
    first = np.searchsorted(day, day - after, side="left")
    last = np.searchsorted(day, day + after, side="right")
    cosine = np.cos(np.minimum(radius * _SPHERE_MARGIN / _EARTH_RADIUS_KM, np.pi))
    leader = np.arange(len(day))
    free = np.ones(len(day), dtype=bool)
    for main in np.argsort(-size, kind="stable"):
        if not free[main] or np.isnan(size[main]):
            continue
        free[main] = False
        span = slice(first[main], last[main])
        near = free[span] & (unit[span] @ unit[main] >= cosine[main])
        family = np.flatnonzero(near) + first[main]
        # What comes before is a foreshock only if its own, shorter window reaches this far.
        family = family[(family > main) | (day[family] + after[family] >= day[main])]
        if family.size:
            apart = distance_km(lat[main], lon[main], lat[family], lon[family])
            family = family[apart <= radius[main]]
            leader[family], free[family] = main, False
    return leader


DECLUSTERING: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "gardner_knopoff": gardner_knopoff,
    "nearest_neighbour": nearest_neighbour,
}
"""Ways to find clusters: events to ``event_id, cluster_id, is_mainshock``."""
