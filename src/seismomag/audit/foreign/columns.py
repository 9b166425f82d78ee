"""Tables of strangers: which column is what, and what the names of the files say.

Columns are guessed by their names and can be named by hand. Nothing is repaired: what is no date
becomes missing, and the notes say how often that was so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from seismomag.audit.file_names import from_file_names
from seismomag.audit.foreign.times import read_times
from seismomag.audit.foreign.values import NO, Cells, finite_numbers, read_yes_no, with_points
from seismomag.audit.leaks.case import LeakCase
from seismomag.core.errors import SchemaError
from seismomag.core.schema import SPLITS
from seismomag.dataset.rule import HORIZON_AFTER_DAYS

MOST_ROWS = 2_000_000
GUESSES: Mapping[str, tuple[str, ...]] = {
    "file_name": ("filename", "file_name", "file", "path", "filepath", "npy", "tensor", "image"),
    "station_code": ("station_code", "station", "stn", "sta", "stasiun", "kode", "site"),
    "day": ("date", "day", "tanggal", "datetime", "time", "window_start", "timestamp"),
    "hour": ("hour", "jam", "hour_utc"),
    "kp_max": ("kp_max", "kp", "kp_index", "max_kp"),
    "dst_min_nt": ("dst_min_nt", "dst", "dst_index", "min_dst"),
    "coverage": ("coverage", "completeness", "data_completeness", "valid_fraction"),
    "is_target": (
        *("is_target", "label_event", "y_event", "label", "target", "event", "is_precursor"),
        *("precursor", "actual_event", "y_true", "y", "class"),
    ),
    "magnitude": ("magnitude", "label_mag", "y_mag", "mag", "mw"),
    "azimuth_deg": ("azimuth_deg", "label_azm", "y_azm", "azimuth", "azm", "azimuth_true"),
    "distance_km": ("distance_km", "distance", "dist_km", "epicentral_distance_km"),
    "event_id": ("event_id", "eventid", "earthquake_id", "id_event"),
    "cluster_id": ("cluster_id", "cluster"),
    "probability": (
        *("probability", "prob_final", "prob_gated", "prob", "prob_event", "max_station_prob"),
        *("score", "y_prob", "y_score"),
    ),
    "forecast_deg": ("forecast_deg", "pred_azm", "azimuth_pred", "pred_azimuth"),
    "split": ("split", "fold", "subset", "set"),
    "window_start": ("window_start",),
    "issue_time": ("issue_time",),
    "horizon_start": ("horizon_start",),
    "horizon_end": ("horizon_end",),
    "is_declared": ("is_augmented", "augmented", "is_synthetic", "synthetic", "augmentation"),
    "instrument": ("instrument", "sensor", "instrument_era"),
    "size_bytes": ("size_bytes", "file_size", "size"),
    "tile_length": ("tile_length", "n_samples", "length"),
    "folder": ("folder", "directory", "source_folder"),
    "compression": ("compression",),
    "dtype": ("dtype",),
    "modified_s": ("modified_s", "mtime"),
    "store_row": ("store_row", "tensor_index", "h5_index", "index_h5"),
}
"""Column of ours -> names it goes by, the surest first. Case does not matter."""

TIMES = ("day", "window_start", "issue_time", "horizon_start", "horizon_end")
NUMBERS = (
    *("hour", "kp_max", "dst_min_nt", "coverage", "magnitude", "azimuth_deg", "distance_km"),
    *("probability", "forecast_deg", "size_bytes", "tile_length", "modified_s", "store_row"),
)
SPLIT_NAMES: Mapping[str, str] = {
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "testing": "test",
    "blind": "test",
} | {name: name for name in SPLITS}
NO_LABEL = {"none": False}
"""A class called none is the quiet one."""
NOT_THERE = ""
"""Given in a map for a column of ours that the table does not have."""


@dataclass(frozen=True, kw_only=True)
class TableMap:
    """What is known of a foreign table beside its columns.

    Attributes
    ----------
    columns
        Column of ours -> column of theirs; the rest is guessed.
    window_days, horizon_days
        Of their rows [days]; no horizon if unknown.
    embargo_days
        That they declare [days].
    date_format
        Of their dates, as of ``strptime``; None: ISO 8601 or YYYYMMDD.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    window_days: int = 1
    horizon_days: int | None = None
    embargo_days: float | None = None
    date_format: str | None = None

    def __post_init__(self) -> None:
        strange = sorted(set(self.columns) - set(GUESSES))
        if strange:
            msg = f"no column of ours is called {', '.join(strange)}; known: {', '.join(GUESSES)}"
            raise SchemaError(msg)
        if self.window_days < 1 or (self.horizon_days is not None and self.horizon_days < 1):
            msg = (
                f"window_days={self.window_days}, horizon_days={self.horizon_days}: give 1 or more"
            )
            raise SchemaError(msg)


@dataclass(frozen=True)
class Foreign:
    """A foreign table laid out for the checks.

    Attributes
    ----------
    case
        For the checks.
    columns
        Column of ours -> theirs, as it was understood.
    unread
        Their columns that nothing was made of.
    notes
        One sentence for each thing that was found unreadable.
    """

    case: LeakCase
    columns: Mapping[str, str]
    unread: tuple[str, ...]
    notes: tuple[str, ...] = ()


