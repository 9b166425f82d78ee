"""A check finds what is wrong, row by row, and says nothing about what is right."""

import h5py
import numpy as np
import pytest

from seismomag.core.errors import StoreError
from seismomag.core.recording import make_recording, sha256_of
from seismomag.dataset import build, store
from seismomag.dataset.store.layout import Place
from seismomag.dataset.store.rows import RowWriter
from seismomag.signal.day import DayTensor
from seismomag.signal.grid import ScalogramGrid


@pytest.fixture
def path(tmp_path, make_table, make_store):
    return make_store(tmp_path / "s.h5", make_table("AAA BBB", "2020-01-04", 3), rows=[0, 1, 4])


def _overwrite(path, name: str, row: int, data: bytes, at: int = 0) -> None:
    """Change bytes of a row as a failing disk would."""
    with store.open_store(path) as opened:
        place: Place = opened.layout.places[name]
    with path.open("r+b") as file:
        file.seek(place.offset + row * (place.n_bytes // place.shape[0]) + at)
        file.write(data)


def test_a_sound_store_has_no_problem(path):
    report = store.check(path)
    assert report.problems == report.remarks == ()
    assert (report.kind, report.n_rows, report.n_done, report.n_checked) == ("contiguous", 6, 3, 3)
    assert (report.n_without_data, report.n_to_verify, report.n_recomputed) == (0, 0, 0)
    # One value of the 48 of the first plane is masked in every row.
    assert report.nan_share == {"c0": 1 / 48, "c1": 0.0, "c2": 0.0}


def test_rows_without_data_are_counted_and_not_mixed_into_the_shares(path):
    with RowWriter(path) as writer:
        writer.write_masked(2)
    report = store.check(path)
    assert (report.n_done, report.n_without_data, report.problems) == (4, 1, ())
    assert report.nan_share["c0"] == 1 / 48


def test_every_flipped_bit_of_a_row_is_found(path):
    rng = np.random.default_rng(0)
    sizes = {"amplitude": 288, "valid_s": 72, "coverage": 8, "inputs": 32, "row_crc32": 4}
    with store.open_store(path) as opened:
        places = opened.layout.places
    data = path.read_bytes()
    for name, size in sizes.items():
        for _ in range(4):
            byte, bit = int(rng.integers(size)), int(rng.integers(8))
            at = places[name].offset + 4 * size + byte
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
            found = store.check(path).problems
            assert (
                found[0] == "row 4: its bytes do not have the check sum that was written with them"
            )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"valid": 7201}, "more than 7200 valid seconds"),
        ({"coverage": 0.5}, "coverage 0.5 is not that of its valid seconds"),
        ({"plane": -1.0}, "negative or infinite"),
        ({"plane": np.inf}, "negative or infinite"),
    ],
)
def test_impossible_values_are_found_even_with_a_right_check_sum(
    path, make_tensor, change, message
):
    tensor = make_tensor("AAA_20200106")
    valid_s, planes = tensor.valid_s.copy(), tensor.planes.copy()
    valid_s[0, 0] = change.get("valid", valid_s[0, 0])
    planes[1, 1, 1] = change.get("plane", planes[1, 1, 1])
    share = float(valid_s.sum(axis=1, dtype=np.int64).min()) / 86_400
    with RowWriter(path) as writer:
        writer.write(
            2,
            DayTensor(planes=planes, valid_s=valid_s, coverage=change.get("coverage", share)),
        )
    found = store.check(path).problems
    assert len(found) == 1
    assert message in found[0]


def test_a_cross_spectrum_beyond_one_is_found(tmp_path, make_table):
    grid = ScalogramGrid(n_frequencies=2, column_s=21_600, representation="polarimetric")
    path = store.create(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 1), grid, provenance={})
    planes = np.zeros((9, 2, 4), np.float16)
    planes[5, 0, 0] = 1.5
    valid_s = np.full((3, 4), 21_600, np.uint16)
    with RowWriter(path) as writer:
        writer.write(0, DayTensor(planes=planes, valid_s=valid_s, coverage=1.0))
    assert store.check(path).problems == ("row 0: a normalised cross-spectrum leaves [-1, 1]",)


