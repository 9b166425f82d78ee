"""
A split drawn, and folds that keep apart
========================================

What a row knows lasts from the start of its window to the end of its horizon. No row of one split
may meet a row of another, nor share a cluster of earthquakes with it.
"""

import numpy as np
import pandas as pd

import seismomag as sm
from seismomag.dataset.labels import target_pairs
from seismomag.dataset.splits import check
from seismomag.dataset.splits_purged import Keeping, PurgedEventSplit, check_fold
from seismomag.figures.split_drawing import split_drawing

stations = (
    sm.Station(station_code="TIM", latitude_deg=-8.2, longitude_deg=118.6),
    sm.Station(station_code="BAR", latitude_deg=-7.6, longitude_deg=119.9),
    sm.Station(station_code="HAL", latitude_deg=-8.9, longitude_deg=117.4),
)
simulation = sm.Simulation(stations=stations, start=np.datetime64("2030-01-01"), n_days=400, seed=6)
catalogue, rule = simulation.catalogue, sm.LabelRule()
samples = sm.make_samples(stations, None, rule, catalogue, simulation.space_weather, reach_s=540)
samples = samples[samples["window_start"] >= "2030-01-01"].reset_index(drop=True)

# %%
# Rows between two splits, and rows that share a cluster of earthquakes with a later split, belong
# to none. The pairs of events and stations make sure that a cluster counts even where it names
# no row.
plan = sm.SplitPlan(
    validation_start=pd.Timestamp("2030-07-01"),
    test_start=pd.Timestamp("2030-10-01"),
    embargo_days=30,
    window_days=1,
    horizon_days=14,
)
pairs = target_pairs(stations, catalogue, rule)
samples["split"] = sm.assign_splits(samples, plan, pairs)
check(samples, plan, pairs)
drawing = split_drawing(samples)

# %%
# Purged folds keep the embargo on both sides of what they test.
keeping = Keeping(embargo_days=30, pairs=pairs)
for fold in PurgedEventSplit(n_groups=4, keeping=keeping).split(samples):
    check_fold(samples, fold, keeping)
    issued = samples["issue_time"].iloc[fold.test]
    print(
        f"fold {fold.name}: {len(fold.test)} test rows from {issued.min():%F} to "
        f"{issued.max():%F}, {len(fold.train)} training rows"
    )
