"""The one file: what goes in comes out, the unfinished is invisible, the foreign is refused."""

import h5py
import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest

from seismomag.core.bands import Band
from seismomag.core.errors import StoreError
from seismomag.dataset import store
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.dataset.store.rows import RowWriter
from seismomag.signal.day import DayTensor
from seismomag.signal.grid import ScalogramGrid

GRID = ScalogramGrid(band=Band(low_hz=0.02, high_hz=0.1), n_frequencies=4, column_s=7200)


@pytest.fixture(scope="module")
def samples(stations, weather, make_catalogue):
    events = [("quake\N{LATIN SMALL LETTER E WITH ACUTE}", "2020-01-20", 0.1, 0.1, 10.0, 5.5)]
    days = pd.DataFrame(
        {
            "station_code": pd.Series(["AAA", "BBB"] * 5, dtype="str"),
            "day": np.repeat(pd.date_range("2020-01-04", periods=5, unit="ns"), 2),
        }
    )
    catalogue = make_catalogue(events, (("2020-01-01", "2020-01-22"),))
    table = make_samples(stations, days, LabelRule(), catalogue, weather, reach_s=540)
    table.loc[[0, 1], "split"] = ["train", "test"]
    return table


def _tensor(seed: int) -> DayTensor:
    rng = np.random.default_rng(seed)
    planes = rng.uniform(0, 1, (3, 4, 12)).astype(np.float16)
    planes[0, 0, 0] = np.nan
    return DayTensor(
        planes=planes,
        valid_s=rng.integers(0, 7201, (3, 12)).astype(np.uint16),
        coverage=rng.uniform(),
    )


@pytest.fixture
def path(tmp_path, samples):
    return store.create(tmp_path / "new" / "days.h5", samples, GRID, provenance={"config": "x"})


def test_what_goes_in_comes_out(path, samples):
    tensors = {row: _tensor(row) for row in (7, 2)}
    with RowWriter(path) as writer:
        for row, tensor in tensors.items():
            writer.write(row, tensor, bytes([row]) * 32)
    with store.open_store(path) as opened:
        assert opened.grid == GRID
        assert opened.n_rows == len(samples)
        assert opened.provenance == {"config": "x"}
        np.testing.assert_array_equal(opened.frequencies_hz, GRID.frequencies_hz)
        assert np.flatnonzero(opened.done).tolist() == [2, 7]
        planes = opened.read([7, 2])
        assert planes.dtype == np.float16
        for i, row in enumerate((7, 2)):
            np.testing.assert_array_equal(planes[i], tensors[row].planes)
            np.testing.assert_array_equal(opened.valid_s(row)[0], tensors[row].valid_s)
        batch = np.empty_like(planes)
        assert opened.read([7, 2], out=batch) is batch
        np.testing.assert_array_equal(batch, planes)
        assert opened.inputs_sha256([2]) == ["02" * 32]
        table = opened.samples
        assert table["store_row"].tolist() == [-1, -1, 2, -1, -1, -1, -1, 7, -1, -1]
        assert table["coverage"].iloc[7] == pytest.approx(tensors[7].coverage)
        assert table["coverage"].isna().sum() == 8
        rest = [c for c in samples if c not in ("coverage", "store_row")]
        pdt.assert_frame_equal(table[rest], samples[rest])


def test_a_row_that_is_not_done_cannot_be_read(path):
    with store.open_store(path) as opened:
        with pytest.raises(StoreError, match=r"1 rows are not built yet \(AAA_20200107\)"):
            opened.read([3])
        with pytest.raises(StoreError, match="no row 10; there are 10"):
            opened.valid_s([10])
        with pytest.raises(StoreError, match="no row -1"):
            opened.read(-1)


def test_a_row_under_way_is_invisible_until_the_disk_has_it(path):
    writer = RowWriter(path)
    writer.write(0, _tensor(0))
    with store.open_store(path) as opened:
        assert not opened.done.any()
        writer.flush()
        assert opened.done[0]
        writer.write(0, _tensor(1))
        assert not opened.done[0]
        writer.__exit__()
        np.testing.assert_array_equal(opened.read(0)[0], _tensor(1).planes)


def test_a_closed_store_says_so_but_its_arrays_live_on(path):
    with RowWriter(path) as writer:
        writer.write_masked(4)
    opened = store.open_store(path)
    planes = opened.read([4])
    opened.close()
    assert np.isnan(planes).all()
    with pytest.raises(StoreError, match="closed"):
        opened.read([4])


def test_a_tensor_of_another_grid_is_refused(path):
    wrong = DayTensor(
        planes=np.zeros((9, 4, 12), np.float16),
        valid_s=np.zeros((3, 12), np.uint16),
        coverage=0.0,
    )
    with RowWriter(path) as writer:
        with pytest.raises(StoreError, match="of the grid of the store"):
            writer.write(0, wrong)
        with pytest.raises(StoreError, match="does not fit row 10"):
            writer.write(10, _tensor(0))


