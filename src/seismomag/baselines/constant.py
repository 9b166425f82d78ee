"""Baselines without time: the alarm that never ends, and the habits of each station."""

from hashlib import sha256

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.baselines.context import (
    Context,
    Predict,
    base_rate,
    known_targets,
    make_forecast,
    training_end,
)
from seismomag.core.geodesy import circular_difference_deg


def always_alarm(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Say probability 1 every day: recall 1, and a precision equal to the base rate."""

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        return make_forecast(samples, "always_alarm", np.ones(len(samples)))

    return predict


def coin(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Toss a coin for each row: a number in [0, 1) that its ``sample_id`` alone decides.

    Frozen at an alarm fraction it alarms on that share of the rows, whatever happens.
    """

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        tossed = [sha256(str(name).encode()).digest()[:4] for name in samples["sample_id"]]
        value = np.array([int.from_bytes(t, "big") / 2**32 for t in tossed], dtype=np.float64)
        return make_forecast(samples, "coin", value)

    return predict


def station_climatology(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Repeat what is usual at each station.

    Probability: the share of event rows in training, two rows at the overall rate added. Azimuth:
    the constant with the least mean angular error over the training events. Magnitude: the class
    of the median training event. A station never seen takes the overall rate and names neither.
    """
    known = known_targets(samples_train)
    overall = base_rate(samples_train)
    target = known["is_target"].astype(np.float64).groupby(known["station_code"])
    rate = (target.sum() + 2 * overall) / (target.size() + 2)
    events = known[known["is_target"]].drop_duplicates(["station_code", "event_id"])
    per_station = events.groupby("station_code")
    azimuth = pd.Series(
        {code: _best_constant_deg(mine["azimuth_deg"]) for code, mine in per_station},
        dtype=np.float64,
    )
    size = per_station["magnitude"].median()
    cutoff = training_end(samples_train)
    n_classes = len(context.rule.magnitude_edges)

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        code = samples["station_code"]
        median = code.map(size).to_numpy(dtype=np.float64)
        return make_forecast(
            samples,
            "station_climatology",
            np.asarray(code.map(rate).fillna(overall), dtype=np.float64),
            azimuth_deg=np.asarray(code.map(azimuth), dtype=np.float64),
            magnitude_class=context.rule.magnitude_class(median),
            n_classes=n_classes,
            data_cutoff=cutoff,
        )

    return predict


def _best_constant_deg(azimuth: pd.Series) -> float:
    angles: NDArray[np.float64] = azimuth.dropna().to_numpy(dtype=np.float64)
    if not angles.size:
        return float("nan")
    guesses = np.arange(360.0)
    error = np.abs(circular_difference_deg(guesses[:, None], angles))
    return float(guesses[error.mean(axis=1).argmin()])
