"""What the processes of test_processes and test_killed do; started as scripts."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from conftest import RULE, make_archive
from seismomag.core.progress import silent
from seismomag.dataset.gate import open_training
from seismomag.network import LossPlan, ModelPlan, TrainingPlan, fit
from seismomag.network.batches import batches
from seismomag.network.checkpoint import State
from seismomag.network.crnn import build_network
from seismomag.network.job import prepare
from seismomag.network.processes import meet
from seismomag.network.selection import judge
from seismomag.network.stepping import freeze_batch_norm, gradients

MODEL = ModelPlan(trunk="small", gru_width=8, dropout=0)
TRAINING = TrainingPlan(
    epochs=3, batch_size=16, first_selectable_epoch=2, seed=5, freeze_batch_norm=True, clip=1e9
)


def first_gradients(loss: LossPlan) -> dict[str, np.ndarray]:
    """Gradients of the third batch of an epoch, which ends unevenly, and validation logits."""
    archive = make_archive()
    job = prepare(archive.store, archive.samples, MODEL, loss, TRAINING, RULE, silent)
    torch.manual_seed(3)
    network = build_network(job.model, job.loss, job.n_magnitude_logits)
    state = State(network, torch.optim.AdamW(network.parameters()))
    world = meet()
    network.train()
    freeze_batch_norm(network)
    given = list(batches(job.source, job.train, job.normalisation, job.training, 0, world=world))
    # The last batch has an odd number of rows: the shares are not even.
    odd = next(b for b in reversed(given))
    gradients(job, state, odd, world)
    judged = judge(network, job.source, job.validation, job.normalisation, job.loss, world=world)
    found = {name: p.grad.numpy() for name, p in network.named_parameters()}
    found |= {"logit": judged.logit, "n": np.array([odd.n_whole, len(odd.planes), world.rank])}
    return found | {f"loss {k}": np.array(v) for k, v in judged.losses.items()}


def train(folder: Path, resume: bool, epochs: int) -> None:
    """Train as the session's case does, slowly enough to be killed."""
    archive = make_archive()

    def progress(stage: str, done: int, total: int) -> None:
        sys.stdout.write(json.dumps([stage, done, total]) + "\n")
        sys.stdout.flush()

    fit(
        archive.store,
        open_training(archive.samples),
        model=replace(MODEL, dropout=0.1),
        loss=LossPlan(),
        training=replace(TRAINING, epochs=epochs, freeze_batch_norm=False),
        label_rule=RULE,
        folder=folder,
        resume=resume,
        progress=progress,
    )


if __name__ == "__main__":
    what, out = sys.argv[1], Path(sys.argv[2])
    torch.set_num_threads(1)
    if what == "train":
        train(out, resume=sys.argv[3] == "resume", epochs=int(sys.argv[4]))
    else:
        for name, plan in {
            "classes": LossPlan(magnitude_weight=1, azimuth_weight=1),
            "ordinal": LossPlan(magnitude="ordinal", task_weighting="uncertainty"),
        }.items():
            found = first_gradients(plan)
            if found["n"][2] == 0:
                np.savez(out / f"{name}.npz", **found)
        if "fit" in sys.argv:
            train(out / "model", resume=False, epochs=2)
