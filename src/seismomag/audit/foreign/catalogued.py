"""What a catalogue says of the rows of a foreign table: labels, azimuths, magnitudes, events."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.foreign.forecast import NETWORK, ForeignTable
from seismomag.audit.intervals import MINIMUM_EVENTS
from seismomag.audit.nulls import Pairs
from seismomag.core.errors import ConfigError
from seismomag.core.schema import Catalogue
from seismomag.core.stations import Station
from seismomag.dataset.coverage import covered
from seismomag.dataset.labels import LabelRule, target_pairs
from seismomag.dataset.pairs import name_rows

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Followed:
    """What followed on each station-day; arrays of shape (S, D).

    Attributes
    ----------
    label
        Whether a target event lies in the horizon; False where the horizon is not covered.
    is_covered
        Whether the catalogue covers the whole horizon.
    told
        ``azimuth_true_deg`` (from the station to the epicentre; NaN for a network without
        stations) and ``magnitude_true`` of the event that names each station-day; S * D rows, NaN
        where none does.
    pairs
        Target events and the stations in range.
    """

    label: Truths
    is_covered: Truths
    told: pd.DataFrame
    pairs: pd.DataFrame


def is_network(codes: NDArray[np.object_]) -> bool:
    """Whether a table names no station at all."""
    return list(codes) == [NETWORK]


def at_stations(
    table: ForeignTable, stations: tuple[Station, ...]
) -> tuple[ForeignTable, tuple[Station, ...]]:
    """Find the position of every station of a table; capitals do not count where codes are unique.

    Returns
    -------
    table, placed
        With the codes of the list; every listed station for a table that names none.

    Raises
    ------
    ConfigError
        A station is not on the list, or no station is.
    """
    codes = np.unique(table.rows["station"].to_numpy(dtype=object))
    if is_network(codes):
        if not stations:
            msg = "no position of station network; give a station list"
            raise ConfigError(msg)
        return table, stations
    listed = {s.station_code for s in stations}
    folded: dict[str, list[str]] = {}
    for code in sorted(listed):
        folded.setdefault(code.casefold(), []).append(code)
    same = {
        code: folded[code.casefold()][0]
        for code in map(str, codes)
        if code not in listed and len(folded.get(code.casefold(), ())) == 1
    }
    unknown = [code for code in map(str, codes) if code not in listed and code not in same]
    if unknown:
        msg = (
            f"no position of station {', '.join(unknown[:10])}; the station list has "
            f"{', '.join(sorted(listed)[:40]) or 'no station'}: give a station list with them"
        )
        raise ConfigError(msg)
    rows = table.rows.assign(station=table.rows["station"].replace(same))
    placed = tuple(s for s in stations if s.station_code in set(rows["station"]))
    return replace(table, rows=rows), placed


def what_followed(
    stations: tuple[Station, ...],
    catalogue: Catalogue,
    rule: LabelRule,
    codes: NDArray[np.object_],
    days: NDArray[np.datetime64],
) -> Followed:
    """Label every station-day by all target events of the catalogue, as far as it reaches.

    Parameters
    ----------
    stations
        With the codes of the table.
    catalogue
        Its coverage decides what is known.
    rule
        Its ``horizon_days`` are those of the table; its ``naming`` decides among several events.
    codes, days
        Shapes (S,) and (D,): the first day that each forecast speaks of.
    """
    pairs = target_pairs(stations, catalogue, rule)
    if is_network(codes):
        pairs = pairs.drop_duplicates("event_id", ignore_index=True)
        pairs = pairs.assign(station_code=NETWORK, azimuth_deg=np.nan)
    start = days.astype("datetime64[ns]")
    end = (days + rule.horizon_days).astype("datetime64[ns]")
    shape = (codes.size, days.size)
    rows = pd.DataFrame(
        {
            "station_code": np.repeat(codes, days.size),
            "horizon_start": np.tile(start, codes.size),
            "horizon_end": np.tile(end, codes.size),
        }
    )
    name = name_rows(rows, pairs, rule)
    is_covered = np.broadcast_to(covered(catalogue, start, end), shape)
    found = name >= 0
    truth = {"azimuth_true_deg": "azimuth_deg", "magnitude_true": "magnitude"}
    told = pd.DataFrame(np.nan, index=range(len(rows)), columns=list(truth), dtype=np.float64)
    for ours, theirs in truth.items():
        told.loc[found, ours] = pairs[theirs].to_numpy(np.float64)[name[found]]
    return Followed(found.reshape(shape) & is_covered, is_covered, told, pairs)


def scored_events(
    pairs: pd.DataFrame, codes: NDArray[np.object_], days: NDArray[np.datetime64]
) -> tuple[Pairs, Floats, tuple[str, ...]]:
    """Events that are units of the headline: the largest of each cluster on the ring.

    Parameters
    ----------
    pairs
        Of :func:`what_followed`.
    codes, days
        Stations and days of the ring.

    Returns
    -------
    pairs, magnitude, why
        Numbers on the ring, the magnitude of each event, and the reason why they are too few.
    """
    none = np.empty(0, np.int64)
    if not days.size:
        uncovered = ("the catalogue covers no day of the table",)
        return Pairs(none, none, none), np.empty(0), uncovered
    origin = pairs["origin_time"].to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    found = pairs[np.isin(origin, days)]
    largest = found.sort_values(
        ["magnitude", "origin_time", "event_id"], ascending=[False, True, True]
    )
    units = largest.drop_duplicates("cluster_id")["event_id"]
    found = found[found["event_id"].isin(units)]
    number, ids = pd.factorize(found["event_id"])
    each = found.drop_duplicates("event_id")
    first = each["origin_time"].to_numpy("datetime64[ns]").astype("datetime64[D]")
    position = np.searchsorted(days, first)
    station = pd.Index(codes).get_indexer(pd.Index(found["station_code"]))
    scored = Pairs(number.astype(np.int64), station.astype(np.int64), position.astype(np.int64))
    few = f"too few events: {len(ids)} scored, {MINIMUM_EVENTS} are the least"
    why = (few,) if len(ids) < MINIMUM_EVENTS else ()
    return scored, each["magnitude"].to_numpy(dtype=np.float64), why
