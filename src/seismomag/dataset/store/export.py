"""Rows of a store for other software: a folder as SeisBench lays it out, or NetCDF of one day."""

# h5py ships no types and re-exports its names without saying so.
# mypy: disable-error-code="attr-defined, name-defined, no-untyped-call"

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import StoreError
from seismomag.core.stations import Station
from seismomag.dataset.store import structure as store_structure
from seismomag.dataset.store import table_arrays
from seismomag.dataset.store.layout import not_written, require_room
from seismomag.dataset.store.reading import Store
from seismomag.readers import netcdf
from seismomag.signal.grid import describe_planes, plane_name
from seismomag.signal.labelling import label_planes

BLOCK_ROWS = 64
"""Rows in one block of the HDF5 file."""

SPLITS: Mapping[str, str] = {"train": "train", "validation": "dev", "test": "test"}

FORMAT: Mapping[str, str] = {
    "dimension_order": "CFW",
    "instrument_response": "restituted",
}

LETTERS: Mapping[str, str] = {"magnetic": "HDZ", "geographic": "XYZ", "instrument": "UVW"}
"""Components of each orientation, for the names of planes."""


def export_seisbench(
    path: str | Path, folder: str | Path, *, stations: Iterable[Station] = ()
) -> Path:
    """Write the finished rows as ``metadata.csv`` and ``waveforms.hdf5``.

    A trace is a tensor (plane, frequency, column), in blocks ``/data/bucket0 ...``; its name is
    ``bucket$row,:planes,:frequencies,:columns`` and its dimension order "CFW", one dimension
    more than a seismogram has; ``/data_format`` gives ``planes`` and ``units`` of each, and the
    one ``unit`` where all share it. Columns follow SeisBench: ``split`` is train, dev or test;
    ``path_back_azimuth_deg`` is the azimuth from the station to the epicentre; ``source_*`` is
    empty where there is no target event. What an unknown label is, ``source_is_target`` tells.

    Parameters
    ----------
    path
        A store of any kind.
    folder
        Must not exist yet; it appears whole.
    stations
        For the columns of coordinates.

    Returns
    -------
    folder

    Raises
    ------
    StoreError
        The path is no store, has no finished row, the folder exists, or cannot be written.
    """
    final = Path(folder)
    if final.exists():
        msg = f"{final}: exists already; name a folder that does not"
        raise StoreError(msg)
    with Store(path) as store:
        rows = np.flatnonzero(store.done)
        if not rows.size:
            msg = f"{store.path}: no finished row to export; build it first"
            raise StoreError(msg)
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=final.parent, prefix=f".{final.name}.") as scratch:
                part = Path(scratch) / "whole"
                part.mkdir()
                names = _write_blocks(store, rows, part / "waveforms.hdf5")
                table = _metadata(store, rows, names, {s.station_code: s for s in stations})
                # Last: its presence says that the rest is complete.
                table.to_csv(part / "metadata.csv", index_label="index")
                part.rename(final)
        except (OSError, RuntimeError) as error:
            raise not_written(final, error) from error
    return final


