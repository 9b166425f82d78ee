"""
Labels that can be unknown, splits that cannot leak
===================================================

A forecast speaks about a horizon. Where the catalogue does not cover all of it, the label is
unknown: never quiet.
"""

import numpy as np
import pandas as pd

import seismomag as sm
from seismomag.core.errors import ConfigError
from seismomag.dataset.labels import LabelRule

station = sm.Station(station_code="TIM", latitude_deg=-8.2, longitude_deg=118.6)
start = np.datetime64("2030-01-01")
simulation = sm.Simulation(stations=(station,), start=start, n_days=400, seed=6)
days = pd.DataFrame({"station_code": "TIM", "day": simulation.days})

# %%
samples = sm.make_samples(
    (station,), days, LabelRule(), simulation.catalogue, simulation.space_weather, reach_s=540
)
print(samples["is_target"].value_counts(dropna=False).to_string())
print(f"last known label: {samples.loc[samples['is_target'].notna(), 'window_start'].max():%F}")

# %%
# A split needs an embargo of at least max(30, window + horizon) days; less is refused.
try:
    sm.SplitPlan(
        validation_start=pd.Timestamp("2030-07-01"),
        test_start=pd.Timestamp("2030-10-01"),
        embargo_days=1,
        window_days=1,
        horizon_days=14,
    )
except ConfigError as error:
    print(error)

# %%
plan = sm.SplitPlan(
    validation_start=pd.Timestamp("2030-07-01"),
    test_start=pd.Timestamp("2030-10-01"),
    embargo_days=30,
    window_days=1,
    horizon_days=14,
)
samples["split"] = sm.assign_splits(samples, plan)
print(samples.groupby("split", dropna=False)["issue_time"].agg(["min", "max", "count"]).to_string())
