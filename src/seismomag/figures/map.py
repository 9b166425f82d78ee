"""A map of stations and earthquakes in a chart frame.

The coast is Natural Earth land (public domain), 1:50 million around Indonesia and 1:110 million
elsewhere, as packed by the npm package world-atlas 2.0.2; ``scripts/make_coast.py`` made the
file ``coast.json``.
"""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.stations import Station, stations_table
from seismomag.figures import look
from seismomag.figures.curves import is_true

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Extent = tuple[float, float, float, float]
"""West, south, east, north [degrees]; west < east, east may pass 180."""

SMALLEST_DEG = 8.0
"""No map is narrower or lower than this [degrees]: one station alone still shows its region."""
DEEP_KM = 70.0
"""Where intermediate depth begins, drawn dashed."""
LEGEND_MAGNITUDES = (5.0, 6.0, 7.0)


@look.styled
def station_map(
    stations: Iterable[Station],
    events: pd.DataFrame | None = None,
    *,
    alarms: Iterable[str] | None = None,
) -> "Figure":
    """Draw stations with their codes, and the earthquakes of magnitude 5 and above.

    Parameters
    ----------
    stations
        At least one.
    events
        ``latitude_deg, longitude_deg, magnitude`` and, if known, ``depth_km, is_hit``.
        Events below magnitude 5 or without a position are not drawn.
    alarms
        Codes of the stations that are in alarm.

    Returns
    -------
    figure
        Equirectangular, true to scale at the middle latitude.
    """
    table = stations_table(stations)
    if table.empty:
        return look.empty_figure("Stations", "no station is configured")
    drawn = _drawable(events)
    extent = _extent(table, drawn)
    drawn = _inside(drawn, extent)
    figure, axes = _chart(extent)
    _draw_land(axes, extent)
    _draw_events(axes, drawn, extent)
    _draw_stations(axes, table, extent, set(alarms or ()))
    _draw_legend(figure, drawn, bool(alarms))
    many = len(table) != 1
    title = f"{len(table)} station{'s' if many else ''}"
    if events is not None:
        title += f" and {len(drawn)} earthquake{'' if len(drawn) == 1 else 's'} of M ≥ 5"
    axes.set_title(title)
    return figure


def _drawable(events: pd.DataFrame | None) -> pd.DataFrame:
    columns = ["latitude_deg", "longitude_deg", "magnitude"]
    if events is None or events.empty:
        return pd.DataFrame({c: np.array([], float) for c in columns})
    known = events.dropna(subset=columns)
    return known[known["magnitude"] >= look.MAGNITUDE_FLOOR].sort_values(
        "magnitude", ascending=False
    )


def _extent(table: pd.DataFrame, events: pd.DataFrame) -> Extent:
    # Longitudes are taken about the mean direction of the stations, so that a network on both
    # sides of 180 degrees stays together.
    lon = np.deg2rad(table["longitude_deg"].to_numpy(float))
    middle = float(np.rad2deg(np.arctan2(np.sin(lon).mean(), np.cos(lon).mean())))
    x = unrolled(table["longitude_deg"].to_numpy(float), middle)
    y = table["latitude_deg"].to_numpy(float)
    if len(events):
        ex = unrolled(events["longitude_deg"].to_numpy(float), middle)
        ey = events["latitude_deg"].to_numpy(float)
        near = (np.abs(ex - np.clip(ex, x.min(), x.max())) < SMALLEST_DEG) & (
            np.abs(ey - np.clip(ey, y.min(), y.max())) < SMALLEST_DEG
        )
        x, y = np.append(x, ex[near]), np.append(y, ey[near])
    south, north = _widened(y, 0.10)
    west, east = _widened(x, 0.06)
    # A map is at least half again as wide as high.
    lacking = 1.6 * (north - south) * _stretch(south, north) - (east - west)
    west, east = west - max(lacking, 0) / 2, east + max(lacking, 0) / 2
    limits = _limits(table)
    return max(west, limits[0]), max(south, limits[1]), min(east, limits[2]), min(north, limits[3])


def _inside(events: pd.DataFrame, extent: Extent) -> pd.DataFrame:
    """Events that the map shows; only they may be counted in its title."""
    west, south, east, north = extent
    x = unrolled(events["longitude_deg"].to_numpy(float), (west + east) / 2)
    y = events["latitude_deg"].to_numpy(float)
    return events[(west <= x) & (x <= east) & (south <= y) & (y <= north)]


def _limits(table: pd.DataFrame) -> Extent:
    """Stay inside the detailed coast where all stations lie well inside of it."""
    west, south, east, north = _coast()["box"]
    x, y = table["longitude_deg"], table["latitude_deg"]
    if x.between(west + 2, east - 2).all() and y.between(south + 2, north - 2).all():
        return west, south, east, north
    return -np.inf, -90.0, np.inf, 90.0


