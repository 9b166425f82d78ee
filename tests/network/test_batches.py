from dataclasses import replace

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest
import torch

from seismomag.network import ModelPlan, TrainingPlan
from seismomag.network.batches import (
    apply_variation,
    batches,
    class_weights,
    draw_variation,
    epoch_order,
    generator,
    make_rows,
    n_steps,
)
from seismomag.network.normalise import Normalisation, fit_normalisation
from seismomag.network.processes import World

EDGES = (4.5, 5.0, 6.0)


@pytest.fixture(scope="module")
def rows(archive):
    return make_rows(archive.samples, EDGES)


def test_rows_say_unknown_where_nothing_is_known(archive):
    samples = archive.samples.head(4).assign(
        is_target=pd.array([True, False, pd.NA, True], dtype="boolean"),
        magnitude=[5.0, np.nan, np.nan, 4.4],
        azimuth_deg=[90.0, np.nan, np.nan, np.nan],
    )
    rows = make_rows(samples, EDGES)
    npt.assert_array_equal(rows.is_known, [True, True, False, True])
    npt.assert_array_equal(rows.is_target, [True, False, False, True])
    npt.assert_array_equal(rows.magnitude_class, [1, -1, -1, -1])
    npt.assert_allclose(rows.azimuth_rad, [np.pi / 2, np.nan, np.nan, np.nan], rtol=1e-6)


def test_each_epoch_holds_all_positives_and_as_many_negatives(rows):
    for epoch in range(4):
        order = epoch_order(rows, TrainingPlan(), epoch)
        positives = order[rows.is_target[order]]
        npt.assert_array_equal(np.sort(positives), np.flatnonzero(rows.is_target))
        assert len(order) == 2 * len(positives)


