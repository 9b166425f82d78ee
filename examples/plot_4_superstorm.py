"""
The superstorm of 10 May 2024, in nine planes
=============================================

The strongest storm in twenty years as the observatory Conrad recorded it: amplitudes, the signed
planes that carry directions, quality flags and coverage. The file is real where the environment
variable ``SEISMOMAG_REAL_DATA`` names the folder of real files; elsewhere the day is simulated
under the Kp and Dst that it had.
"""

import os
from pathlib import Path

import numpy as np

import seismomag as sm
from seismomag.core.bands import Band
from seismomag.core.recording import cut
from seismomag.figures.day import day_figure
from seismomag.figures.polarimetry import polarimetry_figure
from seismomag.signal.polarization import ellipse, vertical_ratio
from seismomag.signal.quality import summary
from seismomag.signal.wavelet import ScalogramGrid
from seismomag.simulate import simulate_like

# %%
# Three components at one sample a second. Real data bring their neighbours, so no column of the
# day is padded or lost.
DAY = np.datetime64("2024-05-10")
MARGIN = np.timedelta64(540, "s")
conrad = sm.Station(
    station_code="WIC",
    latitude_deg=47.93,
    longitude_deg=15.86,
    name="Conrad",
    time_zone="Europe/Vienna",
)
folder = os.environ.get("SEISMOMAG_REAL_DATA", "")
path = Path(folder) / "one_second" / "wic_2024-05-09_4days_imagcdf13_example4.cdf"
if folder and path.exists():
    whole = sm.flag(sm.read(path))
    recording = cut(whole, DAY - MARGIN, DAY + np.timedelta64(1, "D") + MARGIN)
else:
    kp = [3.0, 2.7, 3.0, 2.3, 3.3, 7.3, 8.7, 8.7]
    dst_nt = np.interp(np.arange(24), [0, 17, 18, 23], [10, 40, -60, -350])
    recording = sm.flag(
        simulate_like(station=conrad, day=DAY, kp=kp, dst_nt=dst_nt, sensor_noise_nt=0.01, seed=10)
    )

# %%
# What a person should know before looking.
for sentence in summary(recording):
    print(sentence)

# %%
# The storm begins at 17:05 UTC: within minutes every amplitude rises a hundredfold. Flags stand
# below the traces.
day = cut(recording, DAY, DAY + np.timedelta64(1, "D"))
of_day = slice(DAY, DAY + np.timedelta64(86_399, "s"))
amplitude = sm.scalogram(recording).sel(time=of_day)
figure = day_figure(day, amplitude, station=conrad)

# %%
# The nine planes, in columns of ten minutes. An amplitude cannot tell an azimuth from its
# opposite; the signed planes can, because they keep the phase between the components. The strip
# at the bottom shows how much of each column was recorded.
grid = ScalogramGrid(representation="polarimetric", column_s=600)
planes = sm.scalogram(recording, grid).sel(time=of_day)
figure = polarimetry_figure(planes, station=conrad)

# %%
# The same planes as shapes: three-hourly medians at 30 mHz, and the vertical over horizontal
# power of the night that begins on this day.
turning = ellipse(planes).sel(frequency=0.03, method="nearest")
for hour in range(0, 24, 3):
    part = turning.isel(time=slice(6 * hour, 6 * hour + 18))
    print(
        f"{hour:02d}-{hour + 3:02d} UTC: polarized {float(part['polarized_share'].median()):.2f}, "
        f"ellipticity {float(part['ellipticity'].median()):+.2f}"
    )
ratio = vertical_ratio(planes, conrad, Band(low_hz=0.02, high_hz=0.05))
print(f"Z over horizontal power at night: {float(ratio[-1]):.3f}")
