"""Small models that ask whether something tells the classes apart, and how sure that is.

They stand for a network where only the question matters: can the label be had without a
recording, or by remembering neighbours in time?
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.intervals import percentile_interval, resampled_weights
from seismomag.audit.leaks.case import Fit, Predict
from seismomag.audit.scores import auc

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]

N_FOLDS = 5
N_DRAWS = 200
CHUNK = 25
"""Draws handled at once: bounds the memory, not the result."""
MOST_TRAINED_ROWS = 20_000
"""Larger tables are thinned evenly before a model is fitted to them."""
N_BINS = 10


class Area(NamedTuple):
    """An AUC with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.2f}, {self.high:.2f}]"


def area(score: Floats, event: Truths, unit: Ints, seed: int) -> Area:
    """AUC with a bootstrap interval over units of rows that repeat each other.

    Rows without a score are left out; an AUC of fewer than two units or one class is NaN.
    """
    known = np.isfinite(score)
    score, event, unit = score[known], event[known], unit[known]
    if event.size == 0 or event.all() or not event.any():
        return Area(np.nan, np.nan, np.nan)
    number = np.unique(unit, return_inverse=True)[1]
    weights = resampled_weights(number.max() + 1, N_DRAWS, np.random.default_rng(seed))
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = [weights[i : i + CHUNK] for i in range(0, N_DRAWS, CHUNK)]
        drawn = np.concatenate([auc(score, event, part[:, number]) for part in parts])
    return Area(float(auc(score, event)), *percentile_interval(drawn))


def rank_within(score: Floats, group: NDArray[np.object_]) -> Floats:
    """Replace scores by ranks within groups, so that differences between groups do not count.

    Each group's ranks are centred on its own mean and scaled to (-0.5, 0.5).
    """
    table = pd.DataFrame({"score": score, "group": group})
    rank = table.groupby("group")["score"].rank(pct=True)
    return np.asarray(rank - rank.groupby(table["group"]).transform("mean"), dtype=np.float64)


def grouped_folds(group: NDArray[np.object_], n_folds: int = N_FOLDS) -> Ints:
    """Fold of each row; rows of one group stay together, folds are balanced by size."""
    from sklearn.model_selection import GroupKFold

    number = np.unique(group.astype(str), return_inverse=True)[1]
    n_groups = int(number.max()) + 1 if number.size else 0
    fold = np.zeros(number.size, np.int64)
    if n_groups < 2:
        return fold
    splitter = GroupKFold(min(n_folds, n_groups))  # type: ignore[no-untyped-call]
    folds = splitter.split(number, groups=number)  # type: ignore[no-untyped-call]
    for k, (_, test) in enumerate(folds):
        fold[test] = k
    return fold


def to_matrix(rows: pd.DataFrame, columns: list[str]) -> Floats:
    """Lay columns side by side as numbers; texts become the places of their sorted values."""
    found = []
    for column in columns:
        values = rows[column]
        if pd.api.types.is_numeric_dtype(values):
            found.append(values.to_numpy(dtype=np.float64, na_value=np.nan))
        else:
            texts = values.astype("str").fillna("").to_numpy(dtype=str)
            found.append(np.unique(texts, return_inverse=True)[1].astype(np.float64))
    return np.stack(found, axis=1) if found else np.empty((len(rows), 0))


def boosted(train: Floats, event: Truths, asked: Floats, seed: int, n_rounds: int = 100) -> Floats:
    """Probability by gradient-boosted trees.

    The base rate where there is one class only, or no column; NaN without training rows.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if event.size == 0:
        return np.full(len(asked), np.nan)
    if event.all() or not event.any() or not train.shape[1]:
        return np.full(len(asked), float(event.mean()))
    if event.size > MOST_TRAINED_ROWS:
        kept = np.linspace(0, event.size - 1, MOST_TRAINED_ROWS).astype(np.int64)
        train, event = train[kept], event[kept]
    # Without early stopping no row is set aside at random: the seed alone decides.
    model = HistGradientBoostingClassifier(  # type: ignore[no-untyped-call]
        max_iter=n_rounds, random_state=seed, early_stopping=False
    )
    # The tables are small: several threads would wait for each other more than they help.
    with threadpool_limits(limits=1, user_api="openmp"):
        model.fit(train, event)
        told = model.predict_proba(asked)  # type: ignore[no-untyped-call]
    return np.asarray(told[:, 1], dtype=np.float64)


def out_of_fold(
    matrix: Floats, event: Truths, fold: Ints, seed: int, n_rounds: int = 100
) -> Floats:
    """Score each row by boosted trees that saw no row of its fold."""
    score = np.full(event.size, np.nan)
    for k in np.unique(fold):
        mine = fold == k
        score[mine] = boosted(matrix[~mine], event[~mine], matrix[mine], seed, n_rounds)
    return score


def rate_by_value(train: pd.Series, event: Truths, asked: pd.Series) -> Floats:
    """Rate of events among training rows of the same value (text) or decile (number).

    One event in two rows is added to each value; values never seen get the overall rate.
    """
    overall = (event.sum() + 1) / (event.size + 2)
    if pd.api.types.is_numeric_dtype(train):
        values = train.to_numpy(dtype=np.float64, na_value=np.nan)
        known = values[np.isfinite(values)]
        inner = np.linspace(0, 1, N_BINS + 1)[1:-1]
        edges: Floats = np.unique(np.quantile(known, inner)) if known.size else known
        train = pd.Series(np.searchsorted(edges, values), train.index).where(
            np.isfinite(values), -1
        )
        told = asked.to_numpy(dtype=np.float64, na_value=np.nan)
        asked = pd.Series(np.searchsorted(edges, told), asked.index).where(np.isfinite(told), -1)
    grouped = pd.Series(event, train.index).groupby(train.fillna("").to_numpy())
    rate = (grouped.sum() + 2 * overall) / (grouped.size() + 2)
    return np.asarray(asked.fillna("").map(rate).fillna(overall), dtype=np.float64)


def neighbour_fit(features: Floats, row_ids: pd.Series, n_neighbours: int = 5) -> Fit:
    """Training that only remembers: the share of events among the nearest training rows.

    Parameters
    ----------
    features
        Shape (n, K), one row for each of ``row_ids``.
    n_neighbours
        How many rows vote.
    """
    place = pd.Series(np.arange(len(row_ids)), index=row_ids.to_numpy())
    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)

    def fit(rows: pd.DataFrame) -> Predict:
        known = scaled[place[rows["row_id"]].to_numpy()]
        event = rows["is_target"].to_numpy(dtype=np.float64)
        k = min(n_neighbours, len(event))

        def predict(asked: pd.DataFrame) -> Floats:
            own = scaled[place[asked["row_id"]].to_numpy()]
            # Ranks of |a - b|^2 over b need no |a|^2.
            distance = (known**2).sum(axis=1) - 2 * own @ known.T
            nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
            return np.asarray(event[nearest].mean(axis=1), dtype=np.float64)

        return predict

    return fit


def boosted_fit(features: Floats, row_ids: pd.Series, seed: int = 0) -> Fit:
    """Training of boosted trees on a few numbers per row; parameters as :func:`neighbour_fit`."""
    place = pd.Series(np.arange(len(row_ids)), index=row_ids.to_numpy())

    def fit(rows: pd.DataFrame) -> Predict:
        known = features[place[rows["row_id"]].to_numpy()]
        event = rows["is_target"].to_numpy(dtype=bool)

        def predict(asked: pd.DataFrame) -> Floats:
            return boosted(known, event, features[place[asked["row_id"]].to_numpy()], seed)

        return predict

    return fit
