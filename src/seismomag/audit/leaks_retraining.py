"""C26 and N4: what becomes of the skill when training is repeated under other conditions."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.intervals import cluster_t
from seismomag.audit.leak_case import LeakCase
from seismomag.audit.leak_finding import GREEN, RED, Finding, amber, not_run
from seismomag.audit.leaks_time import days_to_nearest
from seismomag.audit.proxies import area
from seismomag.audit.scores import auc

EMBARGOES_DAYS = (0, 7, 30, 60, 90)
LOST_AUC = 0.10
NULL_TOLERANCE = 0.03
N_RETRAININGS = 20

Floats = NDArray[np.float64]


def embargo_curve(case: LeakCase) -> Finding:
    """C26: skill against the embargo; a fall to chance says that it lived on neighbours in time.

    Training rows are those of training and of the embargo itself, at least so many days away from
    every row of the last split.
    """
    test, rows = _scored(case), case.rows[case.rows["is_target"].notna()]
    if test.empty:
        return not_run("the last split holds one class only")
    pool = rows[(rows["split"] == "train") | rows["split"].isna()]
    away = days_to_nearest(case.day_of(pool), case.day_of(test))
    event, unit = test["is_target"].to_numpy(dtype=bool), case.units_of(test)
    lines = []
    for days in EMBARGOES_DAYS:
        kept = pool[away >= days].assign(is_target=lambda t: t["is_target"].astype(bool))
        if kept["is_target"].nunique() == 2 and case.fit is not None:
            score = case.fit(kept)(test)
            lines.append((days, len(kept), *area(score, event, unit, case.seed)))
    if len(lines) < 2:
        return not_run("too few training rows further than a week from the last split")
    table = pd.DataFrame(lines, columns=["embargo_days", "n_train", "auc", "low", "high"])
    first, last = table.iloc[0], table.iloc[-1]
    lost = first["auc"] - last["auc"]
    falls = first["low"] > 0.5 and lost > max(LOST_AUC, (first["auc"] - 0.5) / 2)
    said = "AUC by embargo: " + ", ".join(
        f"{int(d)} d {a:.2f}" for d, a in zip(table["embargo_days"], table["auc"], strict=True)
    )
    said += "; it falls towards chance: the skill lived on neighbours in time" if falls else ""
    return amber(len(test), int(falls), said, table)


def block_shuffle(case: LeakCase) -> Finding:
    """N4: labels exchanged among units of rows, the model trained anew on the same split.

    The labels then mean nothing, so the mean AUC must be 0.5 +- 0.03 or its interval hold 0.5;
    what is left above was carried over the border by rows that share a unit.
    """
    told = null_areas(case, by_block=True)
    if told.size < 2:
        return not_run("the last split holds one class only, or no training rows")
    mean = float(told.mean())
    low, high = cluster_t(told, np.ones(told.size))
    leaks = mean - 0.5 > NULL_TOLERANCE and low > 0.5
    # Fewer units than rows make single nulls swing; below a half there is nothing to carry over.
    severity = RED if leaks else GREEN
    said = (
        f"mean AUC of {told.size} retrainings on exchanged labels {mean:.3f} "
        f"[{low:.3f}, {high:.3f}]"
    )
    said += "; the border leaks" if leaks else ""
    table = pd.DataFrame({"retraining": np.arange(told.size), "auc": told})
    return Finding(severity, told.size, int(leaks), said, table)


def null_areas(case: LeakCase, *, by_block: bool, n: int = N_RETRAININGS) -> Floats:
    """AUC of retrainings on labels exchanged among units, or among rows (which proves nothing).

    Parameters
    ----------
    by_block
        Whether rows of one unit keep one label.
    n
        Retrainings.
    """
    rows = case.known[case.known["split"].isin(("train", case.held_out))]
    is_test = (rows["split"] == case.held_out).to_numpy()
    if case.fit is None or is_test.all() or not is_test.any():
        return np.empty(0)
    unit = np.unique(case.units_of(rows), return_inverse=True)[1]
    if not by_block:
        unit = np.arange(len(rows))
    share = np.bincount(unit, rows["is_target"]) / np.bincount(unit)
    generator = np.random.default_rng(case.seed)
    told = []
    for _ in range(n):
        drawn = rows.assign(is_target=generator.permutation(share >= 0.5)[unit])
        train, test = drawn[~is_test], drawn[is_test]
        if train["is_target"].nunique() == test["is_target"].nunique() == 2:
            score = case.fit(train)(test)
            told.append(float(auc(score, test["is_target"].to_numpy())))
    return np.array(told)


def _scored(case: LeakCase) -> pd.DataFrame:
    test = case.known[case.known["split"] == case.held_out]
    return test if test["is_target"].nunique() == 2 else test[:0]
