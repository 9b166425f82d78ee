"""
Why an amplitude scalogram cannot carry direction
=================================================

The same signal is planted from two opposite azimuths. The three amplitude planes are equal; the
real part of the cross-spectrum of H and Z changes its sign.
"""

import numpy as np

from seismomag.core.bands import Band
from seismomag.figures import look
from seismomag.signal.day import transform
from seismomag.signal.wavelet import ScalogramGrid

grid = ScalogramGrid(
    band=Band(low_hz=0.01, high_hz=0.1),
    n_frequencies=48,
    column_s=600,
    representation="polarimetric",
)
rng = np.random.default_rng(1)
n = 86_400 + 2 * grid.reach_s
time_s = np.arange(n)

# %%
# Background noise, and a packet at 25 mHz between 10 and 14 h. Its radial part R points to the
# source: H = R cos(azimuth), D = R sin(azimuth), and Z is in phase with R.
noise_nt = 0.05 * rng.standard_normal((3, n)).cumsum(axis=1) / 20
envelope = np.exp(-(((time_s - grid.reach_s - 43_200) / 7_200) ** 2))
radial_nt = 0.3 * envelope * np.sin(2 * np.pi * 0.025 * time_s)


def planes_from(azimuth_deg: float) -> np.ndarray:
    """Polarimetric planes of the packet coming from an azimuth."""
    turn = np.deg2rad(azimuth_deg)
    signal_nt = np.stack([radial_nt * np.cos(turn), radial_nt * np.sin(turn), radial_nt])
    return transform(noise_nt + signal_nt, grid).planes.astype(float)


one, opposite = planes_from(30.0), planes_from(210.0)

# %%
# Amplitude of H above, real part of the H-Z cross-spectrum below.
H_AMPLITUDE, HZ_REAL = 0, 5
figure = look.new_figure(10, 5)
axes = figure.subplots(2, 2, sharex=True, sharey=True)
hours = np.linspace(0, 24, grid.n_columns + 1)
edges_mhz = np.geomspace(10, 100, grid.n_frequencies + 1)
for column, (planes, azimuth) in enumerate(((one, 30), (opposite, 210))):
    axes[0, column].pcolormesh(hours, edges_mhz, planes[H_AMPLITUDE], vmin=0, vmax=0.3)
    axes[1, column].pcolormesh(hours, edges_mhz, planes[HZ_REAL], vmin=-1, vmax=1, cmap="PuOr")
    axes[0, column].set_title(f"source at {azimuth} degrees")
    axes[1, column].set_xlabel("UTC (hours)")
for row, name in enumerate(("|W| of H", "H-Z cross-spectrum, real")):
    axes[row, 0].set_ylabel(f"{name}\nfrequency (mHz)")
    axes[row, 0].set_yscale("log")

# %%
inside = slice(60, 84)
for name, plane in (("amplitude of H", H_AMPLITUDE), ("H-Z real part", HZ_REAL)):
    near = np.argmin(abs(grid.frequencies_hz - 0.025))
    print(
        f"{name}: {one[plane, near, inside].mean():+.3f} from 30 degrees, "
        f"{opposite[plane, near, inside].mean():+.3f} from 210 degrees"
    )
