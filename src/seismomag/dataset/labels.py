"""The sample table: one row for each station-day, with what was known then and what followed."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import SchemaError
from seismomag.core.kinds import check_kind
from seismomag.core.schema import (
    SAMPLE_COLUMNS,
    Catalogue,
    check_catalogue,
    check_samples,
    check_space_weather,
)
from seismomag.core.stations import Station
from seismomag.dataset.coverage import covered
from seismomag.dataset.labels_unknown import why_unknown
from seismomag.dataset.pairs import target_pairs
from seismomag.dataset.rule import Horizon, LabelRule
from seismomag.dataset.shifts import ShiftGrid, relabel

__all__ = [
    "Horizon",
    "LabelRule",
    "ShiftGrid",
    "make_samples",
    "relabel",
    "target_pairs",
    "why_unknown",
]

_DAY = np.timedelta64(1, "D")


def make_samples(
    stations: Iterable[Station],
    days: pd.DataFrame | None,
    rule: LabelRule,
    catalogue: Catalogue,
    space_weather: pd.DataFrame,
    *,
    reach_s: int,
) -> pd.DataFrame:
    """Make the table of samples with their labels.

    Parameters
    ----------
    stations
        Each station of ``days`` must be among them.
    days
        ``station_code, day``: the station-days of the archive. Without it, every day of every
        station whose whole horizon the catalogue covers.
    rule
        Which earthquakes are targets.
    catalogue
        Rows whose horizon it does not cover whole are unknown (``<NA>``), never quiet; further
        reasons see :func:`~seismomag.dataset.labels_unknown.why_unknown`.
    space_weather
        Kp and Dst with the time at which each value was available.
    reach_s
        Seconds of the next day that the transform needs: the forecast is issued that long after
        the end of D.

    Returns
    -------
    samples
        Columns :data:`~seismomag.core.schema.SAMPLE_COLUMNS`, sorted by station and day,
        whatever the order of the inputs. ``coverage`` is NaN and ``store_row`` -1 until the build
        fills them; ``split`` is missing until :func:`~seismomag.dataset.splits.assign_splits` does.

    Raises
    ------
    SchemaError
        A table breaks its contract, ``days`` lacks a column or has days that are none (with a
        time zone, or not at 00:00), names a station that is not listed, or a station-day twice.
    ConfigError
        ``rule`` or ``reach_s`` is of another kind.
    """
    check_kind("rule", rule, LabelRule)
    check_kind("reach_s", reach_s, int)
    check_catalogue(catalogue)
    check_space_weather(space_weather)
    known = sorted(stations, key=lambda s: s.station_code)
    asked = _covered_days(known, catalogue, rule) if days is None else days
    samples = _rows(known, asked, rule, reach_s)
    window_end = samples["horizon_start"] - (rule.horizon_start_days - 1) * _DAY
    samples["kp_max"] = _strongest(samples, window_end, space_weather, "kp", np.fmax)
    samples["dst_min_nt"] = _strongest(samples, window_end, space_weather, "dst_nt", np.fmin)
    unknown = (why_unknown(samples, known, catalogue, rule) != "").to_numpy(bool)
    samples["is_target"] = pd.arrays.BooleanArray(np.zeros(len(samples), dtype=bool), unknown)
    samples = relabel(samples, target_pairs(known, catalogue, rule), rule, 0)
    return check_samples(samples[list(SAMPLE_COLUMNS)])


def _covered_days(stations: list[Station], catalogue: Catalogue, rule: LabelRule) -> pd.DataFrame:
    before = np.timedelta64(rule.horizon_start_days, "D")
    spans = [
        np.arange(
            np.datetime64(interval.start, "D") - before, np.datetime64(interval.end, "D") + _DAY
        )
        for interval in catalogue.coverage
    ]
    every = np.unique(np.concatenate([np.empty(0, "datetime64[D]"), *spans]))
    horizon = rule.horizon(every, 0)
    every = every[covered(catalogue, horizon.start, horizon.end)]
    codes = np.repeat(np.array([s.station_code for s in stations], dtype=object), every.size)
    days = np.tile(every.astype("datetime64[ns]"), len(stations))
    return pd.DataFrame({"station_code": pd.Series(codes, dtype="str"), "day": days})


def _rows(
    stations: list[Station], days: pd.DataFrame, rule: LabelRule, reach_s: int
) -> pd.DataFrame:
    """Rows without labels: who, when, and the interval spoken about."""
    absent = [name for name in ("station_code", "day") if name not in days]
    if absent:
        found = ", ".join(str(name) for name in days) or "none"
        msg = f"days: no column {', '.join(absent)}; found {found}, expected station_code and day"
        raise SchemaError(msg)
    table = pd.DataFrame(
        {"station_code": days["station_code"].astype("str"), "day": _utc_days(days["day"])}
    ).sort_values(["station_code", "day"], ignore_index=True)
    strange = sorted(set(table["station_code"]) - {s.station_code for s in stations})
    if strange:
        msg = f"days name station {', '.join(strange)}, which is not in the list of stations"
        raise SchemaError(msg)
    twice = table[table.duplicated()]
    if len(twice):
        code, day = twice.iloc[0]
        msg = f"station-day {code} {day:%Y-%m-%d} stands twice; keep one file a station and day"
        raise SchemaError(msg)
    day = table["day"].to_numpy(dtype="datetime64[ns]")
    horizon = rule.horizon(day, reach_s)
    stamp = table["day"].dt.strftime("%Y%m%d").astype("str")
    return pd.DataFrame(
        {
            "sample_id": (table["station_code"] + "_" + stamp).astype("str"),
            "station_code": table["station_code"],
            "window_start": day - (rule.window_days - 1) * _DAY,
            "issue_time": horizon.issue_time,
            "horizon_start": horizon.start,
            "horizon_end": horizon.end,
            "coverage": np.nan,
            "split": pd.Series(np.nan, index=table.index, dtype="str"),
            "store_row": np.full(len(table), -1, dtype=np.int64),
        }
    )


def _utc_days(column: pd.Series) -> NDArray[np.datetime64]:
    """UTC days as they are written; a day of another zone, or a time, is no UTC day."""
    looked = column if column.dtype == object else column.head(1)
    zoned = [value for value in looked if getattr(value, "tzinfo", None) is not None]
    if zoned:
        msg = f"days: day {zoned[0]} has a time zone, expected UTC days without one; convert them"
        raise SchemaError(msg)
    try:
        day: NDArray[np.datetime64] = column.to_numpy(dtype="datetime64[ns]")
    except (TypeError, ValueError) as error:
        msg = f"days: day is {column.dtype} and no date ({error}), expected datetime64 at 00:00 UTC"
        raise SchemaError(msg) from error
    wrong = day[np.isnat(day) | (day != day.astype("datetime64[D]"))]
    if wrong.size:
        msg = f"days: {wrong.size} are no day at 00:00 UTC, the first is {wrong[0]}; name UTC days"
        raise SchemaError(msg)
    return day


def _strongest(
    samples: pd.DataFrame,
    window_end: pd.Series,
    weather: pd.DataFrame,
    column: str,
    extreme: np.ufunc,
) -> NDArray[np.float64]:
    """Extreme of the values that begin in the window and were available at the issue time.

    Values that are missing are passed over; a window without any value stays NaN.
    """
    values = weather.loc[weather[column].notna(), ["time", "available_time", column]]
    time = values["time"].to_numpy(dtype="datetime64[ns]")
    available = values["available_time"].to_numpy(dtype="datetime64[ns]")
    value = values[column].to_numpy(np.float64)
    # All stations share the day: each window is searched once.
    windows, back = np.unique(
        np.stack(
            [
                times.to_numpy(dtype="datetime64[ns]").astype(np.int64)
                for times in (samples["window_start"], samples["issue_time"], window_end)
            ]
        ),
        axis=1,
        return_inverse=True,
    )
    start, issue, end = windows.astype("datetime64[ns]")
    low, high = np.searchsorted(time, start), np.searchsorted(time, end)
    count = high - low
    window = np.repeat(np.arange(len(start)), count)
    inside = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + low[window]
    in_time = available[inside] <= issue[window]
    best = np.full(len(start), np.nan)
    extreme.at(best, window[in_time], value[inside[in_time]])
    return best[np.ravel(back)]
