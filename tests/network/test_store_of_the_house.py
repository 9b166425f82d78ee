"""The network reads the HDF5 store as it reads tensors in memory."""

import numpy as np
import pandas as pd

from seismomag.dataset import store
from seismomag.dataset.store.rows import RowWriter
from seismomag.network import predict
from seismomag.signal.day import DayTensor


def test_model_from_the_file_equals_the_model_from_memory(case, model_folder, tmp_path):
    archive = case.archive
    path = store.create(
        tmp_path / "store.h5",
        archive.samples.assign(coverage=np.nan, store_row=-1),
        archive.store.grid,
        provenance={},
    )
    valid_s = np.full((3, 24), 3600, np.uint16)
    with RowWriter(path) as writer:
        for row, planes in enumerate(archive.store.tensors):
            writer.write(row, DayTensor(planes=planes, valid_s=valid_s, coverage=1.0))
    with store.open_store(path) as opened:
        folder = case.fit(tmp_path / "model", samples=opened.samples, store=opened)
        for name in ("weights.safetensors", "model.onnx", "normalisation.npz"):
            assert (folder / name).read_bytes() == (model_folder / name).read_bytes()
        found = predict(folder, opened, opened.samples)
    expected = predict(model_folder, archive.store, archive.samples)
    columns = ["sample_id", "probability", "azimuth_deg", "azimuth_kappa"]
    pd.testing.assert_frame_equal(found[columns], expected[columns])
