"""A real day walks from its file through the network."""

from dataclasses import replace

import numpy as np
import pytest

from seismomag.network import ModelPlan, TrainingPlan, open_model, predict
from seismomag.readers import read
from seismomag.signal.day import transform


@pytest.mark.real_data
def test_export_agrees_with_torch_on_a_real_day_and_its_masked_columns(real_data, case, tmp_path):
    grid = case.archive.store.grid
    field_nt = read(real_data / "bmkg" / "S250101.ALR.gz")["field"].values
    beside = np.full((3, grid.reach_s), np.nan)
    day = transform(np.hstack([beside, field_nt, beside]), grid)
    assert np.isnan(day.planes).any()
    assert not np.isnan(day.planes).all()
    tensors = np.repeat(day.planes[None], len(case.archive.samples), axis=0)
    louder = case.archive.samples["is_target"].to_numpy(bool)
    tensors[louder] *= np.float16(1.5)
    real = case.but(
        archive=replace(case.archive, store=replace(case.archive.store, tensors=tensors)),
        model=ModelPlan(trunk="small", gru_width=8),
        training=TrainingPlan(epochs=2, first_selectable_epoch=1),
    )
    folder = real.fit(tmp_path)
    assert open_model(folder).description["export"]["largest_drift"] <= 1e-5
    assert predict(folder, real.archive.store, real.archive.samples)["probability"].notna().all()
