"""Tables behind the pictures of a foreign forecast: days, shifts, trajectories.

A table that brings its own labels has no earthquakes: its event days take their place in the
pictures, and are never the unit of its verdict.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import comparison, curves, network_days, nulls
from seismomag.audit.foreign.forecast import ForeignTable
from seismomag.audit.foreign.grid import Grid, Laid
from seismomag.audit.foreign.shifts import near_days
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import event_best
from seismomag.audit.rows import Rows
from seismomag.audit.trial import NAME

Truths = NDArray[np.bool_]


def day_pictures(
    table: ForeignTable, rows: Rows, alarm: Truths, laid: Laid
) -> dict[str, pd.DataFrame]:
    """Curves ``molchan, molchan_point, shift_null, network_days, activity, rules, issued``.

    Empty where neither events nor event days are known.
    """
    grid = laid.grid
    pairs = event_days(grid) if laid.pairs is None else laid.pairs
    played = replace(laid.played, name=NAME)
    found = {"issued": curves.issued(grid.probability)}
    if not pairs.n_events:
        return found
    scored = pd.DataFrame(
        {
            "position": pairs.position,
            "is_hit": event_best(played.in_alarm.astype(np.float64), pairs) > 0,
            "magnitude": laid.magnitude if laid.pairs else _magnitudes(rows, grid, pairs),
        }
    )
    weather = network_days.weather_of(rows.table)
    days = network_days.day_table(grid.ring_days, played.in_alarm, scored, weather)
    hits = nulls.hits_by_shift(played.in_alarm, pairs)
    near = near_days(table)
    return found | {
        "molchan": pd.concat(
            [curves.molchan_curve([played], pairs), curves.molchan_band(played, pairs)],
            ignore_index=True,
        ),
        "molchan_point": curves.molchan_points([played], pairs),
        "shift_null": curves.shift_null(hits, pairs.n_events, played.tau, near),
        "network_days": days,
        "activity": network_days.activity(days, rows, alarm),
        "rules": comparison.compare([played], pairs),
    }


def event_days(grid: Grid) -> Pairs:
    """Take each day with a label as one event, in range of the stations that it names."""
    station, position = np.nonzero(grid.label & grid.is_known)
    days, event = np.unique(position, return_inverse=True)
    return Pairs(event.astype(np.int64), station.astype(np.int64), days.astype(np.int64))


def _magnitudes(rows: Rows, grid: Grid, pairs: Pairs) -> NDArray[np.float64]:
    """Largest magnitude that the table tells for the day of each event; NaN where it tells none."""
    if "magnitude_true" not in rows.table:
        return np.full(pairs.n_events, np.nan)
    told = rows.table[rows.event].groupby("horizon_start")["magnitude_true"].max()
    days = pd.DatetimeIndex(grid.days[pairs.position])
    return np.asarray(told.reindex(days), dtype=np.float64)
