"""Who may do what: users, and tokens of which only the SHA-256 is kept."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import ConfigError
from seismomag.operate.clock import stamp, unstamp
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import sessions, users

ROLES = ("viewer", "operator", "admin")
"""What somebody may do, least first: read; acknowledge; decide on models."""

TOKEN_BYTES = 32
LONGEST_DAYS = 3660
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who is known.

    Attributes
    ----------
    name, role
        Who, and one of :data:`ROLES`.
    created_at, expires_at
        UTC; ``expires_at`` is None for a token without an end.
    """

    name: str
    role: str
    created_at: pd.Timestamp
    expires_at: pd.Timestamp | None

    def is_expired(self, now: pd.Timestamp) -> bool:
        """Whether the token has ended."""
        return self.expires_at is not None and self.expires_at <= now

    def may(self, role: str) -> bool:
        """Whether the role of the user is this one or above."""
        return ROLES.index(self.role) >= ROLES.index(role)


def new_token() -> str:
    """Make a token of 256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """SHA-256 of a token.

    A token is random and long: a slow hash would add nothing.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def add_user(
    engine: sa.Engine,
    name: str,
    role: str,
    *,
    now: pd.Timestamp,
    days: int | None = None,
) -> str:
    """Make a user.

    Parameters
    ----------
    engine
        The database.
    name, role
        Letters, digits and ``._@-``, 64 at most; one of :data:`ROLES`.
    now
        UTC.
    days
        Days until the token ends; None for a token without an end.

    Returns
    -------
    token
        It is kept nowhere.

    Raises
    ------
    ConfigError
        An impossible name, role or time, or a name that is taken.
    """
    _refuse_impossible(name, role, days)
    token = new_token()
    end = None if days is None else stamp(now + pd.Timedelta(days=days))
    row = {
        "name": name,
        "role": role,
        "token_sha256": digest(token),
        "created_at": stamp(now),
        "expires_at": end,
    }
    with engine.begin() as connection:
        held = connection.execute(sa.select(users.c.name).where(users.c.name == name)).first()
        if held is not None:
            msg = f"user {name}: exists already; remove it first, then its old token ends"
            raise ConfigError(msg)
        connection.execute(users.insert(), [row])
    return token


def remove_user(engine: sa.Engine, name: str) -> None:
    """Remove a user and what is open in that name; what was done stays in the trail.

    Raises
    ------
    ConfigError
        There is no such user.
    """
    with engine.begin() as connection:
        done = connection.execute(users.delete().where(users.c.name == name)).rowcount
        _refuse_unknown(done, name)
        connection.execute(sessions.delete().where(sessions.c.name == name))


def expire_user(engine: sa.Engine, name: str, now: pd.Timestamp) -> None:
    """End the token of a user now.

    Raises
    ------
    ConfigError
        There is no such user.
    """
    with engine.begin() as connection:
        change = users.update().where(users.c.name == name).values(expires_at=stamp(now))
        _refuse_unknown(connection.execute(change).rowcount, name)


def list_users(engine: sa.Engine) -> tuple[User, ...]:
    """Every user, by name."""
    with engine.connect() as connection:
        rows = rows_of(connection, sa.select(users).order_by(users.c.name))
    return tuple(_user(row) for row in rows)


def has_users(engine: sa.Engine) -> bool:
    """Whether anybody is known, also if expired: an expired user does not open the door."""
    with engine.connect() as connection:
        return connection.execute(sa.select(users.c.name).limit(1)).first() is not None


def user_of_token(connection: sa.Connection, token: str) -> User | None:
    """User of a token, expired or not; None for a token that is nobody's."""
    given = digest(token)
    row = (
        connection.execute(sa.select(users).where(users.c.token_sha256 == given)).mappings().first()
    )
    # The look-up is by a hash that nobody can steer; the comparison is there for the database
    # that compares otherwise than we do.
    if row is None or not hmac.compare_digest(row["token_sha256"], given):
        return None
    return _user(dict(row))


def user_of_name(connection: sa.Connection, name: str) -> User | None:
    """User of a name."""
    row = connection.execute(sa.select(users).where(users.c.name == name)).mappings().first()
    return None if row is None else _user(dict(row))


def _user(row: Mapping[str, Any]) -> User:
    end = row["expires_at"]
    return User(
        name=row["name"],
        role=row["role"],
        created_at=unstamp(row["created_at"]),
        expires_at=None if end is None else unstamp(end),
    )


def _refuse_impossible(name: str, role: str, days: int | None) -> None:
    if not _NAME.fullmatch(name):
        msg = f"name {name!r}: expected letters, digits and ._@-, 64 at most"
        raise ConfigError(msg)
    if role not in ROLES:
        msg = f"role {role!r}: expected one of {', '.join(ROLES)}"
        raise ConfigError(msg)
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        msg = f"days {days}: expected 1 to {LONGEST_DAYS}"
        raise ConfigError(msg)


def _refuse_unknown(n_rows: int, name: str) -> None:
    if not n_rows:
        msg = f"user {name!r}: there is none; see: seismomag users list"
        raise ConfigError(msg)
