"""Databases of both kinds: SQLite always, PostgreSQL where its server is installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from seismomag.operate.database import migrate, open_database, sqlite_url

ACCOUNT = "postgres"


@pytest.fixture(scope="session")
def postgres_url():
    """A real server on a socket in a temporary folder."""
    programs = [shutil.which(name) for name in ("initdb", "pg_ctl", "psql")]
    if not all(programs):
        pytest.skip("NOT TESTED ON POSTGRESQL: initdb, pg_ctl and psql are not installed")
    initdb, control, _ = programs
    # It refuses to be run by root.
    account = {"user": ACCOUNT, "group": ACCOUNT} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if account:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=20"

    def call(*words):
        subprocess.run(words, check=True, capture_output=True, cwd=folder, **account)

    call(initdb, "-D", data, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--no-sync")
    call(control, "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield f"postgresql+psycopg://{ACCOUNT}@/postgres?host={folder}"
    finally:
        call(control, "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "seismomag.sqlite")
    return request.getfixturevalue("empty_postgres")


@pytest.fixture
def empty_postgres(postgres_url):
    engine = open_database(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return postgres_url


@pytest.fixture
def engine(database_url):
    """A migrated database of each kind."""
    opened = open_database(database_url)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_engine(tmp_path):
    """A migrated SQLite database, for what does not depend on the kind."""
    opened = open_database(sqlite_url(tmp_path / "only.sqlite"))
    migrate(opened)
    yield opened
    opened.dispose()
