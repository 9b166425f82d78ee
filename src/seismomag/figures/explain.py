"""What a network looks at, drawn on the scalogram that it was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOP_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class ExplainedDay:
    """A station-day and the maps over it.

    Attributes
    ----------
    title
        Station, day, what the network said.
    day
        UTC day.
    frequencies_hz
        ``(F,)``.
    amplitude_nt
        ``(components, F, T)``, NaN where masked.
    component_names
        One for each.
    occlusion
        ``(components, F, T)``: fall of the detection logit.
    grad_cam
        ``(F, T)``, 0 to 1.
    """

    title: str
    day: np.datetime64
    frequencies_hz: NDArray[np.float64]
    amplitude_nt: NDArray[np.floating]
    component_names: Sequence[str]
    occlusion: NDArray[np.floating]
    grad_cam: NDArray[np.floating]


@look.styled
def explanation_figure(shown: ExplainedDay) -> "Figure":
    """Draw the scalogram of each component with what mattered in it, and Grad-CAM below.

    Lines enclose the tenth of all cells whose hiding lowers the detection logit most; there are
    none where hiding lowers nothing.
    """
    from matplotlib.colors import LogNorm, Normalize

    n = len(shown.component_names)
    figure = look.new_figure(9.0, 1.6 * (n + 1) + 0.8)
    panels = list(figure.subplots(n + 1, 1, sharex=True))
    norm = LogNorm(*look.AMPLITUDE_RANGE_NT, clip=True)
    level = _level(shown.occlusion)
    image = None
    for axes, name, amplitude, fall in zip(
        panels, shown.component_names, shown.amplitude_nt, shown.occlusion, strict=False
    ):
        image = _image(axes, shown, amplitude, norm)
        if level > 0 and fall.max() > level:
            _contour(axes, shown, fall, level)
        axes.set_title(f"{name}: amplitude, and what mattered (enclosed)")
    cam = _image(panels[-1], shown, shown.grad_cam, Normalize(0, 1))
    panels[-1].set_title("Grad-CAM: where the features speak for a target")
    if image is not None:
        figure.colorbar(image, ax=panels[:-1], label="amplitude (nT)", shrink=0.8)
    figure.colorbar(cam, ax=panels[-1:], label="relative", shrink=0.9)
    look.utc_axis(panels[-1], shown.day, shown.day + np.timedelta64(1, "D"))
    figure.suptitle(shown.title, x=0.01, ha="left", fontsize=10, color=look.TOKENS["ink"])
    return figure


def _level(occlusion: NDArray[np.floating]) -> float:
    """Edge of the top decile over all components, if that decile lowers the logit."""
    return float(np.quantile(occlusion, 1 - TOP_SHARE)) if occlusion.max() > 0 else 0.0


def _columns(shown: ExplainedDay, n_columns: int) -> tuple[Any, Any]:
    day = float(look.dates().date2num(shown.day))
    edges = day + np.linspace(0, 1, n_columns + 1)
    return edges, (edges[1:] + edges[:-1]) / 2


def _image(axes: "Axes", shown: ExplainedDay, values: NDArray[np.floating], norm: Any) -> Any:
    frequencies = shown.frequencies_hz * 1e3
    step = np.sqrt(frequencies[1] / frequencies[0])
    rows = np.append(frequencies / step, frequencies[-1] * step)
    edges, _ = _columns(shown, values.shape[1])
    look.hatch_span(axes, edges[0], edges[-1], zorder=0)
    image = axes.pcolormesh(
        edges,
        rows,
        np.ma.masked_invalid(values),
        cmap=look.amplitude_map(),
        norm=norm,
        rasterized=True,
    )
    axes.set(yscale="log", ylabel="frequency (mHz)", ylim=(rows[0], rows[-1]))
    ticks = [t for t in (1, 2, 5, 10, 20, 50, 100, 200) if rows[0] <= t <= rows[-1]]
    axes.set_yticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()
    return image


def _contour(axes: "Axes", shown: ExplainedDay, fall: NDArray[np.floating], level: float) -> None:
    _, middles = _columns(shown, fall.shape[1])
    # A frame of nothing around it closes the lines at the edges of the day.
    for colour, width in ((look.TOKENS["sheet"], 3.0), (look.TOKENS["mark"], 1.6)):
        axes.contour(
            middles,
            shown.frequencies_hz * 1e3,
            fall,
            levels=[level],
            colors=[colour],
            linewidths=[width],
        )
