"""Columns by their names, and the steps that clean a table."""

import pandas as pd
import pytest

from seismomag.audit.foreign.forecast import ForeignMap, clean, read_map
from seismomag.audit.foreign.words import fill
from seismomag.core.errors import ConfigError, SchemaError

PLAIN = {"date": "date", "station": "station", "probability": "p"}


def cleaned(rows, *, columns=None, **known):
    frame = pd.DataFrame(rows)
    return clean(frame.astype(str), ForeignMap(columns=columns or PLAIN, **known))


def test_all_columns_are_guessed_without_a_map():
    header = ["Site Name", "Forecast date", "prob_final", "Predicted", "y_event", "pred_azm",
              "y_azm", "azimuth", "note"]  # fmt: skip
    assert fill(header, {}, None) == {
        "date": "Forecast date",
        "station": "Site Name",
        "probability": "prob_final",
        "alarm": "Predicted",
        "event": "y_event",
        "azimuth_deg": "pred_azm",
        "azimuth_true_deg": "y_azm",
    }
    assert "alarm" not in fill(header, {}, 0.5)


def test_a_map_is_completed_with_what_it_needs_and_no_more():
    header = ["day", "station", "prob", "alarm", "event", "kp"]
    assert fill(header, {"probability": "prob"}, None) == {
        "probability": "prob",
        "date": "day",
        "station": "station",
    }
    assert "station" not in fill(header, {"station": "", "alarm": "alarm"}, None)


def test_what_is_not_understood_is_named_with_the_header():
    with pytest.raises(ConfigError, match="`date` and as `probability` or `alarm`") as caught:
        fill(["a", "b"], {}, None)
    assert "the table has a, b" in str(caught.value)
    assert "docs/audit_a_table.md" in str(caught.value)


def test_a_map_without_columns_is_enough(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text('[table]\nhorizon_days = 8\nfirst_day_offset_days = 2\nname = "mine"\n')
    known = read_map(path, ["date", "prob"])
    assert (known.name, known.horizon_days, known.first_day_offset_days) == ("mine", 8, 2)
    assert known.columns == {"date": "date", "probability": "prob"}
    for text, said in (
        ("[table]\nfirst_day_offset_days = -1\n", "first_day_offset_days=-1"),
        ("[table]\nhorizon_days = 0\n", "horizon_days=0"),
        ("table = 1\n", "unknown key table"),
        ("columns = 1\n", "unknown key columns"),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError, match=said):
            read_map(path, ["date", "prob"])


def test_columns_that_were_not_read_are_kept_in_mind():
    table = cleaned({"date": ["2020-01-01"], "station": "ALR", "p": "0.1", "magnitude": "5"})
    assert table.unread == ("magnitude",)


def test_rows_without_a_time_of_issue_are_counted():
    rows = {
        "date": pd.date_range("2020-01-10", periods=5).strftime("%Y-%m-%d"),
        "station": "ALR",
        "p": "0.1",
        "issued": ["2020-01-09", "", "", "", "2020-01-15"],
    }
    table = cleaned(rows, columns=PLAIN | {"issued": "issued"})
    assert len(table.rows) == 4
    assert any(note.startswith("3 of 5 rows tell no time of issue") for note in table.notes)
    later = cleaned(rows, columns=PLAIN | {"issued": "issued"}, first_day_offset_days=1)
    assert len(later.rows) == 5


def test_contradicting_labels_of_a_day_are_unknown():
    rows = {
        "date": ["2020-01-01"] * 3 + ["2020-01-02"] * 2,
        "station": "ALR",
        "p": ["0.1", "0.9", "0.2", "0.3", "0.4"],
        "y": ["1", "0", "", "1", ""],
    }
    table = cleaned(rows, columns=PLAIN | {"event": "y"})
    assert table.rows["probability"].tolist() == [0.9, 0.4]
    assert table.rows["event"].isna().tolist() == [True, False]
    assert any("1 station-days whose rows contradict" in note for note in table.notes)
    assert any("3 rows repeat a station and day" in note for note in table.notes)


def test_rows_without_a_station_are_left_out_by_name():
    rows = {"date": "2020-01-01", "station": ["ALR", "", " "], "p": "0.1"}
    table = cleaned(rows)
    assert table.rows["station"].tolist() == ["ALR"]
    assert any("2 rows with an empty cell for the station left out, the first is row 2" in note
               for note in table.notes)  # fmt: skip
    with pytest.raises(SchemaError, match="none of 1 rows"):
        cleaned({"date": ["2020-01-01"], "station": "", "p": "0.1"})


def test_a_table_of_absurd_extent_is_refused():
    far = {"date": ["1900-01-01", "2100-01-01"], "station": "ALR", "p": "0.1"}
    with pytest.raises(SchemaError, match="the dates span 73,050 days"):
        cleaned(far)
    many = {
        "date": ["2000-01-01"] * 2999 + ["2020-01-01"],
        "station": [f"S{i}" for i in range(3000)],
        "p": "0.1",
    }
    with pytest.raises(SchemaError, match="3,000 stations on 7,306 days"):
        cleaned(many)


def test_one_station_in_two_forms_is_one():
    rows = {"date": ["2020-01-01", "2020-01-02", "2020-01-03"], "station": ["ALR", "alr", "ALR"],
            "p": "0.1"}  # fmt: skip
    table = cleaned(rows)
    assert set(table.rows["station"]) == {"ALR"}
    assert any("1 rows write the code of a station in other capitals" in n for n in table.notes)


def test_of_several_rows_the_alarm_decides_which_is_kept():
    rows = {"date": "2020-01-01", "station": ["ALR", "ALR"], "p": ["0.2", "0.9"],
            "a": ["yes", "no"]}  # fmt: skip
    table = cleaned(rows, columns=PLAIN | {"alarm": "a"})
    assert table.rows[["probability", "alarm"]].to_numpy().tolist() == [[0.2, 1.0]]


def test_labels_in_words_are_read_or_refused_by_name():
    rows = {
        "date": ["2020-01-01", "2020-01-02"],
        "station": "ALR",
        "p": "0.1",
        "y": ["ya", "tidak"],
    }
    table = cleaned(rows, columns=PLAIN | {"event": "y"})
    assert table.rows["event"].tolist() == [1.0, 0.0]
    with pytest.raises(SchemaError, match=r"column y: m5\.2, none is no label of two classes"):
        cleaned(rows | {"y": ["M5.2", "none"]}, columns=PLAIN | {"event": "y"})
