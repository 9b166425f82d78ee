"""Baselines that read geomagnetic activity alone."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from seismomag.baselines.context import (
    Context,
    Predict,
    base_rate,
    known_targets,
    make_forecast,
    training_end,
)
from seismomag.baselines.logistic import logistic_weights

DST_SCALE_NT = 50.0
KP_SCALE = 3.0
INVERSE_SLOPE = 0.5
"""Fixed slope of the inverse rule: three units of Kp lower the log odds by one half."""


def kp_only(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Fit a logistic regression on Kp, Dst and whether each is missing.

    Any skill that it shows is a confounding of events and storms. With one class in training it
    says the base rate.
    """
    known = known_targets(samples_train)
    target = known["is_target"].to_numpy(dtype=bool)
    fill = _medians(known)
    cutoff = training_end(samples_train)
    weights = (
        logistic_weights(_features(known, fill), target) if 0 < target.sum() < target.size else None
    )
    rate = base_rate(samples_train)

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        if weights is None:
            probability = np.full(len(samples), rate)
        else:
            probability = special.expit(_features(samples, fill) @ weights[1:] + weights[0])
        return make_forecast(samples, "kp_only", probability, data_cutoff=cutoff)

    return predict


def kp_inverse(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Say that quiet days are dangerous: the probability falls with Kp by a fixed slope.

    A model that is merely silent in storms behaves like this. Missing Kp counts as the median.
    """
    known = known_targets(samples_train)
    middle = _medians(known)[0]
    offset = special.logit(base_rate(samples_train))
    cutoff = training_end(samples_train)

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        kp = samples["kp_max"].fillna(middle).to_numpy(dtype=np.float64)
        probability = special.expit(offset - INVERSE_SLOPE * (kp - middle) / KP_SCALE)
        return make_forecast(samples, "kp_inverse", probability, data_cutoff=cutoff)

    return predict


def _medians(samples: pd.DataFrame) -> tuple[float, float]:
    kp, dst = samples["kp_max"].dropna(), samples["dst_min_nt"].dropna()
    return (
        float(kp.median()) if len(kp) else 0.0,
        float(dst.median()) if len(dst) else 0.0,
    )


def _features(samples: pd.DataFrame, fill: tuple[float, float]) -> NDArray[np.float64]:
    """Scaled Kp and Dst, medians in place of missing values, and two marks for missing."""
    kp = samples["kp_max"].to_numpy(dtype=np.float64)
    dst = samples["dst_min_nt"].to_numpy(dtype=np.float64)
    return np.column_stack(
        [
            np.where(np.isnan(kp), 0.0, (kp - fill[0]) / KP_SCALE),
            np.where(np.isnan(dst), 0.0, (dst - fill[1]) / DST_SCALE_NT),
            np.isnan(kp),
            np.isnan(dst),
        ]
    )
