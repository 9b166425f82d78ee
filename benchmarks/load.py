"""Load on the API over loopback, by wrk: ``python benchmarks/load.py [FOLDER]``.

Serves a working directory (without one, a small rehearsal that it makes) as ``seismomag serve``
does, asks for what the page asks for, and prints requests a second, the 99th percentile of the
time to an answer, errors, and the memory of the server. The exit code is 1 out of bounds.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LARGEST_MEMORY_MB = 250
CONNECTIONS = 16
GZIP = "Accept-Encoding: gzip"
"""As every browser asks."""

START_S = 120
SMALL = ("--days", "3", "--stations", "4", "--quick")
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Demand:
    """An address and what it must stand.

    Attributes
    ----------
    name, path
        What is asked for.
    least_per_s
        Requests a second.
    largest_p99_ms
        99th percentile; None where none is demanded.
    """

    name: str
    path: str
    least_per_s: float
    largest_p99_ms: float | None


@dataclass(frozen=True)
class Reached:
    """What wrk found."""

    per_s: float
    p99_ms: float
    n_errors: int
    cpu_ms: float = 0.0
    """Of the server for a request; the only figure that a busy machine does not spoil."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="working directory to serve")
    parser.add_argument("--seconds", type=int, default=10, help="of each address")
    words = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed; on Debian and Ubuntu: apt-get install wrk", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = words.folder or rehearsed(Path(temporary) / "rehearsal")
        with served(folder) as (address, process):
            demands = list(_demands(address))
            found = [(d, _load(address, d, words.seconds, process.pid)) for d in demands]
            memory_mb = _memory_mb(process.pid)
    return _report(found, memory_mb)


def rehearsed(folder: Path) -> Path:
    """Rehearse a small operation into a folder."""
    print("rehearsing a small operation ...", flush=True)
    command = [sys.executable, "-m", "seismomag.cli", "rehearse", str(folder), *SMALL]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=1200)
    # Its own figures are its own matter; what counts here is that there is something to serve.
    if not (folder / "operate.toml").is_file():
        msg = f"the rehearsal left nothing to serve: {done.stderr[-1000:]}"
        raise SystemExit(msg)
    return folder


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve a working directory; gives its address and the process."""
    command = [sys.executable, "-m", "seismomag.cli", "serve", str(folder), "--port", "0"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "SEISMOMAG_LOG_LEVEL": "ERROR"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip().rstrip("/")
        if not address:
            msg = f"seismomag serve {folder} did not start"
            raise SystemExit(msg)
        _wait(f"{address}/healthz")
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(address: str) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def _demands(address: str) -> Iterator[Demand]:
    """Addresses of the page; the scalogram is that of the newest day that has one."""
    yield Demand("status", "/api/v1/status", 500, 100)
    yield Demand("timeline: network", "/api/v1/network?days=30", 500, 100)
    yield Demand("timeline: forecasts", "/api/v1/forecasts", 500, 100)
    yield Demand("scalogram", scalogram_path(address), 200, None)


def scalogram_path(address: str) -> str:
    """Address of the newest scalogram that there is."""
    for station in _json(f"{address}/api/v1/stations")["stations"]:
        if station["last_day"]:
            path = f"/api/v1/stations/{station['station_code']}/days/{station['last_day']}"
            if _json(address + path)["has_scalogram"]:
                return f"{path}/scalogram"
    msg = "no station of this operation has a scalogram"
    raise SystemExit(msg)


def _json(address: str) -> dict:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.load(answer)


def _load(address: str, demand: Demand, seconds: int, pid: int) -> Reached:
    """Ask once, so that what is measured is kept, then let wrk ask as fast as it can."""
    with urllib.request.urlopen(address + demand.path, timeout=60) as answer:
        answer.read()
    before = _cpu_s(pid)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-H", GZIP]
    done = subprocess.run(
        [*command, address + demand.path],
        check=True,
        capture_output=True,
        text=True,
        timeout=seconds + 60,
    )
    return _read(done.stdout, _cpu_s(pid) - before)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _read(said: str, cpu_s: float) -> Reached:
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", said)
    errors = re.findall(r"Non-2xx or 3xx responses: (\d+)", said)
    errors += re.findall(r"(?:connect|read|write|timeout) (\d+)", said)
    total = re.search(r"(\d+) requests in", said)
    if rate is None or p99 is None or total is None:
        msg = f"wrk said something else:\n{said}"
        raise SystemExit(msg)
    return Reached(
        per_s=float(rate[1]),
        p99_ms=float(p99[1]) * _UNITS_MS[p99[2]],
        n_errors=sum(int(n) for n in errors),
        cpu_ms=1000 * cpu_s / max(int(total[1]), 1),
    )


def _memory_mb(pid: int) -> float:
    """Largest memory that the server ever held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1000
    msg = "this system does not tell the memory of a process"
    raise SystemExit(msg)


def _report(found: list[tuple[Demand, Reached]], memory_mb: float) -> int:
    is_good = memory_mb <= LARGEST_MEMORY_MB
    titles = ("requests/s", "wanted", "p99 ms", "wanted", "errors", "CPU ms")
    print(" " * 22, *(f"{t:>{n}}" for t, n in zip(titles, (12, 8, 9, 8, 7, 7), strict=True)))
    for demand, reached in found:
        p99 = demand.largest_p99_ms
        holds = (
            reached.per_s >= demand.least_per_s
            and (p99 is None or reached.p99_ms <= p99)
            and reached.n_errors == 0
        )
        is_good = is_good and holds
        print(
            f"{demand.name:22} {reached.per_s:12.0f} {demand.least_per_s:8.0f} "
            f"{reached.p99_ms:9.1f} {'-' if p99 is None else format(p99, '.0f'):>8} "
            f"{reached.n_errors:7d} {reached.cpu_ms:7.2f}{'' if holds else '   OUT OF BOUNDS'}"
        )
    told = "" if memory_mb <= LARGEST_MEMORY_MB else "   OUT OF BOUNDS"
    print(f"memory of the server: {memory_mb:.0f} MB at most, wanted {LARGEST_MEMORY_MB}{told}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
