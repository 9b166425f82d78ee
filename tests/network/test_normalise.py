from dataclasses import dataclass, field, replace

import numpy as np
import numpy.testing as npt
import pytest

from seismomag.core.errors import ConfigError, CoverageError
from seismomag.network import ModelPlan
from seismomag.network import normalise as module
from seismomag.network.normalise import FLOOR_NT, Normalisation, fit_normalisation

POLARIMETRIC = ModelPlan(trunk="small", representation="polarimetric")


def by_hand(archive, model):
    """The definition, station by station, with numpy's own median."""
    train = archive.samples[archive.samples["split"] == "train"]
    tensors = archive.store.tensors.astype(np.float64)
    tensors[:, :3] = np.log(tensors[:, :3])
    left, medians = [], []
    for _, rows in train.groupby("station_code"):
        own = tensors[rows["store_row"]]
        medians.append(np.nanmedian(own, axis=0))
        left.append(own - medians[-1])
    spread = np.sqrt(np.nanmean(np.concatenate(left) ** 2, axis=(0, 3)))
    return np.array(medians), spread


def test_statistics_follow_the_definition(polarimetric_archive):
    train = polarimetric_archive.samples.query("split == 'train'")
    found = fit_normalisation(polarimetric_archive.store, train, POLARIMETRIC)
    medians, spread = by_hand(polarimetric_archive, POLARIMETRIC)
    assert found.station_codes == ("ALR", "KPY", "SCN")
    npt.assert_allclose(found.median[:3], medians, rtol=1e-3, atol=1e-3)
    npt.assert_allclose(found.median[3], np.median(medians, axis=0), rtol=2e-3, atol=1e-3)
    npt.assert_allclose(found.spread, spread, rtol=2e-3)


def test_training_rows_come_out_centred_with_unit_spread(archive):
    train = archive.samples.query("split == 'train'")
    found = fit_normalisation(archive.store, train, ModelPlan())
    planes = found.apply(archive.store.read(train["store_row"]), train["station_code"].tolist())
    assert planes.dtype == np.float32
    assert np.isfinite(planes).all()
    assert abs(np.median(planes)) < 0.05
    known = ~np.isnan(archive.store.read(train["store_row"]))
    assert planes[known].std() == pytest.approx(1, abs=0.1)
    npt.assert_array_equal(planes[~known], 0)


def test_later_rows_do_not_move_the_statistics(archive):
    train = archive.samples.query("split == 'train'")
    changed = archive.store.tensors.copy()
    changed[archive.samples.query("split != 'train'")["store_row"]] *= 100
    first = fit_normalisation(archive.store, train, ModelPlan())
    second = fit_normalisation(replace(archive.store, tensors=changed), train, ModelPlan())
    npt.assert_array_equal(first.median, second.median)
    npt.assert_array_equal(first.spread, second.spread)


def test_unseen_station_takes_the_median_over_stations():
    median = np.array([1, 2, 6, 2], np.float16)[:, None, None, None]
    some = Normalisation((0,), ("A", "B", "C"), median, np.ones((1, 1), np.float32))
    tensors = np.exp(np.full((2, 1, 1, 1), 2.0)).astype(np.float16)
    found = some.apply(tensors, ["unseen", "A"]).ravel()
    npt.assert_allclose(found, [0, 1], atol=1e-3)


def test_zero_endless_and_masked_amplitudes_stay_finite():
    some = Normalisation(
        (0,), ("A",), np.zeros((2, 1, 1, 1), np.float16), np.ones((1, 1), np.float32)
    )
    tensors = np.array([0, np.nan, np.inf], np.float16)[:, None, None, None]
    found = some.apply(tensors, ["A"] * 3).ravel()
    npt.assert_allclose(found, [np.log(FLOOR_NT), 0, 0], rtol=1e-6)


def test_column_masked_on_every_day_and_constant_plane_stay_finite(archive):
    tensors = archive.store.tensors.copy()
    tensors[..., 5] = np.nan
    tensors[:, 1] = 0.5
    store = replace(archive.store, tensors=tensors)
    found = fit_normalisation(store, archive.samples, ModelPlan())
    assert np.isfinite(found.median).all()
    npt.assert_array_equal(found.spread[1], 1)


@dataclass(frozen=True)
class Counting:
    """A store that notes which rows were read."""

    grid: object
    tensors: np.ndarray
    seen: list = field(default_factory=list)

    def read(self, rows):
        self.seen.append(rows)
        return self.tensors[rows]


def test_large_stores_are_sampled_evenly_in_bounded_memory(archive, monkeypatch):
    row_bytes = archive.store.tensors[0].nbytes
    monkeypatch.setattr(module, "STATISTICS_BYTES", 7 * row_bytes)
    store = Counting(archive.store.grid, archive.store.tensors)
    fit_normalisation(store, archive.samples, ModelPlan())
    assert [len(rows) for rows in store.seen] == [7, 7, 7]
    npt.assert_array_equal(store.seen[0], [0, 10, 20, 30, 39, 49, 59])


def test_store_of_other_planes_is_refused(archive):
    with pytest.raises(ConfigError, match=r"3 planes.*'polarimetric' needs 9"):
        fit_normalisation(archive.store, archive.samples, POLARIMETRIC)


def test_no_row_is_refused(archive):
    with pytest.raises(CoverageError, match="no training row"):
        fit_normalisation(archive.store, archive.samples[:0], ModelPlan())
