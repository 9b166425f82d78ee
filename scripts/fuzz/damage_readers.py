"""Figure R5: each reader, cut at every 1/64 and with flipped bits, within 2 s and 512 MB a case.

``python scripts/fuzz/damage_readers.py [--flips 10000] [READER ...]``. The cases of a reader run in
one warm forked worker; a worker that dies takes the case it was at with it, and the run fails.
"""

import argparse
import multiprocessing
import resource
import signal
import sys
import time
from ctypes import c_double, c_long
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import targets
from seeds import SEEDS

LIMIT_S = 2.0
LIMIT_BYTES = 512_000_000
CUTS = 64


@dataclass
class Tally:
    """What a worker shares while it works."""

    done: "Synchronized[int]"
    read: "Synchronized[int]"
    slowest_s: "Synchronized[float]"
    most_bytes: "Synchronized[int]"


def case(data: bytes, number: int) -> bytes:
    """Damage a file: the first cases are cuts, the others have 1 to 19 flipped bits."""
    if number < CUTS:
        return data[: len(data) * number // CUTS]
    rng = np.random.default_rng([11, number])
    broken = bytearray(data)
    # Every other case goes for the head, where the structure is.
    reach = len(broken) if number % 2 else min(len(broken), 3_000)
    for position in rng.integers(0, reach, int(rng.integers(1, 20))):
        broken[position] ^= 1 << int(rng.integers(0, 8))
    return bytes(broken)


def work(name: str, data: bytes, n: int, tally: Tally) -> None:
    """Run all cases; any error but a refusal ends the process with a trace."""
    if targets.run(name, data) != "read":
        raise AssertionError
    before = _data_bytes()
    resource.setrlimit(resource.RLIMIT_DATA, (before + LIMIT_BYTES,) * 2)
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    for number in range(n):
        damaged = case(data, number)
        # Seconds of this process, not of a machine that others use: the default ends it.
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
        start = time.process_time()
        tally.read.value += targets.run(name, damaged) == "read"
        tally.slowest_s.value = max(tally.slowest_s.value, time.process_time() - start)
        tally.done.value = number + 1
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    tally.most_bytes.value = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _data_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def main() -> int:
    """Run, print one line a reader, and return 1 where a bound was broken."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("readers", nargs="*", default=list(SEEDS))
    chosen = parser.parse_args()
    context = multiprocessing.get_context("fork")
    failed = 0
    for name in chosen.readers:
        n = CUTS + chosen.flips
        tally = Tally(*(context.Value(kind, 0) for kind in (c_long, c_long, c_double, c_long)))
        worker = context.Process(target=work, args=(name, SEEDS[name](), n, tally))
        worker.start()
        worker.join()
        is_whole = worker.exitcode == 0 and tally.done.value == n
        failed += not is_whole
        end = "ok" if is_whole else f"FAILED at case {tally.done.value}, exit {worker.exitcode}"
        print(
            f"R5 {name:10} {tally.done.value:6,} of {n:,} cases, {tally.read.value:,} read, "
            f"slowest {tally.slowest_s.value:.3f} s, peak {tally.most_bytes.value / 1e6:.0f} MB: "
            f"{end}",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
