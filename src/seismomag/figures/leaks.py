"""Pictures of a table of labels: what a leak looks like."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.schema import SPLITS
from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_COLUMNS = 900
"""Cells of the heat map along time; longer tables share a cell among days."""
FEW_DOTS = 1000
"""Up to so many dots are drawn large."""
NONE, QUIET, EVENT, BOTH = range(4)
CLASS_COLOURS = {
    "quiet": look.TOKENS["band"],
    "event": look.TOKENS["mark"],
    "both": look.TOKENS["ink"],
}


@look.styled
def label_heat_map(rows: pd.DataFrame) -> "Figure":
    """Draw the label of every station and date, and the dates of each split above.

    Parameters
    ----------
    rows
        ``station``, ``day``, ``is_target``, ``split``; rows without one of the first three are
        left out.

    Returns
    -------
    figure
        Empty where nothing was recorded; a cell of both labels stands out.
    """
    known = rows.dropna(subset=["station", "day", "is_target"])
    if known.empty:
        return look.empty_figure("Labels by date and station", "no row with station, date, label")
    stations = sorted(known["station"].unique())
    splits = [s for s in SPLITS if (known["split"] == s).any()]
    figure = look.new_figure(10.4, 1.6 + 0.16 * len(stations) + 0.16 * len(splits))
    upper, lower = figure.subplots(
        2, 1, sharex=True, height_ratios=[max(len(splits), 1), max(len(stations), 2)]
    )
    edges = _edges(known["day"])
    _draw_splits(upper, known, splits, edges)
    _draw_labels(lower, known, stations, edges)
    return figure


@look.styled
def kp_by_class(rows: pd.DataFrame) -> "Figure":
    """Draw the distribution of Kp of event and quiet rows; a fill value is a spike.

    Parameters
    ----------
    rows
        ``kp_max``, ``is_target``.
    """
    known = rows.dropna(subset=["kp_max", "is_target"])
    if known.empty:
        return look.empty_figure("Kp by class", "no row with Kp and label")
    figure = look.new_figure(5.2, 3.4)
    axes = figure.add_subplot()
    edges = (np.arange(29) - 0.5) / 3
    event = known["is_target"].astype(bool).to_numpy()
    kp = known["kp_max"].to_numpy(dtype=np.float64)
    for name, mine in (("quiet", ~event), ("event", event)):
        share = np.histogram(kp[mine], edges)[0] / max(int(mine.sum()), 1)
        colour = look.TOKENS["data"] if name == "quiet" else CLASS_COLOURS["event"]
        dash = "-" if name == "quiet" else (0, (4, 1.2))
        axes.stairs(
            share, edges, color=colour, ls=dash, lw=1.6, label=f"{name}, {mine.sum():,} rows"
        )
    axes.set(xlim=(-0.2, 9.2), xticks=range(10), ylim=(0, None))
    axes.set(xlabel="largest Kp of the window", ylabel="share of the class")
    axes.set_title("Kp by class")
    axes.legend(loc="upper center")
    look.hairlines(axes)
    return figure


@look.styled
def score_by_date(scores: pd.DataFrame, label: str) -> "Figure":
    """Draw a score over the dates, coloured by what the row is labelled.

    Parameters
    ----------
    scores
        ``day``, ``score``, ``is_target``.
    label
        What the score is.
    """
    known = scores.dropna(subset=["day", "score", "is_target"])
    if known.empty:
        return look.empty_figure("Score by date", "no row with date, score and label")
    figure = look.new_figure(10.4, 3.0)
    axes = figure.add_subplot()
    event = known["is_target"].astype(bool).to_numpy()
    for name, mine, marker in (("quiet", ~event, "o"), ("event", event, "^")):
        part = known[mine]
        colour = look.TOKENS["data"] if name == "quiet" else CLASS_COLOURS["event"]
        size, alpha = (2.2, 0.45) if len(known) > FEW_DOTS else (5.0, 0.9)
        style: dict[str, Any] = {"ls": "", "marker": marker, "ms": size, "mew": 0, "alpha": alpha}
        day, score = part["day"].to_numpy(), part["score"].to_numpy()
        axes.plot(day, score, color=colour, label=name, **style)
    start, end = known["day"].min(), known["day"].max() + pd.Timedelta(days=1)
    look.utc_axis(axes, start, max(end, start + pd.Timedelta(days=3)))
    axes.set(ylabel=label, ylim=(-0.02, 1.02))
    axes.set_title("Score by date")
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.0, 1.0), markerscale=3 if len(known) > FEW_DOTS else 1
    )
    look.hairlines(axes)
    return figure


@look.styled
def column_areas(columns: pd.DataFrame) -> "Figure":
    """Draw the AUC that each column reaches without a recording, with its interval.

    Parameters
    ----------
    columns
        ``column``, ``auc``, ``low``, ``high``.
    """
    known = columns.dropna(subset=["auc"]).sort_values("auc")
    if known.empty:
        return look.empty_figure("Each column alone", "no column of metadata varies")
    figure = look.new_figure(5.2, 1.5 + 0.28 * len(known))
    axes = figure.add_subplot()
    at = np.arange(len(known))
    axes.axvline(0.5, color=look.TOKENS["edge"], lw=0.9, ls=(0, (5, 1.5)))
    axes.axvline(0.6, color=look.TOKENS["late"], lw=0.9)
    axes.hlines(at, known["low"], known["high"], color=look.TOKENS["ink-3"], lw=1.2)
    axes.plot(known["auc"], at, ls="", marker="o", ms=5, color=look.TOKENS["data"])
    axes.set(xlim=(0.3, 1.0), yticks=at, ylim=(-0.6, len(known) - 0.4), xlabel="AUC")
    axes.set_yticklabels(list(known["column"]))
    axes.set_title("What each column says without a recording")
    look.hairlines(axes, axis="x")
    return figure


@look.styled
def embargo_figure(curve: pd.DataFrame) -> "Figure":
    """Draw skill against the embargo; a fall to a half says the skill lived on neighbours.

    Parameters
    ----------
    curve
        ``embargo_days``, ``auc``, ``low``, ``high``.
    """
    if curve.empty:
        return look.empty_figure("Skill against the embargo", "no training was repeated")
    figure = look.new_figure(5.2, 3.2)
    axes = figure.add_subplot()
    axes.axhline(0.5, color=look.TOKENS["edge"], lw=0.9, ls=(0, (5, 1.5)))
    axes.fill_between(
        curve["embargo_days"], curve["low"], curve["high"], color=look.TOKENS["band"], lw=0
    )
    axes.plot(curve["embargo_days"], curve["auc"], color=look.TOKENS["data"], marker="o", ms=4)
    axes.set(xlabel="embargo, days", ylabel="AUC", ylim=(0.2, 1.02))
    axes.set_xticks(curve["embargo_days"].to_numpy())
    axes.set_title("Skill against the embargo")
    look.hairlines(axes)
    return figure


def _edges(day: pd.Series) -> NDArray[np.datetime64]:
    first, last = day.min().to_datetime64(), day.max().to_datetime64()
    first, last = first.astype("datetime64[D]"), last.astype("datetime64[D]")
    n_days = int((last - first).astype(int)) + 1
    step = max(1, -(-n_days // MOST_COLUMNS))
    n = -(-n_days // step)
    return np.asarray(first + np.arange(n + 1) * np.timedelta64(step, "D"))


def _cells(day: pd.Series, edges: NDArray[np.datetime64]) -> NDArray[np.int64]:
    days = day.to_numpy().astype("datetime64[D]")
    return np.asarray(np.searchsorted(edges, days, side="right") - 1, np.int64)


def _draw_splits(
    axes: "Axes", known: pd.DataFrame, splits: list[str], edges: NDArray[np.datetime64]
) -> None:
    grid = np.full((max(len(splits), 1), edges.size - 1), np.nan)
    for k, name in enumerate(splits):
        grid[k, _cells(known.loc[known["split"] == name, "day"], edges)] = 1
    _image(axes, grid, edges, [look.TOKENS["ink-2"]], (0.5, 1.5))
    axes.set_yticks(range(len(splits)), splits)
    axes.set_title("Labels by date and station")
    axes.tick_params(labelbottom=False)


def _draw_labels(
    axes: "Axes", known: pd.DataFrame, stations: list[str], edges: NDArray[np.datetime64]
) -> None:
    from matplotlib.patches import Patch

    row = known["station"].map({code: k for k, code in enumerate(stations)}).to_numpy(np.int64)
    column = _cells(known["day"], edges)
    event = known["is_target"].astype(bool).to_numpy()
    seen = np.zeros((2, len(stations), edges.size - 1), bool)
    seen[event.astype(int), row, column] = True
    grid = seen[0] * QUIET + seen[1] * EVENT
    shown = np.where(grid == NONE, np.nan, grid)
    _image(axes, shown, edges, list(CLASS_COLOURS.values()), (QUIET - 0.5, BOTH + 0.5))
    axes.set_yticks(range(len(stations)), stations)
    axes.tick_params(axis="y", labelsize=6.5, length=0)
    look.utc_axis(axes, edges[0], edges[-1])
    keys = [
        Patch(facecolor=c, edgecolor=look.TOKENS["edge"], label=n) for n, c in CLASS_COLOURS.items()
    ]
    axes.legend(handles=keys, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _image(
    axes: "Axes",
    grid: NDArray[np.float64],
    edges: NDArray[np.datetime64],
    colours: list[str],
    limits: tuple[float, float],
) -> None:
    from matplotlib.colors import ListedColormap

    left, right = look.dates().date2num([edges[0], edges[-1]])
    axes.imshow(
        grid,
        aspect="auto",
        interpolation="nearest",
        extent=(left, right, grid.shape[0] - 0.5, -0.5),
        cmap=ListedColormap(colours),
        vmin=limits[0],
        vmax=limits[1],
    )
    axes.xaxis_date()
    look.hairlines(axes, axis="x")
