"""Several stores as one, without copying; what is not ours stays refused."""

import json
import os

import h5py
import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import StoreError
from seismomag.dataset import store
from seismomag.dataset.store.rows import RowWriter
from seismomag.signal.grid import ScalogramGrid


@pytest.fixture
def shards(tmp_path, make_table, make_store):
    return [
        make_store(tmp_path / "a.h5", make_table("AAA", "2020-01-04", 3)),
        make_store(tmp_path / "b.h5", make_table("BBB", "2020-01-04", 4), rows=[0, 2]),
    ]


@pytest.fixture
def joined(tmp_path, shards):
    return store.join(shards, tmp_path / "all.h5")


def test_every_row_is_that_of_its_shard(joined, make_tensor):
    with store.open_store(joined) as opened:
        assert (opened.n_rows, opened.layout.kind) == (7, "joined")
        assert opened.done.tolist() == [True, True, True, True, False, True, False]
        ids = opened.samples["sample_id"]
        rows = [5, 0, 3, 2]
        expected = np.stack([make_tensor(ids[row]).planes for row in rows])
        np.testing.assert_array_equal(opened.read(rows), expected)
        batch = np.empty_like(expected)
        assert opened.read(rows, out=batch) is batch
        np.testing.assert_array_equal(batch, expected)
        assert opened.valid_s(rows).shape == (4, 3, 12)
        assert opened.read([]).shape == (0, 3, 4, 12)
        assert opened.samples["store_row"].tolist() == [0, 1, 2, 3, -1, 5, -1]
        assert opened.provenance["given"]["shards"]["b.h5"] == {"a": 1}
        with pytest.raises(StoreError, match=r"not built yet \(BBB_20200105\)"):
            opened.read([4])


def test_another_hdf5_library_sees_the_same_from_any_folder(joined, monkeypatch):
    monkeypatch.chdir("/")
    with store.open_store(joined) as opened, h5py.File(joined) as file:
        for row in np.flatnonzero(opened.done):
            np.testing.assert_array_equal(file["amplitude"][row], opened.read(row)[0])
        np.testing.assert_array_equal(file["done"][:], opened.flags)


def test_a_row_finished_later_shows_at_once(joined, shards, make_tensor):
    with store.open_store(joined) as opened:
        with RowWriter(shards[1]) as writer:
            writer.write(1, make_tensor("BBB_20200105"))
        np.testing.assert_array_equal(opened.read(4)[0], make_tensor("BBB_20200105").planes)


def test_labels_are_its_own_and_rows_are_not(joined, shards):
    with store.open_store(joined) as opened:
        samples = opened.samples
    store.write_samples(joined, samples.assign(split=pd.Series(["test"] * 7, dtype="str")))
    with store.open_store(joined) as opened, store.open_store(shards[0]) as shard:
        assert set(opened.samples["split"]) == {"test"}
        assert set(shard.samples["split"]) == {"train"}
    with pytest.raises(StoreError, match=r"joined from a.h5, b.h5"):
        RowWriter(joined)


def test_what_cannot_be_joined_is_said(tmp_path, shards, joined, make_table, make_store):
    with pytest.raises(StoreError, match="exists already"):
        store.join(shards, joined)
    with pytest.raises(StoreError, match="nothing to join"):
        store.join([], tmp_path / "x.h5")
    with pytest.raises(StoreError, match="joined itself"):
        store.join([joined], tmp_path / "x.h5")
    with pytest.raises(StoreError, match="AAA_20200104 stands in two"):
        store.join([shards[0], shards[0]], tmp_path / "x.h5")
    (tmp_path / "sub").mkdir()
    with pytest.raises(StoreError, match="lies elsewhere"):
        store.join(shards, tmp_path / "sub" / "x.h5")
    table = make_table("CCC", "2020-01-04", 1)
    built = {"build": {"flag": "none"}}
    other = store.create(tmp_path / "c.h5", table, ScalogramGrid(n_frequencies=2), provenance=built)
    with pytest.raises(StoreError, match="several grids"):
        store.join([*shards, other], tmp_path / "x.h5")
    other = make_store(tmp_path / "d.h5", table)
    store.write_samples(other, table, provenance={"build": {"flag": "flag"}})
    with pytest.raises(StoreError, match="built with"):
        store.join([*shards, other], tmp_path / "x.h5")
    assert not (tmp_path / "x.h5").exists()


