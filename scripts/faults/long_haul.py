"""R9: a whole network for a day, with the large network too."""

import json
import shutil
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import world

from seismomag.core.errors import SeismomagError
from seismomag.network.folder import FILES, MANIFEST, seal, to_json
from seismomag.operate.rehearsal.cycle import Machine
from seismomag.operate.rehearsal.plan import Figure
from seismomag.operate.rehearsal.world import FIRST_DAY

N_STATIONS = 24
LONGEST_S, MOST_BYTES = 300.0, 2_000_000_000
LARGE = "efficientnet_b1"


def figures(extent: world.Extent) -> Sequence[Figure]:
    """Measure both; the small form has the time for neither."""
    return [] if extent.is_small else [_day(extent, "small"), _day(extent, LARGE)]


def _day(extent: world.Extent, trunk: str) -> Figure:
    """Run one day of every station, in one process that begins with it."""
    network = world.make(extent, f"day_{trunk}", n_stations=N_STATIONS)
    if trunk == LARGE:
        process = get_context("spawn").Process(target=_enlarge, args=(network.folder,))
        process.start()
        process.join()
        if process.exitcode:
            msg = f"{network.folder}: no large network was made; see above"
            raise SeismomagError(msg)
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
    network = MtlCrnn(plan, len(description["magnitude_edges"])).eval()
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
