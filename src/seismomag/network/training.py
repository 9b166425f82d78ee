"""Training: from a store and its training and validation rows to a model folder."""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError, LeakError
from seismomag.core.progress import Progress, silent
from seismomag.dataset.gate import TrainingRows
from seismomag.dataset.labels import LabelRule
from seismomag.network import sealing
from seismomag.network.checkpoint import State, copy_weights, load_checkpoint, save_checkpoint
from seismomag.network.crnn import build_network
from seismomag.network.folder import MANIFEST, open_model
from seismomag.network.job import Job, prepare
from seismomag.network.plans import LossPlan, ModelPlan, TrainingPlan
from seismomag.network.processes import World, meet
from seismomag.network.selection import judge, selection_score
from seismomag.network.source import TensorSource
from seismomag.network.starting import load_trunk
from seismomag.network.stepping import torch_seed, train_epoch

METRICS = "metrics.jsonl"


def fit(
    store: TensorSource,
    rows: TrainingRows,
    *,
    model: ModelPlan,
    loss: LossPlan,
    training: TrainingPlan,
    label_rule: LabelRule | Mapping[str, Any],
    folder: Path | str,
    resume: bool = False,
    replace_other: bool = False,
    allow_one_class: bool = False,
    progress: Progress = silent,
) -> Path:
    """Train a network and write its model folder.

    Rows of split ``train`` teach, rows of split ``validation`` choose the epoch and calibrate;
    rows without split, label or data take no part. Same arguments, same bytes. Under ``torchrun``
    the processes share every batch, and the first of them writes the folder.

    Parameters
    ----------
    store
        Tensors; read batch by batch.
    rows
        From :func:`seismomag.dataset.gate.open_training`; a bare table is refused.
    model, loss, training
        Decisions.
    label_rule
        What the labels mean: the rule that made them, or the same as JSON values;
        ``magnitude_edges`` are the lower edges of the classes.
    folder
        Where metrics, checkpoint and, at the end, the model are written.
    resume
        Go on from the checkpoint of the folder, to the same model as without interruption.
    replace_other
        Remove the model or checkpoint of another training from the folder instead of refusing.
    allow_one_class
        Train although all known rows are of one class, or although none has the Kp or Dst that
        the storm penalty weighs by: every step then runs on real rows, and the model says that
        its probability carries no information.
    progress
        Told after each step.

    Returns
    -------
    folder
        The model folder.

    Raises
    ------
    LeakError
        The rows did not come through the gate.
    CoverageError
        No training row with data, nothing but NaN in them, or, where that was not allowed, a
        single class among them or a storm penalty without any Kp and Dst.
    ConfigError
        The label rule has no magnitude edges, the store other planes than the model, or the
        checkpoint belongs to another training.
    ModelError
        The loss is not finite, or the exported graph differs from torch.
    """
    folder = Path(folder)
    samples = _opened(rows)
    said = asdict(label_rule) if isinstance(label_rule, LabelRule) else label_rule
    job = prepare(
        store, samples, model, loss, training, said, progress, allow_one_class=allow_one_class
    )
    if replace_other and sealing.holds_other(folder, job.digest):
        sealing.clear(folder, METRICS, MANIFEST)
    if not (resume and _is_finished(folder, job)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        with _quiet_torch(job.training):
            _work(folder, job, progress, resume=resume)
    return folder


def _is_finished(folder: Path, job: Job) -> bool:
    if not (folder / MANIFEST).is_file():
        return False
    if open_model(folder).description["digest"] == job.digest:
        return True
    msg = f"{folder}: holds the model of another training; choose another folder"
    raise ConfigError(msg)


def _work(folder: Path, job: Job, progress: Progress, *, resume: bool) -> None:
    world, state = meet(), _start(job)
    if not (resume and load_checkpoint(folder, state, job.digest)) and world.is_first:
        sealing.clear(folder, METRICS)
    world.wait()
    while state.epoch < job.training.epochs and not _is_stale(state, job.training):
        _run_epoch(job, state, world, progress)
        if world.is_first:
            _write_metrics(folder, state)
            save_checkpoint(folder, state, job.digest)
    if world.is_first:
        sealing.finish(folder, job, state)
    world.wait()


def _opened(rows: TrainingRows) -> pd.DataFrame:
    """Rows that came through the gate, and no others."""
    if not isinstance(rows, TrainingRows):
        msg = (
            f"fit was given a {type(rows).__name__}; only rows from "
            "seismomag.dataset.gate.open_training, which leaves the test rows behind, can be "
            "trained on"
        )
        raise LeakError(msg)
    return rows.samples


@contextmanager
def _quiet_torch(training: TrainingPlan) -> Iterator[None]:
    """Set threads and seed, and leave both as they were found."""
    threads = torch.get_num_threads()
    torch.set_num_threads(training.threads)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(torch_seed(training, 0))
            yield
    finally:
        torch.set_num_threads(threads)


def _start(job: Job) -> State:
    network = build_network(job.model, job.loss, job.n_magnitude_logits)
    network.precision, network.recompute = job.training.precision, job.training.recompute
    if job.training.starting_weights:
        load_trunk(network, Path(job.training.starting_weights))
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=job.training.learning_rate,
        weight_decay=job.training.weight_decay,
        foreach=True,
    )
    return State(network, optimizer)


def _run_epoch(job: Job, state: State, world: World, progress: Progress) -> None:
    torch.manual_seed(torch_seed(job.training, state.epoch + 1, world.rank))
    entry: dict[str, Any] = {"epoch": state.epoch + 1}
    entry |= train_epoch(job, state, world, progress if world.is_first else silent)
    state.epoch += 1
    entry |= _judge_epoch(job, state, world)
    state.history.append(entry)


def _judge_epoch(job: Job, state: State, world: World) -> dict[str, Any]:
    """Judge on validation, and keep the weights if they are the best that may be chosen."""
    selectable = state.epoch >= job.training.first_selectable_epoch
    found: dict[str, Any] = {"validation": None, "score": None, "is_selectable": selectable}
    is_target = job.validation.is_target
    if len(is_target):
        judgement = judge(
            state.network, job.source, job.validation, job.normalisation, job.loss, world=world
        )
        found["validation"] = judgement.losses
        found["score"] = selection_score(judgement, is_target)
        found["base_rate"] = float(is_target.mean())
    best = max((e["score"] for e in state.history if _may_win(e)), default=-math.inf)
    # Without a score there is nothing to choose by: the last epoch stands.
    if selectable and (found["score"] is None or found["score"] > best):
        state.best_epoch, state.best_weights = state.epoch, copy_weights(state.network)
    return found


def _may_win(entry: Mapping[str, Any]) -> bool:
    return bool(entry["is_selectable"]) and entry["score"] is not None


def _is_stale(state: State, training: TrainingPlan) -> bool:
    if training.patience is None or not state.best_epoch:
        return False
    return state.epoch - state.best_epoch >= training.patience


def _write_metrics(folder: Path, state: State) -> None:
    lines = [json.dumps(entry, sort_keys=True, allow_nan=False) for entry in state.history]
    write_bytes(folder / METRICS, ("\n".join(lines) + "\n").encode())
