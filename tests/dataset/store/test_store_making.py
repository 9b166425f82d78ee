"""A store grows by days; what was finished stays, whoever looks in between."""

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import StoreError
from seismomag.dataset import store
from seismomag.dataset.store import making as store_making
from seismomag.dataset.store import table as store_table
from seismomag.dataset.store.rows import RowWriter
from seismomag.signal.grid import ScalogramGrid


def test_an_appended_day_finds_room_and_its_neighbours_are_to_be_verified(
    tmp_path, make_table, make_store, make_tensor
):
    path = make_store(tmp_path / "s.h5", make_table("AAA BBB", "2020-01-04", 3))
    with store.open_store(path) as opened:
        before = opened.read(np.arange(6))
    store.append(path, make_table("AAA", "2020-01-07", 1))
    with store.open_store(path) as opened:
        assert opened.n_rows == 7
        assert opened.samples["sample_id"].iloc[6] == "AAA_20200107"
        assert opened.flags.tolist() == [1, 1, 2, 1, 1, 1, 0]
        assert opened.done.tolist() == [True] * 6 + [False]
        np.testing.assert_array_equal(opened.read(np.arange(6)), before)
        assert opened.inputs_sha256([5]) == ["06" * 32]
        assert opened.provenance == {"build": {"flag": "none"}, "given": {"a": 1}}
        assert opened.layout.is_sealed
    with RowWriter(path) as writer:
        writer.confirm(2)
        writer.write(6, make_tensor("AAA_20200107"))
    with store.open_store(path) as opened:
        assert opened.flags.tolist() == [1] * 7
    assert [p.name for p in tmp_path.iterdir()] == ["s.h5"]


def test_an_appended_sample_must_be_new(tmp_path, make_table, make_store):
    path = make_store(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 3))
    bytes_before = path.read_bytes()
    with pytest.raises(StoreError, match="has AAA_20200106 already"):
        store.append(path, make_table("AAA", "2020-01-06", 2))
    with pytest.raises(StoreError, match="holds other samples"):
        store.lay_anew(path, make_table("AAA", "2020-01-05", 4))
    assert path.read_bytes() == bytes_before


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(6)), n_held=st.integers(1, 5))
def test_rows_follow_their_samples_into_any_order(
    tmp_path_factory, make_table, make_store, make_tensor, order, n_held
):
    table = make_table("AAA BBB", "2020-01-04", 3)
    path = make_store(tmp_path_factory.mktemp("s") / "s.h5", table.iloc[:n_held])
    store.lay_anew(path, table.iloc[list(order)].reset_index(drop=True))
    with store.open_store(path) as opened:
        ids = opened.samples["sample_id"]
        assert set(ids[opened.done]) == set(table["sample_id"].iloc[:n_held])
        for row in np.flatnonzero(opened.done):
            np.testing.assert_array_equal(opened.read(row)[0], make_tensor(ids[row]).planes)


def test_copying_without_help_of_the_kernel_gives_the_same(
    tmp_path, make_table, make_store, monkeypatch
):
    table = make_table("AAA", "2020-01-04", 4)
    paths = [make_store(tmp_path / f"{i}.h5", table.iloc[:3]) for i in range(2)]
    store.lay_anew(paths[0], table)

    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.copy_file_range", refuse)
    store.lay_anew(paths[1], table)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_labels_torn_by_a_kill_are_read_from_beside(tmp_path, make_table, make_store, monkeypatch):
    table = make_table("AAA", "2020-01-04", 3)
    path = make_store(tmp_path / "s.h5", table)
    new = table.assign(split=pd.Series(["test"] * 3, dtype="str"))

    def die(*_):
        raise KeyboardInterrupt

    # Die after each of the writes into the store in turn.
    real = store_table.write_at
    for n_writes in range(20):
        calls = []

        def some(*call, n=n_writes, calls=calls):
            calls.append(call)
            (real if len(calls) <= n else die)(*call)

        monkeypatch.setattr(store_table, "write_at", some)
        try:
            store.write_samples(path, new)
            break
        except KeyboardInterrupt:
            with store.open_store(path) as opened:
                assert opened.samples["split"].iloc[0] in {"train", "test"}
                assert opened.done.all()
    assert n_writes == len(calls) > 10
    with store.open_store(path) as opened:
        assert set(opened.samples["split"]) == {"test"}
    assert [p.name for p in tmp_path.iterdir()] == ["s.h5"]


