"""Which earthquakes a station could have felt coming: pairs of event and station."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.geodesy import azimuth_deg, distance_km
from seismomag.core.schema import Catalogue
from seismomag.core.stations import Station
from seismomag.dataset.decluster import gardner_knopoff
from seismomag.dataset.rule import LabelRule

PAIR_COLUMNS = (
    "event_id",
    "cluster_id",
    "station_code",
    "origin_time",
    "magnitude",
    "distance_km",
    "azimuth_deg",
)

# The sphere only preselects; 1 % covers its difference from the ellipsoid (0.6 % at most).
_EARTH_RADIUS_KM = 6371.0
_SPHERE_MARGIN = 1.01


def target_pairs(
    stations: Iterable[Station], catalogue: Catalogue, rule: LabelRule
) -> pd.DataFrame:
    """Every pair of a target event and a station in whose range it lies.

    Parameters
    ----------
    stations
        In any order.
    catalogue
        Events in any order.
    rule
        Magnitude, depth, radius, and whether only mainshocks count.

    Returns
    -------
    pairs
        Columns :data:`PAIR_COLUMNS`, sorted by time, event and station. The azimuth points from
        the station to the epicentre; ``cluster_id`` is the mainshock by Gardner and Knopoff among
        all catalogued events of at least the minimum magnitude.
    """
    large = catalogue.events[catalogue.events["magnitude"] >= rule.minimum_magnitude]
    large = large.sort_values(["origin_time", "event_id"], ignore_index=True)
    clusters = gardner_knopoff(large)
    depth = large["depth_km"].to_numpy(np.float64)
    keep = np.isinf(rule.maximum_depth_km) | (depth <= rule.maximum_depth_km)
    if rule.mainshocks_only:
        keep = keep & clusters["is_mainshock"].to_numpy()
    events = large.assign(cluster_id=clusters["cluster_id"])[keep].reset_index(drop=True)
    ordered = sorted(stations, key=lambda s: s.station_code)
    event, station = _maybe_in_range(events, ordered, rule)
    from_lat = np.array([s.latitude_deg for s in ordered], dtype=np.float64)[station]
    from_lon = np.array([s.longitude_deg for s in ordered], dtype=np.float64)[station]
    codes = np.array([s.station_code for s in ordered], dtype=object)[station]
    pairs = events.iloc[event].reset_index(drop=True)
    to_lat = pairs["latitude_deg"].to_numpy(np.float64)
    to_lon = pairs["longitude_deg"].to_numpy(np.float64)
    pairs = pairs.assign(
        station_code=pd.Series(codes, dtype="str"),
        distance_km=distance_km(from_lat, from_lon, to_lat, to_lon),
        azimuth_deg=azimuth_deg(from_lat, from_lon, to_lat, to_lon),
    )
    near = pairs["distance_km"].to_numpy() <= rule.radius_km(pairs["magnitude"])
    found: pd.DataFrame = pairs.loc[near, list(PAIR_COLUMNS)].reset_index(drop=True)
    return found


def _maybe_in_range(
    events: pd.DataFrame, stations: list[Station], rule: LabelRule
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions (event, station) of all pairs that a sphere cannot exclude."""
    lat = np.deg2rad(events["latitude_deg"].to_numpy(np.float64))[:, None]
    lon = np.deg2rad(events["longitude_deg"].to_numpy(np.float64))[:, None]
    place = np.deg2rad([[s.latitude_deg, s.longitude_deg] for s in stations]).reshape(-1, 2)
    cosine = np.sin(lat) * np.sin(place[:, 0]) + np.cos(lat) * np.cos(place[:, 0]) * np.cos(
        lon - place[:, 1]
    )
    reach = rule.radius_km(events["magnitude"])[:, None] * _SPHERE_MARGIN + 0.1
    event, station = np.nonzero(cosine >= np.cos(np.minimum(reach / _EARTH_RADIUS_KM, np.pi)))
    return event, station


def name_rows(rows: pd.DataFrame, pairs: pd.DataFrame, rule: LabelRule) -> NDArray[np.int64]:
    """Find the event that names each row.

    Parameters
    ----------
    rows
        ``station_code, horizon_start, horizon_end``.
    pairs
        From :func:`target_pairs`, in any order.
    rule
        Its ``naming`` decides among several.

    Returns
    -------
    position
        Shape (n,): position in ``pairs``, or -1 where no target lies in the horizon.
    """
    found = np.full(len(rows), -1, dtype=np.int64)
    where = rows.groupby("station_code").indices
    times = pairs["origin_time"].to_numpy(dtype="datetime64[ns]")
    starts = rows["horizon_start"].to_numpy(dtype="datetime64[ns]")
    ends = rows["horizon_end"].to_numpy(dtype="datetime64[ns]")
    rank = _rank(pairs, rule)
    for code, mine in pairs.groupby("station_code").indices.items():
        if code not in where:
            continue
        at = where[code]
        by_time = mine[np.argsort(times[mine], kind="stable")]
        low = np.searchsorted(times[by_time], starts[at], side="left")
        high = np.searchsorted(times[by_time], ends[at], side="left")
        best = _least_in_each(rank[by_time], low, high)
        found[at] = best
    order = np.argsort(rank)
    return np.where(found >= 0, order[np.maximum(found, 0)] if len(order) else -1, -1)


def _rank(pairs: pd.DataFrame, rule: LabelRule) -> NDArray[np.int64]:
    """Place of each pair when the one that gives its name comes first."""
    first = -pairs["magnitude"] if rule.naming == "largest" else pairs["distance_km"]
    keys = pd.DataFrame(
        {
            "first": first,
            "time": pairs["origin_time"],
            "event": pairs["event_id"],
            "station": pairs["station_code"],
        }
    ).reset_index(drop=True)
    order = keys.sort_values(["first", "time", "event", "station"]).index.to_numpy()
    rank = np.empty(len(pairs), dtype=np.int64)
    rank[order] = np.arange(len(pairs))
    return rank


def _least_in_each(
    values: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Least of ``values[low:high]`` for each slice; -1 where the slice is empty."""
    least = np.full(low.shape, -1, dtype=np.int64)
    some = high > low
    count = (high - low)[some]
    if count.size == 0:
        return least
    begins = np.cumsum(count) - count
    inside = np.arange(count.sum()) - np.repeat(begins, count) + np.repeat(low[some], count)
    least[some] = np.minimum.reduceat(values[inside], begins)
    return least
