"""One database for all facts: SQLite at first, PostgreSQL when it is outgrown."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite

from seismomag.core.errors import ConfigError, StoreError
from seismomag.core.stations import Station
from seismomag.operate import database_tables as tables

LOCK_TIMEOUT_S = 30

_ADDRESSES = (
    "expected in SEISMOMAG_DATABASE_URL: sqlite:///PATH, or postgresql+psycopg://USER@HOST/NAME "
    "with seismomag[postgresql]"
)

PRAGMAS: Mapping[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": LOCK_TIMEOUT_S * 1000,
}
"""Set on every connection to SQLite, and read back: some file systems refuse WAL in silence."""


def open_database(
    url: str, *, read_only: bool = False, lock_timeout_s: int = LOCK_TIMEOUT_S
) -> sa.Engine:
    """Open the database.

    Parameters
    ----------
    url
        ``sqlite:///PATH`` or ``postgresql+psycopg://...``.
    read_only
        Refuse every write, for those who only look.
    lock_timeout_s
        How long to wait for somebody else's lock [s].

    Returns
    -------
    engine
        Transactions begin with the write lock on SQLite, so that none fails half-way for want
        of it.

    Raises
    ------
    ConfigError
        The URL is none, is of another kind of database, or its driver is not installed. The
        message never holds the URL: there may be a password in it.
    """
    try:
        kind = sa.make_url(url).get_backend_name()
        if kind == "sqlite":
            return _open_sqlite(url, read_only=read_only, lock_timeout_s=lock_timeout_s)
        if kind == "postgresql":
            return _open_postgresql(url, read_only=read_only, lock_timeout_s=lock_timeout_s)
    except (sa.exc.ArgumentError, ValueError):
        msg = f"the address of the database cannot be read; {_ADDRESSES}"
        raise ConfigError(msg) from None
    except ModuleNotFoundError as error:
        msg = f"the database needs {error.name}, which is not installed; {_ADDRESSES}"
        raise ConfigError(msg) from None
    msg = f"database {kind!r}: {_ADDRESSES}"
    raise ConfigError(msg)


def sqlite_url(path: Path | str) -> str:
    """URL of a SQLite file."""
    return f"sqlite:///{Path(path).absolute()}"


def _open_postgresql(url: str, *, read_only: bool, lock_timeout_s: int) -> sa.Engine:
    options = "-c default_transaction_read_only=on" if read_only else ""
    return sa.create_engine(
        url, connect_args={"connect_timeout": lock_timeout_s, "options": options}
    )


def _open_sqlite(url: str, *, read_only: bool, lock_timeout_s: int) -> sa.Engine:
    pragmas = {**PRAGMAS, "busy_timeout": lock_timeout_s * 1000}
    engine = sa.create_engine(url, connect_args={"timeout": lock_timeout_s})

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        # Transactions are begun below, not by the driver.
        connection.isolation_level = None
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}")
            found = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if found != value:
                msg = (
                    f"{engine.url.database}: SQLite answers {name} = {found}, wanted {value}; put "
                    "the database on a local disk"
                )
                raise StoreError(msg)
        if read_only:
            connection.execute("PRAGMA query_only = 1")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def migrate(engine: sa.Engine, revision: str = "head", *, drop_data: bool = False) -> None:
    """Bring the schema to a revision, up or down; ``"base"`` removes every table.

    Parameters
    ----------
    engine
        The database.
    revision
        A name, ``"head"`` or ``"base"``.
    drop_data
        Whether a step down may take rows and values with it, for which the older schema has no
        place.

    Raises
    ------
    ConfigError
        There is no such revision, the schema is newer than this version of seismomag, or data
        would be lost; nothing is changed.
    """
    config = _alembic()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = current_revision(engine)
    if found is not None and found not in known:
        msg = f"the database has revision {found!r}, unknown here; install the newer seismomag"
        raise ConfigError(msg)
    if revision not in {*known, "head", "base"}:
        msg = f"no revision {revision!r}; known: {', '.join(sorted(known))}, head, base"
        raise ConfigError(msg)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        is_below = revision == "base" or _is_below(config, revision, found)
        move = command.downgrade if is_below else command.upgrade
        before = _held(connection)
        move(config, revision)
        if not drop_data:
            # An error here takes the step back, with all that it has done.
            _refuse_loss(before, _held(connection), revision)


def _held(connection: sa.Connection) -> dict[str, int]:
    """Count the rows of each table, and the values of each column."""
    found: dict[str, int] = {}
    inspector = sa.inspect(connection)
    for name in set(inspector.get_table_names()) - {"alembic_version"}:
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(column["name"]) for column in inspector.get_columns(name)
        ]
        counts = [sa.func.count(), *(sa.func.count(column) for column in columns)]
        row = connection.execute(sa.select(*counts).select_from(sa.table(name))).one()
        names = [name, *(f"{name}.{column.name}" for column in columns)]
        found |= dict(zip(names, row, strict=True))
    return found


def _refuse_loss(before: Mapping[str, int], after: Mapping[str, int], revision: str) -> None:
    lost = {name: n for name, n in before.items() if after.get(name, 0) < n}
    # Where a whole table goes, its columns need no mention.
    lost = {k: n for k, n in lost.items() if k.partition(".")[0] not in set(lost) - {k}}
    if lost:
        told = ", ".join(f"{name} ({n})" for name, n in sorted(lost.items()))
        msg = (
            f"the schema {revision!r} has no place for {told}; make a backup, then give "
            "--drop-data to lose them"
        )
        raise ConfigError(msg)


def _is_below(config: Config, revision: str, found: str | None) -> bool:
    """Whether a revision lies below the one that was found."""
    if found is None or revision in ("head", found):
        return False
    script = ScriptDirectory.from_config(config)
    return revision in {one.revision for one in script.iterate_revisions(found, "base")}


def current_revision(engine: sa.Engine) -> str | None:
    """Revision of the schema, None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """Revision that this version of seismomag works with."""
    return str(ScriptDirectory.from_config(_alembic()).get_current_head())


