"""Simulated days against the real days of Alor and Conrad."""

import runpy
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "compare_spectra.py"


@pytest.mark.slow
@pytest.mark.real_data
def test_spectra_of_simulated_days_are_within_a_factor_of_two(real_data, tmp_path, monkeypatch):
    script = runpy.run_path(str(SCRIPT))
    found = script["compare"](real_data)
    print(script["table"](found))  # noqa: T201
    assert [c.station_code for c in found].count("ALR") == 1
    assert [c.station_code for c in found].count("WIC") == 19
    for code in ("ALR", "WIC"):
        octaves = np.log2(script["medians"](found, code))
        assert np.abs(octaves).max() <= 1, f"{code}\n{2**octaves}"
    picture = tmp_path / "spectra.png"
    script["draw"](found, picture)
    assert picture.stat().st_size > 10_000
