"""Which rows make a batch, what is known of them, and how they are varied.

Everything random is a function of (seed, epoch), so that a resumed run meets the same batches.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from seismomag.network.losses import Targets
from seismomag.network.normalise import N_AMPLITUDES, Normalisation
from seismomag.network.plans import TrainingPlan
from seismomag.network.processes import ALONE, World
from seismomag.network.source import TensorSource, read_rows

ORDER, NEGATIVES, AUGMENT = 0, 1, 2
"""Branches of the seed."""


def generator(seed: int, branch: int, index: int) -> np.random.Generator:
    """Make the generator of one branch of the seed, such as the order of rows in an epoch."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(branch, index)))


@dataclass(frozen=True)
class Rows:
    """Rows of a sample table as arrays, one entry each.

    Attributes
    ----------
    store_row
        Row of the tensor store.
    station_code
        Station.
    is_known, is_target
        Whether the label is known; whether it is true (False where unknown).
    magnitude_class
        Index of the class; -1 = none known.
    azimuth_rad, kp, dst_nt
        NaN = unknown.
    """

    store_row: NDArray[np.int64]
    station_code: NDArray[np.object_]
    is_known: NDArray[np.bool_]
    is_target: NDArray[np.bool_]
    magnitude_class: NDArray[np.int64]
    azimuth_rad: NDArray[np.float32]
    kp: NDArray[np.float32]
    dst_nt: NDArray[np.float32]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.store_row)


def make_rows(samples: pd.DataFrame, magnitude_edges: tuple[float, ...]) -> Rows:
    """Turn a sample table into arrays.

    Parameters
    ----------
    samples
        Rows that stand in the store.
    magnitude_edges
        Lower edges of the magnitude classes, increasing. A magnitude below the first has no
        class.
    """
    magnitude = samples["magnitude"].to_numpy(np.float64, na_value=np.nan)
    magnitude_class = np.searchsorted(magnitude_edges, magnitude, side="right") - 1
    is_target = samples["is_target"]
    return Rows(
        samples["store_row"].to_numpy(np.int64),
        samples["station_code"].to_numpy(object),
        is_target.notna().to_numpy(bool),
        is_target.fillna(False).to_numpy(bool),
        np.where(np.isnan(magnitude), -1, magnitude_class),
        np.deg2rad(samples["azimuth_deg"].to_numpy(np.float32, na_value=np.nan)),
        samples["kp_max"].to_numpy(np.float32, na_value=np.nan),
        samples["dst_min_nt"].to_numpy(np.float32, na_value=np.nan),
    )


def epoch_order(rows: Rows, plan: TrainingPlan, epoch: int) -> NDArray[np.int64]:
    """Positions of the rows of an epoch, in order.

    With ``balance="sampler"``: all positives and as many negatives. The negatives of successive
    epochs continue one walk through all of them, each pass in an order of its own, so that none
    returns before all were met (an epoch in which a pass ends may meet one twice).

    Parameters
    ----------
    rows
        Training rows of known label, both classes among them.
    plan
        Decides balance and seed.
    epoch
        Counted from 0.
    """
    chosen = np.flatnonzero(rows.is_known)
    if plan.balance == "sampler":
        positives = np.flatnonzero(rows.is_known & rows.is_target)
        negatives = np.flatnonzero(rows.is_known & ~rows.is_target)
        n_wanted = len(positives)
        walk = np.arange(epoch * n_wanted, (epoch + 1) * n_wanted)
        passes = walk // len(negatives)
        shuffled = {
            int(k): generator(plan.seed, NEGATIVES, int(k)).permutation(negatives)
            for k in np.unique(passes)
        }
        drawn = [shuffled[int(k)][i] for k, i in zip(passes, walk % len(negatives), strict=True)]
        chosen = np.concatenate([positives, np.array(drawn, np.int64)])
    return generator(plan.seed, ORDER, epoch).permutation(chosen)


