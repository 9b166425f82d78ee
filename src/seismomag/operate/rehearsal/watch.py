"""What is looked at while a rehearsal goes on; what it means is said by its figures."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from seismomag.core.errors import SeismomagError
from seismomag.dataset.store import open_store
from seismomag.operate import ledger
from seismomag.operate.database import open_database, rows_of
from seismomag.operate.database_tables import files, forecasts
from seismomag.operate.rehearsal.cycle import CycleReport
from seismomag.operate.settings import Settings

Rows = dict[tuple[Any, ...], tuple[Any, ...]]


@dataclass
class Watch:
    """Everything that was seen.

    Attributes
    ----------
    settings
        The operation.
    cycles
        Reports of the process that lives on.
    n_kills, n_cut_off
        Kills, and those that met a process at work.
    n_unreadable, n_lost_rows, n_broken_ledgers
        Found after kills and hindrances.
    hindered
        Name of the hindrance, error of the run, whether what stood before still stood.
    n_apart_done, n_apart_refused
        Of two schedulers that began at once: those that worked, those that found the other.
    messages_after_days_off
        Messages of the first run after them.
    fresh_alerts_after_days_off
        Alerts in these messages.
    """

    settings: Settings
    cycles: list[CycleReport] = field(default_factory=list)
    n_kills: int = 0
    n_cut_off: int = 0
    n_unreadable: int = 0
    n_lost_rows: int = 0
    n_broken_ledgers: int = 0
    hindered: list[tuple[str, str, bool]] = field(default_factory=list)
    n_apart_done: int = 0
    n_apart_refused: int = 0
    messages_after_days_off: int | None = None
    fresh_alerts_after_days_off: int | None = None

    @property
    def usual_s(self) -> float:
        """Seconds that a run with new files usually takes."""
        busy = [cycle.seconds for cycle in self.cycles if cycle.n_forecasts]
        return float(np.median(busy)) if busy else 1.0

    def committed(self) -> Rows:
        """Rows of files and forecasts, by their keys; nothing of them may ever change."""
        kept: Rows = {}
        for table in (files, forecasts):
            names = [c.name for c in table.columns if c.name not in ("ledger_seq",)]
            for row in self.rows(table):
                key = (table.name, *(row[c.name] for c in table.primary_key))
                kept[key] = tuple(row[name] for name in names)
        return kept

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """All rows of a table; no connection stays open, for processes are started meanwhile."""
        engine = open_database(self.settings.database_url)
        try:
            with engine.connect() as connection:
                return rows_of(connection, sa.select(table).order_by(*table.primary_key))
        finally:
            engine.dispose()

    def compare(self, before: Rows) -> None:
        """Count rows that stood before a run and stand no longer, or otherwise."""
        now = self.committed()
        self.n_lost_rows += sum(now.get(key) != row for key, row in before.items())

    def look_after_kill(self, days: set[str]) -> None:
        """Open what the killed process may have been writing."""
        for path in (self.settings.folder / "tensors").glob("*/*/*.h5"):
            if path.stem in days:
                self.n_unreadable += not _opens(path)
        self.look_at_ledger()

    def look_at_ledger(self) -> None:
        """Verify the chain."""
        if self.settings.ledger.exists():
            self.n_broken_ledgers += not ledger.verify(self.settings.ledger).is_intact

    def ledger_bytes(self) -> bytes:
        """What stands in the ledger."""
        path = self.settings.ledger
        return path.read_bytes() if path.is_file() else b""

    def archived(self) -> set[tuple[str, str]]:
        """Station-days of which the archive has a file."""
        return {(row["station_code"], row["day"]) for row in self.rows(files)}


def _opens(path: Path) -> bool:
    try:
        with open_store(path):
            return True
    except (SeismomagError, OSError):
        return False
