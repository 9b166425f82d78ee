"""Small boosted trees, fitted on one thread."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SEED = 0


def boosted(features: Floats, target: NDArray[np.bool_]) -> Callable[[Floats], Floats]:
    """Fit boosted trees and return the probability of a target.

    The tables are small: several threads only wait for each other, for minutes on a busy machine.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = HistGradientBoostingClassifier(  # type: ignore[no-untyped-call]
        max_iter=60, max_leaf_nodes=8, learning_rate=0.05, early_stopping=False, random_state=SEED
    )
    with threadpool_limits(limits=1, user_api="openmp"):
        fitted = model.fit(features, target)

    def probability(rows: Floats) -> Floats:
        with threadpool_limits(limits=1, user_api="openmp"):
            return np.asarray(fitted.predict_proba(rows)[:, 1], dtype=np.float64)

    return probability
