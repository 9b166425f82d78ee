"""R1: the daily job killed at random moments of ingest, tensor, forecast and publishing.

A cycle: a fresh copy of a working directory with two days of four stations waiting; the job is
started and killed up to three times; then it runs to its end. The clock stands, so that the outcome
must be that of a run that nobody killed, to the last byte.
"""

import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
import world

from seismomag.core.errors import SeismomagError
from seismomag.dataset.store import open_store
from seismomag.operate import database_tables as tables
from seismomag.operate import ledger
from seismomag.operate.rehearsal.cycle import Machine
from seismomag.operate.rehearsal.plan import Figure
from seismomag.operate.rehearsal.watch import Watch
from seismomag.operate.settings import Settings

KILLS, KILLS_SMALL = 200, 6
LONGEST_S = 3600.0
"""After this the campaign ends, and says how many kills it came to."""

MOST_IN_A_ROW = 3


def figures(extent: world.Extent) -> Sequence[Figure]:
    """Kill until there were enough kills."""
    vary = np.random.default_rng(extent.seed)
    network = world.make(extent, "kill")
    network.deliver(world.MOMENT)
    calm = world.fresh_copy(network.folder, extent.scratch / "calm")
    report = _run(calm)
    wanted, stores = world.outcome(calm), world.tensors(calm)
    n_kills = KILLS_SMALL if extent.is_small else KILLS
    found: Counter[str] = Counter()
    phases: Counter[str] = Counter()
    end = time.monotonic() + LONGEST_S
    while phases.total() < n_kills and time.monotonic() < end:
        hurt = world.fresh_copy(network.folder, extent.scratch / "hurt")
        _kill(hurt, report.seconds, vary, found, phases, n_kills)
        found["runs that did not complete"] += not _run(hurt).is_done
        found["outcomes unequal to the unkilled"] += world.outcome(hurt) != wanted
        found["tensors unequal to the unkilled"] += world.tensors(hurt) != stores
        print(f"{phases.total()} kills, {sum(found.values())} damage", flush=True)
    damage = sum(found.values())
    said = ", ".join(f"{count} in {phase}" for phase, count in sorted(phases.items()))
    hurt_by = ", ".join(f"{count} {what}" for what, count in sorted(found.items()) if count)
    return [
        Figure(
            name="R1",
            what="daily job killed (3 x 128 x 1440), next run completes, equal to the unkilled",
            reached=f"{phases.total()} kills ({said}): {hurt_by or 'no'} damage",
            bound=f"{n_kills} kills, 0 damage",
            is_within=damage == 0 and report.is_done and phases.total() == n_kills,
        )
    ]


def _run(settings: Settings):
    (report,) = Machine(settings.folder, pace=0).run_apart(world.MOMENT)
    return report


def _kill(settings, longest_s, vary, found, phases, n_kills) -> None:
    machine = Machine(settings.folder, pace=0)
    for _ in range(int(vary.integers(1, MOST_IN_A_ROW + 1))):
        watch = Watch(settings)
        before = watch.committed()
        n_alerts = len(world.rows(settings, tables.alerts))
        if phases.total() == n_kills or not machine.kill(
            world.MOMENT, float(vary.uniform(0, longest_s))
        ):
            return
        phases[_phase(settings, n_alerts)] += 1
        watch.compare(before)
        found["rows lost or changed"] += watch.n_lost_rows
        found["unreadable files"] += _n_unreadable(settings)
        alerts = world.rows(settings, tables.alerts)
        names = {(a["rule"], a["station_code"], a["day"]) for a in alerts}
        found["duplicate alerts"] += len(alerts) - len(names)


def _phase(settings: Settings, n_alerts: int) -> str:
    """How far the job had come: the furthest trace that it left."""
    if len(world.rows(settings, tables.alerts)) > n_alerts:
        return "alerts"
    stages = {row["stage"] for row in world.rows(settings, tables.stages)}
    for stage in ("ledger", "forecast", "scalogram", "quality", "collect"):
        if stage in stages:
            return f"after {stage}"
    return "before the first stage"


def _n_unreadable(settings: Settings) -> int:
    n = 0
    for path in (settings.folder / "tensors").glob("*/*/*.h5"):
        try:
            open_store(path).close()
        except (SeismomagError, OSError):
            n += 1
    if settings.ledger.is_file():
        n += not ledger.verify(settings.ledger).is_intact
    return n
