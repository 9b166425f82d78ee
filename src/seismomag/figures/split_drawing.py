"""Why a split does not leak: the time of two neighbouring rows, and the whole table."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seismomag.core.schema import SPLITS
from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Window, issue time, horizon, embargo"
COLOURS = {"train": "data", "validation": "series-5", "test": "mark"}
NONE = "no split"
_DAY = pd.Timedelta(days=1)
_HALF = 0.17


@look.styled
def split_drawing(samples: pd.DataFrame) -> "Figure":
    """Draw how far the rows of two splits lie apart, and which rows belong to none.

    Parameters
    ----------
    samples
        A sample table whose splits are assigned.

    Returns
    -------
    figure
        Above, the last row of one split and the first of the next with everything they know:
        window, issue time, horizon; the embargo is measured between the issue times. Below, all
        rows by station and issue day; hatched days belong to no split, a tick is a target.
    """
    border = _border(samples)
    if border is None:
        return look.empty_figure(TITLE, "fewer than two splits have rows")
    figure = look.new_figure(9.0, 5.4 + 0.11 * samples["station_code"].nunique())
    above, below = figure.subplots(2, 1, height_ratios=(1.35, 1.0))
    _draw_rows(above, *border)
    _draw_table(below, samples)
    return figure


def _border(samples: pd.DataFrame) -> tuple[pd.Series, pd.Series] | None:
    """Last row of the earliest split and first row of the one after."""
    spans = samples[samples["split"].notna()].groupby("split")["issue_time"].agg(["min", "max"])
    spans = spans.sort_values("min")
    if len(spans) < 2:
        return None
    one, other = spans.index[:2]
    last = samples[(samples["split"] == one) & (samples["issue_time"] == spans.loc[one, "max"])]
    first = samples[(samples["split"] == other) & (samples["issue_time"] == spans["min"][other])]
    return last.iloc[0], first.iloc[0]


def _draw_rows(axes: "Axes", last: pd.Series, first: pd.Series) -> None:
    origin = last["window_start"]
    for lane, row in ((1.0, last), (0.0, first)):
        _draw_row(axes, lane, row, origin)
    left, right = (_days(row["issue_time"], origin) for row in (last, first))
    colour = look.TOKENS["alarm"]
    for at in (left, right):
        axes.plot([at, at], [-0.35, 1.35], color=colour, lw=0.8, ls=(0, (2, 2)), zorder=1)
    axes.annotate(
        "", (right, 0.5), (left, 0.5), arrowprops={"arrowstyle": "<->", "color": colour, "lw": 1.2}
    )
    axes.text(
        (left + right) / 2,
        0.53,
        f"embargo: {look.number(right - left)} days between the issue times",
        ha="center",
        va="bottom",
        color=colour,
    )
    end = _days(first["horizon_end"], origin)
    axes.set(xlim=(-5, end + 2), ylim=(-0.62, 1.62), yticks=[1, 0])
    axes.set_yticklabels([f"last row\nof {last['split']}", f"first row\nof {first['split']}"])
    axes.set_xlabel(f"time after 00:00 UTC of {origin:%Y-%m-%d} (days)")
    axes.set_title("What two neighbouring rows know")
    look.hairlines(axes, axis="x")


def _draw_row(axes: "Axes", lane: float, row: pd.Series, origin: pd.Timestamp) -> None:
    colour = look.TOKENS[COLOURS[row["split"]]]
    start, issued, opens, ends = (
        _days(row[c], origin)
        for c in ("window_start", "issue_time", "horizon_start", "horizon_end")
    )
    axes.broken_barh([(start, issued - start)], (lane - _HALF, 2 * _HALF), color=colour)
    axes.broken_barh(
        [(opens, ends - opens)],
        (lane - _HALF, 2 * _HALF),
        facecolor=look.TOKENS["sheet"],
        edgecolor=colour,
        lw=1.4,
    )
    axes.plot([issued], [lane + _HALF + 0.05], marker="v", ms=5, color=colour, ls="none")
    words = (
        (start - 0.5, lane, "window", "right", "center"),
        (issued + 0.4, lane + _HALF + 0.03, "issue time", "left", "bottom"),
        ((opens + ends) / 2, lane, "horizon: the label looks in here", "center", "center"),
    )
    for x, y, said, ha, va in words:
        axes.text(x, y, said, ha=ha, va=va, fontsize=8, color=look.TOKENS["ink-2"])


def _draw_table(axes: "Axes", samples: pd.DataFrame) -> None:
    codes = sorted(samples["station_code"].unique())
    for place, code in enumerate(codes):
        mine = samples[samples["station_code"] == code].sort_values("issue_time")
        _draw_station(axes, place, mine)
    start, end = samples["issue_time"].min().floor("D"), samples["issue_time"].max().ceil("D")
    look.utc_axis(axes, start, end, label="issue time, UTC")
    axes.set(ylim=(len(codes) - 0.4, -0.6), yticks=range(len(codes)))
    axes.set_yticklabels(codes)
    axes.set_title("Which rows belong where")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel("station")
    axes.legend(handles=_handles(samples), loc="upper center", bbox_to_anchor=(0.5, -0.32), ncols=5)


def _handles(samples: pd.DataFrame) -> "list[Artist]":
    """What the colours, the hatching and the ticks mean, with the numbers of rows."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    counts = samples["split"].value_counts()
    named: list[Artist] = [
        Patch(color=look.TOKENS[COLOURS[name]], label=f"{name}, {counts[name]} rows")
        for name in SPLITS
        if name in counts
    ]
    left, n_targets = int(samples["split"].isna().sum()), int(samples["is_target"].sum())
    edge, ink = look.TOKENS["edge"], look.TOKENS["ink"]
    label = f"{NONE}, {left} rows"
    named.append(Patch(facecolor="none", edgecolor=edge, hatch=look.HATCH, lw=0, label=label))
    label = f"a target, {n_targets} rows"
    named.append(Line2D([], [], marker="|", ms=6, ls="none", color=ink, label=label))
    return named


def _draw_station(axes: "Axes", place: int, rows: pd.DataFrame) -> None:
    mdates = look.dates()
    day = mdates.date2num(rows["issue_time"].dt.floor("D"))
    split = rows["split"].astype(object).where(rows["split"].notna(), NONE).to_numpy()
    for name in dict.fromkeys(split):
        spans = _runs(day[split == name])
        colour = look.TOKENS[COLOURS.get(name, "edge")]
        face, hatch = ("none", look.HATCH) if name == NONE else (colour, None)
        axes.broken_barh(
            spans, (place - 0.32, 0.64), lw=0, facecolor=face, edgecolor=colour, hatch=hatch
        )
    target = rows["is_target"].fillna(value=False).to_numpy(dtype=bool)
    axes.plot(
        day[target] + 0.5,
        np.full(int(target.sum()), place - 0.4),
        marker="|",
        ms=4,
        ls="none",
        color=look.TOKENS["ink"],
        clip_on=False,
    )


def _runs(days: np.ndarray) -> list[tuple[float, float]]:
    """Runs of consecutive days as (start, length)."""
    if not days.size:
        return []
    breaks = np.flatnonzero(np.diff(days) > 1)
    starts, ends = days[np.r_[0, breaks + 1]], days[np.r_[breaks, days.size - 1]]
    return [(float(a), float(b - a + 1)) for a, b in zip(starts, ends, strict=True)]


def _days(time: pd.Timestamp, origin: pd.Timestamp) -> float:
    return float((time - origin) / _DAY)
