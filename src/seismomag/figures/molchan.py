"""The Molchan error diagram: what share of events is missed at what share of alarmed time."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import curve, is_true, reason_for, unit_of_events, why_missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Molchan diagram"
FORECAST = "forecast"
BAND = ("null_low", "null_high")
"""Kinds that hold the edges of a band of the shift null, where the audit gives one."""
WIDTH_IN, LEFT_IN, SIDE_IN = 5.6, 0.62, 4.8
ABOVE_IN, BELOW_IN, LEGEND_LINE_IN = 0.4, 0.45, 0.165
"""Layout [inches]: title above, label of the axis below, lines of the legend under it."""


@look.styled
def molchan_diagram(report: AuditReport) -> "Figure":
    """Draw miss fraction against alarm fraction; nothing is clamped, chance is the diagonal.

    Parameters
    ----------
    report
        Reads the curves ``molchan``, ``molchan_point`` and, where the former holds no band of
        the common shifts, ``shift_null`` for the bar of 95 % of them.

    Returns
    -------
    figure
        A curve below the diagonal would be skill, above it is worse than chance (Molchan 1991,
        Tectonophysics 193, 267).
    """
    trajectories, points = curve(report, "molchan"), curve(report, "molchan_point")
    reason = why_no_molchan(report)
    if reason:
        return look.empty_figure(TITLE, reason)
    unit = unit_of_events(report)
    kinds = _kinds(trajectories, points)
    # Two columns of names, one more for the band.
    figure, axes = _square_above(-(-(len(kinds) + 1) // 2))
    _draw_chance(axes, unit)
    _draw_band(axes, trajectories)
    for place, kind in enumerate(kinds):
        _draw_kind(axes, trajectories, points, kind, place)
    _draw_shifts(axes, report, points)
    # A marker on the upper edge reaches half of its size above it.
    axes.set_title(f"Misses against alarms, {_counted(points, unit)}", pad=12)
    figure.legend(loc="lower center", ncols=2)
    return figure


def _square_above(n_lines: int) -> tuple["Figure", "Axes"]:
    """Make square axes above a legend of so many lines.

    Every margin is laid out in inches: the solver of Matplotlib lets a square with a legend
    outside grow over its own title when the figure is saved at another resolution.
    """
    legend_in = LEGEND_LINE_IN * n_lines + 0.2
    height_in = legend_in + BELOW_IN + SIDE_IN + ABOVE_IN
    figure = look.new_figure(WIDTH_IN, height_in)
    figure.set_layout_engine("none")
    place = (LEFT_IN / WIDTH_IN, (legend_in + BELOW_IN) / height_in)
    return figure, figure.add_axes((*place, SIDE_IN / WIDTH_IN, SIDE_IN / height_in))


def why_no_molchan(report: AuditReport) -> str:
    """Say why there is no diagram; empty text when there is one.

    Trajectories begin at a miss fraction of 1 even where no event was scored: the points tell.
    """
    points = curve(report, "molchan_point")
    if len(points) and not points["n_events"].fillna(0).any():
        return reason_for(report, "molchan")
    return why_missing(report, "molchan") and why_missing(report, "molchan_point")


def _draw_chance(axes: "Axes", unit: str) -> None:
    x_label = "alarm fraction τ (share of station-days)"
    y_label = f"miss fraction ν (share of {unit})"
    look.unit_square(axes, x_label, y_label)
    axes.set_aspect("equal")
    colour = look.TOKENS["ink-3"]
    axes.plot([0, 1], [1, 0], color=colour, lw=1, ls=(0, (4, 3)))
    axes.annotate(
        "chance",
        (0.97, 0.045),
        rotation=-45,
        rotation_mode="anchor",
        ha="right",
        fontsize=8,
        color=colour,
    )


def _kinds(trajectories: pd.DataFrame, points: pd.DataFrame) -> list[str]:
    found = dict.fromkeys([*trajectories["kind"].astype(str), *points["kind"].astype(str)])
    rest = [kind for kind in found if kind not in (FORECAST, *BAND)]
    return ([FORECAST] if FORECAST in found else []) + rest


def _counted(points: pd.DataFrame, unit: str) -> str:
    of_forecast = points[points["kind"] == FORECAST]
    if of_forecast.empty:
        return f"number of {unit} unknown"
    n = int(of_forecast["n_events"].iloc[0])
    return f"{n} {unit.removesuffix('s') if n == 1 else unit}"


def _draw_band(axes: "Axes", trajectories: pd.DataFrame) -> None:
    low, high = (trajectories[trajectories["kind"] == kind].sort_values("tau") for kind in BAND)
    if low.empty or high.empty:
        return
    tau = np.union1d(low["tau"], high["tau"])
    axes.fill_between(
        tau,
        np.interp(tau, low["tau"], low["nu"]),
        np.interp(tau, high["tau"], high["nu"]),
        color=look.TOKENS["band"],
        lw=0,
        label="95 % of common shifts",
    )


def _draw_kind(
    axes: "Axes", trajectories: pd.DataFrame, points: pd.DataFrame, kind: str, place: int
) -> None:
    line = trajectories[trajectories["kind"] == kind].sort_values(
        ["tau", "nu"], ascending=[True, False]
    )
    dot = points[points["kind"] == kind]
    is_main = kind == FORECAST
    colour = look.CATEGORICAL[place % len(look.CATEGORICAL)]
    # From the seventh on a colour comes again, with another dash and another marker.
    turn = place + place // len(look.CATEGORICAL)
    dash, marker = look.DASHES[turn % len(look.DASHES)], look.MARKERS[turn % len(look.MARKERS)]
    name = kind.replace("_", " ")
    # Outside of 0..1 would be a mistake of the audit: it must be seen, not cut off.
    axes.plot(
        line["tau"],
        line["nu"],
        color=colour,
        lw=2.2 if is_main else 1.1,
        ls=dash,
        zorder=4 if is_main else 3,
        label=name if dot.empty else None,
        clip_on=False,
    )
    if not dot.empty:
        axes.plot(
            dot["tau"],
            dot["nu"],
            ls=dash if not line.empty else "none",
            color=colour,
            lw=2.2 if is_main else 1.1,
            marker=marker,
            ms=9 if is_main else 7,
            mfc=colour if is_main else look.TOKENS["sheet"],
            mec=colour,
            mew=1.4,
            zorder=7 if is_main else 6,
            clip_on=False,
            label=name,
        )


def _draw_shifts(axes: "Axes", report: AuditReport, points: pd.DataFrame) -> None:
    shifts = curve(report, "shift_null")
    dot = points[points["kind"] == FORECAST]
    has_band = curve(report, "molchan")["kind"].isin(BAND).any()
    if shifts.empty or dot.empty or has_band:
        return
    far = shifts[~is_true(shifts["is_near"])]
    if far.empty:
        return
    low, high = np.quantile(1 - far["hit_rate"].to_numpy(float), [0.025, 0.975])
    tau = float(dot["tau"].iloc[0])
    axes.plot(
        [tau, tau],
        [low, high],
        color=look.TOKENS["edge"],
        lw=7,
        alpha=0.45,
        zorder=2,
        solid_capstyle="butt",
        label="95 % of common shifts, same alarms",
    )
