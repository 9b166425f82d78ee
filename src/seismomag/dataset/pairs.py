"""Which earthquakes a station could have felt coming: pairs of event and station."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.geodesy import azimuth_deg, distance_km
from seismomag.core.schema import Catalogue
from seismomag.core.stations import Station
from seismomag.dataset.decluster import DECLUSTERING
from seismomag.dataset.rule import LabelRule, Naming, local_energy

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
        the station to the epicentre; ``cluster_id`` is the mainshock, by the rule's declustering,
        among all catalogued events of at least the minimum magnitude.
    """
    large = catalogue.events[rule.is_large(catalogue.events)]
    large = large.sort_values(["origin_time", "event_id"], ignore_index=True)
    clusters = DECLUSTERING[rule.declustering](large)
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
    if _sums_over_days(rule):
        near = near | _stands_for_its_day(pairs, rule)
    found: pd.DataFrame = pairs.loc[near, list(PAIR_COLUMNS)].reset_index(drop=True)
    return found


def _sums_over_days(rule: LabelRule) -> bool:
    return rule.radius == "energy" and rule.energy_over == "day"


def _stands_for_its_day(pairs: pd.DataFrame, rule: LabelRule) -> NDArray[np.bool_]:
    """Whether a pair has the highest Es of a station-day whose sum reaches the minimum."""
    es = pd.Series(local_energy(pairs["magnitude"], pairs["distance_km"]))
    days = [pairs["station_code"], pairs["origin_time"].dt.floor("D")]
    grouped = es.groupby(days)
    reaches = grouped.transform("sum") >= rule.minimum_energy
    # The pairs are sorted by time: of equals the first one stands for the day.
    strongest = np.zeros(len(pairs), dtype=bool)
    strongest[grouped.idxmax().to_numpy()] = True
    return np.asarray(reaches & strongest)


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
    if _sums_over_days(rule):
        event, station = np.nonzero(_on_strong_days(events, cosine, rule))
        return event, station
    reach = rule.radius_km(events["magnitude"])[:, None] * _SPHERE_MARGIN + 0.1
    event, station = np.nonzero(cosine >= np.cos(np.minimum(reach / _EARTH_RADIUS_KM, np.pi)))
    return event, station


def _on_strong_days(
    events: pd.DataFrame, cosine: NDArray[np.float64], rule: LabelRule
) -> NDArray[np.bool_]:
    """Whether the day of each event (rows) may reach the least Es at each station (columns)."""
    far = np.arccos(np.clip(cosine, -1.0, 1.0)) * _EARTH_RADIUS_KM
    # The bound must be high: the sphere may place an event too far by its margin.
    es = local_energy(events["magnitude"].to_numpy()[:, None], far / _SPHERE_MARGIN - 0.1)
    _, day = np.unique(
        events["origin_time"].to_numpy(dtype="datetime64[ns]").astype("datetime64[D]"),
        return_inverse=True,
    )
    total = np.zeros((int(day.max(initial=-1)) + 1, cosine.shape[1]))
    np.add.at(total, day, es)
    return np.asarray(total[day] >= rule.minimum_energy)


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
    first = _naming_key(pairs, rule.naming)
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


def _naming_key(pairs: pd.DataFrame, naming: Naming) -> NDArray[np.float64]:
    """Number by which pairs compete for a name: the smallest wins."""
    size, far = (pairs[c].to_numpy(np.float64) for c in ("magnitude", "distance_km"))
    if naming == "nearest":
        return far
    return -size if naming == "largest" else -local_energy(size, far)


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
