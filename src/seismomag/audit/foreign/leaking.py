"""The leak checks that a forecast table alone has material for.

A forecast table is no training table. Checks that ask where training ends and test begins have
nothing to look at, and checks that ask whether station or date tell the label would call nature a
leak: stations differ in their earthquakes, and earthquakes come in clusters. Those are listed as
not run; ``seismomag leaks`` runs them on the tables that a model was trained on.
"""

from collections.abc import Mapping

import pandas as pd

from seismomag.audit.leaks.case import LeakCase
from seismomag.audit.leaks.checks import CHECKS
from seismomag.audit.leaks.finding import RED, Finding, not_run
from seismomag.audit.rows import Rows

ALONE = ("C16", "C18", "C19", "C24")
"""Fill values that tell the class; forecasts that go with Kp, with the date alone, or that always
say the same."""
ELSEWHERE = "asks for the rows that a model was trained on; run seismomag leaks on them"

_NAMES = {
    "station": "station_code",
    "date": "day",
    "azimuth_deg": "forecast_deg",
    "azimuth_true_deg": "azimuth_deg",
    "magnitude_true": "magnitude",
}
_KEPT = ("probability", "kp_max", "dst_min_nt")


def findings(rows: Rows, seed: int) -> Mapping[str, Finding]:
    """Run the checks of :data:`ALONE`; the others say what they ask for.

    Parameters
    ----------
    rows
        Those whose outcome is known, with the outcome by which they are judged.
    seed
        Of every resampling.
    """
    case = _case(rows, seed)
    return {
        check_id: check(case) if check_id in ALONE else not_run(ELSEWHERE)
        for check_id, check in CHECKS.items()
    }


def red_sentences(found: Mapping[str, Finding]) -> tuple[str, ...]:
    """What blocks any verdict."""
    return tuple(f"{i}: {f.sentence}" for i, f in found.items() if f.severity == RED)


def _case(rows: Rows, seed: int) -> LeakCase:
    told = rows.table.drop(columns="magnitude", errors="ignore").rename(columns=_NAMES)
    kept = [c for c in (*_NAMES.values(), *_KEPT) if c in told]
    table = told[kept].assign(
        row_id=[f"row {i + 1}" for i in range(len(told))],
        split="test",
        is_target=pd.array(rows.event, dtype="boolean"),
    )
    return LeakCase(rows=table, seed=seed)