def require_current(engine: sa.Engine, folder: Path | str = "DIR") -> None:
    """Refuse a database of another schema.

    Parameters
    ----------
    engine
        The database.
    folder
        The working directory that it belongs to, for the message.

    Raises
    ------
    ConfigError
        Says which command brings it up to date.
    """
    found = current_revision(engine)
    if found != head_revision():
        msg = (
            f"{folder}: the database has schema {found or 'none'}, this version works with "
            f"{head_revision()}; make a backup, then: seismomag migrate {folder}"
        )
        raise ConfigError(msg)


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(package_files("seismomag.operate.migrations")))
    config.set_main_option("path_separator", "os")
    return config


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key stands already, replace what they say."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    given = [name for name in rows[0] if name not in keys]
    changes = {name: statement.excluded[name] for name in given}
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=changes)
        if changes
        else statement.on_conflict_do_nothing(index_elements=keys),
        [dict(row) for row in rows],
    )


def rows_of(connection: sa.Connection, query: "sa.Select[Any]") -> list[dict[str, Any]]:
    """Rows of a query as dictionaries."""
    return [dict(row) for row in connection.execute(query).mappings()]


def put_stations(engine: sa.Engine, stations: Iterable[Station]) -> None:
    """Write the stations of the configuration; those that left it stay with their facts."""
    rows = [
        {
            "station_code": station.station_code,
            "latitude_deg": station.latitude_deg,
            "longitude_deg": station.longitude_deg,
            "name": station.name,
            "time_zone": station.time_zone,
        }
        for station in stations
    ]
    with engine.begin() as connection:
        upsert(connection, tables.stations, rows)


def put_forecasts(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write forecasts, and move the newest of each station and model to its own table."""
    upsert(connection, tables.forecasts, rows)
    latest = tables.latest_forecasts
    for row in rows:
        held = connection.execute(
            sa.select(latest.c.day).where(
                latest.c.station_code == row["station_code"],
                latest.c.model_sha256 == row["model_sha256"],
            )
        ).scalar()
        if held is None or held <= row["day"]:
            upsert(connection, latest, [row])
