"""N4: labels shuffled by whole event blocks, the pipeline trained again on the same split.

If a pipeline finds skill in shuffled labels, its split leaks: the rows of one block were met in
training. Shuffling single rows breaks the blocks apart and passes on every pipeline, leaking or
not; it is offered only to show that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import scores
from seismomag.audit.rows import units
from seismomag.core.errors import ConfigError

Refit = Callable[[pd.DataFrame], pd.DataFrame]
"""``refit(samples with shuffled labels) -> forecast``; columns ``sample_id, probability``."""

TOLERANCE = 0.03
"""Largest distance of the mean null AUC from 0.5."""
MINIMUM_DRAWS = 5


@dataclass(frozen=True)
class Retraining:
    """Test AUC of pipelines that were trained on shuffled labels.

    Attributes
    ----------
    auc
        Shape (B,).
    unit
        ``block`` or ``row``: what was shuffled.
    """

    auc: NDArray[np.float64]
    unit: str

    @property
    def mean(self) -> float:
        """Mean AUC; 0.5 for a clean pipeline."""
        return float(np.nanmean(self.auc))

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval of the mean."""
        known = self.auc[np.isfinite(self.auc)]
        return float(1.96 * known.std(ddof=1) / np.sqrt(known.size)) if known.size > 1 else np.inf

    @property
    def is_clean(self) -> bool:
        """Whether the mean is 0.5 within :data:`TOLERANCE`, or its interval covers 0.5."""
        return abs(self.mean - 0.5) <= max(TOLERANCE, self.half_width)

    @property
    def sentence(self) -> str:
        """The finding in words."""
        said = f"{self.unit} shuffle with retraining, {self.auc.size} times: AUC {self.mean:.3f}"
        if self.unit == "row":
            return f"{said}; uninformative: a row shuffle passes on leaking pipelines too"
        return f"{said} +- {self.half_width:.3f}; " + (
            "the pipeline is clean" if self.is_clean else "the pipeline leaks"
        )


def shuffle_and_retrain(
    samples: pd.DataFrame,
    refit: Refit,
    *,
    n_draws: int,
    seed: int,
    unit: Literal["block", "row"] = "block",
) -> Retraining:
    """Train again on shuffled labels and score the test rows by these labels.

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
    generator = np.random.default_rng(seed)
    found = np.full(n_draws, np.nan)
    for draw in range(n_draws):
        shuffled = shuffle(samples, generator, unit)
        said = refit(shuffled).set_index("sample_id")["probability"]
        test = shuffled[(shuffled["split"] == "test") & shuffled["is_target"].notna()]
        probability = test["sample_id"].map(said).to_numpy(dtype=np.float64)
        told = np.isfinite(probability)
        event = test["is_target"].to_numpy(dtype=bool)[told]
        found[draw] = float(scores.auc(probability[told], event))
    return Retraining(found, unit)


def shuffle(
    samples: pd.DataFrame, generator: np.random.Generator, unit: str = "block"
) -> pd.DataFrame:
    """Exchange the labels of whole blocks; what names the event is taken away.

    A block is the rows of one earthquake cluster, or the quiet rows of a fortnight of the network;
    all its rows get the same new label.
    """
    known = samples["is_target"].notna().to_numpy()
    event = samples["is_target"].fillna(False).to_numpy(dtype=bool)
    if unit == "block":
        block = units(samples, event)
        first = np.unique(block, return_index=True)[1]
        new = generator.permutation(event[first])[block]
    else:
        new = event.copy()
        new[known] = generator.permutation(event[known])
    label = pd.Series(new, index=samples.index, dtype="boolean").where(known)
    blank = pd.Series(np.nan, index=samples.index)
    return samples.assign(
        is_target=label,
        event_id=blank.astype("str"),
        magnitude=blank,
        distance_km=blank,
        azimuth_deg=blank,
        lead_time_days=blank,
    )