def _stretch(south: float, north: float) -> float:
    """Length of a degree of latitude in degrees of longitude at the middle of the map."""
    return float(1 / np.cos(np.deg2rad(np.clip((south + north) / 2, -80, 80))))


def _widened(values: NDArray[np.float64], share: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = max((high - low) * share, 1.5, (SMALLEST_DEG - (high - low)) / 2)
    return low - margin, high + margin


def unrolled(longitude_deg: NDArray[np.float64], middle_deg: float) -> NDArray[np.float64]:
    """Longitudes within 180 degrees of the middle, whatever their own convention."""
    return (longitude_deg - middle_deg + 180.0) % 360.0 - 180.0 + middle_deg


def _chart(extent: Extent) -> "tuple[Figure, Axes]":
    west, south, east, north = extent
    stretch = _stretch(south, north)
    width = 9.6
    height = float(np.clip(width * (north - south) * stretch / (east - west) + 0.9, 3.2, 8.5))
    figure = look.new_figure(width, height)
    axes = figure.add_subplot(facecolor=look.TOKENS["sea"])
    axes.set(xlim=(west, east), ylim=(south, north), aspect=stretch)
    axes.set(xlabel="longitude (degrees)", ylabel="latitude (degrees)")
    step = _grid_step(east - west)
    x = np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step
    y = np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step
    axes.set_xticks(x, [_degrees((v + 180) % 360 - 180, "E", "W") for v in x])
    axes.set_yticks(y, [_degrees(v, "N", "S") for v in y])
    axes.grid(True, color=look.TOKENS["sheet"], lw=0.7)
    _draw_frame(axes, extent, step)
    return figure, axes


def _grid_step(span_deg: float) -> float:
    return next((s for s in (1.0, 2.0, 5.0, 10.0, 20.0) if span_deg / s <= 11), 30.0)


def _degrees(value: float, positive: str, negative: str) -> str:
    letter = "" if value == 0 else positive if value > 0 else negative
    return f"{look.number(abs(value))}°{letter}"


def _draw_frame(axes: "Axes", extent: Extent, step: float) -> None:
    """Alternate dark and light bars along the edge, one for each step of the grid."""
    west, south, east, north = extent
    for low, high, horizontal in ((west, east, True), (south, north, False)):
        borders = np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step
        borders = np.clip(borders, low, high)
        for place, (start, end) in enumerate(pairwise(borders)):
            for edge in (0.0, 1.0):
                line = ([start, end], [edge, edge]) if horizontal else ([edge, edge], [start, end])
                axes.plot(
                    *line,
                    transform=axes.get_xaxis_transform()
                    if horizontal
                    else axes.get_yaxis_transform(),
                    color=look.TOKENS["ink-2" if place % 2 else "sheet"],
                    lw=4,
                    clip_on=False,
                    zorder=8,
                    solid_capstyle="butt",
                )
    for spine in axes.spines.values():
        spine.set(color=look.TOKENS["ink-2"], linewidth=0.6, zorder=9)


@cache
def _coast() -> dict[str, Any]:
    text = files("seismomag.figures").joinpath("coast.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def _draw_land(axes: "Axes", extent: Extent) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    west, south, east, north = extent
    coast = _coast()
    box = coast["box"]
    inside = box[0] <= west and box[1] <= south and east <= box[2] and north <= box[3]
    vertices, codes = [], []
    for ring in coast["regional" if inside else "world"]:
        points = np.asarray(ring, float)
        for turn in (-360.0, 0.0, 360.0):
            x, y = points[:, 0] + turn, points[:, 1]
            if x.max() < west or x.min() > east or y.max() < south or y.min() > north:
                continue
            vertices.append(np.column_stack([x, y]))
            codes.append([Path.MOVETO] + [Path.LINETO] * (len(x) - 2) + [Path.CLOSEPOLY])
    if not vertices:
        return
    # One path for all rings: inner rings (lakes) are holes by their direction.
    land = Path(np.concatenate(vertices), np.concatenate(codes))
    axes.add_patch(
        PathPatch(land, fc=look.TOKENS["land"], ec=look.TOKENS["coast"], lw=0.6, zorder=1.5)
    )


def _radius_pt(magnitude: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(2.2 * 10 ** (0.30 * (np.asarray(magnitude) - 5.0)))


def _draw_events(axes: "Axes", events: pd.DataFrame, extent: Extent) -> None:
    if events.empty:
        return
    middle = (extent[0] + extent[2]) / 2
    x = unrolled(events["longitude_deg"].to_numpy(float), middle)
    y = events["latitude_deg"].to_numpy(float)
    depth = events["depth_km"].to_numpy(float) if "depth_km" in events else np.full(len(x), np.nan)
    size = (2 * _radius_pt(events["magnitude"].to_numpy(float))) ** 2
    hit = is_true(events["is_hit"]) if "is_hit" in events else np.zeros(len(x), bool)
    for deep, dash in ((False, "-"), (True, (0, (2, 1.5)))):
        for was_hit, colour in ((False, "ink"), (True, "mark")):
            chosen = ((depth >= DEEP_KM) == deep) & (hit == was_hit)
            axes.scatter(
                x[chosen],
                y[chosen],
                s=size[chosen],
                facecolors="none",
                edgecolors=look.TOKENS[colour],
                linewidths=1.5 if was_hit else 0.9,
                linestyle=dash,
                alpha=0.9 if was_hit else 0.6,
                zorder=3,
            )


def _draw_stations(axes: "Axes", table: pd.DataFrame, extent: Extent, alarms: set[str]) -> None:
    x = unrolled(table["longitude_deg"].to_numpy(float), (extent[0] + extent[2]) / 2)
    y = table["latitude_deg"].to_numpy(float)
    places = _label_places(x, y, (extent[2] - extent[0]) / 9.6)
    for code, px, py, (dx, dy, ha, va) in zip(table.index, x, y, places, strict=True):
        in_alarm = code in alarms
        colour = look.TOKENS["alarm" if in_alarm else "data"]
        axes.plot(
            px,
            py,
            marker="^" if in_alarm else "o",
            ms=8 if in_alarm else 6,
            color=colour,
            mec=look.TOKENS["sheet"],
            mew=0.9,
            zorder=6,
        )
        axes.annotate(
            str(code),
            (px, py),
            xytext=(dx, dy),
            textcoords="offset points",
            ha=ha,
            va=va,
            fontsize=8.5,
            fontweight="bold",
            zorder=7,
        )


Place = tuple[float, float, str, str]
_PLACES: tuple[Place, ...] = (
    (6, 0, "left", "center"),
    (-6, 0, "right", "center"),
    (0, 6, "center", "bottom"),
    (0, -6, "center", "top"),
    (5, 5, "left", "bottom"),
    (5, -5, "left", "top"),
    (-5, 5, "right", "bottom"),
    (-5, -5, "right", "top"),
)
"""Where a code may stand beside its station, best first: offset [pt] and alignment."""


def _label_places(
    x: NDArray[np.float64], y: NDArray[np.float64], deg_per_inch: float
) -> list[Place]:
    """Give each code, in turn, the first place that touches no station and no code before it."""
    points = np.column_stack([x, y]) / deg_per_inch * 72
    width, height = 28.0, 11.0
    taken = [(px - 4, py - 4, px + 4, py + 4) for px, py in points]
    chosen = []
    for own, (px, py) in enumerate(points):
        others = [box for i, box in enumerate(taken) if i != own]
        boxes = [_label_box(px, py, place, width, height) for place in _PLACES]
        free = [i for i, box in enumerate(boxes) if not any(_overlap(box, b) for b in others)]
        best = free[0] if free else 0
        chosen.append(_PLACES[best])
        taken.append(boxes[best])
    return chosen


Box = tuple[float, float, float, float]


def _label_box(px: float, py: float, place: Place, width: float, height: float) -> Box:
    dx, dy, ha, va = place
    left = px + dx - {"left": 0.0, "center": width / 2, "right": width}[ha]
    low = py + dy - {"bottom": 0.0, "center": height / 2, "top": height}[va]
    return left, low, left + width, low + height


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _draw_legend(figure: "Figure", events: pd.DataFrame, has_alarms: bool) -> None:
    from matplotlib.lines import Line2D

    def ring(label: str, radius: float, **kwargs: Any) -> Line2D:
        style = {"mfc": "none", "mec": look.TOKENS["ink"], "mew": 0.9, **kwargs}
        return Line2D([], [], ls="none", marker="o", ms=2 * radius, label=label, **style)

    handles = [ring("station", 3, mfc=look.TOKENS["data"], mec=look.TOKENS["sheet"])]
    if has_alarms:
        handles.append(
            Line2D(
                [],
                [],
                ls="none",
                marker="^",
                ms=8,
                color=look.TOKENS["alarm"],
                label="station in alarm",
            )
        )
    if len(events):
        radii = _radius_pt(np.array(LEGEND_MAGNITUDES))
        handles += [
            ring(f"M {m:.0f}", float(r)) for m, r in zip(LEGEND_MAGNITUDES, radii, strict=True)
        ]
        if "is_hit" in events and is_true(events["is_hit"]).any():
            handles.append(ring("hit", 4, mec=look.TOKENS["mark"], mew=1.6))
        if "depth_km" in events and (events["depth_km"] >= DEEP_KM).any():
            handles.append(
                Line2D(
                    [],
                    [],
                    color=look.TOKENS["ink"],
                    lw=0.9,
                    ls=(0, (2, 1.5)),
                    label="ring dashed: depth ≥ 70 km",
                )
            )
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), columnspacing=1.6)
