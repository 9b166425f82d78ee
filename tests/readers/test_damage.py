"""Damaged bytes give a refusal or a lawful recording, never another error."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cdflib.cdfwrite import CDF

from seismomag.core.errors import FormatError, SeismomagError
from seismomag.core.recording import make_recording
from seismomag.core.schema import check_recording
from seismomag.readers import cdf_structure, frg604rc, iaga2002
from seismomag.readers.recognition import read_bytes

TRUNCATIONS = 40
FLIPS = 60


def recording(n: int = 1_800):
    rng = np.random.default_rng(5)
    return make_recording(
        rng.normal(20_000, 30, (3, n)).round(2),
        np.datetime64("2024-05-10", "ns"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code="ALR",
        source_format="made here",
        source_sha256="0",
    )


def frg(folder: Path) -> bytes:
    return frg604rc.write(recording(), folder / "S240510.ALR").read_bytes()


def iaga(folder: Path) -> bytes:
    return iaga2002.write(recording(600), folder / "day.sec").read_bytes()


def pcdcp(folder: Path) -> bytes:
    head = b"CMO  2020  061  01-Mar-20  HEZF  0.001nT  File Version 2.00\r\n"
    return head + b"".join(b"%05d %9d %9d %9d %9d\r\n" % (i, 7, -8, 9, 1) for i in range(400))


def made_cdf(folder: Path, level: int = 0) -> bytes:
    path = folder / "made.cdf"
    file = CDF(path, cdf_spec={"Compressed": level}, delete=True)
    file.write_globalattrs({"DataFormat": {0: "MagPyCDF"}, "DataComponents": {0: "HEZ"}})
    times = 63_700_387_200_000.0 + 1_000.0 * np.arange(300)
    for name, kind, values in (
        ("Epoch", 31, times),
        ("x", 45, np.arange(300.0)),
        ("y", 45, np.arange(300.0)),
        ("z", 45, np.arange(300.0)),
    ):
        spec = {"Variable": name, "Data_Type": kind, "Num_Elements": 1, "Rec_Vary": True}
        file.write_var(spec | {"Dim_Sizes": []}, var_attrs={"units": "nT"}, var_data=values)
    file.close()
    return path.read_bytes()


def packed_cdf(folder: Path) -> bytes:
    return made_cdf(folder, 6)


def packed_frg(folder: Path) -> bytes:
    return gzip.compress(frg(folder))


MAKERS = [frg, iaga, pcdcp, made_cdf, packed_cdf, packed_frg]


def outcome(data: bytes) -> str:
    """Read; anything but a refusal or a lawful recording escapes as an error."""
    try:
        check_recording(read_bytes(data, "damaged"))
    except SeismomagError:
        return "refused"
    return "read"


@pytest.mark.parametrize("maker", MAKERS)
def test_whole_files_are_read(maker: Callable[[Path], bytes], tmp_path: Path) -> None:
    assert outcome(maker(tmp_path)) == "read"


@pytest.mark.parametrize("maker", MAKERS)
def test_a_cut_file_is_refused_or_read_as_a_part(maker, tmp_path: Path) -> None:
    data = maker(tmp_path)
    cuts = np.linspace(0, len(data) - 1, TRUNCATIONS).astype(int)
    outcomes = [outcome(data[:cut]) for cut in cuts]
    assert outcomes[0] == "refused"
    if maker in (packed_cdf, packed_frg):
        # The very last bytes of a packed CDF are parameters that nothing depends on.
        assert set(outcomes[:-1]) == {"refused"}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_flipped_bits_are_refused_or_read(maker, seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    data = maker(tmp_path)
    for k in range(FLIPS):
        broken = bytearray(data)
        # Every other case goes for the head, where the structure is.
        reach = len(broken) if k % 2 else min(len(broken), 3_000)
        for position in rng.integers(0, reach, rng.integers(1, 20)):
            broken[position] ^= 1 << int(rng.integers(0, 8))
        outcome(bytes(broken))


@pytest.mark.parametrize("maker", MAKERS)
def test_noise_behind_a_true_beginning_is_refused_or_read(maker, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    data = maker(tmp_path)
    for kept in (4, 16, 64, 400):
        outcome(data[:kept] + rng.bytes(len(data) - kept))


def test_a_circle_of_records_is_refused(tmp_path: Path) -> None:
    data = bytearray(made_cdf(tmp_path))
    cdf_structure.check(bytes(data), "made.cdf")
    global_record = int.from_bytes(data[20:28], "big")
    head = int.from_bytes(data[global_record + 20 : global_record + 28], "big")
    # The first variable follows itself; the count of variables stays.
    data[head + 12 : head + 20] = head.to_bytes(8, "big")
    index = int.from_bytes(data[head + 28 : head + 36], "big")
    data[index + 12 : index + 20] = index.to_bytes(8, "big")
    with pytest.raises(FormatError, match="chain without end"):
        cdf_structure.check(bytes(data), "made.cdf")
