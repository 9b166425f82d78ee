"""R9: five years of one station's files caught up with, killed on the way at random.

    python scripts/faults/backfill.py [--days 200] [--kills 12] [--minutes 90] [--models REHEARSAL]

Each kill falls a random moment after a random day was done. The clock stands within a run
and differs between runs: a station-day that is done twice shows it in its stamps.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import world

from seismomag.operate import database_tables as tables
from seismomag.operate import ledger
from seismomag.operate.rehearsal.cycle import CycleReport, Machine
from seismomag.operate.rehearsal.plan import Figure
from seismomag.operate.rehearsal.world import InventedNetwork
from seismomag.operate.settings import Settings

DAYS, DAYS_SMALL = 1826, 4
KILLS, KILLS_SMALL = 12, 2
LONGEST_S = 5400.0
"""After this the campaign ends, and says how far it came."""

LATEST_S = 1.5
"""Longest time between the day that a kill waits for and the kill; a few days' work."""

LAST_DAY = np.datetime64("2026-02-28")
"""Behind every wall clock: files of days to come are refused, as they should be."""

Stamps = dict[tuple[object, object], tuple[object, object]]


@dataclass
class _Campaign:
    """What was done so far."""

    machine: Machine
    settings: Settings
    moment: pd.Timestamp
    end_s: float
    n_starts: int = 0
    n_kills: int = 0
    n_redone: int = 0
    busy_s: float = 0.0
    seen: Stamps = field(default_factory=dict)

    def next_moment(self) -> pd.Timestamp:
        """Moment of the next run: no two have the same."""
        self.n_starts += 1
        return self.moment + pd.Timedelta(seconds=self.n_starts)

    def left_s(self) -> float:
        """Seconds until the limit."""
        return max(self.end_s - time.monotonic(), 0.0)

    def kill(self, n_done: int, later_s: float) -> bool:
        """Start a run and kill it a while after so many days are done; give whether it was so."""
        began, reached_s = time.monotonic(), 0.0

        def is_time() -> bool:
            nonlocal reached_s
            if not reached_s and len(world.rows(self.settings, tables.forecasts)) >= n_done:
                reached_s = time.monotonic()
            return bool(reached_s) and time.monotonic() >= reached_s + later_s

        is_at_work = self.machine.kill(self.next_moment(), self.left_s(), is_time)
        self.n_kills += is_at_work
        self.look(began)
        return is_at_work

    def run(self) -> CycleReport:
        """Let a run come to its end, or to that of the time."""
        began = time.monotonic()
        (report,) = self.machine.run_apart(self.next_moment(), longest_s=self.left_s())
        self.look(began)
        return report

    def look(self, began_s: float) -> None:
        """Count what was done again of what had been done."""
        self.busy_s += time.monotonic() - began_s
        now = _stamps(self.settings)
        self.n_redone += sum(now.get(key) != stamps for key, stamps in self.seen.items())
        self.seen = now
        print(
            f"{len(now)} station-days done, {self.n_kills} kills, {self.n_redone} done twice, "
            f"{self.busy_s:.0f} s of work, {self.left_s():.0f} s left",
            flush=True,
        )


def figures(extent: world.Extent) -> Sequence[Figure]:
    """Run the campaign in its full or in its small form."""
    n_days, n_kills = (DAYS_SMALL, KILLS_SMALL) if extent.is_small else (DAYS, KILLS)
    return [campaign(extent, n_days, n_kills, LONGEST_S)]