def lay_out(tables: Sequence[tuple[str, pd.DataFrame]], known: TableMap | None = None) -> Foreign:
    """Lay foreign tables out as rows of a leak case.

    Parameters
    ----------
    tables
        ``(split, table)`` with every value as text, or as it is; a table that has a column of
        splits keeps its own.
    known
        What is known beside the columns.

    Raises
    ------
    SchemaError
        No rows, too many, a named column that is not there, a label that is neither yes nor no, a
        column of dates of which none can be read.
    """
    plan = known or TableMap()
    whole = pd.concat([table.assign(_split=name) for name, table in tables], ignore_index=True)
    if not 0 < len(whole) <= MOST_ROWS:
        msg = f"the tables hold {len(whole):,} rows; give 1 to {MOST_ROWS:,}"
        raise SchemaError(msg)
    columns = guess(list(whole.columns.drop("_split")), plan.columns)
    rows = pd.DataFrame(index=whole.index)
    notes: list[str] = []
    for ours, theirs in columns.items():
        # Each table by itself: one whose dates cannot be read must not hide behind another.
        parts = [
            _typed(ours, f"{where}column {theirs}", whole.loc[mine, theirs], plan.date_format)
            for where, mine in _tables(whole["_split"])
        ]
        rows[ours] = pd.concat([part.values for part in parts])
        notes += [note for part in parts for note in part.notes]
    rows["split"] = _splits(rows, whole["_split"])
    rows["row_id"] = [f"row {i + 1}" for i in range(len(rows))]
    if "file_name" in rows:
        rows = rows.assign(**from_file_names(rows["file_name"]))
    case = LeakCase(
        rows=_with_times(_with_declared(rows), plan),
        window_days=plan.window_days,
        horizon_days=plan.horizon_days,
        embargo_days=plan.embargo_days,
    )
    unread = tuple(str(c) for c in whole.columns if c not in {*columns.values(), "_split"})
    return Foreign(case, columns, unread, tuple(notes))


def guess(theirs: list[str], given: Mapping[str, str]) -> dict[str, str]:
    """Find which of their columns is which of ours; each is used once.

    A column of ours that is given as an empty text is not there.

    Raises
    ------
    SchemaError
        A column that was named is not there.

    Examples
    --------
    >>> guess(["Filename", "kp", "label_event"], {})
    {'file_name': 'Filename', 'kp_max': 'kp', 'is_target': 'label_event'}
    """
    absent = sorted(set(given.values()) - set(theirs) - {NOT_THERE})
    if absent:
        msg = f"no column {', '.join(absent)}; the table has {', '.join(map(str, theirs[:40]))}"
        raise SchemaError(msg)
    by_name = {plain_name(name): name for name in reversed(theirs)}
    found: dict[str, str] = {}
    for ours, names in GUESSES.items():
        if given.get(ours) == NOT_THERE:
            continue
        free = (by_name[n] for n in names if n in by_name and by_name[n] not in found.values())
        named = given.get(ours) or next((n for n in free if n not in given.values()), None)
        if named is not None:
            found[ours] = named
    return found


def plain_name(name: object) -> str:
    """Write the name of a column in small letters and underscores.

    Examples
    --------
    >>> plain_name(" Forecast date ")
    'forecast_date'
    """
    return re.sub(r"[^0-9a-z]+", "_", str(name).strip().lower()).strip("_")


def _tables(told: pd.Series) -> list[tuple[str, pd.Series]]:
    """Rows of each table, and its name for messages; none where there is one table."""
    names = list(dict.fromkeys(told))
    return [(f"{name}: " * (len(names) > 1), told == name) for name in names]


def _typed(ours: str, where: str, values: pd.Series, form: str | None) -> Cells:
    if ours in TIMES:
        return read_times(values, where, form)
    if ours in NUMBERS:
        return Cells(finite_numbers(with_points(values)))
    if ours == "is_target":
        cells = read_yes_no(values, where, NO_LABEL)
        return Cells(cells.values.astype("boolean"), cells.notes)
    return Cells(values.astype("str").str.strip())


def _splits(rows: pd.DataFrame, told: pd.Series) -> pd.Series:
    if "split" not in rows:
        return told
    named: pd.Series = rows["split"].str.lower().map(SPLIT_NAMES)
    return named.astype("str")


def _with_times(rows: pd.DataFrame, plan: TableMap) -> pd.DataFrame:
    """Window and horizon of each date, where the horizon is stated and no column tells them."""
    columns = ("file_day", "day")
    days = [rows[c] for c in columns if c in rows]
    if plan.horizon_days is None or not days or {"window_start", "horizon_end"} & set(rows):
        return rows
    day = days[0].fillna(days[-1]).dt.floor("D")
    start = day + pd.Timedelta(days=HORIZON_AFTER_DAYS)
    return rows.assign(
        window_start=day - pd.Timedelta(days=plan.window_days - 1),
        horizon_start=start,
        horizon_end=start + pd.Timedelta(days=plan.horizon_days),
    )


def _with_declared(rows: pd.DataFrame) -> pd.DataFrame:
    """What a table declares as augmented is augmented, whatever its file is called."""
    if "is_declared" not in rows:
        return rows
    declared = ~rows["is_declared"].str.lower().isin((*NO, *NO_LABEL, "", "nan", "original"))
    by_name = rows.get("is_augmented", pd.Series(False, index=rows.index))
    return rows.assign(is_declared=declared, is_augmented=declared | by_name)
