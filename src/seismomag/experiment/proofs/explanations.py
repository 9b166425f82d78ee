"""The proof of the explanations: do they point at what was planted, and at what was learnt."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.dataset.store import open_store
from seismomag.experiment.demo import demo_config
from seismomag.experiment.proofs.bench import Bench, Finding, drawn, found, mean_of
from seismomag.experiment.proofs.heads import head_arm, with_source
from seismomag.experiment.proofs.runs import resampled
from seismomag.signal.grid import ScalogramGrid
from seismomag.simulate import PrecursorPlan
from seismomag.simulate.precursor import night_window

N_EXPLAINED = 24
BLOCK = (4, 4)
"""Hidden at a time: within a cell of the trunk, so that no block reaches far beyond the source."""

LEAST_SHARE, LEAST_TIMES, MOST_ALIKE = 0.8, 3.0, 0.5


def explain(bench: Bench) -> list[Finding]:
    """Measure how much of the occlusion map lies where a source was planted."""
    from seismomag.network.explain import (
        attribution,
        occlusion,
        open_network,
        rank_similarity,
        trunk_cell,
        with_random_weights,
    )

    seed = bench.plan.training_seeds[0]
    rows = with_source(bench.every([head_arm()])[head_arm().name][0])
    model, network = open_network(bench.model(head_arm(), seed))
    rows = rows.iloc[np.linspace(0, len(rows) - 1, N_EXPLAINED).astype(int)]
    with open_store(bench.store()) as store:
        grid, tensors = store.grid, store.read(rows["store_row"].to_numpy(np.int64))
    planes = model.normalisation.apply(tensors, rows["station_code"].tolist())
    random, seen = with_random_weights(network, seed), model.normalisation.planes
    cell = trunk_cell(network, (planes.shape[2], planes.shape[3]))
    inside, times, alike = [], [], []
    for k, (day, code) in enumerate(zip(planes, rows["station_code"], strict=True)):
        values = occlusion(network, day, seen, block=BLOCK)[0].sum(0)
        other = occlusion(random, day, seen, block=BLOCK)[0].sum(0)
        one = attribution(values, planted_cells(grid, str(code)), cell)
        inside.append(one.share_inside)
        times.append(one.share_inside / one.share_of_area)
        alike.append(rank_similarity(values, other))
        bench.progress("explain", k + 1, len(planes))
    return _said(rows, np.array(inside), np.array(times), np.array(alike))


def _said(
    rows: pd.DataFrame,
    inside: NDArray[np.float64],
    times: NDArray[np.float64],
    alike: NDArray[np.float64],
) -> list[Finding]:
    groups = rows["sample_id"].to_numpy(str)
    share, ratio, similar = (resampled(groups, mean_of(v)) for v in (inside, times, alike))
    mass = found(
        "share of the top decile's mass inside, mean of days",
        share,
        f">= {LEAST_SHARE:g}",
        share[0] >= LEAST_SHARE,
    )
    times_area = found(
        "the same over the share of the area",
        ratio,
        f">= {LEAST_TIMES:g}",
        ratio[0] >= LEAST_TIMES,
    )
    other = found(
        "rank correlation with the map of random weights",
        similar,
        f"< {MOST_ALIKE:g}",
        similar[0] < MOST_ALIKE,
    )
    return [
        *drawn("share of the mass of the map", [mass]),
        *drawn("times what a map without knowledge has there (dashed)", [times_area], 1),
        Finding(
            name="days on which both hold",
            value=float(np.mean((inside >= LEAST_SHARE) & (times >= LEAST_TIMES))),
        ),
        *drawn("rank correlation", [other], 0),
        Finding(name="days explained", value=len(rows)),
    ]


def planted_cells(grid: ScalogramGrid, station_code: str) -> tuple[slice, slice]:
    """Frequencies and columns that a source of the proofs lies in, at one station."""
    plan = PrecursorPlan()
    low, high = plan.band_hz
    rows = np.flatnonzero((grid.frequencies_hz >= low) & (grid.frequencies_hz < high))
    station = next(s for s in demo_config().stations if s.station_code == station_code)
    is_on = night_window(plan, station.solar_offset_hours).reshape(grid.n_columns, -1).mean(1) > 0.5
    columns = np.flatnonzero(is_on)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
