"""Steps that clean a foreign forecast table; each says in sentences what it did.

Every step takes rows with ``date``, ``station`` and other columns of ours, and returns rows and
notes.
"""

import numpy as np
import pandas as pd

from seismomag.core.errors import SchemaError
from seismomag.core.geodesy import wrap_deg

MOST_DAYS = 40_000
MOST_CELLS = 20_000_000


def usable(rows: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[str]]:
    """Leave out rows without a date, a station or a forecast.

    Raises
    ------
    SchemaError
        No row is left, or the dates span too many days.
    """
    said = [c for c in ("probability", "alarm") if c in rows]
    good = rows["date"].notna() & rows[said].notna().any(axis=1)
    nowhere = good & rows["station"].isna()
    if not (good & ~nowhere).any():
        msg = f"{name}: none of {len(rows)} rows has a date, a station and a forecast"
        raise SchemaError(msg)
    kept = rows[good & ~nowhere].assign(date=lambda t: t["date"].dt.floor("D"))
    _refuse_large(kept, name)
    notes = []
    if not good.all():
        notes.append(f"{int((~good).sum())} rows without date or forecast left out")
    if nowhere.any():
        first = int(np.flatnonzero(nowhere.to_numpy())[0]) + 1
        notes.append(
            f"{int(nowhere.sum())} rows with an empty cell for the station left out, the first "
            f"is row {first}"
        )
    if {"probability", "alarm"} <= set(kept) and kept["alarm"].isna().any():
        n = int(kept["alarm"].isna().sum())
        notes.append(f"{n} rows tell a probability and no alarm: they count as no alarm")
    return kept, notes


def _refuse_large(rows: pd.DataFrame, name: str) -> None:
    span = (rows["date"].max() - rows["date"].min()).days + 1
    if span > MOST_DAYS:
        msg = f"{name}: the dates span {span:,} days; expected at most {MOST_DAYS:,}"
        raise SchemaError(msg)
    n = rows["station"].nunique()
    if n * span > MOST_CELLS:
        msg = (
            f"{name}: {n:,} stations on {span:,} days; expected at most {MOST_CELLS:,} "
            "station-days; is another column the station?"
        )
        raise SchemaError(msg)


def same_codes(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Take codes that differ in capitals only as one station: the form that stands most often."""
    codes = rows["station"].astype("str")
    counted = (
        codes.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    )
    folded = pd.Series(counted.index, index=counted.index.str.casefold())
    usual = folded[~folded.index.duplicated()]
    if len(usual) == len(folded):
        return rows, []
    one = codes.str.casefold().map(usual)
    n = int((one != codes).sum())
    return rows.assign(station=one), [f"{n} rows write the code of a station in other capitals"]


def on_time(rows: pd.DataFrame, offset_days: int) -> tuple[pd.DataFrame, list[str]]:
    """Do not score what was issued after the time that it speaks of had begun.

    Raises
    ------
    SchemaError
        All of it was.
    """
    if "issued" not in rows:
        return rows, []
    notes = []
    silent = rows["issued"].isna()
    if silent.any():
        notes.append(
            f"{int(silent.sum())} of {len(rows)} rows tell no time of issue: they are scored, and "
            "nothing shows that they were in time"
        )
    late = rows["issued"] > rows["date"] + pd.Timedelta(days=offset_days)
    if late.all():
        msg = f"all {len(rows)} rows were issued after the day that they speak of had begun"
        raise SchemaError(msg)
    if late.any():
        notes.append(f"{int(late.sum())} rows issued after their day had begun are not scored")
    return rows[~late], notes


def in_degrees(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Recognise radians: many different azimuths, none beyond a full turn of 2 pi."""
    notes = []
    for column in ("azimuth_deg", "azimuth_true_deg"):
        if column not in rows:
            continue
        angle = rows[column]
        told = angle.dropna().unique()
        # Half a dozen different values below 6.3 deg do not happen by chance in degrees.
        if told.size >= 6 and np.abs(told).max() <= 2 * np.pi + 1e-6:
            notes.append(f"{column} was given in radians; turned into degrees")
            angle = np.rad2deg(angle)
        wrapped = pd.Series(wrap_deg(angle.to_numpy(dtype=np.float64)), index=rows.index)
        rows = rows.assign(**{column: wrapped})
    return rows, notes


def one_row_a_day(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Keep the most alarming row of each station and day; contradicting labels are unknown."""
    by = [c for c in ("alarm", "probability") if c in rows]
    rows, notes = _without_contradictions(rows)
    ordered = rows.sort_values(["station", "date", *by], kind="stable", na_position="first")
    twice = ordered.duplicated(["station", "date"], keep="last")
    n = int(twice.sum())
    if n:
        notes.insert(0, f"{n} rows repeat a station and day; the most alarming of each is kept")
    return ordered[~twice], notes


def _without_contradictions(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Take labels of a station and day as unknown where its rows contradict each other."""
    if "event" not in rows:
        return rows, []
    same = rows.groupby(["station", "date"])["event"]
    low, high = same.transform("min"), same.transform("max")
    torn = low < high
    n = len(rows.loc[torn, ["station", "date"]].drop_duplicates())
    notes = [f"{n} station-days whose rows contradict each other in their label are unknown"]
    return rows.assign(event=high.where(~torn)), notes if n else []
