"""Which stations stand out, with the price of having looked at all of them.

Westfall & Young 1993: every common shift of the catalogue gives one largest station statistic;
a station is judged against these. The dependence between the stations is kept.
"""

from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import Played
from seismomag.audit.table import NAN, Line

Floats = NDArray[np.float64]
COLUMNS = (
    "station_code",
    "n_events",
    "hit_rate",
    "mean_null",
    "alarm_fraction",
    "p",
    "p_max_t",
)
MINIMUM_STATION_EVENTS = 3
"""Stations with fewer events are listed but not tested."""


def station_hits(in_alarm: NDArray[np.bool_], pairs: Pairs) -> Floats:
    """Events of each station in its own alarms, for every shift; shape (S, D)."""
    n_stations, n_days = in_alarm.shape
    count = np.zeros((n_stations, n_days))
    np.add.at(count, (pairs.station, pairs.position[pairs.event]), 1)
    spectrum = np.conj(np.fft.rfft(count, axis=1)) * np.fft.rfft(in_alarm, axis=1)
    return cast("Floats", np.rint(np.fft.irfft(spectrum, n=n_days, axis=1)))


def max_t(hits: Floats, tested: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Station p alone, and adjusted for the largest of all stations.

    Parameters
    ----------
    hits
        Shape (S, D): statistic at every common shift, the observed one first.
    tested
        Shape (S,).

    Returns
    -------
    p, p_max_t
        Shape (S,); NaN where not tested.
    """
    p, adjusted = np.full(hits.shape[0], NAN), np.full(hits.shape[0], NAN)
    mine = hits[tested]
    if not mine.size:
        return p, adjusted
    spread = mine.std(axis=1, keepdims=True)
    centred = mine - mine.mean(axis=1, keepdims=True)
    z = np.divide(centred, spread, out=np.zeros(mine.shape), where=spread > 0)
    n = hits.shape[1]
    p[tested] = (z >= z[:, :1] - 1e-9).sum(axis=1) / n
    adjusted[tested] = (z.max(axis=0)[None, :] >= z[:, :1] - 1e-9).sum(axis=1) / n
    return p, adjusted


def station_table(station_codes: NDArray[np.object_], played: Played, pairs: Pairs) -> pd.DataFrame:
    """One row for each station, columns :data:`COLUMNS`."""
    n_events = np.bincount(pairs.station, minlength=station_codes.size)
    hits = station_hits(played.in_alarm, pairs)
    p, adjusted = max_t(hits, n_events >= MINIMUM_STATION_EVENTS)
    whole = np.where(n_events > 0, n_events, np.nan)
    values = (
        station_codes.astype(str),
        n_events,
        hits[:, 0] / whole,
        hits[:, 1:].mean(axis=1) / whole,
        played.in_alarm.mean(axis=1),
        p,
        adjusted,
    )
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def lines(table: pd.DataFrame) -> list[Line]:
    """Say the best station, before and after paying for the choice."""
    tested = table[table["p"].notna()]
    if tested.empty:
        return []
    best = tested.iloc[int(tested["p_max_t"].to_numpy().argmin())]
    n = int(best["n_events"])
    note = f"station {best['station_code']}, the best of {len(tested)}"
    return [
        Line("best_station_p", "event", float(best["p"]), NAN, NAN, 0.05, 0, n, 0,
             f"{note}, not adjusted: not to be quoted alone"),
        Line("best_station_p_max_t", "event", float(best["p_max_t"]), NAN, NAN, 0.05, 0, n, 0,
             f"{note}, max-T over the common shifts"),
    ]  # fmt: skip
