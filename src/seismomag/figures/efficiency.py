"""Efficiency of a detector against the amplitude of what was injected."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@look.styled
def efficiency_figure(
    table: pd.DataFrame, fitted: pd.DataFrame, *, a50_nt: float, a90_nt: float
) -> "Figure":
    """Draw recovered shares with their intervals, the fitted curve, A50 and A90.

    Parameters
    ----------
    table
        Columns ``amplitude_nt, rate, low, high``; amplitude 0 is drawn at the left edge.
    fitted
        Columns ``amplitude_nt, rate``.
    a50_nt, a90_nt
        Marked on the curve [nT].
    """
    positive = table.loc[table["amplitude_nt"] > 0, "amplitude_nt"]
    if positive.empty:
        return look.empty_figure("Efficiency", "Nothing was injected")
    edge = float(positive.min()) / 2
    at = np.where(table["amplitude_nt"] > 0, table["amplitude_nt"], edge)
    figure = look.new_figure(7.0, 4.0)
    axes = figure.subplots()
    colour = look.TOKENS["data"]
    axes.vlines(at, table["low"], table["high"], color=colour, lw=4, alpha=0.3)
    axes.plot(at, table["rate"], "o", color=colour, ms=5, label="recovered, 95 % interval")
    curve = fitted[fitted["amplitude_nt"] >= edge]
    axes.plot(curve["amplitude_nt"], curve["rate"], color=look.TOKENS["ink-3"], lw=1.4,
              label="fit")  # fmt: skip
    for name, value, side in (("A50", a50_nt, "right"), ("A90", a90_nt, "left")):
        if np.isfinite(value) and edge <= value <= at.max() * 2:
            axes.axvline(value, color=look.TOKENS["late"], lw=1, ls=look.DASHES[2])
            axes.text(value, 1.02, f"{name} {look.number(value)} nT", ha=side, va="bottom")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: look.number(value))
    axes.set(ylim=(-0.02, 1.1), xlabel="injected amplitude (nT rms in band; left edge: none)")
    axes.set_ylabel("share recovered (0 to 1)")
    look.hairlines(axes)
    axes.legend(loc="center left")
    return figure
