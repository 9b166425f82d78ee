"""
From files to a forecast
========================

The whole way with the public names alone: day files, flags, labels, a split, the store, a small
network, forecasts, and the judgement. The network, its field and its earthquakes are invented, and
nothing announces them.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import seismomag as sm

work = Path(tempfile.mkdtemp(prefix="seismomag-"))

# %%
# The files
# ---------
# Not quite five months of one station, as an archive would hold them, and two lists.

station = sm.Station(station_code="TIM", latitude_deg=-8.2, longitude_deg=118.6)
invented = sm.Simulation(
    stations=(station,), start=np.datetime64("2030-01-01"), n_days=145, seed=13
)
(work / "archive" / "TIM").mkdir(parents=True)
for day in invented.days:
    recording = invented.load_day("TIM", day)
    if recording is not None:
        sm.write_frg604rc(recording, work / "archive" / "TIM" / f"S{day.item():%y%m%d}.TIM")
sm.write_catalogue(invented.catalogue, work / "catalogue.csv")
sm.write_space_weather(invented.space_weather, work / "indices.csv")

# %%
# One day, looked at
# ------------------
# A spike that is not flagged stands in every frequency; flag before you transform.

days = sm.find_days(work / "archive")
recording = sm.flag(sm.read(days["path"][0]))
picture = sm.scalogram(recording, band_hz=(0.01, 0.1), n_frequencies=64)
print(f"{len(days)} days; {recording.attrs['source_format']}, {recording.attrs['frame']}")

fig, ax = plt.subplots(figsize=(8, 2.5), layout="constrained")
np.log10(picture.sel(component="H")).plot(
    x="time", yscale="log", ax=ax, cbar_kwargs={"label": "log10 of the amplitude [nT]"}
)
title = ax.set_title(f"{days['station_code'][0]}, H")

# %%
# Samples, labels, split
# ----------------------
# A row for each station-day; its label is true, false or unknown. A split needs an embargo of 30
# days or more, and no cluster of earthquakes may stand on both sides.

grid = sm.ScalogramGrid(n_frequencies=16, column_s=1200)
rule = sm.LabelRule(minimum_magnitude=4.5, magnitude_edges=(4.5, 5.0), horizon_days=7)
catalogue = sm.read_catalogue(work / "catalogue.csv")
space_weather = sm.read_space_weather(work / "indices.csv")
samples = sm.make_samples((station,), days, rule, catalogue, space_weather, reach_s=grid.reach_s)
plan = sm.SplitPlan(
    validation_start=pd.Timestamp("2030-03-17"),
    test_start=pd.Timestamp("2030-05-01"),
    embargo_days=30,
    window_days=1,
    horizon_days=rule.horizon_days,
)
pairs = sm.target_pairs((station,), catalogue, rule)
samples["split"] = sm.assign_splits(samples, plan, pairs)
print(samples.groupby("split", dropna=False)["is_target"].value_counts(dropna=False).to_string())

# %%
# Store and network
# -----------------
# The test rows do not come through ``open_training``; ``open_test`` writes down that they were
# opened, and what for.

sm.build_store(work / "store.h5", samples, sm.DayFolder(work / "archive").load_day, grid)
with sm.open_store(work / "store.h5") as store:
    sm.fit(
        store,
        sm.open_training(store.samples),
        model=sm.ModelPlan(trunk="small", gru_width=16),
        loss=sm.LossPlan(),
        training=sm.TrainingPlan(epochs=3, first_selectable_epoch=1, batch_size=16),
        label_rule=rule,
        folder=work / "model",
    )
    seen = sm.open_training(store.samples).samples
    test = sm.open_test(store.samples, work / "openings.jsonl", purpose="audit").samples
    wanted = pd.concat([seen[seen["split"] == "validation"], test])
    forecast = sm.predict(work / "model", store, wanted)
    samples = store.samples
print(forecast[["sample_id", "probability"]].tail(3).to_string(index=False))

# %%
# The judgement
# -------------
# Too few earthquakes to conclude anything, and it says so.

report = sm.audit_forecast(
    sm.AuditCase(
        forecast=forecast,
        samples=samples,
        stations=(station,),
        catalogue=catalogue,
        rule=rule,
        state_days=rule.horizon_days,
    )
)
print(f"{report.verdict.level}: {report.verdict.sentence}")