def test_labels_that_are_there_already_are_not_written_again(tmp_path, make_table, make_store):
    table = make_table("AAA", "2020-01-04", 3)
    path = make_store(tmp_path / "s.h5", table)
    path.chmod(0o400)
    before = path.stat().st_mtime_ns
    store.write_samples(path, table)
    assert path.stat().st_mtime_ns == before


def test_what_a_killed_process_left_is_removed(tmp_path, make_table, make_store):
    dead = 2**22 + 1
    (tmp_path / f".s.h5.{dead}.unfinished").write_bytes(b"x")
    (tmp_path / ".s.h5.1.unfinished").write_bytes(b"its process runs")
    make_store(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 2))
    assert sorted(p.name for p in tmp_path.iterdir()) == [".s.h5.1.unfinished", "s.h5"]


def test_a_store_of_earlier_days_is_read_and_continued(
    tmp_path, make_table, make_store, make_tensor
):
    table = make_table("AAA", "2020-01-04", 3)
    path = make_store(tmp_path / "s.h5", table, rows=[0])
    with h5py.File(path, "r+") as file:
        del file["row_crc32"]
    with RowWriter(path) as writer:
        writer.write(1, make_tensor("AAA_20200105"))
    with store.open_store(path) as opened:
        assert not opened.layout.is_sealed
        assert opened.done.tolist() == [True, True, False]
    store.append(path, make_table("AAA", "2020-01-09", 1))
    with store.open_store(path) as opened:
        assert opened.done.tolist() == [True, True, False, False]
        np.testing.assert_array_equal(opened.read(1)[0], make_tensor("AAA_20200105").planes)


def test_runs_keep_what_stays_together():
    rows = np.array([3, 4, 5, 0, 1, 7])
    assert list(store_making._runs(rows)) == [(0, 3, 3), (3, 0, 2), (5, 7, 1)]


@pytest.mark.parametrize("representation", ["amplitude", "polarimetric"])
@pytest.mark.parametrize("kind", ["contiguous", "packed", "joined"])
def test_the_file_says_what_its_tensors_are(tmp_path, make_table, representation, kind):
    grid = ScalogramGrid(n_frequencies=5, column_s=21_600, representation=representation)
    path = store.create(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 2), grid, provenance={})
    if kind == "packed":
        path = store.pack(path, tmp_path / "p.h5")
    if kind == "joined":
        path = store.join([path], tmp_path / "j.h5")
    with h5py.File(path, "r") as file:
        np.testing.assert_array_equal(file.attrs["frequency_hz"], grid.frequencies_hz)
        assert file.attrs["wavelet"] == "morlet, w0 = 6"
        assert file.attrs["padding_s"] == 540
        assert file.attrs["planes"].split(",") == list(grid.planes)
        assert file.attrs["plane_units"].split(",") == list(grid.plane_units)
        assert file["amplitude"].attrs["long_name"].startswith("wavelet amplitude")
        assert file["amplitude"].attrs.get("units") == (
            "nT" if representation == "amplitude" else None
        )
    with store.open_store(path) as opened:
        assert opened.layout.is_sealed
        assert opened.grid == grid


def test_a_store_without_these_attributes_opens(tmp_path, make_table, make_store, make_tensor):
    path = make_store(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 2), rows=[0])
    with h5py.File(path, "r+") as file:
        for name in set(file.attrs) - {"layout", "grid", "code_version"}:
            del file.attrs[name]
        for name in list(file["amplitude"].attrs):
            del file["amplitude"].attrs[name]
    with store.open_store(path) as opened:
        np.testing.assert_array_equal(opened.read(0)[0], make_tensor("AAA_20200104").planes)
    with RowWriter(path) as writer:
        writer.write(1, make_tensor("AAA_20200105"))


def test_the_widest_grid_fits(tmp_path, make_table):
    grid = ScalogramGrid(n_frequencies=1024, column_s=43_200)
    path = store.create(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 1), grid, provenance={})
    with h5py.File(path, "r") as file:
        assert file.attrs["frequency_hz"].size == 1024
    wider = ScalogramGrid(n_frequencies=10_000, column_s=43_200)
    table = make_table("AAA", "2020-01-04", 1)
    store.open_store(store.create(tmp_path / "w.h5", table, wider, provenance={})).close()
