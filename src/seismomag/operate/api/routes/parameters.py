"""Parameters of the addresses, each said once."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query

MOST_DAYS = 92
"""Days of a network answer: three months."""

MOST_ROWS = 500
"""Rows of a page of a list."""


class Format(StrEnum):
    """In what form a list is given."""

    json = "json"
    csv = "csv"


class ScalogramKind(StrEnum):
    """What of a scalogram is drawn."""

    amplitude = "amplitude"
    in_phase = "in_phase"


ListFormat = Annotated[
    Format, Query(alias="format", description="`csv`: the list as a table, with a line of names")
]
StationCode = Annotated[
    str, Path(min_length=1, max_length=8, description="code of a station, such as `ALR`")
]
UtcDay = Annotated[date, Path(description="UTC day, such as `2026-04-07`")]
NumberOfDays = Annotated[int, Query(ge=1, le=MOST_DAYS, description="days back, today included")]
Year = Annotated[int, Query(ge=1900, le=2200, description="UTC year")]
Month = Annotated[
    str | None,
    Query(
        pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$",
        description="UTC month, such as `2026-04`; without it the newest with a score",
    ),
]
OneStation = Annotated[
    str | None, Query(max_length=8, description="code of a station; without it all of them")
]
BeforeSeq = Annotated[
    int | None, Query(ge=0, le=2**53, description="records before this one; for the next page")
]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="rows at most")]
AuditId = Annotated[
    str, Path(min_length=1, max_length=64, description="key of an audit, or `latest`")
]
