"""From probabilities to alarms: the state of a station, and the threshold frozen beforehand.

A forecast is valid from the first day of its horizon. A station is **in alarm** on day d when the
largest probability of the forecasts that became valid on the last ``state_days`` days, d included,
reaches the threshold. The alarm fraction tau is measured on this state: at a row share of 0.2 the
chance that any of 14 rows is an alarm is near 1, so the two must never be mixed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError, CoverageError

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class AlarmRule:
    """A threshold and how it came about.

    Attributes
    ----------
    threshold
        A station is in alarm when its state score is at least this probability.
    state_days
        Number of issue days over which the maximum is taken.
    target_tau
        Share of station-days in alarm that the threshold was to give.
    frozen_on
        The data that decided, in words.
    """

    threshold: float
    state_days: int
    target_tau: float
    frozen_on: str

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            msg = f"threshold {self.threshold} is not a probability; give a value in [0, 1]"
            raise ConfigError(msg)
        if self.state_days < 1:
            msg = f"state_days={self.state_days} holds no day; give at least 1"
            raise ConfigError(msg)
        if not 0 < self.target_tau < 1:
            msg = f"target_tau={self.target_tau} is no share of station-days; give 0 < tau < 1"
            raise ConfigError(msg)


def valid_day(forecast: pd.DataFrame) -> NDArray[np.datetime64]:
    """First UTC day on which each row is valid: the day of its ``horizon_start``."""
    return forecast["horizon_start"].to_numpy().astype("datetime64[D]")


def lay_out(
    forecast: pd.DataFrame,
    station_codes: NDArray[np.object_],
    days: NDArray[np.datetime64],
    column: str = "probability",
) -> Floats:
    """Lay the rows of a table onto a grid of stations and consecutive days.

    Parameters
    ----------
    forecast
        Columns ``station_code, horizon_start`` and the one named.
    station_codes
        Shape (S,).
    days
        Shape (D,): consecutive UTC days.
    column
        What to lay out.

    Returns
    -------
    values
        Shape (S, D); NaN where there is no row, the largest where there are several.
    """
    out = np.full((station_codes.size, days.size), np.nan)
    if not days.size:
        return out
    station = pd.Index(station_codes).get_indexer(pd.Index(forecast["station_code"]))
    day = (valid_day(forecast) - days[0]).astype(np.int64)
    inside = (station >= 0) & (day >= 0) & (day < days.size)
    values = forecast[column].to_numpy(dtype=np.float64, na_value=np.nan)
    np.fmax.at(out, (station[inside], day[inside]), values[inside])
    return out


def state(probability: Floats, state_days: int) -> Floats:
    """Largest probability of the last days, for each day.

    Parameters
    ----------
    probability
        Shape (..., D), consecutive days; NaN where no forecast was made.
    state_days
        Length of the memory, today included.

    Returns
    -------
    score
        Same shape; NaN where none of the days has a forecast.

    Examples
    --------
    >>> state(np.array([0.9, 0.1, np.nan, 0.2]), 2)
    array([0.9, 0.9, 0.1, 0.2])
    """
    score = probability.copy()
    for lag in range(1, min(state_days, probability.shape[-1])):
        score[..., lag:] = np.fmax(score[..., lag:], probability[..., :-lag])
    return score


def is_alarm(score: Floats, rule: AlarmRule) -> NDArray[np.bool_]:
    """Whether each state score is an alarm; where the score is missing there is none."""
    return np.nan_to_num(score, nan=-np.inf) >= rule.threshold


def freeze(validation_forecast: pd.DataFrame, *, state_days: int, target_tau: float) -> AlarmRule:
    """Fix the threshold as the (1 - tau) quantile of the state score on validation.

    Equal scores cannot be told apart: the threshold is the smallest score whose share of
    station-days (missing ones counted as quiet) does not exceed tau, or the largest score where
    even that one is too common.

    Parameters
    ----------
    validation_forecast
        Forecast rows that are not test rows.
    state_days
        Memory of the state.
    target_tau
        Wanted share of station-days in alarm.

    Returns
    -------
    rule
        To be kept unchanged on the test period.

    Raises
    ------
    CoverageError
        There is no validation row.
    """
    if validation_forecast.empty:
        msg = "no validation forecast: a threshold must be frozen on rows that are not test rows"
        raise CoverageError(msg)
    days = valid_day(validation_forecast)
    span = np.arange(days.min(), days.max() + 1)
    codes = np.unique(validation_forecast["station_code"].to_numpy(dtype=object))
    score = state(lay_out(validation_forecast, codes, span), state_days)
    warmed_up = score[:, state_days - 1 :] if span.size > state_days else score
    return AlarmRule(
        threshold=_upper_quantile(warmed_up, target_tau),
        state_days=state_days,
        target_tau=target_tau,
        frozen_on=f"{warmed_up.size} validation station-days {span[0]} .. {span[-1]}",
    )


def _upper_quantile(score: Floats, tau: float) -> float:
    known = score[np.isfinite(score)]
    values, counts = np.unique(known, return_counts=True)
    share_at_least = np.cumsum(counts[::-1])[::-1] / score.size
    rare = values[share_at_least <= tau]
    return float(rare[0] if rare.size else values[-1])
