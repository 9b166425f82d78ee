"""The proof of nothing: archives without signal, their AUC and what the audit says of them."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom

from seismomag.audit.foreign.forecast import ForeignMap, clean
from seismomag.audit.foreign.judge import judge_foreign
from seismomag.core.errors import CoverageError
from seismomag.dataset.store import open_store
from seismomag.experiment.demo import demo_config
from seismomag.experiment.proofs.bench import Bench, Finding, drawn, found
from seismomag.experiment.proofs.runs import auc, interval, judged_rows, usual_arm
from seismomag.experiment.proofs.world import EVENT_DAYS, WorldPlan, labelled

NULL_BOUND, CHANCE = 0.03, 0.5
ON_TEST_ROWS = "AUC on test rows (chance: dashed)"
HIGHEST_VERDICT = 1
"""V1: nothing that chance could not do."""
CHANCE_SHARE = 0.05
"""Level of the test by which the audit lets a forecast rise above V1."""
N_BOOTSTRAP = 200


def null(bench: Bench) -> list[Finding]:
    """Measure AUC and verdict on archives in which nothing precedes anything."""
    judge = partial(_archive, bench.alone())
    areas, levels = [], []
    for area, level in bench.each(judge, range(bench.plan.n_archives)):
        areas.append(area)
        levels.append(level)
        bench.progress("null, archives", len(areas), bench.plan.n_archives)
    known = np.array([a for a in areas if np.isfinite(a)])
    error = float(known.std(ddof=1) / np.sqrt(len(known)))
    bound = max(NULL_BOUND, 2 * error)
    is_met = bool(abs(known.mean() - CHANCE) <= bound)
    mean = found("mean AUC", interval(known), f"0.5 +- {bound:.3f}", is_met)
    each = (Finding(name=f"AUC, archive {k}, {levels[k]}", value=a) for k, a in enumerate(areas))
    return [
        *drawn(ON_TEST_ROWS, [mean], CHANCE),
        Finding(name="standard error over archives", value=error),
        Finding(name="archives with both classes in test", value=len(known)),
        *_verdicts(levels),
        *drawn(ON_TEST_ROWS, each, CHANCE),
    ]


def _archive(bench: Bench, k: int) -> tuple[float, str]:
    """Give AUC and verdict of one archive."""
    n_backgrounds = bench.plan.n_backgrounds or bench.plan.n_archives
    seed = bench.world.seed + k % n_backgrounds
    world = replace(bench.world, seed=seed, labels="events", label_seed=0)
    rows = _rows(bench, replace(world, label_seed=k), replace(bench, world=world).store(), k)
    return (float("nan"), "V0") if rows is None else (auc(rows), verdict_of(rows))


def _verdicts(levels: list[str]) -> list[Finding]:
    """How many archives got each verdict, and whether more than chance lets through rose."""
    risen = sum(int(level[1:]) > HIGHEST_VERDICT for level in levels)
    most = int(binom.ppf(1 - CHANCE_SHARE, len(levels), CHANCE_SHARE))
    return [
        *(
            Finding(name=f"archives with verdict {level}", value=levels.count(level))
            for level in sorted(set(levels))
        ),
        Finding(
            name="archives above V1",
            value=risen,
            demand=f"<= {most} (chance of each {CHANCE_SHARE:g})",
            is_met=risen <= most,
        ),
    ]


def verdict_of(rows: pd.DataFrame) -> str:
    """Let the audit judge the test rows, with the labels that they bring: ``V0`` to ``V5``.

    A table with its own labels is rotated as it stands. The alarms are the largest fifth.
    """
    columns = {"date": "date", "station": "station", "probability": "probability", "event": "event"}
    table = pd.DataFrame(
        {
            "date": rows["window_start"].dt.strftime("%Y-%m-%d"),
            "station": rows["station_code"].astype(str),
            "probability": rows["probability"].map("{:.9f}".format),
            "event": rows["is_target"].astype(int).astype(str),
        }
    )
    known = ForeignMap(columns=columns, name="archive without signal", horizon_days=EVENT_DAYS)
    report = judge_foreign(clean(table, known), n_bootstrap=N_BOOTSTRAP)
    return str(report.verdict.level)[:2]


def _rows(bench: Bench, world: WorldPlan, store: Path, k: int) -> pd.DataFrame | None:
    """Judged rows of one archive; None where its training rows hold a single class."""
    with open_store(store) as opened:
        other = labelled(opened.samples, world, demo_config().labels.magnitude_edges)
    folder, seed = bench.folder / "null" / str(k), bench.plan.training_seeds[0]
    epochs = bench.plan.epochs
    try:
        return judged_rows(store, usual_arm(), folder, seed=seed, epochs=epochs, other=other)
    except CoverageError:
        return None
