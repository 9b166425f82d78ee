import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.audit import AuditCase, audit_forecast
from seismomag.core.errors import ConfigError, SchemaError
from seismomag.core.schema import REPORT_COLUMNS, Catalogue, Interval

QUANTITIES = {
    "recall", "precision", "specificity", "false_alarm_rate", "accuracy", "alarm_fraction",
    "base_rate", "always_alarm_precision", "probability_gain", "auc", "average_precision",
    "ap_minus_base", "brier", "brier_skill", "mcc", "event_hit_rate", "area_skill", "maae_deg",
    "maae_station_constant_deg", "azimuth_skill", "maae_uniform_p", "axis_error_deg",
    "magnitude_balanced_accuracy", "smallest_detectable_gain",
    "information_gain_per_event_vs_flat", "shift_p_adjusted", "precision_at_base_rate_0.01",
    "gambling_score", "design_effect_recall", "design_effect_false_alarm_rate",
    "brier_miscalibration", "brier_discrimination", "brier_uncertainty",
    "expected_calibration_error", "mean_lead_time_days", "lead_time_p", "partial_area_skill",
    "area_skill_smoothed", "alarm_fraction_smoothed", "area_skill_etas", "binomial_p_etas",
    "best_station_p_max_t", "v_test_p", "rayleigh_error_p", "azimuth_resultant",
    "mean_cos_error", "magnitude_kappa",
}  # fmt: skip
CURVES = {
    "molchan": "kind tau nu threshold",
    "molchan_point": "kind tau nu n_events",
    "reliability": "probability frequency n low high",
    "shift_null": "shift_days hit_rate tau is_near",
    "azimuth": "event_id station_code azimuth_true_deg azimuth_deg kappa error_deg constant_deg "
    "constant_error_deg",
    "storms": "stratum n_rows n_storms false_alarm_rate far_low far_high recall recall_low "
    "recall_high pss",
    "calendar": "station_code day probability state_score in_alarm is_target kp_max",
    "events": "event_id cluster_id origin_time magnitude latitude_deg longitude_deg n_stations "
    "is_scored is_hit lead_time_days",
    "contingency": "level tp fp fn tn",
    "power": "n_events chance alpha smallest_gain",
    "reliability_corp": "probability frequency n low high",
    "issued": "probability",
    "network_days": "day n_alarms n_events n_hits magnitude kp_max dst_min_nt outcome",
    "activity": "level stratum n_cases n_events n_alarms n_hits false_alarm_rate",
    "rules": "kind alarm_fraction n_hits n_events hit_rate expected_hits p gain_over_it gain_low "
    "gain_high",
    "stations": "station_code n_events hit_rate mean_null alarm_fraction p p_max_t",
    "storms_matched": "kind row_alarm_share n_storms n_rows delta_far far_low far_high "
    "delta_recall recall_low recall_high delta_pss far_p conclusion",
}


def with_baseline(case):
    return replace(case, baselines={"flat": case.forecast.assign(probability=0.13)})


def value(report, quantity, level, column="value"):
    table = report.table
    (found,) = table.loc[(table["quantity"] == quantity) & (table["level"] == level), column]
    return found


@pytest.fixture(scope="module")
def skilled(make_case):
    return with_baseline(make_case(1, strength=0.9, days=(300, 200, 1500)))


@pytest.fixture(scope="module")
def report(skilled):
    return audit_forecast(skilled)


def test_planted_skill_ends_at_v2_because_rungs_were_not_run(report):
    assert report.verdict.level == "V2"
    assert len(report.verdict.not_run) == 5
    assert any("station_season" in line for line in report.verdict.not_run)
    assert report.nulls.iloc[0]["p"] < 0.01
    assert value(report, "shift_gain", "event") > 1.5


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_noise_ends_at_v1(make_case, seed):
    report = audit_forecast(make_case(seed))
    assert report.verdict.level == "V1"
    assert "no skill demonstrated" in report.verdict.sentence
    assert value(report, "azimuth_skill", "event", "low") < 0.1


def test_the_report_speaks_the_agreed_words(report):
    assert list(report.table.columns) == list(REPORT_COLUMNS)
    assert set(report.table["quantity"]) >= QUANTITIES
    assert set(report.table["level"]) == {"row", "event", "day"}
    assert {k: " ".join(report.curves[k].columns) for k in CURVES} == CURVES
    assert not report.table.duplicated(["quantity", "level"]).any()


