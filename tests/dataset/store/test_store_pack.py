"""Archive copies read like the store they were made of, and damage in them is noticed."""

import zlib

import h5py
import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError, StoreError
from seismomag.dataset import store
from seismomag.dataset.store.rows import RowWriter

KINDS = ("gzip", "blosc2")


@pytest.fixture
def path(tmp_path, make_table, make_store):
    return make_store(tmp_path / "s.h5", make_table("AAA BBB", "2020-01-04", 3), rows=[0, 1, 4])


@pytest.mark.parametrize("compression", KINDS)
def test_a_packed_store_reads_the_same_and_comes_back_to_the_byte(path, tmp_path, compression):
    if compression == "blosc2":
        pytest.importorskip("hdf5plugin")
    packed = store.pack(path, tmp_path / "p.h5", compression=compression)
    with store.open_store(packed) as copy, store.open_store(path) as original:
        assert (copy.layout.kind, copy.layout.compression) == ("packed", compression)
        assert copy.layout.is_sealed
        assert copy.provenance == original.provenance
        pd.testing.assert_frame_equal(copy.samples, original.samples)
        np.testing.assert_array_equal(copy.read([4, 0]), original.read([4, 0]))
        np.testing.assert_array_equal(copy.valid_s([1]), original.valid_s([1]))
        assert copy.inputs_sha256([4]) == original.inputs_sha256([4])
        batch = np.empty((2, 3, 4, 12), np.float16)
        assert copy.read([0, 1], out=batch) is batch
        with pytest.raises(StoreError, match="not built yet"):
            copy.read([2])
    assert store.unpack(packed, tmp_path / "u.h5").read_bytes() == path.read_bytes()


def test_a_packed_store_takes_labels_but_no_rows(path, tmp_path):
    packed = store.pack(path, tmp_path / "p.h5")
    with pytest.raises(StoreError, match=r"packed.*store.unpack"):
        RowWriter(packed)
    with pytest.raises(StoreError, match="is packed already"):
        store.pack(packed, tmp_path / "q.h5")
    with store.open_store(packed) as opened:
        samples = opened.samples
    store.write_samples(packed, samples.assign(split=pd.Series(["test"] * 6, dtype="str")))
    with store.open_store(packed) as opened:
        assert set(opened.samples["split"]) == {"test"}
        assert opened.layout.is_sealed


def test_other_software_reads_the_packed_tensors(path, tmp_path):
    packed = store.pack(path, tmp_path / "p.h5")
    with store.open_store(path) as original, h5py.File(packed) as file:
        np.testing.assert_array_equal(file["amplitude"][4], original.read(4)[0])


def test_shards_may_be_packed_and_joined_stores_packed_into_one(
    path, tmp_path, make_table, make_store
):
    packed = store.pack(path, tmp_path / "p.h5")
    other = make_store(tmp_path / "c.h5", make_table("CCC", "2020-01-04", 2))
    joined = store.join([packed, other], tmp_path / "all.h5")
    whole = store.pack(joined, tmp_path / "all_packed.h5")
    with (
        store.open_store(joined) as one,
        store.open_store(whole) as two,
        store.open_store(path) as original,
    ):
        rows = np.flatnonzero(one.done)
        assert rows.tolist() == [0, 1, 4, 6, 7]
        np.testing.assert_array_equal(one.read(rows), two.read(rows))
        np.testing.assert_array_equal(one.read([4]), original.read([4]))


def test_what_cannot_be_packed_is_said(path, tmp_path):
    with pytest.raises(ConfigError, match="none of gzip, blosc2"):
        store.pack(path, tmp_path / "p.h5", compression="zip")
    with pytest.raises(StoreError, match="exists already"):
        store.pack(path, path)
    with pytest.raises(StoreError, match="exists already"):
        store.unpack(path, path)


def test_blosc2_without_its_package_says_what_to_do(path, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "hdf5plugin", None)
    with pytest.raises(StoreError, match=r"install seismomag\[archive\]"):
        store.pack(path, tmp_path / "p.h5", compression="blosc2")


@pytest.mark.parametrize("compression", KINDS)
def test_a_damaged_chunk_is_an_error_of_its_row_alone(path, tmp_path, compression):
    if compression == "blosc2":
        pytest.importorskip("hdf5plugin")
    packed = store.pack(path, tmp_path / "p.h5", compression=compression)
    with h5py.File(packed) as file:
        chunk = file["amplitude"].id.get_chunk_info_by_coord((1, 0, 0, 0))
    data = bytearray(packed.read_bytes())
    data[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    packed.write_bytes(data)
    with store.open_store(packed) as copy, store.open_store(path) as original:
        np.testing.assert_array_equal(copy.read([0, 4]), original.read([0, 4]))
        with pytest.raises(StoreError, match="row 1 of /amplitude is damaged"):
            copy.read([1])


@pytest.mark.parametrize("size", [10, 287, 289, 50_000_000])
def test_a_chunk_that_unpacks_to_another_size_is_refused_unseen(path, tmp_path, size):
    packed = store.pack(path, tmp_path / "p.h5")
    with h5py.File(packed, "r+", libver="latest") as file:
        file["amplitude"].id.write_direct_chunk((1, 0, 0, 0), zlib.compress(bytes(size)))
    with store.open_store(packed) as opened, pytest.raises(StoreError, match="size of a row"):
        opened.read([1])


def test_unknown_filters_and_other_chunks_are_refused(path, tmp_path):
    def put(file, **options):
        del file["valid_s"]
        file.create_dataset("valid_s", (6, 3, 12), "<u2", **options)

    attacks = [
        ({"chunks": (1, 3, 12), "compression": "lzf"}, "filters"),
        ({"chunks": (2, 3, 12), "compression": "gzip", "shuffle": True}, "chunks of"),
        ({}, "chunks of None"),
    ]
    for i, (options, message) in enumerate(attacks):
        packed = store.pack(path, tmp_path / f"{i}.h5")
        with h5py.File(packed, "r+") as file:
            put(file, **options)
        with pytest.raises(StoreError, match=message):
            store.open_store(packed)
