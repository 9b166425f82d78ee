import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from seismomag.core.errors import ConfigError, CoverageError, LeakError, ModelError
from seismomag.network import LossPlan, ModelPlan, TrainingPlan, open_model, predict
from seismomag.network.checkpoint import NAME as CHECKPOINT
from seismomag.network.folder import FILES, MANIFEST
from seismomag.network.stepping import one_cycle
from seismomag.network.training import fit


def contents(folder):
    return {name: (folder / name).read_bytes() for name in (*FILES, MANIFEST, "metrics.jsonl")}


def history(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def stop_at(n):
    """Progress that is killed in training step n."""

    def progress(stage, done, total):
        if stage == "train" and done == n:
            raise KeyboardInterrupt

    return progress


def with_some(archive, **columns):
    return archive.samples.assign(**columns)


def test_same_arguments_give_the_same_bytes(case, model_folder, tmp_path):
    assert contents(case.fit(tmp_path / "again")) == contents(model_folder)


def test_order_of_the_samples_does_not_matter(case, model_folder, tmp_path):
    mixed = case.archive.samples.sample(frac=1, random_state=np.random.RandomState(0))
    assert contents(case.fit(tmp_path / "mixed", samples=mixed)) == contents(model_folder)


def test_another_seed_gives_another_model(case, model_folder, tmp_path):
    other = case.but(training=replace(case.training, seed=6)).fit(tmp_path / "other")
    weights = "weights.safetensors"
    assert contents(other)[weights] != contents(model_folder)[weights]


@pytest.mark.parametrize("step", [2, 5, 8])
def test_resumed_run_equals_the_uninterrupted_one_bit_for_bit(case, model_folder, tmp_path, step):
    folder = tmp_path / "resumed"
    with pytest.raises(KeyboardInterrupt):
        case.fit(folder, progress=stop_at(step))
    assert not (folder / MANIFEST).exists()
    case.fit(folder, resume=True)
    assert contents(folder) == contents(model_folder)
    assert not (folder / CHECKPOINT).exists()


def test_resuming_a_finished_run_does_nothing(case, model_folder):
    before = contents(model_folder)
    assert case.fit(model_folder, resume=True, progress=stop_at(1)) == model_folder
    assert contents(model_folder) == before


def test_resuming_with_other_plans_is_refused(case, model_folder, tmp_path):
    other = case.but(loss=LossPlan(gamma=1))
    with pytest.raises(ConfigError, match="model of another training"):
        other.fit(model_folder, resume=True)
    with pytest.raises(KeyboardInterrupt):
        case.fit(tmp_path, progress=stop_at(8))
    with pytest.raises(ConfigError, match="belongs to a training with other plans"):
        other.fit(tmp_path, resume=True)


def test_resuming_on_a_store_built_again_with_other_data_is_refused(case, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        case.fit(tmp_path, progress=stop_at(8))
    tensors = case.archive.store.tensors.copy()
    tensors[0, 0, 0, 5] *= 2
    other = replace(case.archive, store=replace(case.archive.store, tensors=tensors))
    with pytest.raises(ConfigError, match="other plans, rows or labels"):
        case.but(archive=other).fit(tmp_path, resume=True)


def test_damaged_checkpoint_is_refused(case, tmp_path):
    (tmp_path / CHECKPOINT).write_bytes(b"\x80\x04N.")
    with pytest.raises(ModelError, match="not a checkpoint"):
        case.fit(tmp_path, resume=True)


def test_starting_anew_forgets_the_old_run(case, model_folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        case.but(loss=LossPlan(gamma=1)).fit(tmp_path, progress=stop_at(8))
    assert contents(case.fit(tmp_path)) == contents(model_folder)


def test_a_bare_table_is_refused_even_without_test_rows(case, tmp_path):
    with pytest.raises(LeakError, match=r"was given a DataFrame; only rows from .*dataset\.gate"):
        fit(
            case.archive.store,
            case.archive.samples,
            model=case.model,
            loss=case.loss,
            training=case.training,
            label_rule={},
            folder=tmp_path / "model",
        )
    assert not (tmp_path / "model").exists()


def test_test_rows_stay_behind_the_gate(case, model_folder, tmp_path):
    samples = case.archive.samples
    test = samples.head(40).assign(split="test", sample_id=[f"t_{k}" for k in range(40)])
    more = pd.concat([samples, test], ignore_index=True)
    assert contents(case.fit(tmp_path, samples=more)) == contents(model_folder)


@pytest.mark.parametrize(
    ("truth", "said"), [(False, "0 of 120 .* are positive"), (True, "120 of 120 .* are positive")]
)
def test_single_class_is_refused_with_a_reason(case, tmp_path, truth, said):
    samples = with_some(case.archive, is_target=pd.array([truth] * 180, dtype="boolean"))
    with pytest.raises(CoverageError, match=said):
        case.fit(tmp_path / "model", samples=samples)
    assert not (tmp_path / "model").exists()


def test_nothing_covered_is_refused(case, tmp_path):
    with pytest.raises(CoverageError, match="no training row has data"):
        case.fit(tmp_path, samples=with_some(case.archive, coverage=0.0))


def test_label_rule_without_edges_is_refused(case, tmp_path):
    with pytest.raises(ConfigError, match="no magnitude_edges"):
        case.fit(tmp_path, label_rule={})


def test_rows_without_label_data_or_split_take_no_part(case, model_folder, tmp_path):
    samples = case.archive.samples
    odd = pd.concat([samples.head(40)] * 3, ignore_index=True)
    odd["sample_id"] = [f"odd_{k}" for k in range(120)]
    odd["is_target"] = pd.array([pd.NA] * 40 + [True] * 80, dtype="boolean")
    odd.loc[40:79, "coverage"] = 0.0
    odd.loc[80:, "split"] = pd.NA
    odd.loc[:39, "store_row"] = -1
    more = pd.concat([samples, odd], ignore_index=True)
    assert contents(case.fit(tmp_path, samples=more)) == contents(model_folder)


def test_validation_of_one_class_takes_the_last_epoch_without_calibration(case, tmp_path):
    samples = case.archive.samples.copy()
    samples.loc[samples["split"] == "validation", "is_target"] = False
    folder = case.fit(tmp_path, samples=samples)
    about = open_model(folder).description
    # Nothing is said of what only positives are judged by.
    assert all({*entry["validation"]} == {"detection", "total"} for entry in history(folder))
    assert about["selection"]["epoch"] == 3
    assert about["selection"]["rule"] == "last epoch: validation holds a single class"
    assert about["calibration"]["kind"] == "none"


def test_without_validation_the_model_still_comes_and_says_so(case, tmp_path):
    samples = case.archive.samples.query("split == 'train'")
    folder = case.fit(tmp_path, samples=samples)
    assert open_model(folder).description["rows"]["validation"] == {"n": 0, "n_positive": 0}
    assert [entry["validation"] for entry in history(folder)] == [None] * 3


def test_model_is_the_best_selectable_epoch_of_validation(case, model_folder):
    chosen = open_model(model_folder).description["selection"]
    entries = history(model_folder)
    scores = {e["epoch"]: e["score"] for e in entries if e["is_selectable"]}
    assert set(scores) == {2, 3}
    assert chosen["epoch"] == max(scores, key=scores.get)
    assert chosen["score"] == max(scores.values())


def test_planted_signal_is_learnt(case, tmp_path):
    training = TrainingPlan(epochs=8, batch_size=16, mask_columns=3, learning_rate=5e-3)
    folder = case.but(training=training).fit(tmp_path)
    assert open_model(folder).description["selection"]["score"] > 0.5


def test_patience_stops_early(case, tmp_path):
    # A learning rate of nothing: no epoch is better than the first that counts.
    training = TrainingPlan(
        epochs=9, first_selectable_epoch=1, patience=2, learning_rate=1e-12, weight_decay=0
    )
    untouched = case.model
    folder = case.but(training=training, model=replace(untouched, dropout=0)).fit(tmp_path)
    assert len(history(folder)) < 9


def test_loss_that_is_not_finite_is_refused(case, tmp_path):
    training = replace(case.training, learning_rate=1e30, clip=1e30)
    with pytest.raises(ModelError, match=r"the loss is (nan|inf) in epoch 1|2"):
        case.but(training=training).fit(tmp_path)


def test_heads_without_positives_are_recorded_and_forecast_nothing(case, tmp_path):
    samples = with_some(case.archive, azimuth_deg=np.nan, magnitude=np.nan)
    folder = case.fit(tmp_path, samples=samples)
    about = open_model(folder).description
    assert about["heads"] == {
        "detection": "trained",
        "magnitude": "not trained, no positive has a magnitude class",
        "azimuth": "not trained, no positive has an azimuth",
    }
    forecast = predict(folder, case.archive.store, samples)
    absent = ["azimuth_deg", "azimuth_kappa", *(f"magnitude_class_{k}" for k in range(3))]
    assert forecast[absent].isna().all().all()


def test_magnitudes_of_a_single_class_are_not_learnt(case, tmp_path):
    samples = case.archive.samples.copy()
    samples["magnitude"] = samples["magnitude"].where(samples["magnitude"].isna(), 5.2)
    about = open_model(case.fit(tmp_path, samples=samples)).description
    assert about["heads"]["magnitude"] == "not trained, all positives are of class 1 of 3"


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": LossPlan(magnitude="ordinal")},
        {"model": ModelPlan(gru_width=8)},
        {"model": ModelPlan(trunk="small", gru=False, heads=("detection",))},
        {"training": TrainingPlan(epochs=1, first_selectable_epoch=1, balance="weights")},
        {"loss": LossPlan(gpl=False), "model": ModelPlan(trunk="small", components=(0, 2))},
    ],
)
def test_ablations_are_configuration(case, tmp_path, changes):
    one = {"training": TrainingPlan(epochs=1, first_selectable_epoch=1)} | changes
    folder = case.but(**one).fit(tmp_path)
    forecast = predict(folder, case.archive.store, case.archive.samples)
    classes = forecast[[f"magnitude_class_{k}" for k in range(3)]]
    if "magnitude" in open_model(folder).description["heads"]:
        np.testing.assert_allclose(classes.sum(axis=1), 1)
        assert (classes >= 0).all().all()


def test_polarimetric_planes_train_too(case, polarimetric_archive, tmp_path):
    model = ModelPlan(trunk="small", representation="polarimetric", gru_width=4)
    training = TrainingPlan(epochs=1, first_selectable_epoch=1)
    folder = case.but(archive=polarimetric_archive, model=model, training=training).fit(tmp_path)
    assert open_model(folder).normalisation.planes == tuple(range(9))


def test_description_holds_everything_that_decided(case, model_folder):
    about = open_model(model_folder).description
    assert about["grid"] == case.archive.store.grid.to_dict()
    assert about["label_rule"]["maximum_depth_km"] == "inf"
    assert about["magnitude_edges"] == [4.5, 5.0, 6.0]
    assert about["data_cutoff"] == case.archive.samples["horizon_end"].max().isoformat()
    assert about["export"]["largest_drift"] <= 1e-5
    assert about["rows"]["train"]["n"] == 120
    assert set(about["versions"]) == {"seismomag", "torch", "numpy"}
    assert len(about["split_digest"]) == 64


def test_training_leaves_seed_and_threads_of_others_alone(case, tmp_path):
    torch.manual_seed(1)
    expected, threads = torch.random.get_rng_state(), torch.get_num_threads()
    training = TrainingPlan(epochs=1, first_selectable_epoch=1, threads=2)
    case.but(training=training).fit(tmp_path)
    assert torch.equal(torch.random.get_rng_state(), expected)
    assert torch.get_num_threads() == threads


def test_one_cycle_climbs_to_its_peak_and_falls_to_nothing():
    rates = [one_cycle(k, 101, 2e-3) for k in range(101)]
    assert rates[0] == pytest.approx(2e-3 / 25)
    assert max(rates) == rates[30] == pytest.approx(2e-3)
    assert rates[-1] < 1e-8
    assert all(np.diff(rates[:31]) > 0)
    assert all(np.diff(rates[30:]) < 0)
    assert one_cycle(0, 1, 1.0) > 0
