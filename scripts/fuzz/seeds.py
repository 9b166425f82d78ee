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

_HEADER = b"#EventID|Time|Latitude|Longitude|Depth/km|Author|MagType|Magnitude\n"
_DST_ROW = b" 1" + b" -12" * 8 + b" " + b"-351" * 8 + b" " + b"9999" * 8

TEXTS: Mapping[str, bytes] = {
    "events": _HEADER + b"ev1|2025-01-01T01:02:03.4|-8.1|124.6|15.0|BMKG|Mw|5.1\n",
    "indices": (
        b"#YYY MM DD hh.h hh._m days days_m Kp ap D\n"
        b"2024 05 10 00.0 01.50 33733.00000 33733.06250  3.333   18 1\n"
    ),
    "kyoto_page": b"<pre class='data'>\nMAY 2024\n" + _DST_ROW + b"\n</pre>",
    "swpc": b'[{"time_tag":"2026-09-27T12:00:00","Kp":1.33,"a_running":5}]',
    "hapi_csv": b"2024-05-10T00:00:00.000Z,21000.10,480.20,44180.30\n",
    "hapi_json": b'{"data":[["2024-05-10T00:00:00.000Z",[21000.1,480.2,44180.3]]]}',
    "hapi_binary": b"2024-05-10T00:00:00.000Z" + bytes(24),
    "hapi_info": (
        b'{"HAPI":"3.1","startDate":"2024-05-10Z","stopDate":"2024-131Z","cadence":"PT1S",'
        b'"parameters":[{"name":"Time","type":"isotime","length":24,"fill":null},'
        b'{"name":"F","type":"double","units":"nT","fill":"99999.0","size":[3]}]}'
    ),
    "quakeml": (
        b'<q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2" '
        b'xmlns="http://quakeml.org/xmlns/bed/1.2"><eventParameters publicID="smi:local/ep">'
        b'<event publicID="smi:local/ev1"><origin publicID="smi:local/o1"><time><value>'
        b"2025-01-01T01:02:03Z</value></time><latitude><value>-8.1</value></latitude><longitude>"
        b"<value>124.6</value></longitude></origin></event></eventParameters></q:quakeml>"
    ),
}
"""Name of a target of texts to a sound one."""
