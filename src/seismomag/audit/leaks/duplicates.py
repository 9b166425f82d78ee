"""C05-C07: the same recording in two splits, as it is, nearly, or changed by augmentation."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.leaks.case import MINIMUM_EMBARGO_DAYS, LeakCase
from seismomag.audit.leaks.chronology import shown
from seismomag.audit.leaks.finding import (
    AMBER,
    GREEN,
    RED,
    Finding,
    count,
    not_run,
    red,
    worst,
)
from seismomag.audit.leaks.material import Tensors

Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]

NEAR_SIMILARITY = 0.999
SUSPECT_SIMILARITY = 0.99
MOST_VERIFIED_PAIRS = 200
N_PROJECTIONS = 64
PROBED_ROWS = 128
RANK_P = 1e-3
RANK_AUC = 0.6
BATCH_BYTES = 24_000_000
"""Float16 bytes read at once; the work on them takes about five times as much."""


def exact_duplicates(case: LeakCase) -> Finding:
    """C05: SHA-256 of the tensors' bytes; the same bytes in two splits."""
    if case.tensors is None:
        return not_run("no store of tensors")
    rows = _stored(case)
    digest = np.full(len(rows), "", dtype=object)
    for at, block in _batches(case.tensors, _places(rows)):
        told = _tells_something(block)
        digest[at[told]] = [sha256(tensor.tobytes()).hexdigest() for tensor in block[told]]
    rows = rows.assign(sha256=digest)[digest != ""]
    grouped = rows.groupby("sha256")
    across = grouped["split"].nunique()
    n = int((across > 1).sum())
    inside = int((grouped.size() > 1).sum()) - n
    both = rows[rows["sha256"].isin(across.index[across > 1])]
    said = f"{count(n, 'tensor')} byte for byte in two splits, {inside:,} repeated within one"
    severity = worst(n, RED, worst(inside, AMBER))
    return Finding(severity, len(rows), n or inside, said, shown(both, "sha256"))


def near_duplicates(case: LeakCase) -> Finding:
    """C06: tensors of the last split that nearly equal one of training.

    Amplitudes are compared as logarithms, each frequency of each plane centred on its mean over
    all rows and divided by its spread; 64 seeded random projections keep cosines to about
    (1 - cos^2) / 8, and what looks alike there is compared whole. Beside it a rank test: is the
    last split closer to training than training rows beyond the embargo are to each other?
    """
    if case.tensors is None:
        return not_run("no store of tensors")
    rows = _stored(case)
    rows = rows[rows["split"].isin(("train", case.held_out))]
    scale = _Scale.of(case.tensors, _places(rows))
    sketch, told = _sketch(case.tensors, rows, scale, case.seed)
    rows, sketch = rows[told], sketch[told]
    late = (rows["split"] == case.held_out).to_numpy()
    if min(late.sum(), (~late).sum()) < 2:
        return not_run("fewer than two tensors in training or in the last split")
    closeness = sketch[late] @ sketch[~late].T
    pairs = _verified(case.tensors, rows[late], rows[~late], closeness, scale)
    near = pairs[pairs["similarity"] > NEAR_SIMILARITY]
    closest = pairs["similarity"].max() if len(pairs) else closeness.max()
    p, shift = _rank_test(case, rows, sketch, late)
    leaning = p < RANK_P and shift > RANK_AUC
    said = (
        f"{count(len(near), 'pair')} of training and {case.held_out} tensors with a cosine above "
        f"{NEAR_SIMILARITY} (closest {closest:.3f}); "
        f"{case.held_out} rows are the closer ones in {shift:.0%} of comparisons with training "
        f"rows beyond the embargo (rank test p = {p:.2g})"
    )
    severity = worst(len(near), RED, AMBER if leaning else GREEN)
    return Finding(severity, len(rows), len(near) or int(leaning), said, near)


