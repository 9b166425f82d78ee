"""Trainings of a proof, and what its test rows say of them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.progress import Progress
from seismomag.dataset.gate import LEDGER_NAME, open_test, open_training
from seismomag.dataset.store import Store, open_store
from seismomag.experiment.demo import demo_config
from seismomag.experiment.proofs.world import WorldPlan, make_world
from seismomag.network.plans import LossPlan, ModelPlan
from seismomag.network.predict import predict
from seismomag.network.training import fit
from seismomag.signal.grid import AMPLITUDE_PLANES, ScalogramGrid

CONFIDENCE = 0.95
N_DRAWS = 2_000
SETTLED = 0.8
"""Share of the epochs after which the learning rate has come down."""


@dataclass(frozen=True, kw_only=True)
class ProofPlan:
    """A proof.

    Attributes
    ----------
    proof
        Key of ``PROOFS``.
    training_seeds
        One training for each and arm.
    epochs
        Of each training.
    n_archives
        Archives of the null proof.
    n_backgrounds
        Backgrounds that they share; 0 = each has its own. Archives of one background differ in
        their events alone and are not independent of each other.
    alarm_share
        Share of test rows in alarm at which arms are compared.
    """

    proof: str
    training_seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    epochs: int = 12
    n_archives: int = 20
    n_backgrounds: int = 0
    alarm_share: float = 0.2

    def __post_init__(self) -> None:
        object.__setattr__(self, "training_seeds", tuple(self.training_seeds))


@dataclass(frozen=True)
class Arm:
    """What is trained: a name and the plans that differ."""

    name: str
    model: ModelPlan
    loss: LossPlan


def usual_arm(name: str = "full", **of_model: object) -> Arm:
    """Give the demo's network and loss, with some fields of the model changed."""
    config = demo_config()
    return Arm(name, replace(config.model, **of_model), config.loss)  # type: ignore[arg-type]


def world_name(plan: WorldPlan) -> str:
    """Name a world by the digest of its plan."""
    return hashlib.sha256(repr(asdict(plan)).encode()).hexdigest()[:12]


def world_store(plan: WorldPlan, folder: Path, progress: Progress) -> Path:
    """Build or find the store of a world."""
    return make_world(plan, folder / "worlds" / f"{world_name(plan)}.h5", progress)


@dataclass(frozen=True)
class AmplitudePlanes:
    """The amplitude planes of a polarimetric store, as a store of their own."""

    store: Store

    @property
    def grid(self) -> ScalogramGrid:
        """The axes."""
        return replace(self.store.grid, representation="amplitude")

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        """Tensors ``(n, 3, F, T)``."""
        return self.store.read(rows)[:, : len(AMPLITUDE_PLANES)]


def _seen_by(arm: Arm, store: Store) -> Store | AmplitudePlanes:
    if arm.model.representation == store.grid.representation:
        return store
    return AmplitudePlanes(store)


def judged_rows(
    store_path: Path,
    arm: Arm,
    folder: Path,
    *,
    seed: int,
    epochs: int,
    other: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Train an arm, and lay its forecasts beside the truth of the test rows.

    Parameters
    ----------
    store_path
        From :func:`world_store`.
    arm
        What to train.
    folder
        Model and ledger go there; a model that stands there already is taken.
    seed, epochs
        Of the training.
    other
        The samples of the store with other labels or splits.

    Returns
    -------
    rows
        The test rows: samples and forecast joined.
    """
    training = replace(
        demo_config().training,
        seed=seed,
        epochs=epochs,
        # The other heads still learn when the detection, by which is chosen, is at its best.
        first_selectable_epoch=max(1, round(SETTLED * epochs)),
    )
    with open_store(store_path) as store:
        samples = store.samples if other is None else other
        source = _seen_by(arm, store)
        fit(
            source,
            open_training(samples),
            model=arm.model,
            loss=arm.loss,
            training=training,
            label_rule=asdict(demo_config().labels),
            folder=folder,
            resume=True,
            replace_other=True,
        )
        test = open_test(samples, folder / LEDGER_NAME, purpose="proof").samples
        forecast = predict(folder, source, test)
    shared = ["station_code", "issue_time", "horizon_start", "horizon_end"]
    return test.merge(forecast.drop(columns=shared), on="sample_id", suffixes=("", "_forecast"))


def auc(rows: pd.DataFrame) -> float:
    """Area under the ROC curve of the rows; NaN with a single class."""
    from seismomag.audit.scores import auc as area

    truth = rows["is_target"].to_numpy(bool)
    if truth.all() or not truth.any():
        return float("nan")
    return float(area(rows["probability"].to_numpy(float), truth))


def interval(
    values: Sequence[float] | NDArray[np.float64],
) -> tuple[float, float, float]:
    """Mean of independent values and its interval by Student's t."""
    from scipy.stats import t

    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    mean = float(known.mean())
    if len(known) < 2:
        return mean, float("nan"), float("nan")
    half = float(t.ppf((1 + CONFIDENCE) / 2, len(known) - 1) * known.std(ddof=1))
    half /= float(np.sqrt(len(known)))
    return mean, mean - half, mean + half


def resampled(
    groups: NDArray[np.generic], statistic: Callable[[NDArray[np.int64]], float], seed: int = 0
) -> tuple[float, float, float]:
    """Value of a statistic, and its interval by resampling whole groups.

    Parameters
    ----------
    groups
        Group of each row, such as its storm.
    statistic
        From positions of rows to a number.
    seed
        Of the draws.
    """
    names, place = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(place == k) for k in range(len(names))]
    vary = np.random.default_rng(seed)
    found = [
        statistic(np.concatenate([members[k] for k in vary.integers(0, len(names), len(names))]))
        for _ in range(N_DRAWS)
    ]
    low, high = np.nanquantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return statistic(np.arange(len(groups))), float(low), float(high)
