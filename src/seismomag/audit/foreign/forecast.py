"""Forecast tables that others published: a CSV, and ten lines that say what its columns are.

::

    [table]                       [columns]
    name = "national list"        date = "date"
    horizon_days = 1              probability = "prob_final"
    threshold = 0.5               event = "y_event"
                                  azimuth_deg = "pred_azm"

Only ``date`` and one of ``probability`` and ``alarm`` are needed; every other column that is
missing takes something from what can be said.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError, FormatError, SchemaError
from seismomag.core.geodesy import wrap_deg

Floats = NDArray[np.float64]

MOST_BYTES = 200_000_000
MOST_DAYS = 40_000
NETWORK = "network"
"""Station code of a table that names none."""
COLUMNS = (
    "date",
    "station",
    "probability",
    "alarm",
    "event",
    "event_id",
    "issued",
    "azimuth_deg",
    "azimuth_true_deg",
    "magnitude",
    "magnitude_true",
    "kp",
    "dst_nt",
)
_NUMBERS = frozenset(COLUMNS) - {"date", "station", "event_id", "issued"}


@dataclass(frozen=True, kw_only=True)
class ForeignMap:
    """What the columns of a foreign table are.

    Attributes
    ----------
    columns
        From the words of :data:`COLUMNS` to the names of the table.
    name
        What the table is called in the report.
    horizon_days
        Days that a forecast speaks of, the date itself the first.
    threshold
        Probability of an alarm; None: the column ``alarm``, or the largest 20 % of the table.
    date_format
        As of ``strptime``; None: ISO 8601.
    """

    columns: Mapping[str, str]
    name: str = "foreign forecast"
    horizon_days: int = 1
    threshold: float | None = None
    date_format: str | None = None

    def __post_init__(self) -> None:
        strange = sorted(set(self.columns) - set(COLUMNS))
        wants = (
            (not strange, f"columns {strange} are not known; known: {', '.join(COLUMNS)}"),
            ("date" in self.columns, "columns needs `date`: without days nothing can be rotated"),
            (
                bool({"probability", "alarm"} & set(self.columns)),
                "columns needs `probability` or `alarm`: there is no forecast otherwise",
            ),
            (self.horizon_days >= 1, f"horizon_days={self.horizon_days} must be 1 or more"),
        )
        for holds, message in wants:
            if not holds:
                raise ConfigError(message)


@dataclass(frozen=True)
class ForeignTable:
    """A foreign table, cleaned.

    Attributes
    ----------
    map
        What its columns were.
    rows
        Columns of :data:`COLUMNS` that the table has; ``date`` as datetime64 and ``station``
        always; one row for each station and day, sorted.
    notes
        One sentence for each thing that was found wrong, or is missing.
    """

    map: ForeignMap
    rows: pd.DataFrame
    notes: tuple[str, ...] = field(default=())

    def has(self, column: str) -> bool:
        """Whether the table tells a column at all."""
        return column in self.rows and bool(self.rows[column].notna().any())


def read_map(path: str | Path) -> ForeignMap:
    """Read a column map from TOML.

    Raises
    ------
    ConfigError
        The file is missing, not TOML, or has an unknown key.
    """
    path = Path(path)
    if not path.is_file():
        msg = f"{path}: no such column map"
        raise ConfigError(msg)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: not TOML: {error}"
        raise ConfigError(msg) from error
    table = raw.get("table", {})
    known = {f.name for f in fields(ForeignMap)} - {"columns"}
    strange = sorted((set(raw) - {"table", "columns"}) | (set(table) - known))
    if strange:
        msg = f"{path}: unknown key {', '.join(strange)}; known: {', '.join(sorted(known))}"
        raise ConfigError(msg)
    try:
        return ForeignMap(columns=raw.get("columns", {}), **table)
    except (ConfigError, TypeError) as error:
        msg = f"{path}: {error}"
        raise ConfigError(msg) from error


def guess_map(path: str | Path) -> ForeignMap:
    """Take the columns of a table that already uses the words of :data:`COLUMNS`."""
    path = Path(path)
    with path.open(encoding="utf-8", errors="replace") as file:
        names = [name.strip().strip('"') for name in file.readline(65_536).split(",")]
    found = {name: name for name in names if name in COLUMNS}
    try:
        return ForeignMap(columns=found, name=path.stem)
    except ConfigError as error:
        msg = f"{path}: {error}; give a column map"
        raise ConfigError(msg) from error


def read_foreign(path: str | Path, columns: ForeignMap) -> ForeignTable:
    """Read and clean a foreign forecast table.

    Rows without a date or with neither probability nor alarm are left out and counted; of several
    rows of one station and day the most alarming is kept; azimuths in radians are recognised.

    Parameters
    ----------
    path
        A CSV, at most 200 MB.
    columns
        What its columns are.

    Raises
    ------
    FormatError
        The file is too large or not a CSV.
    SchemaError
        Columns are missing, a probability lies outside [0, 1], or no row is usable.
    """
    path = Path(path)
    if path.stat().st_size > MOST_BYTES:
        msg = f"{path}: {path.stat().st_size} bytes; expected a table of at most {MOST_BYTES}"
        raise FormatError(msg)
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        msg = f"{path}: not a CSV table: {error}"
        raise FormatError(msg) from error
    return clean(raw, columns, str(path))


def clean(raw: pd.DataFrame, columns: ForeignMap, name: str = "table") -> ForeignTable:
    """Turn text into a :class:`ForeignTable`; errors as for :func:`read_foreign`."""
    absent = sorted(set(columns.columns.values()) - {str(c) for c in raw.columns})
    needed = [columns.columns["date"]]
    needed += [columns.columns[c] for c in ("probability", "alarm") if c in columns.columns]
    if set(absent) & set(needed):
        msg = f"{name}: no column {', '.join(absent)}; found {', '.join(map(str, raw.columns))}"
        raise SchemaError(msg)
    notes = [f"no column {a}: what it would tell is left out" for a in absent]
    rows = _typed(raw, columns, absent, name)
    rows, found = _usable(rows, name)
    notes += found
    for step in (_on_time, _in_degrees, _one_row_a_day):
        rows, found = step(rows)
        notes += found
    missing = [c for c in ("event_id", "station", "issued") if c not in columns.columns]
    notes += [f"no {c.replace('_', ' ')} given" for c in missing]
    return ForeignTable(columns, rows.reset_index(drop=True), tuple(notes))


def _typed(raw: pd.DataFrame, columns: ForeignMap, absent: list[str], name: str) -> pd.DataFrame:
    rows = pd.DataFrame(index=raw.index)
    for word, given in columns.columns.items():
        if given in absent:
            continue
        text = raw[given].astype(str).str.strip()
        if word in _NUMBERS:
            lower = text.str.lower().replace({"true": "1", "false": "0"})
            rows[word] = pd.to_numeric(lower, errors="coerce").astype(np.float64)
        elif word in ("date", "issued"):
            rows[word] = _times(text, columns.date_format, f"{name}: column {given}")
        else:
            rows[word] = text.where(text != "", None)
    if "station" not in rows:
        rows["station"] = NETWORK
    rows["station"] = rows["station"].fillna(NETWORK)
    return rows


def _times(text: pd.Series, form: str | None, name: str) -> pd.Series:
    times = pd.to_datetime(text.where(text != "", None), format=form or "ISO8601", errors="coerce")
    if not times.notna().any():
        msg = f"{name} holds no time, such as {text.iloc[0] if len(text) else ''!r}; expected "
        msg += f"{form or 'ISO 8601'}; give date_format"
        raise SchemaError(msg)
    if times.dt.tz is not None:
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    return times.astype("datetime64[ns]")


def _usable(rows: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[str]]:
    said = [c for c in ("probability", "alarm") if c in rows]
    if "probability" in rows:
        strange = rows[rows["probability"].notna() & ~rows["probability"].between(0, 1)]
        if len(strange):
            worst = strange["probability"].iloc[0]
            msg = f"{name}: {len(strange)} probabilities outside [0, 1], such as {worst}"
            raise SchemaError(msg)
    good = rows["date"].notna() & rows[said].notna().any(axis=1)
    if not good.any():
        msg = f"{name}: none of {len(rows)} rows has a date and a forecast"
        raise SchemaError(msg)
    kept = rows[good].assign(date=lambda t: t["date"].dt.floor("D"))
    span = (kept["date"].max() - kept["date"].min()).days
    if span > MOST_DAYS:
        msg = f"{name}: the dates span {span} days; expected at most {MOST_DAYS}"
        raise SchemaError(msg)
    bad = int((~good).sum())
    return kept, [f"{bad} rows without date or forecast left out"] if bad else []


def _on_time(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Do not score what was issued after its own day had begun."""
    if "issued" not in rows:
        return rows, []
    late = rows["issued"] > rows["date"]
    note = f"{int(late.sum())} rows issued after their day had begun are not scored"
    if late.all():
        msg = f"all {len(rows)} rows were issued after the day that they speak of had begun"
        raise SchemaError(msg)
    return rows[~late], [note] if late.any() else []


def _in_degrees(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Recognise radians: many different azimuths, none beyond a full turn of 2 pi."""
    notes = []
    for column in ("azimuth_deg", "azimuth_true_deg"):
        if column not in rows:
            continue
        angle = rows[column]
        told = angle.dropna().unique()
        # Half a dozen different values below 6.3 deg do not happen by chance in degrees.
        if told.size >= 6 and np.abs(told).max() <= 2 * np.pi + 1e-6:
            notes.append(f"{column} was given in radians; turned into degrees")
            angle = np.rad2deg(angle)
        wrapped = pd.Series(wrap_deg(angle.to_numpy(dtype=np.float64)), index=rows.index)
        rows = rows.assign(**{column: wrapped})
    return rows, notes


def _one_row_a_day(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    by = [c for c in ("probability", "alarm") if c in rows]
    ordered = rows.sort_values(["station", "date", *by], kind="stable", na_position="first")
    twice = ordered.duplicated(["station", "date"], keep="last")
    n = int(twice.sum())
    note = f"{n} rows repeat a station and day; the most alarming of each is kept"
    return ordered[~twice], [note] if n else []
