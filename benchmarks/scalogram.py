"""The transform beside its peers: CPU seconds, error against the definition, memory.

Run: ``python benchmarks/scalogram.py [--short] [--json FILE]``. The reference of every error is
the definition in double precision at 1 Hz, before the conversion to float16, on the columns that
are not masked.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import days
import numpy as np
import peers
from measuring import ROUNDS, Figure, forget_peak, interleaved, keep, peak_mib, show
from numpy.typing import NDArray

from seismomag.core.bands import Band
from seismomag.core.errors import ConfigError
from seismomag.signal import day as signal_day
from seismomag.signal import engine, gaps
from seismomag.signal.grid import ScalogramGrid
from seismomag.signal.wavelet import direct_power

BANDS = {
    "22-100 mHz": ScalogramGrid(band=Band(low_hz=0.022, high_hz=0.1)),
    "10-100 mHz": ScalogramGrid(),
}
FCWT = "fCWT 0.1.18, planned"
LEAST_RATIO = 25.0
MOST_ERROR, MOST_P999 = 1e-3, 1e-4
MOST_MIB = 100.0
MOST_SLOWER = 2.5


def engines() -> list[str]:
    """Engines that are installed here, the fastest first."""
    found = []
    for name in engine.ENGINES:
        try:
            engine.load(name)
        except ConfigError:
            continue
        found.append(name)
    return found


def ours(name: str, field: NDArray[np.float64], grid: ScalogramGrid) -> Callable[[], object]:
    """One transform to float16 with one engine."""

    def work() -> object:
        os.environ[engine.VARIABLE] = name
        return signal_day.transform(field, grid)

    return work


def accuracy(name: str, grid: ScalogramGrid, band: str, fields: dict) -> list[Figure]:
    """Errors of one engine on all days."""
    os.environ[engine.VARIABLE] = name
    out = []
    for day, field in fields.items():
        planes, _ = signal_day.compute_planes(days.main_part(field, grid.reach_s), grid)
        error = _error(planes.astype(np.float64) ** 2, field, grid)
        section = "accuracy"
        label = f"{name}, {band}, {day}"
        out += [
            Figure(
                section=section,
                name=f"largest error of the power: {label}",
                value=float(error.max()),
                unit="",
                bound=MOST_ERROR,
            ),
            Figure(
                section=section,
                name=f"99.9 % of the errors below: {label}",
                value=float(np.quantile(error, 0.999)),
                unit="",
                bound=MOST_P999,
            ),
        ]
    return out


def _error(power: NDArray, field: NDArray[np.float64], grid: ScalogramGrid) -> NDArray[np.float64]:
    bridged = gaps.bridge(field)
    out = []
    for rows in np.array_split(np.arange(grid.n_frequencies), 8):
        reference = direct_power(bridged, grid.frequencies_hz[rows])
        first = days.CONTEXT_S // 60
        error = np.abs(power[:, rows] / reference[:, :, first : first + 1440] - 1)
        out.append(error[np.isfinite(error)])
    return np.concatenate(out)


def speed(band: str, grid: ScalogramGrid, fields: dict, names: list[str], rounds: int) -> list:
    """CPU seconds of our engines and of the peers, in turns, with the peers' errors."""
    field = days.main_part(gaps.bridge(list(fields.values())[-1]), grid.reach_s)
    works = {f"seismomag, {name}": ours(name, field, grid) for name in engines()}
    figures, powers = [], {}
    for name in names:
        try:
            transform = peers.PEERS[name](grid.frequencies_hz, field.shape[1])
        except (ImportError, OSError) as error:
            figures.append(_absent(band, name, error))
            continue
        works[name] = _keeping(powers, name, transform, field)
    times = interleaved(works, rounds)
    reference = times.get(FCWT)
    figures += [
        Figure(section="speed", name=f"{name}, {band}", value=1e3 * seconds, unit="ms CPU")
        for name, seconds in times.items()
    ]
    best = min((n for n in times if n.startswith("seismomag")), key=lambda n: times[n])
    figures.append(
        Figure(
            section="speed",
            name=f"times as fast as fCWT, {band}",
            value=None if reference is None else reference / times[best],
            unit="x",
            bound=LEAST_RATIO,
            is_floor=True,
            note=best if reference else "fCWT is absent",
        )
    )
    if len(engines()) > 1:
        ratio = times["seismomag, scipy"] / times["seismomag, numba"]
        label = f"scipy path over numba path, {band}"
        figures.append(
            Figure(section="speed", name=label, value=ratio, unit="x", bound=MOST_SLOWER)
        )
    return figures + _peer_errors(powers, list(fields.values())[-1], grid, band)


def _keeping(powers: dict, name: str, transform: peers.Transform, field: NDArray) -> Callable:
    def work() -> None:
        powers[name] = transform(field)

    return work


def _absent(band: str, name: str, error: Exception) -> Figure:
    note = f"absent: {error}".split("\n")[0]
    return Figure(section="speed", name=f"{name}, {band}", value=None, unit="ms CPU", note=note)


def _peer_errors(powers: dict, field: NDArray, grid: ScalogramGrid, band: str) -> list[Figure]:
    margin = grid.reach_s // 60
    out = []
    for name, power in powers.items():
        error = _error(power[:, :, margin : margin + 1440], field, grid)
        for what, value in (("largest", error.max()), ("median", np.median(error))):
            label = f"{what} error of the power: {name}, {band}"
            out.append(Figure(section="peers", name=label, value=float(value), unit=""))
    return out


def memory(name: str) -> list[Figure]:
    """Peak of a fresh process that makes one transform, above its imports."""
    code = [sys.executable, __file__, "--memory", name]
    answer = subprocess.run(code, capture_output=True, text=True, check=False)
    label = f"peak memory above imports: {name}"
    is_ours = name in engine.ENGINES
    if answer.returncode:
        note = answer.stderr.strip().splitlines()[-1] if answer.stderr else "failed"
        return [Figure(section="memory", name=label, value=None, unit="MiB", note=note[:80])]
    value = float(answer.stdout.split()[-1])
    bound = MOST_MIB if is_ours else None
    return [Figure(section="memory", name=label, value=value, unit="MiB", bound=bound)]


def _measure_memory(name: str) -> None:
    grid = BANDS["22-100 mHz"]
    field = days.main_part(days.invented(days.DAY + 2 * days.CONTEXT_S, seed=2), grid.reach_s)
    if name in engine.ENGINES:
        os.environ[engine.VARIABLE] = name
        engine.engine()
        forget_peak()
        before = peak_mib()
        signal_day.transform(field, grid)
    else:
        transform = peers.PEERS[name](grid.frequencies_hz, field.shape[1])
        forget_peak()
        before = peak_mib()
        transform(field)
    print(peak_mib() - before)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fCWT alone as a peer, one day")
    parser.add_argument("--memory", help="only the peak memory of one engine or peer")
    parser.add_argument("--json")
    given = parser.parse_args()
    if given.memory:
        _measure_memory(given.memory)
        return 0
    fields = days.load()
    names = [FCWT] if given.short else list(peers.PEERS)
    figures = []
    for i, (band, grid) in enumerate(BANDS.items()):
        # The slow peers once; the bound is against fCWT in both bands.
        figures += speed(band, grid, fields, names if i == 0 else [FCWT], ROUNDS)
        for name in engines():
            some = dict(list(fields.items())[-1:]) if given.short else fields
            figures += accuracy(name, grid, band, some)
    for name in [*engines(), *names]:
        figures += memory(name)
    show(figures)
    keep(figures, given.json)
    return 1 if any(f.verdict == "OUT OF BOUNDS" for f in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
