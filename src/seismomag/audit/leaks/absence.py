"""Part of C15: whether the station-days and forecasts that do not exist tell the class.

A table holds only what exists. Where rows were kept, or forecasts made, mostly before
earthquakes, their existence alone is an alarm.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from seismomag.audit import proxies
from seismomag.audit.leaks.case import LeakCase
from seismomag.audit.proxies import Area
from seismomag.dataset.labels_unknown import why_unknown
from seismomag.dataset.pairs import name_rows

DAY = pd.Timedelta(days=1)
TIMES = ("issue_time", "horizon_start", "horizon_end")


class Absence(NamedTuple):
    """What is absent of one kind of thing.

    Attributes
    ----------
    name
        What does not exist.
    n
        How many.
    difference
        Share absent among event days less that among quiet days.
    told
        AUC of existence alone, compared within stations.
    """

    name: str
    n: int
    difference: float
    told: Area


def absences(case: LeakCase) -> list[Absence]:
    """Absent station-days and absent forecasts; none where nothing is absent or can be known."""
    return [*_of_days(case), *_of_forecasts(case)]


def _of_forecasts(case: LeakCase) -> list[Absence]:
    if not case.has("probability"):
        return []
    rows = case.known[case.known["split"] == case.held_out]
    return _compare(case, "forecasts", rows, rows["probability"].notna())


def _of_days(case: LeakCase) -> list[Absence]:
    """Days between the first and the last row of each station that have no row."""
    needs = ("catalogue", "station_code", "window_start", *TIMES)
    if not (case.counts_absent_days and all(map(case.has, needs))):
        return []
    absent = _absent_days(case)
    if absent.empty:
        return []
    present = case.rows[case.rows["is_target"].notna()]
    rows = pd.concat(
        [present.assign(is_there=True), _labelled(case, absent).assign(is_there=False)],
        ignore_index=True,
    )
    rows["is_target"] = rows["is_target"].astype(bool)
    return _compare(case, "station-days", rows, rows["is_there"].astype(bool))


def _absent_days(case: LeakCase) -> pd.DataFrame:
    rows = case.rows.sort_values(["station_code", "window_start"])
    offsets = {c: (rows[c] - rows["window_start"]).median() for c in TIMES}
    parts = []
    for code, mine in rows.groupby("station_code"):
        have = pd.DatetimeIndex(mine["window_start"])
        lost = pd.date_range(have.min(), have.max(), freq=DAY).difference(have)
        parts.append(pd.DataFrame({"station_code": str(code), "window_start": lost}))
    absent = pd.concat(parts, ignore_index=True)
    times = {name: absent["window_start"] + by for name, by in offsets.items()}
    return absent.assign(day=absent["window_start"], **times)


def _labelled(case: LeakCase, absent: pd.DataFrame) -> pd.DataFrame:
    """Rows with a known label, as the rule would have given it."""
    if case.catalogue is None or case.rule is None:
        return absent[:0]
    why = why_unknown(absent, case.stations, case.catalogue, case.rule)
    known = absent[(why == "").to_numpy(dtype=bool)].reset_index(drop=True)
    place = name_rows(known, case.pairs, case.rule)
    # One more entry, to which the place -1 of a quiet day points.
    cluster = np.array([*case.pairs["cluster_id"], None], dtype=object)
    return known.assign(is_target=place >= 0, cluster_id=pd.Series(cluster[place], dtype="str"))


def _compare(case: LeakCase, name: str, rows: pd.DataFrame, is_there: pd.Series) -> list[Absence]:
    there, event = is_there.to_numpy(dtype=bool), rows["is_target"].to_numpy(dtype=bool)
    if there.all() or not there.any() or event.all() or not event.any():
        return []
    score = there.astype(np.float64)
    if case.has("station_code"):
        score = proxies.rank_within(score, rows["station_code"].to_numpy(dtype=object))
    told = proxies.area(score, event, case.units_of(rows), case.seed)
    difference = float(there[~event].mean() - there[event].mean())
    return [Absence(name, int((~there).sum()), difference, told)]
