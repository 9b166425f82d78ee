"""R3: one day, ingested ten times in any order, with late, duplicate and overlapping pieces."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import world
import xarray as xr

from seismomag.operate.archive import Archive
from seismomag.operate.database import migrate, open_database, sqlite_url
from seismomag.operate.rehearsal.plan import Figure
from seismomag.operate.rehearsal.stations import first_stations
from seismomag.operate.rehearsal.world import FIRST_DAY
from seismomag.readers import frg604rc
from seismomag.readers.file_names import day_file_name
from seismomag.simulate import Simulation

N_ORDERS = 10
N_PIECES = 40
DISTURBED_SHARE = 0.05
OVERLAP_S = 600
NOW = pd.Timestamp("2025-03-02T01:00:00")


def figures(extent: world.Extent) -> Sequence[Figure]:
    """Ingest in every order; then once more without one piece, which comes late."""
    vary = np.random.default_rng(extent.seed)
    stations = first_stations(4)
    day = Simulation(stations=stations, start=FIRST_DAY, n_days=1, seed=extent.seed).load_day(
        stations[0].station_code, FIRST_DAY
    )
    pieces = _pieces(day, vary)
    n_orders = 3 if extent.is_small else N_ORDERS
    digests = {_digest(_shuffled(pieces, vary), extent.scratch)[0] for _ in range(n_orders)}
    late = pieces[len(pieces) // 2]
    before, after, stood = _late(pieces, late, extent.scratch)
    is_revised = before != after and after in digests and stood
    n_disturbed = sum(_shuffled_share(pieces) for _ in range(n_orders))
    return [
        Figure(
            name="R3",
            what=f"a day in {len(pieces)} pieces, {n_orders} orders, {n_disturbed} pieces twice or "
            "overlapping",
            reached=f"{len(digests)} sha256 of the samples; a late piece makes "
            + ("a revision, the old files stay" if is_revised else "NO SOUND REVISION"),
            bound="1 sha256, a revision",
            is_within=len(digests) == 1 and is_revised,
        )
    ]


def _pieces(day: xr.Dataset, vary: np.random.Generator) -> list[bytes]:
    """Files of parts of a day; some reach into the next part."""
    n = day.sizes["time"] // N_PIECES
    overlaps = vary.random(N_PIECES) < DISTURBED_SHARE
    overlaps[1] = True
    pieces = []
    for i, reaches in enumerate(overlaps):
        part = day.isel(time=slice(i * n, (i + 1) * n + (OVERLAP_S if reaches else 0)))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / day_file_name(str(day.attrs["station_code"]), FIRST_DAY)
            pieces.append(frg604rc.write(part, path).read_bytes())
    return pieces


def _shuffled_share(pieces: Sequence[bytes]) -> int:
    return max(1, round(DISTURBED_SHARE * len(pieces))) + 1


def _shuffled(pieces: Sequence[bytes], vary: np.random.Generator) -> list[bytes]:
    """In another order, one in twenty twice."""
    twice = vary.choice(len(pieces), _shuffled_share(pieces) - 1, replace=False)
    order = vary.permutation([*range(len(pieces)), *twice])
    return [pieces[i] for i in order]


def _archive(folder: Path) -> Archive:
    engine = open_database(sqlite_url(folder / "archive.sqlite"))
    migrate(engine)
    return Archive(engine, folder / "archive")


def _put(archive: Archive, pieces: Sequence[bytes], code: str) -> str:
    for piece in pieces:
        name = day_file_name(code, FIRST_DAY)
        archive.ingest(code, FIRST_DAY, piece, name=name, origin="pieces", now=NOW)
    loaded = archive.load_day(code, FIRST_DAY)
    return "" if loaded is None else str(loaded.attrs["source_sha256"])


def _digest(pieces: Sequence[bytes], scratch: Path) -> tuple[str, int]:
    code = first_stations(4)[0].station_code
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        archive = _archive(Path(folder))
        try:
            return _put(archive, pieces, code), len(archive.revisions(code, FIRST_DAY))
        finally:
            archive.engine.dispose()


def _late(pieces: Sequence[bytes], late: bytes, scratch: Path) -> tuple[str, str, bool]:
    """Digest without a piece, digest with it, and whether all files stand as they came."""
    code = first_stations(4)[0].station_code
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        archive = _archive(Path(folder))
        try:
            before = _put(archive, [p for p in pieces if p != late], code)
            after = _put(archive, [late], code)
            kept = {
                (archive.root / row["path"]).read_bytes()
                for row in archive.revisions(code, FIRST_DAY)
            }
            return before, after, archive.check() == () and kept == set(pieces)
        finally:
            archive.engine.dispose()