def test_no_negative_returns_before_all_were_met(rows):
    n_positive, n_negative = rows.is_target.sum(), (~rows.is_target).sum()
    met = []
    for epoch in range(n_negative // n_positive):
        order = epoch_order(rows, TrainingPlan(), epoch)
        met += order[~rows.is_target[order]].tolist()
    assert len(set(met)) == len(met)


def test_more_positives_than_negatives_still_balance(rows):
    turned = replace(rows, is_target=~rows.is_target)
    order = epoch_order(turned, TrainingPlan(), 0)
    assert turned.is_target[order].mean() == 0.5


def test_order_is_a_function_of_seed_and_epoch(rows):
    plan = TrainingPlan(seed=3)
    npt.assert_array_equal(epoch_order(rows, plan, 7), epoch_order(rows, plan, 7))
    assert not np.array_equal(epoch_order(rows, plan, 7), epoch_order(rows, plan, 8))
    other = TrainingPlan(seed=4)
    assert not np.array_equal(epoch_order(rows, plan, 7), epoch_order(rows, other, 7))


@pytest.mark.parametrize("balance", ["weights", "none"])
def test_without_sampler_every_known_row_comes_once(rows, balance):
    known = rows.is_known.copy()
    known[:5] = False
    some = replace(rows, is_known=known)
    order = epoch_order(some, TrainingPlan(balance=balance), 0)
    npt.assert_array_equal(np.sort(order), np.arange(5, len(rows)))
    assert n_steps(some, TrainingPlan(balance=balance, batch_size=25)) == 7


def test_class_weights_give_both_classes_the_same_sum_and_the_sampler_none(rows):
    weights = class_weights(rows, TrainingPlan(balance="weights"))
    assert weights[rows.is_target].sum() == pytest.approx(weights[~rows.is_target].sum())
    assert weights.sum() == pytest.approx(len(rows))
    npt.assert_array_equal(class_weights(rows, TrainingPlan()), 1)


def test_batches_carry_the_labels_of_their_rows(archive, rows):
    normalisation = fit_normalisation(archive.store, archive.samples, ModelPlan())
    plan = TrainingPlan(roll_columns=0, mask_share=0, batch_size=16)
    order = epoch_order(rows, plan, 2)
    given = list(batches(archive.store, rows, normalisation, plan, 2))
    assert len(given) == n_steps(rows, plan)
    truth = torch.cat([batch.targets.is_target for batch in given])
    npt.assert_array_equal(truth, rows.is_target[order])
    planes = torch.cat([batch.planes for batch in given])
    first = normalisation.apply(archive.store.read(order[:1]), [rows.station_code[order[0]]])
    npt.assert_array_equal(planes[:1], first)


def varied(planes, plan, normalisation=None):
    """Vary each sample as a training would."""
    normalisation = normalisation or plain_statistics(planes)
    vary = generator(0, 2, 0)
    for sample in planes:
        apply_variation(sample, draw_variation(sample.shape[-1], plan, vary), normalisation)
    return planes


def plain_statistics(planes, spread=1.0):
    n_planes, n_frequencies = planes.shape[1:3]
    shape = (n_planes, n_frequencies)
    return Normalisation(
        tuple(range(n_planes)),
        (),
        np.zeros((1, *planes.shape[1:]), np.float16),
        np.full(shape, spread, np.float32),
    )


def test_augmentation_rolls_columns_and_masks_blocks():
    planes = np.tile(np.arange(1, 25, dtype=np.float32), (200, 2, 3, 1))
    varied(planes, TrainingPlan(roll_columns=2, mask_share=1, mask_columns=4))
    for sample in planes:
        npt.assert_array_equal(sample, np.broadcast_to(sample[0, 0], sample.shape))
        masked = np.flatnonzero(sample[0, 0] == 0)
        assert 1 <= len(masked) <= 4
        assert len(masked) == 1 + masked[-1] - masked[0]
    starts = planes[:, 0, 0, 0]
    assert set(starts[starts > 0]) <= {23, 24, 1, 2, 3}


def test_augmentation_that_is_switched_off_changes_nothing():
    planes = np.random.default_rng(0).normal(size=(5, 2, 3, 8)).astype(np.float32)
    before = planes.copy()
    varied(planes, TrainingPlan(roll_columns=0, mask_columns=0))
    npt.assert_array_equal(planes, before)


def test_gain_jitter_moves_amplitudes_by_one_step_and_leaves_the_rest_alone():
    planes = np.ones((300, 5, 2, 4), np.float32)
    planes[:, :, :, 0] = 0
    plan = TrainingPlan(roll_columns=0, mask_columns=0, gain_jitter_dex=0.1)
    varied(planes, plan, plain_statistics(planes, spread=0.5))
    assert (planes[:, :, :, 0] == 0).all(), "what is masked stays masked"
    assert (planes[:, 3:, :, 1:] == 1).all(), "a normalised cross-spectrum feels no gain"
    moved = planes[:, :3, :, 1:] - 1
    npt.assert_array_equal(moved, np.broadcast_to(moved[:, :, :1, :1], moved.shape))
    assert np.std(moved[:, :, 0, 0]) == pytest.approx(0.1 * np.log(10) / 0.5, rel=0.1)


@pytest.mark.parametrize("size", [2, 3])
def test_processes_share_every_batch_and_vary_it_as_one_would(archive, rows, size):
    normalisation = fit_normalisation(archive.store, archive.samples, ModelPlan())
    plan = TrainingPlan(batch_size=16, gain_jitter_dex=0.05)
    alone = list(batches(archive.store, rows, normalisation, plan, 1))
    shares = [
        list(batches(archive.store, rows, normalisation, plan, 1, world=World(rank, size)))
        for rank in range(size)
    ]
    for k, batch in enumerate(alone):
        for rank in range(size):
            assert torch.equal(shares[rank][k].planes, batch.planes[rank::size])
            assert torch.equal(shares[rank][k].targets.kp, batch.targets.kp[rank::size])
            assert shares[rank][k].n_whole == len(batch.planes)
