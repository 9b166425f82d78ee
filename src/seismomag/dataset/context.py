"""A station-day with the margins of its neighbours, each day loaded and flagged once."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import SchemaError, SeismomagError
from seismomag.core.recording import place
from seismomag.core.schema import check_recording
from seismomag.readers.resample import to_one_hz
from seismomag.signal import gaps

LoadDay = Callable[[str, np.datetime64], xr.Dataset | None]
"""``load_day(station_code, day)``: the recording of a UTC day (datetime64[D]), None if there is
none. What it raises as SeismomagError or OSError becomes a line of the report."""

FlagDay = Callable[[xr.Dataset], xr.Dataset]

ORIENTATIONS: Mapping[str, str] = {
    "HDZ": "magnetic",
    "HEZ": "magnetic",
    "XYZ": "geographic",
    "UVW": "instrument",
}
"""Frames whose tensors mean the same may stand in one store."""

# Far above what a storm does between two samples, far below the difference of two bases.
LARGEST_JUMP_NT = 500.0
_LEVEL_SAMPLES = 60

_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class DayField:
    """What is known of one station-day.

    Attributes
    ----------
    field_nt
        Shape (3, 86400) [nT], NaN where missing or unusable; None where nothing could be read.
    orientation
        A value of :data:`ORIENTATIONS`.
    is_absolute
        Whether the values carry the main field.
    source_sha256
        Of the file.
    reason
        Why nothing could be read, else empty.
    """

    field_nt: NDArray[np.float64] | None = None
    orientation: str = ""
    is_absolute: bool = True
    source_sha256: str = ""
    reason: str = ""


@dataclass(frozen=True, eq=False)
class DayInContext:
    """A station-day as the transform wants it.

    Attributes
    ----------
    field_nt
        Shape (3, reach + 86400 + reach) [nT]; None if the day itself cannot be used.
    inputs
        SHA-256 of the days that went in (32 bytes).
    reason
        Why the day cannot be used, else empty.
    remarks
        Sentences about neighbours that were left out.
    """

    field_nt: NDArray[np.float64] | None
    inputs: bytes
    reason: str
    remarks: tuple[str, ...]


def read_field(
    load_day: LoadDay, flag: FlagDay | None, station_code: str, day: np.datetime64
) -> DayField:
    """Load one day, flag it, drop what no transform may use, and lay it on its seconds."""
    try:
        recording = load_day(station_code, day)
        if recording is None:
            return DayField(reason="no recording")
        whole = to_one_hz(check_recording(recording))
        if whole.attrs["sampling_hz"] != 1.0:
            msg = (
                f"{station_code}: sampled at {whole.attrs['sampling_hz']} Hz; a scalogram "
                "needs 1 Hz or faster"
            )
            raise SchemaError(msg)
        flagged = whole if flag is None else flag(whole)
        usable = flagged.assign(field=(("component", "time"), gaps.mask(flagged)))
        field_nt = place(usable, day, SECONDS_PER_DAY)
    except (SeismomagError, OSError) as error:
        return DayField(reason=str(error))
    return DayField(
        field_nt=field_nt,
        orientation=ORIENTATIONS[recording.attrs["frame"]],
        is_absolute=bool(recording.attrs.get("is_absolute", 1)),
        source_sha256=str(recording.attrs["source_sha256"]),
        reason="" if np.isfinite(field_nt).any() else "no usable sample",
    )


class ContextCache:
    """Gives station-days with margins; remembers what the days before have loaded.

    Ask for the days of a station in ascending order: days older than the last one's
    neighbour are forgotten, so memory stays bounded by three days a station.
    """

    def __init__(
        self, load_day: LoadDay, flag: FlagDay | None, *, reach_s: int, orientation: str
    ) -> None:
        self._load_day, self._flag = load_day, flag
        self._reach_s, self._orientation = reach_s, orientation
        self._days: dict[tuple[str, np.datetime64], DayField] = {}

    def get(self, station_code: str, day: np.datetime64) -> DayInContext:
        """Lay a day and its margins on one row of seconds."""
        self._forget_before(day - _DAY)
        before, here, after = (self._field(station_code, day + i * _DAY) for i in (-1, 0, 1))
        reason = here.reason or self._wrong_orientation(here)
        if reason or here.field_nt is None:
            return DayInContext(None, bytes(32), reason, ())
        left, left_remark = self._margin(before, here, at_end=True)
        right, right_remark = self._margin(after, here, at_end=False)
        used = (before if left is not None else None, here, after if right is not None else None)
        nothing = np.full((3, self._reach_s), np.nan)
        parts = (
            nothing if left is None else left,
            here.field_nt,
            nothing if right is None else right,
        )
        remarks = tuple(remark for remark in (left_remark, right_remark) if remark)
        return DayInContext(np.concatenate(parts, axis=1), _digest(used), "", remarks)

    def _field(self, station_code: str, day: np.datetime64) -> DayField:
        key = (station_code, day)
        if key not in self._days:
            self._days[key] = read_field(self._load_day, self._flag, station_code, day)
        return self._days[key]

    def _forget_before(self, day: np.datetime64) -> None:
        for key in [key for key in self._days if key[1] < day]:
            del self._days[key]

    def _wrong_orientation(self, here: DayField) -> str:
        if here.orientation == self._orientation:
            return ""
        frames = "/".join(f for f, o in ORIENTATIONS.items() if o == self._orientation)
        return (
            f"the frame is {here.orientation}, the store holds {self._orientation} ones "
            f"({frames}); rotate it while loading, or build another store"
        )

    def _margin(
        self, neighbour: DayField, here: DayField, *, at_end: bool
    ) -> tuple[NDArray[np.float64] | None, str]:
        """Cut the margin out of a neighbour that continues this day, or say why it does not."""
        which = "day before" if at_end else "day after"
        if neighbour.field_nt is None or here.field_nt is None:
            return None, f"{which} not used: {neighbour.reason}"
        if (neighbour.orientation, neighbour.is_absolute) != (here.orientation, here.is_absolute):
            return None, f"{which} not used: it has another frame or base"
        n = self._reach_s
        # At a reach of zero, "the last n" would be everything.
        last = slice(SECONDS_PER_DAY - n, SECONDS_PER_DAY)
        if at_end:
            margin = neighbour.field_nt[:, last]
            jump = _level_nt(margin[:, ::-1]) - _level_nt(here.field_nt[:, :n])
        else:
            margin = neighbour.field_nt[:, :n]
            jump = _level_nt(margin) - _level_nt(here.field_nt[:, last][:, ::-1])
        if (np.abs(jump) > LARGEST_JUMP_NT).any():
            return None, f"{which} not used: its level is {np.nanmax(np.abs(jump)):.0f} nT away"
        return margin, ""


def _level_nt(field_nt: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median of the first minute of values of each component; NaN where there is none."""
    levels = []
    for component in field_nt:
        values = component[np.isfinite(component)][:_LEVEL_SAMPLES]
        levels.append(np.median(values) if values.size else np.nan)
    return np.array(levels)


def _digest(used: tuple[DayField | None, ...]) -> bytes:
    names = [day.source_sha256 if day is not None else "none" for day in used]
    return hashlib.sha256("\n".join(names).encode()).digest()
