"""Down to which magnitude a list of earthquakes is complete, period by period."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import SchemaError
from seismomag.core.schema import Catalogue
from seismomag.readers.catalogue_coverage import days_covered

BIN_WIDTH = 0.1
LEAST_EVENTS = 50
"""Fewer complete events give no b-value worth a number."""

COLUMNS = (
    "period_start",
    "n_events",
    "magnitude_of_completeness",
    "n_complete",
    "b_value",
    "b_standard_error",
    "covered_fraction",
)


def completeness(catalogue: Catalogue, period: str = "Y") -> pd.DataFrame:
    """Magnitude of completeness and b-value of each period.

    Parameters
    ----------
    catalogue
        All magnitudes of the list, not only the strong ones.
    period
        Pandas period: ``"Y"`` years, ``"M"`` months.

    Returns
    -------
    completeness
        Columns :data:`COLUMNS`. The magnitude of completeness is the most populated bin of 0.1
        (maximum curvature, Wiemer & Wyss 2000, Bull. Seismol. Soc. Am. 90, 859: simple, and
        0.1-0.2 too low where detection fades gradually). b after Aki 1965 with the bin
        correction of Utsu 1966, ``log10(e) / (mean M - (Mc - 0.05))``; its error after
        Shi & Bolt 1982. NaN with fewer than 50 complete events. ``covered_fraction`` is the
        share of the period inside the coverage.

    Raises
    ------
    SchemaError
        The period is not known to pandas.
    """
    events = catalogue.events[np.isfinite(catalogue.events["magnitude"])]
    if events.empty:
        return pd.DataFrame({column: [] for column in COLUMNS})
    try:
        label = events["origin_time"].dt.to_period(period)
    except ValueError as error:
        msg = f"period {period!r} is not known ({error}); use Y or M"
        raise SchemaError(msg) from error
    rows = []
    for one in pd.period_range(label.iloc[0], label.iloc[-1], freq=label.iloc[0].freq):
        magnitude = events.loc[label == one, "magnitude"].to_numpy(np.float64)
        start, end = one.start_time, (one + 1).start_time
        covered = days_covered(catalogue.coverage, start, end)
        share = covered / ((end - start) / pd.Timedelta(days=1))
        rows.append((start, magnitude.size, *frequency_magnitude(magnitude), share))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def frequency_magnitude(magnitude: NDArray[np.float64]) -> tuple[float, int, float, float]:
    """Magnitude of completeness, events above it, b-value and its standard error.

    Examples
    --------
    >>> frequency_magnitude(np.array([3.0, 4.1, 4.1, 4.2]))[:2]
    (4.1, 3)
    """
    if magnitude.size == 0:
        return np.nan, 0, np.nan, np.nan
    step = np.round(magnitude / BIN_WIDTH).astype(np.int64)
    values, counts = np.unique(step, return_counts=True)
    complete = int(values[counts.argmax()])
    kept = step[step >= complete] * BIN_WIDTH
    mc = round(complete * BIN_WIDTH, 10)
    excess = float(kept.mean()) - (mc - BIN_WIDTH / 2)
    if kept.size < LEAST_EVENTS:
        return mc, int(kept.size), np.nan, np.nan
    b = float(1 / (np.log(10) * excess))
    spread = np.sqrt(np.square(kept - kept.mean()).sum() / (kept.size * (kept.size - 1)))
    return mc, int(kept.size), b, float(np.log(10) * b**2 * spread)
