"""Simple rules on the magnetometer: the night ratio of Z to H, and models on band powers."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from seismomag.baselines.context import (
    Context,
    Fit,
    Predict,
    base_rate,
    known_targets,
    make_forecast,
    training_end,
)
from seismomag.baselines.day_features import FEATURES
from seismomag.baselines.logistic import offset_for, rising_slope
from seismomag.baselines.trees import boosted

Floats = NDArray[np.float64]
Score = Callable[[pd.DataFrame], Floats]

RUNNING_DAYS = 90
LEAST_DAYS = 30
"""The running mean of a station takes the days before, at most 90 and at least 30 of them."""


def night_ratio(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Alarm when the night ratio of Z to H exceeds its running mean by many standard deviations.

    The classical rule is mean + 2 sigma of the last 30-90 days; here the number of sigmas is the
    value, so that a threshold can be frozen at any alarm fraction.
    """
    if context.day_features is None:
        return _flat(samples_train, "night_ratio")
    value = running_sigmas(context.day_features, context.day_features["log_night_ratio"])
    return _by_value(samples_train, value, "night_ratio")


def night_ratio_corrected(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Do as :func:`night_ratio`, after Kp and the other stations' mean were regressed out."""
    if context.day_features is None:
        return _flat(samples_train, "night_ratio_corrected")
    table = context.day_features
    remote = _remote(table)
    kp = _kp_of_day(table, context.space_weather)
    is_train = table["sample_id"].isin(samples_train["sample_id"]).to_numpy(dtype=bool)
    explained = _explained(np.column_stack([kp, remote]), table["log_night_ratio"], is_train)
    value = running_sigmas(table, table["log_night_ratio"] - explained)
    return _by_value(samples_train, value, "night_ratio_corrected")


def running_sigmas(table: pd.DataFrame, value: pd.Series) -> pd.Series:
    """Deviation of each day from the days before at the same station, in their sigmas.

    Parameters
    ----------
    table
        Columns ``sample_id, station_code, day``.
    value
        One for each row.

    Returns
    -------
    sigmas
        By ``sample_id``; NaN with fewer than :data:`LEAST_DAYS` earlier days.
    """
    ordered = table.assign(value=value).sort_values(["station_code", "day"])
    by_day = ordered.set_index("day").groupby("station_code")["value"]
    window = by_day.rolling(f"{RUNNING_DAYS}D", closed="left", min_periods=LEAST_DAYS)
    mean, spread = window.mean().to_numpy(), window.std().to_numpy()
    now = ordered["value"].to_numpy(dtype=np.float64)
    sigmas = np.divide(now - mean, spread, out=np.full(now.shape, np.nan), where=spread > 0)
    return pd.Series(sigmas, index=pd.Index(ordered["sample_id"]))


def _by_value(samples_train: pd.DataFrame, value: pd.Series, name: str) -> Predict:
    """Let the probability rise with a value; rows without one get the base rate."""
    known = known_targets(samples_train)
    told = known["sample_id"].map(value).to_numpy(dtype=np.float64)
    has = np.isfinite(told)
    rate = base_rate(samples_train)
    slope = rising_slope(told[has], known["is_target"].to_numpy(dtype=bool)[has])
    offset = offset_for(told[has], slope, rate)
    cutoff = training_end(samples_train)

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        now = samples["sample_id"].map(value).to_numpy(dtype=np.float64)
        said = np.where(np.isfinite(now), special.expit(offset + slope * now), rate)
        return make_forecast(samples, name, said, data_cutoff=cutoff)

    return predict


def band_power_logistic(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Fit a logistic regression on the band powers and ratios of the day."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scaler, regression = StandardScaler(), LogisticRegression(C=0.1)  # type: ignore[no-untyped-call]
    model = make_pipeline(scaler, regression)  # type: ignore[no-untyped-call]

    def fit(features: Floats, target: NDArray[np.bool_]) -> Callable[[Floats], Floats]:
        fitted = model.fit(features, target)
        return lambda rows: np.asarray(fitted.predict_proba(rows)[:, 1])

    return _by_model(samples_train, context, fit, "band_power_logistic")


def band_power_boosting(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Fit boosted trees on the band powers and ratios of the day."""
    return _by_model(samples_train, context, boosted, "band_power_boosting")


def _by_model(
    samples_train: pd.DataFrame,
    context: Context,
    fit: Callable[[Floats, NDArray[np.bool_]], Callable[[Floats], Floats]],
    name: str,
) -> Predict:
    """Fit on complete rows; what was not recorded gets the base rate."""
    known = known_targets(samples_train)
    target = known["is_target"].to_numpy(dtype=bool)
    if context.day_features is None:
        return _flat(samples_train, name)
    table = context.day_features.set_index("sample_id")[list(FEATURES)]
    features = table.reindex(known["sample_id"]).to_numpy(dtype=np.float64)
    has = np.isfinite(features).all(axis=1)
    if has.sum() < 2 or target[has].all() or not target[has].any():
        return _flat(samples_train, name)
    probability = fit(features[has], target[has])
    rate, cutoff = base_rate(samples_train), training_end(samples_train)

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        now = table.reindex(samples["sample_id"]).to_numpy(dtype=np.float64)
        told = np.isfinite(now).all(axis=1)
        said = np.full(len(samples), rate)
        if told.any():
            said[told] = probability(now[told])
        return make_forecast(samples, name, said, data_cutoff=cutoff)

    return predict


def _flat(samples_train: pd.DataFrame, name: str) -> Predict:
    rate, cutoff = base_rate(samples_train), training_end(samples_train)

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        return make_forecast(samples, name, np.full(len(samples), rate), data_cutoff=cutoff)

    return predict


def _remote(table: pd.DataFrame) -> Floats:
    """Mean night ratio of the other stations on the same day; NaN where there is none."""
    value = table["log_night_ratio"]
    by_day = value.groupby(table["day"])
    n = by_day.transform("count") - value.notna()
    total = by_day.transform("sum") - value.fillna(0)
    return np.asarray((total / n.where(n > 0)).to_numpy(dtype=np.float64))


def _kp_of_day(table: pd.DataFrame, weather: pd.DataFrame) -> Floats:
    """Largest Kp that began on the UTC day of the window and was out five minutes after it."""
    kp = weather.dropna(subset=["kp"])
    day = kp["time"].dt.floor("D")
    in_time = kp["available_time"] <= day + pd.Timedelta(days=1, minutes=5)
    by_day = kp["kp"][in_time].groupby(day[in_time]).max()
    return np.asarray(table["day"].map(by_day), dtype=np.float64)


def _explained(causes: Floats, value: pd.Series, is_train: NDArray[np.bool_]) -> Floats:
    """Fit the value by its causes on training rows; missing causes explain their mean."""
    y = value.to_numpy(dtype=np.float64)
    complete = is_train & np.isfinite(y) & np.isfinite(causes).all(axis=1)
    if complete.sum() <= causes.shape[1] + 1:
        return np.zeros(y.size)
    centre = causes[complete].mean(axis=0)
    design = np.nan_to_num(causes - centre)
    weights = np.linalg.lstsq(design[complete], y[complete] - y[complete].mean(), rcond=None)[0]
    return np.asarray(design @ weights)


MAGNETOMETER: dict[str, Fit] = {
    "night_ratio": night_ratio,
    "night_ratio_corrected": night_ratio_corrected,
    "band_power_logistic": band_power_logistic,
    "band_power_boosting": band_power_boosting,
}
