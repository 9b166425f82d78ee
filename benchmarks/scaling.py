"""What an archive costs: linear growth, flat memory, and a second worker.

Run: ``python benchmarks/scaling.py [--sizes 100 1000 10000] [--workers-size 3000] [--json FILE]``.
Each size is built in a fresh process on a small grid (3 x 8 x 72); the two-worker figure is wall
time and means something only on two idle cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import archives
from measuring import Figure, forget_peak, keep, peak_mib, show

from seismomag.dataset import build

MOST_GROWTH = 1.2
MOST_MEMORY = 1.25
LEAST_SPEEDUP = 1.7


def measure(n: int, workers: int) -> dict[str, float]:
    """Build n station-days in this process: CPU seconds, wall seconds, peak MiB."""
    table = archives.samples(n, archives.SMALL)
    source = archives.Repeating()
    with tempfile.TemporaryDirectory(prefix="seismomag-") as folder:
        warm = archives.samples(10, archives.SMALL)
        build.build_store(Path(folder) / "warm.h5", warm, source.load_day, archives.SMALL)
        forget_peak()
        wall, cpu = time.perf_counter(), time.process_time()
        path = Path(folder) / "store.h5"
        build.build_store(path, table, source.load_day, archives.SMALL, workers=workers)
        return {
            "cpu_s": time.process_time() - cpu,
            "wall_s": time.perf_counter() - wall,
            "peak_mib": peak_mib(),
        }


def apart(n: int, workers: int) -> dict[str, float]:
    """Measure in a fresh process, whose memory nobody else has used."""
    command = [sys.executable, __file__, "--one", str(n), str(workers)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(answer.stderr)
    return json.loads(answer.stdout.splitlines()[-1])


def growth(sizes: list[int]) -> list[Figure]:
    """CPU time a station-day and peak memory of each size, against the second largest."""
    found = {n: apart(n, 1) for n in sizes}
    out = []
    for n, one in found.items():
        cost = 1e3 * one["cpu_s"] / n
        name = f"{n:,} station-days, 3 x 8 x 72"
        out += [
            Figure(section="scaling", name=f"CPU a station-day, {name}", value=cost, unit="ms"),
            Figure(
                section="scaling", name=f"peak memory, {name}", value=one["peak_mib"], unit="MiB"
            ),
        ]
    least, most = found[sizes[0]], found[sizes[-1]]
    per_day = (most["cpu_s"] / sizes[-1]) / (least["cpu_s"] / sizes[0])
    memory = most["peak_mib"] / least["peak_mib"]
    label = f"{sizes[-1]:,} over {sizes[0]:,} station-days"
    return [
        *out,
        Figure(
            section="scaling",
            name=f"CPU a station-day, {label}",
            value=per_day,
            unit="x",
            bound=MOST_GROWTH,
        ),
        Figure(
            section="scaling",
            name=f"peak memory, {label}",
            value=memory,
            unit="x",
            bound=MOST_MEMORY,
        ),
    ]


def second_worker(n: int) -> list[Figure]:
    """Wall time of one worker over that of two."""
    one, two = apart(n, 1), apart(n, 2)
    cores = len(os.sched_getaffinity(0))
    note = f"{one['wall_s']:.1f} s and {two['wall_s']:.1f} s wall, load {os.getloadavg()[0]:.1f}"
    return [
        Figure(
            section="scaling",
            name=f"two workers over one, {n:,} station-days",
            value=one["wall_s"] / two["wall_s"] if cores > 1 else None,
            unit="x",
            bound=LEAST_SPEEDUP,
            is_floor=True,
            note=note if cores > 1 else "a single core",
        )
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--workers-size", type=int, default=3_000)
    parser.add_argument("--short", action="store_true", help="100, 300, 1,000 and 600")
    parser.add_argument("--one", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--json")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(*given.one)))
        return 0
    sizes = [100, 300, 1_000] if given.short else given.sizes
    n_workers = 600 if given.short else given.workers_size
    figures = [*growth(sizes), *second_worker(n_workers)]
    show(figures)
    keep(figures, given.json)
    return 1 if any(f.verdict == "OUT OF BOUNDS" for f in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
