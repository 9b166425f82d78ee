"""Shapes that every answer of the API is made of; times are UTC, units are in the names.

The page is typed from these classes (through the OpenAPI document), so that a renamed field
breaks the build of the page and not the page.
"""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A part of an answer: frozen, and closed against unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StationState(StrEnum):
    """What is heard of a station, worst first."""

    silent = "silent"
    faulty = "faulty"
    late = "late"
    unknown = "unknown"
    ok = "ok"


class DayKind(StrEnum):
    """What is known of a station-day."""

    measured = "measured"
    part = "part"
    none = "none"
    refused = "refused"
    unknown = "unknown"
    open = "open"


class Severity(StrEnum):
    """How loud a sentence is."""

    alarm = "alarm"
    late = "late"
    quiet = "quiet"


class Words(Shape):
    """The same sentence in both languages of the page.

    Attributes
    ----------
    en, id
        English and Indonesian.
    foreign
        Parts of both that are nobody's to translate, such as what a library said: English.
    """

    en: str
    id: str
    foreign: tuple[str, ...] = ()


class Answer(Shape):
    """What each answer carries beside its numbers: whence and of when they are.

    Attributes
    ----------
    as_of
        When the facts were read [UTC]; under a simulated clock, its time.
    newest_datum_at
        Time of the newest datum behind the answer; absent where there is none.
    source
        Name of the query, and of the list behind it.
    """

    as_of: datetime
    newest_datum_at: datetime | None = None
    source: str


class Reason(Shape):
    """Why a value is absent."""

    reason: Words


class Event(Shape):
    """An earthquake of the catalogue."""

    event_id: str
    origin_time: datetime
    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-180, le=180)
    depth_km: float | None
    magnitude: float | None
    magnitude_type: str
    source: str


class KpInterval(Shape):
    """Kp of three hours; ``status`` tells nowcast from final."""

    start: datetime
    kp: float
    status: str


class DstHour(Shape):
    """Dst of an hour [nT]."""

    start: datetime
    dst_nt: float
    status: str


class DayCell(Shape):
    """A day of a coverage calendar; ``coverage`` in 0..1, absent where nothing is known."""

    day: date
    kind: DayKind
    coverage: float | None = None


class Verdict(Shape):
    """The verdict of the last audit, by rule; ``level`` is absent if there was none.

    Attributes
    ----------
    level
        ``V0`` to ``V5``.
    reason_code
        ``RED`` or ``INSUFFICIENT`` for ``V0``, else empty.
    headline
        "No skill demonstrated", in words.
    sentence
        The fixed sentence; nobody can edit it.
    p_value, n_events
        Of the primary null; absent where it was not run.
    audit_id
        Key of the audit.
    audited_at
        When.
    """

    level: str | None
    reason_code: str = ""
    headline: Words
    sentence: Words
    p_value: float | None = None
    n_events: int | None = None
    audit_id: str | None = None
    audited_at: datetime | None = None


class Trouble(Shape):
    """Something that is broken: what, since when, and what to do; never a path or a trace.

    Attributes
    ----------
    severity
        ``alarm`` or ``late``.
    stage
        Stage of the daily job; empty where it is none.
    station_codes
        Whom it concerns.
    title, advice
        One line what, one line what to do.
    since
        Absent where that is not known.
    """

    severity: Severity
    stage: str = ""
    station_codes: tuple[str, ...] = ()
    title: Words
    advice: Words
    since: datetime | None = None
