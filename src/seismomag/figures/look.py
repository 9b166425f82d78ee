"""One look for every figure: colours, type, axes, and how a missing thing is drawn.

The colours are the light tokens of the project's pages. Each token has its own hex code, so
that a page which embeds a figure as SVG may replace them by its own variables and follow a dark
theme.
"""

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")

TOKENS: Mapping[str, str] = {
    "sheet": "#FFFFFF",
    "ink": "#10171C",
    "ink-2": "#43505A",
    "ink-3": "#5D6A73",
    "rule": "#D3DADC",
    "edge": "#7C8991",
    "sea": "#E6EDEF",
    "land": "#D8DCD3",
    "coast": "#8B958F",
    "data": "#1F4E79",
    "mark": "#A1145C",
    "late": "#8F6400",
    "alarm": "#A5130F",
    "band": "#C9D6DE",
    "night": "#E4E8EC",
    "series-4": "#52B3AE",
    "series-5": "#C9A54A",
}
"""Colour of each role, light theme."""

CATEGORICAL = tuple(
    TOKENS[name] for name in ("data", "mark", "series-5", "edge", "series-4", "ink")
)
"""Colours of series that must be told apart; always together with a dash or a marker."""

DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)), (0, (2.5, 1)), (0, (8, 2)))
MARKERS = ("o", "^", "s", "D", "v", "P")

AMPLITUDE_ANCHORS = (
    "#0A0C27",
    "#0E153E",
    "#0E2156",
    "#092E6B",
    "#063E7A",
    "#034F87",
    "#086090",
    "#0A7298",
    "#1E839D",
    "#2F93A0",
    "#48A4A0",
    "#63B49F",
    "#7FC39C",
    "#A0D198",
    "#C1DD9B",
    "#E0E9A4",
    "#FDF5B2",
)
"""Low to high; lightness rises evenly in OKLab, so brighter is stronger in print as well."""

AMPLITUDE_RANGE_NT = (0.004, 2.0)
"""Fixed range of the colour scale [nT], so that two days can be compared."""

MAGNITUDE_FLOOR = 5.0
"""Smallest magnitude that a map draws."""

STYLE: Mapping[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 7,
    "axes.labelsize": 9,
    "axes.labelcolor": TOKENS["ink-2"],
    "axes.edgecolor": TOKENS["rule"],
    "axes.facecolor": TOKENS["sheet"],
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "axes.axisbelow": True,
    # Names come from files: a dollar sign in one must not start a formula.
    "text.parse_math": False,
    "text.color": TOKENS["ink"],
    "xtick.color": TOKENS["edge"],
    "ytick.color": TOKENS["edge"],
    "xtick.labelcolor": TOKENS["ink-3"],
    "ytick.labelcolor": TOKENS["ink-3"],
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "grid.color": TOKENS["rule"],
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.5,
    "lines.solid_capstyle": "butt",
    "hatch.color": TOKENS["edge"],
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.handlelength": 2.4,
    "figure.facecolor": TOKENS["sheet"],
    "figure.edgecolor": TOKENS["sheet"],
    "patch.linewidth": 0.8,
}
"""Settings of Matplotlib that hold while a figure of ours is made."""

HATCH = "////"


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Make a drawing function work under :data:`STYLE` and leave the global settings alone."""

    @wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        from matplotlib import style

        with style.context(["default", dict(STYLE)]):
            return draw(*args, **kwargs)

    return wrapped


def new_figure(width_in: float, height_in: float) -> "Figure":
    """Make an empty figure, without any global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


@styled
def empty_figure(title: str, reason: str) -> "Figure":
    """Draw a hatched panel with the reason why there is nothing to see."""
    figure = new_figure(5.6, 1.8)
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])
    hatch_span(axes, 0.0, 1.0)
    axes.set_xlim(0, 1)
    box = {"facecolor": TOKENS["sheet"], "edgecolor": TOKENS["edge"], "pad": 6}
    axes.text(
        0.5, 0.5, reason, transform=axes.transAxes, ha="center", va="center", bbox=box, wrap=True
    )
    return figure


