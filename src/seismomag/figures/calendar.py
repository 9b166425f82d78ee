"""Alarms against events, day by day and station by station."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from seismomag.core.constants import STORM_KP
from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import curve, is_true, reason_for
from seismomag.figures.day import runs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Alarms against events"
LONG_DAYS = 400
"""A longer calendar is broken into years, so that a day keeps a width that can be seen."""
EVENT_ROWS = 1.6
"""Height of the row of events in station rows."""


@look.styled
def alarm_calendar(report: AuditReport) -> "Figure":
    """Draw the alarm state of every station on every day, the events above, storms below.

    Parameters
    ----------
    report
        Reads the curves ``calendar`` and ``events``.

    Returns
    -------
    figure
        Height of the blue area: state score (maximum probability of the last days) on one scale
        for all stations; dark where the station is in alarm; a magenta base line where the day
        is a target; hatched where there is no forecast.
    """
    days = curve(report, "calendar")
    if days.empty:
        return look.empty_figure(TITLE, reason_for(report, "calendar"))
    days = days.assign(day=pd.to_datetime(days["day"]).dt.floor("D"))
    stations = sorted(days["station_code"].astype(str).unique())
    blocks = _blocks(days["day"].min(), days["day"].max() + pd.Timedelta(days=1))
    row_in = 0.30 if len(stations) <= 6 else 0.21
    block_in = (len(stations) + EVENT_ROWS + 0.6) * row_in + 0.42
    figure = look.new_figure(11.0, len(blocks) * block_in + 0.75)
    panels = list(np.atleast_1d(figure.subplots(len(blocks), 1)))
    events = curve(report, "events")
    top = float(days["state_score"].max())
    for axes, (start, end) in zip(panels, blocks, strict=True):
        _draw_block(axes, days, events, stations, (start, end), top)
    panels[0].set_title(_counted(days, events))
    figure.legend(handles=_legend(), loc="outside lower left", ncols=7, columnspacing=1.4)
    return figure


Block = tuple[pd.Timestamp, pd.Timestamp]


def _blocks(start: pd.Timestamp, end: pd.Timestamp) -> list[Block]:
    if (end - start).days <= LONG_DAYS:
        return [(start, end)]
    years = range(start.year, (end - pd.Timedelta(days=1)).year + 1)
    return [(pd.Timestamp(year, 1, 1), pd.Timestamp(year + 1, 1, 1)) for year in years]


def _counted(days: pd.DataFrame, events: pd.DataFrame) -> str:
    alarmed = float(is_true(days["in_alarm"]).mean())
    text = f"{look.number(len(days), 9)} station-days, {look.number(100 * alarmed)} % in alarm"
    if events.empty:
        return text + ", no event"
    scored = events[is_true(events["is_scored"])]
    hits = int(is_true(scored["is_hit"]).sum())
    return f"{text}, {hits} of {len(scored)} scored events hit"


def _draw_block(
    axes: "Axes",
    days: pd.DataFrame,
    events: pd.DataFrame,
    stations: list[str],
    block: Block,
    top: float,
) -> None:
    start, end = block
    inside = days[(days["day"] >= start) & (days["day"] < end)]
    look.hatch_span(axes, start, end, ymin=0, ymax=1, zorder=0)
    all_days = pd.date_range(start, end - pd.Timedelta(days=1))
    for row, station in enumerate(stations):
        own = inside[inside["station_code"].astype(str) == station]
        own = own.drop_duplicates("day").set_index("day").reindex(all_days)
        _draw_lane(axes, own, row, top)
    _draw_storms(axes, inside, len(stations))
    _draw_events(axes, events, block)
    labels = [*stations, f"Kp ≥ {STORM_KP:.0f}"]
    axes.set_yticks(
        [-EVENT_ROWS / 2, *(np.arange(len(stations)) + 0.5), len(stations) + 0.3],
        ["events", *labels],
    )
    axes.tick_params(
        axis="y", length=0, labelcolor=look.TOKENS["ink"], labelsize=8 if len(stations) <= 6 else 7
    )
    axes.set(
        ylim=(len(stations) + 0.6, -EVENT_ROWS),
        ylabel="station (score 0 to " + look.number(top, 2) + ")",
    )
    _month_axis(axes, start, end)


def _month_axis(axes: "Axes", start: pd.Timestamp, end: pd.Timestamp) -> None:
    mdates = look.dates()
    axes.set_xlim(mdates.date2num(start), mdates.date2num(end))
    axes.xaxis.set_major_locator(mdates.MonthLocator())
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%b"))
    if (end - start).days <= 62:
        axes.xaxis.set_major_locator(mdates.DayLocator(bymonthday=(1, 8, 15, 22)))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%d %b"))
    span = (
        f"{start:%Y}"
        if start.year == (end - pd.Timedelta(days=1)).year
        else f"{start:%Y} to {end:%Y}"
    )
    axes.set_xlabel(f"{span} (UTC days)", labelpad=1)
    axes.grid(True, axis="x", color=look.TOKENS["sheet"], lw=0.6)
    for spine in axes.spines.values():
        spine.set_color(look.TOKENS["rule"])


def _draw_lane(axes: "Axes", own: pd.DataFrame, row: int, top: float) -> None:
    starts = own.index.to_numpy()
    edges = np.append(starts, starts[-1] + np.timedelta64(1, "D"))
    known = own["state_score"].notna().to_numpy()
    _bar(axes, edges, known, (row, 1.0), "sheet", 1)
    score = own["state_score"].to_numpy(float)
    height = np.where(known, 0.84 * score / (top or 1.0), 0.0)
    base = row + 0.92
    alarm = is_true(own["in_alarm"])
    for mask, token in ((known & ~alarm, "band"), (known & alarm, "data")):
        _fill(axes, edges, np.where(mask, height, 0.0), base, token)
    _bar(axes, edges, is_true(own["is_target"]), (base - 0.10, 0.14), "mark", 4)
    axes.axhline(row, color=look.TOKENS["rule"], lw=0.7, zorder=3)


def _bar(
    axes: "Axes", edges: Any, mask: Any, place: tuple[float, float], token: str, zorder: int
) -> None:
    """Fill the days of a mask between two heights."""
    at = look.dates().date2num(edges)
    spans = [(at[a], at[b] - at[a]) for a, b in runs(mask)]
    axes.broken_barh(spans, place, facecolor=look.TOKENS[token], lw=0, zorder=zorder)


def _fill(axes: "Axes", edges: Any, height: Any, base: float, token: str) -> None:
    # The state score is a running maximum: equal neighbours share one step.
    turns = np.flatnonzero(np.append(True, np.diff(height) != 0))
    axes.stairs(
        base - height[turns],
        look.dates().date2num(np.append(edges[turns], edges[-1])),
        baseline=base,
        fill=True,
        color=look.TOKENS[token],
        lw=0,
        zorder=2,
    )


def _draw_storms(axes: "Axes", inside: pd.DataFrame, row: int) -> None:
    kp = inside.groupby("day")["kp_max"].max()
    spans: list[Any] = [(day, pd.Timedelta(days=1)) for day in kp.index[kp >= STORM_KP]]
    known: list[Any] = [(day, pd.Timedelta(days=1)) for day in kp.index[kp.notna()]]
    axes.broken_barh(known, (row, 0.6), facecolor=look.TOKENS["sheet"], lw=0, zorder=1)
    axes.broken_barh(spans, (row + 0.1, 0.4), facecolor=look.TOKENS["late"], lw=0, zorder=2)
    axes.axhline(row, color=look.TOKENS["edge"], lw=0.8, zorder=3)


def _draw_events(axes: "Axes", events: pd.DataFrame, block: Block) -> None:
    axes.axhspan(-EVENT_ROWS, 0, color=look.TOKENS["sheet"], lw=0, zorder=1)
    axes.axhline(0, color=look.TOKENS["edge"], lw=0.8, zorder=3)
    if events.empty:
        return
    times = pd.to_datetime(events["origin_time"])
    here = events[(times >= block[0]) & (times < block[1])].dropna(subset=["magnitude"])
    scored = is_true(here["is_scored"])
    hit = is_true(here["is_hit"]) & scored
    styles = (
        (~scored, "none", "edge", 0.7),
        (scored & ~hit, "sheet", "ink", 1.2),
        (hit, "mark", "mark", 1.0),
    )
    for chosen, fill, edge, width in styles:
        at = look.dates().date2num(pd.to_datetime(here["origin_time"][chosen]))
        sizes = np.clip(2.6 + 2.4 * (here["magnitude"][chosen].to_numpy(float) - 4.5), 2.2, 12)
        axes.vlines(at, -EVENT_ROWS / 2, 0, color=look.TOKENS["edge"], lw=0.5, zorder=4)
        axes.scatter(
            at,
            np.full(len(at), -EVENT_ROWS / 2),
            s=sizes**2,
            facecolors=look.TOKENS.get(fill, "none"),
            edgecolors=look.TOKENS[edge],
            linewidths=width,
            zorder=5,
        )


def _legend() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def ring(label: str, **style: Any) -> Line2D:
        return Line2D([], [], ls="none", marker="o", ms=6, label=label, **style)

    return [
        Patch(color=look.TOKENS["data"], label="in alarm"),
        Patch(color=look.TOKENS["band"], label="state score"),
        Line2D([], [], color=look.TOKENS["mark"], lw=3, label="target day"),
        ring("hit", mfc=look.TOKENS["mark"], mec=look.TOKENS["mark"]),
        ring("miss", mfc="none", mec=look.TOKENS["ink"], mew=1.2),
        ring("not scored", mfc="none", mec=look.TOKENS["edge"], mew=0.7),
        Patch(
            facecolor="none",
            edgecolor=look.TOKENS["edge"],
            hatch=look.HATCH,
            lw=0,
            label="no forecast",
        ),
    ]
