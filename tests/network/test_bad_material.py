"""Bad input at the door of the training: a clear error, or a model that says what it lacks."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from seismomag.core.errors import CoverageError, ModelError, SeismomagError
from seismomag.network import open_model
from seismomag.network.checkpoint import NAME
from seismomag.network.folder import MANIFEST


def test_pickle_in_place_of_a_checkpoint_is_refused_unread(case, tmp_path):
    class Attack:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was run",))

    (tmp_path / NAME).write_bytes(pickle.dumps(Attack()))
    with pytest.raises(ModelError, match="not a checkpoint"):
        case.fit(tmp_path, resume=True)


def test_model_of_another_version_is_refused(case, model_folder, tmp_path):
    import shutil

    folder = shutil.copytree(model_folder, tmp_path / "model")
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format": "seismomag model 99"}))
    with pytest.raises(ModelError, match="model 99"):
        open_model(folder)


def test_tensors_of_nothing_but_nan_are_refused(case, tmp_path):
    archive = case.archive
    blank = np.full_like(archive.store.tensors, np.nan)
    with pytest.raises(CoverageError, match="nothing but NaN"):
        case.fit(tmp_path, store=replace(archive.store, tensors=blank))
    assert not (tmp_path / MANIFEST).exists()


def test_day_of_nothing_but_nan_trains_to_a_finite_model(case, tmp_path):
    tensors = case.archive.store.tensors.copy()
    tensors[::3] = np.nan
    folder = case.fit(tmp_path, store=replace(case.archive.store, tensors=tensors))
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    assert all(np.isfinite(json.loads(line)["train"]["total"]) for line in lines)


def test_storm_penalty_without_any_kp_and_dst_is_refused(case, tmp_path):
    samples = case.archive.samples.assign(kp_max=np.nan, dst_min_nt=np.nan)
    with pytest.raises(CoverageError, match="none of 120 training rows has Kp or Dst"):
        case.fit(tmp_path, samples=samples)


def test_samples_without_kp_and_dst_are_counted_as_storm_unknown(case, tmp_path):
    samples = case.archive.samples.assign(kp_max=np.nan, dst_min_nt=np.nan)
    folder = case.fit(tmp_path, samples=samples, loss=replace(case.loss, gpl=False))
    entry = json.loads((folder / "metrics.jsonl").read_text().splitlines()[0])
    n_rows = 2 * int(samples.query("split == 'train'")["is_target"].sum())
    assert entry["n_storm_unknown"] == n_rows


def test_refusals_are_bad_input_to_the_command_line():
    assert issubclass(ModelError, SeismomagError)
