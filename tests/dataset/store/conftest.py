"""Small stores with rows whose every byte is known."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.core.bands import Band
from seismomag.core.schema import SAMPLE_COLUMNS, empty_table
from seismomag.dataset import store
from seismomag.dataset.store.rows import RowWriter
from seismomag.signal.day import DayTensor
from seismomag.signal.grid import ScalogramGrid

GRID = ScalogramGrid(band=Band(low_hz=0.02, high_hz=0.1), n_frequencies=4, column_s=7200)
KINDS = {"text": "str", "time": "datetime64[ns]", "number": "float64", "truth": "boolean"}


def _table(codes: str, days: str, n: int) -> pd.DataFrame:
    """Samples of stations, each for n days, without labels."""
    stations = codes.split()
    day = pd.Series(np.tile(pd.date_range(days, periods=n, unit="ns"), len(stations)))
    code = np.repeat(stations, n)
    table = empty_table(SAMPLE_COLUMNS).reindex(range(len(code)))
    table["sample_id"] = [f"{c}_{d:%Y%m%d}" for c, d in zip(code, day, strict=True)]
    table["station_code"], table["split"] = code, "train"
    table["window_start"], table["issue_time"] = day, day + pd.Timedelta(days=1, minutes=9)
    table["horizon_start"] = day + pd.Timedelta(days=2)
    table["horizon_end"] = day + pd.Timedelta(days=16)
    table["store_row"] = -1
    return table.astype({c: KINDS[k] for c, k in SAMPLE_COLUMNS.items()} | {"store_row": "int64"})


def _tensor(sample_id: str) -> DayTensor:
    """Random values that belong to a sample."""
    rng = np.random.default_rng([*sample_id.encode()])
    valid_s = rng.integers(1, 7201, (3, 12)).astype(np.uint16)
    planes = rng.uniform(0, 1, (3, 4, 12)).astype(np.float16)
    planes[0, 0, 0] = np.nan
    share = float(valid_s.sum(axis=1, dtype=np.int64).min()) / 86_400
    return DayTensor(planes=planes, valid_s=valid_s, coverage=share)


def _make(path: Path, samples: pd.DataFrame, rows: list[int] | None = None) -> Path:
    """Make a store with these rows finished, all by default."""
    store.create(path, samples, GRID, provenance={"build": {"flag": "none"}, "given": {"a": 1}})
    with RowWriter(path) as writer:
        for row in range(len(samples)) if rows is None else rows:
            sample_id = samples["sample_id"].iloc[row]
            writer.write(row, _tensor(sample_id), bytes([row + 1]) * 32)
    return path


@pytest.fixture(scope="session")
def make_table() -> Callable[[str, str, int], pd.DataFrame]:
    return _table


@pytest.fixture(scope="session")
def make_tensor() -> Callable[[str], DayTensor]:
    return _tensor


@pytest.fixture(scope="session")
def make_store() -> Callable[..., Path]:
    return _make
