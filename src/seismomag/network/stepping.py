"""One epoch of training: batch after batch, in parts and in processes where asked for."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seismomag.core.errors import ModelError
from seismomag.core.progress import Progress
from seismomag.network.batches import Batch, batches, n_steps
from seismomag.network.checkpoint import State
from seismomag.network.crnn import MtlCrnn
from seismomag.network.job import Job
from seismomag.network.losses import (
    Targets,
    Whole,
    n_storm_unknown,
    sums_of_weights,
    total_loss,
)
from seismomag.network.plans import TrainingPlan
from seismomag.network.processes import World

# Shape of the one-cycle schedule (Smith & Topin 2019, Proc. SPIE 11006): share of the steps that
# climb, and how far below its peak the rate starts and ends.
CLIMB, START, END = 0.3, 25.0, 250_000.0
# Log variances of the tasks stay in here: the azimuth loss may be negative, and its precision
# would grow without end.
LOG_VARIANCE_LIMIT = 3.0


def one_cycle(step: int, n_steps: int, peak: float) -> float:
    """Learning rate of a step: half a cosine up to the peak, half a cosine down to nothing.

    Examples
    --------
    >>> [round(one_cycle(k, 11, 1.0), 3) for k in (0, 3, 10)]
    [0.04, 1.0, 0.0]
    """
    top = CLIMB * (n_steps - 1)
    if step < top:
        low, share = peak / START, step / top
    else:
        low, share = peak / END, 1 - (step - top) / max(1e-9, n_steps - 1 - top)
    return low + (peak - low) * (1 - math.cos(math.pi * share)) / 2


def torch_seed(training: TrainingPlan, epoch: int, rank: int = 0) -> int:
    """Seed of dropout in an epoch, counted from 1; 0 is that of the first weights."""
    key = (3, epoch) if rank == 0 else (3, epoch, rank)
    sequence = np.random.SeedSequence(training.seed, spawn_key=key)
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def train_epoch(job: Job, state: State, world: World, progress: Progress) -> dict[str, Any]:
    """Train over all batches of an epoch.

    Returns
    -------
    entry
        ``learning_rate`` of the last step, mean losses under ``train``, ``n_storm_unknown``.

    Raises
    ------
    ModelError
        A loss is not finite.
    """
    state.network.train()
    if job.training.freeze_batch_norm:
        freeze_batch_norm(state.network)
    steps, sums = n_steps(job.train, job.training), dict[str, float]()
    total, n_rows, n_unknown, rate = steps * job.training.epochs, 0, 0, 0.0
    given = batches(
        job.source, job.train, job.normalisation, job.training, state.epoch, world=world
    )
    for step, batch in enumerate(given, start=state.epoch * steps):
        rate = one_cycle(step, total, job.training.learning_rate)
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        losses = gradients(job, state, batch, world)
        torch.nn.utils.clip_grad_norm_(state.network.parameters(), job.training.clip)
        state.optimizer.step()
        bound_log_variance(state.network)
        n_rows, n_unknown = n_rows + batch.n_whole, n_unknown + n_storm_unknown(batch.targets)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + value * batch.n_whole
        progress("train", step + 1, total)
    world.share_statistics(state.network)
    everywhere = world.sum(torch.tensor([n_unknown, *sums.values()], dtype=torch.float64))
    means = {name: float(value) / n_rows for name, value in zip(sums, everywhere[1:], strict=True)}
    return {"learning_rate": rate, "train": means, "n_storm_unknown": int(everywhere[0])}


def gradients(job: Job, state: State, batch: Batch, world: World) -> dict[str, float]:
    """Set the gradients of the whole batch.

    Returns
    -------
    losses
        What the rows of this process contribute to each loss of the batch.
    """
    state.optimizer.zero_grad(set_to_none=True)
    network, sums = state.network, dict[str, float]()
    parts = _parts(batch, job.training.accumulate)
    whole = None
    if world.size > 1 or job.training.accumulate > 1:
        own = sums_of_weights(batch.targets, job.loss, job.n_magnitude_logits)
        found = world.sum(torch.cat([own, torch.tensor([float(len(parts))])]))
        whole = Whole(found[:3], int(found[3]))
    for planes, targets in parts:
        losses = total_loss(
            network(planes),
            targets,
            job.loss,
            whole=whole,
            log_variance=network.log_variance,
        )
        _require_finite(losses["total"], state.epoch + 1)
        losses["total"].backward()  # type: ignore[no-untyped-call]
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
    world.sum_gradients(network.parameters())
    return sums or dict.fromkeys((*job.model.heads, "total"), 0.0)


def _parts(batch: Batch, n_parts: int) -> list[tuple[Tensor, Targets]]:
    """Cut a batch; a process that got no row has no part."""
    if not len(batch.planes):
        return []
    if n_parts == 1:
        return [(batch.planes, batch.targets)]
    fields = [value.chunk(n_parts) for value in vars(batch.targets).values()]
    targets = [Targets(*values) for values in zip(*fields, strict=True)]
    return list(zip(batch.planes.chunk(n_parts), targets, strict=True))


def freeze_batch_norm(network: nn.Module) -> None:
    """Let batch norms use the statistics that they have, and learn none."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def bound_log_variance(network: MtlCrnn) -> None:
    """Keep learnt log variances within +- 3."""
    if network.log_variance is not None:
        with torch.no_grad():
            network.log_variance.clamp_(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)


def _require_finite(loss: torch.Tensor, epoch: int) -> None:
    if not torch.isfinite(loss):
        msg = f"the loss is {float(loss.detach())} in epoch {epoch}; lower learning_rate or clip"
        raise ModelError(msg)
