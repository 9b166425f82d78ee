"""Numbers of an audit as a person reads them: with interval, count, reference, or the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seismomag.core.schema import AuditReport
from seismomag.figures.curves import unit_of_events
from seismomag.figures.look import number
from seismomag.figures.nulls import shift_row

DASH = "—"


@dataclass(frozen=True, kw_only=True)
class KeyFigure:
    """One of the six numbers of the first page.

    Attributes
    ----------
    label
        What it is, in words.
    quantity
        Its name in the audit's table; one that ends in ``_vs_`` is listed for each baseline,
        and the smallest, against the best of them, is taken.
    levels
        Levels of the table, the preferred one first.
    reference
        What the column ``reference`` means for this number.
    unit
        Behind the value.
    beside
        Words and names of the quantities to which it must be compared: the first that the audit
        has; where it has none, the words of the first stand with a dash.
    """

    label: str
    quantity: str
    levels: tuple[str, ...]
    reference: str
    unit: str = ""
    beside: tuple[tuple[str, str], ...] = ()


KEY_FIGURES: tuple[KeyFigure, ...] = (
    KeyFigure(
        label="Event hit rate",
        quantity="event_hit_rate",
        levels=("event",),
        reference="mean of shifts",
    ),
    KeyFigure(
        label="Alarm fraction τ",
        quantity="alarm_fraction",
        levels=("event", "row"),
        reference="target",
    ),
    KeyFigure(
        label="Gain, H / mean of shifts",
        quantity="shift_gain",
        levels=("event",),
        reference="chance",
        unit=" ×",
    ),
    KeyFigure(
        label="Mean angular error",
        quantity="maae_deg",
        levels=("event", "row"),
        reference="chance",
        unit="°",
        beside=(
            ("station constant", "maae_station_constant_deg"),
            ("best constant, in hindsight", "maae_best_constant_deg"),
        ),
    ),
    KeyFigure(
        label="Information gain per event",
        quantity="information_gain_per_event_vs_",
        levels=("event", "row"),
        reference="no gain",
        unit=" nat",
    ),
)
"""The common-shift p stands between them; it comes from the table of nulls."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A number ready for the page."""

    label: str
    value: str
    interval: str = ""
    count: str = ""
    reference: str = ""
    reason: str = ""


def key_cells(report: AuditReport) -> tuple[Cell, ...]:
    """Build the six numbers of the first page; a missing one carries its reason."""
    # The unit of a verdict on event days is the run of them.
    unit = {"event days": "runs of event days"}.get(unit_of_events(report), "events")
    cells = [_cell(report.table, figure, unit) for figure in KEY_FIGURES]
    return (*cells[:3], shift_cell(report), *cells[3:])


def _cell(table: pd.DataFrame, figure: KeyFigure, unit: str) -> Cell:
    row = _find(table, figure)
    if row is None:
        return Cell(label=figure.label, value=DASH, reason="the audit did not compute it")
    value = float(row["value"])
    if not np.isfinite(value):
        return Cell(label=figure.label, value=DASH, count=count_of(row, unit), reason=_why(row))
    return Cell(
        label=figure.label,
        value=number(value) + figure.unit,
        interval=interval_of(row),
        count=count_of(row, unit),
        reference=_reference(table, row, figure),
    )


def _why(row: pd.Series) -> str:
    if not float(row["n_events"]):
        return "no scored event"
    return note_of(row) or "could not be computed"


def note_of(row: pd.Series) -> str:
    """Note of a row; empty where there is none, also after a way through a file."""
    return "" if pd.isna(row["note"]) else str(row["note"])


def _reference(table: pd.DataFrame, row: pd.Series, figure: KeyFigure) -> str:
    against = str(row["quantity"]).removeprefix(figure.quantity)
    if against and against != str(row["quantity"]):
        return f"best baseline: {against.replace('_', ' ')}"
    parts = [(figure.reference, float(row["reference"]))]
    must = ""
    if figure.beside:
        must, value = _beside(table, str(row["level"]), figure.beside)
        parts.insert(0, (must, value))
    # What it must be compared with is named even where it is not known.
    shown = [
        f"{words} {number(v)}{figure.unit if np.isfinite(v) else ''}"
        for words, v in parts
        if np.isfinite(v) or words == must
    ]
    return ", ".join(shown)


def _beside(
    table: pd.DataFrame, level: str, choices: tuple[tuple[str, str], ...]
) -> tuple[str, float]:
    """Words and value of the first quantity that the audit has at this level."""
    mine = table[table["level"] == level].set_index("quantity")["value"]
    for words, quantity in choices:
        if quantity in mine.index:
            return words, float(np.atleast_1d(mine[quantity])[0])
    return choices[0][0], float("nan")


def _find(table: pd.DataFrame, figure: KeyFigure) -> "pd.Series | None":
    names = table["quantity"].astype(str)
    wanted = names == figure.quantity
    if figure.quantity.endswith("_vs_"):
        wanted = names.str.startswith(figure.quantity)
    for level in figure.levels:
        found = table[wanted & (table["level"] == level)]
        if len(found):
            # Against the best baseline the gain is smallest.
            return found.sort_values("value", kind="stable").iloc[0]
    return None


