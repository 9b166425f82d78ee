"""Users and their tokens, on both kinds of database."""

import inspect
import re

import pandas as pd
import pytest

from seismomag.cli import users_commands
from seismomag.cli.users_app import users_app
from seismomag.core.errors import ConfigError
from seismomag.operate import database_tables as tables
from seismomag.operate import sessions, trail, users
from seismomag.operate.database import migrate, open_database
from seismomag.operate.settings import read_settings
from seismomag.operate.working_directory import STATIONS, init

NOW = pd.Timestamp("2026-04-08 02:14:00")


def test_a_token_is_256_random_bits_and_is_kept_as_its_hash_alone(engine):
    token = users.add_user(engine, "Dewi", "operator", now=NOW)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    with engine.connect() as connection:
        row = connection.execute(tables.users.select()).mappings().one()
        assert token not in str(dict(row))
        found = users.user_of_token(connection, token)
        assert users.user_of_token(connection, token[:-1]) is None
        assert users.user_of_token(connection, row["token_sha256"]) is None
    assert (found.name, found.role) == ("Dewi", "operator")
    assert len({users.new_token() for _ in range(1000)}) == 1000


def test_a_token_ends_to_the_second(engine):
    token = users.add_user(engine, "Dewi", "viewer", now=NOW, days=1)
    with engine.connect() as connection:
        user = users.user_of_token(connection, token)
    end = NOW + pd.Timedelta(days=1)
    assert not user.is_expired(end - pd.Timedelta(seconds=1))
    assert user.is_expired(end)
    assert not users.User(name="a", role="viewer", created_at=NOW, expires_at=None).is_expired(end)


def test_a_name_is_taken_once(engine):
    users.add_user(engine, "Dewi", "viewer", now=NOW)
    with pytest.raises(ConfigError, match="exists already"):
        users.add_user(engine, "Dewi", "admin", now=NOW)
    assert [user.role for user in users.list_users(engine)] == ["viewer"]


@pytest.mark.parametrize(
    ("name", "role", "days", "words"),
    [
        ("", "viewer", None, "name"),
        ("a b", "viewer", None, "name"),
        ("a\n", "viewer", None, "name"),
        ("a" * 65, "viewer", None, "name"),
        ("Dewi", "root", None, "role"),
        ("Dewi", "viewer", 0, "days"),
        ("Dewi", "viewer", 9999, "days"),
    ],
)
def test_what_is_no_user_is_refused(sqlite_engine, name, role, days, words):
    with pytest.raises(ConfigError, match=words):
        users.add_user(sqlite_engine, name, role, now=NOW, days=days)
    assert not users.has_users(sqlite_engine)


def test_a_removed_user_leaves_no_session(engine):
    users.add_user(engine, "Dewi", "viewer", now=NOW)
    key, end = sessions.begin(engine, users.list_users(engine)[0], hours=12, now=NOW)
    assert end == NOW + pd.Timedelta(hours=12)
    users.remove_user(engine, "Dewi")
    with engine.connect() as connection:
        assert sessions.session_of(connection, key) is None
    with pytest.raises(ConfigError, match="there is none"):
        users.remove_user(engine, "Dewi")
    with pytest.raises(ConfigError, match="there is none"):
        users.expire_user(engine, "Dewi", NOW)


def test_a_session_ends_with_its_token_at_the_latest(engine):
    users.add_user(engine, "Dewi", "viewer", now=NOW, days=1)
    user = users.list_users(engine)[0]
    _, end = sessions.begin(engine, user, hours=48, now=NOW)
    assert end == NOW + pd.Timedelta(days=1)


def test_an_expired_user_does_not_open_the_door(engine):
    users.add_user(engine, "Dewi", "viewer", now=NOW)
    users.expire_user(engine, "Dewi", NOW)
    assert users.list_users(engine)[0].is_expired(NOW)
    assert users.has_users(engine)


def test_the_trail_numbers_its_lines_on_both_kinds_of_database(engine):
    write = trail.Write(by="Dewi", role="admin", action="promote", subject="x")
    with trail.traced(engine, write, NOW):
        pass
    with pytest.raises(ConfigError, match="no audit"):
        _refused(engine, write)
    outcomes = [
        (row["number"], row["outcome"]) for row in trail.lines(engine, before=None, limit=9)
    ]
    assert outcomes == [(2, "refused: no audit"), (1, "done")]


def _refused(engine, write):
    with trail.traced(engine, write, NOW):
        msg = "no audit"
        raise ConfigError(msg)


# --- the command --------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path):
    """A working directory with one station and an empty database."""
    init(tmp_path / "op")
    (tmp_path / "op" / "stations.csv").write_text(f"{STATIONS}ALR,-8.14,124.59,Alor,\n")
    engine = open_database(read_settings(tmp_path / "op").database_url)
    migrate(engine)
    engine.dispose()
    return tmp_path / "op"


def test_the_commands_print_a_token_once_and_leave_a_trail(place, capsys):
    assert users_commands.add(place, "Dewi", "operator", days=30) == 0
    said = capsys.readouterr()
    token = said.out.strip()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert token not in said.err
    users_commands.show(place)
    listed = capsys.readouterr().out
    assert re.fullmatch(r"Dewi +operator +until 20.*Z\n", listed)
    users_commands.expire(place, "Dewi")
    users_commands.show(place)
    assert "(ended)" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="there is none"):
        users_commands.remove(place, "Nobody")
    users_commands.remove(place, "Dewi")
    engine = open_database(read_settings(place).database_url)
    lines = trail.lines(engine, before=None, limit=9)
    engine.dispose()
    assert [(line["action"], line["outcome"][:7]) for line in lines] == [
        ("remove user", "done"),
        ("remove user", "refused"),
        ("expire user", "done"),
        ("add user", "done"),
    ]
    assert {line["role"] for line in lines} == {"console"}
    assert token not in str(lines)


def test_no_command_takes_a_token():
    # Arguments are seen by everybody on the machine, and kept by the shell.
    for command in users_app.registered_commands:
        words = inspect.signature(command.callback).parameters
        assert not {"token", "password", "secret"} & set(words)
