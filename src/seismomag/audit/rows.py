"""Station-day rows of the test: what was said, what followed, and which rows repeat each other."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.case import AuditCase
from seismomag.core.constants import STORM_DST_NT, STORM_KP

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Ints = NDArray[np.int64]

BLOCK_DAYS = 14
"""Quiet rows of all stations within this many days count as one unit."""


@dataclass(frozen=True)
class Rows:
    """Test rows with a forecast and a known outcome; every array has the shape (n,).

    Attributes
    ----------
    table
        Sample columns, and those of the forecast (``forecast_deg`` is its azimuth).
    probability, event
        What was said and what followed within the horizon.
    cluster
        Unit of resampling: the earthquake cluster of an event row, else a block of 14 days of
        the whole network.
    n_without_forecast
        Test rows that the forecast does not mention.
    n_unknown
        Test rows whose horizon the catalogue does not cover.
    """

    table: pd.DataFrame
    probability: Floats
    event: Truths
    cluster: Ints
    n_without_forecast: int
    n_unknown: int

    @property
    def n_events(self) -> int:
        """Earthquake clusters among the event rows."""
        return int(np.unique(self.cluster[self.event]).size)

    @property
    def n_days(self) -> int:
        """Different days."""
        return int(self.table["horizon_start"].nunique())


def make_rows(case: AuditCase, forecast: pd.DataFrame, split: str = "test") -> Rows:
    """Join a forecast to the known samples of a split, in the order of the samples."""
    joined = case.rows(forecast, split)
    known = joined[joined["is_target"].notna()].reset_index(drop=True)
    event = known["is_target"].to_numpy(dtype=bool)
    n_samples = int((case.samples["split"] == split).sum())
    return Rows(
        table=known,
        probability=known["probability"].to_numpy(dtype=np.float64),
        event=event,
        cluster=units(known, event),
        n_without_forecast=n_samples - len(joined),
        n_unknown=len(joined) - len(known),
    )


def units(table: pd.DataFrame, event: Truths) -> Ints:
    """Number the unit of each row: its earthquake cluster, or its fortnight of the network."""
    day = table["horizon_start"].to_numpy().astype("datetime64[D]").astype(np.int64)
    block = np.char.add("quiet ", (day // BLOCK_DAYS).astype(str))
    named = table["cluster_id"].where(event, None).to_numpy(dtype=object)
    # An event row that names no cluster is at least bound to the rows of its own fortnight.
    label = np.where(pd.isna(named), block, np.char.add("event ", named.astype(str)))
    return np.unique(label, return_inverse=True)[1].astype(np.int64)


def station_climatology(case: AuditCase, rows: Rows) -> Floats:
    """Rate of events of each station in the training rows, for each row; shape (n,).

    One event in two rows is added to each station, so that no rate is 0 or 1; a station without
    training rows gets the rate of all. NaN if there is no known training row at all.
    """
    return station_rates(case, rows.table["station_code"])


def station_rates(case: AuditCase, station_code: pd.Series) -> Floats:
    """As :func:`station_climatology`, for a column of stations."""
    train = case.samples[(case.samples["split"] == "train") & case.samples["is_target"].notna()]
    if train.empty:
        return np.full(len(station_code), np.nan)
    target = train["is_target"].astype(np.float64)
    overall = (target.sum() + 1) / (len(train) + 2)
    grouped = target.groupby(train["station_code"])
    rate = (grouped.sum() + 2 * overall) / (grouped.size() + 2)
    each = station_code.map(rate).fillna(overall)
    return np.asarray(each, dtype=np.float64)


def storm_stratum(table: pd.DataFrame) -> NDArray[np.object_]:
    """Name the stratum of each row: ``storm``, ``quiet``, or ``unknown`` without Kp and Dst.

    A storm is Kp >= 5 (NOAA G1) or Dst <= -50 nT; everything else that is known is quiet here.
    """
    kp = table["kp_max"].to_numpy(dtype=np.float64)
    dst = table["dst_min_nt"].to_numpy(dtype=np.float64)
    stratum = np.full(len(table), "quiet", dtype=object)
    stratum[np.isnan(kp) & np.isnan(dst)] = "unknown"
    stratum[(kp >= STORM_KP) | (dst <= STORM_DST_NT)] = "storm"
    return stratum
