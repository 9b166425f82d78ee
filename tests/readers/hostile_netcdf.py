"""NetCDF on which the HDF5 library searches for ever."""

from pathlib import Path

import numpy as np

from seismomag.core.recording import make_recording, sha256_of
from seismomag.readers import netcdf

HEAP = b"GCOL"
HEAP_HEAD_BYTES = 16
OBJECT_HEAD_BYTES = 16


def unsealed_netcdf(folder: Path, day: str = "2024-05-10", n: int = 3_600) -> bytes:
    """A sound recording of ours as it looks after others saved it again: without our seal."""
    recording = make_recording(
        np.random.default_rng(0).normal(size=(3, n)) + 40_000.0,
        np.datetime64(day, "ns"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code="ALR",
        source_format="made here",
        source_sha256="0" * 64,
    )
    path = netcdf.write(recording, folder / "sound.nc")
    data = path.read_bytes()
    path.unlink()
    return data[: data.rindex(netcdf.SEAL)]


def hanging_netcdf(folder: Path) -> bytes:
    """The same with a free space in a heap of texts that ends too early.

    The library takes the zeros behind it for an object of no size, and never gets past it.
    """
    data = bytearray(unsealed_netcdf(folder))
    at = data.index(HEAP) + HEAP_HEAD_BYTES
    while int.from_bytes(data[at : at + 2], "little"):
        size = int.from_bytes(data[at + 8 : at + 16], "little")
        at += OBJECT_HEAD_BYTES + (size + 7) // 8 * 8
    free = int.from_bytes(data[at + 8 : at + 16], "little")
    data[at + 8 : at + 16] = (free - 256).to_bytes(8, "little")
    return bytes(data)


def seal(data: bytes) -> bytes:
    """Put the hash behind it that everybody can compute."""
    return data + netcdf.SEAL + sha256_of(data).encode()
