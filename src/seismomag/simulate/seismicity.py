"""An invented catalogue: Poisson mainshocks around the stations, each with its aftershocks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.geodesy import destination
from seismomag.core.kinds import check_kinds
from seismomag.core.schema import Catalogue, Interval
from seismomag.core.stations import Station
from seismomag.simulate.checks import require, require_not_negative
from seismomag.simulate.seeds import Purpose, generator


@dataclass(frozen=True, kw_only=True)
class SeismicityPlan:
    """How often, how strong and where the earth quakes.

    Attributes
    ----------
    mainshocks_per_station_day
        Rate of mainshocks of ``reference_magnitude`` and more around each station (Poisson)
        [1/day].
    reference_magnitude
        See above.
    minimum_magnitude, maximum_magnitude
        Range of the catalogue.
    b_value
        Of Gutenberg and Richter.
    scatter_km
        Standard deviation, north and east, of mainshocks about a station [km].
    depth_km
        Range of the uniform depth [km].
    aftershock_productivity
        Aftershocks of the minimum magnitude and more are Poisson with mean
        ``productivity * 10^(b (M - minimum))`` (Reasenberg & Jones 1989, Science 243, 1173).
    aftershock_gap
        The largest possible aftershock is this much smaller than its mainshock.
    omori_c_days, omori_p, omori_days
        Rate of aftershocks ``(t + c)^-p`` up to ``omori_days`` (Utsu 1961).
    aftershock_scatter_km
        Scatter of aftershocks for a mainshock of magnitude 5; grows as 10^(0.5 (M - 5)) [km].
    """

    mainshocks_per_station_day: float = 0.0121
    reference_magnitude: float = 5.0
    minimum_magnitude: float = 4.5
    maximum_magnitude: float = 6.8
    b_value: float = 1.0
    scatter_km: float = 90.0
    depth_km: tuple[float, float] = (5.0, 60.0)
    aftershock_productivity: float = 0.1
    aftershock_gap: float = 0.3
    omori_c_days: float = 0.02
    omori_p: float = 1.1
    omori_days: float = 100.0
    aftershock_scatter_km: float = 4.0

    def __post_init__(self) -> None:
        check_kinds(self)
        object.__setattr__(self, "depth_km", tuple(self.depth_km))
        require_not_negative(
            self,
            *("mainshocks_per_station_day", "aftershock_productivity", "aftershock_gap"),
            *("scatter_km", "aftershock_scatter_km"),
        )
        low, high = self.minimum_magnitude, self.maximum_magnitude
        require(
            low <= self.reference_magnitude < high,
            f"SeismicityPlan: magnitudes must rise: minimum {low}, reference "
            f"{self.reference_magnitude}, maximum {high}",
        )
        require(self.b_value > 0, "SeismicityPlan.b_value must be larger than 0")
        require(
            self.omori_c_days > 0 and self.omori_days > 0 and self.omori_p != 1,
            "SeismicityPlan: omori_c_days and omori_days must be above 0, omori_p not 1",
        )
        require(
            len(self.depth_km) == 2 and 0 <= self.depth_km[0] <= self.depth_km[1],
            f"SeismicityPlan.depth_km={self.depth_km} must be two rising depths",
        )


@dataclass(frozen=True)
class Shocks:
    """Earthquakes before they get names.

    Attributes
    ----------
    time_days
        After the start of the simulation [days].
    latitude_deg, longitude_deg, depth_km, magnitude
        Of each shock.
    parent
        Index of the mainshock that an aftershock follows; -1 for mainshocks.
    """

    time_days: NDArray[np.float64]
    latitude_deg: NDArray[np.float64]
    longitude_deg: NDArray[np.float64]
    depth_km: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    parent: NDArray[np.int64]


def make_catalogue(
    plan: SeismicityPlan,
    stations: Sequence[Station],
    start: np.datetime64,
    n_days: int,
    seed: int,
) -> tuple[Catalogue, frozenset[str]]:
    """Draw the catalogue of a simulation.

    Parameters
    ----------
    plan
        Rates and laws.
    stations
        The mainshocks lie around these.
    start, n_days
        Simulated span, which is also the coverage of the catalogue.
    seed
        Of the simulation.

    Returns
    -------
    catalogue
        Sorted by time; ids ``M000123`` for mainshocks and ``M000123A0004`` for aftershocks are
        stable: they count what was drawn, not what was kept.
    mainshocks
        Ids of the mainshocks.
    """
    main = _mainshocks(plan, stations, n_days, seed)
    after = _aftershocks(plan, main, seed)
    number = pd.Series(np.arange(main.magnitude.size)).map("M{:06d}".format)
    within = pd.Series(after.parent).groupby(after.parent).cumcount()
    parents = number.iloc[after.parent].reset_index(drop=True)
    tail = within.map("A{:04d}".format)
    table = pd.concat(
        [_table(main, number, start), _table(after, parents + tail, start)], ignore_index=True
    )
    end = start.astype("datetime64[ns]") + np.timedelta64(n_days, "D")
    inside = table[table["origin_time"] < end]
    events = inside.sort_values(["origin_time", "event_id"], ignore_index=True)
    span = Interval(pd.Timestamp(start), pd.Timestamp(end))
    return Catalogue(events, (span,)), frozenset(number)


def _table(shocks: Shocks, event_id: pd.Series, start: np.datetime64) -> pd.DataFrame:
    after_ms = np.floor(shocks.time_days * 86_400_000).astype("timedelta64[ms]")
    return pd.DataFrame(
        {
            "event_id": event_id.astype("str"),
            "origin_time": start.astype("datetime64[ns]") + after_ms,
            "latitude_deg": shocks.latitude_deg.round(4),
            "longitude_deg": shocks.longitude_deg.round(4),
            "depth_km": shocks.depth_km.round(1),
            "magnitude": shocks.magnitude.round(2),
            "magnitude_type": "Mw",
            "source": "simulated",
        }
    )


def _magnitudes(
    rng: np.random.Generator, b_value: float, low: float, high: NDArray[np.float64] | float, n: int
) -> NDArray[np.float64]:
    """Draw from the Gutenberg-Richter law between two magnitudes."""
    ratio = 1 - 10 ** (-b_value * (np.asarray(high) - low))
    drawn: NDArray[np.float64] = low - np.log10(1 - rng.random(n) * ratio) / b_value
    return drawn


def _mainshocks(
    plan: SeismicityPlan, stations: Sequence[Station], n_days: int, seed: int
) -> Shocks:
    rng = generator(seed, Purpose.MAINSHOCKS)
    b, low, high = plan.b_value, plan.minimum_magnitude, plan.maximum_magnitude
    # The rate is stated above the reference; the truncated law tells the rate above the minimum.
    share = (10 ** (-b * (plan.reference_magnitude - low)) - 10 ** (-b * (high - low))) / (
        1 - 10 ** (-b * (high - low))
    )
    rate = plan.mainshocks_per_station_day * len(stations) / share
    n = int(rng.poisson(rate * n_days))
    time_days = np.sort(rng.uniform(0, n_days, n))
    home = rng.integers(0, len(stations), n)
    north, east = plan.scatter_km * rng.standard_normal((2, n))
    latitude, longitude = destination(
        np.array([s.latitude_deg for s in stations])[home],
        np.array([s.longitude_deg for s in stations])[home],
        np.rad2deg(np.arctan2(east, north)),
        np.hypot(north, east),
    )
    magnitude = _magnitudes(rng, b, low, high, n)
    depth = rng.uniform(*plan.depth_km, n)
    return Shocks(time_days, latitude, longitude, depth, magnitude, np.full(n, -1))


def _aftershocks(plan: SeismicityPlan, main: Shocks, seed: int) -> Shocks:
    rng = generator(seed, Purpose.AFTERSHOCKS)
    low = plan.minimum_magnitude
    largest = main.magnitude - plan.aftershock_gap
    mean = plan.aftershock_productivity * 10 ** (plan.b_value * (main.magnitude - low))
    count = rng.poisson(np.where(largest > low, mean, 0))
    parent = np.repeat(np.arange(count.size), count)
    n = parent.size
    delay = _omori_days(plan, rng.random(n))
    scatter = plan.aftershock_scatter_km * 10 ** (0.5 * (main.magnitude[parent] - 5))
    latitude, longitude = destination(
        main.latitude_deg[parent],
        main.longitude_deg[parent],
        rng.uniform(0, 360, n),
        scatter * np.hypot(*rng.standard_normal((2, n))),
    )
    magnitude = _magnitudes(rng, plan.b_value, low, largest[parent], n)
    depth = np.clip(main.depth_km[parent] + 3 * rng.standard_normal(n), 1, None)
    return Shocks(main.time_days[parent] + delay, latitude, longitude, depth, magnitude, parent)


def _omori_days(plan: SeismicityPlan, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert the integral of ``(t + c)^-p`` from 0 to ``omori_days``."""
    c, power = plan.omori_c_days, 1 - plan.omori_p
    low, high = c**power, (plan.omori_days + c) ** power
    delay: NDArray[np.float64] = (low + uniform * (high - low)) ** (1 / power) - c
    return delay
