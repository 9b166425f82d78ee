"""What a baseline may read, and the shape of a baseline."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.schema import MAGNITUDE_CLASS_PREFIX, Catalogue, check_forecast
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule

Predict = Callable[[pd.DataFrame], pd.DataFrame]
"""``predict(samples) -> Forecast``; reads only what was available at each issue time."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Everything but the magnetometer, and a few band powers of it.

    Attributes
    ----------
    catalogue
        The whole list; a baseline takes from it what lies before each issue time.
    stations
        All stations of the samples.
    rule
        Which earthquakes are targets.
    space_weather
        Kp and Dst with the times at which they were available.
    day_features
        Columns ``sample_id, station_code, day`` and those of
        :data:`seismomag.baselines.day_features.FEATURES`, for every sample; None where nobody
        reads the magnetometer. The baselines that need it then say the base rate.
    """

    catalogue: Catalogue
    stations: tuple[Station, ...]
    rule: LabelRule
    space_weather: pd.DataFrame
    day_features: pd.DataFrame | None = None


Fit = Callable[[pd.DataFrame, Context], Predict]
"""``fit(training samples, context) -> predict``."""


def known_targets(samples: pd.DataFrame) -> pd.DataFrame:
    """Rows of which the catalogue says whether an event followed, ``is_target`` as a bool."""
    known = samples[samples["is_target"].notna()]
    return known.assign(is_target=known["is_target"].astype(bool))


def base_rate(samples: pd.DataFrame) -> float:
    """Rate of event rows, pulled to one half by two rows; 0.5 for no known rows."""
    known = known_targets(samples)
    return float((known["is_target"].sum() + 1) / (len(known) + 2))


def make_forecast(
    samples: pd.DataFrame,
    name: str,
    probability: NDArray[np.float64],
    *,
    azimuth_deg: NDArray[np.float64] | None = None,
    magnitude_class: NDArray[np.int64] | None = None,
    n_classes: int = 0,
    data_cutoff: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Put the words of a baseline into a Forecast table.

    Parameters
    ----------
    samples, probability
        Rows to speak of and what to say, shape (n,).
    name
        Kept as ``model_id``.
    azimuth_deg
        Shape (n,), or None for a baseline that names no direction.
    magnitude_class, n_classes
        Class named with certainty, shape (n,), or -1; without classes no columns are made.
    data_cutoff
        End of the training data.
    """
    keep = ["sample_id", "station_code", "issue_time", "horizon_start", "horizon_end"]
    forecast = samples[keep].reset_index(drop=True)
    blank = np.full(len(forecast), np.nan)
    forecast["probability"] = probability
    forecast["azimuth_deg"] = blank if azimuth_deg is None else azimuth_deg
    forecast["azimuth_kappa"] = blank
    forecast["model_id"] = name
    cutoff = np.datetime64("NaT", "ns") if data_cutoff is None else np.datetime64(data_cutoff, "ns")
    forecast["data_cutoff"] = np.full(len(forecast), cutoff)
    if magnitude_class is not None:
        for k in range(n_classes):
            said = (magnitude_class == k).astype(np.float64)
            forecast[f"{MAGNITUDE_CLASS_PREFIX}{k}"] = np.where(magnitude_class < 0, np.nan, said)
    return check_forecast(forecast)


def training_end(samples: pd.DataFrame) -> pd.Timestamp | None:
    """End of the last horizon of the training rows; None for no rows."""
    return None if samples.empty else samples["horizon_end"].max()
