"""C26 and N4: what becomes of the skill when training is repeated under other conditions."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.leaks.case import LeakCase
from seismomag.audit.leaks.chronology import days_to_nearest
from seismomag.audit.leaks.finding import GREEN, RED, Finding, amber, not_run
from seismomag.audit.proxies import area
from seismomag.audit.retraining import Retraining, null_areas
from seismomag.audit.scores import auc

EMBARGOES_DAYS = (0, 7, 30, 60, 90)
LOST_AUC = 0.10
N_RETRAININGS = 20


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
    found = retrained(case, by_block=True)
    if found.known.size < 2:
        return not_run("the last split holds one class only, or no training rows")
    low, high = found.interval
    said = (
        f"mean AUC of {found.known.size} retrainings on exchanged labels {found.mean:.3f} "
        f"[{low:.3f}, {high:.3f}]"
    )
    said += "" if found.is_clean else "; the border leaks"
    table = pd.DataFrame({"retraining": np.arange(found.auc.size), "auc": found.auc})
    severity = GREEN if found.is_clean else RED
    return Finding(severity, found.known.size, int(not found.is_clean), said, table)


def retrained(case: LeakCase, *, by_block: bool, n: int = N_RETRAININGS) -> Retraining:
    """Retrainings on labels exchanged among units, or among rows (which proves nothing).

    Parameters
    ----------
    by_block
        Whether rows of one unit keep one label.
    n
        Retrainings.
    """
    rows = case.known[case.known["split"].isin(("train", case.held_out))]
    is_test = (rows["split"] == case.held_out).to_numpy()
    name = "block" if by_block else "row"
    fit = case.fit
    if fit is None or is_test.all() or not is_test.any():
        return Retraining(np.empty(0), name)

    def retrain(new: NDArray[np.bool_]) -> float:
        drawn = rows.assign(is_target=new)
        train, test = drawn[~is_test], drawn[is_test]
        if not train["is_target"].nunique() == test["is_target"].nunique() == 2:
            return float("nan")
        return float(auc(fit(train)(test), test["is_target"].to_numpy()))

    event = rows["is_target"].to_numpy(dtype=bool)
    unit = case.units_of(rows) if by_block else np.arange(len(rows))
    generator = np.random.default_rng(case.seed)
    return Retraining(null_areas(event, unit, retrain, n_draws=n, generator=generator), name)


def _scored(case: LeakCase) -> pd.DataFrame:
    test = case.known[case.known["split"] == case.held_out]
    return test if test["is_target"].nunique() == 2 else test[:0]
