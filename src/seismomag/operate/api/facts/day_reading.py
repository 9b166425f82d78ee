"""A station-day out of the archive: the field with its flags, as a page draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.constants import MINUTES_PER_DAY, SECONDS_PER_DAY
from seismomag.core.errors import SeismomagError
from seismomag.core.flags import NOT_TRANSFORMED, Flag
from seismomag.core.recording import place
from seismomag.operate.api.facts.times import utc
from seismomag.operate.api.shapes.station import FieldCurve, FlagSpan
from seismomag.operate.archive import Archive
from seismomag.signal import gaps, quality
from seismomag.signal.sentences import MEANING

SHORTEST_GAP_S = 5
"""Missing spans that lie closer than a minute are drawn as one; shorter ones alone are left."""

MOST_SPANS = 400
_MISSING = "missing"


@dataclass(frozen=True, eq=False)
class DayField:
    """A station-day.

    Attributes
    ----------
    recording
        At 1 Hz, flagged; None where there is no file or it cannot be read.
    reason
        Why there is none.
    """

    recording: xr.Dataset | None
    reason: str = ""


def read_day(archive: Archive, code: str, day: date) -> DayField:
    """Read and flag a day; a file that cannot be read is a reason and no error."""
    try:
        recording = archive.load_day(code, np.datetime64(day))
    except SeismomagError as error:
        return DayField(None, f"the file of the archive is damaged ({_kind(error)})")
    except OSError:
        return DayField(None, "the file of the archive cannot be read")
    if recording is None:
        return DayField(None, "no file in the archive")
    return DayField(quality.flag(recording))


def day_field(recording: xr.Dataset, day: date) -> NDArray[np.float64]:
    """Lay the usable samples on the seconds of the day, shape (3, 86400) [nT]."""
    usable = recording.assign(field=(("component", "time"), gaps.mask(recording)))
    return place(usable, np.datetime64(day, "ns"), SECONDS_PER_DAY)


def curves(field_nt: NDArray[np.float64], components: Sequence[str]) -> tuple[FieldCurve, ...]:
    """Minute means minus the mean of the day; a minute without a usable sample is absent."""
    return tuple(
        _curve(name, values.reshape(MINUTES_PER_DAY, 60))
        for name, values in zip(components, field_nt, strict=True)
    )


def _curve(name: str, minutes: NDArray[np.float64]) -> FieldCurve:
    known = np.isfinite(minutes)
    count = known.sum(axis=1)
    sums = np.where(known, minutes, 0.0).sum(axis=1)
    means = np.divide(sums, count, out=np.full(MINUTES_PER_DAY, np.nan), where=count > 0)
    mean = float(sums.sum() / count.sum()) if count.any() else None
    deviation = np.round(means - (mean or 0.0), 4)
    return FieldCurve(
        component=name,
        mean_nt=None if mean is None else round(mean, 3),
        deviation_nt=tuple(None if v != v else v for v in deviation.tolist()),
    )


def flag_spans(recording: xr.Dataset, day: date) -> tuple[FlagSpan, ...]:
    """Spans of missing values and of each flag, in order of time; the longest if they are many."""
    bits = recording["flags"].values
    components = [str(name) for name in recording["component"].values]
    taken = [
        span
        for flag in Flag
        for span in _spans_of(flag, (bits & np.uint16(flag)) != 0, components, day)
    ]
    longest = sorted(taken, key=lambda span: span.start - span.end)[:MOST_SPANS]
    return tuple(sorted(longest, key=lambda span: (span.start, span.kind)))


def _spans_of(
    flag: Flag, where: NDArray[np.bool_], components: Sequence[str], day: date
) -> list[FlagSpan]:
    any_of = np.asarray(where.any(axis=0))
    if not any_of.any():
        return []
    kind = _MISSING if flag is Flag.MISSING else str(flag.name).lower()
    words = "no value was recorded" if flag is Flag.MISSING else MEANING[flag]
    spans = []
    for start, end in _joined(gaps.runs(any_of)):
        if flag is Flag.MISSING and end - start < SHORTEST_GAP_S:
            continue
        touched = np.asarray(where[:, start:end].any(axis=1))
        spans.append(
            FlagSpan(
                start=_at(day, int(start)),
                end=_at(day, int(end)),
                kind=kind,
                components=tuple(
                    c for c, is_one in zip(components, touched, strict=True) if is_one
                ),
                words=words,
                is_missing=bool(flag & NOT_TRANSFORMED),
            )
        )
    return spans


def _joined(runs: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Join runs that a screen cannot tell apart."""
    found: list[tuple[int, int]] = []
    for start, end in runs.tolist():
        if found and start - found[-1][1] < 60:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _at(day: date, second: int) -> datetime:
    return utc(datetime.combine(day, datetime.min.time()) + timedelta(seconds=second))


def _kind(error: Exception) -> str:
    """Name of the kind of damage; the sentence itself names paths."""
    return {"FormatError": "format", "SchemaError": "layout", "CoverageError": "coverage"}.get(
        type(error).__name__, "contents"
    )


def coverage_of(field_nt: NDArray[np.float64]) -> tuple[float, int]:
    """Share of usable seconds, and seconds missing, of the component with the fewest."""
    valid: Any = np.isfinite(field_nt).sum(axis=1).min()
    return float(valid) / SECONDS_PER_DAY, SECONDS_PER_DAY - int(valid)
