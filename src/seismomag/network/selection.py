"""Which epoch becomes the model: judged on validation rows alone."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from seismomag.network.batches import Rows, make_targets, read_batch
from seismomag.network.crnn import MtlCrnn
from seismomag.network.losses import total_loss
from seismomag.network.normalise import Normalisation
from seismomag.network.plans import LossPlan
from seismomag.network.processes import ALONE, World
from seismomag.network.source import TensorSource

BATCH = 64
OF_POSITIVES = frozenset({"magnitude", "azimuth"})
"""Losses that count positive rows only."""


@dataclass(frozen=True)
class Judgement:
    """What a network says of the validation rows.

    Attributes
    ----------
    logit
        Detection logit of each row (second minus first).
    vector
        ``(n, 2)``: azimuth vector of each row; NaN without the head.
    losses
        Mean of each loss over the batches, weighted by their rows. What only positives are
        judged by is absent where there is none: a zero would look like a perfect score.
    """

    logit: NDArray[np.float64]
    vector: NDArray[np.float64]
    losses: dict[str, float]


def judge(
    network: MtlCrnn,
    source: TensorSource,
    rows: Rows,
    normalisation: Normalisation,
    plan: LossPlan,
    *,
    world: World = ALONE,
) -> Judgement:
    """Run the network over all rows, as it acts in evaluation.

    Several processes take every batch in turn: each row, and so each sample_id, is judged by
    exactly one of them, none is added to make the shares even.
    """
    network.eval()
    sums = dict.fromkeys(_names(network), 0.0)
    said = np.zeros((len(rows), 3))
    weights = np.ones(len(rows), np.float32)
    for start in range(world.rank * BATCH, len(rows), world.size * BATCH):
        chosen = np.arange(start, min(start + BATCH, len(rows)))
        planes = torch.from_numpy(read_batch(source, rows, chosen, normalisation))
        with torch.no_grad():
            outputs = network(planes)
            losses = total_loss(outputs, make_targets(rows, chosen, weights), plan)
        both = outputs.detection_logits.numpy().astype(np.float64)
        said[chosen, 0] = both[:, 1] - both[:, 0]
        said[chosen, 1:] = np.nan
        if outputs.azimuth_vector is not None:
            said[chosen, 1:] = outputs.azimuth_vector.numpy()
        for name, value in losses.items():
            sums[name] += float(value) * len(chosen)
    every = np.concatenate([list(sums.values()), said.ravel()])
    held = world.sum(torch.from_numpy(every)).numpy()
    means = {name: float(value) / len(rows) for name, value in zip(sums, held, strict=False)}
    if not rows.is_target.any():
        means = {name: value for name, value in means.items() if name not in OF_POSITIVES}
    said = held[len(sums) :].reshape(said.shape)
    return Judgement(said[:, 0], said[:, 1:], means)


def _names(network: MtlCrnn) -> list[str]:
    heads = {"magnitude": network.magnitude, "azimuth": network.azimuth}
    return ["detection", *(name for name, head in heads.items() if head is not None), "total"]


def average_precision(score: NDArray[np.float64], is_target: NDArray[np.bool_]) -> float:
    """Mean of the precision at each target, rows of equal score taken together.

    Its expectation without skill is the base rate. NaN where there is no target.

    Examples
    --------
    >>> average_precision(np.array([0.9, 0.8, 0.1]), np.array([True, False, True]))
    0.83...
    """
    if not is_target.any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    hits = np.cumsum(is_target[order])[last_of_tie]
    alarms = np.arange(1, len(score) + 1)[last_of_tie]
    gained = np.diff(hits, prepend=0)
    return float((gained * hits / alarms).sum() / is_target.sum())


def selection_score(judgement: Judgement, is_target: NDArray[np.bool_]) -> float | None:
    """Average precision minus base rate; ``None`` where validation holds a single class."""
    if is_target.all() or not is_target.any():
        return None
    return average_precision(judgement.logit, is_target) - float(is_target.mean())
