"""Rows of injections become curves, controls and limits: by hand, and by what must not pass."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.audit import audit_forecast, verdict
from seismomag.audit.event_level import Outcome
from seismomag.audit.injection import limits as injection_limits
from seismomag.audit.injection.recovery import curve
from seismomag.audit.injection.report import ROW_COLUMNS, summarise

AMPLITUDES = (0.01, 0.05, 0.2, 1.0)
NAME = "noise 10-45 mHz"


def block(role, strength, recovered, n=100, **more):
    found = np.arange(n) < recovered
    table = pd.DataFrame(
        {
            "role": role,
            "signal": NAME if role in ("signal", "turned") else "",
            "station_code": np.where(np.arange(n) % 2, "AAA", "BBB"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n), "D"),
            "kp_max": np.resize([2.0, 3.0, 6.0], n),
            "strength": strength,
            "distance_km": np.nan,
            "azimuth_deg": 0.0,
            "z_to_h": 0.5,
            "background_nt": 0.05,
            "pair": -1,
            "probability": np.where(found, 0.9, 0.1),
            "said_azimuth_deg": np.nan,
            "is_recovered": found,
        }
    )
    return table.assign(**more)[list(ROW_COLUMNS)]


def rows(*, loud="", leave_out="", zero=5):
    parts = [block("none", 0.0, zero)]
    parts += [
        block("signal", a, round(100 * curve(np.array(a), 0.05, 0.05, 3.0))) for a in AMPLITUDES
    ]
    parts += [
        block("control", 1.0, 80 if name == loud else 4, signal=name)
        for name in ("off_band", "step", "all_station")
        if name != leave_out
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_curve_of_the_rows_is_recovered_and_passes():
    report = summarise(rows(), 0.05)
    whole = report.fits[report.fits["by"] == "all"].iloc[0]
    assert whole["s50"] == pytest.approx(0.05, rel=0.1)
    assert whole["e0"] == pytest.approx(0.05, abs=0.02)
    assert whole["s50_low"] < whole["s50"] < whole["s50_high"]
    assert report.is_passed, report.sentence
    strata = report.fits.groupby("by")["stratum"].apply(set).to_dict()
    assert strata["station"] == {"AAA", "BBB"}
    assert strata["kp"] == {"Kp < 3", "Kp 3 to 5", "Kp >= 5"}


@pytest.mark.parametrize("name", ["off_band", "step", "all_station"])
def test_a_loud_control_fails_and_is_named(name):
    report = summarise(rows(loud=name), 0.05)
    assert not report.is_passed
    assert f"{name} of 1 nT raises alarms in 0.80" in report.sentence
    row = report.controls.set_index("control").loc[name]
    assert not row["passes"]


def test_a_control_that_was_not_injected_fails():
    report = summarise(rows(leave_out="all_station"), 0.05)
    assert not report.is_passed
    assert "control not injected: all_station" in report.sentence


def test_another_false_alarm_rate_than_the_run_fails():
    report = summarise(rows(zero=30), 0.05)
    assert not report.is_passed
    assert "nominal 0.050" in report.sentence


def test_a_curve_that_is_half_guessed_fails():
    few = rows()
    few = few[~((few["role"] == "signal") & (few["strength"] > 0.01))]
    report = summarise(few, 0.05)
    assert not report.is_passed
    assert "not reached by the largest amplitude" in report.sentence
    whole = report.fits[report.fits["by"] == "all"].iloc[0]
    assert np.isinf(whole["s50"])
    lines = injection_limits.lines(report, Outcome(np.array([10, 8]), np.zeros(2), 50, 0.2))
    limit = next(line for line in lines if line.quantity.startswith("upper_limit"))
    assert np.isnan(limit.value)
    assert "no limit" in limit.note


def test_nothing_injected_is_not_passed():
    report = summarise(rows()[:0], 0.05)
    assert not report.is_passed
    assert report.sentence == "nothing was injected"
    assert report.efficiency.empty


def test_a_source_is_fitted_by_distance_in_its_own_unit():
    sources = [
        block("dipole", m, k, signal=f"dipole {NAME}", distance_km=d)
        for d, shift in ((50.0, 0), (100.0, 1))
        for m, k in zip((1e6, 1e7, 1e8, 1e9), np.roll([5, 55, 99, 100], shift), strict=True)
        if not (d == 100.0 and m == 1e6)
    ]
    report = summarise(pd.concat([rows(), *sources], ignore_index=True), 0.05)
    found = report.fits[report.fits["unit"] == "A m"].set_index("stratum")["s50"]
    assert found["50 km"] == pytest.approx(1e7, rel=0.2)
    assert found["100 km"] == pytest.approx(1e8, rel=0.3)


@pytest.mark.parametrize(("turn", "wanted"), [(0.0, True), (180.0, False)])
def test_signals_turned_round_tell_an_axis_or_a_direction(turn, wanted):
    pairs = block("turned", 1.0, 4, n=4, pair=[0, 0, 1, 1])
    pairs["said_azimuth_deg"] = [10.0, 10.0 + turn, 300.0, (300.0 + turn) % 360]
    report = summarise(pd.concat([rows(), pairs], ignore_index=True), 0.05)
    assert report.facts["azimuth_is_axis_only"] is wanted
    assert summarise(rows(), 0.05).facts["azimuth_is_axis_only"] is None


def test_the_limit_is_on_events_and_says_its_terms():
    outcome = Outcome(np.array([10, 8, 12, 10]), np.zeros(4), 50, 0.2)
    lines = {
        line.quantity: line for line in injection_limits.lines(summarise(rows(), 0.05), outcome)
    }
    limit = lines["upper_limit_noise_10_45_mhz"]
    # Chance 0.2; 10 of 50 hit: the upper bound of H is 0.317, (0.317 - 0.2) / (0.9 * 0.8).
    assert limit.value == pytest.approx(0.163, abs=0.01)
    assert "10 of 50 were hit, by chance 0.20" in limit.note
    assert lines["injection_e0"].reference == 0.05
    assert injection_limits.lines(None, outcome) == []


def test_the_ladder_reads_the_injection(make_case):
    case = make_case(1, days=(120, 80, 200), rate=0.2, n_bootstrap=100)
    bare, told = (
        audit_forecast(case),
        audit_forecast(replace(case, injection=summarise(rows(), 0.05))),
    )
    name = "V3: injection and recovery"
    assert name in bare.verdict.not_run
    assert name not in told.verdict.not_run
    assert "injection" in told.curves
    assert "injection" not in bare.curves
    assert "controls silent" in told.provenance["injection"]


@pytest.mark.parametrize("loud", ["", "step"])
def test_a_failed_injection_stops_the_ladder_below_v3(loud):
    found = summarise(rows(loud=loud), 0.05)
    others = {"beats_baselines": True, "retraining": True, "enough_events": True}
    evidence = verdict.Evidence(
        p=0.001, n_events=60, conditions=others | {"injection": found.is_passed}
    )
    decided = verdict.decide(evidence)
    assert decided.level == ("V2" if loud else "V3")
    assert any("injection and recovery: failed" in r for r in decided.reasons) == bool(loud)
