from dataclasses import replace

import pytest
import torch

from seismomag.core.errors import ConfigError
from seismomag.core.progress import silent
from seismomag.network import LossPlan, ModelPlan, TrainingPlan
from seismomag.network.batches import batches
from seismomag.network.checkpoint import State
from seismomag.network.crnn import MtlCrnn, build_network
from seismomag.network.folder import open_model
from seismomag.network.job import prepare
from seismomag.network.precision import choose_precision, has_bfloat16
from seismomag.network.processes import ALONE
from seismomag.network.stepping import LOG_VARIANCE_LIMIT, gradients, train_epoch

STILL = ModelPlan(trunk="small", gru_width=8, dropout=0)


def make_job(archive, training, loss=None, model=STILL):
    rule = {"magnitude_edges": (4.5, 5.0, 6.0)}
    return prepare(
        archive.store, archive.samples, model, loss or LossPlan(), training, rule, silent
    )


def start(job):
    torch.manual_seed(3)
    network = build_network(job.model, job.loss, job.n_magnitude_logits)
    network.precision, network.recompute = job.training.precision, job.training.recompute
    return State(network, torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0))


def found_gradients(job, *, is_frozen=False):
    state = start(job)
    state.network.train()
    if is_frozen:
        state.network.features.eval()
    batch = next(batches(job.source, job.train, job.normalisation, job.training, 0))
    losses = gradients(job, state, batch, ALONE)
    return losses, {name: p.grad for name, p in state.network.named_parameters()}, state


@pytest.mark.parametrize(
    "loss",
    [
        LossPlan(magnitude_weight=1, azimuth_weight=1),
        LossPlan(magnitude="ordinal"),
        LossPlan(task_weighting="uncertainty"),
    ],
)
@pytest.mark.parametrize("n_parts", [2, 5])
def test_parts_of_a_batch_add_up_to_its_gradient(archive, loss, n_parts):
    training = TrainingPlan(batch_size=16)
    whole, expected, _ = found_gradients(make_job(archive, training, loss), is_frozen=True)
    job = make_job(archive, replace(training, accumulate=n_parts), loss)
    losses, found, _ = found_gradients(job, is_frozen=True)
    assert losses == pytest.approx(whole, rel=1e-5)
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("trunk", ["small", "efficientnet_b1"])
def test_recomputing_changes_neither_gradients_nor_statistics(archive, trunk):
    training = TrainingPlan(batch_size=4, precision="float32")
    model = replace(STILL, trunk=trunk)
    _, expected, usual = found_gradients(make_job(archive, training, model=model))
    job = make_job(archive, replace(training, recompute=True), model=model)
    _, found, state = found_gradients(job)
    for name, gradient in expected.items():
        assert torch.equal(found[name], gradient), name
    for (name, a), b in zip(usual.network.named_buffers(), state.network.buffers(), strict=True):
        assert torch.equal(a, b), name


def test_frozen_batch_norms_keep_their_statistics(archive):
    job = make_job(archive, TrainingPlan(batch_size=16, freeze_batch_norm=True))
    state = start(job)
    before = {name: b.clone() for name, b in state.network.named_buffers()}
    train_epoch(job, state, ALONE, silent)
    for name, buffer in state.network.named_buffers():
        assert torch.equal(buffer, before[name]), name


def test_learnt_task_weights_move_and_stay_in_their_limits(archive):
    loss = LossPlan(task_weighting="uncertainty", azimuth_weight=5)
    job = make_job(archive, TrainingPlan(batch_size=16, learning_rate=5.0, clip=1e9), loss)
    state = start(job)
    train_epoch(job, state, ALONE, silent)
    learnt = state.network.log_variance.detach()
    assert learnt.abs().max() <= LOG_VARIANCE_LIMIT
    assert learnt.abs().min() > 0


def test_model_with_learnt_task_weights_is_finished_and_resumed(case, tmp_path):
    learning = case.but(loss=LossPlan(task_weighting="uncertainty"))
    folder = learning.fit(tmp_path / "a")
    with pytest.raises(KeyboardInterrupt):
        learning.fit(tmp_path / "b", progress=interrupt_after(12))
    again = learning.fit(tmp_path / "b", resume=True)
    assert open_model(folder).model_id == open_model(again).model_id


def interrupt_after(n_steps):
    def progress(stage, done, total):
        if stage == "train" and done >= n_steps:
            raise KeyboardInterrupt

    return progress


def test_bfloat16_trunk_trains_and_its_logits_stay_float32(archive):
    job = make_job(archive, TrainingPlan(batch_size=8, precision="bfloat16"))
    _, found, state = found_gradients(job)
    assert all(g is None or g.dtype == torch.float32 for g in found.values())
    expected = found_gradients(make_job(archive, TrainingPlan(batch_size=8)))[1]
    a, b = found["detection.weight"], expected["detection.weight"]
    assert torch.nn.functional.cosine_similarity(a.flatten(), b.flatten(), 0) > 0.99
    assert isinstance(state.network, MtlCrnn)


@pytest.mark.parametrize(
    ("asked", "trunk", "has", "expected"),
    [
        ("auto", "efficientnet_b1", True, "bfloat16"),
        ("auto", "efficientnet_b1", False, "float32"),
        ("auto", "small", True, "float32"),
        ("float32", "efficientnet_b1", True, "float32"),
        ("bfloat16", "small", False, "bfloat16"),
    ],
)
def test_precision_is_chosen_with_a_reason(asked, trunk, has, expected):
    precision, reason = choose_precision(TrainingPlan(precision=asked), trunk, has=has)
    assert precision == expected
    assert reason


def test_processor_without_the_instructions_is_recognised(tmp_path):
    file = tmp_path / "cpuinfo"
    assert not has_bfloat16(file)
    file.write_text("model name : x\nflags : fpu sse2 avx512f\n")
    assert not has_bfloat16(file)
    file.write_text("model name : x\nflags : fpu avx512_bf16\n")
    assert has_bfloat16(file)


def test_model_says_its_precision(model_folder):
    about = open_model(model_folder).description
    assert about["training"]["precision"] == "float32"
    assert "small gains nothing" in about["precision_reason"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"precision": "float16"},
        {"accumulate": 0},
        {"accumulate": 64},
        {"gain_jitter_dex": -0.1},
    ],
)
def test_impossible_options_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        TrainingPlan(**wrong)
    with pytest.raises(ConfigError, match="task_weighting"):
        LossPlan(task_weighting="both")


def test_starting_weights_that_do_not_exist_are_refused(case, tmp_path):
    training = replace(case.training, starting_weights=str(tmp_path / "none.safetensors"))
    with pytest.raises(ConfigError, match="weights convert"):
        case.but(training=training).fit(tmp_path / "model")
