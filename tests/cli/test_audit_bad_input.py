"""A stranger's table through the command line: V0 with its reason, or a clear refusal."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import seismomag.cli as cli
from seismomag.cli.audit_commands import audit_forecasts
from seismomag.core.schema import Catalogue, Interval
from seismomag.readers.catalogues import write_catalogue

N = 240
Left = tuple[int, str, str, dict[str, object]]


def table(**columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    days = pd.date_range("2026-01-01", periods=N).strftime("%Y-%m-%d")
    event = np.repeat(rng.random(N // 3) < 0.3, 3).astype(int)
    made = pd.DataFrame({"date": days, "probability": rng.random(N).round(3), "event": event})
    return made.assign(**columns)


@pytest.fixture
def audit(tmp_path: Path, monkeypatch, capsys):  # type: ignore[no-untyped-def]
    """Run ``seismomag audit`` on a table; exit code, what it said, and its verdict."""

    def run(rows: pd.DataFrame, *words: str) -> Left:
        path = tmp_path / "list.csv"
        rows.to_csv(path, index=False)
        out = tmp_path / "out"
        monkeypatch.setattr(
            sys, "argv", ["seismomag", "audit", str(path), "--out", str(out), *words]
        )
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        file = out / "verdict.json"
        verdict = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return int(left.value.code or 0), said.out, said.err, verdict

    return run


def catalogue(folder: Path, start: str, end: str) -> Path:
    events = pd.DataFrame(
        {
            "event_id": ["e1", "e2"],
            "origin_time": pd.to_datetime([start, start]) + pd.to_timedelta([20, 40], "D"),
            "latitude_deg": [0.0, 0.1],
            "longitude_deg": [100.0, 100.1],
            "depth_km": 10.0,
            "magnitude": [5.5, 6.0],
            "magnitude_type": "Mw",
            "source": "test",
        }
    )
    whole = Interval(pd.Timestamp(start), pd.Timestamp(end))
    return write_catalogue(Catalogue(events, (whole,)), folder / "catalogue.csv")


def stations(folder: Path) -> Path:
    path = folder / "stations.csv"
    path.write_text("station_code,latitude_deg,longitude_deg\nAAA,0.0,100.0\n")
    return path


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"event": 0}, "one class"),
        ({"event": 1}, "one class"),
        ({"event": [int(i == 5) for i in range(N)]}, "too few events: 1"),
        ({"event": ""}, "no labels"),
    ],
)
def test_too_little_is_v0_insufficient(audit, columns, reason) -> None:
    code, out, _, verdict = audit(table(**columns))
    assert code == 0
    assert (verdict["level"], verdict["reason_code"]) == ("V0", "INSUFFICIENT")
    assert any(reason in said for said in verdict["reasons"])
    assert reason in out


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"probability": np.linspace(0, 1.4, N)}, "lie outside [0, 1], such as"),
        ({"probability": np.linspace(-0.1, 1, N)}, "lie outside [0, 1], such as"),
        ({"probability": np.nan}, "none of 240 rows has a date, a station and a forecast"),
        ({"probability": np.linspace(0, 90, N)}, "if they are percentages, divide them by 100"),
        ({"date": "yesterday"}, "holds no time"),
        ({"date": "05/01/2026"}, 'date_format = "%d/%m/%Y" under [table] of the map'),
        ({"date": ["2026-01-05T00:00:00Z", "2026-01-06"] * (N // 2)}, "some times tell an offset"),
        ({"event": "perhaps"}, "column event: perhaps is no label of two classes"),
        ({"issued": "2027-01-01"}, "issued after the day that they speak of"),
    ],
)
def test_what_is_no_forecast_is_refused(audit, columns, said) -> None:
    code, _, err, verdict = audit(table(**columns))
    assert code == 2
    assert said in err
    assert "list.csv" in err or "issued" in err
    assert "Traceback" not in err
    assert verdict == {}


def test_forecasts_after_the_event_are_counted_and_not_scored(audit) -> None:
    on_time = pd.date_range("2025-12-31", periods=N).strftime("%Y-%m-%dT12:00:00")
    code, out, _, _ = audit(table(issued=[*["2026-12-31"] * 7, *on_time[7:]]))
    assert code == 0
    assert "7 rows issued after their day had begun are not scored" in out


def test_duplicated_station_days_are_counted_once(audit) -> None:
    rows = pd.concat([table(), table().head(5).assign(probability=0.999)])
    code, out, _, verdict = audit(rows.assign(station="AAA"))
    assert code == 0
    assert "5 rows repeat a station and day" in out
    assert verdict["level"] in {"V1", "V2"}


def test_missing_probabilities_are_left_out_and_counted(audit) -> None:
    rows = table()
    rows.loc[:9, "probability"] = np.nan
    code, out, _, _ = audit(rows)
    assert code == 0
    assert "10 rows without date or forecast left out" in out


def test_azimuths_in_radians_are_recognised(audit) -> None:
    angle = np.random.default_rng(1).uniform(0, 2 * np.pi, N)
    code, out, _, _ = audit(table(azimuth_deg=angle, azimuth_true_deg=np.rad2deg(angle)))
    assert code == 0
    assert "azimuth_deg was given in radians" in out
    assert "maae_deg (row): 0.000" in out


def test_one_station_without_any_other_is_judged(audit) -> None:
    code, _, _, verdict = audit(table(station="AAA"))
    assert code == 0
    assert verdict["level"] == "V1"


def test_a_catalogue_that_covers_other_years_is_insufficient(audit, tmp_path) -> None:
    path = catalogue(tmp_path, "2019-01-01", "2020-01-01")
    words = ("--catalogue", str(path), "--stations", str(stations(tmp_path)))
    code, _, _, verdict = audit(table(station="AAA"), *words)
    assert code == 0
    assert verdict["reason_code"] == "INSUFFICIENT"
    assert "the catalogue covers no day of the table" in verdict["reasons"]


def test_one_event_of_a_catalogue_is_insufficient(audit, tmp_path) -> None:
    path = catalogue(tmp_path, "2026-01-01", "2026-08-01")
    words = ("--catalogue", str(path), "--stations", str(stations(tmp_path)))
    code, _, _, verdict = audit(table(station="AAA"), *words)
    assert code == 0
    assert verdict["reason_code"] == "INSUFFICIENT"
    assert any(said.startswith("too few events") for said in verdict["reasons"])


def test_a_station_of_unknown_position_is_refused(audit, tmp_path) -> None:
    path = catalogue(tmp_path, "2026-01-01", "2026-08-01")
    words = ("--catalogue", str(path), "--stations", str(stations(tmp_path)))
    code, _, err, _ = audit(table(station="BBB"), *words)
    assert code == 2
    assert "no position of station BBB" in err


def test_a_byte_order_mark_merges_no_stations(tmp_path) -> None:
    rows = pd.concat([table(station=code) for code in ("AAA", "BBB", "CCC")])
    rows = rows[["station", "date", "probability", "event"]]
    path, out = tmp_path / "mark.csv", tmp_path / "marked"
    rows.to_csv(path, index=False, encoding="utf-8-sig", sep=";", decimal=",")
    assert audit_forecasts(path, out=out) == 0
    content = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    assert content["provenance"]["column_map"]["station"] == "station"
    assert content["provenance"]["n_rows"] == 3 * N


def test_what_was_understood_is_said(audit, tmp_path) -> None:
    code, out, _, _ = audit(table(station="AAA", azimuth=90.0, predicted="yes"))
    assert code == 0
    assert "A forecast of day D speaks of D+0 (1 day, taken as one day: nobody states it)." in out
    assert "Targets: the rows that the table itself calls events." in out
    assert "Alarm = the column predicted; the probability only ranks." in out
    assert "predicted as alarm" in out
    assert "Not read: azimuth." in out
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "A forecast of day D speaks of D+0" in page


def test_a_table_that_is_not_understood_shows_its_columns(audit) -> None:
    code, _, err, _ = audit(table().rename(columns={"date": "when", "probability": "P(EQ)"}))
    assert code == 2
    assert "no column is understood as `date` and as `probability` or `alarm`" in err
    assert "when, P(EQ), event" in err
    assert "docs/audit_a_table.md" in err


def test_the_horizon_of_a_rule_counts_and_contradictions_are_refused(audit, tmp_path) -> None:
    path = catalogue(tmp_path, "2026-01-01", "2026-08-01")
    words = ["--catalogue", str(path), "--stations", str(stations(tmp_path))]
    rule, known = tmp_path / "rule.toml", tmp_path / "map.toml"
    rule.write_text("[labels]\nhorizon_days = 30\nhorizon_start_days = 9\n")
    rows = table(station="AAA")
    code, out, _, _ = audit(rows, *words, "--rule", str(rule))
    assert code == 0
    assert "A forecast of day D speaks of D+9 .. D+38 (30 days" in out
    content = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    told = content["provenance"]
    assert told["horizon_days"] == told["label_rule"]["horizon_days"] == 30
    assert told["first_day_offset_days"] == told["label_rule"]["horizon_start_days"] == 9
    known.write_text("[table]\nhorizon_days = 8\n")
    code, _, err, _ = audit(rows, *words, "--rule", str(rule), "--columns", str(known))
    assert code == 2
    assert "horizon_days = 30, but the column map says horizon_days = 8" in err
    code, out, _, _ = audit(rows, *words, "--columns", str(known))
    assert code == 0
    assert "speaks of D+0 .. D+7 (8 days, stated by the map)" in out
    code, _, err, _ = audit(rows, "--rule", str(rule))
    assert code == 2
    assert "give --catalogue with it" in err


def test_a_missing_file_is_bad_input(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["seismomag", "audit", "absent.csv"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert "absent.csv" in capsys.readouterr().err


def test_a_configuration_without_injections_is_refused(monkeypatch, capsys) -> None:
    config = Path(__file__).parents[2] / "configs" / "indonesia.toml"
    monkeypatch.setattr(sys, "argv", ["seismomag", "inject", str(config)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert "n_each = 0 asks for nothing" in capsys.readouterr().err
