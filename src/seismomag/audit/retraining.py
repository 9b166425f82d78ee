"""N4: labels exchanged among whole units, the pipeline trained again on the same split.

If a pipeline finds skill in exchanged labels, its split leaks: the rows of one unit were met in
training. Exchanging single rows breaks the units apart and passes on every pipeline, leaking or
not; it is offered only to show that. The check of foreign tables and the network of a run ask
the same question here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import scores
from seismomag.audit.intervals import cluster_t
from seismomag.audit.rows import units
from seismomag.core.errors import ConfigError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]
Refit = Callable[[pd.DataFrame], pd.DataFrame]
"""``refit(samples with exchanged labels) -> forecast``; columns ``sample_id, probability``."""

TOLERANCE = 0.03
"""Largest excess of the mean null AUC over 0.5."""
MINIMUM_DRAWS = 5


@dataclass(frozen=True)
class Retraining:
    """Test AUC of pipelines that were trained on exchanged labels.

    Attributes
    ----------
    auc
        Shape (B,); NaN where a draw left one class only.
    unit
        ``block`` or ``row``: what was exchanged.
    """

    auc: Floats
    unit: str

    @property
    def known(self) -> Floats:
        """AUC of the draws that left both classes."""
        return self.auc[np.isfinite(self.auc)]

    @property
    def mean(self) -> float:
        """Mean AUC; 0.5 for a clean pipeline; NaN without a draw."""
        return float(self.known.mean()) if self.known.size else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean by Student's t; open with fewer than two draws."""
        if self.known.size < 2:
            return -np.inf, np.inf
        return cluster_t(self.known, np.ones(self.known.size))

    @property
    def is_decided(self) -> bool:
        """Whether enough draws left both classes for the condition of the ladder."""
        return bool(self.known.size >= MINIMUM_DRAWS)

    @property
    def is_clean(self) -> bool:
        """Whether the mean is within :data:`TOLERANCE` of 0.5, or its interval reaches down to it.

        Fewer units than rows make single draws swing; below a half nothing was carried over.
        """
        return not (self.mean - 0.5 > TOLERANCE and self.interval[0] > 0.5)

    @property
    def sentence(self) -> str:
        """The finding in words."""
        low, high = self.interval
        said = f"{self.unit} shuffle with retraining, {self.known.size} times: AUC {self.mean:.3f}"
        if self.unit == "row":
            return f"{said}; uninformative: a row shuffle passes on leaking pipelines too"
        return f"{said} [{low:.3f}, {high:.3f}]; " + (
            "the pipeline is clean" if self.is_clean else "the pipeline leaks"
        )


def exchange(event: Truths, unit: Ints, generator: np.random.Generator) -> Truths:
    """Give every unit the label of another one; shape (n,).

    A unit of rows of both classes counts as what most of its rows are.
    """
    number = np.unique(unit, return_inverse=True)[1]
    share = np.bincount(number, event) / np.bincount(number)
    return np.asarray(generator.permutation(share >= 0.5)[number])


def null_areas(
    event: Truths,
    unit: Ints,
    retrain: Callable[[Truths], float],
    *,
    n_draws: int,
    generator: np.random.Generator,
) -> Floats:
    """AUC on the test of pipelines that were trained on exchanged labels; shape (B,).

    Parameters
    ----------
    event, unit
        Known label and unit of each row, shape (n,).
    retrain
        From the labels of these rows to the test AUC of the whole pipeline; NaN for one class.
    n_draws
        Retrainings.
    generator
        Of the exchanges.
    """
    return np.array([retrain(exchange(event, unit, generator)) for _ in range(n_draws)])


def shuffle_and_retrain(
    samples: pd.DataFrame,
    refit: Refit,
    *,
    n_draws: int,
    seed: int,
    unit: Literal["block", "row"] = "block",
) -> Retraining:
    """Train again on exchanged labels and score the test rows by these labels.

    A block is the rows of one earthquake cluster, or the quiet rows of a fortnight of the network;
    all its rows get the same new label. Rows of unknown label keep it.

    Parameters
    ----------
    samples
        Every split; rows of unknown label keep it.
    refit
        The whole pipeline: selection, early stopping, threshold. Sees shuffled labels only.
    n_draws
        At least 5; 20 or more for a cheap pipeline.
    seed
        Of the shuffles.
    unit
        What is shuffled.

    Raises
    ------
    ConfigError
        Too few draws, or an unknown unit.
    """
    if n_draws < MINIMUM_DRAWS or unit not in ("block", "row"):
        msg = f"n_draws={n_draws}, unit={unit!r}: give 5 draws or more, and 'block' or 'row'"
        raise ConfigError(msg)
    known = samples["is_target"].notna().to_numpy()
    event = samples["is_target"][known].to_numpy(dtype=bool)
    number = units(samples[known], event) if unit == "block" else np.arange(event.size)

    def retrain(new: Truths) -> float:
        shuffled = _relabelled(samples, known, new)
        said = refit(shuffled).set_index("sample_id")["probability"]
        test = shuffled[(shuffled["split"] == "test") & known]
        probability = test["sample_id"].map(said).to_numpy(dtype=np.float64)
        told = np.isfinite(probability)
        truth = test["is_target"].to_numpy(dtype=bool)[told]
        return float(scores.auc(probability[told], truth))

    generator = np.random.default_rng(seed)
    return Retraining(
        null_areas(event, number, retrain, n_draws=n_draws, generator=generator), unit
    )


def _relabelled(samples: pd.DataFrame, known: Truths, new: Truths) -> pd.DataFrame:
    """Give known rows new labels; what names the event is taken away."""
    label = pd.Series(pd.NA, index=samples.index, dtype="boolean")
    label[known] = new
    blank = pd.Series(np.nan, index=samples.index)
    return samples.assign(
        is_target=label,
        event_id=blank.astype("str"),
        magnitude=blank,
        distance_km=blank,
        azimuth_deg=blank,
        lead_time_days=blank,
    )