def test_new_labels_and_splits_touch_no_tensor(path, samples):
    with RowWriter(path) as writer:
        writer.write(3, _tensor(3))
    changed = samples.copy()
    changed["split"] = pd.Series(["validation"] * len(samples), dtype="str")
    changed["cluster_id"] = pd.Series(["a much longer identifier"] * len(samples), dtype="str")
    store.write_samples(path, changed)
    with store.open_store(path) as opened:
        assert set(opened.samples["split"]) == {"validation"}
        assert set(opened.samples["cluster_id"]) == {"a much longer identifier"}
        np.testing.assert_array_equal(opened.read([3])[0], _tensor(3).planes)
    store.write_samples(path, changed, provenance={"config": "y" * 1000})
    with store.open_store(path) as opened:
        assert opened.provenance == {"config": "y" * 1000}
    assert store.read_provenance(path) == (GRID, {"config": "y" * 1000})
    with pytest.raises(StoreError, match="there is room for 65536"):
        store.write_samples(path, changed, provenance={"config": "y" * 70_000})
    with pytest.raises(StoreError, match="other samples, or in another order"):
        store.write_samples(path, changed.iloc[::-1])


def test_a_half_written_table_is_recognised_and_can_be_written_again(path, samples):
    with h5py.File(path, "r+") as file:
        file["samples/magnitude"][0] = 9.0
    with pytest.raises(StoreError, match="written only in part"):
        store.open_store(path)
    store.write_samples(path, samples)
    store.open_store(path).close()


def test_a_torn_provenance_is_said(path):
    with h5py.File(path, "r+") as file:
        file["provenance"][0] = 0
    with pytest.raises(StoreError, match="no JSON"):
        store.read_provenance(path)


def test_identifiers_have_a_limit(tmp_path, samples):
    long = samples.assign(event_id=pd.Series(["x" * 97] * len(samples), dtype="str"))
    with pytest.raises(StoreError, match="takes 97 bytes"):
        store.create(tmp_path / "days.h5", long, GRID, provenance={})
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_and_nothing_is_made_of_nothing(path, samples):
    with pytest.raises(StoreError, match="exists already"):
        store.create(path, samples, GRID, provenance={})
    with pytest.raises(StoreError, match="at least one sample"):
        store.create(path.with_name("empty.h5"), samples.iloc[:0], GRID, provenance={})
    assert [p.name for p in path.parent.iterdir()] == ["days.h5"]


def _link_elsewhere(file: h5py.File) -> None:
    del file["amplitude"]
    file["amplitude"] = h5py.ExternalLink("/etc/passwd", "/")


def _soft_link(file: h5py.File) -> None:
    del file["done"]
    file["done"] = h5py.SoftLink("/coverage")


def _store_elsewhere(file: h5py.File) -> None:
    shape, dtype = file["amplitude"].shape, file["amplitude"].dtype
    del file["amplitude"]
    size = int(np.prod(shape)) * 2
    file.create_dataset("amplitude", shape, dtype, external=[("/etc/passwd", 0, size)])


def _virtual(file: h5py.File) -> None:
    shape = file["coverage"].shape
    del file["coverage"]
    layout = h5py.VirtualLayout(shape, "<f8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape)
    file.create_virtual_dataset("coverage", layout)


def _chunked(file: h5py.File) -> None:
    shape = file["coverage"].shape
    del file["coverage"]
    file.create_dataset("coverage", shape, "<f8", chunks=True, compression="gzip")


def _other_shape(file: h5py.File) -> None:
    del file["coverage"]
    file.create_dataset("coverage", data=np.zeros(3, "<f8"))


def _other_grid(file: h5py.File) -> None:
    file.attrs["grid"] = '{"low_hz": 1}'


def _other_file(file: h5py.File) -> None:
    file.attrs["layout"] = "something else"


def _one_more(file: h5py.File) -> None:
    file["more"] = [1]


def _group_for_array(file: h5py.File) -> None:
    del file["done"]
    file.create_group("done")


def _array_for_group(file: h5py.File) -> None:
    del file["samples"]
    file["samples"] = [1]


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        (_link_elsewhere, "link to elsewhere"),
        (_soft_link, "link to elsewhere"),
        (_store_elsewhere, "lies in other files"),
        (_virtual, "lies in other files"),
        (_chunked, "not one contiguous"),
        (_other_shape, r"/coverage is float64 \(3,\), expected"),
        (_other_grid, "impossible grid"),
        (_other_file, "not a store of seismomag"),
        (_one_more, "differs from a store in more"),
        (_group_for_array, "/done is not an array"),
        (_array_for_group, "/samples differs from a store"),
    ],
)
def test_a_foreign_file_is_refused(path, attack, message):
    with h5py.File(path, "r+") as file:
        attack(file)
    with pytest.raises(StoreError, match=message):
        store.open_store(path)


def test_no_file_no_hdf5_and_a_file_cut_short_are_refused(path, tmp_path):
    with pytest.raises(StoreError, match="no such store"):
        store.open_store(tmp_path / "absent.h5")
    text = tmp_path / "text.h5"
    text.write_text("no tensors here")
    with pytest.raises(StoreError, match="not readable as a store"):
        store.open_store(text)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 2000])
    with pytest.raises(StoreError):
        store.open_store(path)


def test_seconds_of_short_columns_take_one_byte(tmp_path, samples):
    grid = ScalogramGrid(n_frequencies=2, column_s=240)
    path = store.create(tmp_path / "s.h5", samples, grid, provenance={})
    with RowWriter(path) as writer:
        writer.write_masked(0)
    with store.open_store(path) as opened:
        assert opened.valid_s([0]).dtype == np.uint8
