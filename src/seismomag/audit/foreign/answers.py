"""Azimuths and magnitudes that a foreign table states, against what is known to be true."""

import pandas as pd

from seismomag.audit import circular
from seismomag.audit.foreign.forecast import ForeignTable
from seismomag.audit.rows import Rows
from seismomag.audit.table import NAN, Line


def directions(table: ForeignTable, rows: Rows) -> tuple[pd.DataFrame, list[Line]]:
    """Angular errors of event rows; R of all predictions.

    Returns
    -------
    rows, lines
        ``azimuth_true_deg, azimuth_deg, error_deg, constant_error_deg`` of the event rows whose
        truth is known: that of the catalogue where one was given, else that of the table.
    """
    columns = ["azimuth_true_deg", "azimuth_deg", "error_deg", "constant_error_deg"]
    if not table.has("azimuth_deg"):
        return pd.DataFrame(columns=columns), []
    said = table.rows["azimuth_deg"].dropna()
    r = circular.resultant_length(said)
    spread = f"{said.min():.1f}..{said.max():.1f} deg; "
    word = "COLLAPSED: one direction whatever happens" if r > 0.9 else "spread"
    lines = [Line("azimuth_resultant", "row", r, NAN, NAN, 0.9, len(said), note=spread + word)]
    if "azimuth_true_deg" not in rows.table:
        return pd.DataFrame(columns=columns), lines
    pairs = rows.table[rows.event][["azimuth_true_deg", "azimuth_deg"]].dropna()
    if pairs.empty:
        return pd.DataFrame(columns=columns), lines
    best = circular.best_constant_deg(pairs["azimuth_true_deg"])
    pairs = pairs.assign(
        error_deg=circular.angular_error_deg(pairs["azimuth_deg"], pairs["azimuth_true_deg"]),
        constant_error_deg=circular.angular_error_deg(best, pairs["azimuth_true_deg"]),
    )
    mine, constant = float(pairs["error_deg"].mean()), float(pairs["constant_error_deg"].mean())
    n = {"n_rows": len(pairs), "n_events": rows.n_events}
    note = f"the constant {best:.0f} deg, best for these events in hindsight"
    skill = 1 - mine / constant if constant else NAN
    lines += [
        Line("maae_deg", "row", mine, NAN, NAN, 90.0, **n, note="mean over event rows"),
        Line("maae_best_constant_deg", "row", constant, NAN, NAN, 90.0, **n, note=note),
        Line("azimuth_skill", "row", skill, NAN, NAN, 0.0, **n, note=f"against {note}"),
    ]
    return pairs.reset_index(drop=True), lines


def magnitudes(rows: Rows) -> list[Line]:
    """Mean error of the magnitudes of event rows, beside that of their constant median."""
    if not {"magnitude", "magnitude_true"} <= set(rows.table):
        return []
    told = rows.table[rows.event][["magnitude", "magnitude_true"]].dropna()
    if told.empty:
        return []
    true = told["magnitude_true"]
    mine = float((told["magnitude"] - true).abs().mean())
    constant = float((true - true.median()).abs().mean())
    note = f"reference: the constant median {true.median():.2f}"
    n = {"n_rows": len(told), "n_events": rows.n_events}
    return [Line("magnitude_mae", "row", mine, NAN, NAN, constant, **n, note=note)]
