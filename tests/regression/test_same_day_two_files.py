"""The same day in two files gives scalograms that agree: formats, frames and bases do not count."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from seismomag.core.recording import cut
from seismomag.readers import read
from seismomag.signal.rotation import rotate
from seismomag.signal.wavelet import ScalogramGrid, scalogram

GRID = ScalogramGrid(n_frequencies=32)


def pictures(one: xr.Dataset, other: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Amplitudes [nT] of both, where both have them."""
    first, second = (scalogram(r, GRID).values.astype(float) for r in (one, other))
    assert first.shape == second.shape
    both = np.isfinite(first) & np.isfinite(second)
    assert both.mean() > 0.95
    return np.where(both, first, np.nan), np.where(both, second, np.nan)


def day_of(path: Path, day: str) -> xr.Dataset:
    start = np.datetime64(day)
    return cut(read(path), start, start + np.timedelta64(1, "D"))


@pytest.mark.real_data
def test_geographic_components_turned_by_the_declination_are_those_of_the_installation(
    real_data: Path,
) -> None:
    folder = real_data / "one_second"
    magnetic = day_of(folder / "wic_2018-08-29_iaga2002_example5.sec.gz", "2018-08-29")
    geographic = day_of(
        folder / "wic_2018-08-24_7days_imagcdf12_geomagpy119_example4.cdf", "2018-08-29"
    )
    turned = rotate(geographic, "HEZ", declination_deg=4.27)
    residual = np.diff(magnetic["field"].values, axis=1) - np.diff(turned["field"].values, axis=1)
    assert np.nanstd(residual, axis=1).max() < 0.006
    one, other = pictures(magnetic, turned)
    # The residual field of 0.003-0.004 nT is all that may remain in any cell.
    assert np.nanmax(abs(one - other)) < 0.008
    assert np.nanmedian(abs(one - other) / one) < 0.02
    called_hez = geographic.assign_coords(component=list("HEZ")).assign_attrs(frame="HEZ")
    unturned, _ = pictures(called_hez, turned)
    assert np.nanmedian(abs(unturned - other)[:2] / other[:2]) > 0.02


@pytest.mark.real_data
def test_absolute_values_and_variations_differ_by_their_base_only(real_data: Path) -> None:
    folder = real_data / "one_second"
    absolute = read(folder / "wic_2018-08-02_iaga2002_geomagpy119_example1.zip")
    variation = read(folder / "wic_2018-08-02_LEMI036_magpycdf_example5_2019.cdf")
    base = absolute["field"].values - variation["field"].values
    assert np.nanstd(base[2]) < 0.01
    one, other = pictures(absolute, variation)
    vertical = abs(one - other)[2]
    assert np.nanmax(vertical) < 0.01
    assert np.nanmedian(vertical / one[2]) < 0.02


@pytest.mark.real_data
def test_two_sensors_on_one_pier_agree_above_their_noise(real_data: Path) -> None:
    folder = real_data / "one_second"
    fluxgate = read(folder / "wic_2022-08-10_FGE_S0252_magpycdf.cdf")
    geographic = read(folder / "wic_2022-08-10_iaga2002.zip")
    turned = rotate(geographic, "HEZ", declination_deg=angle_between(geographic, fluxgate))
    one, other = pictures(fluxgate, turned)
    # Their noise, about 0.01 nT a cell, is all that parts them, whatever the signal.
    assert (np.nanmedian(abs(one - other), axis=(1, 2)) < 0.015).all()
    for component in (0, 1):
        strong = one[component] > 0.2
        assert strong.sum() > 500
        relative = abs(one - other)[component][strong] / one[component][strong]
        assert np.median(relative) < 0.05


def angle_between(geographic: xr.Dataset, magnetic: xr.Dataset) -> float:
    """Angle that turns the horizontal variations of one onto those of the other [degrees]."""
    x, y = (geographic["field"].values[k] for k in (0, 1))
    h, e = (magnetic["field"].values[k] for k in (0, 1))
    known = np.isfinite(x + y + h + e)
    turn = np.vdot(*(v - v.mean() for v in ((h + 1j * e)[known], (x + 1j * y)[known])))
    return float(np.rad2deg(np.angle(turn)))
