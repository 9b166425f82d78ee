"""Does the forecast merely follow geomagnetic storms, or fall silent in them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.intervals import cluster_sums, ratio_interval
from seismomag.audit.rows import Rows, storm_stratum
from seismomag.audit.table import Line

COLUMNS = (
    "stratum",
    "n_rows",
    "n_storms",
    "false_alarm_rate",
    "far_low",
    "far_high",
    "recall",
    "recall_low",
    "recall_high",
    "pss",
)

SILENT = "storm recall 0, FAR reduction uninformative"


def storm_table(rows: Rows, alarm: NDArray[np.bool_], *, n_draws: int, seed: int) -> pd.DataFrame:
    """Count false alarms and hits by geomagnetic activity.

    A storm is one unit for all stations: consecutive storm days count once. A recall of 0 beside
    few false alarms means that the model is silent in storms, not that it is good.

    Parameters
    ----------
    rows, alarm
        Test rows, and whether each is an alarm (probability at least the frozen threshold).
    n_draws, seed
        Of the bootstrap.

    Returns
    -------
    table
        Columns :data:`COLUMNS`; one row each for ``storm, quiet, unknown``.
    """
    stratum = storm_stratum(rows.table)
    storm = storm_number(rows.table, stratum == "storm")
    lines = []
    for name in ("storm", "quiet", "unknown"):
        mine = stratum == name
        unit = storm if name == "storm" else rows.cluster
        quiet, event = mine & ~rows.event, mine & rows.event
        far = _rate(alarm, quiet, unit, n_draws, seed)
        recall = _rate(alarm, event, rows.cluster, n_draws, seed)
        n_storms = int(np.unique(storm[mine]).size) if name == "storm" else 0
        lines.append((name, int(mine.sum()), n_storms, *far, *recall, recall[0] - far[0]))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def storm_lines(table: pd.DataFrame) -> list[Line]:
    """Say false alarms and recall in storms together, never one without the other."""
    storm, quiet = (table[table["stratum"] == name].iloc[0] for name in ("storm", "quiet"))
    note = SILENT if _is_silent(storm) else "read with its partner"
    if _is_silent(storm) and storm["n_storms"]:
        # Zero of n leaves this much unknown at 95 %: 1 - 0.05^(1 / n).
        note += f"; of {storm['n_storms']} storms, up to {1 - 0.05 ** (1 / storm['n_storms']):.2f}"
    note += "; reference: outside storms; n_events counts storms"
    rates = (
        ("false_alarm_rate", ("false_alarm_rate", "far_low", "far_high")),
        ("recall", ("recall", "recall_low", "recall_high")),
    )
    n_rows, n_storms = int(storm["n_rows"]), int(storm["n_storms"])
    lines = []
    for name, columns in rates:
        value, low, high = (float(storm[column]) for column in columns)
        reference = float(quiet[name])
        lines.append(
            Line(f"storm_{name}", "row", value, low, high, reference, n_rows, n_storms, 0, note)
        )
    return lines


def _is_silent(storm: pd.Series) -> bool:
    """Whether no storm row was an alarm: nothing hit, nothing false."""
    no_recall = not storm["recall"] > 0
    return bool(no_recall and (storm["recall"] == 0 or storm["false_alarm_rate"] == 0))


def _rate(
    alarm: NDArray[np.bool_],
    among: NDArray[np.bool_],
    unit: NDArray[np.int64],
    n_draws: int,
    seed: int,
) -> tuple[float, float, float]:
    if not among.any():
        return float("nan"), float("nan"), float("nan")
    k, m = cluster_sums(unit, alarm & among, among)
    low, high, _ = ratio_interval(k, m, n_draws=n_draws, generator=np.random.default_rng(seed))
    return float(k.sum() / m.sum()), low, high


def storm_number(table: pd.DataFrame, is_storm: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give each row the number of the storm that it lies in, or of the last one before it."""
    day = table["horizon_start"].to_numpy().astype("datetime64[D]")
    stormy = np.unique(day[is_storm])
    if not stormy.size:
        return np.zeros(day.size, np.int64)
    number = np.cumsum(np.append(0, np.diff(stormy) > np.timedelta64(1, "D")))
    at = np.clip(np.searchsorted(stormy, day, side="right") - 1, 0, None)
    return np.asarray(number[at], dtype=np.int64)
