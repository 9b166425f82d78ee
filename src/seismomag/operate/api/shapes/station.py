"""Answers for the station view; a day is 1,440 minutes, absent minutes are null."""

from datetime import date, datetime

from pydantic import Field

from seismomag.operate.api.shapes.parts import (
    Answer,
    DayCell,
    DstHour,
    KpInterval,
    Shape,
    StationState,
    Words,
)


class FlagSpan(Shape):
    """A span of the day with a flag, half-open; ``kind`` is ``missing`` or the flag's name.

    ``is_missing`` tells what took values away from what only marks them.
    """

    start: datetime
    end: datetime
    kind: str
    components: tuple[str, ...]
    words: str
    is_missing: bool


class FieldCurve(Shape):
    """Minute means of a component minus the mean of the day [nT]."""

    component: str
    mean_nt: float | None
    deviation_nt: tuple[float | None, ...] = Field(min_length=1440, max_length=1440)


class RatioCurve(Shape):
    """Z/H power ratio in a band, a value for each block of minutes; null where masked."""

    low_hz: float
    high_hz: float
    minutes_per_value: int
    values: tuple[float | None, ...]


class Provenance(Shape):
    """Where the day comes from."""

    file_name: str
    reader: str
    sha256: str
    revision: int
    n_revisions: int
    received_at: datetime | None
    n_valid_s: int
    n_expected_s: int
    sampling_hz: float
    edges: Words = Field(description="whether the neighbouring days were there, in words")


class StationDayAnswer(Answer):
    """A station-day: field, flags, indices; scalograms come from their own address.

    Attributes
    ----------
    has_data
        Whether the archive has a file; then ``reason`` is empty.
    reason
        Why there is none.
    has_scalogram
        Whether the scalogram addresses will answer; else ``scalogram_reason``.
    first_day, last_day, previous_day, next_day
        Of the archive; absent at its ends.
    """

    station_code: str
    name: str
    latitude_deg: float
    longitude_deg: float
    time_zone: str
    utc_offset_h: float
    state: StationState
    day: date
    has_data: bool
    reason: Words
    has_scalogram: bool
    scalogram_reason: Words
    first_day: date | None
    last_day: date | None
    previous_day: date | None
    next_day: date | None
    coverage: float | None
    missing_s: int | None
    kp_max: float | None
    is_storm: bool | None
    components: tuple[str, ...]
    field: tuple[FieldCurve, ...]
    flags: tuple[FlagSpan, ...]
    kp: tuple[KpInterval, ...]
    kp_reason: Words
    dst: tuple[DstHour, ...]
    dst_reason: Words
    zh_ratio: RatioCurve | None
    provenance: Provenance | None


class CoverageAnswer(Answer):
    """A year of a station, a cell a day."""

    station_code: str
    year: int
    first_day: date | None
    last_day: date | None
    cells: tuple[DayCell, ...]
