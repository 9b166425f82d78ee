"""Files of a stranger's labels: unpacked, read as text, and joined to a store of tensors."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.audit import proxies
from seismomag.audit.foreign.columns import Foreign, TableMap, lay_out
from seismomag.audit.foreign.sheet import read_sheet
from seismomag.audit.leaks.duplicates import band_powers
from seismomag.core.errors import ConfigError
from seismomag.core.schema import SPLITS
from seismomag.dataset.store import Store, open_store

LIMIT_BYTES = 100_000_000
MAPPED_BYTES = 400_000_000
"""Mapped pages count as memory of the process until the file is closed."""
MAP_KEYS = {
    "table": ("date_format",),
    "rule": ("window_days", "horizon_days", "embargo_days"),
}


def read_tables(paths: Sequence[Path], map_path: Path | None = None) -> Foreign:
    """Read one to three tables: training, validation, test.

    Parameters
    ----------
    paths
        CSV, also packed (gz, xz, zip). Of two, the second is the validation.
    map_path
        TOML with ``[columns]`` (ours = "theirs", "" for one that is not there), ``[rule]``
        (window_days, horizon_days, embargo_days) and ``[table]`` (date_format).

    Raises
    ------
    FormatError
        A file is no table.
    ConfigError
        Too many files, or an unknown key in the map.
    SchemaError
        A named column is missing, or a label is neither yes nor no.
    """
    if not 1 <= len(paths) <= len(SPLITS):
        msg = f"{len(paths)} tables; give TRAIN, or TRAIN VALIDATION, or TRAIN VALIDATION TEST"
        raise ConfigError(msg)
    known = TableMap() if map_path is None else read_map(map_path)
    tables = [(name, read_csv(path)) for name, path in zip(SPLITS, paths, strict=False)]
    return lay_out(tables, known)


def read_csv(path: Path) -> pd.DataFrame:
    """Read a table with every value as text, whatever it is packed in and separated by.

    Raises
    ------
    FormatError
        Too large, damaged, no UTF-8, or no table.
    """
    return read_sheet(path, limit_bytes=LIMIT_BYTES, blanks_missing=True)


def read_map(path: Path) -> TableMap:
    """Read a map of columns.

    Raises
    ------
    ConfigError
        No TOML, or a key that is not known.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: no TOML ({error})"
        raise ConfigError(msg) from error
    known = ", ".join(f"[{part}] {', '.join(keys)}" for part, keys in MAP_KEYS.items())
    strange = sorted(set(given) - {"columns", *MAP_KEYS})
    for part in {"columns", *MAP_KEYS} & set(given):
        if not isinstance(given[part], dict):
            msg = f"{path}: {part} is no table of TOML; known: [columns], {known}"
            raise ConfigError(msg)
        strange += sorted(set(given[part]) - set(MAP_KEYS.get(part, given[part])))
    if strange:
        msg = f"{path}: unknown {', '.join(strange)}; known: [columns], {known}"
        raise ConfigError(msg)
    return TableMap(
        columns=given.get("columns", {}), **given.get("table", {}), **given.get("rule", {})
    )


class BoundedTensors:
    """Tensors of a store whose mapped pages are let go of every so many bytes.

    Parameters
    ----------
    path
        The store.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store = open_store(path)
        self._n_bytes = 0

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self._store.n_rows

    def read(self, rows: ArrayLike) -> NDArray[np.float16]:
        """Read rows, shape (n, planes, F, T)."""
        if self._n_bytes > MAPPED_BYTES:
            self.close()
            self._store, self._n_bytes = open_store(self._path), 0
        block = self._store.read(rows)
        self._n_bytes += block.nbytes
        return block

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()


def with_store(foreign: Foreign, path: Path) -> Foreign:
    """Give a table the tensors of a store, and a cheap training on their band powers.

    Rows are joined by ``store_row`` where the table has it, else by station and date.

    Raises
    ------
    ConfigError
        No row of the table is in the store.
    """
    case = foreign.case
    rows = case.rows.copy()
    with open_store(path) as store:
        if "store_row" not in rows:
            rows["store_row"] = _rows_of(foreign, store)
        place = rows["store_row"].to_numpy(dtype=np.float64)
        held = np.isfinite(place) & (place >= 0) & (place < store.n_rows)
        held[held] = store.done[place[held].astype(np.int64)]
    if not held.any():
        msg = f"{path}: no row of the table is in the store; check stations and dates"
        raise ConfigError(msg)
    rows["store_row"] = np.where(held, place, -1)
    tensors = BoundedTensors(path)
    powers = band_powers(tensors, place[held].astype(np.int64))
    features = np.full((len(rows), powers.shape[1]), np.nan)
    features[held] = powers
    fit = proxies.boosted_fit(features, rows["row_id"], case.seed)
    return replace(
        foreign, case=replace(case, rows=rows, tensors=tensors, features=features, fit=fit)
    )


def _rows_of(foreign: Foreign, store: Store) -> pd.Series:
    samples = store.samples
    day = samples["issue_time"].dt.floor("D") - pd.Timedelta(days=1)
    key = pd.MultiIndex.from_arrays([samples["station_code"], day])
    place = pd.Series(np.arange(len(samples), dtype=np.float64), key)
    case, rows = foreign.case, foreign.case.rows
    asked = pd.MultiIndex.from_arrays(
        [case.station_of(rows), case.day_of(rows).dt.floor("D").astype(day.dtype)]
    )
    return pd.Series(place.reindex(asked).to_numpy(), rows.index)
