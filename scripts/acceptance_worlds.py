"""Acceptance figure 9: the whole pipeline on archives without a signal finds none.

Each archive is another invented network: simulated, transformed, trained on, forecast and audited
as any run, on a small grid and the small trunk.
"""

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from acceptance_figures import runs

N_ARCHIVES = 50
CONFIG = """
[run]
title = "without a signal"
seed = {seed}
workers = 1

[[stations]]
station_code = "BAR"
latitude_deg = -0.9
longitude_deg = 100.4

[[stations]]
station_code = "TIM"
latitude_deg = -8.2
longitude_deg = 118.6

[simulation]
start = 2014-01-01
n_days = 620

[simulation.seismicity]
mainshocks_per_station_day = {rate}

[grid]
band_hz = [0.01, 0.1]
n_frequencies = 16
column_s = 3600

[labels]
minimum_magnitude = 5.0
magnitude_edges = [5.0, 5.5, 6.0]
horizon_days = 5
mainshocks_only = true

[splits]
validation_start = 2014-07-20
test_start = 2014-11-27
embargo_days = 30

[model]
trunk = "small"
gru_width = 16
heads = ["detection"]

[training]
epochs = 4
batch_size = 32
learning_rate = 3e-3
first_selectable_epoch = 2

[audit]
n_bootstrap = 100
baselines = ["station_climatology", "recent_earthquake"]

[injection]
n_each = 0
"""


def signal_free_archives(size):
    """9: verdicts and AUC of the whole pipeline on archives without a signal."""
    seeds = range(900, 900 + runs(N_ARCHIVES, size, 2))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=2, mp_context=context) as pool:
        told = list(pool.map(audited, seeds))
    level = np.array([int(one[0][1]) for one in told])
    auc = np.array([one[1] for one in told])
    events = np.array([one[2] for one in told])
    # The median of n areas scatters by 1.25 sd / sqrt(n): the bound holds within two of them.
    slack = 2 * 1.25 * np.nanstd(auc, ddof=1) / np.sqrt(auc.size) if auc.size > 1 else 1.0
    return {
        "archives": auc.size,
        "verdicts V3 or above": float((level >= 3).sum()),
        "verdicts V2 or above": float((level >= 2).sum()),
        "median scored events": float(np.median(events)),
        "median AUC": float(np.nanmedian(auc)),
        "|median AUC - 0.5| - 2 standard errors": float(abs(np.nanmedian(auc) - 0.5) - slack),
    }


def audited(seed):
    """Level, row AUC and scored events of one archive."""
    from seismomag.experiment.config import parse_config
    from seismomag.experiment.steps import run

    with tempfile.TemporaryDirectory() as folder:
        config = parse_config(CONFIG.format(seed=seed, rate=0.06), Path("null.toml"))
        report = run(config, Path(folder)).report
    row = report.table[(report.table["quantity"] == "auc") & (report.table["level"] == "row")]
    auc = float(row["value"].iloc[0]) if len(row) else float("nan")
    return report.verdict.level, auc, report.provenance.get("n_events_scored", 0)
