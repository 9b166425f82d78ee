"""A real day from its raw file to a row of the store."""

import numpy as np
import pandas as pd
import pytest

from seismomag.core.recording import place
from seismomag.core.stations import read_stations
from seismomag.dataset import build, store
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.readers import read
from seismomag.signal.day import transform
from seismomag.signal.grid import ScalogramGrid


@pytest.mark.real_data
def test_the_alor_day_becomes_a_row(real_data, tmp_path, weather, make_catalogue):
    path = real_data / "bmkg" / "S250101.ALR.gz"
    day = np.datetime64("2025-01-01")
    grid = ScalogramGrid()
    samples = make_samples(
        read_stations(real_data / "bmkg" / "stations.csv"),
        pd.DataFrame({"station_code": pd.Series(["ALR"], dtype="str"), "day": [day]}),
        LabelRule(),
        make_catalogue([("e", "2020-01-01", 0, 0, 10, 5)]),
        weather,
        reach_s=grid.reach_s,
    )
    report = build.build_store(
        tmp_path / "s.h5",
        samples,
        lambda code, asked: read(path, station_code=code) if asked == day else None,
        grid,
    )
    assert report.failures.empty
    assert len(report.remarks) == 2
    with store.open_store(report.path) as opened:
        row = opened.samples.iloc[0]
        planes = opened.read([0])[0]
    assert pd.isna(row["is_target"])
    assert row["coverage"] > 0.999
    assert planes.shape == (3, 128, 1440)
    # Without neighbours the first and last minutes are masked, and nothing else.
    assert np.isnan(planes[0, 0, :2]).all()
    assert np.isnan(planes[0, 0, -2:]).all()
    assert np.isfinite(planes[:, :, 10:-10]).mean() > 0.99
    whole = place(read(path, station_code="ALR"), day - np.timedelta64(grid.reach_s, "s"), 87_480)
    direct = transform(whole, grid).planes
    both = np.isfinite(planes) & np.isfinite(direct)
    assert both.mean() > 0.98
    assert (planes == direct)[both].mean() > 0.99
