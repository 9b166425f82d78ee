"""Backup, restore, prune: what keeps a database alive for years."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError, FormatError
from seismomag.operate import database_tables as tables
from seismomag.operate import ledger
from seismomag.operate.canonical import canonical
from seismomag.operate.clock import stamp
from seismomag.operate.database import current_revision, migrate
from seismomag.readers.index_rows import STATUSES

FORMAT = "seismomag backup 1"
MANIFEST = "manifest.json"
BACKUPS = "backups"
"""Folder of a working directory in which backups lie unless another place is named."""
_ROWS_AT_ONCE = 1000


def backup(
    engine: sa.Engine,
    folder: Path | str,
    others: Mapping[str, Path],
    ledger_path: Path | str | None = None,
) -> Path:
    """Write every table and the files beside the database into a new folder.

    Parameters
    ----------
    engine
        The database; read within one transaction.
    folder
        Must not exist yet. The manifest is written last: without it there is no backup.
    others
        Further files by name: ledger, head, preregistration, scores, configuration; absent ones
        are left out. The raw archive is not among them: its files never change, copy them with
        any tool.
    ledger_path
        The ledger among them; nobody may append while tables and files are read, so that both
        speak of the same records, and the head of the last one.

    Returns
    -------
    folder

    Raises
    ------
    ConfigError
        The folder exists already.
    """
    target = Path(folder)
    if target.exists():
        msg = f"{target}: exists already; give a new name for each backup"
        raise ConfigError(msg)
    with ledger.held(ledger_path) if ledger_path is not None else nullcontext():
        contents = _tables(engine)
        contents |= {
            f"files/{name}": path.read_bytes() for name, path in others.items() if path.is_file()
        }
    for name, data in contents.items():
        write_bytes(target / name, data)
    manifest = {
        "format": FORMAT,
        "revision": current_revision(engine),
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
    }
    write_bytes(target / MANIFEST, canonical(manifest) + b"\n")
    return target


def _tables(engine: sa.Engine) -> dict[str, bytes]:
    """Every table as JSON lines, all of one moment."""
    contents = {}
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table in tables.METADATA.sorted_tables:
            rows = connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
            contents[f"tables/{table.name}.jsonl"] = b"".join(
                canonical(dict(row)) + b"\n" for row in rows
            )
    return contents


def backup_place(folder: Path, now: pd.Timestamp) -> Path:
    """Name the usual place of a backup that is made now."""
    return folder / BACKUPS / stamp(now).replace(":", "")


def last_backup(folder: Path) -> pd.Timestamp | None:
    """Time of the newest whole backup in the usual place; None where there is none.

    One that was written elsewhere is not known of.
    """
    newest = None
    for place in sorted((folder / BACKUPS).glob("*")):
        try:
            made = pd.to_datetime(place.name, format="%Y-%m-%dT%H%M%SZ")
        except ValueError:
            continue
        if (place / MANIFEST).is_file():
            newest = made
    return newest


def restore(engine: sa.Engine, folder: Path | str, place: Path | str | None = None) -> int:
    """Fill an empty database from a backup, of SQLite or PostgreSQL, all or nothing.

    Parameters
    ----------
    engine
        A database without any row; it is brought to the backup's schema and then to today's.
    folder
        What :func:`backup` made.
    place
        Where the files beside the database go; None leaves them in the backup. Existing files
        are refused.

    Returns
    -------
    n_rows

    Raises
    ------
    FormatError
        The backup is damaged or no backup.
    ConfigError
        The database holds rows, or a file exists already.
    """
    contents, revision = _verified(Path(folder))
    others = {n.removeprefix("files/"): d for n, d in contents.items() if n.startswith("files/")}
    if place is not None:
        _refuse_existing(Path(place), others)
    migrate(engine, revision)
    with engine.begin() as connection:
        _refuse_rows(connection)
        # As that schema has them: columns that came later are filled by the steps that follow.
        of_then = sa.MetaData()
        of_then.reflect(connection)
        n_rows = 0
        for table in of_then.sorted_tables:
            lines = contents.get(f"tables/{table.name}.jsonl", b"").splitlines()
            rows = [json.loads(line) for line in lines]
            for first in range(0, len(rows), _ROWS_AT_ONCE):
                connection.execute(table.insert(), rows[first : first + _ROWS_AT_ONCE])
            n_rows += len(rows)
    migrate(engine)
    for name, data in others.items() if place is not None else ():
        write_bytes(Path(place or ".") / name, data)
    return n_rows


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """Rows that were removed, by table."""

    n_runs: int
    n_alerts: int
    n_indices: int


def prune(engine: sa.Engine, *, keep_days: int, now: pd.Timestamp) -> Pruned:
    """Remove old records of work; forecasts, files, quality and the ledger are never removed.

    Parameters
    ----------
    engine
        The database.
    keep_days
        Runs, delivered alerts and superseded versions of indices older than this go; 30 or more.
    now
        UTC.

    Raises
    ------
    ConfigError
        ``keep_days`` is below 30.
    """
    if keep_days < 30:
        msg = f"keep_days={keep_days}: keep 30 days or more"
        raise ConfigError(msg)
    before = stamp(now - pd.Timedelta(days=keep_days))
    runs, alerts, sent = tables.runs, tables.alerts, tables.deliveries
    indices = tables.indices
    better = indices.alias()
    # A final value stays, whatever was said later in a less trusted state.
    superseded = (
        sa.select(better.c.kind)
        .where(
            better.c.kind == indices.c.kind,
            better.c.time == indices.c.time,
            sa.or_(
                _trust(better) > _trust(indices),
                sa.and_(
                    _trust(better) == _trust(indices),
                    better.c.available_time > indices.c.available_time,
                ),
            ),
        )
        .exists()
    )
    waiting = sa.select(sent.c.alert_id).where(sent.c.delivered_at.is_(None))
    with engine.begin() as connection:
        old = sa.select(alerts.c.alert_id).where(
            alerts.c.raised_at < before, alerts.c.alert_id.not_in(waiting)
        )
        ids = list(connection.execute(old).scalars())
        connection.execute(sent.delete().where(sent.c.alert_id.in_(ids)))
        read = tables.acknowledgements
        connection.execute(read.delete().where(read.c.alert_id.in_(ids)))
        return Pruned(
            n_runs=connection.execute(runs.delete().where(runs.c.started_at < before)).rowcount,
            n_alerts=connection.execute(alerts.delete().where(alerts.c.alert_id.in_(ids))).rowcount,
            n_indices=connection.execute(
                indices.delete().where(indices.c.time < before, superseded)
            ).rowcount,
        )


def _trust(table: "sa.FromClause") -> "sa.ColumnElement[int]":
    ranks = {status: rank for rank, status in enumerate(STATUSES)}
    return sa.case(ranks, value=table.c.status, else_=0)


def examine(engine: sa.Engine) -> tuple[str, ...]:
    """What is wrong with the database, one sentence each; empty when it is sound."""
    from seismomag.operate.database import head_revision

    found = current_revision(engine)
    wrong = [] if found == head_revision() else [f"schema {found!r}, wanted {head_revision()!r}"]
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            wrong += [f"integrity check: {line}" for line in said if line != "ok"]
        present = set(sa.inspect(connection).get_table_names())
    absent = sorted(set(tables.METADATA.tables) - present)
    return (*wrong, *(f"no table {name}" for name in absent))


def _verified(folder: Path) -> tuple[dict[str, bytes], str]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        listed, revision = dict(manifest["sha256"]), str(manifest["revision"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{folder}: no finished backup ({error})"
        raise FormatError(msg) from error
    contents = {}
    for name, digest in listed.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute() or path.is_symlink():
            msg = f"{folder}: the manifest names {name!r}, which is no place in a backup"
            raise FormatError(msg)
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() != digest:
            msg = f"{path}: not what was backed up; take another backup"
            raise FormatError(msg)
        contents[name] = data
    return contents, revision


def _refuse_existing(place: Path, others: Mapping[str, bytes]) -> None:
    there = [name for name in others if (place / name).exists()]
    if there:
        msg = f"{place / there[0]}: exists already; restore into an empty folder"
        raise ConfigError(msg)


def _refuse_rows(connection: sa.Connection) -> None:
    count: Callable[[sa.Table], int | None] = lambda table: connection.execute(  # noqa: E731
        sa.select(sa.func.count()).select_from(table)
    ).scalar()
    # The backup may be of a schema that lacks some of today's tables.
    present = set(sa.inspect(connection).get_table_names())
    known = [table for table in tables.METADATA.sorted_tables if table.name in present]
    full = [table.name for table in known if count(table)]
    if full:
        msg = f"the database has rows in {', '.join(full)}; restore into an empty one"
        raise ConfigError(msg)
