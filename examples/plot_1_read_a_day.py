"""
Read a day and see its scalogram
================================

A station-day is written as an FRG604RC file, the daily format of the Indonesian network, read
back, flagged and transformed. The file comes from the simulation: real days look the same.
"""

import tempfile
from pathlib import Path

import numpy as np

import seismomag as sm
from seismomag.figures.day import day_figure
from seismomag.readers import frg604rc
from seismomag.signal.quality import summary

# %%
# Three days of one invented station. The transform wants real neighbours on both sides of the
# day that is shown: nothing is padded.
station = sm.Station(
    station_code="TIM", latitude_deg=-8.2, longitude_deg=118.6, time_zone="Asia/Makassar"
)
start = np.datetime64("2030-03-01")
simulation = sm.Simulation(stations=(station,), start=start, n_days=3, seed=4)

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "S300302.TIM.gz"
    frg604rc.write(simulation.load_day("TIM", start + 1), path)
    print(f"{path.name}: {path.stat().st_size:,} bytes")
    recording = sm.flag(sm.read(path))

# %%
# What a person should know about it before looking at anything else.
for sentence in summary(recording):
    print(sentence)

# %%
# The scalogram is in nT: a sinusoid of amplitude A reads A at its frequency. The first and last
# minutes are masked, because this file alone has no neighbours.
picture = sm.scalogram(recording)
figure = day_figure(recording, picture, station=station)
