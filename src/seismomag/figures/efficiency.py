"""Efficiency of a detector against the strength of what was injected."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import REASONS, curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Injection and recovery"
CURVES = ("injection", "injection_fits", "injection_controls")
AXES = {
    "nT": "injected amplitude (nT rms in band; left edge: none)",
    "A m": "moment of the source (A m rms; left edge: none)",
}
FINE = 200
PANELS = (("all", "detector"), ("distance",))
"""Kinds of curves in each panel."""
SHARE_IN, NAME_IN, BELOW_IN = 3.1, 0.175, 0.75
"""Height of the shares 0 to 1, of a line of the legend, and of what stands below [inches]."""


@look.styled
def injection_figure(report: AuditReport) -> "Figure":
    """Draw the efficiency of the detector of a report; reads the curves :data:`CURVES`."""
    tables = [curve(report, name) for name in CURVES]
    return efficiency_figure(*tables)


@look.styled
def efficiency_figure(
    efficiency: pd.DataFrame, fits: pd.DataFrame, controls: pd.DataFrame
) -> "Figure":
    """Draw recovered shares with their intervals, the fitted curves, A50 and A90.

    Parameters
    ----------
    efficiency
        Columns ``signal, unit, by, stratum, strength, rate, low, high``; strength 0 is drawn at
        the left edge. Signals as a whole in the first panel, sources by distance in a second.
    fits
        Columns ``signal, unit, by, stratum, e0, s50, s90, steepness``.
    controls
        Columns ``control, strength_nt, rate, low, high, passes``.
    """
    parts = [efficiency[efficiency["by"].isin(by)] for by in PANELS]
    shown = [part for part in parts if (part["strength"] > 0).any()]
    if not shown:
        return look.empty_figure(TITLE, REASONS["injection"])
    figure = look.new_figure(5.6 * len(shown), 4.4)
    panels = figure.subplots(1, len(shown), squeeze=False, sharey=True)[0]
    for axes, part in zip(panels, shown, strict=True):
        _draw_panel(axes, part, fits)
    _draw_controls(panels[0], controls)
    panels[0].set_ylabel("share recovered (0 to 1)")
    _make_room_for_names(figure, panels)
    return figure


def _make_room_for_names(figure: "Figure", panels: "Sequence[Axes]") -> None:
    """Grow figure and axes above the share of 1, so that no name lies over what it names."""
    n_lines = max(len(axes.get_legend_handles_labels()[1]) for axes in panels)
    above = (n_lines * NAME_IN + 0.15) / SHARE_IN
    panels[0].set_ylim(-0.02, 1.02 + above)
    figure.set_figheight(BELOW_IN + SHARE_IN * (1.04 + above))
    for axes in panels:
        axes.legend(loc="upper left", fontsize=8)


def _draw_panel(axes: "Axes", part: pd.DataFrame, fits: pd.DataFrame) -> None:
    positive = part.loc[part["strength"] > 0, "strength"]
    edge = float(positive.min()) / 2
    at = np.geomspace(edge, float(positive.max()) * 1.5, FINE)
    for place, (key, mine) in enumerate(part.groupby(["signal", "stratum"], sort=False)):
        fitted = fits[(fits["signal"] == key[0]) & (fits["stratum"] == key[1])]
        name = _name(mine.iloc[0])
        _draw_curve(axes, mine, fitted, at, (place, name))
    unit = str(part["unit"].iloc[0])
    axes.set_xscale("log")
    if unit == "nT":
        axes.xaxis.set_major_formatter(lambda value, _: look.number(value))
    axes.set_xlabel(AXES[unit])
    axes.set_yticks(np.linspace(0, 1, 6))
    look.hairlines(axes)


def _name(row: pd.Series) -> str:
    """Name a curve: its signal, the rule that looked, or the distance of the source."""
    stratum = str(row["stratum"]).replace("_", " ")
    named = {"all": str(row["signal"]), "detector": f"{row['signal']}, {stratum}"}
    return named.get(str(row["by"]), stratum)


def _draw_curve(
    axes: "Axes",
    mine: pd.DataFrame,
    fitted: pd.DataFrame,
    at: NDArray[np.float64],
    kind: tuple[int, str],
) -> None:
    place, name = kind
    colour = look.CATEGORICAL[place % len(look.CATEGORICAL)]
    strength = np.where(mine["strength"] > 0, mine["strength"], at[0])
    axes.vlines(strength, mine["low"], mine["high"], color=colour, lw=4, alpha=0.25)
    axes.plot(strength, mine["rate"], look.MARKERS[place % len(look.MARKERS)], color=colour, ms=5)
    label = f"{name}: half not reached" if len(fitted) else name
    if len(fitted) and np.isfinite(fitted["s50"].iloc[0]):
        fit = fitted.iloc[0]
        grown = 1 / (1 + (at / fit["s50"]) ** -fit["steepness"])
        rate = fit["e0"] + (1 - fit["e0"]) * grown
        label = f"{name}: half {_said(fit['s50'], fit['unit'])}, 0.9 " + _said(
            fit["s90"], fit["unit"]
        )
        axes.plot(at, rate, color=colour, lw=1.4, ls=look.DASHES[place % len(look.DASHES)])
    axes.plot([], [], look.MARKERS[place % len(look.MARKERS)], color=colour, label=label,
              ls=look.DASHES[place % len(look.DASHES)])  # fmt: skip


def _said(strength: float, unit: str) -> str:
    if not np.isfinite(strength):
        return "not reached"
    shown = f"{strength:.2g}" if unit == "A m" else look.number(strength)
    return f"at {shown} {unit}"


def _draw_controls(axes: "Axes", controls: pd.DataFrame) -> None:
    """Mark the controls beyond the last amplitude, those that raise alarms in another colour."""
    if controls.empty:
        return
    low, high = axes.get_xlim()
    # Room to the right: the controls have no place on the axis of amplitudes.
    axes.set_xlim(low, high * (high / low) ** 0.3)
    axes.axvline(high, color=look.TOKENS["edge"], lw=0.8)
    for place, row in enumerate(controls.to_dict("records")):
        colour = look.TOKENS["ink-3"] if row["passes"] else look.TOKENS["late"]
        at = 0.95 - 0.06 * place
        word = "silent" if row["passes"] else "raises alarms"
        name = f"{row['control'].replace('_', ' ')} {look.number(row['strength_nt'])} nT"
        axes.plot(
            [at, at], [row["low"], row["high"]], color=colour, lw=4, alpha=0.3,
            transform=axes.get_yaxis_transform(), clip_on=False,
        )  # fmt: skip
        axes.plot(
            [at], [row["rate"]], "x", color=colour, ms=7, mew=1.6,
            transform=axes.get_yaxis_transform(),
            label=f"control {name}: {word}",
        )  # fmt: skip
