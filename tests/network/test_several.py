"""Several trainings of one run, their page, and what is missing; at the door of the experiment."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.cli import model_commands
from seismomag.core.errors import ConfigError, ModelError, SeismomagError, StoreError
from seismomag.core.progress import silent
from seismomag.experiment import seeds
from seismomag.experiment.ablations import arms_of_training
from seismomag.experiment.demo import demo_config
from seismomag.experiment.proofs.runs import world_store
from seismomag.experiment.proofs.world import WorldPlan
from seismomag.experiment.runs import RunFolder
from seismomag.experiment.seeds_page import write_comparison
from seismomag.experiment.seeds_search import search
from seismomag.network.plans import LossPlan, ModelPlan
from seismomag.network.trackers import log_mlflow, scalars, write_tensorboard


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder whose store holds thirty strongly injected days of one station."""
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    plan = WorldPlan(n_stations=1, n_days=30, positive_share=0.5, snr=(5.0, 5.0, 5.0))
    store = world_store(plan, folder.path, silent)
    store.rename(folder / "store.h5")
    config = demo_config()
    training = replace(config.training, epochs=2, first_selectable_epoch=1)
    return replace(config, training=training), folder


@pytest.fixture(scope="module")
def trainings(run):
    config, folder = run
    return seeds.train_several(
        config, folder, n_seeds=2, ablations=["gru", "multitask"], progress=silent
    )


def test_every_arm_is_trained_with_every_seed(run, trainings):
    assert [(t.arm, t.seed) for t in trainings] == [
        (arm, seed) for arm in ("full", "no-gru", "single-task") for seed in (10, 11)
    ]
    table = pd.read_csv(run[1] / seeds.FOLDER / "comparison.csv")
    assert len(table) == 6
    assert table["model_id"].nunique() == 6
    assert "configuration" in json.loads((run[1] / seeds.FOLDER / "record.json").read_text())


def test_finished_trainings_are_kept_on_resuming(run, trainings):
    config, folder = run
    before = {t.folder: (t.folder / "manifest.json").stat().st_mtime_ns for t in trainings}
    again = seeds.train_several(
        config, folder, n_seeds=2, ablations=["gru", "multitask"], progress=silent
    )
    assert {t.folder: (t.folder / "manifest.json").stat().st_mtime_ns for t in again} == before


def test_differences_are_paired_by_seed(trainings):
    table = seeds.comparison(trainings).assign(score=[0.5, 0.7, 0.4, 0.5, 0.5, 0.7])
    found = seeds.differences(table).set_index("arm")
    assert found.loc["no-gru", "full_minus_arm"] == pytest.approx(0.15)
    assert found.loc["single-task", "full_minus_arm"] == pytest.approx(0)
    assert found.loc["no-gru", "low"] < 0.15 < found.loc["no-gru", "high"]


def test_page_compares_all_trainings_and_asks_for_nothing(trainings, tmp_path):
    page = write_comparison(trainings, "a <run>", tmp_path / "page.html").read_text()
    assert page.count("<svg") == 1
    assert "single-task" in page
    assert "a &lt;run&gt;" in page
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    ("ablations", "model", "said"),
    [
        (["everything"], ModelPlan(), "unknown"),
        (["gru"], ModelPlan(gru=False), "no gru that could be left out"),
        (["components"], ModelPlan(components=(0,)), "no components"),
    ],
)
def test_impossible_ablations_are_refused(ablations, model, said):
    with pytest.raises(ConfigError, match=said):
        arms_of_training(model, LossPlan(), ablations)


def test_components_become_an_arm_each():
    arms = arms_of_training(ModelPlan(), LossPlan(), ["components", "gpl"])
    assert list(arms) == ["full", "only-first", "only-second", "only-third", "no-gpl"]
    assert arms["only-third"].model.components == (2,)
    assert not arms["no-gpl"].loss.gpl


def test_without_a_store_nothing_is_trained(tmp_path):
    with pytest.raises(ConfigError, match="seismomag build"):
        seeds.train_several(demo_config(), RunFolder(tmp_path), progress=silent)
    with pytest.raises(ConfigError, match="at least 1"):
        seeds.train_several(demo_config(), RunFolder(tmp_path), n_seeds=0, progress=silent)


def is_absent(name):
    from importlib.util import find_spec

    return find_spec(name) is None


def test_numbers_of_every_epoch_are_told_to_trackers(trainings):
    told = list(scalars(trainings[0].folder / "metrics.jsonl"))
    assert {epoch for epoch, _, _ in told} == {1, 2}
    assert {"train/total", "validation/total", "learning_rate"} <= {name for _, name, _ in told}
    assert all(np.isfinite(value) for _, _, value in told)


@pytest.mark.parametrize("module", ["tensorboard", "mlflow", "optuna"])
def test_extra_that_is_not_installed_is_named(run, trainings, tmp_path, module):
    if not is_absent(module):
        pytest.skip(f"{module} is installed")
    metrics = trainings[0].folder / "metrics.jsonl"
    acts = {
        "tensorboard": lambda: write_tensorboard(metrics, tmp_path),
        "mlflow": lambda: log_mlflow(metrics, experiment="e", run_name="r"),
        "optuna": lambda: search(*run, n_trials=1, progress=silent),
    }
    with pytest.raises(ConfigError, match=r"pip install 'seismomag\["):
        acts[module]()


def test_tracker_without_metrics_says_so(tmp_path):
    with pytest.raises(ConfigError, match="train first"):
        list(scalars(tmp_path / "metrics.jsonl"))


def test_command_refuses_an_unknown_tracker(tmp_path):
    with pytest.raises(ConfigError, match="--track"):
        model_commands.train_several(tmp_path / "c.toml", None, track="paper")


def test_all_these_errors_leave_with_bad_input():
    assert all(issubclass(e, SeismomagError) for e in (ConfigError, ModelError, StoreError))
