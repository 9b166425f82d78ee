"""A folder gives the day, or says why not, whatever somebody has put there."""

import os

import numpy as np
from tests.readers.hostile_netcdf import hanging_netcdf, unsealed_netcdf

from seismomag.operate.sources.answer import DAMAGED
from seismomag.operate.sources.folder import FolderPlan, get_folder_day
from seismomag.readers import guard

DAY = np.datetime64("2024-05-10")


def got(root, data):
    path = root / "ALR" / "S240510.ALR"
    path.parent.mkdir()
    path.write_bytes(data)
    os.utime(path, (1_715_400_000, 1_715_400_000))
    return get_folder_day(FolderPlan(root=root), "ALR", DAY)


def test_a_day_that_others_saved_again_is_given(tmp_path):
    answer = got(tmp_path, unsealed_netcdf(tmp_path))
    assert int(np.isfinite(answer.data["field"].values[0]).sum()) == 3_600


def test_a_file_that_hangs_its_library_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "LIMIT_S", 8.0)
    answer = got(tmp_path, hanging_netcdf(tmp_path))
    assert answer.data is None
    assert answer.reason_code == DAMAGED
    assert "longer than 8 s" in answer.reason
