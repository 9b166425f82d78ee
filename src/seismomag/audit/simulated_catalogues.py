"""N5: alarms held fixed, earthquakes invented: the low hurdle of Luen & Stark (2008).

Each draw is an ETAS-like catalogue: background events are Poisson in time, each takes the
in-range stations of an observed event, and triggers aftershocks at the same stations by the laws
of Gutenberg-Richter, Utsu and Omori. Families are declustered to their largest member, as the
observed events are. An alarm that merely follows earlier earthquakes passes this test; it is
therefore shown beside the baselines and never decides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seismomag.audit.nulls import Pairs
from seismomag.core.errors import ConfigError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class EtasPlan:
    """Laws of the invented catalogue.

    Attributes
    ----------
    branching
        Mean number of direct aftershocks of an event, below 1.
    b_value
        Of Gutenberg and Richter.
    alpha
        Growth of the productivity with magnitude, below ``b_value``.
    omori_c_days, omori_p
        Rate of aftershocks ``(t + c)^-p``.
    omori_days
        Aftershocks later than this are left out [days].
    """

    branching: float = 0.4
    b_value: float = 1.0
    alpha: float = 0.8
    omori_c_days: float = 0.01
    omori_p: float = 1.1
    omori_days: float = 300.0

    def __post_init__(self) -> None:
        if not 0 <= self.branching < 1 or not 0 <= self.alpha < self.b_value:
            msg = (
                f"branching={self.branching}, alpha={self.alpha}, b_value={self.b_value}: the "
                "catalogue would explode; give branching in [0, 1) and alpha below b"
            )
            raise ConfigError(msg)
        if min(self.omori_c_days, self.omori_days) <= 0 or self.omori_p <= 1:
            msg = "omori_c_days and omori_days must be above 0, omori_p above 1"
            raise ConfigError(msg)


@dataclass(frozen=True)
class Family:
    """Events of one family tree: days after the first one, and magnitudes above the least."""

    time_days: Floats
    magnitude: Floats

    @property
    def largest(self) -> int:
        """Number of the mainshock (of equals the earliest)."""
        return int(self.magnitude.argmax())


def grow(plan: EtasPlan, generator: np.random.Generator) -> Family:
    """Let one background event trigger its descendants."""
    times, sizes = [0.0], [_size(plan, 1, generator)[0]]
    parent = 0
    while parent < len(times) and len(times) < 10_000:
        mean = plan.branching * (1 - plan.alpha / plan.b_value) * 10 ** (plan.alpha * sizes[parent])
        n = int(generator.poisson(mean))
        times += list(times[parent] + _delay(plan, n, generator))
        sizes += list(_size(plan, n, generator))
        parent += 1
    return Family(np.array(times), np.array(sizes))


def _size(plan: EtasPlan, n: int, generator: np.random.Generator) -> Floats:
    drawn = generator.exponential(1 / (plan.b_value * np.log(10)), n)
    # The largest event on Earth is about four units above the smallest target.
    return np.asarray(np.minimum(drawn, 4.0))


def _delay(plan: EtasPlan, n: int, generator: np.random.Generator) -> Floats:
    power = 1 - plan.omori_p
    first = plan.omori_c_days**power
    last = (plan.omori_days + plan.omori_c_days) ** power
    drawn = first + generator.random(n) * (last - first)
    return np.asarray(drawn ** (1 / power) - plan.omori_c_days)


def mainshock_days(
    plan: EtasPlan, mean_events: float, n_days: int, generator: np.random.Generator
) -> Ints:
    """Days of the mainshocks of one catalogue on a ring of ``n_days``; shape (n,).

    The number of families is Poisson with mean ``mean_events``.
    """
    n = int(generator.poisson(mean_events))
    days = np.empty(n, np.int64)
    for i, begin in enumerate(generator.uniform(0, n_days, n)):
        family = grow(plan, generator)
        days[i] = int(begin + family.time_days[family.largest]) % n_days
    return days


@dataclass(frozen=True)
class Catalogues:
    """Invented mainshocks of every draw.

    Attributes
    ----------
    draw, day, like
        Shape (M,): number of the draw, day on the ring, and the observed event whose stations
        it takes.
    n_draws
        Number of catalogues.
    """

    draw: Ints
    day: Ints
    like: Ints
    n_draws: int


def invent(
    pairs: Pairs, n_days: int, plan: EtasPlan | None = None, *, n_draws: int, seed: int
) -> Catalogues:
    """Invent catalogues; number and sets of stations of the observed events are kept on average."""
    generator = np.random.default_rng(seed)
    none = np.empty(0, np.int64)
    if not (pairs.n_events and n_days):
        return Catalogues(none, none, none, n_draws)
    chosen = plan or EtasPlan()
    days = [mainshock_days(chosen, pairs.n_events, n_days, generator) for _ in range(n_draws)]
    draw = np.repeat(np.arange(n_draws), [d.size for d in days])
    like = generator.integers(0, pairs.n_events, draw.size)
    return Catalogues(draw, np.concatenate(days), like, n_draws)


def hit_rates(in_alarm: NDArray[np.bool_], pairs: Pairs, catalogues: Catalogues) -> Floats:
    """Event hit rate of fixed alarms (S, D) on each catalogue; NaN for one without events."""
    hits = np.zeros(catalogues.draw.size)
    for event in range(pairs.n_events):
        anywhere = np.asarray(in_alarm[pairs.stations_of(event)].any(axis=0))
        mine = np.flatnonzero(catalogues.like == event)
        hits[mine] = anywhere[catalogues.day[mine]]
    n = np.bincount(catalogues.draw, minlength=catalogues.n_draws)
    total = np.bincount(catalogues.draw, hits, catalogues.n_draws)
    return np.asarray(
        np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0), dtype=np.float64
    )
