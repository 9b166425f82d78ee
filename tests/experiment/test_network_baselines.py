"""Baselines that are networks: the recording of another station, and their names."""

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError
from seismomag.experiment.config import NETWORK_BASELINE_NAMES, AuditPlan
from seismomag.experiment.network_baselines import NETWORK_BASELINES, partners


def samples() -> pd.DataFrame:
    day = pd.date_range("2024-01-01", periods=3)
    table = pd.DataFrame(
        {
            "sample_id": [f"{c}_{i}" for c in "ABC" for i in range(3)],
            "station_code": np.repeat(list("ABC"), 3),
            "window_start": np.tile(day, 3),
            "coverage": 1.0,
            "store_row": np.arange(9.0),
        }
    )
    table.loc[table["sample_id"] == "B_1", "coverage"] = 0.0
    table.loc[table["sample_id"].isin(["B_2", "C_2"]), "coverage"] = np.nan
    return table


def test_each_row_takes_the_recording_of_the_next_station_of_its_day() -> None:
    found = partners(samples(), samples()).set_index("sample_id")["store_row"]
    assert found["A_0"] == 3
    assert found["B_0"] == 6
    assert found["C_0"] == 0
    # B was not recorded on the second day, so C follows A; on the third A stands alone.
    assert found["A_1"] == 7
    assert "A_2" not in found
    assert found["C_2"] == 2


def test_one_station_has_no_partner() -> None:
    alone = samples().query("station_code == 'A'")
    assert partners(alone, alone).empty


def test_the_names_of_the_configuration_are_those_that_exist() -> None:
    assert set(NETWORK_BASELINES) == set(NETWORK_BASELINE_NAMES)
    with pytest.raises(ConfigError, match="baselines magic: not known; known: always_alarm"):
        AuditPlan(baselines=("magic",))
