"""The trail of writes: what somebody changed, or tried to; nothing is ever taken out of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.operate.clock import stamp
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import writes

BEGUN = "begun"
DONE = "done"
_LONGEST_OUTCOME = 500


@dataclass(frozen=True, kw_only=True)
class Write:
    """What is tried.

    Attributes
    ----------
    by, role
        Who, in which role.
    action, subject
        What is done to what, such as ``"promote"`` and the key of a model.
    reason
        In that person's words; may be empty.
    """

    by: str
    role: str
    action: str
    subject: str
    reason: str = ""


@contextmanager
def traced(engine: sa.Engine, write: Write, now: pd.Timestamp) -> Iterator[None]:
    """Do a write and keep how it ended.

    The line is there before the work begins: one that says "begun" was cut off.

    Parameters
    ----------
    engine
        The database.
    write
        What is tried.
    now
        UTC.
    """
    number = note(engine, write, BEGUN, now)
    try:
        yield
    except Exception as error:
        _end(engine, number, f"refused: {error}")
        raise
    _end(engine, number, DONE)


def note(engine: sa.Engine, write: Write, outcome: str, now: pd.Timestamp) -> int:
    """Write a line of the trail; its number is returned."""
    row = {
        "at": stamp(now),
        "by": write.by,
        "role": write.role,
        "action": write.action,
        "subject": in_one_line(write.subject),
        "reason": in_one_line(write.reason),
        "outcome": outcome[:_LONGEST_OUTCOME],
    }
    with engine.begin() as connection:
        made = connection.execute(writes.insert().values(**row)).inserted_primary_key
    assert made is not None
    return int(made[0])


def in_one_line(text: str) -> str:
    r"""What a person wrote, without line breaks and controls: no line of a record becomes two.

    Examples
    --------
    >>> in_one_line("better in May\n2026-01-01 promote by somebody else")
    'better in May 2026-01-01 promote by somebody else'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def lines(engine: sa.Engine, *, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Lines of the trail, newest first.

    Parameters
    ----------
    engine
        The database.
    before
        Only lines of lower numbers; None from the newest on.
    limit
        Lines at most.
    """
    query = sa.select(writes).order_by(writes.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(writes.c.number < before)
    with engine.connect() as connection:
        return rows_of(connection, query)


def _end(engine: sa.Engine, number: int, outcome: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            writes.update()
            .where(writes.c.number == number)
            .values(outcome=outcome[:_LONGEST_OUTCOME])
        )
