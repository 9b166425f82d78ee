"""C08-C10, C27: whether the test took part in a decision, and whether published figures can be."""

import numpy as np
import pandas as pd

from seismomag.audit.claims import solve
from seismomag.audit.leaks.case import LeakCase
from seismomag.audit.leaks.finding import AMBER, GREEN, RED, Finding, count, not_run, red, worst

SCALING_TOLERANCE = 1e-6


def scaling_state(case: LeakCase) -> Finding:
    """C08: the stored normalisation is that of the training rows, not of training and test."""
    if case.scaling is None:
        return not_run("no stored normalisation of a model")
    train = case.scaling.refit(case.part("train"))
    both = case.scaling.refit(case.rows[case.rows["split"].isin(("train", case.held_out))])
    lines = []
    for name, stored in case.scaling.stored.items():
        lines.append((name, _distance(stored, train[name]), _distance(stored, both[name])))
    table = pd.DataFrame(lines, columns=["statistic", "from_train", "from_train_and_test"])
    far = table["from_train"] > SCALING_TOLERANCE
    closer = far & (table["from_train_and_test"] < table["from_train"])
    said = (
        f"largest relative difference of the stored statistics from a refit on training rows "
        f"{table['from_train'].max():.1e}"
    )
    said += f"; {int(closer.sum())} lie closer to a refit on training and test" if far.any() else ""
    return red(len(table), int(far.sum()), said, table)


def _distance(stored: object, refitted: object) -> float:
    a, b = np.asarray(stored, np.float64), np.asarray(refitted, np.float64)
    if a.shape != b.shape:
        return float("inf")
    size = np.nanmax(np.abs(b), initial=0.0)
    return float(np.nanmax(np.abs(a - b), initial=0.0) / (size if size > 0 else 1.0))


def decision_origins(case: LeakCase) -> Finding:
    """C09: threshold, temperature, stopping and choice of seed were made without the test."""
    wrong = {k: v for k, v in case.decisions.items() if v not in ("train", "validation")}
    made = ", ".join(f"{k} on {v}" for k, v in case.decisions.items())
    return red(len(case.decisions), len(wrong), f"decisions: {made}")


def openings_of_the_test(case: LeakCase) -> Finding:
    """C10: how often the test was looked at; more than once costs significance."""
    m = int(case.n_test_openings or 0)
    said = f"the ledger counts {count(m, 'opening')} of the test rows"
    if m > 1:
        said += f"; a p of 0.01 counts as {1 - 0.99**m:.2g}"
    return Finding(worst(int(m > 1), AMBER, GREEN), m, max(m - 1, 0), said)


def claims_register(case: LeakCase) -> Finding:
    """C27: every published figure belongs to a table of whole numbers."""
    said, impossible = [], 0
    for claim in case.claims:
        solutions = solve(
            claim.n, claim.recall, claim.precision, claim.accuracy, decimals=claim.decimals
        )
        impossible += not solutions
        tables = " or ".join(
            f"{s.table.tp}/{s.table.fp}/{s.table.fn}/{s.table.tn}" for s in solutions[:3]
        )
        said.append(f"{claim.name}: {'TP/FP/FN/TN ' + tables if tables else 'fits no table'}")
    severity = RED if impossible else GREEN
    return Finding(severity, len(case.claims), impossible, "; ".join(said))
