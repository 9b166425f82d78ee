"""Foreign tables: published lists give the known figures; bad ones are named or judged V0."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.audit.export import ALARM_COLUMNS, alarm_table
from seismomag.audit.foreign.forecast import ForeignMap, clean, read_foreign, read_map
from seismomag.audit.foreign.judge import judge_foreign
from seismomag.core.errors import ConfigError, FormatError, SchemaError
from seismomag.core.schema import REPORT_COLUMNS
from seismomag.core.stations import Station

PLAIN = {"date": "date", "probability": "p", "event": "y"}


def listed(n=240, seed=0, skill=0.0, **more):
    rng = np.random.default_rng(seed)
    y = np.repeat(rng.random(n // 3) < 0.3, 3)
    p = np.clip(rng.uniform(0, 1 - skill, n) + skill * y, 0, 1)
    days = pd.date_range("2026-01-01", periods=n).strftime("%Y-%m-%d")
    return pd.DataFrame({"date": days, "p": p, "y": y.astype(int), **more})


def judged(raw, n_bootstrap=100, **columns):
    table = clean(raw.astype(str), ForeignMap(columns=PLAIN | columns))
    return table, judge_foreign(table, n_bootstrap=n_bootstrap)


def value(report, quantity):
    return float(report.table.set_index("quantity").loc[quantity, "value"])


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "date", "probability", "event", "area", "p"),
    [
        ("a", "date", "prob_final", "y_event", 0.410, 0.96),
        ("b", "Date", "Max_Station_Prob", "Actual_Event", 0.547, 0.22),
        ("c", "date", "prob_raw", "y_event", 0.521, 0.31),
        ("c", "date", "prob_gated", "y_event", 0.400, 0.94),
    ],
)
def test_the_national_lists_give_the_known_figures(
    real_data, name, date, probability, event, area, p
):
    columns = {"date": date, "probability": probability, "event": event}
    path = real_data / "predictions" / f"national_2026_{name}.csv"
    report = judge_foreign(read_foreign(path, ForeignMap(columns=columns)), n_bootstrap=100)
    assert report.verdict.level == "V1"
    assert report.nulls.iloc[0]["observed"] == pytest.approx(area, abs=5e-4)
    assert report.nulls.iloc[0]["p"] == pytest.approx(p, abs=5e-3)


@pytest.mark.real_data
def test_the_azimuth_of_the_first_list_has_collapsed(real_data):
    columns = {
        "date": "date", "probability": "prob_final", "event": "y_event",
        "azimuth_deg": "pred_azm", "azimuth_true_deg": "y_azm",
        "magnitude": "pred_mag", "magnitude_true": "y_mag",
    }  # fmt: skip
    path = real_data / "predictions" / "national_2026_a.csv"
    report = judge_foreign(read_foreign(path, ForeignMap(columns=columns)), n_bootstrap=100)
    line = report.table.set_index("quantity").loc["azimuth_resultant"]
    assert "COLLAPSED" in line["note"]
    assert line["note"].startswith("97.5..104.4")
    assert value(report, "maae_deg") == pytest.approx(45.9, abs=0.05)
    assert value(report, "maae_best_constant_deg") == pytest.approx(45.1, abs=0.05)
    assert value(report, "magnitude_mae") == pytest.approx(0.375, abs=5e-4)
    assert report.table.set_index("quantity").loc["magnitude_mae", "reference"] == pytest.approx(
        0.341, abs=5e-4
    )


def test_skill_is_association_at_most():
    _, report = judged(listed(skill=0.6))
    assert report.verdict.level == "V2"
    assert report.nulls.iloc[0]["p"] < 0.01
    assert list(report.table.columns) == list(REPORT_COLUMNS)


def test_a_label_turned_with_its_table_gives_the_same_figures():
    raw = listed(seed=4)
    turned = raw.assign(p=np.roll(raw["p"], 17), y=np.roll(raw["y"], 17))
    one, other = judged(raw)[1], judged(turned)[1]
    assert one.nulls.iloc[0]["p"] == pytest.approx(other.nulls.iloc[0]["p"])


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    from seismomag.experiment.tables import write_report_tables

    for name in ("one", "two"):
        write_report_tables(judged(listed())[1], tmp_path / name)
    one, two = ((tmp_path / n / "audit.json").read_bytes() for n in ("one", "two"))
    assert one == two
    content = json.loads(one)
    assert {"seed", "versions", "forecast_sha256", "n_rows"} <= set(content["provenance"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t.assign(y=0), "one class"),
        (lambda t: t.assign(y=1), "one class"),
        (lambda t: t.assign(y=np.arange(len(t)) == 3), "too few events"),
        (lambda t: t.drop(columns="y"), "no labels"),
        (lambda t: t.assign(y=""), "no labels"),
    ],
)
def test_too_little_is_v0_with_the_reason(change, reason):
    _, report = judged(change(listed()))
    assert (report.verdict.level, report.verdict.reason_code) == ("V0", "INSUFFICIENT")
    assert any(reason in said for said in report.verdict.reasons)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda t: t.assign(p=t["p"] * 100), SchemaError, "outside"),
        (lambda t: t.assign(p=""), SchemaError, "none of 240 rows"),
        (lambda t: t.drop(columns="p"), SchemaError, "no column p"),
        (lambda t: t.assign(date="soon"), SchemaError, "holds no time"),
    ],
)
def test_a_table_without_a_forecast_is_refused(change, error, said):
    with pytest.raises(error, match=said):
        judged(change(listed()))


def test_faults_are_counted_and_do_not_stop_the_judge():
    raw = listed(issued="2025-01-01")
    raw.loc[5, "p"] = np.nan
    raw.loc[7, "issued"] = "2027-01-01"
    raw = pd.concat([raw, raw.iloc[[10]].assign(p=1.0)], ignore_index=True)
    table, report = judged(raw, issued="issued")
    assert len(table.rows) == 238
    assert any("1 rows without date or forecast" in n for n in table.notes)
    assert any("1 rows issued after their day" in n for n in table.notes)
    assert any("1 rows repeat a station and day" in n for n in table.notes)
    assert report.provenance["notes"]


def test_radians_are_recognised_and_degrees_left_alone():
    rng = np.random.default_rng(3)
    true = rng.uniform(0, 360, 240)
    raw = listed(said=np.deg2rad((true + 10) % 360), true=true)
    table, report = judged(raw, azimuth_deg="said", azimuth_true_deg="true")
    assert value(report, "maae_deg") == pytest.approx(10.0)
    assert any("azimuth_deg was given in radians" in n for n in table.notes)
    assert not any("true_deg was" in n for n in table.notes)


def test_with_a_catalogue_events_are_the_unit(make_case):
    case = make_case(3, strength=0.9)
    raw = pd.DataFrame(
        {
            "date": case.forecast["horizon_start"].dt.strftime("%Y-%m-%d"),
            "station": case.forecast["station_code"],
            "p": case.forecast["probability"],
        }
    )
    columns = {"date": "date", "probability": "p", "station": "station"}
    table = clean(raw.astype(str), ForeignMap(columns=columns, horizon_days=7))
    given = {"catalogue": case.catalogue, "stations": case.stations, "n_bootstrap": 100}
    report = judge_foreign(table, rule=case.rule, **given)
    assert report.nulls.iloc[0]["statistic"] == "event_hit_rate"
    assert report.verdict.level == "V2"
    assert value(report, "shift_gain") > 1.5
    with pytest.raises(ConfigError, match="label rule"):
        judge_foreign(table, **given)
    with pytest.raises(ConfigError, match="no position of station AAA"):
        judge_foreign(table, rule=case.rule, **(given | {"stations": ()}))


def test_a_map_names_what_is_wrong(tmp_path):
    path = tmp_path / "map.toml"
    good = '[table]\nname = "x"\n[columns]\ndate = "d"\nprobability = "p"\n'
    path.write_text(good)
    assert read_map(path).columns == {"date": "d", "probability": "p"}
    for text, said in (
        ("[columns]\nprobability = 'p'\n", "needs `date`"),
        ("[columns]\ndate = 'd'\n", "`probability` or `alarm`"),
        (good + "colour = 'c'\n", "colour"),
        ("[table]\ncolour = 1\n" + good.split("\n", 2)[2], "unknown key colour"),
        ("date =", "not TOML"),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError, match=said):
            read_map(path)
    with pytest.raises(ConfigError, match="no such column map"):
        read_map(tmp_path / "none.toml")


def test_a_table_in_our_words_needs_no_map(tmp_path):
    path = tmp_path / "list.csv"
    listed().rename(columns={"p": "probability", "y": "event"}).to_csv(path, index=False)
    table = read_foreign(path)
    assert table.has("event")
    assert table.map.name == "list"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="give a column map"):
        read_foreign(path)
    path.write_text("")
    with pytest.raises(FormatError, match="not a CSV"):
        read_foreign(path, ForeignMap(columns={"date": "a", "alarm": "b"}))


def test_alarms_are_exported_for_other_tools(make_case):
    case = make_case(3)
    table = alarm_table(case.forecast, case.stations, threshold=0.5, minimum_magnitude=5.0)
    assert list(table.columns) == list(ALARM_COLUMNS)
    assert len(table) == len(case.forecast)
    assert table["alarm"].sum() == (case.forecast["probability"] >= 0.5).sum()
    with pytest.raises(ConfigError, match="no position of station BBB"):
        alarm_table(case.forecast, case.stations[:1], threshold=0.5, minimum_magnitude=5.0)


def test_commands_leave_with_the_right_code(tmp_path, capsys):
    from seismomag.cli.audit_commands import audit_forecasts, claims, is_config

    assert claims(n=28, recall=1.0, precision=0.615, maae_deg=72.32) == 0
    assert "TP 8  FP 5  FN 0  TN 15" in capsys.readouterr().out
    assert claims(n=28, recall=1.0, precision=0.615, accuracy=0.861, as_json=True) == 3
    assert json.loads(capsys.readouterr().out)["smallest_n"] == 36
    path = tmp_path / "list.csv"
    listed().rename(columns={"p": "probability", "y": "event"}).to_csv(path, index=False)
    assert audit_forecasts(path, out=tmp_path / "out") == 0
    said = capsys.readouterr().out
    assert said.startswith("V1: Experimental")
    assert (tmp_path / "out" / "table.csv").is_file()
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "not a forecast" in page
    assert "No event id given." in page
    assert is_config(Path("run.toml"))
    assert not is_config(path)
    station_file, rule = tmp_path / "stations.csv", tmp_path / "rule.toml"
    assert not station_file.exists()
    rule.write_text("[labels]\nhorizon_days = 0\n")
    with pytest.raises(ConfigError, match="horizon_days=0 must be 1 or more"):
        audit_forecasts(path, rule=rule, catalogue=[_catalogue(tmp_path)], out=tmp_path / "out")


def _catalogue(folder):
    from seismomag.core.schema import Catalogue, Interval
    from seismomag.readers.catalogues import write_catalogue

    origin = pd.to_datetime(["2026-02-01T01:00:00", "2026-03-01T01:00:00"])
    events = pd.DataFrame(
        {
            "event_id": ["e1", "e2"],
            "origin_time": origin,
            "latitude_deg": [0.0, 1.0],
            "longitude_deg": [100.0, 101.0],
            "depth_km": [10.0, 10.0],
            "magnitude": [5.0, 6.0],
            "magnitude_type": "Mw",
            "source": "test",
        }
    )
    whole = Interval(pd.Timestamp("2026-01-01"), pd.Timestamp("2026-06-01"))
    return write_catalogue(Catalogue(events, (whole,)), folder / "catalogue.csv")


def test_a_station_far_from_everything_is_insufficient(make_case):
    case = make_case(3)
    far = Station(station_code="network", latitude_deg=-60.0, longitude_deg=0.0)
    raw = listed().assign(date=pd.date_range("2010-06-01", periods=240).strftime("%Y-%m-%d"))
    table = clean(raw.astype(str), ForeignMap(columns=PLAIN))
    report = judge_foreign(
        table, catalogue=case.catalogue, stations=[far], rule=case.rule, n_bootstrap=100
    )
    assert report.verdict.reason_code == "INSUFFICIENT"
