"""What the leak audit costs: table checks, and near-duplicates in a store of full tensors.

Run: ``python benchmarks/leaks.py [--rows 1623] [--json FILE]``. The store is invented, takes
1.1 MB a row in a temporary folder, and holds five planted near-copies that must be found.
"""

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from measuring import Figure, cpu_seconds, forget_peak, keep, peak_mib, show

from seismomag.audit.leaks import checks as leaks
from seismomag.audit.leaks.case import LeakCase
from seismomag.dataset import store
from seismomag.dataset.labels import LabelRule
from seismomag.dataset.store.rows import RowWriter
from seismomag.experiment.foreign_tables import BoundedTensors
from seismomag.signal.day import DayTensor
from seismomag.signal.grid import ScalogramGrid

N_STATIONS = 24
TABLE_S, NEAR_S, PEAK_MIB = 20.0, 90.0, 2048.0
N_PLANTED = 5
TENSOR_CHECKS = ("C05", "C06")


def samples(n: int) -> pd.DataFrame:
    """Rows of 24 stations over three years, with labels, Kp and Dst drawn at random."""
    generator = np.random.default_rng(0)
    rule = LabelRule()
    span = np.linspace(0, 1095, -(-n // N_STATIONS)).astype(int)
    day = np.repeat(np.datetime64("2022-01-01") + span, N_STATIONS)[:n]
    code = np.tile([f"S{k:02d}" for k in range(N_STATIONS)], span.size)[:n]
    horizon = rule.horizon(day, 540)
    target = generator.random(n) < 0.3
    cluster = np.where(target, [f"e{k // 6}" for k in range(n)], None)
    table = pd.DataFrame(
        {
            "sample_id": [f"{c}_{str(d).replace('-', '')}" for c, d in zip(code, day, strict=True)],
            "station_code": code,
            "window_start": day.astype("datetime64[ns]"),
            "issue_time": horizon.issue_time,
            "horizon_start": horizon.start,
            "horizon_end": horizon.end,
            "coverage": 1 - generator.beta(1, 60, n),
            "kp_max": np.round(generator.gamma(3, 0.9, n).clip(0, 9) * 3) / 3,
            "dst_min_nt": generator.normal(-20, 15, n),
            "is_target": pd.array(target, dtype="boolean"),
            "event_id": pd.Series(cluster, dtype="str"),
            "cluster_id": pd.Series(cluster, dtype="str"),
            "magnitude": np.where(target, 5.0, np.nan),
            "distance_km": np.where(target, 80.0, np.nan),
            "azimuth_deg": np.where(target, generator.uniform(0, 360, n), np.nan),
            "lead_time_days": np.where(target, 5.0, np.nan),
            "split": np.where(span.repeat(N_STATIONS)[:n] < 700, "train", "test"),
            "store_row": np.arange(n),
        }
    )
    return table.sort_values(["station_code", "window_start"], ignore_index=True)


def fill(path: Path, table: pd.DataFrame, grid: ScalogramGrid) -> None:
    """Write tensors with a spectrum and a daily course; five test rows nearly repeat training."""
    store.create(path, table, grid, provenance={"invented": True})
    generator = np.random.default_rng(1)
    shape = (grid.n_planes, grid.n_frequencies, grid.n_columns)
    slope = (np.arange(grid.n_frequencies) + 1.0)[:, None] ** -0.7
    train = np.flatnonzero(table["split"] == "train")[:N_PLANTED]
    test = np.flatnonzero(table["split"] == "test")[:N_PLANTED]
    kept: dict[int, np.ndarray] = {}
    valid = np.full((3, grid.n_columns), min(grid.column_s, 255), np.uint8)
    with RowWriter(path) as writer:
        for row in range(len(table)):
            planes = np.exp(0.5 * generator.standard_normal(shape, np.float32)) * slope
            if row in test:
                planes = kept[int(train[list(test).index(row)])] * 1.001
            if row in train:
                kept[row] = planes
            writer.write(row, DayTensor(planes.astype(np.float16), valid, 1.0))


def measure(n: int, grid: ScalogramGrid) -> list[Figure]:
    """CPU seconds and peak memory of the checks."""
    table = samples(n)
    rows = table.rename(columns={"sample_id": "row_id"})
    rows["day"] = rows["window_start"]
    rows["store_row"] = np.arange(n)
    case = LeakCase(rows=rows, horizon_days=14)
    checks = [c for i, c in leaks.CHECKS.items() if i not in TENSOR_CHECKS]
    tables_s = cpu_seconds(lambda: [check(case) for check in checks])
    with tempfile.TemporaryDirectory(prefix="seismomag-") as folder:
        path = Path(folder) / "store.h5"
        fill(path, table, grid)
        full = replace(case, tensors=BoundedTensors(path))
        forget_peak()
        wall, cpu = time.perf_counter(), time.process_time()
        near = leaks.CHECKS["C06"](full)
        near_s, near_wall_s = time.process_time() - cpu, time.perf_counter() - wall
        peak = peak_mib()
        exact_s = cpu_seconds(lambda: leaks.CHECKS["C05"](full))
    shape = f"{n} x {grid.n_planes} x {grid.n_frequencies} x {grid.n_columns}"
    told = (
        (f"all table checks, {n} rows", tables_s, "CPU s", TABLE_S),
        (f"near-duplicates, {shape}", near_s, "CPU s", NEAR_S),
        ("near-duplicates, elapsed", near_wall_s, "s", NEAR_S),
        ("near-duplicates, peak memory", peak, "MiB", PEAK_MIB),
        ("exact duplicates", exact_s, "CPU s", None),
    )
    figures = [
        Figure(section="leaks", name=name, value=value, unit=unit, bound=bound)
        for name, value, unit, bound in told
    ]
    found = Figure(
        section="leaks",
        name="planted near-copies found",
        value=near.n_found,
        unit="pairs",
        bound=N_PLANTED,
        is_floor=True,
    )
    return [*figures, found]


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1623)
    parser.add_argument("--json")
    given = parser.parse_args()
    figures = measure(given.rows, ScalogramGrid())
    show(figures)
    keep(figures, given.json)


if __name__ == "__main__":
    main()
