"""Drift of what a model is fed: shown and logged, never answered by retraining in silence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import CoverageError, SchemaError
from seismomag.dataset.store import open as open_store
from seismomag.operate.canonical import canonical
from seismomag.operate.clock import stamp
from seismomag.operate.settings import Settings

STABLE_BELOW, SHIFTED_FROM = 0.1, 0.25
"""The usual bounds of the population stability index: below, nothing; from, a shift."""

N_BINS = 10
LEAST_VALUES = 50
FILE_NAME = "drift.json"
_MOST_ROWS = 200


@dataclass(frozen=True, kw_only=True)
class BandDrift:
    """Population stability of one band of frequencies.

    Attributes
    ----------
    low_hz, high_hz
        The band.
    index
        Population stability index; 0 for equal distributions.
    """

    low_hz: float
    high_hz: float
    index: float

    @property
    def word(self) -> str:
        """``stable``, ``moving`` or ``shifted``."""
        if self.index < STABLE_BELOW:
            return "stable"
        return "moving" if self.index < SHIFTED_FROM else "shifted"


def population_stability(reference: NDArray[np.floating], recent: NDArray[np.floating]) -> float:
    """Population stability index of two samples, over deciles of the first.

    ``sum((p - q) ln(p / q))`` with shares p and q per bin, each with half a count added so that
    an empty bin does not make it infinite.

    Parameters
    ----------
    reference, recent
        Values; NaN are left out.

    Raises
    ------
    CoverageError
        Fewer than 50 values on a side.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.random.default_rng(1).normal(size=2000)
    >>> population_stability(values, values)
    0.0
    >>> population_stability(values, values + 1) > 0.25
    True
    """
    a, b = reference[np.isfinite(reference)], recent[np.isfinite(recent)]
    if min(a.size, b.size) < LEAST_VALUES:
        msg = f"drift needs {LEAST_VALUES} values on each side, found {a.size} and {b.size}"
        raise CoverageError(msg)
    edges = np.quantile(a, np.linspace(0, 1, N_BINS + 1)[1:-1])
    p, q = (_shares(values, edges) for values in (a, b))
    return float(np.sum((p - q) * np.log(p / q)))


def by_band(
    reference: NDArray[np.floating],
    recent: NDArray[np.floating],
    frequencies_hz: NDArray[np.float64],
    n_bands: int = 4,
) -> tuple[BandDrift, ...]:
    """Drift of the logarithm of amplitudes, band by band.

    Parameters
    ----------
    reference, recent
        Amplitudes ``(n, F, T)`` [nT] of days of training and of recent days.
    frequencies_hz
        The F frequencies, increasing.
    n_bands
        Bands of equally many frequencies.

    Raises
    ------
    SchemaError
        The shapes do not fit.
    CoverageError
        Too few values.
    """
    n = len(frequencies_hz)
    if reference.shape[1:] != recent.shape[1:] or reference.shape[1] != n:
        msg = f"amplitudes {reference.shape} and {recent.shape} do not fit {n} frequencies"
        raise SchemaError(msg)
    found = []
    for rows in np.array_split(np.arange(n), min(n_bands, n)):
        # Means over the day: columns of a day are not independent.
        a, b = (
            np.nanmean(np.log(np.maximum(values[:, rows].astype(np.float32), 1e-6)), axis=2).ravel()
            for values in (reference, recent)
        )
        found.append(
            BandDrift(
                low_hz=float(frequencies_hz[rows[0]]),
                high_hz=float(frequencies_hz[rows[-1]]),
                index=population_stability(a, b),
            )
        )
    return tuple(found)


def measure(settings: Settings, reference: Path | str, now: pd.Timestamp) -> tuple[BandDrift, ...]:
    """Compare the tensors that are kept with those of a training store, and keep the result.

    Parameters
    ----------
    settings
        The operation; ``drift.json`` is written into its folder.
    reference
        Store of the training; its training rows of the operation's stations count.
    now
        UTC.

    Raises
    ------
    CoverageError
        Too few days on one of the sides.
    """
    with open_store(reference) as store:
        table = store.samples
        wanted = (table["split"] == "train") & table["station_code"].isin(settings.codes)
        rows = table.loc[wanted & (table["coverage"] > 0), "store_row"].to_numpy(np.int64)
        if not rows.size:
            msg = f"{reference}: no training row with data of {', '.join(settings.codes)}"
            raise CoverageError(msg)
        rows = rows[np.linspace(0, rows.size - 1, min(rows.size, _MOST_ROWS)).astype(np.int64)]
        old = np.concatenate(list(store.read(np.unique(rows))[:, :3]))
        frequencies_hz = store.grid.frequencies_hz
    paths = sorted((settings.folder / "tensors").glob("*/*/*.h5"), key=lambda p: p.stem)
    new = _recent(paths[-_MOST_ROWS:])
    found = by_band(old, new, frequencies_hz)
    bands = [asdict(band) | {"word": band.word} for band in found]
    write_bytes(settings.folder / FILE_NAME, canonical({"at": stamp(now), "bands": bands}) + b"\n")
    return found


def _recent(paths: Sequence[Path]) -> NDArray[np.float16]:
    planes = []
    for path in paths:
        with open_store(path) as store:
            planes.append(store.read(np.zeros(1, np.int64))[0, :3])
    if not planes:
        msg = "no tensor of the operation yet; run the daily job first"
        raise CoverageError(msg)
    return np.concatenate(planes)


def _shares(values: NDArray[np.floating], edges: NDArray[np.floating]) -> NDArray[np.float64]:
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return np.asarray((counts + 0.5) / (counts.sum() + 0.5 * len(counts)))
