"""Sound files of one hour, one for each reader, made by writers of ours and of others."""

import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from seismomag.core.recording import make_recording
from seismomag.readers import frg604rc, iaga2002, netcdf

N = 3_600


def recording() -> xr.Dataset:
    """An hour of noise about a plausible field."""
    rng = np.random.default_rng(5)
    field = np.array([[38_000.0], [500.0], [-20_000.0]]) + rng.normal(0, 3, (3, N))
    return make_recording(
        field.round(2),
        np.datetime64("2024-05-10", "ns"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code="ALR",
        source_format="made here",
        source_sha256="0",
    )


def _written(write: Callable[[xr.Dataset, Path], object], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(recording(), path)
        return path.read_bytes()


def _pcdcp() -> bytes:
    head = b"CMO  2024  131  10-May-24  HEZF  0.001nT  File Version 2.00\r\n"
    return head + b"".join(
        b"%05d %9d %9d %9d %9d\r\n" % (i, 12_600_000 + i, 500_000, 55_000_000, 56_500_000)
        for i in range(N)
    )


def _cdf() -> bytes:
    from cdflib.cdfwrite import CDF

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.cdf"
        file = CDF(path, cdf_spec={"Compressed": 0}, delete=True)
        file.write_globalattrs({"DataFormat": {0: "MagPyCDF"}, "DataComponents": {0: "HEZ"}})
        times = 63_882_691_200_000.0 + 1_000.0 * np.arange(N)
        field = recording()["field"].values
        columns = [("Epoch", 31, times), *zip("xyz", (45,) * 3, field, strict=True)]
        for name, kind, values in columns:
            spec = {"Variable": name, "Data_Type": kind, "Num_Elements": 1, "Rec_Vary": True}
            file.write_var(
                spec | {"Dim_Sizes": [], "Compress": 0}, var_attrs={"units": "nT"}, var_data=values
            )
        file.close()
        return path.read_bytes()


def _miniseed() -> bytes:
    from seismomag.readers.stream import load_obspy, to_stream

    load_obspy()
    out = io.BytesIO()
    to_stream(recording()).write(out, format="MSEED")
    return out.getvalue()


SEEDS: Mapping[str, Callable[[], bytes]] = {
    "FRG604RC": lambda: _written(frg604rc.write, "S240510.ALR"),
    "IAGA-2002": lambda: _written(iaga2002.write, "day.sec"),
    "CDF": _cdf,
    "PCDCP": _pcdcp,
    "MiniSEED": _miniseed,
    "NetCDF": lambda: _written(netcdf.write, "day.nc"),
}
"""Name of a reader to the maker of its file."""
