"""Directions: predicted against true, and whether the error beats chance and a constant."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import curve, why_missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Azimuth"
BIN_DEG = 15
CHANCE_DEG = 90.0
"""Mean angular error of a direction drawn at random."""
POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@look.styled
def azimuth_rose(report: AuditReport) -> "Figure":
    """Draw the roses of true and predicted azimuth, the pairs, and the angular errors.

    Parameters
    ----------
    report
        Reads the curve ``azimuth``, one row for each event at each station in range [degrees,
        clockwise from north]; for a foreign table ``azimuth_rows``, one row for each event row,
        whose constant is the best one in hindsight.

    Returns
    -------
    figure
        The area of a petal is its share of the pairs; the lines beside the errors are the mean,
        the mean of the station's constant and 90 degrees, which is chance.
    """
    reason = why_no_azimuth(report)
    if reason:
        return look.empty_figure(TITLE, reason)
    table = curve(report, "azimuth")
    constant = "station constant"
    if table.empty:
        table, constant = curve(report, "azimuth_rows"), "best constant"
    table = table.dropna(subset=["azimuth_true_deg", "azimuth_deg"])
    figure = look.new_figure(11.0, 4.1)
    grid = figure.add_gridspec(1, 3, width_ratios=[1.05, 0.95, 1.25])
    _draw_rose(figure.add_subplot(grid[0], projection="polar"), table)
    _draw_pairs(figure.add_subplot(grid[1]), table)
    _draw_errors(figure.add_subplot(grid[2]), table, constant)
    return figure


def why_no_azimuth(report: AuditReport) -> str:
    """Say why no azimuth can be drawn; empty text when one can."""
    told = why_missing(report, "azimuth")
    if not told or curve(report, "azimuth_rows")["error_deg"].notna().any():
        return ""
    return told


def _share(azimuth_deg: pd.Series) -> NDArray[np.float64]:
    counts, _ = np.histogram(np.asarray(azimuth_deg, float) % 360, np.arange(0, 361, BIN_DEG))
    return np.asarray(counts / counts.sum())


def _draw_rose(axes: "Axes", table: pd.DataFrame) -> None:
    axes.set_theta_zero_location("N")  # type: ignore[attr-defined]
    axes.set_theta_direction(-1)  # type: ignore[attr-defined]
    middle = np.deg2rad(np.arange(0, 360, BIN_DEG) + BIN_DEG / 2)
    width = np.deg2rad(BIN_DEG)
    true, predicted = _share(table["azimuth_true_deg"]), _share(table["azimuth_deg"])
    # The radius is the square root of the share, so that area is honest.
    axes.bar(middle, np.sqrt(true), width, color=look.TOKENS["band"], lw=0, label="true")
    axes.bar(
        middle,
        np.sqrt(predicted),
        width,
        facecolor="none",
        edgecolor=look.TOKENS["data"],
        lw=1.5,
        label="predicted",
    )
    axes.set_xticks(np.deg2rad(np.arange(0, 360, 45)), POINTS)
    top = float(max(true.max(), predicted.max()))
    rings = [share for share in (0.05, 0.2, 0.5, 1.0) if share <= top * 1.3] or [top]
    axes.set_yticks(np.sqrt(rings), [f"{look.number(100 * share)} %" for share in rings])
    axes.set_ylim(0, float(np.sqrt(top * 1.1)))
    axes.spines["polar"].set_color(look.TOKENS["rule"])
    axes.set_xlabel("azimuth from north (degrees); area = share of pairs")
    axes.legend(loc="upper left", bbox_to_anchor=(-0.2, 1.1))
    axes.set_title("True and predicted", x=-0.15)


def _draw_pairs(axes: "Axes", table: pd.DataFrame) -> None:
    true = table["azimuth_true_deg"].to_numpy(float) % 360
    predicted = table["azimuth_deg"].to_numpy(float) % 360
    for turn in (-360, 0, 360):
        axes.plot([0, 360], [turn, 360 + turn], color=look.TOKENS["ink-3"], lw=1, ls=(0, (4, 3)))
    axes.scatter(true, predicted, s=16, color=look.TOKENS["data"], alpha=0.65, lw=0, zorder=3)
    ticks = [0, 90, 180, 270, 360]
    axes.set(
        xlim=(0, 360),
        ylim=(0, 360),
        xticks=ticks,
        yticks=ticks,
        aspect="equal",
        xlabel="true azimuth (degrees)",
        ylabel="predicted azimuth (degrees)",
    )
    look.hairlines(axes)
    if "event_id" in table:
        n_events = table["event_id"].nunique()
        counted = f"{len(table)} pairs, {n_events} event{'' if n_events == 1 else 's'}"
    else:
        counted = f"{len(table)} pairs, one for each event row"
    axes.set_title(counted)


def _draw_errors(axes: "Axes", table: pd.DataFrame, constant_name: str) -> None:
    errors = np.abs(table["error_deg"].to_numpy(float))
    errors = errors[np.isfinite(errors)]
    edges = list(range(0, 181, BIN_DEG))
    axes.hist(errors, edges, color=look.TOKENS["data"], edgecolor=look.TOKENS["sheet"], lw=1)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.32)
    constant = np.abs(table["constant_error_deg"].to_numpy(float))
    constant = constant[np.isfinite(constant)]
    lines = [
        (errors, "mean error", "mark", "-", 2.0),
        (constant, constant_name, "late", look.DASHES[1], 1.4),
    ]
    for values, name, token, dash, width in lines:
        if values.size:
            axes.axvline(
                values.mean(),
                color=look.TOKENS[token],
                ls=dash,
                lw=width,
                label=f"{name} {look.number(values.mean())}°",
            )
    axes.axvline(
        CHANCE_DEG, color=look.TOKENS["ink-3"], ls=look.DASHES[2], lw=1.4, label="chance 90°"
    )
    axes.set(
        xlim=(0, 180),
        xticks=range(0, 181, 45),
        xlabel="angular error (degrees)",
        ylabel="pairs (count)",
    )
    look.hairlines(axes, axis="y")
    axes.legend(loc="upper right", ncols=1)
    axes.set_title("Angular error")
