"""Planes of a transform as a labelled scalogram: what each axis and each value is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.signal.grid import W0, ScalogramGrid, describe_planes


def label_planes(
    planes: NDArray[np.floating[Any]],
    valid_s: NDArray[np.int64],
    grid: ScalogramGrid,
    first: np.datetime64,
    names: Sequence[str],
    attrs: Mapping[str, Any],
) -> xr.DataArray:
    """Label the planes of whole days.

    Parameters
    ----------
    planes
        Shape (planes, frequencies, columns).
    valid_s
        Shape (3, columns): valid seconds of each component. A plane of two components has the
        smaller one.
    grid
        Of the transform; it describes frequencies and values.
    first
        UTC, where the first column begins.
    names
        Of the planes.
    attrs
        Where they come from, added to what the grid says.
    """
    sources = [[int(c) for c in plane.split("_")[0] if c.isdigit()] for plane in grid.planes]
    columns = np.arange(planes.shape[2]) * np.timedelta64(grid.column_s, "s")
    return xr.DataArray(
        planes,
        dims=("component", "frequency", "time"),
        coords={
            "component": list(names),
            "frequency": ("frequency", grid.frequencies_hz, {"units": "Hz"}),
            "time": first.astype("datetime64[ns]") + columns,
            "plane_units": ("component", list(grid.plane_units)),
            "valid_s": (
                ("component", "time"),
                np.stack([valid_s[source].min(axis=0) for source in sources]),
                {"units": "s", "long_name": "valid seconds of the column"},
            ),
        },
        name="scalogram",
        attrs={
            **describe_planes(grid),
            "wavelet": f"morlet, w0 = {W0:g}",
            "band_hz": (grid.band.low_hz, grid.band.high_hz),
            "padding_s": grid.reach_s,
            "column_s": grid.column_s,
            "representation": grid.representation,
            **attrs,
        },
    )
