"""Quiet rows that resemble the positive ones in everything but the earthquake.

A set of positives beside whatever quiet days are at hand teaches the season, the sunspot cycle and
the state of the instrument. A matched control shares station, month and Kp stratum with its
positive, and lies near it in local-time coverage and year.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from seismomag.core.constants import QUIET_KP, STORM_KP
from seismomag.core.errors import ConfigError, SchemaError

KP_EDGES = (QUIET_KP, STORM_KP)
"""Kp strata: quiet, unsettled, storm; missing Kp is a stratum of its own."""

COVERAGE_STEP = 0.02
"""Difference of coverage that weighs as much as a year."""

CONTROL_COLUMNS = ("sample_id", "control_id", "years_apart", "coverage_difference")
BALANCE_COLUMNS = ("quantity", "all_quiet", "matched")

Quantity = Callable[[pd.DataFrame], NDArray[np.float64]]
_STRATUM = ("station_code", "month", "kp_stratum")


def matched_controls(
    samples: pd.DataFrame,
    *,
    per_positive: int = 1,
    coverage_columns: Sequence[str] = ("coverage",),
) -> pd.DataFrame:
    """Find for each positive row a quiet one that resembles it.

    Parameters
    ----------
    samples
        A sample table; rows of unknown label take no part.
    per_positive
        Controls for each positive.
    coverage_columns
        Shares of usable recording to be matched: of the day, or of parts of the local day where
        the table has such columns.

    Returns
    -------
    controls
        Columns :data:`CONTROL_COLUMNS`, a row for each pair, by ``sample_id``. Each quiet row is
        used once; in a stratum of the same station, month of the year and Kp the pairs are chosen
        so that the sum of the years apart and the differences of coverage (0.02 weighs as a year)
        is least. A positive without a free quiet row in its stratum stays without control.

    Raises
    ------
    ConfigError
        ``per_positive`` is below 1.
    SchemaError
        A column of coverage is missing.
    """
    if per_positive < 1:
        msg = f"per_positive={per_positive} must be 1 or more"
        raise ConfigError(msg)
    absent = [c for c in coverage_columns if c not in samples]
    if absent:
        msg = f"samples: no column {', '.join(absent)} to match on"
        raise SchemaError(msg)
    rows = _strata(samples)
    shares = rows[list(coverage_columns)].to_numpy(np.float64)
    year = rows["window_start"].dt.year.to_numpy(np.float64)
    is_target = rows["is_target"].to_numpy(bool)
    found = []
    for at in map(np.asarray, rows.groupby(list(_STRATUM), sort=True).indices.values()):
        positive = np.repeat(at[is_target[at]], per_positive)
        quiet = at[~is_target[at]]
        years = np.abs(year[positive][:, None] - year[quiet])
        gap = _gap(shares[positive], shares[quiet])
        one, other = linear_sum_assignment(years + gap / COVERAGE_STEP)
        found += [
            (positive[i], quiet[j], years[i, j], gap[i, j]) for i, j in zip(one, other, strict=True)
        ]
    ids = rows["sample_id"].to_numpy(object)
    table = pd.DataFrame(
        [(ids[i], ids[j], *rest) for i, j, *rest in found], columns=list(CONTROL_COLUMNS)
    ).astype({"sample_id": "str", "control_id": "str"})
    return table.sort_values(["sample_id", "control_id"], ignore_index=True)


def _gap(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean difference of coverage of each pair; a share that is missing on both sides is equal."""
    a, b = one[:, None, :], other[None, :, :]
    both, either = np.isnan(a) & np.isnan(b), np.isnan(a) ^ np.isnan(b)
    apart = np.where(either, 1.0, np.abs(np.nan_to_num(a) - np.nan_to_num(b)))
    return np.asarray(np.where(both, 0.0, apart).mean(axis=2))