def test_the_primary_null_stands_first_and_its_figures_agree(report):
    first = report.nulls.iloc[0]
    assert (first["null_id"], first["statistic"]) == ("N2", "event_hit_rate")
    null = report.curves["shift_null"]
    observed = null.loc[null["shift_days"] == 0, "hit_rate"].item()
    others = null.loc[null["shift_days"] != 0, "hit_rate"]
    assert first["observed"] == observed == value(report, "event_hit_rate", "event")
    assert first["p"] == pytest.approx((1 + (others >= observed - 1e-9).sum()) / len(null))
    assert first["floor_ties"] >= first["floor_1_over_d"] == pytest.approx(1 / len(null))
    invalid = report.nulls[~report.nulls["is_valid"]]
    assert {"N0", "N1"} <= set(invalid["null_id"])


def test_counts_agree_between_table_curves_and_calendar(report, skilled):
    events = report.curves["events"]
    scored = events[events["is_scored"]]
    hit_rate = value(report, "event_hit_rate", "event")
    assert scored["is_hit"].mean() == pytest.approx(hit_rate)
    calendar = report.curves["calendar"]
    assert calendar["in_alarm"].mean() == pytest.approx(value(report, "alarm_fraction", "event"))
    point = report.curves["molchan_point"].set_index("kind").loc["forecast"]
    assert point["nu"] == pytest.approx(1 - hit_rate)
    counts = report.curves["contingency"].set_index("level")
    assert counts.loc["event", "tp"] + counts.loc["event", "fn"] == len(scored)
    row = counts.loc["row"]
    assert row["tp"] / (row["tp"] + row["fn"]) == pytest.approx(value(report, "recall", "row"))
    hit = scored[scored["is_hit"]]
    # Issue times lie a day before the horizon, whose last day is the seventh.
    assert hit["lead_time_days"].between(0.9, 9).all()


def test_the_frozen_point_lies_on_the_trajectory(report):
    curve = report.curves["molchan"].query("kind == 'forecast'")
    point = report.curves["molchan_point"].query("kind == 'forecast'").iloc[0]
    below = curve[curve["tau"] <= point["tau"] + 1e-12].iloc[-1]
    above = curve[curve["tau"] >= point["tau"] - 1e-12].iloc[0]
    assert above["nu"] - 1e-12 <= point["nu"] <= below["nu"] + 1e-12


def test_intervals_hold_their_values(report):
    table = report.table.dropna(subset=["low", "high"])
    # A percentile interval need not hold the sample's own average precision to the last digit.
    slack = 1e-9 + 0.02 * (table["high"] - table["low"])
    assert (table["low"] <= table["value"] + slack).all()
    assert (table["value"] <= table["high"] + slack).all()


def as_bytes(report):
    tables = {"table": report.table, "nulls": report.nulls, "leaks": report.leaks, **report.curves}
    parts = {k: t.to_json(double_precision=15, date_format="iso") for k, t in tables.items()}
    return json.dumps([parts, report.provenance], sort_keys=True, default=str).encode()


def test_the_same_seed_gives_the_same_bytes(skilled, report):
    assert as_bytes(audit_forecast(skilled)) == as_bytes(report)


def test_the_order_of_rows_stations_and_columns_changes_nothing(skilled, report):
    rng = np.random.default_rng(0)
    shuffled = replace(
        skilled,
        forecast=skilled.forecast.sample(frac=1, random_state=rng)[skilled.forecast.columns[::-1]],
        stations=skilled.stations[::-1],
        baselines={k: t.sample(frac=1, random_state=rng) for k, t in skilled.baselines.items()},
    )
    assert as_bytes(audit_forecast(shuffled)) == as_bytes(report)


def test_relabelling_probabilities_monotonically_keeps_the_verdict(skilled, report):
    bent = skilled.forecast.assign(probability=lambda t: t["probability"] ** 3)
    changed = audit_forecast(replace(skilled, forecast=bent))
    for quantity in ("event_hit_rate", "alarm_fraction", "area_skill", "shift_p"):
        assert value(changed, quantity, "event") == pytest.approx(value(report, quantity, "event"))