def n_steps(rows: Rows, plan: TrainingPlan) -> int:
    """Count the steps of one epoch."""
    return -(-len(epoch_order(rows, plan, 0)) // plan.batch_size)


def class_weights(rows: Rows, plan: TrainingPlan) -> NDArray[np.float32]:
    """Weight of each row by its class: 1, or n / (2 n_class) with ``balance="weights"``."""
    weights = np.ones(len(rows), np.float32)
    if plan.balance == "weights":
        n_known = int(rows.is_known.sum())
        for truth in (False, True):
            members = rows.is_known & (rows.is_target == truth)
            weights[members] = n_known / (2 * max(1, int(members.sum())))
    return weights


def read_batch(
    source: TensorSource, rows: Rows, chosen: NDArray[np.int64], normalisation: Normalisation
) -> NDArray[np.float32]:
    """Normalised planes ``(n, P, F, T)`` of the chosen rows."""
    tensors = read_rows(source, rows.store_row[chosen])
    return normalisation.apply(tensors, rows.station_code[chosen].tolist())


@dataclass(frozen=True)
class Batch:
    """Rows of one step, or the share of them that one process takes.

    Attributes
    ----------
    planes
        ``(n, P, F, T)``, normalised and augmented.
    targets
        Of the same rows.
    n_whole
        Rows of the step over all processes.
    """

    planes: torch.Tensor
    targets: Targets
    n_whole: int


def make_targets(rows: Rows, chosen: NDArray[np.int64], weights: NDArray[np.float32]) -> Targets:
    """Put what is known of the chosen rows into tensors."""
    return Targets(
        *(
            torch.from_numpy(field[chosen])
            for field in (
                rows.is_known,
                rows.is_target,
                rows.magnitude_class,
                rows.azimuth_rad,
                rows.kp,
                rows.dst_nt,
                weights,
            )
        )
    )


def batches(
    source: TensorSource,
    rows: Rows,
    normalisation: Normalisation,
    plan: TrainingPlan,
    epoch: int,
    *,
    world: World = ALONE,
) -> Iterator[Batch]:
    """Give the augmented batches of a training epoch, counted from 0.

    Of several processes each takes its share of every batch; together they see the rows, in the
    variations, that a single process would.
    """
    order = epoch_order(rows, plan, epoch)
    weights = class_weights(rows, plan)
    vary = generator(plan.seed, AUGMENT, epoch)
    n_columns = source.grid.n_columns
    for start in range(0, len(order), plan.batch_size):
        whole = order[start : start + plan.batch_size]
        variations = [draw_variation(n_columns, plan, vary) for _ in whole]
        chosen = whole[world.rank :: world.size]
        planes = read_batch(source, rows, chosen, normalisation)
        for sample, variation in zip(planes, variations[world.rank :: world.size], strict=True):
            apply_variation(sample, variation, normalisation)
        yield Batch(torch.from_numpy(planes), make_targets(rows, chosen, weights), len(whole))


@dataclass(frozen=True)
class Variation:
    """How one sample is varied.

    Attributes
    ----------
    shift_columns
        Columns by which it comes later.
    masked
        First column of a gap, and the one after its last.
    log_gain
        Natural logarithm of the gain of each component; empty for none.
    """

    shift_columns: int
    masked: tuple[int, int]
    log_gain: tuple[float, ...]


def draw_variation(n_columns: int, plan: TrainingPlan, vary: np.random.Generator) -> Variation:
    """Draw how a sample is varied, in ways that a real day could differ.

    Pulsations come a little earlier or later (whole columns, around the day), data fail, and
    sensors are calibrated a little differently.
    """
    shift = int(vary.integers(-plan.roll_columns, plan.roll_columns + 1))
    masked = (0, 0)
    if plan.mask_columns and vary.random() < plan.mask_share:
        width = int(vary.integers(1, min(plan.mask_columns, n_columns) + 1))
        start = int(vary.integers(0, n_columns - width + 1))
        masked = (start, start + width)
    gains: tuple[float, ...] = ()
    if plan.gain_jitter_dex > 0:
        gains = tuple(np.log(10) * plan.gain_jitter_dex * vary.standard_normal(3))
    return Variation(shift, masked, gains)


def apply_variation(
    sample: NDArray[np.float32], variation: Variation, normalisation: Normalisation
) -> None:
    """Vary the normalised planes ``(P, F, T)`` of one sample in place.

    A gain moves the logarithm of an amplitude; the cross-spectra, normalised as they are, do not
    feel it. What is masked stays 0.
    """
    sample[:] = np.roll(sample, variation.shift_columns, axis=-1)
    for p, plane in enumerate(normalisation.planes):
        if variation.log_gain and plane < N_AMPLITUDES:
            step = np.float32(variation.log_gain[plane]) / normalisation.spread[p]
            sample[p] += np.where(sample[p] == 0, np.float32(0), step[:, None])
    start, end = variation.masked
    sample[..., start:end] = 0
