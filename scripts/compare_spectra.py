"""Compare simulated days with real ones: amplitude spectra, octave by octave.

``python scripts/compare_spectra.py FOLDER PICTURE`` takes the folder of real files (those of
Alor and Conrad), simulates each of their days with its own Kp, Dst and sensor noise, prints
the ratios and draws them.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import welch

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.recording import place, utc_days
from seismomag.core.stations import Station
from seismomag.readers import read
from seismomag.readers.space_weather import read_space_weather
from seismomag.simulate import sensor_noise_nt, simulate_like

ALOR = Station(station_code="ALR", latitude_deg=-8.14423, longitude_deg=124.59)
CONRAD = Station(station_code="WIC", latitude_deg=47.93, longitude_deg=15.86)
OCTAVES_HZ = tuple((low / 1e3, min(2 * low, 100) / 1e3) for low in (1, 2, 4, 8, 16, 32, 64))
COMPONENTS = ("H", "D", "Z")
_INDEX_FILES = ("SW-All*", "WDC_Kyoto*", "dst_*")
# Okabe & Ito 2008: distinguishable with every kind of colour vision.
_COLOURS = {"ALR": "#D55E00", "WIC": "#0072B2"}


@dataclass(frozen=True)
class Comparison:
    """One real day and its simulated twin: densities (3, n) [nT / sqrt(Hz)], ratios (3, 7)."""

    station_code: str
    day: np.datetime64
    kp: NDArray[np.float64]
    frequency_hz: NDArray[np.float64]
    real: NDArray[np.float64]
    simulated: NDArray[np.float64]
    ratio: NDArray[np.float64]


def real_days(folder: Path) -> Iterator[tuple[Station, np.datetime64, NDArray[np.float64]]]:
    """Give every real day once, as H, D, Z or its nearest like (3, 86400) [nT]."""
    files = [folder / "bmkg" / "S250101.ALR.gz", *sorted((folder / "one_second").glob("wic_*"))]
    seen: set[tuple[str, np.datetime64]] = set()
    for path in files:
        recording = read(path)
        station = ALOR if recording.attrs["station_code"] == "ALR" else CONRAD
        for day in utc_days(recording):
            if (station.station_code, day) not in seen:
                seen.add((station.station_code, day))
                yield station, day, place(recording, day, SECONDS_PER_DAY)


def density(field_nt: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Amplitude spectral density by Welch's method, segments of 4,000 s, gaps bridged."""
    seconds = np.arange(field_nt.shape[1])
    bridged = [
        np.interp(seconds, seconds[np.isfinite(row)], row[np.isfinite(row)]) for row in field_nt
    ]
    frequency, power = welch(np.array(bridged), nperseg=4_000, detrend="linear")
    return frequency, np.sqrt(power)


def compare(folder: Path, *, seed: int = 1) -> list[Comparison]:
    """Simulate every real day and take the ratios.

    The ratio of an octave is the median over its frequencies of simulated / real density.
    """
    paths = [p for pattern in _INDEX_FILES for p in sorted((folder / "indices").glob(pattern))]
    indices = read_space_weather(paths)
    found = []
    for station, day, field_nt in real_days(folder):
        kp, dst_nt = _of_day(indices, "kp", day, 8), _of_day(indices, "dst_nt", day, 24)
        twin = simulate_like(
            station=station,
            day=day,
            kp=kp,
            dst_nt=dst_nt,
            sensor_noise_nt=sensor_noise_nt(field_nt),
            seed=seed,
        )
        frequency, real = density(field_nt)
        simulated = density(twin["field"].values)[1]
        octaves = [(frequency >= low) & (frequency < high) for low, high in OCTAVES_HZ]
        ratio = np.stack([np.median(simulated[:, o] / real[:, o], axis=1) for o in octaves], axis=1)
        found.append(Comparison(station.station_code, day, kp, frequency, real, simulated, ratio))
    return found


