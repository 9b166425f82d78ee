"""How every figure here is measured, kept and judged."""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

REAL_DATA = Path(
    os.environ.get("SEISMOMAG_REAL_DATA", str(Path(__file__).parents[2] / "shared" / "data"))
)
ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number, and what it must be.

    ``bound`` is the largest value allowed, or the smallest if ``is_floor``; None where nothing
    is demanded. ``value`` None means not measured, ``note`` says why.
    """

    section: str
    name: str
    value: float | None
    unit: str
    bound: float | None = None
    is_floor: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        if self.bound is None:
            return ""
        within = self.value >= self.bound if self.is_floor else self.value <= self.bound
        return "ok" if within else "OUT OF BOUNDS"


def cpu_seconds(work: Callable[[], Any]) -> float:
    """CPU time of this process for one call [s]."""
    before = time.process_time()
    work()
    return time.process_time() - before


def interleaved(works: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median CPU seconds of each work; all take turns, so that load falls on all alike."""
    for work in works.values():
        work()
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(cpu_seconds(work))
    return {name: median(times) for name, times in found.items()}


def forget_peak() -> None:
    """Let the largest resident size begin anew at what is resident now (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mib() -> float:
    """Largest resident size of this process since :func:`forget_peak` [MiB] (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def show(figures: list[Figure]) -> None:
    """Print figures as lines."""
    for f in figures:
        value = "-" if f.value is None else f"{f.value:.4g} {f.unit}"
        bound = "" if f.bound is None else f"{'>=' if f.is_floor else '<='} {f.bound:g}"
        print(f"{f.section:12} {f.name:52} {value:>16} {bound:10} {f.verdict} {f.note}", flush=True)


def keep(figures: list[Figure], path: str | None) -> None:
    """Write figures where the caller asked for them."""
    if path:
        Path(path).write_text(json.dumps([asdict(f) for f in figures]), encoding="utf-8")


def kept(path: Path) -> list[Figure]:
    """Read what :func:`keep` wrote."""
    return [Figure(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
