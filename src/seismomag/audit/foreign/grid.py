"""Lay a foreign table out on stations and days, with its labels or the events of a catalogue."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import alarms
from seismomag.audit.alarms import AlarmRule
from seismomag.audit.foreign.catalogued import scored_events, what_followed
from seismomag.audit.foreign.forecast import ForeignTable
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import Played, is_covered
from seismomag.audit.rows import BLOCK_DAYS, Rows
from seismomag.core.errors import ConfigError
from seismomag.core.schema import Catalogue
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

OWN_THRESHOLD_TAU = 0.2
"""Alarm fraction of the threshold that is taken where the author states none."""
OWN_THRESHOLD = "the same rows: optimistic"


@dataclass(frozen=True)
class Grid:
    """The table on stations and consecutive days; arrays of shape (S, D).

    Attributes
    ----------
    codes
        Shape (S,).
    days
        Shape (D,): first day that the forecast of each column speaks of.
    probability
        What was said; NaN where the table has no row.
    label
        Whether an event followed; False where that is unknown.
    is_known
        Rows with a forecast and a known outcome.
    is_kept
        Shape (D,): days of the ring on which events are turned.
    told
        What a catalogue says of each station-day, with the columns ``azimuth_true_deg`` and
        ``magnitude_true`` and S * D rows; None without a catalogue.
    """

    codes: NDArray[np.object_]
    days: NDArray[np.datetime64]
    probability: Floats
    label: Truths
    is_known: Truths
    is_kept: Truths
    told: pd.DataFrame | None = None

    @property
    def ring_days(self) -> NDArray[np.datetime64]:
        """Days of the ring."""
        return self.days[self.is_kept]

    @property
    def judged(self) -> Floats:
        """Forecasts whose outcome is known; NaN elsewhere: what is unknown is never quiet."""
        return np.where(self.is_known, self.probability, np.nan)


@dataclass(frozen=True)
class Laid:
    """A foreign table against what happened.

    Attributes
    ----------
    grid
        Every row at its place.
    played
        States on the ring.
    pairs
        Scored events of a catalogue on the ring; None without one.
    magnitude
        Shape (E,): of each scored event.
    spoken
        Shape (S, D): what the states are made of, alarms or probabilities; NaN for no forecast.
    why
        Reasons why nothing can be said.
    """

    grid: Grid
    played: Played
    pairs: Pairs | None
    magnitude: Floats
    spoken: Floats
    why: tuple[str, ...]


def lay_out(
    table: ForeignTable,
    catalogue: Catalogue | None,
    stations: tuple[Station, ...],
    rule: LabelRule | None,
) -> Laid:
    """Grid, alarms, events if there is a catalogue, and reasons why nothing can be said.

    The horizon of the table must be settled. A row is known where it has a forecast and the
    catalogue covers its whole horizon; its label comes from every target event, those after the
    end of the table too. Events are turned on the covered days from the first with a whole memory
    of state on.

    Parameters
    ----------
    table
        Its stations as of :func:`~seismomag.audit.foreign.catalogued.at_stations`.
    catalogue
        None: the labels of the table.
    stations
        Of the table.
    rule
        Its horizon is that of the table.

    Raises
    ------
    ConfigError
        A catalogue without a rule.
    """
    rows = table.rows.assign(horizon_start=table.valid_from)
    if catalogue is None:
        return _own_labels(table, rows)
    if rule is None:
        msg = "a catalogue without a label rule: say which earthquakes are targets"
        raise ConfigError(msg)
    codes, days = _axes(rows)
    probability = _spread(rows, codes, days, table.score_column)
    followed = what_followed(stations, catalogue, rule, codes, days)
    kept = is_covered(days, catalogue)
    if days.size > table.horizon_days:
        kept[: table.horizon_days - 1] = False
    pairs, magnitude, why = scored_events(followed.pairs, codes, days[kept])
    known = np.isfinite(probability) & followed.is_covered
    grid = Grid(codes, days, probability, followed.label, known, kept, followed.told)
    spoken = _spread(rows, codes, days, "alarm") if table.uses_alarms else probability
    score, state = (alarms.state(x, table.horizon_days)[:, kept] for x in (probability, spoken))
    played = _played(table, probability[:, kept], score, state)
    return Laid(grid, played, pairs, magnitude, spoken, why)


def _own_labels(table: ForeignTable, rows: pd.DataFrame) -> Laid:
    """Lay out a table that brings its own labels: rotated as it stands, no day dropped."""
    codes, days = _axes(rows)
    probability = _spread(rows, codes, days, table.score_column)
    event = np.full(probability.shape, np.nan)
    why: tuple[str, ...] = ()
    if table.has("event"):
        event = _spread(rows, codes, days, "event")
    else:
        why = ("the table brings no labels and no catalogue was given: nothing to compare with",)
    known = np.isfinite(event) & np.isfinite(probability)
    grid = Grid(codes, days, probability, event > 0, known, np.ones(days.size, bool))
    # Days without a label are neither hits nor false alarms, and set no threshold.
    judged = grid.judged if known.any() else probability
    spoken = judged
    if table.uses_alarms:
        spoken = np.where(np.isfinite(judged), _spread(rows, codes, days, "alarm"), np.nan)
    return Laid(grid, _played(table, judged, judged, spoken), None, np.empty(0), spoken, why)


def _axes(rows: pd.DataFrame) -> tuple[NDArray[np.object_], NDArray[np.datetime64]]:
    codes = np.unique(rows["station"].to_numpy(dtype=object))
    day = rows["horizon_start"].to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    return codes, np.arange(day.min(), day.max() + 1)


def _spread(rows: pd.DataFrame, codes: Any, days: Any, column: str) -> Floats:
    return alarms.lay_out(rows.rename(columns={"station": "station_code"}), codes, days, column)


def _played(table: ForeignTable, probability: Floats, score: Floats, state: Floats) -> Played:
    """Alarms of the state: by the author's own, else by a threshold."""
    threshold, source = table.map.threshold, "the author's threshold"
    if table.uses_alarms:
        threshold, source = 0.5, "the author's alarms"
    if threshold is None:
        known = score[np.isfinite(score)]
        cut = np.quantile(known, 1 - OWN_THRESHOLD_TAU, method="higher") if known.size else 1.0
        threshold, source = float(cut), OWN_THRESHOLD
    rule = AlarmRule(
        threshold=threshold,
        state_days=table.horizon_days,
        target_tau=OWN_THRESHOLD_TAU,
        frozen_on=source,
    )
    return Played(table.map.name, rule, probability, score, alarms.is_alarm(state, rule))


