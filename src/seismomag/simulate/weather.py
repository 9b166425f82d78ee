"""Invented space weather: Kp with a 27-day beat and storms, and the Dst that follows."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import lfilter

from seismomag.core.constants import DST_DELAY_HOURS, KP_DELAY_HOURS
from seismomag.core.kinds import check_kinds
from seismomag.core.schema import SPACE_WEATHER_COLUMNS
from seismomag.simulate.checks import require, require_not_negative
from seismomag.simulate.seeds import Purpose, generator

MARGIN_DAYS = 2
"""Days of space weather kept on each side of a simulation, so that its edges have neighbours."""


@dataclass(frozen=True, kw_only=True)
class WeatherPlan:
    """How active the invented Sun is.

    Attributes
    ----------
    kp_mean
        Mean of Kp without storms.
    kp_scatter
        Standard deviation of the part that forgets.
    kp_memory_hours
        e-folding time of that part (AR(1)) [hours].
    kp_rotation
        Amplitude of the part that returns with the Sun's rotation of 27 days.
    storms_per_day
        Rate of storms (Poisson) [1/day].
    storm_kp
        Range from which the peak Kp of a storm is drawn: most are small, as the squared
        uniform number says.
    storm_decay_hours
        e-folding time of the storm's Kp after its peak [hours].
    dst_gain_nt_per_hour
        Injection of the ring current, ``-gain (Kp - 4)^1.5`` above Kp 4 [nT/hour].
    dst_decay_hours
        Recovery time of the ring current [hours]; Burton, McPherron & Russell 1975,
        J. Geophys. Res. 80, 4204, found 7.7 hours.
    """

    kp_mean: float = 1.75
    kp_scatter: float = 0.85
    kp_memory_hours: float = 15.0
    kp_rotation: float = 0.45
    storms_per_day: float = 0.031
    storm_kp: tuple[float, float] = (5.0, 9.0)
    storm_decay_hours: float = 9.0
    dst_gain_nt_per_hour: float = 4.0
    dst_decay_hours: float = 7.7

    def __post_init__(self) -> None:
        check_kinds(self)
        object.__setattr__(self, "storm_kp", tuple(self.storm_kp))
        require_not_negative(
            self, "kp_mean", "kp_scatter", "kp_rotation", "storms_per_day", "dst_gain_nt_per_hour"
        )
        for name in ("kp_memory_hours", "storm_decay_hours", "dst_decay_hours"):
            require(getattr(self, name) > 0, f"WeatherPlan.{name} must be longer than 0 hours")
        low, high = self.storm_kp
        require(0 <= low <= high <= 9, f"WeatherPlan.storm_kp={self.storm_kp} must rise within 0-9")


@dataclass(frozen=True)
class Weather:
    """Kp and Dst from ``MARGIN_DAYS`` before a simulation to as many after it.

    Attributes
    ----------
    kp
        Shape (8 n,), one value every three hours, in thirds.
    dst_nt
        Shape (24 n,), hourly [nT].
    """

    kp: NDArray[np.float64]
    dst_nt: NDArray[np.float64]


@lru_cache(maxsize=4)
def make_weather(plan: WeatherPlan, seed: int, n_days: int) -> Weather:
    """Draw the space weather of a simulation of ``n_days`` days."""
    n = 8 * (n_days + 2 * MARGIN_DAYS)
    kp = np.clip(_quiet_kp(plan, seed, n), 0, 4.5)
    kp = np.clip(np.maximum(kp, _storm_kp(plan, seed, n)), 0, 9)
    kp = np.round(kp * 3) / 3
    dst_nt = _dst_nt(plan, seed, kp)
    for values in (kp, dst_nt):
        values.flags.writeable = False
    return Weather(kp, dst_nt)


def _quiet_kp(plan: WeatherPlan, seed: int, n: int) -> NDArray[np.float64]:
    rng = generator(seed, Purpose.KP)
    memory = np.exp(-3 / plan.kp_memory_hours)
    phases = rng.uniform(0, 2 * np.pi, 2)
    steps = rng.standard_normal(n) * np.sqrt(1 - memory**2)
    steps[0] /= np.sqrt(1 - memory**2)
    wander = np.asarray(lfilter([1.0], [1.0, -memory], steps))
    turns = 2 * np.pi * np.arange(n) / (8 * 27)
    rotation = np.cos(turns + phases[0]) + 0.5 * np.cos(2 * turns + phases[1])
    kp: NDArray[np.float64] = plan.kp_mean + plan.kp_scatter * wander + plan.kp_rotation * rotation
    return kp


def _storm_kp(plan: WeatherPlan, seed: int, n: int) -> NDArray[np.float64]:
    rng = generator(seed, Purpose.STORMS)
    kp = np.zeros(n)
    count = rng.poisson(plan.storms_per_day * n / 8)
    low, high = plan.storm_kp
    for onset, size in zip(rng.uniform(0, n, count), rng.uniform(0, 1, count) ** 2, strict=True):
        hours = 3 * (np.arange(n) - onset)
        rise = np.exp(-((np.minimum(hours, 0) / 3) ** 2))
        shape = rise * np.exp(-np.maximum(hours, 0) / plan.storm_decay_hours)
        kp = np.maximum(kp, (low + (high - low) * size) * shape)
    return kp


def _dst_nt(plan: WeatherPlan, seed: int, kp: NDArray[np.float64]) -> NDArray[np.float64]:
    rng = generator(seed, Purpose.DST)
    hourly = np.repeat(kp, 3)
    injection = -plan.dst_gain_nt_per_hour * np.clip(hourly - 4, 0, None) ** 1.5
    keep = np.exp(-1 / plan.dst_decay_hours)
    ring = np.asarray(lfilter([1.0], [1.0, -keep], injection))
    wander = np.asarray(lfilter([1.0], [1.0, -0.9], rng.standard_normal(hourly.size)))
    dst: NDArray[np.float64] = np.round(ring - 3 * hourly + 1.5 * wander)
    return dst


def space_weather_table(weather: Weather, start: np.datetime64) -> pd.DataFrame:
    """Put Kp and Dst into rows as archives publish them.

    Parameters
    ----------
    weather
        From :func:`make_weather`.
    start
        First day of the simulation; the table begins ``MARGIN_DAYS`` earlier.

    Returns
    -------
    table
        Columns ``SPACE_WEATHER_COLUMNS``. Kp and Dst stand in rows of their own, because they
        become available at different times; F10.7 is not simulated and stays missing.
    """
    first = start.astype("datetime64[ns]") - np.timedelta64(MARGIN_DAYS, "D")
    kp = _rows(first, weather.kp, "kp", 3, KP_DELAY_HOURS)
    dst = _rows(first, weather.dst_nt, "dst_nt", 1, DST_DELAY_HOURS)
    table = pd.concat([kp, dst]).sort_values("time", kind="stable", ignore_index=True)
    return table[list(SPACE_WEATHER_COLUMNS)]


def _rows(
    first: np.datetime64,
    values: NDArray[np.float64],
    column: str,
    interval_hours: int,
    delay_hours: float,
) -> pd.DataFrame:
    time = first + np.arange(values.size) * np.timedelta64(interval_hours, "h")
    delay = np.timedelta64(round(3600 * (interval_hours + delay_hours)), "s")
    columns = {
        "time": time,
        "kp": np.full(values.size, np.nan),
        "dst_nt": np.full(values.size, np.nan),
        "f107_sfu": np.full(values.size, np.nan),
        "status": "final",
        "available_time": time + delay,
    }
    columns[column] = values.copy()
    return pd.DataFrame(columns)
