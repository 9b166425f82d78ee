"""Days of the network: who was in alarm, what happened, and how disturbed the field was."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.alarms import valid_day
from seismomag.audit.rows import Rows
from seismomag.core.constants import STORM_DST_NT, STORM_KP

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Ints = NDArray[np.int64]

ACTIVE_KP = 4.0
"""From here on a day is active; from Kp 5 or Dst -50 nT on it is a storm."""
STRATA = ("quiet", "active", "storm", "unknown")
ACTIVITY_COLUMNS = (
    "level",
    "stratum",
    "n_cases",
    "n_events",
    "n_alarms",
    "n_hits",
    "false_alarm_rate",
)


def day_table(
    days: NDArray[np.datetime64], in_alarm: Truths, events: pd.DataFrame, weather: pd.DataFrame
) -> pd.DataFrame:
    """One row for each day of the ring.

    Parameters
    ----------
    days
        Shape (D,).
    in_alarm
        Shape (S, D): state of every station.
    events
        Columns ``position`` (day on the ring), ``is_hit, magnitude``; a row for each event.
    weather
        Index: days; columns ``kp_max, dst_min_nt``, NaN where unknown.

    Returns
    -------
    table
        Columns ``day, n_alarms, n_events, n_hits, magnitude, kp_max, dst_min_nt, outcome``:
        stations in alarm, events and those hit, the largest magnitude, and one of ``hit, miss,
        false_alarm, quiet``. A day with an event that was hit is a hit.
    """
    n = days.size
    position = events["position"].to_numpy(dtype=np.int64)
    n_events = np.bincount(position, minlength=n)
    n_hits = np.bincount(position, events["is_hit"].to_numpy(dtype=np.float64), n).astype(np.int64)
    largest = np.full(n, np.nan)
    np.fmax.at(largest, position, events["magnitude"].to_numpy(dtype=np.float64))
    n_alarms = in_alarm.sum(axis=0)
    outcome = np.full(n, "quiet", dtype=object)
    outcome[n_alarms > 0] = "false_alarm"
    outcome[n_events > 0] = "miss"
    outcome[n_hits > 0] = "hit"
    index = pd.DatetimeIndex(days)
    known = weather.reindex(index)
    return pd.DataFrame(
        {
            "day": index,
            "n_alarms": n_alarms,
            "n_events": n_events,
            "n_hits": n_hits,
            "magnitude": largest,
            "kp_max": known["kp_max"].to_numpy(dtype=np.float64),
            "dst_min_nt": known["dst_min_nt"].to_numpy(dtype=np.float64),
            "outcome": outcome,
        }
    )


def weather_of(samples: pd.DataFrame) -> pd.DataFrame:
    """Largest Kp and smallest Dst that any row knew, by the day on which it becomes valid."""
    day = pd.Series(valid_day(samples).astype("datetime64[ns]"), samples.index)
    return samples.groupby(day).agg({"kp_max": "max", "dst_min_nt": "min"})


def stratum_of(table: pd.DataFrame) -> NDArray[np.object_]:
    """Name the activity of each row by its ``kp_max`` and ``dst_min_nt``: one of :data:`STRATA`."""
    kp = table["kp_max"].to_numpy(dtype=np.float64)
    dst = table["dst_min_nt"].to_numpy(dtype=np.float64)
    out = np.full(len(table), "quiet", dtype=object)
    out[np.isnan(kp) & np.isnan(dst)] = "unknown"
    out[kp >= ACTIVE_KP] = "active"
    out[(kp >= STORM_KP) | (dst <= STORM_DST_NT)] = "storm"
    return out


def activity(days: pd.DataFrame, rows: Rows, row_alarm: Truths) -> pd.DataFrame:
    """Events, alarms, hits and false alarms by geomagnetic activity, at three levels.

    Columns :data:`ACTIVITY_COLUMNS`. Of rows, a case is a station-day and an alarm a probability
    that reaches the threshold; of days, a case is a day of the network and an alarm any station
    in alarm; of events, cases are the events and nothing can be a false alarm.
    """
    event_day = days["n_events"].to_numpy() > 0
    alarm_day = days["n_alarms"].to_numpy() > 0
    hit_day = days["n_hits"].to_numpy() > 0
    by_row, by_day = stratum_of(rows.table), stratum_of(days)
    lines: list[tuple[object, ...]] = []
    for name in STRATA:
        lines.append(_line("row", name, by_row == name, rows.event, row_alarm, row_alarm))
        mine = days[by_day == name]
        n = int(mine["n_events"].sum())
        lines.append(("event", name, n, n, np.nan, int(mine["n_hits"].sum()), np.nan))
        lines.append(_line("day", name, by_day == name, event_day, alarm_day, hit_day))
    return pd.DataFrame(lines, columns=list(ACTIVITY_COLUMNS))


def _line(
    level: str, name: str, mine: Truths, event: Truths, alarm: Truths, hit: Truths
) -> tuple[object, ...]:
    quiet = mine & ~event
    false_rate = float((alarm & quiet).sum() / quiet.sum()) if quiet.any() else np.nan
    counts = (mine, mine & event, mine & alarm, mine & event & hit)
    return (level, name, *(int(which.sum()) for which in counts), false_rate)
