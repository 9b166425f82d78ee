"""How well the magnitude class was named."""

import numpy as np
from numpy.typing import NDArray

from seismomag.audit.case import AuditCase
from seismomag.audit.intervals import cluster_sums
from seismomag.audit.rows import Rows
from seismomag.audit.table import NAN, Line
from seismomag.core.schema import magnitude_class_columns

Ints = NDArray[np.int64]


def balanced_accuracy(predicted: Ints, true: Ints) -> float:
    """Mean recall over the classes that occur; 1 / K for always the same class."""
    if true.size == 0:
        return float("nan")
    return float(np.mean([(predicted[true == k] == k).mean() for k in np.unique(true)]))


def quadratic_kappa(predicted: Ints, true: Ints, n_classes: int) -> float:
    """Agreement weighted by the squared distance of classes (Cohen 1968); 0 for a constant.

    ``1 - sum(w O) / sum(w E)`` with ``w = (i - j)^2 / (K - 1)^2``; NaN where it is 0 / 0.
    """
    observed = np.zeros((n_classes, n_classes))
    np.add.at(observed, (true, predicted), 1)
    expected = np.outer(observed.sum(1), observed.sum(0)) / max(true.size, 1)
    i, j = np.indices(observed.shape)
    weight = (i - j) ** 2
    whole = float((weight * expected).sum())
    return 1 - float((weight * observed).sum()) / whole if whole else float("nan")


def lines(case: AuditCase, rows: Rows) -> list[Line]:
    """Quantities of the magnitude class at the levels of rows and events; none if not named."""
    columns = magnitude_class_columns(rows.table)
    if not columns:
        return []
    told = rows.event & rows.table[columns].notna().all(axis=1).to_numpy()
    table = rows.table[told]
    probability = table[columns].to_numpy(dtype=np.float64)
    true = case.rule.magnitude_class(table["magnitude"].to_numpy(dtype=np.float64))
    unit = np.unique(rows.cluster[told], return_inverse=True)[1].astype(np.int64)
    n_events = int(np.unique(unit).size)
    summed = [cluster_sums(unit, p)[0] for p in probability.T]
    first = np.unique(unit, return_index=True)[1]
    each = {
        "row": (probability.argmax(axis=1), true),
        "event": (np.stack(summed, axis=1).argmax(axis=1), true[first]),
    }
    name = "magnitude_balanced_accuracy"
    found = []
    for level, (predicted, truth) in each.items():
        value = balanced_accuracy(predicted, truth)
        classes = np.unique(truth).size
        reference = 1 / classes if classes else NAN
        note = f"{classes} classes occur"
        found.append(Line(name, level, value, NAN, NAN, reference, len(table), n_events, 0, note))
        kappa = quadratic_kappa(predicted, truth, probability.shape[1])
        note = "agreement weighted by squared distance; a constant class gives 0"
        agreed = Line("magnitude_kappa", level, kappa, NAN, NAN, 0.0, len(table), n_events, 0, note)
        found.append(agreed)
    return found
