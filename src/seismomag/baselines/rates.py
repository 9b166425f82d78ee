"""Baselines of place, season and earlier earthquakes."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize

from seismomag.baselines.context import (
    Context,
    Predict,
    base_rate,
    known_targets,
    make_forecast,
    training_end,
)
from seismomag.baselines.recent import CATALOGUE_DELAY
from seismomag.dataset.labels import target_pairs
from seismomag.dataset.seismic_rate import RateModel, every_event, expected_events, fit_rate

Floats = NDArray[np.float64]
PRIOR_ROWS = 30.0
"""Rows at the station's own rate that each season starts with."""


def station_season(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Repeat what is usual at each station in each quarter of the year."""
    known = known_targets(samples_train)
    overall = base_rate(samples_train)
    target = known["is_target"].astype(np.float64)
    station = target.groupby(known["station_code"])
    rate = (station.sum() + 2 * overall) / (station.size() + 2)
    seasonal = target.groupby([known["station_code"], _quarter(known)])
    codes = seasonal.size().index.get_level_values(0)
    prior = rate.reindex(codes).to_numpy(dtype=np.float64)
    by_season = (seasonal.sum() + PRIOR_ROWS * prior) / (seasonal.size() + PRIOR_ROWS)
    told = by_season.to_dict()
    cutoff = training_end(samples_train)

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        fallback = samples["station_code"].map(rate).fillna(overall)
        keys = zip(samples["station_code"], _quarter(samples), fallback, strict=True)
        said = np.array([told.get((code, q), other) for code, q, other in keys], dtype=np.float64)
        return make_forecast(samples, "station_season", said, data_cutoff=cutoff)

    return predict


def smoothed_rate(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Expect events at an ETAS-like rate, one station at a time.

    ``p = 1 - exp(-scale N)`` with N the events expected in the horizon from what the catalogue
    held an hour before the issue; the scale makes the mean of training the base rate.
    """
    rate, cutoff = base_rate(samples_train), training_end(samples_train)
    if samples_train.empty or cutoff is None:
        return _constant("smoothed_rate", rate)
    pairs = target_pairs(context.stations, context.catalogue, every_event(context.rule))
    codes = np.array([s.station_code for s in context.stations], dtype=object)
    model = fit_rate(
        pairs,
        codes,
        _ns(samples_train["window_start"].min()),
        _ns(cutoff),
        context.rule.minimum_magnitude,
    )
    scale = _scale(_expected(known_targets(samples_train), model), rate)

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        said = -np.expm1(-scale * _expected(samples, model))
        return make_forecast(samples, "smoothed_rate", said, data_cutoff=cutoff)

    return predict


def _constant(name: str, rate: float) -> Predict:
    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        return make_forecast(samples, name, np.full(len(samples), rate))

    return predict


def _expected(samples: pd.DataFrame, model: RateModel) -> Floats:
    """Expected events of each row; a station that the model does not know expects their mean."""
    out = np.full(len(samples), float(np.mean(list(model.mean_per_day.values()))))
    start, end = (samples[c].to_numpy("datetime64[ns]") for c in ("horizon_start", "horizon_end"))
    known = (samples["issue_time"] - CATALOGUE_DELAY).to_numpy("datetime64[ns]")
    codes = samples["station_code"].to_numpy(dtype=object)
    for code in model.mean_per_day:
        mine = codes == code
        out[mine] = expected_events(model, code, start[mine], end[mine], known[mine])
    return out


def _scale(expected: Floats, rate: float) -> float:
    if not expected.size:
        return 1.0
    found = optimize.brentq(
        lambda a: float(-np.expm1(-np.exp(a) * expected).mean()) - rate, -40.0, 40.0
    )
    return float(np.exp(found))


def _quarter(samples: pd.DataFrame) -> pd.Series:
    return pd.Series(samples["horizon_start"].dt.quarter)


def _ns(time: pd.Timestamp) -> np.datetime64:
    return np.datetime64(time, "ns")
