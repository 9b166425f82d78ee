"""Scalograms of a station-day as bytes: from the store of the day, or transformed anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from seismomag.core.bands import Band
from seismomag.core.errors import SchemaError, StoreError
from seismomag.dataset.context import ContextCache, DayInContext
from seismomag.dataset.store import open_store
from seismomag.dataset.store.checking import check
from seismomag.operate.archive import Archive
from seismomag.operate.settings import Settings
from seismomag.signal import quality
from seismomag.signal.day import transform
from seismomag.signal.grid import ScalogramGrid

AMPLITUDE_GRID = ScalogramGrid()
"""What the page draws: 10-100 mHz, 128 frequencies, a column a minute."""

RATIO_BAND = Band(low_hz=0.010, high_hz=0.045)
"""Of the Z/H power ratio."""

IN_PHASE_GRID = ScalogramGrid(n_frequencies=32, column_s=480, representation="polarimetric")
"""Eight-minute means, because a share of a single minute is noise."""

HZ_REAL = IN_PHASE_GRID.planes.index("c0c2_real")
LOWEST_NT, HIGHEST_NT = 0.004, 2.0
MISSING = 255
_TOP = 254

ORIENTATIONS = ("magnetic", "geographic", "instrument")


@dataclass(frozen=True, eq=False)
class Picture:
    """A scalogram as bytes.

    Attributes
    ----------
    values
        uint8 (component, frequency from low to high, time); 255 = missing or masked.
    headers
        Scale and axes.
    """

    values: NDArray[np.uint8]
    headers: Mapping[str, str]


class ScalogramError(Exception):
    """There is no scalogram of the day; says why, without a path."""

    def __init__(self, reason: str, *, is_damage: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_damage = reason, is_damage


def amplitudes(settings: Settings, archive: Archive, code: str, day: date) -> NDArray[np.float16]:
    """Amplitudes [nT], shape (3, 128, 1440); of the store of the day where it has this grid.

    Raises
    ------
    ScalogramError
        The day cannot be transformed, or its store is damaged.
    """
    stored = _stored(settings, code, day)
    if stored is not None:
        return stored
    return transform(_context(archive, code, day, AMPLITUDE_GRID), AMPLITUDE_GRID).planes


def in_phase(archive: Archive, code: str, day: date) -> NDArray[np.float16]:
    """In-phase part of the H-Z cross-spectrum [-1..1], shape (1, 32, 180).

    Raises
    ------
    ScalogramError
        The day cannot be transformed.
    """
    field = _context(archive, code, day, IN_PHASE_GRID)
    return transform(field, IN_PHASE_GRID).planes[HZ_REAL : HZ_REAL + 1]


def amplitude_picture(planes: NDArray[np.floating], components: str) -> Picture:
    """Put amplitudes on the fixed logarithmic scale; nothing is stretched by the day."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.log10(planes.astype(np.float32))
    low, high = np.log10(LOWEST_NT), np.log10(HIGHEST_NT)
    values = _bytes_of((level - low) / (high - low))
    return Picture(
        values, _headers(values, AMPLITUDE_GRID, components, "log10", LOWEST_NT, HIGHEST_NT, "nT")
    )


def in_phase_picture(planes: NDArray[np.floating], components: str) -> Picture:
    """Put shares on the linear scale -1..1."""
    values = _bytes_of((planes.astype(np.float32) + 1.0) / 2.0)
    name = "".join(components.split(",")[::2])
    return Picture(values, _headers(values, IN_PHASE_GRID, name, "linear", -1.0, 1.0, "1"))


def _bytes_of(share: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Bytes of shares 0..1; beyond them the ends, and 255 where nothing is known."""
    known = ~np.isnan(share)
    scaled = np.rint(np.clip(np.where(known, share, 0.0), 0.0, 1.0) * _TOP).astype(np.uint8)
    return np.where(known, scaled, np.uint8(MISSING))


def _headers(
    values: NDArray[np.uint8],
    grid: ScalogramGrid,
    components: str,
    scale: str,
    low: float,
    high: float,
    unit: str,
) -> dict[str, str]:
    return {
        "X-Scalogram-Shape": ",".join(str(n) for n in values.shape),
        "X-Scalogram-Components": components,
        "X-Scalogram-Scale": scale,
        "X-Scalogram-Low": f"{low:g}",
        "X-Scalogram-High": f"{high:g}",
        "X-Scalogram-Unit": unit,
        "X-Scalogram-Frequency-Low-Hz": f"{grid.band.low_hz:g}",
        "X-Scalogram-Frequency-High-Hz": f"{grid.band.high_hz:g}",
        "X-Scalogram-Seconds-Per-Column": str(grid.column_s),
    }


def _context(archive: Archive, code: str, day: date, grid: ScalogramGrid) -> NDArray[np.float64]:
    """Lay a day between its neighbours exactly as the daily job does."""
    found = _any_orientation(archive, code, day, grid)
    if found.field_nt is None:
        msg = "the day holds no usable sample"
        raise ScalogramError(msg)
    return found.field_nt


def _any_orientation(archive: Archive, code: str, day: date, grid: ScalogramGrid) -> DayInContext:
    for orientation in ORIENTATIONS:
        cache = ContextCache(
            archive.load_day, quality.flag, reach_s=grid.reach_s, orientation=orientation
        )
        found = cache.get(code, np.datetime64(day))
        if found.field_nt is not None or "frame" not in found.reason:
            return found
    return found


def _stored(settings: Settings, code: str, day: date) -> NDArray[np.float16] | None:
    """Amplitudes of the store of the day; None if there is none, or of another grid."""
    path = settings.tensor(code, day.isoformat())
    if not path.is_file():
        return None
    try:
        with open_store(path) as store:
            if not _is_drawn(store.grid) or not store.done.all():
                return None
            planes = store.read(np.zeros(1, np.int64))[0, :3]
        damage = check(path).problems
    except (StoreError, SchemaError, OSError) as error:
        msg = "the scalogram store of the day is damaged"
        raise ScalogramError(msg, is_damage=True) from error
    if damage:
        msg = "the scalogram store of the day fails its checksum"
        raise ScalogramError(msg, is_damage=True)
    return planes


def _is_drawn(grid: ScalogramGrid) -> bool:
    drawn = AMPLITUDE_GRID
    return (grid.band, grid.n_frequencies, grid.column_s) == (
        drawn.band,
        drawn.n_frequencies,
        drawn.column_s,
    )
