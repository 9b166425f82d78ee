"""A recording: its three components, what is wrong with it, and its scalograms below."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.flags import UNUSABLE, Flag
from seismomag.core.stations import Station
from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

WIDTH_IN = 11.0
MOST_POINTS = 1600
"""Columns of a trace: more cannot be seen at the width of the figure."""
MOST_COLUMNS = 2880

FLAG_WORDS: dict[Flag, str] = {
    Flag.MISSING: "missing",
    Flag.OUT_OF_RANGE: "out of range",
    Flag.FLAT: "flat",
    Flag.SPIKE: "spike",
    Flag.STEP: "step",
    Flag.CLOCK: "clock",
    Flag.QUANTISED: "quantised",
    Flag.MISDECODE: "wrong layout",
    Flag.DISAGREE: "sensors disagree",
}
"""What the strip calls each flag."""


@look.styled
def day_figure(
    recording: xr.Dataset,
    scalogram: xr.DataArray | None = None,
    *,
    flags: xr.DataArray | None = None,
    station: Station | None = None,
) -> "Figure":
    """Draw the traces of a recording, its flags and, if given, its scalograms.

    Parameters
    ----------
    recording
        ``field(component, time)`` [nT], of any length and sampling.
    scalogram
        Amplitude [nT], dims ``(component, frequency, time)``; columns whose ``valid_s`` is zero
        and cells that are not finite are shown as masked.
    flags
        Bits of :class:`~seismomag.core.flags.Flag`, shaped like the field; by default those of
        the recording.
    station
        Adds the name, and the local time of the station under the axis.

    Returns
    -------
    figure
        Traces are deviations from the median.
    """
    bits = np.asarray((recording["flags"] if flags is None else flags).to_numpy(), np.uint16)
    present = [flag for flag in FLAG_WORDS if (bits & flag).any()]
    figure, panels = _panels(len(present), 0 if scalogram is None else scalogram.sizes["component"])
    times = _edges(recording)
    for index in range(3):
        _draw_trace(panels[index], recording, bits, index, times)
    if present:
        _draw_flags(panels[3], bits, present, times)
    if scalogram is not None:
        _draw_scalograms(figure, panels[-scalogram.sizes["component"] :], scalogram)
    _finish(figure, panels, station, times)
    panels[0].set_title(_title(recording, station))
    return figure


def _finish(
    figure: "Figure", panels: "list[Axes]", station: Station | None, times: NDArray[np.datetime64]
) -> None:
    label = "UTC" if station is None else f"UTC ({_local(station, times[0])})"
    look.utc_axis(panels[-1], times[0], times[-1], label=label)
    figure.align_ylabels(panels)


def _panels(n_flags: int, n_planes: int) -> "tuple[Figure, list[Axes]]":
    strip = [max(0.17 * n_flags + 0.12, 0.5)] if n_flags else []
    heights = [1.25] * 3 + strip + [1.05] * n_planes
    figure = look.new_figure(WIDTH_IN, sum(heights) + 1.1)
    panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    return figure, list(panels)


def _edges(recording: xr.Dataset) -> NDArray[np.datetime64]:
    """List the times of the samples [ns] and, last, the end of the final sample."""
    times = recording["time"].to_numpy().astype("datetime64[ns]")
    step = np.timedelta64(round(1e9 / float(recording.attrs["sampling_hz"])), "ns")
    return np.append(times, times[-1] + step)


def _title(recording: xr.Dataset, station: Station | None) -> str:
    attrs = recording.attrs
    name = f" {station.name}" if station is not None and station.name else ""
    edges = _edges(recording)
    hertz = float(attrs["sampling_hz"])
    rate = f"{look.number(hertz)} Hz" if hertz >= 0.1 else f"{look.number(1 / hertz)} s"
    start, end = pd.Timestamp(edges[0]), pd.Timestamp(edges[-1])
    days = (end - start) / pd.Timedelta(days=1)
    length = f"{look.number(days)} d" if days >= 1 else f"{look.number(days * 24)} h"
    span = f"{start:%Y-%m-%d %H:%M} UTC, {length} at {rate}"
    code = attrs["station_code"] or "station not stated"
    return f"{code}{name}, {span}, frame {attrs['frame']}"


def _local(station: Station, start: np.datetime64) -> str:
    from zoneinfo import ZoneInfo

    at = pd.Timestamp(start, tz="UTC").tz_convert(ZoneInfo(station.time_zone))
    offset = at.utcoffset()
    hours = 0.0 if offset is None else offset.total_seconds() / 3600
    sign = "−" if hours < 0 else "+"
    return f"local time {at.tzname()} = UTC {sign} {look.number(abs(hours))} h"


def envelope(
    values: NDArray[np.float64], most: int = MOST_POINTS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value of each of at most ``most`` equal parts.

    Parameters
    ----------
    values
        Shape (n,); NaN where missing.

    Returns
    -------
    position, value
        Shape (2 m,): place in samples (fractional index) and value, low and high in turn; NaN
        where a part holds no value at all.

    Examples
    --------
    >>> envelope(np.array([1.0, 3.0, 2.0, np.nan]), most=2)[1].tolist()
    [1.0, 3.0, 2.0, 2.0]
    """
    n = values.size
    size = max(-(-n // most), 1)
    if size == 1:
        return np.arange(n, dtype=float), values
    starts = np.arange(0, n, size)
    low, high = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    position = np.repeat(starts + (size - 1) / 2, 2)
    return position, np.column_stack([low, high]).ravel()


def _draw_trace(
    axes: "Axes",
    recording: xr.Dataset,
    bits: NDArray[np.uint16],
    index: int,
    times: NDArray[np.datetime64],
) -> None:
    name = str(recording["component"].to_numpy()[index])
    usable = (bits[index] & np.uint16(UNUSABLE)) == 0
    field = np.where(usable, recording["field"].to_numpy()[index], np.nan)
    finite = np.isfinite(field)
    axes.set_ylabel(f"{name} (nT)", color=look.TOKENS["ink"], fontweight="bold")
    look.hairlines(axes)
    for start, end in runs(~finite):
        look.hatch_span(axes, times[start], times[end], zorder=1)
    if not finite.any():
        axes.set_yticks([])
        return
    median = float(np.median(field[finite]))
    position, value = envelope(field - median)
    step = times[1] - times[0]
    at = times[0] + (position * (step / np.timedelta64(1, "ns"))).astype("timedelta64[ns]")
    axes.plot(at, value, color=look.TOKENS["data"], lw=0.8, solid_joinstyle="round")
    calm = finite & ((bits[index] & np.uint16(Flag.SPIKE)) == 0)
    seen = field[calm if calm.any() else finite] - median
    pad = max(0.08 * float(np.ptp(seen)), 1e-3)
    axes.set_ylim(float(seen.min()) - pad, float(seen.max()) + pad)
    axes.yaxis.set_major_formatter(lambda tick, _: ("+" if tick > 0 else "") + look.number(tick, 4))
    axes.text(
        0.995,
        0.94,
        f"median {_nanotesla(median)}",
        transform=axes.transAxes,
        ha="right",
        va="top",
        fontsize=8,
        color=look.TOKENS["ink-2"],
        bbox={"facecolor": look.TOKENS["sheet"], "edgecolor": "none", "pad": 1.5, "alpha": 0.8},
    )


def _nanotesla(value: float) -> str:
    return f"{value:,.2f}".replace("-", "−").replace(",", "\u202f") + " nT"


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open index intervals in which a mask is true.

    Examples
    --------
    >>> runs(np.array([True, False, True, True]))
    [(0, 1), (2, 4)]
    """
    turns = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in turns.reshape(-1, 2)]


def _draw_flags(
    axes: "Axes", bits: NDArray[np.uint16], present: list[Flag], times: NDArray[np.datetime64]
) -> None:
    any_component = np.bitwise_or.reduce(bits, axis=0)
    # One pixel is the least that can be seen: a single spike must not vanish.
    least = (times[-1] - times[0]) / 1100
    for row, flag in enumerate(present):
        colour = look.TOKENS["alarm" if flag in UNUSABLE else "late"]
        spans = [
            (times[a], max(times[b] - times[a], least))
            for a, b in _merged(any_component & flag != 0)
        ]
        axes.broken_barh(spans, (row - 0.32, 0.64), facecolor=colour, edgecolor=colour, lw=0.6)

    names = [f"{FLAG_WORDS[flag]} {_percent(bits, flag)}" for flag in present]
    axes.set_yticks(range(len(present)), names, fontsize=7.5)
    axes.set_ylim(len(present) - 0.4, -0.6)
    axes.set_ylabel("flags\n(share)", fontsize=8)
    look.hairlines(axes, axis="x")


def _percent(bits: NDArray[np.uint16], flag: Flag) -> str:
    share = 100 * float((bits & flag != 0).mean())
    return f"{look.number(share, 2)} %" if share >= 0.01 else "< 0.01 %"


def _merged(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Close gaps of less than a pixel between runs, so that a noisy flag stays small to draw."""
    found = runs(mask)
    slack = mask.size // MOST_POINTS
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start - merged[-1][1] <= slack:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _draw_scalograms(figure: "Figure", panels: "list[Axes]", scalogram: xr.DataArray) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    norm = LogNorm(*look.AMPLITUDE_RANGE_NT, clip=True)
    for panel, index in zip(panels, range(scalogram.sizes["component"]), strict=True):
        draw_plane(panel, scalogram.isel(component=index), norm, look.amplitude_map())
    scale = figure.colorbar(
        ScalarMappable(norm, look.amplitude_map()),
        ax=panels,
        fraction=0.02,
        pad=0.01,
        aspect=30,
        extend="both",
    )
    scale.set_label("amplitude (nT)")
    scale.ax.set_yticks([0.004, 0.02, 0.1, 0.5, 2], ["0.004", "0.02", "0.1", "0.5", "2"])
    scale.ax.minorticks_off()
    scale.outline.set_visible(False)


def draw_plane(axes: "Axes", plane: xr.DataArray, norm: Any, colours: "Colormap") -> None:
    """Draw one plane of a scalogram, dims ``(frequency, time)``; what is masked is hatched."""
    millihertz = plane["frequency"].to_numpy().astype(float) * 1000
    even = np.geomspace(millihertz[0], millihertz[-1], millihertz.size)
    rows = np.abs(np.log(millihertz)[None, :] - np.log(even)[:, None]).argmin(axis=1)
    values = plane.to_numpy().astype(float)[rows]
    valid = np.isfinite(values) & (plane["valid_s"].to_numpy() > 0)[None, :]
    thin = -(-values.shape[1] // MOST_COLUMNS)
    # On a logarithmic scale nothing at all is the least, not missing.
    least = 1e-12 if norm.vmin > 0 else -np.inf
    shown = np.ma.masked_array(np.maximum(values, least), ~valid)[:, ::thin]
    start, end = _column_edges(plane["time"].to_numpy())
    axes.set_facecolor(look.TOKENS["sheet"])
    look.hatch_span(axes, start, end, zorder=0)
    half = 0.5 * np.log10(even[-1] / even[0]) / max(even.size - 1, 1)
    low, high = np.log10(even[0]) - half, np.log10(even[-1]) + half
    date2num = look.dates().date2num
    axes.imshow(
        shown,
        norm=norm,
        cmap=colours,
        origin="lower",
        aspect="auto",
        extent=(float(date2num(start)), float(date2num(end)), low, high),
        interpolation="nearest",
        zorder=2,
    )
    name = str(plane["component"].item())
    axes.set_ylabel(f"{name} (mHz)", color=look.TOKENS["ink"], fontweight="bold")
    ticks = [
        t for t in (1, 3.2, 10, 32, 100, 316, 1000) if low - 1e-6 <= np.log10(t) <= high + 1e-6
    ]
    axes.set_yticks(np.log10(ticks), [look.number(t) for t in ticks])


def _column_edges(times: NDArray[np.datetime64]) -> tuple[np.datetime64, np.datetime64]:
    """Begin and end of all columns, each named by its start."""
    ns = times.astype("datetime64[ns]")
    step = ns[1] - ns[0] if ns.size > 1 else np.timedelta64(60, "s").astype("timedelta64[ns]")
    return ns[0], ns[-1] + step
