"""Labels under a catalogue that is turned against the recordings: the common-shift null.

All stations see the same shift. The circle is the time that the horizons of the given rows span,
in whole days: events inside are moved by k days, and those that would leave at the end come in at
the start. The turn joins the last day to the first one; after a shift of k days that *seam*
lies k days after the start of the circle, and rows whose horizon straddles it mix two
ends of the catalogue. Rows of unknown label stay unknown wherever the events go.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.core.constants import NANOSECONDS_PER_DAY
from seismomag.core.errors import SchemaError
from seismomag.dataset.pairs import name_rows
from seismomag.dataset.rule import LabelRule


def circle(samples: pd.DataFrame) -> tuple[np.datetime64, int]:
    """First day and length [days] of the time that the horizons of the rows span.

    Raises
    ------
    SchemaError
        There are no rows, or a horizon does not begin and end at midnight.
    """
    if samples.empty:
        msg = "a shift needs at least one row: there is no time to turn"
        raise SchemaError(msg)
    edges = samples[["horizon_start", "horizon_end"]].to_numpy(dtype="datetime64[ns]")
    if (edges.astype(np.int64) % NANOSECONDS_PER_DAY).any():
        msg = "a horizon does not begin and end at 00:00 UTC; whole days cannot be shifted"
        raise SchemaError(msg)
    first, last = edges.min().astype("datetime64[D]"), edges.max().astype("datetime64[D]")
    return first, int((last - first).astype(np.int64))


def relabel(
    samples: pd.DataFrame, pairs: pd.DataFrame, rule: LabelRule, shift_days: int
) -> pd.DataFrame:
    """Label rows by the catalogue shifted circularly by whole days.

    Parameters
    ----------
    samples
        A sample table. Rows with unknown ``is_target`` stay as they are.
    pairs
        From :func:`~seismomag.dataset.labels.target_pairs`.
    rule
        The rule behind both; its ``naming`` decides among several events.
    shift_days
        Days by which each event is moved later on the circle of the module docstring; 0 gives
        the labels of the catalogue as it stands.

    Returns
    -------
    samples
        A copy with ``is_target, event_id, cluster_id, magnitude, distance_km, azimuth_deg,
        lead_time_days`` made anew.
    """
    moved = pairs.reset_index(drop=True)
    if shift_days:
        moved = _moved(moved, *circle(samples), shift_days)
    out = samples.copy()
    known = out["is_target"].notna().to_numpy()
    named = np.where(known, name_rows(out, moved, rule), -1)
    out["is_target"] = pd.arrays.BooleanArray(named >= 0, ~known)
    taken = moved.reindex(named)
    for column, kind in (("event_id", "str"), ("cluster_id", "str")):
        out[column] = pd.Series(taken[column].to_numpy(dtype=object), out.index, dtype=kind)
    for column in ("magnitude", "distance_km", "azimuth_deg"):
        out[column] = taken[column].to_numpy(np.float64)
    origin = taken["origin_time"].to_numpy(dtype="datetime64[ns]")
    lead = origin - out["issue_time"].to_numpy(dtype="datetime64[ns]")
    out["lead_time_days"] = lead / np.timedelta64(1, "D")
    return out


def _moved(pairs: pd.DataFrame, first: np.datetime64, n_days: int, shift_days: int) -> pd.DataFrame:
    start = first.astype("datetime64[ns]")
    since = (pairs["origin_time"].to_numpy(dtype="datetime64[ns]") - start).astype(np.int64)
    inside = (since >= 0) & (since < n_days * NANOSECONDS_PER_DAY)
    turned = (since[inside] + shift_days * NANOSECONDS_PER_DAY) % (n_days * NANOSECONDS_PER_DAY)
    kept: pd.DataFrame = pairs[inside].reset_index(drop=True)
    kept["origin_time"] = start + turned.astype("timedelta64[ns]")
    return kept


@dataclass(frozen=True, kw_only=True)
class ShiftGrid:
    """The truth of every station-day under every shift, from one small table.

    Horizons begin at midnight and last whole days, so a shift by whole days moves the table of
    labels as a whole: a label under a shift is one look into it.

    Attributes
    ----------
    first_day
        First UTC day of the circle.
    n_days
        Length of the circle [days]; shifts 1 ... n_days - 1 are all there are.
    horizon_days
        Days of a horizon.
    station_codes
        Order of the stations in ``opens_target``.
    opens_target
        Shape (stations, n_days), bool: whether a horizon that *begins* on this day of the circle
        holds a target of this station; horizons run over the seam.
    station, start_day
        Shape (n,): for each known row its station, and the day of the circle on which its
        horizon begins.
    row
        Shape (n,): position of each known row in the table the grid was made from.
    """

    first_day: np.datetime64
    n_days: int
    horizon_days: int
    station_codes: tuple[str, ...]
    opens_target: NDArray[np.bool_]
    station: NDArray[np.int64]
    start_day: NDArray[np.int64]
    row: NDArray[np.int64]

    @classmethod
    def of(cls, samples: pd.DataFrame, pairs: pd.DataFrame, rule: LabelRule) -> "ShiftGrid":
        """Make the grid for the rows of known label.

        Parameters
        ----------
        samples, pairs, rule
            As for :func:`relabel`.
        """
        first, n_days = circle(samples)
        codes = tuple(sorted(samples["station_code"].unique()))
        number = {code: i for i, code in enumerate(codes)}
        mine = pairs[pairs["station_code"].isin(codes)]
        day = _day_of(mine["origin_time"], first)
        inside = (day >= 0) & (day < n_days)
        opens = np.zeros((len(codes), n_days), dtype=bool)
        who = mine["station_code"].map(number).to_numpy(np.int64)
        for lead in range(rule.horizon_days):
            opens[who[inside], (day[inside] - lead) % n_days] = True
        row = np.flatnonzero(samples["is_target"].notna().to_numpy())
        known = samples.iloc[row]
        return cls(
            first_day=first,
            n_days=n_days,
            horizon_days=rule.horizon_days,
            station_codes=codes,
            opens_target=opens,
            station=known["station_code"].map(number).to_numpy(np.int64),
            start_day=_day_of(known["horizon_start"], first),
            row=row,
        )

    def labels(self, shift_days: ArrayLike) -> NDArray[np.bool_]:
        """Whether each known row is a target under each shift.

        Parameters
        ----------
        shift_days
            One shift, or shape (k,).

        Returns
        -------
        is_target
            Shape (n,) or (k, n), in the order of ``row``; equal to :func:`relabel`.
        """
        shift = np.asarray(shift_days, dtype=np.int64)[..., None]
        flat = self.station * self.n_days + (self.start_day - shift) % self.n_days
        return cast("NDArray[np.bool_]", np.take(self.opens_target.ravel(), flat))

    def straddles_seam(self, shift_days: ArrayLike) -> NDArray[np.bool_]:
        """Whether the horizon of each known row holds both ends of the catalogue.

        Parameters
        ----------
        shift_days
            One shift, or shape (k,).

        Returns
        -------
        is_mixed
            Shape (n,) or (k, n); never true for a shift of zero.
        """
        shift = np.asarray(shift_days, dtype=np.int64)[..., None]
        begins = (self.start_day - shift) % self.n_days
        mixed = begins > self.n_days - self.horizon_days
        return np.asarray(mixed)


def _day_of(times: pd.Series, first: np.datetime64) -> NDArray[np.int64]:
    days = times.to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    return cast("NDArray[np.int64]", (days - first).astype(np.int64))
