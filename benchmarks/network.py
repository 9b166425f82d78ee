"""Training, inference and loading of the network, beside a reference made here.

The reference is what the public code of the paper does in a step: the same layers in float32,
channels first, focal loss and cross-entropy and cosine over every row, masked by nothing. Both
see the same data, take turns in one process, on one core. ``python benchmarks/network.py``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from measuring import ROUNDS, Figure, interleaved, keep, peak_mib
from torch import nn
from torch.nn import functional

from seismomag.dataset.labels import make_samples
from seismomag.dataset.store import open_store
from seismomag.dataset.store.making import create
from seismomag.dataset.store.rows import RowWriter
from seismomag.experiment.demo import demo_config
from seismomag.network import LossPlan, ModelPlan
from seismomag.network.crnn import MtlCrnn
from seismomag.network.graph import write_graph
from seismomag.network.losses import Targets, total_loss
from seismomag.network.precision import has_bfloat16
from seismomag.network.predict import open_session, run_session
from seismomag.network.trunk import ConvNormAct
from seismomag.signal.day import DayTensor
from seismomag.signal.grid import ScalogramGrid

SECTION = "network"
BATCH, SHAPE = 8, (3, 128, 1440)
MEMORY_KEPT = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "1073741824"}
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
    if kind == "reference":
        in_separate_layers(network)
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


def in_separate_layers(module: nn.Module) -> None:
    """Let every layer be a step of its own, as in the code of the paper."""
    for name, child in module.named_children():
        in_separate_layers(child)
        if isinstance(child, ConvNormAct):
            setattr(module, name, nn.Sequential(*child))


def with_statistics(network: MtlCrnn, planes: torch.Tensor) -> MtlCrnn:
    """Give batch norms the statistics of planes: those of the first weights let features vanish."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            # A plain mean over the batches, of which there is one.
            module.momentum = None
    with torch.no_grad():
        network(planes)
    return network.eval()


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


def inference(rounds: int) -> dict[str, float]:
    """Times as fast as eager torch, and drift of a probability."""
    torch.manual_seed(1)
    planes = data(BATCH)[0]
    network = with_statistics(MtlCrnn(ModelPlan(), 3), planes)
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
    return {"ratio": times["eager"] / times["onnx"], "drift": float(drift.abs().max())}


def inferences(rounds: int) -> list[Figure]:
    """Each in a process of its own, as the daily job is: torch is slower until it holds memory."""
    name = f"inference, ONNX Runtime against eager float32, batch {BATCH}"
    fresh = in_own_process("--inference", rounds=rounds)
    held = in_own_process("--inference", rounds=rounds, environment=MEMORY_KEPT)
    return [
        Figure(
            section=SECTION,
            name=name,
            value=fresh["ratio"],
            unit="times as fast",
            bound=3.0,
            is_floor=True,
        ),
        Figure(
            section=SECTION,
            name=f"{name}, no memory returned",
            value=held["ratio"],
            unit="times as fast",
            note="glibc told to keep what is freed, for both",
        ),
        Figure(
            section=SECTION,
            name="inference, drift of a probability",
            value=max(fresh["drift"], held["drift"]),
            unit="",
            bound=1e-5,
        ),
    ]


def in_own_process(*arguments: str, rounds: int, environment: Mapping[str, str] | None = None):
    """Run this file for one measurement and read what it prints."""
    command = [sys.executable, __file__, *arguments, "--rounds", str(rounds)]
    said = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
    ).stdout
    return json.loads(said)


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


def memory(rounds: int) -> list[Figure]:
    value = float(in_own_process("--peak", rounds=rounds))
    return [
        Figure(section=SECTION, name=f"peak memory, batch {BATCH}", value=value, unit="GB", bound=3)
    ]


def measure(rounds: int) -> list[Figure]:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        found = loading(Path(folder))
    return [*found, *training(rounds), *memory(rounds), *inferences(rounds)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peak", action="store_true")
    parser.add_argument("--inference", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.peak:
        print(json.dumps(peak()))
        return
    if given.inference:
        print(json.dumps(inference(given.rounds)))
        return
    figures = measure(1 if given.short else given.rounds)
    if given.json:
        keep(figures, given.json)
    for figure in figures:
        value = "-" if figure.value is None else f"{figure.value:.3g}"
        print(f"{figure.name}: {value} {figure.unit} {figure.verdict} {figure.note}")


if __name__ == "__main__":
    main()