def interval_of(row: Mapping[str, Any] | pd.Series) -> str:
    """Interval in words; says so when there is none."""
    low, high = float(row["low"]), float(row["high"])
    if np.isfinite(low) and np.isfinite(high):
        return f"95 %: {number(low)} to {number(high)}"
    return "no interval"


def count_of(row: Mapping[str, Any] | pd.Series, events: str = "events") -> str:
    """Count the cases at the level of a row of the table; ``events`` names what is counted."""
    unit = {"event": events, "day": "days"}.get(str(row["level"]), "station-days")
    column = {events: "n_events", "days": "n_days"}.get(unit, "n_rows")
    text = f"n = {counted(float(row[column]), unit)}"
    return text if unit == events else f"{text}, {counted(float(row['n_events']), events)}"


def counted(n: float, unit: str) -> str:
    """Write a number of things; one of them loses its s."""
    return f"{number(n, 9)} {unit.removesuffix('s') if n == 1 else unit}"


SHIFT_LABELS: Mapping[str, str] = {"event_hit_rate": "p, common shift"}
"""Labels of the cell of p; any other statistic is named in it."""


def shift_cell(report: AuditReport) -> Cell:
    """Build the cell of the common-shift p with its floors."""
    row = shift_row(report)
    if row is None:
        return Cell(label="p, common shift", value=DASH, reason="no common shift was run")
    statistic = str(row["statistic"])
    said = {"auc": "AUC"}.get(statistic, statistic.replace("_", " "))
    label = SHIFT_LABELS.get(statistic, f"p, common shift of the {said}")
    if not np.isfinite(float(row["p"])):
        return Cell(label=label, value=DASH, reason=_why_no_p(row))
    floors = [
        f"{name} {number(float(row[column]), 2)}"
        for column, name in (("floor_1_over_d", "1/D"), ("floor_ties", "ties"))
    ]
    needed = float(row["days_needed"])
    return Cell(
        label=label,
        value=number(float(row["p"]), 2),
        interval="floor: " + ", ".join(floors),
        count=f"n = {number(float(row['n_shifts']), 9)} shifts",
        reference=f"p < 0.01 needs {number(needed, 5)} days" if np.isfinite(needed) else "",
    )


def _why_no_p(row: pd.Series) -> str:
    """Say why there is no p; the note of the row says what the null is, not why it has none."""
    if not np.isfinite(float(row["observed"])):
        return "no scored event"
    return "too few shifts"


def smallest_gain(report: AuditReport) -> str:
    """Say what effect this test could have seen at all."""
    table = report.table
    found = table[table["quantity"] == "smallest_detectable_gain"]
    if found.empty:
        return "The smallest gain that this test could have detected was not computed."
    row = found.iloc[0]
    gain, n = float(row["value"]), counted(float(row["n_events"]), "events")
    note = note_of(row)
    how = f" ({note})" if note else ""
    if not np.isfinite(gain):
        return f"With {n} no gain, however large, could have been detected{how}."
    return f"With {n} a gain below {number(gain)} × could not be detected{how}."


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table ready for the page: heads and cells, each with whether it is a number."""

    title: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[tuple[str, bool], ...], ...]
    reason: str = ""


HEADS: Mapping[str, str] = {
    "p": "p",
    "tp": "TP",
    "fp": "FP",
    "fn": "FN",
    "tn": "TN",
    "pss": "Peirce skill",
    "floor_1_over_d": "floor 1/D",
    "floor_ties": "floor, ties",
    "tau": "τ",
    "alpha": "level α",
}
"""Names of columns that do not explain themselves."""


def page_table(title: str, table: pd.DataFrame | None, reason: str) -> Table:
    """Turn a data frame into text; missing values are a dash, an empty table its reason."""
    if table is None or table.empty:
        return Table(title=title, heads=(), rows=(), reason=reason)
    heads = tuple(
        (HEADS.get(str(c), str(c).replace("_", " ")), _is_number(table[c])) for c in table.columns
    )
    rows = tuple(tuple(_text(v) for v in row) for row in table.itertuples(index=False))
    return Table(title=title, heads=heads, rows=rows)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _text(value: Any) -> tuple[str, bool]:
    if isinstance(value, bool | np.bool_):
        return ("yes" if value else "no"), False
    if isinstance(value, int | float | np.number):
        digits = 12 if float(value).is_integer() else 3
        return number(float(value), digits), True
    if value is None or value is pd.NaT or value is pd.NA:
        return DASH, False
    text = f"{value:%Y-%m-%d %H:%M}" if isinstance(value, pd.Timestamp) else str(value)
    return text or DASH, False


def flat(provenance: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """List a nested mapping as pairs of dotted name and text, in its own order."""
    pairs: list[tuple[str, str]] = []
    for key, value in provenance.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            pairs += flat(value, f"{name}.")
        elif isinstance(value, list | tuple):
            pairs.append((name, ", ".join(str(v) for v in value) or DASH))
        else:
            pairs.append((name, DASH if value is None or value == "" else str(value)))
    return pairs