def known_rows(table: ForeignTable, grid: Grid) -> Rows:
    """Known rows; a unit is an unbroken run of event days of the network, or a quiet fortnight."""
    at = np.argwhere(grid.is_known)
    event = grid.label[grid.is_known]
    day = grid.days[at[:, 1]]
    frame = pd.DataFrame(
        {"station": grid.codes[at[:, 0]].astype(str), "horizon_start": day.astype("datetime64[ns]")}
    )
    mine = table.rows.assign(
        station=table.rows["station"].astype(str), horizon_start=table.valid_from
    )
    told = frame.merge(mine, on=["station", "horizon_start"], how="left", sort=False)
    told = told.assign(kp_max=told.get("kp", np.nan), dst_min_nt=told.get("dst_nt", np.nan))
    if grid.told is not None:
        truth = grid.told[grid.is_known.ravel()].reset_index(drop=True)
        told = told.assign(**{str(name): truth[name] for name in truth})
    run = np.cumsum(np.diff(grid.label.any(axis=0).astype(int), prepend=0) == 1)
    unit = np.where(event, -1 - run[at[:, 1]], day.astype(np.int64) // BLOCK_DAYS)
    cluster = np.unique(unit, return_inverse=True)[1].astype(np.int64)
    n_silent = int((~np.isfinite(grid.probability)).sum())
    n_unknown = int((np.isfinite(grid.probability) & ~grid.is_known).sum())
    return Rows(told, grid.probability[grid.is_known], event, cluster, n_silent, n_unknown)
