"""Which clusters of earthquakes, and which neighbours, tie rows together."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError
from seismomag.core.geodesy import distance_km
from seismomag.core.stations import Station


class Ties(NamedTuple):
    """Rows and the clusters in their horizons: one entry for each row and cluster.

    Attributes
    ----------
    row
        Position in the table.
    cluster
        Number of the cluster in ``names``.
    names
        Names of the clusters.
    """

    row: NDArray[np.int64]
    cluster: NDArray[np.int64]
    names: NDArray[np.object_]


def ties(samples: pd.DataFrame, pairs: pd.DataFrame | None = None) -> Ties:
    """List the clusters that each row knows of.

    Parameters
    ----------
    samples
        A sample table.
    pairs
        From :func:`~seismomag.dataset.labels.target_pairs`. With them every target in the
        horizon of a row counts; without them only the one that names it, and a smaller event
        of a cluster that names other rows stays unseen.
    """
    named = np.flatnonzero(samples["cluster_id"].notna().to_numpy())
    rows, clusters = [named], [samples["cluster_id"].to_numpy(dtype=object)[named]]
    if pairs is not None:
        row, pair = _in_horizon(samples, pairs)
        rows.append(row)
        clusters.append(pairs["cluster_id"].to_numpy(dtype=object)[pair])
    names, number = np.unique(np.concatenate(clusters).astype(str), return_inverse=True)
    both = np.unique(np.stack([np.concatenate(rows), number.astype(np.int64)]), axis=1)
    return Ties(both[0].astype(np.int64), both[1].astype(np.int64), names.astype(object))


def _in_horizon(
    samples: pd.DataFrame, pairs: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions (row, pair) of every target in the horizon of a row of its station."""
    times = pairs["origin_time"].to_numpy(dtype="datetime64[ns]")
    starts = samples["horizon_start"].to_numpy(dtype="datetime64[ns]")
    ends = samples["horizon_end"].to_numpy(dtype="datetime64[ns]")
    where = samples.groupby("station_code").indices
    rows, found = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for code, mine in pairs.groupby("station_code").indices.items():
        at = where.get(code, np.empty(0, np.int64))
        by_time = np.asarray(mine)[np.argsort(times[mine], kind="stable")]
        low = np.searchsorted(times[by_time], starts[at], side="left")
        count = np.searchsorted(times[by_time], ends[at], side="left") - low
        inside = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        rows.append(np.repeat(at, count))
        found.append(by_time[inside + np.repeat(low, count)])
    return np.concatenate(rows).astype(np.int64), np.concatenate(found).astype(np.int64)


def knows_cluster_of(known: Ties, is_member: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each row shares a cluster with any of the members; shape (n,), members included."""
    shared = np.zeros(len(known.names), dtype=bool)
    shared[known.cluster[is_member[known.row]]] = True
    out = np.zeros(is_member.shape, dtype=bool)
    out[known.row[shared[known.cluster]]] = True
    return out


def spatial_groups(stations: Iterable[Station], *, distance: float) -> dict[str, str]:
    """Put stations into groups that no neighbour crosses.

    Parameters
    ----------
    stations
        In any order.
    distance
        Two stations nearer than this [km] are of one group, and so are the neighbours of
        neighbours.

    Returns
    -------
    group
        ``station_code`` to the alphabetically first code of its group.

    Raises
    ------
    ConfigError
        The distance is negative.
    """
    if distance < 0:
        msg = f"distance={distance} km between groups of stations must not be negative"
        raise ConfigError(msg)
    ordered = sorted(stations, key=lambda s: s.station_code)
    group = {s.station_code: s.station_code for s in ordered}
    for one in ordered:
        lat, lon = (np.array([getattr(s, c) for s in ordered]) for c in _PLACE)
        far = distance_km(one.latitude_deg, one.longitude_deg, lat, lon)
        near = {group[s.station_code] for s, km in zip(ordered, far, strict=True) if km < distance}
        name = min(near | {group[one.station_code]})
        group = {code: name if old in near else old for code, old in group.items()}
    return group


_PLACE = ("latitude_deg", "longitude_deg")
