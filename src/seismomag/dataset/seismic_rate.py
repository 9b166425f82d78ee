"""How often earthquakes are to be expected at a station, from earlier earthquakes alone.

An ETAS-like rate, one station at a time (Ogata 1988, J. Am. Stat. Assoc. 83, 9):

``lambda_s(t) = mu_s + sum_i K 10^(alpha (M_i - M0)) (t - t_i + c)^-p`` over earlier events.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize

from seismomag.dataset.rule import LabelRule

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

ALPHA = 1.0
OMORI_C_DAYS = 0.01
OMORI_P = 1.1
MOST_PRODUCTIVITY = 0.05
"""Largest K tried: 0.05 means half an aftershock within a hundred days of an event of M0."""
_DAY = np.timedelta64(86_400_000_000_000, "ns")


@dataclass(frozen=True)
class Origins:
    """Events in range of one station: times [datetime64[ns]], sorted, and 10^(alpha (M - M0))."""

    time: Times
    weight: Floats


@dataclass(frozen=True, kw_only=True)
class RateModel:
    """A fitted rate.

    Attributes
    ----------
    background_per_day
        mu of each station: events a day that no earlier event explains.
    mean_per_day
        All events a day of each station over the fitted time: smoothed seismicity.
    productivity
        K of the formula of the module.
    origins
        Events of each station, those after the fitted time included.
    """

    background_per_day: Mapping[str, float]
    mean_per_day: Mapping[str, float]
    productivity: float
    origins: Mapping[str, Origins]


def every_event(rule: LabelRule) -> LabelRule:
    """Drop the declustering of a rule: aftershocks feed the rate as well."""
    return replace(rule, mainshocks_only=False)


def origins_of(pairs: pd.DataFrame, minimum_magnitude: float) -> dict[str, Origins]:
    """Group pairs of event and station, as of ``target_pairs``, by station."""
    found = {}
    for code, mine in pairs.groupby("station_code", sort=True):
        ordered = mine.sort_values("origin_time")
        weight = 10.0 ** (ALPHA * (ordered["magnitude"].to_numpy(float) - minimum_magnitude))
        found[str(code)] = Origins(ordered["origin_time"].to_numpy("datetime64[ns]"), weight)
    return found


def fit_rate(
    pairs: pd.DataFrame,
    station_codes: NDArray[np.object_],
    start: np.datetime64,
    end: np.datetime64,
    minimum_magnitude: float,
) -> RateModel:
    """Fit mu of each station and one K for all by maximum likelihood on ``[start, end)``.

    Half an event is added to each station, so that no rate is 0.

    Parameters
    ----------
    pairs
        From ``target_pairs`` under :func:`every_event`; events outside the time are kept as
        possible causes but not fitted.
    station_codes
        Shape (S,).
    minimum_magnitude
        M0.
    """
    origins = origins_of(pairs, minimum_magnitude)
    none = Origins(np.empty(0, "datetime64[ns]"), np.empty(0))
    codes = [str(code) for code in station_codes]
    days = float((end - start) / _DAY)
    parts = [_part(origins.get(code, none), start, end) for code in codes]

    def minus_likelihood(k: float) -> float:
        return -sum(_log_likelihood(part, k, days) for part in parts)

    best = optimize.minimize_scalar(
        minus_likelihood, bounds=(0.0, MOST_PRODUCTIVITY), method="bounded"
    )
    k = float(best.x)
    return RateModel(
        background_per_day={
            c: _background(part, k, days) for c, part in zip(codes, parts, strict=True)
        },
        mean_per_day={
            c: (part.excited.size + 0.5) / days for c, part in zip(codes, parts, strict=True)
        },
        productivity=k,
        origins={code: origins.get(code, none) for code in codes},
    )


@dataclass(frozen=True)
class _Part:
    """Excitation at each fitted event, and integrated over the fitted time, for K = 1."""

    excited: Floats
    integral: float


def _part(origins: Origins, start: np.datetime64, end: np.datetime64) -> _Part:
    inside = (origins.time >= start) & (origins.time < end)
    times = origins.time[inside]
    age = (times[:, None] - origins.time[None, :]) / _DAY
    with np.errstate(invalid="ignore"):
        kernel = np.where(age > 0, (np.maximum(age, 0) + OMORI_C_DAYS) ** -OMORI_P, 0.0)
    whole = expected_aftershocks(origins, np.array([start]), np.array([end]), np.array([end]))
    return _Part(kernel @ origins.weight, float(whole[0]))


def _background(part: _Part, k: float, days: float) -> float:
    return float(max(part.excited.size + 0.5 - k * part.integral, 0.5)) / days


def _log_likelihood(part: _Part, k: float, days: float) -> float:
    mu = _background(part, k, days)
    return float(np.log(mu + k * part.excited).sum() - mu * days - k * part.integral)


def expected_aftershocks(origins: Origins, start: Times, end: Times, known_until: Times) -> Floats:
    """Sum the integrals of ``w_i (t - t_i + c)^-p`` over ``[start, end)``.

    Parameters
    ----------
    origins
        Events of one station.
    start, end, known_until
        Shape (n,); only events before ``known_until`` count.

    Returns
    -------
    sum
        Shape (n,), to be multiplied by K.
    """
    if not origins.time.size:
        return np.zeros(start.size)
    begin = (start[:, None] - origins.time) / _DAY
    stop = (end[:, None] - origins.time) / _DAY
    is_known = (origins.time < known_until[:, None]) & (stop > 0)
    low = np.maximum(begin, 0) + OMORI_C_DAYS
    high = np.maximum(stop, 0) + OMORI_C_DAYS
    area = (low ** (1 - OMORI_P) - high ** (1 - OMORI_P)) / (OMORI_P - 1)
    return np.asarray(np.where(is_known, area, 0.0) @ origins.weight)


def expected_events(
    model: RateModel, station_code: str, start: Times, end: Times, known_until: Times
) -> Floats:
    """Expected number of events in range of a station within ``[start, end)``; shape (n,).

    Parameters
    ----------
    model, station_code
        A fitted rate, and one of its stations.
    start, end, known_until
        Shape (n,), datetime64[ns]: what lies after ``known_until`` is not used.
    """
    duration = (end - start) / _DAY
    origins = model.origins[station_code]
    triggered = expected_aftershocks(origins, start, end, known_until)
    return np.asarray(
        model.background_per_day[station_code] * duration + model.productivity * triggered
    )
