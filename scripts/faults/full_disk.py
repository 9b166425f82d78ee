"""R2: a full, failing or read-only disk, and a locked database, as the command line meets them.

The working directory lies on a small disk in memory (which needs the right to mount one), and
``seismomag daily`` runs in a process of its own. Each fault must end it with another exit code than
0 and a sentence that says why, the ledger must stand as it was, and once the fault is over a run
must end as one that never met it.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import world

from seismomag.operate import database_tables as tables
from seismomag.operate import ledger
from seismomag.operate.rehearsal.plan import Figure
from seismomag.operate.settings import Settings

ROOMS_BYTES = (0, 100_000, 600_000, 1_800_000, 3_200_000, 6_000_000)
FAILING_CALLS = (1, 4, 9, 15, 22)
"""Which call of ``fsync`` fails, in one run each."""

AMPLE_BYTES = 200_000_000
WORDS = ("space", "full", "read-only", "readonly", "i/o error", "input/output", "locked", "busy")
_COMMAND = (sys.executable, "-m", "seismomag.cli", "daily")


@dataclass(frozen=True, kw_only=True)
class Met:
    """What a run met, and how it took it."""

    fault: str
    code: int
    said: str
    is_ledger_whole: bool
    is_made_good: bool

    @property
    def is_good(self) -> bool:
        """Whether it failed clearly, published nothing in part, and was made good."""
        is_clear = any(word in self.said.lower() for word in WORDS) and "Traceback" not in self.said
        return self.code != 0 and is_clear and self.is_ledger_whole and self.is_made_good


def figures(extent: world.Extent) -> Sequence[Figure]:
    """Meet every fault once, or a few of them."""
    disk = _disk(extent.scratch)
    if disk is None:
        return [_figure([], "no disk may be mounted here")]
    today = np.datetime64("today", "D")
    network = world.make(extent, "disk", start=today - 4)
    network.deliver(world.MOMENT + (today - 4 - world.FIRST_DAY))
    calm = world.fresh_copy(network.folder, extent.scratch / "calm_disk")
    code, said = _daily(calm)
    if code:
        return [_figure([], f"the run without a fault left with {code}: {said}")]
    try:
        met = [
            _meet(network.folder, disk, calm, fault, apply)
            for fault, apply in _faults(is_small=extent.is_small)
        ]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    return [_figure(met)]


def _figure(met: Sequence[Met], why: str = "") -> Figure:
    bad = [m for m in met if not m.is_good]
    for one in bad:
        print(f"R2 {one}")
    kinds = ", ".join(sorted({m.fault.partition(":")[0] for m in met}))
    return Figure(
        name="R2",
        what="faults of the disk and the database: exit code, clear message, nothing in part",
        reached=why or f"{len(met) - len(bad)} of {len(met)} ({kinds})",
        bound="all",
        is_within=None if not met else not bad,
    )


Fault = Callable[[Path, Settings], "tuple[int, str]"]


def _faults(*, is_small: bool) -> Iterator[tuple[str, Fault]]:
    for room in ROOMS_BYTES[2:3] if is_small else ROOMS_BYTES:
        yield f"full disk: {room:,} bytes left", lambda disk, s, room=room: _full(disk, s, room)
    yield "read-only disk", _read_only
    if shutil.which("strace"):
        for call in FAILING_CALLS[1:2] if is_small else FAILING_CALLS:
            yield f"I/O error: fsync {call}", lambda _, s, call=call: _failing(s, call)
    if not is_small:
        yield "locked database", _locked


def _meet(source: Path, disk: Path, calm: Settings, fault: str, apply: Fault) -> Met:
    settings = world.fresh_copy(source, disk / "operation")
    before = _ledger(settings)
    code, said = apply(disk, settings)
    records = ledger.verify(settings.ledger)
    is_whole = records.is_intact and _ledger(settings)[: len(before)] == before
    _remount(disk, f"rw,size={AMPLE_BYTES}")
    again, _ = _daily(settings)
    is_good = again == 0 and _left(settings) == _left(calm)
    return Met(fault=fault, code=code, said=said, is_ledger_whole=is_whole, is_made_good=is_good)


def _ledger(settings: Settings) -> bytes:
    return settings.ledger.read_bytes() if settings.ledger.is_file() else b""


def _left(settings: Settings) -> list[tuple[object, ...]]:
    """What a run leaves, but for the time at which it ran."""
    names = ("station_code", "day", "input_sha256", "probability", "alarm", "ledger_seq")
    made = [tuple(row[n] for n in names) for row in world.rows(settings, tables.forecasts)]
    kept = [(r["station_code"], r["day"], r["sha256"]) for r in world.rows(settings, tables.files)]
    told = [
        (r["kind"], r["station"], r.get("day"), r["input_sha256"])
        for r in ledger.read(settings.ledger)
        if r["kind"] != "no_data"
    ]
    return [*made, *kept, *told]


def _full(disk: Path, settings: Settings, room: int) -> tuple[int, str]:
    used = shutil.disk_usage(disk).used
    _remount(disk, f"size={used + room}")
    return _daily(settings)


def _read_only(disk: Path, settings: Settings) -> tuple[int, str]:
    _remount(disk, "ro")
    return _daily(settings)


def _failing(settings: Settings, call: int) -> tuple[int, str]:
    inject = f"inject=fsync,fdatasync:error=EIO:when={call}"
    return _daily(settings, ("strace", "-f", "-qq", "-o", "/dev/null", "-e", inject))


def _locked(_: Path, settings: Settings) -> tuple[int, str]:
    other = sqlite3.connect(settings.folder / "seismomag.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        return _daily(settings)
    finally:
        other.execute("ROLLBACK")
        other.close()


def _daily(settings: Settings, before: Sequence[str] = ()) -> tuple[int, str]:
    """Run ``seismomag daily``; give its exit code and what it said."""
    done = subprocess.run(
        [*before, *_COMMAND, str(settings.folder)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1", "SEISMOMAG_ENGINE": "scipy"},
    )
    return done.returncode, done.stderr[-1500:] or done.stdout[-500:]


def _disk(scratch: Path) -> Path | None:
    """Mount a disk in memory, where that is allowed."""
    disk = Path(tempfile.mkdtemp(prefix="disk.", dir=scratch))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={AMPLE_BYTES}", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    return disk if done.returncode == 0 else None


def _remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)
