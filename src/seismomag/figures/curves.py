"""The tables behind the pictures: what each must hold, and why one may be missing."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import SchemaError
from seismomag.core.schema import AuditReport

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "molchan": ("kind", "tau", "nu"),
    "molchan_point": ("kind", "tau", "nu", "n_events"),
    "reliability": ("probability", "frequency", "n", "low", "high"),
    "shift_null": ("shift_days", "hit_rate", "tau", "is_near"),
    "shift_null_auc": ("shift_days", "auc"),
    "azimuth": (
        "event_id",
        "station_code",
        "azimuth_true_deg",
        "azimuth_deg",
        "error_deg",
        "constant_deg",
        "constant_error_deg",
    ),
    "storms": (
        "stratum",
        "n_rows",
        "n_storms",
        "false_alarm_rate",
        "far_low",
        "far_high",
        "recall",
        "recall_low",
        "recall_high",
        "pss",
    ),
    "azimuth_rows": ("azimuth_true_deg", "azimuth_deg", "error_deg", "constant_error_deg"),
    "calendar": ("station_code", "day", "state_score", "in_alarm", "is_target", "kp_max"),
    "events": ("event_id", "origin_time", "magnitude", "is_scored", "is_hit"),
    "stations": ("station_code", "n_events", "hit_rate", "mean_null", "p_max_t"),
    "injection": ("signal", "unit", "by", "stratum", "strength", "rate", "low", "high"),
    "injection_fits": ("signal", "unit", "by", "stratum", "e0", "s50", "s90", "steepness"),
    "injection_controls": ("control", "strength_nt", "rate", "low", "high", "passes"),
}
"""Columns that a figure reads, by the name of the curve."""

REASONS: Mapping[str, str] = {
    "molchan": "no event was scored, so there is no miss fraction to draw",
    "molchan_point": "no alarm threshold was applied to a scored event",
    "reliability": "no scored row has both a probability and a known outcome",
    "shift_null": "no event was scored, so no common shift of the catalogue can be counted",
    "azimuth": "no azimuth was predicted for a scored event",
    "storms": "no scored row has a known Kp",
    "calendar": "no station-day was scored",
    "events": "no event lies in the scored period",
    "stations": "no station has an event in range",
    "injection": "no signal was injected",
}
"""Why a curve may be absent, for the panel that then takes its place."""

_NOT_FOREIGN = "not computed for a foreign table: "
FOREIGN_REASONS: Mapping[str, str] = {
    "azimuth": "no event row of the table tells both a predicted and a true azimuth",
    "storms": _NOT_FOREIGN
    + "rates by storm are matched with the indices of a run; what the table itself tells of "
    "Kp and Dst is counted under By geomagnetic activity",
    "calendar": _NOT_FOREIGN + "the state of each station on each day is kept for runs only",
    "events": _NOT_FOREIGN + "it is judged without a list of its events",
    "stations": _NOT_FOREIGN + "hit rates station by station are adjusted for runs only",
    "injection": _NOT_FOREIGN + "signals can only be injected into the days of a run",
}
"""Why a curve is absent in the audit of anybody's table, where :data:`REASONS` would be untrue."""


ESSENTIAL: Mapping[str, str] = {
    "molchan": "nu",
    "molchan_point": "nu",
    "reliability": "frequency",
    "shift_null": "hit_rate",
    "azimuth": "error_deg",
    "stations": "hit_rate",
}
"""The column without which there is nothing to draw, even where the curve has rows."""


def curve(report: AuditReport, name: str) -> pd.DataFrame:
    """One table of a report; empty, with its columns, where the audit has none.

    Raises
    ------
    SchemaError
        The table is there but lacks a column.
    """
    wanted = COLUMNS[name]
    table = report.curves.get(name)
    if table is None or table.empty:
        return pd.DataFrame({column: [] for column in wanted})
    absent = [column for column in wanted if column not in table]
    if absent:
        msg = (
            f"curve {name!r} of the audit report has no column {', '.join(absent)}; "
            f"found {', '.join(map(str, table.columns))}"
        )
        raise SchemaError(msg)
    return table


def is_true(column: pd.Series) -> NDArray[np.bool_]:
    """Where a column of truths is known and true; unknown counts as not true."""
    return column.astype("boolean").fillna(False).to_numpy(dtype=bool)


def is_foreign(report: AuditReport) -> bool:
    """Whether a report judges anybody's table: only such a table has a map of its columns."""
    return "column_map" in report.provenance


def unit_of_events(report: AuditReport) -> str:
    """Name what the pictures count: ``events``, or ``event days`` of a table with its own labels.

    A label rule stands in the provenance only where a catalogue gave the events.
    """
    has_events = not is_foreign(report) or report.provenance.get("label_rule") is not None
    return "events" if has_events else "event days"


def reason_for(report: AuditReport, name: str) -> str:
    """Say why a report lacks a curve."""
    return (FOREIGN_REASONS if is_foreign(report) else {}).get(name) or REASONS[name]


def why_missing(report: AuditReport, name: str) -> str:
    """Say why a curve cannot be drawn; empty text when it can."""
    table = curve(report, name)
    if table.empty or (name in ESSENTIAL and table[ESSENTIAL[name]].isna().all()):
        return reason_for(report, name)
    return ""
