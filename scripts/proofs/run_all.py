"""Run the five proofs and that of the explanations, and write their page: ``make proofs``.

Every figure is printed last, beside its bound; non-zero when one is out. What a stopped run left
in ``runs/proofs`` is gone on with; ``--fresh`` begins anew.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from seismomag.experiment.proofs.page import write_page
from seismomag.experiment.proofs.prove import lines_of, prove

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "configs"
LANES = (("azimuth", "magnitude", "explain"), ("gpl", "parts"), ("null",))
"""The later proofs of a lane take up what the earlier ones trained."""


def say(stage: str, done: int, of: int) -> None:
    """Say each tenth of a stage."""
    if done == of or done * 10 // of != (done - 1) * 10 // of:
        print(f"{time.strftime('%H:%M:%S', time.gmtime())} {stage}: {done} of {of}", flush=True)


def lane(names: Sequence[str], results: Path, pool: Executor) -> list[Path]:
    """Run proofs one after the other; the later ones take up what the earlier ones trained."""
    return [
        prove(CONFIGS / f"proof_{name}.toml", results, pool=pool, progress=say) for name in names
    ]


def main() -> int:
    """Run the lanes side by side, all in one pool of processes, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--results", type=Path, default=ROOT / "runs" / "proofs")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "proofs.md")
    parser.add_argument("--lanes", nargs="+", type=int, default=list(range(len(LANES))))
    parser.add_argument("--fresh", action="store_true")
    given = parser.parse_args()
    if given.fresh:
        shutil.rmtree(given.results, ignore_errors=True)
    begun = time.monotonic()
    # Not forked: a fork of a process that runs torch may wait for ever.
    with (
        ProcessPoolExecutor(given.workers, mp_context=get_context("spawn")) as pool,
        ThreadPoolExecutor(len(LANES)) as threads,
    ):
        chosen = [LANES[k] for k in given.lanes]
        running = [threads.submit(lane, names, given.results, pool) for names in chosen]
        done = [result for work in running for result in work.result()]
    write_page(given.results, given.page, CONFIGS)
    said = [lines_of(result) for result in done]
    print(*(line for lines, _ in said for line in lines), sep="\n")
    print(f"{(time.monotonic() - begun) / 60:.1f} minutes with {given.workers} processes")
    return 0 if all(is_kept for _, is_kept in said) else 1


if __name__ == "__main__":
    sys.exit(main())
