"""Reliability: how often it happened when the forecast said so."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import REASONS, curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Reliability"


@look.styled
def reliability_diagram(report: AuditReport) -> "Figure":
    """Draw observed frequency against issued probability, with the base rate and the counts.

    Parameters
    ----------
    report
        Reads the curve ``reliability``: for each probability the observed frequency, the number
        of rows and the interval ``low .. high`` of the frequency.
    """
    table = curve(report, "reliability").dropna(subset=["probability", "frequency"])
    if table.empty:
        return look.empty_figure(TITLE, REASONS["reliability"])
    table = table.sort_values("probability")
    rate = float(np.average(table["frequency"], weights=table["n"])) if table["n"].sum() else np.nan
    highest = table[["probability", "frequency", "high"]].max().max()
    edge = min(1.0, np.ceil(float(np.nanmax([highest, rate, 0.05])) * 1.15 * 10) / 10)
    figure = look.new_figure(11.0, 4.4)
    diagram, counts = figure.subplots(1, 2, width_ratios=[1.15, 1])
    _draw_diagram(diagram, table, rate, edge)
    _draw_counts(counts, table, edge)
    return figure


def _draw_diagram(axes: "Axes", table: pd.DataFrame, rate: float, edge: float) -> None:
    issued, seen, low, high = (
        table[c].to_numpy(float) for c in ("probability", "frequency", "low", "high")
    )
    colour = look.TOKENS["data"]
    axes.vlines(issued, low, high, color=colour, lw=5, alpha=0.25, label="95 % interval")
    axes.plot([0, 1], [0, 1], color=look.TOKENS["ink-3"], lw=1, ls=(0, (4, 3)), label="perfect")
    axes.axhline(
        rate,
        color=look.TOKENS["late"],
        lw=1.2,
        ls=look.DASHES[2],
        label=f"base rate {look.number(rate)}",
    )
    axes.plot(issued, seen, color=colour, marker="o", ms=4.5, lw=1.8, zorder=5, label="observed")
    axes.set(xlim=(0, edge), ylim=(0, edge))
    axes.set(xlabel="issued probability (0 to 1)", ylabel="observed frequency (share of rows)")
    look.hairlines(axes)
    axes.legend(loc="upper left")
    axes.set_title("Observed against issued")


def _draw_counts(axes: "Axes", table: pd.DataFrame, edge: float) -> None:
    n = table["n"].to_numpy(float)
    axes.vlines(table["probability"], 0.5, np.maximum(n, 0.5), color=look.TOKENS["data"], lw=5)
    axes.set_yscale("log")
    axes.set(xlim=(0, edge), ylim=(0.5, max(n.max() * 2, 2)))
    axes.set(xlabel="issued probability (0 to 1)", ylabel="rows (count)")
    axes.yaxis.set_major_formatter(lambda value, _: look.number(value, 6))
    look.hairlines(axes)
    axes.set_title(f"{look.number(n.sum(), 9)} station-days")