def _strata(samples: pd.DataFrame) -> pd.DataFrame:
    """Rows of known label with what they must share, in the order of their ids."""
    known = samples[samples["is_target"].notna()].sort_values("sample_id", ignore_index=True)
    kp = known["kp_max"].to_numpy(np.float64)
    stratum = np.where(np.isnan(kp), -1, np.searchsorted(KP_EDGES, kp, side="right"))
    return known.assign(month=known["window_start"].dt.month, kp_stratum=stratum)


def balance(samples: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """Standardised differences between positives and quiet rows, before and after matching.

    Parameters
    ----------
    samples
        As for :func:`matched_controls`.
    controls
        Its result.

    Returns
    -------
    balance
        Columns :data:`BALANCE_COLUMNS`. ``(mean of positives - mean of quiet) / root of the mean
        of both variances`` of year, season (sine and cosine), Kp, Dst and coverage, and the
        largest of all stations' shares; ``all_quiet`` against every quiet row, ``matched`` the
        positives that have a control against their controls. Below 0.1 in size nothing of it can
        be learnt (Austin 2009, Stat. Med. 28, 3083). NaN where nothing is known.
    """
    rows = _strata(samples).set_index("sample_id", drop=False)
    truth = rows["is_target"].to_numpy(bool)
    everybody = (rows[truth], rows[~truth])
    pairs = (rows.loc[controls["sample_id"]], rows.loc[controls["control_id"]])
    quantities = [*_QUANTITIES, *_by_station(rows)]
    table = pd.DataFrame(
        [
            (name, *(_standardised(of(one), of(other)) for one, other in (everybody, pairs)))
            for name, of in quantities
        ],
        columns=list(BALANCE_COLUMNS),
    )
    return _with_worst_station(table)


def _turn(rows: pd.DataFrame) -> NDArray[np.float64]:
    day = rows["window_start"].dt.day_of_year.to_numpy(np.float64)
    return np.asarray(2 * np.pi * day / 365.25)


_QUANTITIES: tuple[tuple[str, Quantity], ...] = (
    ("year", lambda rows: rows["window_start"].dt.year.to_numpy(np.float64)),
    ("season, sine", lambda rows: np.sin(_turn(rows))),
    ("season, cosine", lambda rows: np.cos(_turn(rows))),
    ("largest Kp", lambda rows: rows["kp_max"].to_numpy(np.float64)),
    ("least Dst", lambda rows: rows["dst_min_nt"].to_numpy(np.float64)),
    ("coverage", lambda rows: rows["coverage"].to_numpy(np.float64)),
)
"""Names, and the numbers that they mean."""


def _by_station(rows: pd.DataFrame) -> list[tuple[str, Quantity]]:
    def share_of(code: str) -> Quantity:
        return lambda part: np.asarray(part["station_code"] == code, dtype=np.float64)

    return [(f"station {code}", share_of(code)) for code in sorted(rows["station_code"].unique())]


def _with_worst_station(table: pd.DataFrame) -> pd.DataFrame:
    """Put one line for the station whose share differs most in place of all stations."""
    is_station = table["quantity"].str.startswith("station ")
    stations, others = table[is_station], table[~is_station]
    worst = {c: _largest(stations[c]) for c in BALANCE_COLUMNS[1:]}
    line = pd.DataFrame([{"quantity": "station, largest share"} | worst])
    return pd.concat([others, line], ignore_index=True)


def _largest(values: pd.Series) -> float:
    """Value that is furthest from 0; NaN for none."""
    known = values.dropna().to_numpy(np.float64)
    return float(known[np.abs(known).argmax()]) if known.size else float("nan")


def _standardised(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Difference of the means in units of the common spread; 0 for equal constants."""
    one, other = one[~np.isnan(one)], other[~np.isnan(other)]
    if min(one.size, other.size) < 2:
        return float("nan")
    apart = float(one.mean() - other.mean())
    spread = float(np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2))
    if spread == 0:
        return 0.0 if apart == 0 else float(np.copysign(np.inf, apart))
    return apart / spread