def test_worse_than_chance_is_reported_as_such(skilled):
    upside_down = skilled.forecast.assign(probability=lambda t: 1 - t["probability"])
    report = audit_forecast(replace(skilled, forecast=upside_down))
    assert value(report, "area_skill", "event") < 0.4
    assert report.verdict.level == "V1"


def test_no_forecast_on_half_of_the_days_costs_hits_and_is_counted(skilled, report):
    test = skilled.samples.set_index("sample_id")["split"].eq("test")
    mine = skilled.forecast["sample_id"].map(test)
    drop = mine & (skilled.forecast["station_code"] != "AAA")
    thinner = audit_forecast(replace(skilled, forecast=skilled.forecast[~drop]))
    assert thinner.provenance["n_station_days_without_state"] == pytest.approx(
        2 / 3 * len(report.curves["calendar"]), rel=0.01
    )
    assert value(thinner, "event_hit_rate", "event") < value(report, "event_hit_rate", "event")
    assert not thinner.curves["calendar"].query("station_code != 'AAA'")["in_alarm"].any()


def test_silence_in_storms_shows_as_recall_zero(skilled):
    kp = skilled.samples.set_index("sample_id")["kp_max"]
    dst = skilled.samples.set_index("sample_id")["dst_min_nt"]
    name = skilled.forecast["sample_id"]
    storm = (name.map(kp) >= 5) | (name.map(dst) <= -50)
    silent = skilled.forecast.assign(
        probability=lambda t: t["probability"].where(~storm.to_numpy(), 0.0)
    )
    report = audit_forecast(replace(skilled, forecast=silent))
    storms = report.curves["storms"].set_index("stratum")
    assert storms.loc["storm", "false_alarm_rate"] == storms.loc["storm", "recall"] == 0
    assert storms.loc["storm", "pss"] == 0
    note = value(report, "storm_recall", "row", "note")
    assert "storm recall 0, FAR reduction uninformative" in note
    assert storms.loc["storm", "n_storms"] > 10
    assert storms.loc["quiet", "pss"] > 0.1


def empty_catalogue(case):
    return Catalogue(case.catalogue.events[:0], case.catalogue.coverage)


def unlabelled(case, target=False):
    quiet = case.samples.assign(is_target=pd.array([target] * len(case.samples), dtype="boolean"))
    for column in ("event_id", "cluster_id"):
        quiet[column] = pd.Series(np.nan, index=quiet.index, dtype="str")
    return quiet


def test_no_events_end_insufficient(skilled):
    report = audit_forecast(
        replace(skilled, catalogue=empty_catalogue(skilled), samples=unlabelled(skilled))
    )
    assert (report.verdict.level, report.verdict.reason_code) == ("V0", "INSUFFICIENT")
    assert any("too few events: 0" in reason for reason in report.verdict.reasons)
    assert np.isnan(value(report, "event_hit_rate", "event"))
    assert value(report, "alarm_fraction", "event") > 0


def test_nothing_covered_ends_insufficient(skilled):
    start = skilled.catalogue.coverage[0].start
    early = Interval(start, start + pd.Timedelta(days=10))
    samples = unlabelled(skilled, target=None)
    report = audit_forecast(
        replace(
            skilled,
            samples=samples,
            catalogue=Catalogue(skilled.catalogue.events[:0], (early,)),
        )
    )
    assert report.verdict.reason_code == "INSUFFICIENT"
    assert report.table.empty
    assert list(report.table.columns) == list(REPORT_COLUMNS)


def test_unknown_outcomes_end_insufficient(skilled):
    report = audit_forecast(replace(skilled, samples=unlabelled(skilled, target=None)))
    assert report.verdict.reason_code == "INSUFFICIENT"
    assert any("known outcome" in reason for reason in report.verdict.reasons)
    assert report.provenance["n_rows_scored"] == 0


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_forecast_without_a_split_ends_insufficient(skilled, split):
    name = skilled.forecast["sample_id"].map(skilled.samples.set_index("sample_id")["split"])
    report = audit_forecast(replace(skilled, forecast=skilled.forecast[name != split]))
    assert report.verdict.reason_code == "INSUFFICIENT"
    assert any(f"no {split} row" in reason for reason in report.verdict.reasons)


