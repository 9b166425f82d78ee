"""Training, inference and loading of the network, beside a reference made here.

The reference is what the public code of the paper does in a step: the same layers in float32,
channels first, focal loss and cross-entropy and cosine over every row, masked by nothing. Both
see the same data, take turns in one process, on one core. ``python benchmarks/network.py``.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from measuring import ROUNDS, Figure, interleaved, keep, peak_mib
from torch.nn import functional

from seismomag.dataset.labels import make_samples
from seismomag.dataset.store import open as open_store
from seismomag.dataset.store_making import create
from seismomag.dataset.store_rows import RowWriter
from seismomag.experiment.demo import demo_config
from seismomag.network import LossPlan, ModelPlan
from seismomag.network.crnn import MtlCrnn
from seismomag.network.graph import write_graph
from seismomag.network.losses import Targets, total_loss
from seismomag.network.precision import has_bfloat16
from seismomag.network.predict import open_session, run_session
from seismomag.signal.day import DayTensor
from seismomag.signal.grid import ScalogramGrid

SECTION = "network"
BATCH, SHAPE = 8, (3, 128, 1440)
HEADS = ("detection", "magnitude", "azimuth")


def data(n: int) -> tuple[torch.Tensor, Targets]:
    torch.manual_seed(0)
    truth = torch.arange(n) % 2 == 0
    return torch.randn(n, *SHAPE), Targets(
        torch.ones(n, dtype=torch.bool),
        truth,
        torch.arange(n) % 3,
        torch.linspace(0, 5, n),
        torch.linspace(0, 8, n),
        torch.full((n,), -10.0),
        torch.ones(n),
    )


def make_step(kind: str):
    """A training step of ours, in float32 or bfloat16, or of the reference."""
    torch.manual_seed(1)
    network = MtlCrnn(ModelPlan(), 3).train()
    network.precision = "bfloat16" if kind == "bfloat16" else "float32"
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, foreach=kind != "reference")
    planes, targets = data(BATCH)
    plan = LossPlan()

    def reference_loss(outputs):
        cross = functional.cross_entropy(
            outputs.detection_logits, targets.is_target.long(), reduction="none"
        )
        focal = ((1 - torch.exp(-cross)) ** 2 * cross).mean()
        magnitude = functional.cross_entropy(outputs.magnitude_logits, targets.magnitude_class)
        unit = functional.normalize(outputs.azimuth_vector, dim=1)
        truth = torch.stack((torch.sin(targets.azimuth_rad), torch.cos(targets.azimuth_rad)), 1)
        return focal + 0.1 * magnitude + 0.05 * (1 - (unit * truth).sum(1)).mean()

    def step() -> None:
        outputs = network(planes)
        loss = (
            reference_loss(outputs)
            if kind == "reference"
            else total_loss(outputs, targets, plan)["total"]
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    return step


def training(rounds: int) -> list[Figure]:
    ours = "bfloat16" if has_bfloat16() else "float32"
    times = interleaved({kind: make_step(kind) for kind in ("reference", ours)}, rounds)
    note = "" if has_bfloat16() else "this processor has no bfloat16 instructions: float32"
    return [
        Figure(
            section=SECTION,
            name=f"training step, {ours}, against the reference",
            value=times["reference"] / times[ours],
            unit="times as fast",
            bound=1.7 if has_bfloat16() else None,
            is_floor=True,
            note=note,
        ),
        Figure(
            section=SECTION,
            name="training step, samples/s of CPU",
            value=BATCH / times[ours],
            unit="samples/s",
        ),
    ]


def inference(rounds: int) -> list[Figure]:
    torch.manual_seed(1)
    network = MtlCrnn(ModelPlan(), 3).eval()
    planes = data(4)[0]
    session = open_session(
        write_graph(network, SHAPE[0], HEADS).SerializeToString(deterministic=True), threads=1
    )

    def eager():
        with torch.no_grad():
            return network(planes)

    array = planes.numpy()
    found = run_session(session, array)["detection"]
    drift = functional.softmax(torch.from_numpy(found), 1) - functional.softmax(
        eager().detection_logits, 1
    )
    times = interleaved({"eager": eager, "onnx": lambda: run_session(session, array)}, rounds)
    return [
        Figure(
            section=SECTION,
            name="inference, ONNX Runtime against eager float32",
            value=times["eager"] / times["onnx"],
            unit="times as fast",
            bound=3.0,
            is_floor=True,
        ),
        Figure(
            section=SECTION,
            name="inference, drift of a probability",
            value=float(drift.abs().max()),
            unit="",
            bound=1e-5,
        ),
    ]


def loading(folder: Path, n_rows: int = 64) -> list[Figure]:
    """Float16 batches as stored, at the full grid, from a store of the house."""
    grid = ScalogramGrid()
    days = pd.DataFrame(
        {"station_code": "BAR", "day": np.arange(n_rows) + np.datetime64("2020-01-01")}
    )
    config = demo_config()
    simulated = config.simulated()
    samples = make_samples(
        config.stations,
        days,
        config.labels,
        simulated.catalogue,
        simulated.space_weather,
        reach_s=grid.reach_s,
    )
    path = create(folder / "store.h5", samples, grid, provenance={})
    planes = np.random.default_rng(0).random(SHAPE).astype(np.float16)
    valid_s = np.full((3, grid.n_columns), 60, np.uint8)
    with RowWriter(path) as writer:
        for row in range(n_rows):
            writer.write(row, DayTensor(planes=planes, valid_s=valid_s, coverage=1.0))
    order = np.random.default_rng(1).permutation(n_rows)
    with open_store(path) as store:

        def read() -> None:
            for start in range(0, n_rows, BATCH):
                store.read(order[start : start + BATCH])

        seconds = interleaved({"read": read})["read"]
    return [
        Figure(
            section=SECTION,
            name="loading, float16 batches as stored, (3, 128, 1440)",
            value=n_rows / seconds,
            unit="samples/s of CPU",
            bound=1000,
            is_floor=True,
        )
    ]


def peak() -> float:
    """Peak memory of two training steps in this process [GB]."""
    step = make_step("bfloat16" if has_bfloat16() else "float32")
    step()
    step()
    # Not ru_maxrss: a child inherits the peak of the process that started it.
    return peak_mib() * 2**20 / 1e9


def memory() -> list[Figure]:
    said = subprocess.run(
        [sys.executable, __file__, "--peak"], check=True, capture_output=True, text=True
    ).stdout
    value = float(json.loads(said))
    return [
        Figure(section=SECTION, name=f"peak memory, batch {BATCH}", value=value, unit="GB", bound=3)
    ]


def measure(rounds: int) -> list[Figure]:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        found = loading(Path(folder))
    return [*found, *training(rounds), *memory(), *inference(rounds)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peak", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.peak:
        print(json.dumps(peak()))
        return
    figures = measure(1 if given.short else ROUNDS)
    if given.json:
        keep(figures, given.json)
    for figure in figures:
        value = "-" if figure.value is None else f"{figure.value:.3g}"
        print(f"{figure.name}: {value} {figure.unit} {figure.verdict} {figure.note}")


if __name__ == "__main__":
    main()
