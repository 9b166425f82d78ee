"""Reading alone, and from files to the store, in CPU time of one core.

Run: ``python benchmarks/readers.py [--short] [--json FILE]``. Real files where they are; without
them IAGA-2002 and FRG604RC files are written from an invented day, and ImagCDF is not measured.
"""

import argparse
import gzip
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import archives
import numpy as np
import pandas as pd
from measuring import REAL_DATA, ROUNDS, Figure, cpu_seconds, interleaved, keep, show

from seismomag.dataset import build
from seismomag.readers import frg604rc, iaga2002, read
from seismomag.readers.archive import DayFolder
from seismomag.signal.grid import ScalogramGrid

IMAGCDF = (
    "one_second/wic_2018-08-24_7days_imagcdf12_geomagpy119_example4.cdf",
    "one_second/wic_2024-05-09_4days_imagcdf13_example4.cdf",
)
IAGA = "one_second/wic_2018-08-29_iaga2002_example5.sec.gz"
FRG = "bmkg/S250101.ALR.gz"

MOST_TIMES_CDFLIB = 3.0
MOST_TIMES_PANDAS = 1.0
MOST_FRG_MS = 10.0
MOST_END_TO_END_MS = 40.0


def imagcdf(rounds: int) -> list[Figure]:
    """Our reader beside cdflib's varget of the same variables."""
    import cdflib

    out = []
    for path in (REAL_DATA / name for name in IMAGCDF):
        label = f"ImagCDF over cdflib's varget, {path.name[:14]}"
        if not path.exists():
            out.append(_unmeasured(label, "x", "no real file"))
            continue

        def alone(path: Path = path) -> None:
            file = cdflib.CDF(path)
            for variable in file.cdf_info().zVariables:
                file.varget(variable)

        times = interleaved({"ours": lambda p=path: read(p), "cdflib": alone}, rounds)
        note = f"{1e3 * times['ours']:.0f} ms and {1e3 * times['cdflib']:.0f} ms"
        out.append(
            Figure(
                section="reading",
                name=label,
                value=times["ours"] / times["cdflib"],
                unit="x",
                bound=MOST_TIMES_CDFLIB,
                note=note,
            )
        )
    return out


def iaga(folder: Path, rounds: int) -> list[Figure]:
    """Our reader beside the C engine of pandas on the data lines."""
    path = folder / "day.sec"
    if (REAL_DATA / IAGA).exists():
        path.write_bytes(gzip.decompress((REAL_DATA / IAGA).read_bytes()))
    else:
        iaga2002.write(archives.Repeating().load_day("TST", archives.FIRST), path)
    lines = path.read_bytes().split(b"\n")
    n_head = next(i for i, line in enumerate(lines) if line.startswith(b"DATE")) + 1

    def pandas_alone() -> None:
        pd.read_csv(path, sep=r"\s+", skiprows=n_head, header=None, engine="c")

    times = interleaved({"ours": lambda: read(path), "pandas": pandas_alone}, rounds)
    note = f"{1e3 * times['ours']:.0f} ms and {1e3 * times['pandas']:.0f} ms"
    return [
        Figure(
            section="reading",
            name="IAGA-2002 over pandas.read_csv of its data lines",
            value=times["ours"] / times["pandas"],
            unit="x",
            bound=MOST_TIMES_PANDAS,
            note=note,
        )
    ]


def frg(folder: Path, rounds: int) -> list[Figure]:
    """Our reader of FRG604RC."""
    path = REAL_DATA / FRG
    if not path.exists():
        path = folder / "S010101.S00.gz"
        frg604rc.write(archives.Repeating().load_day("S00", archives.FIRST), path)
    seconds = interleaved({"ours": lambda: read(path)}, 3 * rounds)["ours"]
    return [
        Figure(
            section="reading",
            name="FRG604RC, a day, compressed",
            value=1e3 * seconds,
            unit="ms CPU",
            bound=MOST_FRG_MS,
        )
    ]


def end_to_end(folder: Path, n_days: int) -> list[Figure]:
    """FRG604RC files through flags, margins and transform into the store, one process."""
    root = folder / "archive"
    station = root / "S00"
    station.mkdir(parents=True)
    source = archives.Repeating()
    for i in range(n_days + 2):
        day = archives.FIRST + i
        name = f"S{pd.Timestamp(day):%y%m%d}.S00.gz"
        frg604rc.write(source.load_day("S00", day), station / name)
    grid = ScalogramGrid()
    table = archives.samples(n_days, grid, n_stations=1)
    load_day = DayFolder(root).load_day

    def work(rows: pd.DataFrame, name: str) -> None:
        build.build_store(folder / name, rows, load_day, grid)

    # What is computed once for a grid is no part of a day.
    work(archives.samples(1, grid, n_stations=1), "warm.h5")
    seconds = cpu_seconds(lambda: work(table, "store.h5"))
    return [
        Figure(
            section="store",
            name="FRG604RC file to store, flags included, a station-day",
            value=1e3 * seconds / n_days,
            unit="ms CPU",
            bound=MOST_END_TO_END_MS,
            note=f"{n_days} days, (3, 128, 1440)",
        )
    ]


def _unmeasured(name: str, unit: str, note: str) -> Figure:
    return Figure(section="reading", name=name, value=None, unit=unit, note=note)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer days")
    parser.add_argument("--json")
    given = parser.parse_args()
    np.seterr(all="raise", under="ignore")
    with tempfile.TemporaryDirectory(prefix="seismomag-") as name:
        folder = Path(name)
        figures = [
            *imagcdf(ROUNDS),
            *iaga(folder, ROUNDS),
            *frg(folder, ROUNDS),
            *end_to_end(folder, 10 if given.short else 60),
        ]
    show(figures)
    keep(figures, given.json)
    return 1 if any(f.verdict == "OUT OF BOUNDS" for f in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
