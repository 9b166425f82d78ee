"""Forecast tables that others published: a CSV, and ten lines that say what its columns are.

::

    [table]                       [columns]
    name = "national list"        date = "date"
    horizon_days = 1              probability = "prob_final"
    first_day_offset_days = 0     event = "y_event"
    threshold = 0.5               azimuth_deg = "pred_azm"

Only ``date`` and one of ``probability`` and ``alarm`` are needed; every other column that is
missing takes something from what can be said. A forecast of day D speaks of ``horizon_days`` days
from D + ``first_day_offset_days`` on.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path

import pandas as pd

from seismomag.audit.foreign import cleaning
from seismomag.audit.foreign.sheet import read_sheet
from seismomag.audit.foreign.times import read_times
from seismomag.audit.foreign.values import Cells, read_numbers, read_yes_no
from seismomag.audit.foreign.words import DOCUMENTED, fill
from seismomag.core.errors import ConfigError, SchemaError

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
_WISHED = {"event_id": "event id", "station": "station", "issued": "time of issue"}
_NUMBERS = frozenset(COLUMNS) - {"date", "station", "event_id", "issued", "alarm", "event"}


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
        Days that a forecast speaks of; None: those of the label rule, or one without a catalogue.
    first_day_offset_days
        Days from the date of a row to the first day that it speaks of; None: 0, the date itself.
    threshold
        Probability of an alarm; None: the column ``alarm``, or the largest 20 % of the table.
    date_format
        As of ``strptime``; None: ISO 8601.
    """

    columns: Mapping[str, str]
    name: str = "foreign forecast"
    horizon_days: int | None = None
    first_day_offset_days: int | None = None
    threshold: float | None = None
    date_format: str | None = None

    def __post_init__(self) -> None:
        strange = sorted(set(self.columns) - set(COLUMNS))
        given = {word for word, name in self.columns.items() if name}
        horizon, offset = self.horizon_days, self.first_day_offset_days
        wants = (
            (not strange, f"columns {strange} are not known; known: {', '.join(COLUMNS)}"),
            ("date" in given, "columns needs `date`: without days nothing can be rotated"),
            (
                bool({"probability", "alarm"} & given),
                "columns needs `probability` or `alarm`: there is no forecast otherwise",
            ),
            (horizon is None or horizon >= 1, f"horizon_days={horizon} must be 1 or more"),
            (offset is None or offset >= 0, f"first_day_offset_days={offset} must be 0 or more"),
            (
                self.threshold is None or "alarm" not in given,
                "`threshold` and the column `alarm` both say what an alarm is: keep one",
            ),
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
    unread
        Columns of theirs that nothing was made of.
    """

    map: ForeignMap
    rows: pd.DataFrame
    notes: tuple[str, ...] = field(default=())
    unread: tuple[str, ...] = ()

    def has(self, column: str) -> bool:
        """Whether the table tells a column at all."""
        return column in self.rows and bool(self.rows[column].notna().any())

    @property
    def horizon_days(self) -> int:
        """Days that a forecast speaks of; 1 where nobody states it."""
        return self.map.horizon_days or 1

    @property
    def offset_days(self) -> int:
        """Days from the date of a row to the first day that it speaks of."""
        return self.map.first_day_offset_days or 0

    @property
    def valid_from(self) -> pd.Series:
        """First day that each row speaks of."""
        return self.rows["date"] + pd.Timedelta(days=self.offset_days)

    @property
    def score_column(self) -> str:
        """Column by which station-days are ranked."""
        return "probability" if self.has("probability") else "alarm"

    @property
    def uses_alarms(self) -> bool:
        """Whether the author's own alarms are the alarms."""
        return self.has("alarm") and self.map.threshold is None


def read_map(path: str | Path, header: Sequence[str] = ()) -> ForeignMap:
    """Read a column map from TOML.

    Parameters
    ----------
    path
        With ``[table]`` and ``[columns]``.
    header
        Names of the columns of the table. What the map needs and does not name is guessed from
        them; without ``[columns]``, everything.

    Raises
    ------
    ConfigError
        The file is missing, not TOML, or has an unknown key; or no column of days, or of
        forecasts, is named or understood.
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
    table, columns = raw.get("table", {}), raw.get("columns", {})
    known = {f.name for f in fields(ForeignMap)} - {"columns"}
    strange = sorted(set(raw) - {"table", "columns"})
    strange += sorted(set(table) - known) if isinstance(table, dict) else ["table"]
    if strange or not isinstance(columns, dict):
        msg = (
            f"{path}: unknown key {', '.join(strange) or 'columns'}; known: [columns], and in "
            f"[table] {', '.join(sorted(known))} ({DOCUMENTED})"
        )
        raise ConfigError(msg)
    try:
        filled = fill(header, columns, table.get("threshold")) if header else columns
        return ForeignMap(columns=filled, **table)
    except (ConfigError, TypeError) as error:
        msg = f"{path}: {error}"
        raise ConfigError(msg) from error


def guess_map(header: Sequence[str], name: str) -> ForeignMap:
    """Understand a table by the names of its columns alone.

    Raises
    ------
    ConfigError
        No column of days, or of forecasts, is understood.
    """
    try:
        return ForeignMap(columns=fill(header, {}, None), name=Path(name).stem)
    except ConfigError as error:
        msg = f"{name}: {error}"
        raise ConfigError(msg) from error


def read_foreign(path: str | Path, columns: ForeignMap | None = None) -> ForeignTable:
    """Read and clean a foreign forecast table.

    Rows without a date or with neither probability nor alarm are left out and counted; of several
    rows of one station and day the most alarming is kept, and its label is unknown where they
    contradict each other; azimuths in radians are recognised.

    Parameters
    ----------
    path
        See :func:`~seismomag.audit.foreign.sheet.read_sheet`.
    columns
        What its columns are; None: guessed.

    Raises
    ------
    FormatError
        The file is too large or not a table.
    ConfigError
        Without a map: the columns are not understood.
    SchemaError
        Columns are missing, a probability lies outside [0, 1], or no row is usable.
    """
    sheet = read_sheet(path)
    header = [str(name) for name in sheet]
    return clean(sheet, columns or guess_map(header, str(path)), str(path))


def clean(raw: pd.DataFrame, columns: ForeignMap, name: str = "table") -> ForeignTable:
    """Turn text into a :class:`ForeignTable`; errors as for :func:`read_foreign`."""
    named = {word: given for word, given in columns.columns.items() if given}
    absent = sorted(set(named.values()) - {str(c) for c in raw.columns})
    needed = [named[c] for c in ("date", "probability", "alarm") if c in named]
    if set(absent) & set(needed):
        msg = f"{name}: no column {', '.join(absent)}; found {', '.join(map(str, raw.columns))}"
        raise SchemaError(msg)
    notes = [f"no column {a}: what it would tell is left out" for a in absent]
    rows, found = _typed(raw, columns, absent, name)
    notes += found
    rows, found = cleaning.usable(rows, name)
    notes += found
    on_time = partial(cleaning.on_time, offset_days=columns.first_day_offset_days or 0)
    steps = (cleaning.same_codes, on_time, cleaning.in_degrees, cleaning.one_row_a_day)
    for step in steps:
        rows, found = step(rows)
        notes += found
    notes += [f"no {said} given" for word, said in _WISHED.items() if word not in named]
    unread = tuple(str(c) for c in raw.columns if str(c) not in named.values())
    return ForeignTable(columns, rows.reset_index(drop=True), tuple(notes), unread)


def _typed(
    raw: pd.DataFrame, columns: ForeignMap, absent: list[str], name: str
) -> tuple[pd.DataFrame, list[str]]:
    rows, notes = pd.DataFrame(index=raw.index), []
    for word, given in columns.columns.items():
        if given and given not in absent:
            cells = _cells(word, raw[given], f"{name}: column {given}", columns.date_format)
            rows[word] = cells.values
            notes += [note.removeprefix(f"{name}: ") for note in cells.notes]
    if "station" not in rows:
        rows["station"] = NETWORK
    return rows, notes


def _cells(word: str, text: pd.Series, where: str, form: str | None) -> Cells:
    if word in ("date", "issued"):
        return read_times(text, where, form, names_days=word == "date")
    if word in ("alarm", "event"):
        return read_yes_no(text, where)
    if word in _NUMBERS:
        return read_numbers(text, where, is_share=word == "probability")
    stripped = text.astype("str").str.strip()
    return Cells(stripped.where(stripped != "", None))
