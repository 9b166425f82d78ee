"""The small network that the faults of the operation happen to."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.operate import database_tables as tables
from seismomag.operate import ledger
from seismomag.operate.database import open_database, rows_of
from seismomag.operate.rehearsal.plan import Figure, RehearsalPlan
from seismomag.operate.rehearsal.rehearse import prepare
from seismomag.operate.rehearsal.stations import LEAST_STATIONS, first_stations
from seismomag.operate.rehearsal.world import FIRST_DAY, Delivery, InventedNetwork
from seismomag.operate.settings import Settings, read_settings

LEAN = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "SEISMOMAG_ENGINE": "scipy"}
"""Processes are forked, threads are not; and a compiler would be most of what a short one does."""

N_STATIONS, N_DAYS = 4, 2
MOMENT = pd.Timestamp(FIRST_DAY) + pd.Timedelta(days=N_DAYS, hours=9, minutes=20)
"""All days are over, and everything has arrived."""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much is tried.

    Attributes
    ----------
    scratch
        Folder for everything that is made.
    models
        A rehearsal's folder, whose models are taken; made when absent.
    is_small
        Whether a few minutes must do.
    seed
        Of what is random.
    """

    scratch: Path
    models: Path
    is_small: bool
    seed: int = 0


Part = Callable[[Extent], Sequence[Figure]]


def make(
    extent: Extent,
    name: str,
    *,
    n_stations: int = N_STATIONS,
    n_days: int = N_DAYS,
    start: np.datetime64 = FIRST_DAY,
    has_faults: bool = False,
) -> InventedNetwork:
    """Make a working directory whose files have not arrived yet; all of them will be sound."""
    folder = extent.scratch / name
    stations = first_stations(max(n_stations, LEAST_STATIONS))[:n_stations]
    network = InventedNetwork.invent(folder, stations, n_days, extent.seed, start)
    if not has_faults:
        ends = pd.Timestamp(start) + pd.to_timedelta(np.arange(1, n_days + 1), unit="D")
        network.deliveries = [
            Delivery(
                moment=end + pd.Timedelta(hours=1),
                station_code=s.station_code,
                day=day,
                kind="whole",
            )
            for day, end in zip(network.simulation.days, ends, strict=True)
            for s in stations
        ]
    plan = RehearsalPlan(n_days=n_days, n_stations=n_stations, seed=extent.seed)
    has_models = (extent.models / "models").is_dir()
    prepare(network, plan, extent.models if has_models else None)
    if not has_models:
        shutil.copytree(folder / "models", extent.models / "models")
        (extent.models / "rehearsal").mkdir()
        shutil.copy(folder / "rehearsal" / "alarm.json", extent.models / "rehearsal")
    return network


def fresh_copy(source: Path, target: Path) -> Settings:
    """Copy a working directory; what a run never changes is linked."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for path in source.iterdir():
        if path.name in ("models", "incoming", "rehearsal"):
            (target / path.name).symlink_to(path.resolve())
        elif path.is_dir():
            shutil.copytree(path, target / path.name)
        else:
            shutil.copy(path, target / path.name)
    return read_settings(target)


def rows(settings: Settings, table: sa.Table) -> list[dict[str, object]]:
    """Rows of a table, in the order of its key."""
    engine = open_database(settings.database_url)
    try:
        with engine.connect() as connection:
            return rows_of(connection, sa.select(table).order_by(*table.primary_key))
    finally:
        engine.dispose()


KEPT = (
    tables.files,
    tables.quality,
    tables.forecasts,
    tables.stages,
    tables.failed_days,
    tables.alerts,
)


def outcome(settings: Settings) -> str:
    """All that a run leaves, as a text to compare; paths of the working directory left out."""
    facts = {table.name: rows(settings, table) for table in KEPT}
    facts["ledger"] = ledger.read(settings.ledger)
    text = json.dumps(facts, sort_keys=True, default=str, indent=0)
    return text.replace(str(settings.folder), "DIR")


def tensors(settings: Settings) -> dict[str, bytes]:
    """Bytes of every store, by station and day."""
    root = settings.folder / "tensors"
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.glob("*/*/*.h5"))}