def _of_day(
    indices: pd.DataFrame, column: str, day: np.datetime64, size: int
) -> NDArray[np.float64]:
    """Values of an index on a day; NaN where the archives have none."""
    known = indices[["time", column]].dropna()
    known = known.drop_duplicates("time").set_index("time")[column]
    step = np.timedelta64(24 // size, "h")
    times = pd.DatetimeIndex(day.astype("datetime64[ns]") + np.arange(size) * step)
    return known.reindex(times).to_numpy(np.float64)


def medians(found: list[Comparison], station_code: str) -> NDArray[np.float64]:
    """Median ratio over the days of a station, (3 components, 7 octaves)."""
    ratios = np.stack([c.ratio for c in found if c.station_code == station_code])
    return np.median(ratios, axis=0)


def table(found: list[Comparison]) -> str:
    """Write the ratios as text."""
    head = " ".join(f"{low * 1e3:3.0f}-{high * 1e3:<3.0f}" for low, high in OCTAVES_HZ)
    lines = [f"simulated / real amplitude density, mHz  {head}"]
    for code in ("ALR", "WIC"):
        n = sum(c.station_code == code for c in found)
        for name, row in zip(COMPONENTS, medians(found, code), strict=True):
            lines.append(f"{code} {name}, median of {n:2d} days           " + _numbers(row))
    within = np.mean([np.abs(np.log2(c.ratio)) <= 1 for c in found], axis=0)
    for name, row in zip(COMPONENTS, within, strict=True):
        lines.append(f"share of days within a factor 2, {name}    " + _numbers(row))
    return "\n".join(lines)


def _numbers(row: NDArray[np.float64]) -> str:
    return " ".join(f"{value:7.2f}" for value in row)


def draw(found: list[Comparison], picture: Path) -> None:
    """Draw spectra of all days above, ratios of all days below."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(13, 8), sharex=True, layout="constrained")
    for row, name in enumerate(COMPONENTS):
        for code, colour in _COLOURS.items():
            days = [c for c in found if c.station_code == code]
            _draw_spectra(axes[0, row], days, row, code, colour)
            _draw_ratios(axes[1, row], days, row, code, colour)
        axes[0, row].set(title=name, xscale="log", yscale="log", xlim=(1, 500))
        axes[1, row].axhspan(0.5, 2, color="0.9", zorder=0, label="within a factor 2")
        axes[1, row].set(xlabel="frequency [mHz]", yscale="log", ylim=(0.1, 10))
    axes[0, 0].set_ylabel("amplitude spectral density [nT / √Hz]")
    axes[1, 0].set_ylabel("simulated / real")
    for axis in axes[:, 0]:
        axis.legend(frameon=False)
    figure.suptitle("Real days and days simulated with the same Kp, Dst and sensor noise")
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def _draw_spectra(axis, days: list[Comparison], row: int, code: str, colour: str) -> None:
    mhz = 1e3 * days[0].frequency_hz[1:]
    real = np.median([c.real[row, 1:] for c in days], axis=0)
    simulated = np.median([c.simulated[row, 1:] for c in days], axis=0)
    axis.plot(
        mhz,
        real,
        color=colour,
        lw=1.2,
        label=f"{code}, real, {len(days)} day{'s' * (len(days) > 1)}",
    )
    axis.plot(mhz, simulated, color=colour, lw=1.2, ls=":", label=f"{code}, simulated")


def _draw_ratios(axis, days: list[Comparison], row: int, code: str, colour: str) -> None:
    centres = np.array([1e3 * np.sqrt(low * high) for low, high in OCTAVES_HZ])
    nudge = 0.93 if code == "ALR" else 1.07
    for day in days:
        axis.plot(centres * nudge, day.ratio[row], ".", color=colour, alpha=0.35, ms=6)
    axis.plot(
        centres * nudge,
        medians(days, code)[row],
        "_",
        color=colour,
        ms=18,
        mew=2.5,
        label=f"{code}, median",
    )


def main() -> None:
    """Print the table, draw the picture."""
    folder, picture = Path(sys.argv[1]), Path(sys.argv[2])
    found = compare(folder)
    draw(found, picture)
    print(table(found))


if __name__ == "__main__":
    main()