def campaign(extent: world.Extent, n_days: int, n_kills: int, longest_s: float) -> Figure:
    """Deliver everything, kill, run to the end, and ask once more."""
    print(f"a backfill of {n_days} days, bounded by {longest_s:.0f} s", flush=True)
    end_s = time.monotonic() + longest_s
    start = LAST_DAY - (n_days - 1)
    network = world.make(extent, "backfill", n_stations=1, n_days=n_days, start=start)
    moment = pd.Timestamp(LAST_DAY) + pd.Timedelta(days=1, hours=9)
    # The simulation loses a day now and then.
    wanted = len(network.deliver(moment))
    sent_gb = _gb(network.incoming)
    print(f"{wanted} files, {sent_gb:.2f} GB", flush=True)
    settings = world.fresh_copy(network.folder, extent.scratch / "backfilled")
    found = _Campaign(Machine(settings.folder, pace=0), settings, moment, end_s)
    _kill(found, n_days, n_kills, np.random.default_rng(extent.seed))
    report, again = found.run(), found.run()
    kept_gb = {name: _gb(settings.folder / name) for name in ("archive", "tensors")}
    figure = _figure(found, network, report, again, wanted)
    print(f"sent {sent_gb:.2f} GB, " + ", ".join(f"{k} {v:.2f} GB" for k, v in kept_gb.items()))
    for folder in (network.folder, settings.folder):
        shutil.rmtree(folder)
    return figure


def _kill(found: _Campaign, n_days: int, n_kills: int, vary: np.random.Generator) -> None:
    """Kill at moments that are spread over all days, the first before any of them is done."""
    for target in (0, *np.sort(vary.uniform(0.02, 0.98, n_kills - 1)) * n_days):
        if not found.left_s() or not found.kill(int(target), float(vary.uniform(0, LATEST_S))):
            return


def _figure(
    found: _Campaign,
    network: InventedNetwork,
    report: CycleReport,
    again: CycleReport,
    wanted: int,
) -> Figure:
    settings, n_days = found.settings, len(network.simulation.days)
    check = ledger.verify(settings.ledger)
    days = [record["day"] for record in ledger.read(settings.ledger) if record["station"]]
    n_made, n_codes = len(found.seen), len(settings.codes)
    is_whole = n_made == wanted and len(days) == len(set(days)) == n_days * n_codes
    return Figure(
        name="R9",
        what=f"backfill of {n_days} days x {n_codes} station, killed on the way",
        reached=f"{n_made} of {wanted} station-days, {found.n_kills} kills, {found.n_redone} done "
        f"twice, {len(days)} records{'' if check.is_intact else ', BROKEN'}, "
        f"{found.busy_s / max(n_made, 1):.2f} s a station-day, "
        f"{report.peak_bytes / 1e6:.0f} MB; asked again {again.seconds:.1f} s, "
        f"{again.n_forecasts} made{' ' + report.error if report.error else ''}",
        bound="all, 0 twice",
        is_within=report.is_done
        and again.is_done
        and is_whole
        and check.is_intact
        and not found.n_redone
        and found.n_kills > 0
        and not again.n_forecasts,
    )


def _stamps(settings: Settings) -> Stamps:
    """When each finished station-day was issued and checked."""
    checked = {
        (row["station_code"], row["day"]): row["checked_at"]
        for row in world.rows(settings, tables.quality)
    }
    made = world.rows(settings, tables.forecasts)
    keys = [((row["station_code"], row["day"]), row["issued_at"]) for row in made]
    return {key: (issued_at, checked.get(key)) for key, issued_at in keys}


def _gb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e9


def main() -> int:
    """Run it with another extent."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--minutes", type=float, default=LONGEST_S / 60)
    parser.add_argument("--models", type=Path, help="folder of a rehearsal")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if any(os.environ.get(name) is None for name in world.LEAN):
        # They count when numpy is loaded, which has happened.
        os.execve(sys.executable, [sys.executable, *sys.argv], world.LEAN | os.environ)
    with tempfile.TemporaryDirectory(prefix="faults.") as folder:
        scratch = Path(folder)
        models = asked.models or scratch / "models_of_all"
        extent = world.Extent(scratch=scratch, models=models, is_small=False, seed=asked.seed)
        figure = campaign(extent, asked.days, asked.kills, 60 * asked.minutes)
    print(figure.sentence())
    return int(figure.is_within is False)


if __name__ == "__main__":
    sys.exit(main())
