"""What ``seismomag users`` does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from seismomag.cli import EXIT_DONE
from seismomag.cli.operate_session import at_console, opened
from seismomag.operate import users
from seismomag.operate.clock import now, stamp


def add(folder: Path, name: str, role: str, *, days: int | None) -> int:
    """Make a user and print the token, once."""
    with _traced(folder, "add user", f"{name} as {role}") as engine:
        token = users.add_user(engine, name, role, now=now(), days=days)
    sys.stderr.write("the token of this user; it is shown once and kept nowhere:\n")
    sys.stdout.write(f"{token}\n")
    return EXIT_DONE


def remove(folder: Path, name: str) -> int:
    """Remove a user and end the sessions of that name."""
    with _traced(folder, "remove user", name) as engine:
        users.remove_user(engine, name)
    sys.stdout.write(f"{name}: removed; the token and the sessions have ended\n")
    return EXIT_DONE


def expire(folder: Path, name: str) -> int:
    """End the token of a user now."""
    with _traced(folder, "expire user", name) as engine:
        users.expire_user(engine, name, now())
    sys.stdout.write(f"{name}: the token has ended\n")
    return EXIT_DONE


def show(folder: Path) -> int:
    """Say who is known."""
    with opened(folder) as (_, engine):
        for user in users.list_users(engine):
            end = "without an end" if user.expires_at is None else f"until {stamp(user.expires_at)}"
            ended = " (ended)" if user.is_expired(now()) else ""
            sys.stdout.write(f"{user.name:24} {user.role:9} {end}{ended}\n")
    return EXIT_DONE


@contextmanager
def _traced(folder: Path, action: str, subject: str) -> Iterator[sa.Engine]:
    with opened(folder) as (_, engine), at_console(engine, action, subject):
        yield engine
