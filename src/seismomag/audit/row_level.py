"""Quantities at the level of rows and of days."""

import numpy as np
from numpy.typing import NDArray

from seismomag.audit.case import AuditCase
from seismomag.audit.intervals import MINIMUM_EVENTS, TOO_FEW, cluster_sums, cluster_t
from seismomag.audit.ring import Played
from seismomag.audit.rows import BLOCK_DAYS, Rows, station_climatology
from seismomag.audit.scores import information_gain, log_likelihood
from seismomag.audit.table import NAN, Line, rate_lines, score_lines
from seismomag.audit.trial import Trial, event_days, row_alarms


def row_lines(case: AuditCase, rows: Rows, played: Played) -> list[Line]:
    """Rates and scores of the single station-days."""
    counts = {"n_rows": int(rows.event.size), "n_events": rows.n_events, "n_days": rows.n_days}
    alarm = row_alarms(rows, played)
    draws = (case.n_bootstrap, case.seed)
    # A single row reaches the threshold of the state less often than the state does.
    lines = rate_lines("row", alarm, rows.event, rows.cluster, counts, draws)
    if rows.event.size:
        lines += score_lines(rows, alarm, station_climatology(case, rows), counts, draws)
    return lines


def day_lines(case: AuditCase, trial: Trial) -> list[Line]:
    """Rates of the days of the whole network."""
    event = event_days(trial)
    # Every event day is a unit; quiet days repeat each other within a fortnight.
    number = np.arange(event.size)
    unit = np.unique(np.where(event, -1 - number, number // BLOCK_DAYS), return_inverse=True)[1]
    counts = {"n_rows": event.size, "n_events": int(event.sum()), "n_days": event.size}
    draws = (case.n_bootstrap, case.seed)
    alarm = trial.played.network_alarm
    return rate_lines("day", alarm, event, unit.astype(np.int64), counts, draws)


def gain_lines(case: AuditCase, rows: Rows) -> list[Line]:
    """Information gain per event over every baseline, with its clustered interval."""
    lines = []
    for name, table in case.baselines.items():
        other = rows.table["sample_id"].map(table.set_index("sample_id")["probability"])
        reference = other.to_numpy(dtype=np.float64)
        both = np.isfinite(reference)
        p, q, y = rows.probability[both], reference[both], rows.event[both]
        value = information_gain(p, q, y)
        gained = log_likelihood(p, y) - log_likelihood(q, y)
        low, high = _gain_interval(gained, rows.cluster[both], y)
        n_events = int(np.unique(rows.cluster[both][y]).size)
        note = "cluster-t, nat per event row" if n_events >= MINIMUM_EVENTS else TOO_FEW
        quantity = f"information_gain_per_event_vs_{name}"
        lines.append(Line(quantity, "row", value, low, high, 0.0, int(y.size), n_events, 0, note))
    return lines


def _gain_interval(
    gained: NDArray[np.float64], cluster: NDArray[np.int64], event: NDArray[np.bool_]
) -> tuple[float, float]:
    """Interval of the gain per event row: total over clusters, their number of events fixed."""
    if np.unique(cluster[event]).size < MINIMUM_EVENTS:
        return NAN, NAN
    unit = np.unique(cluster, return_inverse=True)[1].astype(np.int64)
    (total,) = cluster_sums(unit, gained)
    low, high = cluster_t(total, np.ones(total.size))
    scale = total.size / event.sum()
    return low * scale, high * scale
