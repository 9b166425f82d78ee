"""R9: a whole network for a day, with the large network too; a long backfill that is killed."""

import json
import shutil
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import world

from seismomag.network.folder import FILES, MANIFEST, seal, to_json
from seismomag.operate import database_tables as tables
from seismomag.operate.rehearse_cycle import Machine
from seismomag.operate.rehearse_plan import Figure
from seismomag.operate.rehearse_world import FIRST_DAY
from seismomag.operate.settings import Settings

N_STATIONS = 24
LONGEST_S, MOST_BYTES = 300.0, 2_000_000_000
BACKFILL_DAYS, BACKFILL_DAYS_SMALL = 60, 4
N_KILLS = 3
LARGE = "efficientnet_b1"


def figures(extent: world.Extent) -> Sequence[Figure]:
    """Measure both."""
    made = [] if extent.is_small else [_day(extent, "small"), _day(extent, LARGE)]
    return [*made, _backfill(extent)]


def _day(extent: world.Extent, trunk: str) -> Figure:
    """Run one day of every station, in one process that begins with it."""
    network = world.make(extent, f"day_{trunk}", n_stations=N_STATIONS, n_days=1)
    if trunk == LARGE:
        process = get_context("spawn").Process(target=_enlarge, args=(network.folder,))
        process.start()
        process.join()
    moment = pd.Timestamp(FIRST_DAY) + pd.Timedelta(days=1, hours=9)
    network.deliver(moment)
    (report,) = Machine(network.folder).run_apart(moment)
    is_whole = report.is_done and report.n_forecasts == N_STATIONS
    shutil.rmtree(network.folder)
    return Figure(
        name="R9",
        what=f"{N_STATIONS} stations x 1 day, raw to forecast, {trunk} network",
        reached=f"{report.n_forecasts} forecasts in {report.seconds:.1f} s, "
        f"{report.peak_bytes / 1e6:.0f} MB{' ' + report.error if report.error else ''}",
        bound=f"{LONGEST_S:.0f} s, {MOST_BYTES / 1e6:.0f} MB",
        is_within=is_whole and report.seconds <= LONGEST_S and report.peak_bytes <= MOST_BYTES,
    )


def _enlarge(folder: Path) -> None:
    """Put a network of the paper's size, without training, in the place of the small one."""
    import torch

    from seismomag.network.crnn import MtlCrnn
    from seismomag.network.graph import write_graph
    from seismomag.network.plans import ModelPlan

    place = folder / "models" / "champion"
    files = {name: (place / name).read_bytes() for name in FILES}
    description = json.loads(files["model.json"])
    torch.manual_seed(0)
    plan = ModelPlan(trunk=LARGE, heads=tuple(description["heads"]))
    network = MtlCrnn(plan, int(description["heads"]["magnitude"])).eval()
    graph = write_graph(network, len(plan.planes), tuple(description["heads"]))
    description["model"]["trunk"] = LARGE
    (place / MANIFEST).unlink()
    seal(
        place,
        files
        | {
            "model.json": to_json(description),
            "model.onnx": graph.SerializeToString(deterministic=True),
        },
    )


def _backfill(extent: world.Extent) -> Figure:
    """Catch up many days of one archive, killed on the way; then ask once more."""
    n_days = BACKFILL_DAYS_SMALL if extent.is_small else BACKFILL_DAYS
    network = world.make(extent, "backfill", n_days=n_days)
    moment = pd.Timestamp(FIRST_DAY) + pd.Timedelta(days=n_days, hours=9)
    # The simulation loses a day now and then.
    wanted = len(network.deliver(moment))
    settings = world.fresh_copy(network.folder, extent.scratch / "backfilled")
    machine = Machine(settings.folder)
    vary = np.random.default_rng(extent.seed)
    n_redone, seen = 0, {}
    for _ in range(1 if extent.is_small else N_KILLS):
        machine.kill(moment, float(vary.uniform(1, 0.25 * n_days)))
        n_redone += _n_changed(settings, seen)
        seen = _made(settings)
    (report,) = machine.run_apart(moment)
    n_redone += _n_changed(settings, seen)
    (again,) = machine.run_apart(moment + pd.Timedelta(hours=1))
    n_made = len(_made(settings))
    shutil.rmtree(network.folder)
    return Figure(
        name="R9",
        what=f"backfill of {n_days} days x {len(settings.codes)} stations, killed on the way",
        reached=f"{n_made} of {wanted} station-days, {n_redone} made twice; asked again "
        f"{again.seconds:.1f} s, {again.n_forecasts} made",
        bound="all, 0 twice",
        is_within=report.is_done and n_made == wanted and n_redone == 0 and not again.n_forecasts,
    )


def _made(settings: Settings) -> dict[tuple[object, object], tuple[object, int]]:
    """When each forecast was issued, and when its tensor was written."""
    found = {}
    for row in world.rows(settings, tables.forecasts):
        path = settings.tensor(str(row["station_code"]), str(row["day"]))
        written = path.stat().st_mtime_ns if path.is_file() else 0
        found[row["station_code"], row["day"]] = (row["issued_at"], written)
    return found


def _n_changed(settings: Settings, seen: dict[tuple[object, object], tuple[object, int]]) -> int:
    """Station-days whose forecast or tensor is another one; old tensors are dropped at the end."""
    now = _made(settings)
    both = [(now.get(key, ("", 0)), made) for key, made in seen.items()]
    return sum(a[0] != b[0] or (a[1] != b[1] and a[1] > 0) for a, b in both)
