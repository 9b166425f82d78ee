"""Quantities at the level of rows and of days."""

import numpy as np

from seismomag.audit.case import AuditCase
from seismomag.audit.ring import Played
from seismomag.audit.rows import BLOCK_DAYS, Rows, station_climatology
from seismomag.audit.table import Line, rate_lines, score_lines
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