def test_a_shard_that_grew_vanished_or_was_swapped_is_noticed(joined, shards, make_table):
    store.append(shards[1], make_table("BBB", "2020-02-01", 1))
    with pytest.raises(StoreError, match=r"shard b.h5 has other samples.*join anew"):
        store.open_store(joined)
    shards[1].unlink()
    with pytest.raises(StoreError, match=r"b.h5: no such store"):
        store.open_store(joined)
    os.link(shards[0], shards[1])
    with pytest.raises(StoreError, match="other samples"):
        store.open_store(joined)


def _other_source(name: str, array: str = "amplitude"):
    def attack(file: h5py.File) -> None:
        shape, dtype = file[array].shape, file[array].dtype
        del file[array]
        layout = h5py.VirtualLayout(shape, dtype)
        layout[:] = h5py.VirtualSource(name, array, shape)
        file.create_virtual_dataset(array, layout)

    return attack


def _names(*names: str):
    def attack(file: h5py.File) -> None:
        old = json.loads(file["shards"][:].tobytes())
        text = json.dumps([s | {"name": n} for s, n in zip(old, names, strict=True)]).encode()
        del file["shards"]
        file["shards"] = np.frombuffer(text, np.uint8)

    return attack


def _swapped(file: h5py.File) -> None:
    shape = file["coverage"].shape
    del file["coverage"]
    layout = h5py.VirtualLayout(shape, "<f8")
    layout[:4] = h5py.VirtualSource("b.h5", "coverage", (4,))
    layout[4:] = h5py.VirtualSource("a.h5", "coverage", (3,))
    file.create_virtual_dataset("coverage", layout)


def _own(file: h5py.File) -> None:
    values = np.zeros(file["coverage"].shape)
    del file["coverage"]
    file["coverage"] = values


def _external(file: h5py.File) -> None:
    del file["coverage"]
    file.create_dataset("coverage", (7,), "<f8", external=[("/etc/passwd", 0, 56)])


def _link(file: h5py.File) -> None:
    del file["coverage"]
    file["coverage"] = h5py.ExternalLink("a.h5", "/coverage")


def _contiguous_claim(file: h5py.File) -> None:
    file.attrs["layout"] = "seismomag store: contiguous rows"
    del file["shards"]


def _no_json(file: h5py.File) -> None:
    file["shards"][0] = 0


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        (_other_source("/etc/passwd"), "from elsewhere than the shards"),
        (_other_source("../a.h5"), "from elsewhere than the shards"),
        (_names("../a.h5", "b.h5"), "not beside it"),
        (_names("/etc/passwd", "b.h5"), "not beside it"),
        (_names("..", "b.h5"), "not beside it"),
        (_names("all.h5", "b.h5"), "not beside it"),
        (_names("b.h5", "a.h5"), "from elsewhere than the shards"),
        (_swapped, "from elsewhere than the shards"),
        (_own, "is not virtual"),
        (_external, "is not virtual"),
        (_link, "link to elsewhere"),
        (_contiguous_claim, "lies in other files"),
        (_no_json, "not readable as a store"),
    ],
)
def test_only_our_own_references_are_followed(joined, attack, message):
    with h5py.File(joined, "r+") as file:
        attack(file)
    with pytest.raises(StoreError, match=message):
        store.open_store(joined)


def test_a_shard_that_is_a_link_is_refused(tmp_path, joined, shards):
    (tmp_path / "sub").mkdir()
    moved = shards[0].rename(tmp_path / "sub" / "a.h5")
    shards[0].symlink_to(moved)
    with pytest.raises(StoreError, match=r"a\.h5 is a link to elsewhere"):
        store.open_store(joined)
