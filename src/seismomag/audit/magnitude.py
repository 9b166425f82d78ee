"""How well the magnitude class was named."""

import numpy as np
from numpy.typing import NDArray

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
