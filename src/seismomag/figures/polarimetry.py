"""The nine planes of a polarimetric scalogram, and how much of each column was recorded."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from seismomag.core.errors import SchemaError
from seismomag.core.stations import Station
from seismomag.figures import look
from seismomag.figures.day import draw_plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

WIDTH_IN = 12.0

SIGNED_ANCHORS = (
    "#12365A",
    "#1F4E79",
    "#4F86B5",
    "#A3C4DC",
    "#F6F5F0",
    "#E7C583",
    "#C08C2B",
    "#8F6400",
    "#5C3F00",
)
"""From -1 over 0 to 1: blue and ochre stay apart for every kind of colour vision, and lightness
alone tells how far from 0."""

_HEADINGS = ("amplitude", "in phase", "a quarter turn apart")


@look.styled
def polarimetry_figure(scalogram: xr.DataArray, *, station: Station | None = None) -> "Figure":
    """Draw three amplitudes, six signed planes, and the recorded seconds of each column.

    Parameters
    ----------
    scalogram
        Polarimetric: nine components (component, frequency, time), amplitudes [nT], then the real
        and imaginary parts of the three normalised cross-spectra [1].
    station
        Adds the name to the title.

    Returns
    -------
    figure
        A row for each component or pair, columns for amplitude, real part (+1 in phase, -1 in
        opposite phase) and imaginary part (+1: the first leads by a quarter of a period);
        masked cells are hatched.

    Raises
    ------
    SchemaError
        The scalogram carries amplitudes only.
    """
    if scalogram.sizes["component"] != 9:
        msg = (
            f"the scalogram has {scalogram.sizes['component']} planes; this figure needs the nine "
            'of representation="polarimetric"'
        )
        raise SchemaError(msg)
    figure = look.new_figure(WIDTH_IN, 8.2)
    panels = figure.subplots(4, 3, sharex=True, height_ratios=[1, 1, 1, 0.28])
    for row in range(3):
        for column, index in enumerate((row, 3 + 2 * row, 4 + 2 * row)):
            _draw(panels[row, column], scalogram.isel(component=index), is_signed=column > 0)
    _scales(figure, panels)
    _title_columns(panels, scalogram, station)
    for column, sources in enumerate(((0, 1, 2), (3, 5, 7), (4, 6, 8))):
        _draw_recorded(panels[3, column], scalogram.isel(component=list(sources)))
    return figure


def _draw(axes: "Axes", plane: xr.DataArray, *, is_signed: bool) -> None:
    from matplotlib.colors import LogNorm, Normalize

    if is_signed:
        draw_plane(axes, plane, Normalize(-1, 1), signed_map())
    else:
        draw_plane(axes, plane, LogNorm(*look.AMPLITUDE_RANGE_NT, clip=True), look.amplitude_map())
    name = str(plane["component"].item()).removesuffix("_real").removesuffix("_imag")
    axes.set_ylabel(f"{name} (mHz)", color=look.TOKENS["ink"], fontweight="bold")
    if is_signed:
        axes.tick_params(labelleft=False)


def _scales(figure: "Figure", panels: "np.ndarray") -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm, Normalize

    amplitude = LogNorm(*look.AMPLITUDE_RANGE_NT, clip=True)
    of_amplitude = figure.colorbar(
        ScalarMappable(amplitude, look.amplitude_map()),
        ax=panels[:, 0].tolist(),
        orientation="horizontal",
        aspect=26,
        pad=0.02,
        extend="both",
    )
    of_amplitude.set_label("amplitude (nT)")
    of_amplitude.ax.set_xticks([0.004, 0.02, 0.1, 0.5, 2], ["0.004", "0.02", "0.1", "0.5", "2"])
    of_amplitude.ax.minorticks_off()
    of_share = figure.colorbar(
        ScalarMappable(Normalize(-1, 1), signed_map()),
        ax=panels[:, 1:].ravel().tolist(),
        orientation="horizontal",
        aspect=54,
        pad=0.02,
    )
    of_share.set_label("share of the common oscillation, with its sign")
    of_share.set_ticks([-1, -0.5, 0, 0.5, 1], labels=["−1", "−0.5", "0", "+0.5", "+1"])
    for scale in (of_amplitude, of_share):
        scale.outline.set_visible(False)


def _title_columns(panels: "np.ndarray", scalogram: xr.DataArray, station: Station | None) -> None:
    code = str(scalogram.attrs["station_code"]) or "station not stated"
    name = f" {station.name}" if station is not None and station.name else ""
    panels[0, 0].set_title(f"{code}{name}: {_HEADINGS[0]}")
    for column in (1, 2):
        panels[0, column].set_title(_HEADINGS[column])


def _draw_recorded(axes: "Axes", planes: xr.DataArray) -> None:
    times = planes["time"].to_numpy().astype("datetime64[ns]")
    column_s = int(planes.attrs["column_s"])
    end = times[-1] + np.timedelta64(column_s, "s")
    share = planes["valid_s"].to_numpy().min(axis=0) / column_s
    axes.stairs(
        share,
        look.dates().date2num(np.append(times, end)),
        fill=True,
        color=look.TOKENS["band"],
        edgecolor=look.TOKENS["data"],
        lw=0.6,
    )
    axes.set(ylim=(0, 1.05), yticks=[0, 1])
    axes.set_yticklabels(["0", "1"])
    axes.set_ylabel("recorded\n(share)", fontsize=8)
    look.utc_axis(axes, times[0], end)
    look.hairlines(axes, axis="x")


@cache
def signed_map() -> "Colormap":
    """256 colours from -1 to 1, interpolated in OKLab; masked cells are transparent."""
    from matplotlib.colors import ListedColormap, to_rgb

    anchors = look.to_oklab(np.array([to_rgb(c) for c in SIGNED_ANCHORS]))
    at = np.linspace(0, 1, len(anchors))
    fine = np.linspace(0, 1, 256)
    lab = np.stack([np.interp(fine, at, anchors[:, i]) for i in range(3)], axis=1)
    colours = ListedColormap(look.from_oklab(lab), name="seismomag_signed")
    return colours.with_extremes(bad=(0, 0, 0, 0))
