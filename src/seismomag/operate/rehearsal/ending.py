"""The last acts of a rehearsal: scoring, drift, backup and restore, a forged ledger."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import CoverageError
from seismomag.operate import database_tables as tables
from seismomag.operate import ledger
from seismomag.operate.archive import Archive
from seismomag.operate.backup_files import files_beside
from seismomag.operate.database import open_database, rows_of, sqlite_url
from seismomag.operate.database_upkeep import backup, backup_place, examine, restore
from seismomag.operate.drift_watch import make_reference, measure
from seismomag.operate.ledger.preregister import read_preregistration, scoring_code_sha256
from seismomag.operate.ledger.scoring import SCORES_NAME, score
from seismomag.operate.models_registry import served_models
from seismomag.operate.rehearsal.cycle import Machine
from seismomag.operate.rehearsal.world import InventedNetwork
from seismomag.operate.settings import Settings

BESIDE = (
    "operate.toml",
    "stations.csv",
    "ledger/ledger.jsonl",
    "ledger/ledger.head.json",
    "ledger/prereg.json",
    f"ledger/{SCORES_NAME}",
)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What the last acts found.

    Attributes
    ----------
    wrong_files, wrong_tables
        Sentences about the archive and the database; empty if all is sound.
    n_rows_restored
        Rows of the database made from the backup.
    is_restored_equal
        Whether it equals the one that was backed up, table by table.
    forged_error
        How the daily job ended on a copy with a forged ledger; empty if it did not notice.
    is_forgery_named
        Whether the verification names the record that was forged.
    n_scored
        Records that the scoring judged.
    """

    wrong_files: tuple[str, ...]
    wrong_tables: tuple[str, ...]
    n_rows_restored: int
    is_restored_equal: bool
    forged_error: str
    is_forgery_named: bool
    n_scored: int


def finish(settings: Settings, network: InventedNetwork, now: pd.Timestamp) -> Ending:
    """Score, measure drift, back up and restore, forge a ledger; then examine everything."""
    n_scored = _score(settings, network, now)
    engine = open_database(settings.database_url)
    try:
        _measure_drift(settings, engine, now)
        n_rows, is_equal = _back_up(settings, engine, now)
        wrong_files = Archive(engine, settings.archive).check()
        wrong_tables = examine(engine)
    finally:
        engine.dispose()
    error, is_named = _forge(settings, now)
    return Ending(
        wrong_files=wrong_files,
        wrong_tables=wrong_tables,
        n_rows_restored=n_rows,
        is_restored_equal=is_equal,
        forged_error=error,
        is_forgery_named=is_named,
        n_scored=n_scored,
    )


def _score(settings: Settings, network: InventedNetwork, now: pd.Timestamp) -> int:
    path = settings.ledger
    report = score(
        path,
        read_preregistration(path.parent, path),
        network.catalogue(now),
        now=now,
        scores_path=path.parent / SCORES_NAME,
        code_sha256=scoring_code_sha256(),
    )
    return report.n_now


def _measure_drift(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> None:
    champion = served_models(settings, engine)[0]
    try:
        make_reference(settings, champion, settings.folder / "rehearsal" / "training.h5", now)
        measure(settings, engine, champion, now)
    except CoverageError:
        # A short rehearsal has too few days to compare; the page then says that there is none.
        return


def _back_up(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> tuple[int, bool]:
    place = backup_place(settings.folder, now)
    backup(engine, place, files_beside(settings), settings.ledger)
    with tempfile.TemporaryDirectory(prefix="rehearsal.") as scratch:
        other = open_database(sqlite_url(Path(scratch) / "restored.sqlite"))
        try:
            n_rows = restore(other, place)
            is_equal = _contents(engine) == _contents(other)
        finally:
            other.dispose()
    return n_rows, is_equal


def _contents(engine: sa.Engine) -> dict[str, list[dict[str, object]]]:
    with engine.connect() as connection:
        return {
            table.name: rows_of(connection, sa.select(table).order_by(*table.primary_key))
            for table in tables.METADATA.sorted_tables
        }


def _forge(settings: Settings, now: pd.Timestamp) -> tuple[str, bool]:
    """Change one record of a copy, and run the daily job there."""
    with tempfile.TemporaryDirectory(prefix="rehearsal.") as scratch:
        copy = Path(scratch) / "forged"
        copy.mkdir()
        for name in (*BESIDE, "weather.csv", "catalogue.csv", "seismomag.sqlite"):
            if (settings.folder / name).is_file():
                (copy / name).parent.mkdir(exist_ok=True)
                shutil.copy(settings.folder / name, copy / name)
        for name in ("models", "incoming"):
            (copy / name).symlink_to((settings.folder / name).resolve())
        path = copy / "ledger" / "ledger.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        forged = len(lines) // 2
        lines[forged] = lines[forged].replace(b'"alarm":false', b'"alarm":true ', 1)
        if b'"alarm":true ' not in lines[forged]:
            lines[forged] = lines[forged].replace(b"2025", b"2024", 1)
        path.write_bytes(b"".join(lines))
        check = ledger.verify(path)
        machine = Machine(copy)
        try:
            report = machine.run(now)
        finally:
            machine.close()
        is_named = not check.is_intact and check.first_bad_seq == forged
        return report.error, is_named
