"""What is in a store, in a few lines."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.dataset.store.layout import PACKED
from seismomag.dataset.store.reading import Store

MIB = 2**20


def describe(store: Store) -> list[str]:
    """Say what a store holds: kind, grid, days, rows by station and split, size."""
    grid, layout = store.grid, store.layout
    size = sum(file.stat().st_size for file in _files(store))
    samples = store.samples
    kind = f"{layout.kind} with {layout.compression}" if layout.kind == PACKED else layout.kind
    lines = [
        f"{store.path}: {kind}, {size / MIB:,.1f} MiB, made by seismomag {store.code_version}",
        (
            f"grid: {grid.n_planes} planes ({grid.representation}), {grid.n_frequencies} "
            f"frequencies {1000 * grid.band.low_hz:g}-{1000 * grid.band.high_hz:g} mHz, "
            f"{grid.n_columns} columns of {grid.column_s} s"
        ),
        _rows_line(store, samples),
        *_station_lines(samples, store),
    ]
    if layout.shards:
        lines.append("shards: " + ", ".join(f"{s.name} ({s.n_rows})" for s in layout.shards))
    return lines


def _files(store: Store) -> list[Path]:
    return [store.path, *(store.path.parent / shard.name for shard in store.layout.shards)]


def _rows_line(store: Store, samples: pd.DataFrame) -> str:
    done = store.done
    coverage = samples["coverage"].to_numpy(np.float64)[done]
    mean = f"{coverage.mean():.3f}" if coverage.size else "not known"
    without = int((coverage == 0).sum())
    return (
        f"rows: {len(samples)}, {int(done.sum())} done, {without} of these without data; "
        f"mean coverage {mean}"
    )


def _station_lines(samples: pd.DataFrame, store: Store) -> Iterator[str]:
    done = pd.Series(store.done, index=samples.index)
    for code, rows in samples.groupby("station_code", sort=True):
        splits = rows["split"].fillna("no split").value_counts().sort_index()
        parts = ", ".join(f"{n} {split}" for split, n in splits.items())
        first, last = rows["issue_time"].min(), rows["issue_time"].max()
        coverage = rows["coverage"].mean()
        covered = "" if np.isnan(coverage) else f", mean coverage {coverage:.3f}"
        yield (
            f"  {code}: {len(rows)} rows ({parts}), {int(done[rows.index].sum())} done, issued "
            f"{first:%Y-%m-%d} .. {last:%Y-%m-%d}{covered}"
        )
