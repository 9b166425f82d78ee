"""The most important pair of tests: what was planted is found, what was not is not."""

import numpy as np
import pandas as pd
import pytest

from seismomag.core.schema import AuditReport
from seismomag.experiment.demo import DemoOutcome, demo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> DemoOutcome:
    """The demo on its shipped seed; about three minutes on two cores."""
    return demo(tmp_path_factory.mktemp("demo"))


def primary(report: AuditReport) -> "pd.Series":
    return report.nulls[report.nulls["null_id"] == "N2"].iloc[0]


def value(report: AuditReport, quantity: str, level: str) -> float:
    table = report.table
    row = table[(table["quantity"] == quantity) & (table["level"] == level)]
    assert len(row) == 1, quantity
    return float(row["value"].iloc[0])


def test_the_planted_precursor_is_found(outcome: DemoOutcome) -> None:
    report = outcome.planted
    assert report.verdict.level in {"V2", "V3"}
    assert primary(report)["p"] < 0.01
    assert value(report, "probability_gain", "event") > 1.5


def test_every_shift_was_enumerated(outcome: DemoOutcome) -> None:
    row = primary(outcome.planted)
    assert row["n_shifts"] > 1600
    assert row["p"] >= row["floor_1_over_d"] > 0


def test_it_beats_the_recent_earthquake_alarm(outcome: DemoOutcome) -> None:
    points = outcome.planted.curves["molchan_point"].set_index("kind")
    forecast, recent = points.loc["forecast"], points.loc["recent_earthquake"]
    assert 1 - forecast["nu"] > 1 - recent["nu"]
    gain = (1 - points["nu"]) / points["tau"]
    assert gain["forecast"] > gain["recent_earthquake"]


def test_the_azimuth_is_far_better_than_the_constant_of_the_station(outcome: DemoOutcome) -> None:
    report = outcome.planted
    ours = value(report, "maae_deg", "event")
    constant = value(report, "maae_station_constant_deg", "event")
    assert ours < 0.7 * constant
    assert ours < 60


def test_without_a_precursor_the_audit_finds_no_skill(outcome: DemoOutcome) -> None:
    report = outcome.unplanted
    assert report.verdict.level == "V1"
    assert primary(report)["p"] >= 0.01


def test_without_a_precursor_the_azimuth_knows_nothing(outcome: DemoOutcome) -> None:
    ours = value(outcome.unplanted, "maae_deg", "event")
    n = outcome.unplanted.curves["azimuth"]["event_id"].nunique()
    assert ours > 90 - 3 * 180 / np.sqrt(12 * n)


def test_no_leak_is_found_in_either_arm(outcome: DemoOutcome) -> None:
    for report in (outcome.planted, outcome.unplanted):
        red = report.leaks[(report.leaks["severity"] == "RED") & (report.leaks["n_found"] > 0)]
        assert red.empty, red
