"""Stations beside each other: what each hit, what chance would have, and the price of looking."""

from typing import TYPE_CHECKING

import numpy as np

from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import reason_for

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Stations"


@look.styled
def station_figure(report: AuditReport) -> "Figure":
    """Draw the hit rate of each station and its mean under the common shifts.

    Parameters
    ----------
    report
        Reads the curve ``stations``; the label carries the number of events and p, adjusted for
        the choice among all stations (max-T).
    """
    table = report.curves.get("stations")
    told = None if table is None else table[table["n_events"] > 0]
    if told is None or told.empty:
        return look.empty_figure(TITLE, reason_for(report, "stations"))
    told = told.sort_values("hit_rate", ignore_index=True)
    row = np.arange(len(told))
    figure = look.new_figure(7.0, 1.6 + 0.28 * len(told))
    axes = figure.subplots()
    axes.hlines(row, told["mean_null"], told["hit_rate"], color=look.TOKENS["data"], lw=2)
    axes.plot(told["mean_null"], row, "|", color=look.TOKENS["ink-3"], ms=11, label="by chance")
    axes.plot(told["hit_rate"], row, "o", color=look.TOKENS["data"], ms=5, label="hit")
    names = []
    for one in told.to_dict("records"):
        p = one["p_max_t"]
        adjusted = f"p {look.number(p)}" if np.isfinite(p) else "too few"
        names.append(f"{one['station_code']}  {int(one['n_events'])} events, {adjusted}")
    axes.set_yticks(row, names)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.7, len(told) - 0.3))
    axes.set_xlabel("share of the station's events in its own alarms (0 to 1)")
    look.hairlines(axes)
    axes.legend(loc="lower right")
    return figure
