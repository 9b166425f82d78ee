"""Sessions of browsers: a random key in their cookie, its SHA-256 in the database."""

import hmac
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from seismomag.operate.clock import stamp, unstamp
from seismomag.operate.database_tables import sessions
from seismomag.operate.users import User, digest, new_token

KEEP_DAYS = 7
"""Ended sessions are kept so long, so that a browser is told since when it is signed out."""


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A session, ended or not.

    Attributes
    ----------
    name
        Whose.
    expires_at
        UTC.
    """

    name: str
    expires_at: pd.Timestamp


def begin(
    engine: sa.Engine, user: User, *, hours: float, now: pd.Timestamp
) -> tuple[str, pd.Timestamp]:
    """Begin a session of a user; it ends with the user's token at the latest.

    Returns
    -------
    key, expires_at
        The key goes into the cookie and is kept nowhere else.
    """
    end = now + pd.Timedelta(hours=hours)
    if user.expires_at is not None:
        end = min(end, user.expires_at)
    key = new_token()
    row = {
        "session_sha256": digest(key),
        "name": user.name,
        "created_at": stamp(now),
        "expires_at": stamp(end),
    }
    old = stamp(now - pd.Timedelta(days=KEEP_DAYS))
    with engine.begin() as connection:
        connection.execute(sessions.delete().where(sessions.c.expires_at < old))
        connection.execute(sessions.insert(), [row])
    return key, end


def session_of(connection: sa.Connection, key: str) -> OpenSession | None:
    """Session of a key, ended or not; None for a key that was never given."""
    given = digest(key)
    query = sa.select(sessions).where(sessions.c.session_sha256 == given)
    row = connection.execute(query).mappings().first()
    if row is None or not hmac.compare_digest(row["session_sha256"], given):
        return None
    return OpenSession(name=row["name"], expires_at=unstamp(row["expires_at"]))


def end(engine: sa.Engine, key: str) -> None:
    """End a session; a key that was never given ends nothing."""
    with engine.begin() as connection:
        connection.execute(sessions.delete().where(sessions.c.session_sha256 == digest(key)))
