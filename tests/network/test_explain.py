from dataclasses import replace

import numpy as np
import pytest
import torch

from seismomag.core.errors import ConfigError, ModelError
from seismomag.network import TrainingPlan
from seismomag.network.explain import (
    attribution,
    explain,
    grad_cam,
    open_network,
    rank_similarity,
    trunk_cell,
    with_random_weights,
)

PLANTED = (slice(2, 8), slice(16, 22))


@pytest.fixture(scope="module")
def learnt(case, tmp_path_factory):
    training = TrainingPlan(epochs=10, batch_size=16, mask_columns=3, learning_rate=5e-3)
    still = replace(case.model, dropout=0.1)
    folder = case.but(training=training, model=still).fit(tmp_path_factory.mktemp("e") / "model")
    return open_network(folder)


@pytest.fixture(scope="module")
def maps(case, learnt):
    model, network = learnt
    samples = case.archive.samples
    rows = samples.query("split == 'validation'")
    rows = rows[rows["is_target"].astype(bool)].head(8)
    tensors = case.archive.store.read(rows["store_row"].to_numpy())
    planes = model.normalisation.apply(tensors, rows["station_code"].tolist())
    found = [explain(network, p, model.normalisation.planes, block=(4, 4)) for p in planes]
    return planes, found


def test_occlusion_lies_where_the_signal_was_planted(learnt, maps):
    cell = trunk_cell(learnt[1], (16, 24))
    assert cell == (16, 4)
    total = np.mean([found.occlusion.sum(0) for found in maps[1]], axis=0)
    measured = attribution(total, PLANTED, cell)
    assert measured.share_inside >= 0.8
    assert measured.share_inside >= 3 * measured.share_of_area
    assert measured.is_at_the_signal


def test_single_days_mostly_point_at_the_signal_too(learnt, maps):
    cell = trunk_cell(learnt[1], (16, 24))
    at = [attribution(m.occlusion.sum(0), PLANTED, cell).is_at_the_signal for m in maps[1]]
    assert np.mean(at) >= 0.5


def test_map_changes_when_the_weights_are_random(learnt, maps):
    model, network = learnt
    random = with_random_weights(network, seed=1)
    planes, found = maps
    other = [explain(random, p, model.normalisation.planes, block=(4, 4)) for p in planes]
    pairs = zip(found, other, strict=True)
    alike = [rank_similarity(a.occlusion.sum(0), b.occlusion.sum(0)) for a, b in pairs]
    assert np.mean(alike) < 0.5
    assert not torch.equal(random.detection.weight, network.detection.weight)


def test_grad_cam_is_a_map_between_0_and_1_that_the_hook_leaves_nothing_behind(learnt, maps):
    _, network = learnt
    cam = grad_cam(network, maps[0][0])
    assert cam.shape == (16, 24)
    assert cam.min() >= 0
    assert cam.max() <= 1
    assert not network.features._forward_hooks
    assert all(p.grad is None for p in network.parameters())


def test_hiding_nothing_that_is_seen_changes_nothing(learnt, maps):
    model, network = learnt
    blank = np.zeros_like(maps[0][0])
    found = explain(network, blank, model.normalisation.planes, block=(8, 8))
    np.testing.assert_allclose(found.occlusion, 0, atol=1e-6)


@pytest.mark.parametrize("block", [(0, 4), (17, 4), (4, 25)])
def test_impossible_block_is_refused(learnt, maps, block):
    model, network = learnt
    with pytest.raises(ConfigError, match="block"):
        explain(network, maps[0][0], model.normalisation.planes, block=block)


def test_map_without_positive_mass_points_nowhere():
    assert attribution(-np.ones((16, 24)), PLANTED, (1, 1)).share_inside == 0
    assert rank_similarity(np.zeros((2, 2)), np.eye(2)) == 0


def test_damaged_model_is_refused(model_folder, tmp_path):
    import shutil

    folder = shutil.copytree(model_folder, tmp_path / "model")
    (folder / "weights.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="altered or truncated"):
        open_network(folder)
