"""Clusters by the nearest neighbour in time, space and magnitude.

Zaliapin & Ben-Zion 2013, J. Geophys. Res. Solid Earth 118, 2847: each event j has the parent i
before it that makes ``eta = dt * r ** df * 10 ** (-b * M_i)`` smallest; dt in years, r in km.
Over a list, log10 eta has two modes, clustered and background; links above the border between
them are cut, and what stays connected is a cluster.
"""

from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FRACTAL_DIMENSION = 1.6
B_VALUE = 1.0
LEAST_EVENTS = 30
"""Fewer links show no two modes: nothing is linked then."""

# Of events closer than this the lists do not know the order or the distance.
LEAST_YEARS = 1.0 / (365.25 * 86_400)
LEAST_KM = 0.1

_EARTH_RADIUS_KM = 6371.0
_NS_PER_YEAR = 365.25 * 86_400e9
_BLOCK = 256
_DENSE = 1024
_CLASS_WIDTH = 0.5
_STEPS = 500
_SETTLED = 1e-10


class Modes(NamedTuple):
    """Two normal distributions of log10 eta, the clustered one first."""

    share: NDArray[np.float64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


class _Events(NamedTuple):
    """Events by time: years, unit vectors, and ``b * M`` (-inf without a magnitude)."""

    year: NDArray[np.float64]
    place: NDArray[np.float64]
    pull: NDArray[np.float64]


def nearest_parents(
    events: pd.DataFrame, *, fractal_dimension: float = FRACTAL_DIMENSION, b_value: float = B_VALUE
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find for each event the earlier one that is nearest in eta.

    Parameters
    ----------
    events
        ``origin_time, latitude_deg, longitude_deg, magnitude``, sorted by time.
    fractal_dimension
        df of the epicentres.
    b_value
        b of the magnitudes.

    Returns
    -------
    parent
        Shape (n,): position, -1 for the first event and where no earlier one has a magnitude.
    log_eta
        Shape (n,): log10 eta; inf without a parent. The distance is that of the sphere; dt is
        at least a second and r at least 0.1 km.
    """
    known = _known(events, b_value)
    n = len(known.year)
    parent = np.full(n, -1, dtype=np.int64)
    log_eta = np.full(n, np.inf)
    for start in range(0, n, _BLOCK):
        _look_at_recent(known, start, fractal_dimension, parent, log_eta)
    for top, members in _classes(known):
        _look_further_back(known, top, members, fractal_dimension, parent, log_eta)
    return parent, log_eta


def _known(events: pd.DataFrame, b_value: float) -> _Events:
    stamp = events["origin_time"].to_numpy(dtype="datetime64[ns]").astype(np.int64)
    lat = np.deg2rad(events["latitude_deg"].to_numpy(np.float64))
    lon = np.deg2rad(events["longitude_deg"].to_numpy(np.float64))
    place = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    size = events["magnitude"].to_numpy(np.float64)
    pull = np.where(np.isnan(size), -np.inf, b_value * size)
    year = (stamp - (stamp[0] if stamp.size else 0)) / _NS_PER_YEAR
    return _Events(year, place, pull)


def _log_eta(
    known: _Events, child: NDArray[np.int64], parent: NDArray[np.int64], df: float
) -> NDArray[np.float64]:
    """log10 eta of pairs; the arrays broadcast."""
    years = np.maximum(known.year[child] - known.year[parent], LEAST_YEARS)
    chord = np.zeros(years.shape)
    for axis in range(3):
        chord += np.square(known.place[child, axis] - known.place[parent, axis])
    km = 2 * _EARTH_RADIUS_KM * np.arcsin(np.minimum(np.sqrt(chord) / 2, 1.0))
    found = np.log10(years * np.maximum(km, LEAST_KM) ** df) - known.pull[parent]
    return np.asarray(found)


def _look_at_recent(
    known: _Events,
    start: int,
    df: float,
    parent: NDArray[np.int64],
    log_eta: NDArray[np.float64],
) -> None:
    """Compare a block with each of the events shortly before it, one by one."""
    child = np.arange(start, min(start + _BLOCK, len(known.year)))
    earlier = np.arange(max(0, start - _DENSE), child[-1] + 1)
    eta = _log_eta(known, child[:, None], earlier[None, :], df)
    eta[earlier[None, :] >= child[:, None]] = np.inf
    best = eta.argmin(axis=1)
    least = eta[np.arange(len(child)), best]
    found = np.isfinite(least)
    log_eta[child[found]], parent[child[found]] = least[found], earlier[best[found]]


def _classes(known: _Events) -> list[tuple[float, NDArray[np.int64]]]:
    """Events old enough to lie beyond the dense search of some, by classes of ``b * M``.

    Each with the upper border of its class, the strongest class first: what it finds leaves
    less to look for in the weaker ones.
    """
    able = np.flatnonzero(np.isfinite(known.pull[: max(0, len(known.year) - _DENSE)]))
    number = np.floor(known.pull[able] / _CLASS_WIDTH).astype(np.int64)
    return [
        ((one + 1) * _CLASS_WIDTH, able[number == one]) for one in np.unique(number)[::-1].tolist()
    ]


def _look_further_back(
    known: _Events,
    top: float,
    members: NDArray[np.int64],
    df: float,
    parent: NDArray[np.int64],
    log_eta: NDArray[np.float64],
) -> None:
    """Ask a class beyond the dense search only where it can still be nearer than what was found.

    Whatever lies there is older than the oldest event of the dense search, so that the eta found
    so far bounds the distance.
    """
    from scipy.spatial import cKDTree

    tree = cKDTree(known.place[members])
    for start in range(_DENSE, len(known.year), 8 * _BLOCK):
        rows = np.arange(start, min(start + 8 * _BLOCK, len(known.year)))
        age = np.maximum(known.year[rows] - known.year[rows - _DENSE], LEAST_YEARS)
        reach_km = 10.0 ** ((log_eta[rows] + top - np.log10(age)) / df)
        rows, reach_km = rows[reach_km >= LEAST_KM], reach_km[reach_km >= LEAST_KM]
        angle = np.minimum(reach_km / _EARTH_RADIUS_KM, np.pi)
        # A hair more, so that rounding loses no pair.
        chord = 2 * np.sin(angle / 2) * (1 + 1e-9) + 1e-12
        near = tree.query_ball_point(known.place[rows], chord)
        count = np.fromiter(map(len, near), dtype=np.int64, count=len(rows))
        candidate = members[np.fromiter(chain.from_iterable(near), np.int64, count=count.sum())]
        child = np.repeat(rows, count)
        before = candidate < child
        _improve(known, child[before], candidate[before], df, parent, log_eta)


def _improve(
    known: _Events,
    child: NDArray[np.int64],
    candidate: NDArray[np.int64],
    df: float,
    parent: NDArray[np.int64],
    log_eta: NDArray[np.float64],
) -> None:
    eta = _log_eta(known, child, candidate, df)
    better = eta < log_eta[child]
    child, candidate, eta = child[better], candidate[better], eta[better]
    # Written from far to near: the last one written for a child is its nearest.
    order = np.argsort(-eta, kind="stable")
    log_eta[child[order]], parent[child[order]] = eta[order], candidate[order]


def two_modes(log_eta: NDArray[np.float64]) -> Modes:
    """Fit two normal distributions to log10 eta by expectation and maximisation.

    Parameters
    ----------
    log_eta
        Finite values, two or more different ones.

    Returns
    -------
    modes
        Started at the lower and the upper quarter of the values, so that the same values give
        the same modes.
    """
    mean = np.quantile(log_eta, [0.25, 0.75])
    deviation = np.full(2, max(float(log_eta.std()) / 2, 1e-6))
    share = np.full(2, 0.5)
    before = -np.inf
    for _ in range(_STEPS):
        density = _density(log_eta, Modes(share, mean, deviation))
        total = np.maximum(density.sum(axis=1), 1e-300)
        weight = density / total[:, None]
        mass = np.maximum(weight.sum(axis=0), 1e-12)
        share, mean = mass / log_eta.size, weight.T @ log_eta / mass
        spread = (weight * np.square(log_eta[:, None] - mean)).sum(axis=0) / mass
        deviation = np.sqrt(np.maximum(spread, 1e-12))
        likelihood = float(np.log(total).mean())
        if likelihood - before < _SETTLED:
            break
        before = likelihood
    order = np.argsort(mean)
    return Modes(share[order], mean[order], deviation[order])


def _density(value: NDArray[np.float64], modes: Modes) -> NDArray[np.float64]:
    away = (value[:, None] - modes.mean) / modes.deviation
    return np.asarray(modes.share * np.exp(-0.5 * away**2) / (modes.deviation * np.sqrt(2 * np.pi)))


def border(modes: Modes) -> float:
    """log10 eta at which both modes are equally likely, between their means.

    The middle of the means where one mode outweighs the other everywhere between them.
    """
    between = np.linspace(modes.mean[0], modes.mean[1], 2001)
    density = _density(between, modes)
    is_background = density[:, 1] > density[:, 0]
    if is_background[0] or not is_background[-1]:
        return float(modes.mean.mean())
    return float(between[is_background.argmax()])


def nearest_neighbour(
    events: pd.DataFrame,
    *,
    threshold: float | None = None,
    fractal_dimension: float = FRACTAL_DIMENSION,
    b_value: float = B_VALUE,
) -> pd.DataFrame:
    """Sort earthquakes into clusters by their nearest neighbours.

    Parameters
    ----------
    events
        Columns ``event_id, origin_time, latitude_deg, longitude_deg, magnitude``, in any order.
    threshold
        log10 eta below which two events belong together; without it the :func:`border` between
        the :func:`two_modes` of these very events, and no links among fewer than 30.
    fractal_dimension, b_value
        As for :func:`nearest_parents`.

    Returns
    -------
    clusters
        One row for each event in the same order and with the same index: ``event_id, cluster_id``
        (the ``event_id`` of the mainshock: the largest of its cluster, of equals the earliest),
        ``is_mainshock``. An event without a magnitude may follow another but leads none. Unlike
        the windows of Gardner and Knopoff, the border depends on which events are given.
    """
    ids = events["event_id"].to_numpy(dtype=object)
    stamp = events["origin_time"].to_numpy(dtype="datetime64[ns]").astype(np.int64)
    by_time = np.lexsort((ids, stamp))
    parent, log_eta = nearest_parents(
        events.iloc[by_time], fractal_dimension=fractal_dimension, b_value=b_value
    )
    size = np.nan_to_num(events["magnitude"].to_numpy(np.float64)[by_time], nan=-np.inf)
    leader = by_time[_leaders(parent, log_eta < _limit(log_eta, threshold), size)]
    main = np.empty(len(ids), dtype=np.int64)
    main[by_time] = leader
    return pd.DataFrame(
        {
            "event_id": events["event_id"],
            "cluster_id": pd.Series(ids[main], index=events.index, dtype="str"),
            "is_mainshock": main == np.arange(len(ids)),
        },
        index=events.index,
    )


def _limit(log_eta: NDArray[np.float64], threshold: float | None) -> float:
    if threshold is not None:
        return threshold
    linked = log_eta[np.isfinite(log_eta)]
    if linked.size < LEAST_EVENTS or not linked.std() > 0:
        return -np.inf
    return border(two_modes(linked))


def _leaders(
    parent: NDArray[np.int64], is_linked: NDArray[np.bool_], size: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Position of the largest event of each one's tree; events by time."""
    root = np.where(is_linked, parent, np.arange(len(parent)))
    # Parents lie before their children: halving the paths reaches every root.
    while True:
        further = root[root]
        if (further == root).all():
            break
        root = further
    order = np.lexsort((np.arange(len(parent)), -size))
    leader_of_root = np.full(len(parent), -1, dtype=np.int64)
    # Written from the smallest to the largest: the last one written leads.
    leader_of_root[root[order[::-1]]] = order[::-1]
    return np.asarray(leader_of_root[root])