def augmented_rows(case: LeakCase) -> Finding:
    """C07: augmented or synthetic rows outside training, or in training without being declared."""
    rows = case.rows[case.rows["split"].notna()]
    made = rows["is_augmented"].fillna(False).to_numpy(dtype=bool)
    declared = np.zeros(len(rows), bool)
    if "is_declared" in rows:
        declared = rows["is_declared"].fillna(False).to_numpy(dtype=bool)
    is_train = (rows["split"] == "train").to_numpy()
    outside, silent = made & ~is_train, made & is_train & ~declared
    said = (
        f"{count(int(outside.sum()), 'augmented row')} outside training; "
        f"{count(int(silent.sum()), 'augmented row')} in training that no column declares"
    )
    alone = _templates_of_training(rows[is_train & ~made], rows[~is_train])
    if len(alone):
        listed = ", ".join(f"{name} ({n:,} rows)" for name, n in alone.head(3).items())
        said += (
            f"; {count(int(alone.sum()), 'other training row')} of kinds of files that no later "
            f"split has: {listed}"
        )
    faulty = rows[outside | silent]
    return red(len(rows), len(faulty), said, shown(faulty, "file_name", "template"))


def _templates_of_training(train: pd.DataFrame, later: pd.DataFrame) -> pd.Series:
    """Rows of each name template that only training has, the most frequent first."""
    if "template" not in train or later.empty:
        return pd.Series(dtype=np.int64)
    names = train["template"][~train["template"].isin(later["template"].unique())]
    return names.value_counts()


def _stored(case: LeakCase) -> pd.DataFrame:
    rows = case.rows[case.rows["split"].notna() & (case.rows["store_row"].fillna(-1) >= 0)]
    return rows.sort_values("store_row", ignore_index=True)


def _places(rows: pd.DataFrame) -> Ints:
    return rows["store_row"].to_numpy(dtype=np.int64)


