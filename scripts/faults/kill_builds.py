"""Kill builds and appends at random moments, at real tensor size, and count what breaks.

Every child is forked from this process, which has the days of the archive in memory, so that a kill
costs a fraction of a second. A cycle: a store is built, killed and continued until it is whole;
then a day of every station is appended, killed and continued; labels change at every start.
After each kill: the file must open, finished rows must be those of a store that nobody killed,
rows that were finished must still be. At the end of each half cycle the whole file must have the
bytes of the one that nobody killed. Exit code 1 if anything else is found.

    python scripts/faults/kill_builds.py --kills 200
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.errors import SeismomagError
from seismomag.core.recording import make_recording, sha256_of
from seismomag.core.schema import SAMPLE_COLUMNS, empty_table
from seismomag.dataset import build, store
from seismomag.dataset.store import rows as store_rows
from seismomag.signal.grid import ScalogramGrid

CODES = ("AAA", "BBB")
FIRST = np.datetime64("2030-01-01")
N_BASE, N_GROWN = 3, 4
APPENDS_A_BUILD = 3
DAY = np.timedelta64(1, "D")
REFERENCE_SPLIT = "train"
POOL_EVERY = 20
"""One start in so many uses two worker processes, which take seconds to begin."""


class Days:
    """An archive in memory that ends after some days; recordings are made as files would be."""

    def __init__(self, n_days: int) -> None:
        self.fields = {
            (code, FIRST + i * DAY): _field(code, i) for code in CODES for i in range(n_days)
        }

    def __call__(self, code: str, day: np.datetime64) -> xr.Dataset | None:
        """Give the recording of a day, None after the end of the archive."""
        field = self.fields.get((code, day))
        if field is None:
            return None
        return make_recording(
            field,
            day,
            sampling_hz=1.0,
            frame="HDZ",
            station_code=code,
            source_format="test",
            source_sha256=sha256_of(f"{code} {day}".encode()),
        )


def _field(code: str, i: int) -> np.ndarray:
    noise = np.random.default_rng([i, *code.encode()]).normal(0, 0.1, (3, 86_400))
    return noise + np.array([37_000.0, 20.0, -25_000.0])[:, None]


def samples_of(n_days: int, split: str) -> pd.DataFrame:
    """Make a sample table without labels, sorted by station and day."""
    table = empty_table(SAMPLE_COLUMNS).reindex(range(n_days * len(CODES)))
    days = np.tile(pd.date_range(FIRST, periods=n_days, unit="ns"), len(CODES))
    codes = np.repeat(CODES, n_days)
    day = pd.Series(days)
    table["sample_id"] = [f"{c}_{d:%Y%m%d}" for c, d in zip(codes, day, strict=True)]
    table["station_code"], table["split"] = codes, split
    table["window_start"], table["issue_time"] = day, day + pd.Timedelta(days=1, minutes=9)
    table["horizon_start"] = day + pd.Timedelta(days=2)
    table["horizon_end"] = day + pd.Timedelta(days=16)
    table["store_row"] = -1
    kinds = {"text": "str", "time": "datetime64[ns]", "number": "float64", "truth": "boolean"}
    return table.astype({c: kinds[k] for c, k in SAMPLE_COLUMNS.items()} | {"store_row": "int64"})


class Campaign:
    """Kills, and what was found after them."""

    def __init__(self, folder: Path, grid: ScalogramGrid, seed: int) -> None:
        self.grid, self.rng = grid, np.random.default_rng(seed)
        self.archives = {n: Days(n) for n in (N_BASE, N_GROWN)}
        self.folder, self.path = folder / "killed", folder / "killed" / "days.h5"
        self.folder.mkdir()
        self.found: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self.rows_at_kill: list[int] = []
        self.starts = 0
        reference = folder / "whole.h5"
        self.seconds, self.bytes, self.rows = {}, {}, {}
        # The first one takes longer, because the wavelets are made.
        build_once(folder / "warm.h5", self.archives[N_BASE], N_BASE, grid, REFERENCE_SPLIT, 1)
        for n in (N_BASE, N_GROWN):
            began = time.monotonic()
            build_once(reference, self.archives[n], n, grid, REFERENCE_SPLIT, 1)
            self.seconds[n] = time.monotonic() - began
            self.bytes[n], self.rows[n] = reference.read_bytes(), rows_of(reference)
        fresh = folder / "fresh.h5"
        build_once(fresh, self.archives[N_GROWN], N_GROWN, grid, REFERENCE_SPLIT, 1)
        self.found["appended store differs from one built at once"] += (
            rows_of(fresh) != self.rows[N_GROWN]
        )

    def run(self, n_kills: int) -> None:
        """Go through cycles until enough children were killed."""
        while self.kills.total() < n_kills:
            self.path.unlink(missing_ok=True)
            for n in (N_BASE, *[N_GROWN] * APPENDS_A_BUILD):
                if n == N_GROWN:
                    self.path.write_bytes(self.bytes[N_BASE])
                while self.kills.total() < n_kills and not self._start_and_kill(n):
                    pass
                build_once(self.path, self.archives[n], n, self.grid, REFERENCE_SPLIT, 1)
                self.found["file unequal to the unkilled"] += (
                    self.path.read_bytes() != self.bytes[n]
                )
                left = sorted(p.name for p in self.folder.iterdir())
                self.found["something left beside the store"] += left != [self.path.name]

    def _start_and_kill(self, n: int) -> bool:
        """Start a build and kill it; give whether it was faster."""
        before = rows_of(self.path) if self.path.exists() else {}
        self.starts += 1
        workers = 2 if self.starts % POOL_EVERY == 0 else 1
        longest = self.seconds[n] if workers == 1 else 5.0
        split = ("train", "validation", "test")[self.starts % 3]
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            # Rows become visible one by one, in pairs, or all at the end.
            store_rows._FLUSH_BYTES = 2 ** (20, 21, 26)[self.starts // 3 % 3]
            build_once(self.path, self.archives[n], n, self.grid, split, workers)
            os._exit(0)
        time.sleep(float(self.rng.uniform(0, longest)))
        kill_group(child)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            self.found["a build ended by itself, but badly"] += os.WEXITSTATUS(status) != 0
            return True
        phase = "append" if n == N_GROWN else "build"
        self.kills[phase if workers == 1 else f"{phase} with two workers"] += 1
        self._look(n, before)
        return False

    def _look(self, n: int, before: dict[str, bytes]) -> None:
        if not self.path.exists():
            self.found["file gone"] += bool(before)
            return
        try:
            now = rows_of(self.path)
        except (SeismomagError, OSError) as error:
            self.found["file unreadable"] += 1
            print(f"unreadable: {error}")
            return
        self.rows_at_kill.append(len(now))
        right = [self.rows[m] for m in (N_BASE, N_GROWN) if m <= n]
        self.found["wrong row"] += sum(
            all(whole.get(key) != row for whole in right) for key, row in now.items()
        )
        # A row whose neighbour was added is made again; all others stay.
        stays = {key for key, row in before.items() if self.rows[n].get(key) == row}
        self.found["finished row lost"] += len(stays - set(now))


def build_once(path, load_day, n_days, grid, split, workers) -> None:
    """Build or continue a store with the first days of the archive."""
    samples = samples_of(n_days, split)
    # One station and a few days make one piece of work: two stations, two pieces.
    build.build_store(path, samples, load_day, grid, flag=None, workers=workers)


def rows_of(path: Path) -> dict[str, bytes]:
    """Give the bytes of every finished row, by sample."""
    with store.open_store(path) as opened:
        ids = opened.samples["sample_id"].tolist()
        return {
            ids[row]: b"".join(
                opened.array(name, [row]).tobytes()
                for name in ("amplitude", "valid_s", "coverage", "inputs", "row_crc32")
            )
            for row in np.flatnonzero(opened.done)
        }


def kill_group(child: int) -> None:
    """Kill a child and what it started."""
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        # Not yet the leader of its group: it has started nothing.
        os.kill(child, signal.SIGKILL)


def main() -> int:
    """Run the campaign and print its figures last."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kill_builds.") as folder:
        campaign = Campaign(Path(folder), ScalogramGrid(), asked.seed)
        campaign.run(asked.kills)
    damage = sum(campaign.found.values())
    done = campaign.rows_at_kill or [0]
    print(f"tensor (3, 128, 1440); {campaign.starts} starts in {time.monotonic() - began:.0f} s")
    for phase, count in sorted(campaign.kills.items()):
        print(f"kills during {phase}: {count}")
    print(f"finished rows at a kill: {min(done)} to {max(done)}, median {np.median(done):.0f}")
    for what, count in sorted(campaign.found.items()):
        print(f"{what}: {count}")
    print(f"kill -9: {campaign.kills.total()}, damage: {damage}")
    return int(damage > 0 or campaign.kills.total() < asked.kills)


if __name__ == "__main__":
    sys.exit(main())