def hatch_span(axes: "Axes", start: Any, end: Any, **kwargs: Any) -> None:
    """Hatch a span of the horizontal axis: missing looks missing."""
    axes.axvspan(
        start, end, facecolor="none", edgecolor=TOKENS["edge"], hatch=HATCH, lw=0, **kwargs
    )


def hairlines(axes: "Axes", *, axis: str = "both") -> None:
    """Hairlines at the ticks, a frame of hairlines around."""
    axes.grid(True, axis=axis)  # type: ignore[arg-type]
    for spine in axes.spines.values():
        spine.set_color(TOKENS["rule"])


def unit_square(axes: "Axes", x_label: str, y_label: str) -> None:
    """Both axes from 0 to 1 with ticks at quarters, never cropped."""
    ticks = [0, 0.25, 0.5, 0.75, 1]
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=ticks, yticks=ticks, xlabel=x_label, ylabel=y_label)
    axes.set_xticklabels([number(t) for t in ticks])
    axes.set_yticklabels([number(t) for t in ticks])
    hairlines(axes)


def dates() -> Any:
    """Matplotlib's module of dates, which carries no types."""
    import matplotlib.dates

    return matplotlib.dates


def utc_axis(axes: "Axes", start: Any, end: Any, *, label: str = "UTC") -> None:
    """Ticks of a time axis that suit its span; the label says UTC and, below two days, the date."""
    mdates = dates()
    start, end = pd.Timestamp(start), pd.Timestamp(end)
    axes.set_xlim(start, end)
    days = (end - start) / pd.Timedelta(days=1)
    if days <= 2.01:
        step = next(h for h in (1, 2, 3, 6, 12) if days * 24 / h <= 9 or h == 12)
        if days * 24 <= 2:
            locator = mdates.AutoDateLocator(minticks=4, maxticks=9)
        else:
            locator = mdates.HourLocator(byhour=range(0, 24, step))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M"))
        label = f"{label}, {start:%Y-%m-%d}"
    else:
        locator = mdates.AutoDateLocator(minticks=4, maxticks=10)
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
        label = f"{label}, {start:%Y-%m-%d} to {end - pd.Timedelta(seconds=1):%Y-%m-%d}"
    axes.xaxis.set_major_locator(locator)
    axes.set_xlabel(label)


def number(value: float | None, digits: int = 3) -> str:
    """Write a number for people: significant digits, true minus, thin spaces; a dash for none.

    Examples
    --------
    >>> number(-0.12345), number(float("nan")), number(12345.0, 5)
    ('−0.123', '—', '12\u202f345')
    """
    if value is None or not np.isfinite(value):
        return "—"
    if value == 0:
        return "0"
    decimals = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−").replace(",", "\u202f")


@cache
def amplitude_map() -> "Colormap":
    """256 colours from the anchors, interpolated in OKLab; masked cells are transparent."""
    from matplotlib.colors import ListedColormap, to_rgb

    anchors = to_oklab(np.array([to_rgb(c) for c in AMPLITUDE_ANCHORS]))
    at = np.linspace(0, 1, len(anchors))
    fine = np.linspace(0, 1, 256)
    lab = np.stack([np.interp(fine, at, anchors[:, i]) for i in range(3)], axis=1)
    colours = ListedColormap(from_oklab(lab), name="seismomag_amplitude")
    return colours.with_extremes(bad=(0, 0, 0, 0))


# Björn Ottosson 2020, "A perceptual color space for image processing": linear sRGB -> LMS -> Lab.
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def linear_rgb(rgb: ArrayLike) -> NDArray[np.float64]:
    """Undo the gamma of sRGB; shape (..., 3), 0..1."""
    rgb = np.asarray(rgb, np.float64)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def to_oklab(rgb: ArrayLike) -> NDArray[np.float64]:
    """OKLab of sRGB colours; shape (..., 3)."""
    lab: NDArray[np.float64] = np.cbrt(linear_rgb(rgb) @ _LMS.T) @ _LAB.T
    return lab


def from_oklab(lab: ArrayLike) -> NDArray[np.float64]:
    """Turn OKLab into sRGB, clipped to 0..1; shape (..., 3)."""
    linear = (np.asarray(lab) @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_LMS).T
    linear = np.clip(linear, 0, 1)
    rgb: NDArray[np.float64] = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    return rgb