def _batches(tensors: Tensors, places: Ints) -> Iterator[tuple[Ints, NDArray[np.float16]]]:
    """Positions and their tensors, a bounded number of bytes at a time."""
    if not places.size:
        return
    one = tensors.read(places[:1])
    step = max(1, BATCH_BYTES // one.nbytes)
    for begin in range(0, places.size, step):
        at = np.arange(begin, min(begin + step, places.size))
        yield at, tensors.read(places[at])


def _tells_something(block: NDArray[np.float16]) -> NDArray[np.bool_]:
    """Whether a tensor holds anything; days without a recording are alike and no copies."""
    flat = block.reshape(len(block), -1)
    return np.asarray((np.isfinite(flat) & (flat != 0)).any(axis=1), dtype=bool)


class _Scale:
    """Logarithm, mean and spread of each frequency of each plane, from rows evenly spread."""

    def __init__(self, mean: Floats32, spread: Floats32) -> None:
        self.mean, self.spread = mean, spread

    @classmethod
    def of(cls, tensors: Tensors, places: Ints) -> "_Scale":
        probed = places[np.linspace(0, places.size - 1, min(PROBED_ROWS, places.size)).astype(int)]
        n, total, square = 0, 0.0, 0.0
        for _, block in _batches(tensors, np.unique(probed)):
            values = _logarithm(block)
            n += len(values)
            # A cell mean over all rows would need every row; the spread of a frequency does not.
            total = total + values.sum(axis=0, dtype=np.float64)
            square = square + (values.astype(np.float64) ** 2).mean(axis=-1).sum(axis=0)
        mean = np.asarray(total) / n
        variance = np.asarray(square) / n - (mean**2).mean(axis=-1)
        spread = np.sqrt(np.maximum(variance, 1e-6))[..., None]
        return cls(mean.astype(np.float32), spread.astype(np.float32))

    def apply(self, block: NDArray[np.float16]) -> Floats32:
        values = _logarithm(block)
        values -= self.mean
        values /= self.spread
        return values.reshape(len(values), -1)


def _logarithm(block: NDArray[np.float16]) -> Floats32:
    """Signed logarithm above a floor; what is missing becomes 0, the mean of nothing known."""
    values = block.astype(np.float32)
    np.copyto(values, np.float32(0), where=~np.isfinite(values))
    size = np.abs(values)
    size += np.float32(1e-4)
    np.log(size, out=size)
    size -= np.float32(np.log(1e-4))
    return np.copysign(size, values, out=size)


def _sketch(
    tensors: Tensors, rows: pd.DataFrame, scale: _Scale, seed: int
) -> tuple[Floats32, NDArray[np.bool_]]:
    """Unit vectors of random projections, shape (n, 64), and which rows hold anything."""
    generator = np.random.default_rng(seed)
    direction: Floats32 | None = None
    sketch = np.zeros((len(rows), N_PROJECTIONS), np.float32)
    told = np.zeros(len(rows), bool)
    for at, block in _batches(tensors, _places(rows)):
        told[at] = _tells_something(block)
        values = scale.apply(block)
        if direction is None:
            direction = generator.standard_normal((values.shape[1], N_PROJECTIONS), np.float32)
        sketch[at] = values @ direction
    size = np.linalg.norm(sketch, axis=1, keepdims=True)
    return np.asarray(sketch / np.where(size > 0, size, 1), np.float32), np.asarray(told)


def _verified(
    tensors: Tensors, late: pd.DataFrame, early: pd.DataFrame, closeness: Floats32, scale: _Scale
) -> pd.DataFrame:
    """Exact cosines of the pairs that look alike in the sketch, the closest first."""
    at = np.argwhere(closeness > SUSPECT_SIMILARITY)
    at = at[np.argsort(-closeness[tuple(at.T)], kind="stable")][:MOST_VERIFIED_PAIRS]
    found = []
    for i, j in at:
        one, other = scale.apply(tensors.read([_places(late)[i], _places(early)[j]]))
        size = float(np.linalg.norm(one) * np.linalg.norm(other))
        cosine = float(one @ other) / size if size else 0.0
        found.append((late["row_id"].iloc[i], early["row_id"].iloc[j], cosine))
    return pd.DataFrame(found, columns=["row_id", "row_id_in_training", "similarity"])


def _rank_test(
    case: LeakCase, rows: pd.DataFrame, sketch: Floats32, late: NDArray[np.bool_]
) -> tuple[float, float]:
    """One-sided p, and the share of comparisons in which the last split is the closer one.

    Every row is compared with the same number of training rows, because the nearest of many is
    nearer than the nearest of few.
    """
    from scipy import stats

    day = case.day_of(rows).to_numpy().astype("datetime64[D]").astype(np.int64)
    apart = max(MINIMUM_EMBARGO_DAYS, case.window_days + (case.horizon_days or 0))
    early = np.flatnonzero(~late)
    far = np.abs(day[early][:, None] - day[early]) >= apart
    n = int(far.sum(axis=1).min()) if early.size else 0
    if n < 1:
        return 1.0, 0.5
    generator = np.random.default_rng(case.seed)
    own = _nearest(sketch[early] @ sketch[early].T, far, n, generator)
    closeness = sketch[late] @ sketch[early].T
    theirs = _nearest(closeness, np.ones(closeness.shape, bool), n, generator)
    test = stats.mannwhitneyu(theirs, own, alternative="greater")
    return float(test.pvalue), float(test.statistic / (theirs.size * own.size))


def _nearest(
    closeness: Floats32, allowed: NDArray[np.bool_], n: int, generator: np.random.Generator
) -> Floats32:
    """Largest of n allowed values of each row, drawn at random."""
    key = np.where(allowed, generator.random(closeness.shape), 2.0)
    drawn = np.argpartition(key, n - 1, axis=1)[:, :n]
    return np.asarray(np.take_along_axis(closeness, drawn, axis=1).max(axis=1), np.float32)


def band_powers(tensors: Tensors, places: Ints, n_bands: int = 8) -> NDArray[np.float64]:
    """Mean logarithm of each plane in a few bands of frequency: features of a cheap training.

    Returns
    -------
    features
        Shape (n, planes x bands); 0 where nothing is known.
    """
    parts = []
    for _, block in _batches(tensors, places):
        values = _logarithm(block).mean(axis=-1)
        edges = np.linspace(0, values.shape[-1], min(n_bands, values.shape[-1]) + 1).astype(int)
        bands = [values[..., a:b].mean(axis=-1) for a, b in pairwise(edges)]
        parts.append(np.stack(bands, axis=-1).reshape(len(values), -1))
    return np.concatenate(parts).astype(np.float64) if parts else np.empty((0, 0))
