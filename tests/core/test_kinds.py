"""Plans refuse values of another kind in words."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import seismomag as sm
from seismomag.core.errors import ConfigError
from seismomag.core.kinds import check_kind, check_kinds
from seismomag.simulate.faults import FaultPlan

STATION = sm.Station(station_code="TST", latitude_deg=-8.2, longitude_deg=118.6)
SPLIT = {"embargo_days": 30, "window_days": 1, "horizon_days": 14}
SIMULATION = {"stations": (STATION,), "n_days": 2, "seed": 1}


@dataclass(frozen=True, kw_only=True)
class Plan:
    n: int = 1
    share: float = 0.5
    is_on: bool = False
    name: Literal["a", "b"] | float = "a"
    band_hz: tuple[float, float] = (0.1, 0.2)
    edges: tuple[float, ...] = (1.0,)
    limit: int | None = None
    by_type: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_kinds(self)


@pytest.mark.parametrize(
    "change",
    [
        {"n": np.int32(3)},
        {"share": 1},
        {"share": np.float32(0.5)},
        {"is_on": np.True_},
        {"name": "z"},
        {"name": 4},
        {"band_hz": [1, 2.0]},
        {"edges": ()},
        {"limit": 3},
        {"by_type": {"mb": 4}},
    ],
)
def test_what_means_the_same_passes(change) -> None:
    Plan(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 2.5}, r"Plan: n=2.5 is of type float, expected a whole number$"),
        ({"n": "3"}, r"Plan: n='3' is of type str, expected a whole number$"),
        ({"n": True}, r"n=True is of type bool"),
        ({"share": "0.5"}, r"share='0.5' is of type str, expected a number$"),
        ({"share": None}, r"share=None is of type NoneType"),
        ({"is_on": 1}, r"expected true or false"),
        ({"name": None}, r"expected one of 'a', 'b' or a number$"),
        ({"band_hz": (1.0, 2.0, 3.0)}, r"expected 2 values, each a number$"),
        ({"band_hz": 1.0}, r"band_hz=1.0 is of type float"),
        ({"edges": (1.0, "2")}, r"expected several, each a number$"),
        ({"limit": "x" * 99}, r"x{20,}\.\.\. is of type str, expected a whole number or None$"),
        ({"by_type": [("mb", 4)]}, r"expected collections.abc.Mapping$"),
    ],
)
def test_what_is_of_another_kind_is_named_with_what_was_expected(change, message) -> None:
    with pytest.raises(ConfigError, match=message):
        Plan(**change)


@given(st.one_of(st.none(), st.text(), st.booleans(), st.floats(), st.lists(st.integers())))
def test_no_value_is_a_bare_error(value) -> None:
    for name in ("n", "share", "is_on", "band_hz", "edges", "limit", "by_type", "name"):
        with suppress(ConfigError):
            Plan(**{name: value})


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: sm.ScalogramGrid(n_frequencies=12.5), "ScalogramGrid: n_frequencies=12.5"),
        (lambda: sm.ScalogramGrid(column_s=60.0), "column_s=60.0 is of type float"),
        (lambda: sm.ScalogramGrid(band=(0.01, 0.1)), "expected seismomag.core.bands.Band"),
        (lambda: sm.Band(low_hz="1", high_hz=2), "Band: low_hz='1'"),
        (lambda: sm.LabelRule(horizon_days=2.5), "LabelRule: horizon_days=2.5"),
        (lambda: sm.LabelRule(horizon_days="14"), "horizon_days='14'"),
        (lambda: sm.LabelRule(magnitude_edges=4.5), "magnitude_edges=4.5"),
        (lambda: sm.TrainingPlan(epochs="3"), "TrainingPlan: epochs='3'"),
        (lambda: sm.ModelPlan(gru=1), "ModelPlan: gru=1"),
        (lambda: sm.LossPlan(gamma="2"), "LossPlan: gamma='2'"),
        (
            lambda: sm.SplitPlan(
                validation_start="2025-01-20", test_start=pd.Timestamp("2026"), **SPLIT
            ),
            r"validation_start='2025-01-20' is of type str, expected pandas\..*Timestamp",
        ),
        (
            lambda: sm.Simulation(start="2030-01-01", **SIMULATION),
            "Simulation: start='2030-01-01' is of type str, expected numpy.datetime64",
        ),
        (
            lambda: sm.Simulation(start=np.datetime64("2030-01-01"), **SIMULATION | {"seed": 1.5}),
            "seed=1.5",
        ),
        (lambda: FaultPlan(gap_s="1"), "FaultPlan: gap_s='1'"),
        (lambda: check_kind("grid", None, sm.ScalogramGrid), "grid=None is of type NoneType"),
    ],
)
def test_the_plans_of_the_house(work, message) -> None:
    with pytest.raises(ConfigError, match=message):
        work()