def _write_blocks(store: Store, rows: NDArray[np.int64], path: Path) -> list[str]:
    grid = store.grid
    slices = f",:{grid.n_planes},:{grid.n_frequencies},:{grid.n_columns}"
    names = []
    n_bytes = rows.size * grid.n_planes * grid.n_frequencies * grid.n_columns * 2
    with store_structure.new_file(path, n_bytes + 4096 * (rows.size // BLOCK_ROWS + 1)) as file:
        for block, first in enumerate(range(0, rows.size, BLOCK_ROWS)):
            part = rows[first : first + BLOCK_ROWS]
            file[f"data/bucket{block}"] = store.read(part)
            names += [f"bucket{block}${i}{slices}" for i in range(part.size)]
        form = {
            **FORMAT,
            "component_order": _letters(grid.n_planes),
            "measurement": "magnetic flux density: " + describe_planes(grid)["long_name"],
            "unit": describe_planes(grid).get("units", "see units"),
            "units": ",".join(grid.plane_units),
            "planes": ",".join(_plane_names(store)),
            "sampling_rate": 1.0 / grid.column_s,
        }
        for key, value in form.items():
            file[f"data_format/{key}"] = value
        file["data_format/frequencies_hz"] = grid.frequencies_hz
    return names


def _plane_names(store: Store) -> list[str]:
    """Name the planes by the components where the orientation of the store is known."""
    built = store.provenance.get("build") or {}
    letters = LETTERS.get(str(built.get("orientation")), "")
    return [plane_name(plane, letters) for plane in store.grid.planes]


def _letters(n_planes: int) -> str:
    """Give one letter for each plane, as SeisBench counts components; ``planes`` names them."""
    return "ABCDEFGHI"[:n_planes]


def _metadata(
    store: Store, rows: NDArray[np.int64], names: list[str], stations: Mapping[str, Station]
) -> pd.DataFrame:
    samples = store.samples.iloc[rows].reset_index(drop=True)
    grid = store.grid
    event = samples["event_id"].notna()
    origin = samples["issue_time"] + pd.to_timedelta(samples["lead_time_days"], unit="D")
    whole = {code: stations.get(code) for code in samples["station_code"].unique()}
    place = samples["station_code"].map
    return pd.DataFrame(
        {
            "trace_name": names,
            "trace_sample_id": samples["sample_id"],
            "trace_start_time": _iso(pd.Series(table_arrays.days_of(samples))),
            "trace_issue_time": _iso(samples["issue_time"]),
            "trace_sampling_rate_hz": 1.0 / grid.column_s,
            "trace_npts": grid.n_columns,
            "trace_component_order": _letters(grid.n_planes),
            "trace_completeness": samples["coverage"],
            "trace_kp_max": samples["kp_max"],
            "trace_dst_min_nt": samples["dst_min_nt"],
            "station_code": samples["station_code"],
            "station_latitude_deg": place({c: s.latitude_deg for c, s in whole.items() if s}),
            "station_longitude_deg": place({c: s.longitude_deg for c, s in whole.items() if s}),
            "source_is_target": samples["is_target"],
            "source_id": samples["event_id"],
            "source_cluster_id": samples["cluster_id"],
            "source_origin_time": _iso(origin.where(event)),
            "source_magnitude": samples["magnitude"],
            "path_ep_distance_km": samples["distance_km"],
            "path_back_azimuth_deg": samples["azimuth_deg"],
            "split": samples["split"].map(SPLITS),
        }
    )


def _iso(times: pd.Series) -> pd.Series:
    text: pd.Series = times.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return text


def scalogram_of(store: Store, row: int) -> xr.DataArray:
    """Give a finished row as a labelled scalogram.

    Components bear the letters of the orientation of the store (H, D, Z for magnetic, X, Y, Z
    for geographic, U, V, W for instrument axes), or ``c0, c1, c2, ...`` where it is not known.

    Raises
    ------
    StoreError
        No such row, or it is not finished.
    """
    planes = store.read([row])[0]
    valid_s = store.valid_s([row])[0].astype(np.int64)
    grid, sample = store.grid, store.samples.iloc[row]
    day = table_arrays.days_of(store.samples.iloc[[row]])[0].astype("datetime64[ns]")
    built = store.provenance.get("build") or {}
    attrs = {
        "version": store.code_version,
        "station_code": str(sample["station_code"]),
        "sample_id": str(sample["sample_id"]),
        "issue_time": f"{sample['issue_time']:%Y-%m-%dT%H:%M:%SZ}",
        "coverage": float(sample["coverage"]),
        "orientation": str(built.get("orientation", "not known")),
        "inputs_sha256": store.inputs_sha256([row])[0],
    }
    return label_planes(planes, valid_s, grid, day, _plane_names(store), attrs)


def export_netcdf(path: str | Path, sample_id: str, out: str | Path) -> Path:
    """Write one station-day as NetCDF 4 with CF attributes.

    Parameters
    ----------
    path
        A store of any kind.
    sample_id
        Which row.
    out
        The file; it appears whole, in place of one that was there.

    Returns
    -------
    out

    Raises
    ------
    StoreError
        The path is no store, has no such sample or has not finished it, or ``out`` cannot be
        written.
    """
    final = Path(out)
    with Store(path) as store:
        found = np.flatnonzero((store.samples["sample_id"] == sample_id).to_numpy(bool))
        if not found.size:
            first = store.samples["sample_id"].iloc[0]
            msg = f"{store.path}: no sample {sample_id!r}; they are named like {first!r}"
            raise StoreError(msg)
        scalogram = scalogram_of(store, int(found[0]))
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            # As 32-bit floats; HDF5 crashes when a disk is full.
            require_room(final.parent, 4 * scalogram.size + store_structure.SLACK_BYTES)
            return netcdf.write_scalogram(scalogram, final)
        except OSError as error:
            raise not_written(final, error) from error
