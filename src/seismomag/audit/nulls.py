"""Null models: what the same alarms would have scored on a catalogue that does not belong to them.

The primary null moves the whole catalogue by one common circular shift for all stations and keeps
the forecasts, their gaps and their dependence in place; all D - 1 shifts are enumerated. Shifting
rows or stations independently breaks the dependence between rows of one event and rejects far too
often; those forms are computed to be shown as invalid.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Ints = NDArray[np.int64]

YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Pairs:
    """Which stations lie in the range of which event, on a ring of D days.

    Attributes
    ----------
    event, station
        Shape (P,): numbers of the event and of the station of each pair.
    position
        Shape (E,): day of each event on the ring.
    """

    event: Ints
    station: Ints
    position: Ints

    @property
    def n_events(self) -> int:
        """Number of events E."""
        return int(self.position.size)

    def stations_of(self, event: int) -> Ints:
        """Stations in range of one event."""
        return cast("Ints", self.station[self.event == event])


def p_value(observed: float, null: Floats) -> float:
    """``(1 + #{T* >= T}) / (B + 1)``: never 0; NaN where nothing was observed.

    Examples
    --------
    >>> p_value(3.0, np.array([1.0, 2.0, 3.0, 0.0]))
    0.4
    """
    if not np.isfinite(observed):
        return float("nan")
    return float((1 + np.sum(null >= observed - 1e-9)) / (null.size + 1))


def hits_by_shift(in_alarm: Truths, pairs: Pairs) -> Ints:
    """Count the events hit when the catalogue is moved by 0 ... D - 1 days.

    Parameters
    ----------
    in_alarm
        Shape (S, D): state of every station on the ring.
    pairs
        Events and their in-range stations.

    Returns
    -------
    hits
        Shape (D,); the first is the observed one.
    """
    hits = np.zeros(in_alarm.shape[1], np.int64)
    for event, position in enumerate(pairs.position):
        anywhere = in_alarm[pairs.stations_of(event)].any(axis=0)
        hits += np.roll(anywhere, -position)
    return hits


def area_skill_by_shift(tau: Floats, pairs: Pairs) -> Floats:
    """Area skill for every shift; ``tau`` (S, D) as of :func:`molchan.alarm_fraction_above`."""
    total = np.zeros(tau.shape[1])
    for event, position in enumerate(pairs.position):
        total += np.roll(tau[pairs.stations_of(event)].min(axis=0), -position)
    return 1 - total / pairs.n_events if pairs.n_events else np.full(tau.shape[1], np.nan)


def horizon_labels(pairs: Pairs, shape: tuple[int, int], horizon_days: int) -> Truths:
    """Whether an event follows within the horizon that begins on each station-day of the ring.

    The ring is closed: an event of the first days labels the last ones, as it must for every
    shift but is not so in truth. What is compared with these labels goes through
    :func:`off_the_seam`.
    """
    label = np.zeros(shape, bool)
    days = (pairs.position[pairs.event][:, None] - np.arange(horizon_days)) % max(shape[1], 1)
    label[np.broadcast_to(pairs.station[:, None], days.shape), days] = True
    return label


def off_the_seam(probability: Floats, horizon_days: int) -> Floats:
    """Forecasts without those whose horizon crosses the end of the ring: NaN for the last ones.

    Examples
    --------
    >>> off_the_seam(np.array([[0.1, 0.2, 0.3, 0.4]]), 3)
    array([[0.1, 0.2, nan, nan]])
    """
    kept = probability.copy()
    kept[:, max(probability.shape[1] - horizon_days + 1, 0) :] = np.nan
    return kept


def auc_by_shift(probability: Floats, label: Truths) -> Floats:
    """Row AUC for every shift of the labels, rebuilt on the ring; gaps stay in place.

    The rank sum of the shifted positives is a circular correlation, so all shifts together cost
    one Fourier transform. Twice a mid-rank is a whole number, which makes rounding exact.

    Parameters
    ----------
    probability
        Shape (S, D); NaN where no forecast was made.
    label
        Shape (S, D).
    """
    known = np.isfinite(probability)
    doubled = np.zeros(probability.shape)
    doubled[known] = 2 * stats.rankdata(probability[known])
    rank_sum = np.rint(_correlate(label, doubled)) / 2
    positives = np.rint(_correlate(label, known.astype(np.float64)))
    negatives = known.sum() - positives
    area = rank_sum - positives * (positives + 1) / 2
    whole = positives * negatives
    out = np.full(whole.shape, np.nan)
    np.divide(area, whole, out=out, where=whole > 0)
    return out


def _correlate(label: Truths, values: Floats) -> Floats:
    # sum over s, d of label[s, d - shift] values[s, d], for every shift
    spectrum = np.conj(np.fft.rfft(label, axis=1)) * np.fft.rfft(values, axis=1)
    return np.fft.irfft(spectrum.sum(axis=0), n=label.shape[1])


def hits_by_station_shift(
    in_alarm: Truths, pairs: Pairs, n_draws: int, generator: np.random.Generator
) -> Ints:
    """Events hit when every station is shifted on its own (invalid: shared events part)."""
    n_stations, n_days = in_alarm.shape
    shift = generator.integers(0, n_days, size=(n_draws, n_stations))
    day = (pairs.position[pairs.event] + shift[:, pairs.station]) % n_days
    pair_hit = in_alarm[pairs.station, day]
    hits = np.zeros(n_draws, np.int64)
    for event in range(pairs.n_events):
        hits += pair_hit[:, pairs.event == event].any(axis=1)
    return hits


def permutation_p(probability: Floats, event: Truths) -> float:
    """Mann-Whitney p of rows taken as independent (invalid: rows of one event repeat it)."""
    if not event.any() or event.all():
        return float("nan")
    test = stats.mannwhitneyu(probability[event], probability[~event], alternative="greater")
    return float(test.pvalue)


def signed_shift(n_days: int) -> Ints:
    """Shifts 0 ... D - 1 read on the ring as -D/2 ... D/2 days."""
    shift = np.arange(n_days)
    return np.where(shift > n_days // 2, shift - n_days, shift)


def near_shifts(n_days: int, near_days: int) -> Truths:
    """Shifts so small that the alarms of a real signal may still cover the moved event."""
    return np.abs(signed_shift(n_days)) <= near_days


def season_shifts(n_days: int, tolerance_days: float = 15) -> Truths:
    """Shifts within the tolerance of whole years, none excepted but zero."""
    shift = np.abs(signed_shift(n_days))
    years = np.rint(shift / YEAR_DAYS)
    return (years >= 1) & (np.abs(shift - years * YEAR_DAYS) <= tolerance_days)


@dataclass(frozen=True)
class Floors:
    """How small the p of the common shift can get at all.

    Attributes
    ----------
    floor_1_over_d
        One over the number of days.
    floor_ties
        (Near shifts that score as well as the truth + 1) / D: a few days of shift leave the
        alarms of a real signal in place.
    days_needed
        Length of test at which the tie floor would reach alpha.
    """

    floor_1_over_d: float
    floor_ties: float
    days_needed: int


def floors(null: Floats, near_days: int, alpha: float = 0.01) -> Floors:
    """Floors of p for a statistic on all shifts.

    Parameters
    ----------
    null
        Shape (D,): the statistic at every shift, the observed one first.
    near_days
        Largest shift that counts as near.
    """
    near = near_shifts(null.size, near_days)
    near[0] = False
    ties = int(np.sum(near & (null >= null[0] - 1e-9)))
    return Floors(1 / null.size, (ties + 1) / null.size, int(np.ceil((ties + 1) / alpha)))