def test_seven_events_are_too_few_and_have_no_interval(make_case):
    case = make_case(5, strength=0.9, days=(300, 100, 60))
    report = audit_forecast(case)
    n = report.provenance["n_events_scored"]
    assert 0 < n < 8
    assert report.verdict.reason_code == "INSUFFICIENT"
    assert np.isnan(value(report, "event_hit_rate", "event", "low"))
    assert value(report, "event_hit_rate", "event", "note") == "no interval, too few events"


def test_one_station_without_azimuth_or_magnitude_is_judged(make_case):
    case = make_case(3, strength=0.9)
    mine = case.samples["station_code"] == "AAA"
    plain = case.forecast.drop(columns=["magnitude_class_0", "magnitude_class_1"])
    plain = plain.assign(azimuth_deg=np.nan, azimuth_kappa=np.nan)
    report = audit_forecast(
        replace(
            case,
            samples=case.samples[mine],
            forecast=plain[plain["station_code"] == "AAA"],
            stations=case.stations[:1],
        )
    )
    assert report.curves["azimuth"].empty
    assert np.isnan(value(report, "maae_deg", "event"))


def test_a_leak_makes_the_result_void(skilled):
    shared = skilled.samples.copy()
    target = shared["is_target"].fillna(False).to_numpy(dtype=bool)
    shared.loc[target, "cluster_id"] = "one"
    report = audit_forecast(replace(skilled, samples=shared))
    assert (report.verdict.level, report.verdict.reason_code) == ("V0", "RED")
    assert "leak" in report.verdict.sentence


@pytest.mark.parametrize(
    ("field", "bad", "word"),
    [("state_days", 0, "holds no day"), ("target_tau", 0.0, "no share"), ("n_bootstrap", 5, "few")],
)
def test_an_impossible_case_is_refused(skilled, field, bad, word):
    with pytest.raises(ConfigError, match=word):
        replace(skilled, **{field: bad})


def test_probabilities_beyond_one_are_refused(skilled):
    with pytest.raises(SchemaError, match="outside"):
        replace(skilled, forecast=skilled.forecast.assign(probability=1.2))


def test_the_case_keeps_its_provenance_and_tells_progress(skilled, report):
    told = []
    again = audit_forecast(
        replace(skilled, provenance={"run": "r1"}), progress=lambda *step: told.append(step)
    )
    assert again.provenance["run"] == "r1"
    json.dumps(dict(again.provenance), allow_nan=False)
    assert told[-1] == ("audit", 6, 6)
    assert "bukan prakiraan" in report.provenance["sentence_id"]
    assert isinstance(skilled, AuditCase)


def test_the_audit_imports_no_torch_and_no_plots():
    code = (
        "import sys, seismomag.audit, seismomag.baselines;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'h5py', 'matplotlib', 'sklearn')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_conditions_examined_elsewhere_open_their_rungs(skilled):
    done = dict.fromkeys(("retraining", "injection"), True)
    report = audit_forecast(replace(skilled, examined=done, n_test_evaluations=5))
    assert len(report.verdict.not_run) == 3
    assert "0.0067 adjusted for 5 evaluations" in report.verdict.sentence
    ledger = report.leaks.set_index("check_id").loc["C10"]
    assert (ledger["severity"], "5 openings" in ledger["sentence"]) == ("AMBER", True)
    p = report.nulls.iloc[0]["p"]
    assert value(report, "shift_p_adjusted", "event") == pytest.approx(1 - (1 - p) ** 5)
    leaking = audit_forecast(replace(skilled, examined={"retraining": False}))
    assert (leaking.verdict.level, leaking.verdict.reason_code) == ("V0", "RED")
    assert any("N4" in reason for reason in leaking.verdict.reasons)
    with pytest.raises(ConfigError, match="no such condition"):
        replace(skilled, examined={"luck": True})
    with pytest.raises(ConfigError, match="this one counts"):
        replace(skilled, n_test_evaluations=0)


def test_every_null_has_its_line(report):
    assert {"N0", "N1", "N2", "N2-far", "N5", "N6"} <= set(report.nulls["null_id"])
    assert set(report.nulls.loc[report.nulls["is_valid"], "null_id"]) <= {"N2", "N3"}
    assert report.nulls.iloc[0]["null_id"] == "N2"
    (low_hurdle,) = report.nulls.loc[report.nulls["null_id"] == "N5", "note"]
    assert "p of the baselines: flat" in low_hurdle
