"""Lay a foreign table out on stations and days, with its labels or the events of a catalogue."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import alarms, nulls
from seismomag.audit.alarms import AlarmRule
from seismomag.audit.foreign.forecast import NETWORK, ForeignTable
from seismomag.audit.intervals import MINIMUM_EVENTS
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import Played, is_covered
from seismomag.audit.rows import BLOCK_DAYS, Rows
from seismomag.core.errors import ConfigError
from seismomag.core.schema import Catalogue
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule, target_pairs

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

OWN_THRESHOLD_TAU = 0.2
"""Alarm fraction of the threshold that is taken where the author states none."""


@dataclass(frozen=True)
class Grid:
    """The table on stations and consecutive days; arrays of shape (S, D)."""

    codes: NDArray[np.object_]
    days: NDArray[np.datetime64]
    probability: Floats
    label: Truths
    is_known: Truths


def lay_out(
    table: ForeignTable,
    catalogue: Catalogue | None,
    stations: tuple[Station, ...],
    rule: LabelRule | None,
) -> tuple[Grid, Played, Pairs | None, tuple[str, ...]]:
    """Grid, alarms, events if there is a catalogue, and reasons why nothing can be said.

    Raises
    ------
    ConfigError
        A catalogue without a rule, or stations of unknown position.
    """
    rows = table.rows
    codes = np.unique(rows["station"].to_numpy(dtype=object))
    day = rows["date"].to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    days = np.arange(day.min(), day.max() + 1)
    value = "probability" if table.has("probability") else "alarm"
    long = rows.rename(columns={"station": "station_code", "date": "horizon_start"})
    probability = alarms.lay_out(long, codes, days, value)
    if catalogue is None:
        return _own_labels(table, codes, days, probability, long)
    if rule is None:
        msg = "a catalogue without a label rule: say which earthquakes are targets"
        raise ConfigError(msg)
    kept = is_covered(days, catalogue)
    grid_days, known = days[kept], probability[:, kept]
    pairs, why = _pairs(catalogue, stations, rule, codes, grid_days)
    label = nulls.horizon_labels(pairs, known.shape, table.map.horizon_days)
    grid = Grid(codes, grid_days, known, label, np.isfinite(known))
    score = alarms.state(probability, table.map.horizon_days)[:, kept]
    return grid, _played(table, known, score), pairs, why


def _own_labels(
    table: ForeignTable,
    codes: NDArray[np.object_],
    days: NDArray[np.datetime64],
    probability: Floats,
    long: pd.DataFrame,
) -> tuple[Grid, Played, None, tuple[str, ...]]:
    if not table.has("event"):
        grid = Grid(codes, days, probability, np.zeros(probability.shape, bool),
                     np.zeros(probability.shape, bool))  # fmt: skip
        why = ("the table brings no labels and no catalogue was given: nothing to compare with",)
        return grid, _played(table, probability, probability), None, why
    event = alarms.lay_out(long, codes, days, "event")
    known = np.isfinite(event) & np.isfinite(probability)
    grid = Grid(codes, days, probability, np.nan_to_num(event) > 0, known)
    return grid, _played(table, probability, probability), None, ()


def _played(table: ForeignTable, probability: Floats, score: Floats) -> Played:
    threshold, source = table.map.threshold, "the author's threshold"
    if table.has("alarm") and not table.has("probability"):
        threshold, source = 0.5, "the author's alarms"
    if threshold is None:
        known = score[np.isfinite(score)]
        cut = np.quantile(known, 1 - OWN_THRESHOLD_TAU, method="higher") if known.size else 1.0
        threshold, source = float(cut), "the same rows: optimistic"
    rule = AlarmRule(
        threshold=threshold,
        state_days=table.map.horizon_days,
        target_tau=OWN_THRESHOLD_TAU,
        frozen_on=source,
    )
    return Played(table.map.name, rule, probability, score, alarms.is_alarm(score, rule))


def _pairs(
    catalogue: Catalogue,
    stations: tuple[Station, ...],
    rule: LabelRule,
    codes: NDArray[np.object_],
    days: NDArray[np.datetime64],
) -> tuple[Pairs, tuple[str, ...]]:
    """Scored events on the days: the largest of each cluster, and the stations in range."""
    none = np.empty(0, np.int64)
    if not days.size:
        return Pairs(none, none, none), ("the catalogue covers no day of the table",)
    placed = [s for s in stations if s.station_code in set(codes)]
    if list(codes) == [NETWORK]:
        placed = list(stations)
    if not placed or (list(codes) != [NETWORK] and len(placed) < codes.size):
        unknown = sorted(set(codes) - {s.station_code for s in stations})
        msg = f"no position of station {', '.join(map(str, unknown))}; give a station list"
        raise ConfigError(msg)
    found = target_pairs(placed, catalogue, rule)
    if list(codes) == [NETWORK]:
        found = found.drop_duplicates("event_id").assign(station_code=NETWORK)
    origin = found["origin_time"].to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    found = found[np.isin(origin, days)]
    largest = found.sort_values(["magnitude", "origin_time"], ascending=[False, True])
    units = largest.drop_duplicates("cluster_id")["event_id"]
    found = found[found["event_id"].isin(units)]
    number, ids = pd.factorize(found["event_id"])
    first = found.drop_duplicates("event_id")["origin_time"].to_numpy("datetime64[ns]")
    position = np.searchsorted(days, first.astype("datetime64[D]"))
    station = pd.Index(codes).get_indexer(pd.Index(found["station_code"]))
    pairs = Pairs(number.astype(np.int64), station.astype(np.int64), position.astype(np.int64))
    few = f"too few events: {len(ids)} scored, {MINIMUM_EVENTS} are the least"
    return pairs, (few,) if len(ids) < MINIMUM_EVENTS else ()


def known_rows(table: ForeignTable, grid: Grid) -> Rows:
    """Known rows; a unit is an unbroken run of event days of the network, or a quiet fortnight."""
    at = np.argwhere(grid.is_known)
    event = grid.label[grid.is_known]
    day = grid.days[at[:, 1]]
    frame = pd.DataFrame(
        {"station": grid.codes[at[:, 0]].astype(str), "date": day.astype("datetime64[ns]")}
    )
    mine = table.rows.assign(station=table.rows["station"].astype(str))
    told = frame.merge(mine, on=["station", "date"], how="left", sort=False)
    told = told.assign(
        horizon_start=told["date"],
        kp_max=told.get("kp", np.nan),
        dst_min_nt=told.get("dst_nt", np.nan),
    )
    run = np.cumsum(np.diff(grid.label.any(axis=0).astype(int), prepend=0) == 1)
    unit = np.where(event, -1 - run[at[:, 1]], day.astype(np.int64) // BLOCK_DAYS)
    cluster = np.unique(unit, return_inverse=True)[1].astype(np.int64)
    probability = grid.probability[grid.is_known]
    return Rows(told, probability, event, cluster, int((~np.isfinite(grid.probability)).sum()), 0)
