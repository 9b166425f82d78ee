"""The ring of test days on which catalogues are turned, and what each forecast says on it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import alarms
from seismomag.audit.alarms import AlarmRule
from seismomag.audit.case import AuditCase
from seismomag.audit.nulls import Pairs
from seismomag.core.schema import Catalogue
from seismomag.dataset.labels import target_pairs

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Ring:
    """Test days with a whole memory of state that the catalogue covers, closed to a circle.

    Attributes
    ----------
    station_codes
        Shape (S,), sorted.
    span
        Consecutive days from the first to the last day on which a test sample becomes valid.
    is_kept
        Shape of ``span``: days on the ring. The first ``state_days - 1`` lack a whole memory
        (the seam of the circle), uncovered ones are unknown.
    """

    station_codes: NDArray[np.object_]
    span: Days
    is_kept: Truths

    @property
    def days(self) -> Days:
        """Days on the ring; shape (D,)."""
        return self.span[self.is_kept]

    @property
    def shape(self) -> tuple[int, int]:
        """Stations and days (S, D)."""
        return self.station_codes.size, int(self.is_kept.sum())


@dataclass(frozen=True)
class Played:
    """A forecast on the ring, with its own frozen threshold; arrays of shape (S, D)."""

    name: str
    rule: AlarmRule
    probability: Floats
    score: Floats
    in_alarm: Truths

    @property
    def tau(self) -> float:
        """Share of station-days in alarm; a missing forecast is no alarm."""
        return float(self.in_alarm.mean()) if self.in_alarm.size else float("nan")

    @property
    def network_alarm(self) -> Truths:
        """Days with at least one station in alarm; shape (D,)."""
        return np.asarray(self.in_alarm.any(axis=0), dtype=bool)

    @property
    def n_missing(self) -> int:
        """Station-days whose state is unknown because no forecast was made."""
        return int(np.isnan(self.score).sum())


@dataclass(frozen=True)
class Targets:
    """Events of the test and the pairs that count.

    Attributes
    ----------
    events
        One row for each target event in range of a station, by time; ``is_scored`` marks the
        largest of each cluster on the ring.
    pairs
        Scored events, in the order of ``events``, and their stations.
    table
        Event-station pairs of the scored events, as of ``target_pairs``.
    """

    events: pd.DataFrame
    pairs: Pairs
    table: pd.DataFrame

    @property
    def scored(self) -> pd.DataFrame:
        """Events that are units of the headline; row number = event number of the pairs."""
        return self.events[self.events["is_scored"]].reset_index(drop=True)


def make_ring(case: AuditCase) -> Ring:
    """Lay out the test period of a case."""
    test = case.samples[case.samples["split"] == "test"]
    codes = np.unique(test["station_code"].to_numpy(dtype=object))
    if test.empty:
        return Ring(codes, np.empty(0, "datetime64[D]"), np.empty(0, bool))
    day = alarms.valid_day(test)
    span = np.arange(day.min(), day.max() + 1)
    kept = is_covered(span, case.catalogue)
    if span.size > case.state_days:
        kept[: case.state_days - 1] = False
    return Ring(codes, span, kept)


def is_covered(days: Days, catalogue: Catalogue) -> Truths:
    """Whether one interval of coverage holds each whole UTC day."""
    covered = np.zeros(days.size, bool)
    for interval in catalogue.coverage:
        start, end = np.datetime64(interval.start, "ns"), np.datetime64(interval.end, "ns")
        covered |= (days >= start) & (days + 1 <= end)
    return covered


def play(case: AuditCase, ring: Ring, name: str, forecast: pd.DataFrame) -> Played:
    """Freeze the threshold on validation and read the state on the test days.

    Raises
    ------
    CoverageError
        The forecast has no validation row.
    """
    rule = alarms.freeze(
        _of_split(case, forecast, "validation"),
        state_days=case.state_days,
        target_tau=case.target_tau,
    )
    whole = on_span(case, ring, forecast)
    score = alarms.state(whole, case.state_days)[:, ring.is_kept]
    return Played(name, rule, whole[:, ring.is_kept], score, alarms.is_alarm(score, rule))


def on_span(case: AuditCase, ring: Ring, forecast: pd.DataFrame) -> Floats:
    """Probabilities of the test rows on the whole span of the ring; NaN where there is none."""
    return alarms.lay_out(_of_split(case, forecast, "test"), ring.station_codes, ring.span)


def _of_split(case: AuditCase, forecast: pd.DataFrame, split: str) -> pd.DataFrame:
    part = case.samples.set_index("sample_id")["split"]
    return forecast[forecast["sample_id"].map(part) == split]


def find_targets(case: AuditCase, ring: Ring) -> Targets:
    """Find the events of the test period and the stations in whose range they lie."""
    pairs = target_pairs(case.stations, case.catalogue, case.rule)
    pairs = pairs[pairs["station_code"].isin(ring.station_codes)]
    day = pairs["origin_time"].to_numpy().astype("datetime64[D]")
    inside = (day >= ring.span[0]) & (day <= ring.span[-1]) if ring.span.size else day != day
    pairs = pairs[inside].reset_index(drop=True)
    per_event = pairs.groupby("event_id", sort=False)
    events = pairs.drop_duplicates("event_id")[
        ["event_id", "cluster_id", "origin_time", "magnitude"]
    ].assign(n_stations=lambda t: t["event_id"].map(per_event.size()))
    events["is_scored"] = _is_unit(events, ring)
    where = case.catalogue.events[["event_id", "latitude_deg", "longitude_deg"]]
    events = events.merge(where, on="event_id", how="left", sort=False).reset_index(drop=True)
    scored = events[events["is_scored"]].reset_index(drop=True)
    table = pairs[pairs["event_id"].isin(scored["event_id"])].reset_index(drop=True)
    return Targets(events, _pairs(scored, table, ring), table)


def _is_unit(events: pd.DataFrame, ring: Ring) -> Truths:
    """Mark the largest event of each cluster among those on the ring (of equals the earliest)."""
    day = events["origin_time"].to_numpy().astype("datetime64[D]")
    on_ring = np.isin(day, ring.days)
    ranked = events[on_ring].sort_values(
        ["magnitude", "origin_time", "event_id"], ascending=[False, True, True]
    )
    units = ranked.drop_duplicates("cluster_id")["event_id"]
    return events["event_id"].isin(units).to_numpy(dtype=bool)


def _pairs(scored: pd.DataFrame, table: pd.DataFrame, ring: Ring) -> Pairs:
    day = scored["origin_time"].to_numpy().astype("datetime64[D]")
    return Pairs(
        event=pd.Index(scored["event_id"])
        .get_indexer(pd.Index(table["event_id"]))
        .astype(np.int64),
        station=pd.Index(ring.station_codes)
        .get_indexer(pd.Index(table["station_code"]))
        .astype(np.int64),
        position=np.searchsorted(ring.days, day).astype(np.int64),
    )


def event_best(values: Floats, pairs: Pairs) -> Floats:
    """Largest value (NaN for none) among the in-range stations of each event on its day."""
    best = np.full(pairs.n_events, np.nan)
    np.fmax.at(best, pairs.event, values[pairs.station, pairs.position[pairs.event]])
    return best