def test_a_strange_flag_is_found(path):
    _overwrite(path, "done", 5, b"\x07")
    assert "row 5: has the flag 7" in store.check(path).problems


def test_fewer_rows_may_be_read(path):
    assert store.check(path, most_rows=2).n_checked == 2
    assert store.check(path, most_rows=0).n_checked == 0


def test_what_cannot_be_checked_is_a_remark(path, tmp_path):
    assert store.check(store.pack(path, tmp_path / "p.h5")).remarks == ("packed with gzip",)
    joined = store.join([path], tmp_path / "j.h5")
    assert store.check(joined).remarks == ("joined; its rows lie in s.h5",)
    with h5py.File(path, "r+") as file:
        del file["row_crc32"]
    remarks = store.check(path).remarks
    assert [r.partition(":")[0] for r in remarks] == [
        "no seal over its structure",
        "no check sums of rows",
    ]


def test_a_damaged_chunk_is_a_problem_of_its_row(path, tmp_path):
    packed = store.pack(path, tmp_path / "p.h5")
    with h5py.File(packed) as file:
        chunk = file["amplitude"].id.get_chunk_info_by_coord((1, 0, 0, 0))
    data = bytearray(packed.read_bytes())
    data[chunk.byte_offset + 30] ^= 0xFF
    packed.write_bytes(data)
    (problem,) = store.check(packed).problems
    assert problem.startswith("row 1: ")


GRID = ScalogramGrid(n_frequencies=3, column_s=7200)


def _load_day(code, day, version=0):
    rng = np.random.default_rng([int(day.astype(int)), version])
    return make_recording(
        rng.normal(100, 1, (3, 86_400)),
        day,
        sampling_hz=1.0,
        frame="HDZ",
        station_code=code,
        source_format="test",
        source_sha256=sha256_of(f"{day} {version}".encode()),
    )


def test_rows_made_again_from_the_archive_must_come_out_the_same(tmp_path, make_table):
    path = tmp_path / "s.h5"
    build.build_store(path, make_table("AAA", "2020-01-04", 4), _load_day, GRID, flag=None)
    report = store.check(path, load_day=_load_day, n_recomputed=2)
    assert (report.n_recomputed, report.problems) == (2, ())
    other = store.check(path, load_day=lambda c, d: _load_day(c, d, 1), n_recomputed=2)
    assert [p[5:] for p in other.problems] == [
        ": the archive has other days than those it was made from"
    ] * 2
    _overwrite(path, "amplitude", 0, np.float16(77).tobytes() * 40)
    found = store.check(path, load_day=_load_day, n_recomputed=2).problems
    assert found[-1] == "row 0: comes out otherwise when it is made again"


def test_the_description_counts_rows_by_station_and_split(path):
    with store.open_store(path) as opened:
        samples = opened.samples
    samples.loc[5, "split"] = "test"
    store.write_samples(path, samples)
    with store.open_store(path) as opened:
        lines = store.describe(opened)
    assert lines[1] == "grid: 3 planes (amplitude), 4 frequencies 20-100 mHz, 12 columns of 7200 s"
    assert lines[2].startswith("rows: 6, 3 done, 0 of these without data; mean coverage 0.")
    assert lines[4].startswith(
        "  BBB: 3 rows (1 test, 2 train), 1 done, issued 2020-01-05 .. 2020-01-07, mean coverage"
    )


def test_an_empty_store_is_described_too(tmp_path, make_table, make_store):
    path = make_store(tmp_path / "e.h5", make_table("AAA", "2020-01-04", 2), rows=[])
    with store.open_store(path) as opened:
        assert (
            "2, 0 done, 0 of these without data; mean coverage not known"
            in (store.describe(opened)[2])
        )
    assert store.check(path).n_checked == 0


def test_a_file_that_is_no_store_cannot_be_checked(tmp_path):
    (tmp_path / "x.h5").write_text("x")
    with pytest.raises(StoreError, match="not readable as a store"):
        store.check(tmp_path / "x.h5")
