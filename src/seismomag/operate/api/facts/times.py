"""Times of answers: UTC with the zone said, as JSON wants it."""

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from seismomag.core.constants import SECONDS_PER_DAY


def utc(time: "pd.Timestamp | datetime") -> datetime:
    """Attach the zone to a time of the house, which is UTC without saying so.

    Examples
    --------
    >>> utc(pd.Timestamp("2026-04-08 02:14:00.5"))
    datetime.datetime(2026, 4, 8, 2, 14, tzinfo=datetime.timezone.utc)
    """
    return pd.Timestamp(time).to_pydatetime(warn=False).replace(microsecond=0, tzinfo=UTC)


def read_utc(text: Any) -> datetime | None:
    """Read a time of the database; None for what is absent or no time.

    Examples
    --------
    >>> read_utc("2026-04-08T02:14:00Z").isoformat()
    '2026-04-08T02:14:00+00:00'
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def end_of(day: str | date) -> datetime:
    """Return the end of a UTC day."""
    return utc(pd.Timestamp(str(day)) + pd.Timedelta(days=1))


def read_day(text: Any) -> date | None:
    """Read a day of the database; None for what is absent.

    Examples
    --------
    >>> read_day("2026-04-08")
    datetime.date(2026, 4, 8)
    """
    return date.fromisoformat(str(text)[:10]) if text else None


def age_text(seconds: float) -> str:
    """Write an age with its two largest units.

    Examples
    --------
    >>> age_text(3 * 86400 + 4 * 3600 + 61), age_text(8040), age_text(360), age_text(12)
    ('3 d 4 h', '2 h 14 min', '6 min', '12 s')
    """
    days, rest = divmod(max(int(seconds), 0), SECONDS_PER_DAY)
    hours, minutes = rest // 3600, rest % 3600 // 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{rest} s"
