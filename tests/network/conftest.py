"""A small archive with a planted signal, held in memory, and a model trained on it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seismomag.core.bands import Band
from seismomag.core.schema import check_samples
from seismomag.dataset.gate import TrainingRows, open_training
from seismomag.network import LossPlan, ModelPlan, TrainingPlan, fit
from seismomag.signal.grid import ScalogramGrid

# A script of processes that tests start, not a module of tests.
collect_ignore = ["process_work.py"]

N_DAYS = 60
N_TRAIN = 40
STATIONS = ("ALR", "KPY", "SCN")


@dataclass(frozen=True)
class MemoryStore:
    """A tensor source without a file."""

    grid: ScalogramGrid
    tensors: np.ndarray

    def read(self, rows: np.ndarray) -> np.ndarray:
        return self.tensors[rows]


@dataclass(frozen=True)
class Archive:
    """Tensors and the samples that point into them."""

    store: MemoryStore
    samples: pd.DataFrame


def make_samples(n_days: int = N_DAYS, n_train: int = N_TRAIN, seed: int = 1) -> pd.DataFrame:
    vary = np.random.default_rng(seed)
    n = n_days * len(STATIONS)
    day = np.tile(np.arange(n_days), len(STATIONS))
    code = np.repeat(STATIONS, n_days)
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    target = vary.random(n) < 0.25
    text = pd.Series([""] * n, dtype="str")
    return check_samples(
        pd.DataFrame(
            {
                "sample_id": [f"{c}_{d:03d}" for c, d in zip(code, day, strict=True)],
                "station_code": code,
                "window_start": start,
                "issue_time": start + pd.Timedelta(hours=24, minutes=9),
                "horizon_start": start + pd.Timedelta(days=2),
                "horizon_end": start + pd.Timedelta(days=9),
                "coverage": 1.0,
                "kp_max": vary.uniform(0, 7, n),
                "dst_min_nt": vary.uniform(-80, 20, n),
                "is_target": pd.array(target, dtype="boolean"),
                "event_id": text,
                "cluster_id": text,
                "magnitude": np.where(target, vary.uniform(4.5, 6.5, n), np.nan),
                "distance_km": 100.0,
                "azimuth_deg": np.where(target, vary.uniform(0, 360, n), np.nan),
                "lead_time_days": 3.0,
                "split": np.where(day < n_train, "train", "validation"),
                "store_row": np.arange(n),
            }
        )
    )


def make_archive(representation: str = "amplitude", **of_samples: Any) -> Archive:
    """Samples whose positive days are louder in one corner of every amplitude plane."""
    samples = make_samples(**of_samples)
    grid = ScalogramGrid(
        band=Band(low_hz=0.01, high_hz=0.1),
        n_frequencies=16,
        column_s=3600,
        representation=representation,
    )
    vary = np.random.default_rng(2)
    tensors = np.exp(vary.normal(-3, 0.5, (len(samples), grid.n_planes, 16, 24)))
    louder = samples["is_target"].to_numpy(bool)
    tensors[louder, :3, 2:8, 16:22] *= 3
    tensors[:, 3:] = vary.uniform(-0.5, 0.5, tensors[:, 3:].shape)
    tensors[::7, :, :, :3] = np.nan
    return Archive(MemoryStore(grid, tensors.astype(np.float16)), samples)


USUAL = LossPlan()
SMALL = ModelPlan(trunk="small", gru_width=8, dropout=0.1)
QUICK = TrainingPlan(epochs=3, batch_size=16, first_selectable_epoch=2, seed=5, mask_columns=3)
RULE = {"magnitude_edges": (4.5, 5.0, 6.0), "maximum_depth_km": float("inf")}


@dataclass(frozen=True)
class Case:
    """Everything that a short training needs."""

    archive: Archive
    model: ModelPlan = SMALL
    loss: LossPlan = USUAL
    training: TrainingPlan = QUICK

    def fit(self, folder: Path, **others: Any) -> Path:
        chosen = {
            "model": self.model,
            "loss": self.loss,
            "training": self.training,
            "label_rule": RULE,
        } | others
        samples = chosen.pop("samples", self.archive.samples)
        source = chosen.pop("store", self.archive.store)
        rows = samples if isinstance(samples, TrainingRows) else open_training(samples)
        return fit(source, rows, folder=folder, **chosen)

    def but(self, **changes: Any) -> "Case":
        return replace(self, **changes)


@pytest.fixture(scope="session")
def archive() -> Archive:
    return make_archive()


@pytest.fixture(scope="session")
def polarimetric_archive() -> Archive:
    return make_archive("polarimetric")


@pytest.fixture(scope="session")
def case(archive: Archive) -> Case:
    return Case(archive)


@pytest.fixture(scope="session")
def model_folder(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished model; tests must not change it."""
    return case.fit(tmp_path_factory.mktemp("trained") / "model")
