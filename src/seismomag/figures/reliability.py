"""Reliability: how often it happened when the forecast said so."""

from typing import TYPE_CHECKING

import numpy as np

from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import REASONS, curve

if TYPE_CHECKING:
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
    issued, seen, n = (table[c].to_numpy(float) for c in ("probability", "frequency", "n"))
    base_rate = float((seen * n).sum() / n.sum()) if n.sum() else float("nan")
    highest = np.nanmax([issued.max(), seen.max(), table["high"].max(), base_rate, 0.05])
    edge = min(1.0, np.ceil(float(highest) * 1.15 * 10) / 10)
    figure = look.new_figure(11.0, 4.4)
    axes, counts = figure.subplots(1, 2, width_ratios=[1.15, 1])
    low, high = table["low"].to_numpy(float), table["high"].to_numpy(float)
    axes.vlines(
        issued, low, high, color=look.TOKENS["data"], lw=5, alpha=0.25, label="95 % interval"
    )
    axes.plot([0, 1], [0, 1], color=look.TOKENS["ink-3"], lw=1, ls=(0, (4, 3)), label="perfect")
    axes.axhline(
        base_rate,
        color=look.TOKENS["late"],
        lw=1.2,
        ls=(0, (1.2, 1.5)),
        label=f"base rate {look.number(base_rate)}",
    )
    axes.plot(
        issued,
        seen,
        color=look.TOKENS["data"],
        marker="o",
        ms=4.5,
        lw=1.8,
        clip_on=False,
        zorder=5,
        label="observed",
    )
    axes.set(xlim=(0, edge), ylim=(0, edge))
    axes.set(xlabel="issued probability (0 to 1)", ylabel="observed frequency (share of rows)")
    look.hairlines(axes)
    axes.legend(loc="upper left")
    axes.set_title("Observed against issued")
    counts.set_title(f"{look.number(n.sum(), 9)} station-days")
    counts.vlines(issued, 0.5, np.maximum(n, 0.5), color=look.TOKENS["data"], lw=5)
    counts.set_yscale("log")
    counts.set(
        xlim=(0, edge),
        ylim=(0.5, max(n.max() * 2, 2)),
        ylabel="rows (count)",
        xlabel="issued probability (0 to 1)",
    )
    counts.yaxis.set_major_formatter(lambda value, _: look.number(value, 6))
    look.hairlines(counts)
    return figure
