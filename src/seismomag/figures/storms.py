"""Skill by geomagnetic activity: a forecast must not live on storms, nor go silent in them."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import curve, reason_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "By geomagnetic activity"
COLUMNS = (
    ("n_rows", "station-days"),
    ("n_storms", "storms"),
    ("pss", "Peirce skill"),
)


@look.styled
def storm_table_figure(report: AuditReport) -> "Figure":
    """Draw, for each stratum, the counts, the false alarm rate and the recall with intervals.

    Parameters
    ----------
    report
        Reads the curve ``storms``. A rate that could not be computed is a hatched cell.
    """
    table = curve(report, "storms")
    if table.empty:
        return look.empty_figure(TITLE, reason_for(report, "storms"))
    figure = look.new_figure(11.0, 1.25 + 0.42 * len(table))
    words, alarms, recall = figure.subplots(1, 3, sharey=True, width_ratios=[1.5, 1.2, 1.2])
    _draw_words(words, table)
    _draw_rates(alarms, table, ("false_alarm_rate", "far_low", "far_high"), "data")
    _draw_rates(recall, table, ("recall", "recall_low", "recall_high"), "mark")
    alarms.set(xlabel="false alarm rate (share of quiet station-days)")
    recall.set(xlabel="recall (share of positive station-days)")
    words.set_title("Station-days by Kp")
    return figure


def _draw_words(axes: "Axes", table: pd.DataFrame) -> None:
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_yticks(range(len(table)), [str(s).replace("_", " ") for s in table["stratum"]])
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=look.TOKENS["ink"])
    axes.set(xlim=(0, len(COLUMNS)), ylabel="stratum (Kp)")
    axes.set_xticks(np.arange(len(COLUMNS)) + 0.8, [label for _, label in COLUMNS], ha="right")
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel("counts and skill (hits minus false alarms)")
    for place, (column, _) in enumerate(COLUMNS):
        for row, value in enumerate(table[column].to_numpy(float)):
            digits = 2 if column == "pss" else 9
            axes.text(place + 0.8, row, look.number(value, digits), ha="right", va="center")
    _rules(axes, len(table))


def _draw_rates(
    axes: "Axes", table: pd.DataFrame, columns: tuple[str, str, str], token: str
) -> None:
    middle, low, high = (table[c].to_numpy(float) for c in columns)
    rows = np.arange(len(table))
    known = np.isfinite(middle)
    for row in rows[~known]:
        axes.axhspan(
            row - 0.36,
            row + 0.36,
            facecolor="none",
            edgecolor=look.TOKENS["edge"],
            hatch=look.HATCH,
            lw=0,
        )
        axes.text(
            0.5,
            row,
            "—",
            ha="center",
            va="center",
            bbox={"facecolor": look.TOKENS["sheet"], "edgecolor": "none", "pad": 2},
        )
    for row in rows[known & np.isfinite(low + high)]:
        axes.plot(
            [low[row], high[row]],
            [row, row],
            color=look.TOKENS[token],
            lw=5,
            alpha=0.3,
            solid_capstyle="butt",
        )
    if known.any():
        # An unclipped line without points has no extent, and would collapse the layout.
        axes.plot(middle[known], rows[known], "o", color=look.TOKENS[token], ms=6.5, clip_on=False)
    _name_values(axes, middle, rows[known])
    axes.set(xlim=(0, 1), xticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_xticklabels([look.number(t) for t in (0, 0.25, 0.5, 0.75, 1)])
    axes.tick_params(axis="y", length=0)
    look.hairlines(axes, axis="x")
    _rules(axes, len(table))


def _name_values(axes: "Axes", values: NDArray[np.float64], rows: NDArray[np.int64]) -> None:
    for row in rows:
        side = "right" if values[row] > 0.8 else "left"
        axes.annotate(
            look.number(values[row], 2),
            (values[row], row),
            xytext=(0, 5),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=8,
        )


def _rules(axes: "Axes", n_rows: int) -> None:
    for row in range(n_rows - 1):
        axes.axhline(row + 0.5, color=look.TOKENS["rule"], lw=0.8)
    for name in ("left", "right"):
        axes.spines[name].set_visible(False)
