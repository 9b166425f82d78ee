"""Tables of strangers: columns, dates, names of files, and what is told about them."""

import numpy as np
import pandas as pd
import pytest

from seismomag.audit import CHECKS
from seismomag.audit.file_names import from_file_names
from seismomag.audit.foreign.columns import TableMap, guess, lay_out
from seismomag.core.errors import SchemaError


def table(**columns):
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("name", "station", "day", "template", "is_made"),
    [
        ("event_ALR_20250824.npy", "ALR", "2025-08-24", "event_STN_DATE.npy", False),
        ("ALR_20240125_H11_M5.4.npy", "ALR", "2024-01-25", "STN_DATE_H#_M#.#.npy", False),
        ("AUG_ROT_NW_SCN_20190826_13.npy", "SCN", "2019-08-26", "AUG_ROT_NW_STN_DATE_#.npy", True),
        ("x/SData/2501/S250101.ALR.gz", "ALR", "2025-01-01", "SDATE.STN", False),
        ("2024-02-29_TNT_smote.npy", "TNT", "2024-02-29", "DATE_STN_smote.npy", True),
        ("day_20241301.npy", None, None, "day_#.npy", False),
        ("", None, None, "", False),
    ],
)
def test_names_of_files_tell_station_and_day(name, station, day, template, is_made):
    told = {k: v[0] for k, v in from_file_names(pd.Series([name])).items()}
    assert told["template"] == template
    assert told["is_augmented"] == is_made
    assert told["file_station"] == station if station else pd.isna(told["file_station"])
    assert told["file_day"] == pd.Timestamp(day) if day else pd.isna(told["file_day"])


def test_columns_are_guessed_once_and_can_be_named():
    theirs = ["Filename", "station", "date", "KP", "label", "label_event"]
    found = guess(theirs, {"is_target": "label"})
    assert found == {
        "file_name": "Filename",
        "station_code": "station",
        "day": "date",
        "kp_max": "KP",
        "is_target": "label",
    }
    assert guess(theirs, {})["is_target"] == "label_event"
    with pytest.raises(SchemaError, match="no column nothing; the table has Filename"):
        guess(theirs, {"day": "nothing"})
    with pytest.raises(SchemaError, match="no column of ours is called kp"):
        TableMap(columns={"kp": "KP"})
    with pytest.raises(SchemaError, match="horizon_days=0"):
        TableMap(horizon_days=0)


def test_a_date_that_is_none_becomes_missing_and_is_told():
    rows = table(
        filename=["AAA_20200101.npy", "BBB_20200102_H05.npy", "CCC_20200103.npy"],
        station=["AAA", "20200102", "CCC"],
        date=["20200101", "H05", "2020-01-03"],
        label=["1", "0", "event"],
    )
    case = lay_out([("train", rows)]).case
    assert list(case.rows["day"].isna()) == [False, True, False]
    assert list(case.rows["is_target"]) == [True, False, True]
    found = CHECKS["C22"](case)
    assert (found.severity, found.n_found) == ("RED", 1)
    assert list(found.rows["row_id"]) == ["row 2"]


def test_the_table_may_name_its_splits_itself():
    rows = table(
        date=["20200101"] * 4, label=["0", "1", "0", "1"], split=["Train", "val", "blind", "x"]
    )
    case = lay_out([("train", rows)]).case
    assert list(case.rows["split"].fillna("-")) == ["train", "validation", "test", "-"]


def test_labels_of_more_than_two_classes_are_refused_with_advice():
    rows = table(date=["20200101"], label=["M5.2"])
    with pytest.raises(SchemaError, match=r"column label: m5\.2 is no label of two classes"):
        lay_out([("train", rows)])
    with pytest.raises(SchemaError, match="hold 0 rows"):
        lay_out([("train", rows[:0])])


def test_what_is_not_understood_is_listed():
    rows = table(date=["20200101"], label=["1"], gate_val=["0.3"])
    assert lay_out([("train", rows)]).unread == ("gate_val",)


def test_the_embargo_is_read_from_dates_and_from_names_of_files():
    early = table(
        filename=["AAA_20200101.npy", "AAA_20200511.npy"],
        date=["20200101", "20200420"],
        label=["0", "1"],
    )
    late = table(filename=["AAA_20200501.npy"], date=["20200501"], label=["0"])
    found = CHECKS["C03"](lay_out([("train", early), ("test", late)]).case)
    assert (found.severity, found.n_found) == ("RED", 1)
    assert "by the date column, train and test are 11.0 days apart" in found.sentence
    assert "by the file names, train and test overlap" in found.sentence


def test_a_stated_horizon_opens_the_check_of_overlaps():
    early = table(date=["20200101", "20200310"], label=["0", "1"])
    late = table(date=["20200401", "20200501"], label=["0", "1"])
    parts = [("train", early), ("test", late)]
    assert CHECKS["C02"](lay_out(parts).case).severity == "NOT RUN"
    found = CHECKS["C02"](lay_out(parts, TableMap(horizon_days=30)).case)
    assert (found.severity, found.n_found) == ("RED", 1)
    assert CHECKS["C02"](lay_out(parts, TableMap(horizon_days=20)).case).severity == "GREEN"


def test_declared_augmentation_counts_whatever_the_file_is_called():
    rows = table(
        filename=["a_20200101.npy", "AUG_a_20200102.npy"],
        date=["20200101", "20200102"],
        label=["0", "1"],
        is_augmented=["1", "1"],
    )
    assert CHECKS["C07"](lay_out([("train", rows)]).case).severity == "GREEN"
    assert CHECKS["C07"](lay_out([("test", rows)]).case).n_found == 2
    silent = CHECKS["C07"](lay_out([("train", rows.drop(columns="is_augmented"))]).case)
    assert (silent.severity, silent.n_found) == ("RED", 1)


@pytest.fixture(scope="module")
def published(real_data):
    """The published training and validation tables."""
    parts = [
        (name, pd.read_csv(real_data / "predictions" / f"split_{stem}.csv.xz", dtype="str"))
        for name, stem in (("train", "train"), ("validation", "val"))
    ]
    return lay_out(parts).case


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("check_id", "said"),
    [
        ("C03", "the date column, train and validation are 1.0 days apart"),
        ("C03", "by the file names, train and validation overlap"),
        ("C03", "the first reaches 2025-12-31, the second begins 2025-10-01; 611 rows"),
        ("C04", "89 station-days stand in two splits"),
        ("C04", "193 carry both labels in train"),
        ("C07", "804 augmented rows in training that no column declares"),
        ("C07", "STN_DATE_H#_Normal.npy (786 rows)"),
        ("C13", "year 2018 (279 rows, all event), year 2019 (364 rows, all event)"),
        ("C13", "251 of 470 dates with 5 rows or more hold one class only"),
        ("C16", "kp_max = 9 (786 rows: 0% of event rows"),
        ("C16", "dst_min_nt = -300 (786 rows"),
        ("C16", "dst_min_nt = -15 (8,370 rows: 100% of event rows"),
        ("C16", "azimuth_deg = 0 (1,414 rows"),
        ("C17", "training rows alone, template 0.847"),
        ("C22", "2,200 rows whose station or date column contradicts the name"),
    ],
)
def test_the_published_split_is_red(published, check_id, said):
    found = CHECKS[check_id](published)
    assert found.severity == "RED"
    assert said in found.sentence


@pytest.mark.real_data
def test_kp_and_dst_alone_tell_the_published_labels(published):
    found = CHECKS["C11"](published)
    assert found.severity == "RED"
    value = float(found.sentence.split("training rows: AUC ")[1].split(" ")[0])
    assert value == pytest.approx(0.862, abs=0.01)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("letter", "area", "azimuth"),
    [("a", 0.410, "97.5 to 104.4"), ("b", 0.547, ""), ("c", 0.400, "")],
)
def test_the_national_lists_say_what_they_say(real_data, letter, area, azimuth):
    path = real_data / "predictions" / f"national_2026_{letter}.csv"
    case = lay_out([("test", pd.read_csv(path, dtype="str"))]).case
    found = CHECKS["C24"](case)
    assert f"AUC of the probability {area:.3f}" in found.sentence
    if azimuth:
        assert found.severity == "AMBER"
        assert f"azimuth COLLAPSED (R = 0.999, {azimuth} deg)" in found.sentence


def test_a_table_of_noise_has_no_red():
    generator = np.random.default_rng(3)
    days = pd.date_range("2020-01-01", periods=400).strftime("%Y%m%d")
    rows = pd.DataFrame(
        [
            (f"{code}_{day}.npy", code, day, f"{generator.gamma(3, 0.9):.2f}", str(label))
            for day in days
            for code, label in zip(("AAA", "BBB", "CCC"), generator.integers(0, 2, 3), strict=True)
        ],
        columns=["filename", "station", "date", "kp", "label"],
    )
    train, test = rows[:700], rows[800:]
    case = lay_out([("train", train), ("test", test)]).case
    found = {i: check(case) for i, check in CHECKS.items() if i != "C28"}
    assert [i for i, f in found.items() if f.severity == "RED"] == []


def any_table(generator: np.random.Generator) -> pd.DataFrame:
    """Some columns of some rows, with gaps, fillings and nonsense."""
    n = int(generator.integers(1, 80))

    def some(*values):
        return generator.choice(np.array(values, dtype=object), n)

    day = pd.Series(np.datetime64("2020-01-01") + generator.integers(0, 500, n)).astype("str")
    station = some("AAA", "BBB", "CCC")
    columns = {
        "filename": [f"{s}_{d.replace('-', '')}.npy" for s, d in zip(station, day, strict=True)],
        "station": station,
        "date": np.where(generator.random(n) < 0.1, "x", day),
        "kp": some("1", "2.3", "9", "abc", None),
        "dst": some("-15"),
        "coverage": some("0.5", None),
        "label": some("0", "0", "0", "1", None) if generator.random() < 0.7 else some("1"),
        "azimuth": some("0", "90", ""),
        "event_id": some("e1", None),
        "prob": some("0.4", None) if generator.random() < 0.5 else generator.random(n).astype(str),
        "pred_azm": some("100"),
        "size": some("1", "2"),
        "split": some("train", "val", "test", "?"),
        "is_augmented": some("0", "1"),
        "folder": some("a", "b"),
    }
    kept = {k: v for k, v in columns.items() if generator.random() < 0.6}
    return pd.DataFrame(kept or {"date": columns["date"]})


@pytest.mark.parametrize("seed", [*range(12), 92, 189])
def test_no_table_breaks_a_check(seed):
    generator = np.random.default_rng(seed)
    rows = any_table(generator)
    parts = zip(
        ("train", "validation", "test"), np.array_split(np.arange(len(rows)), 3), strict=True
    )
    tables = [(name, rows.iloc[at]) for name, at in parts if len(at)]
    horizon_days = 10 if generator.random() < 0.5 else None
    case = lay_out(tables, TableMap(horizon_days=horizon_days)).case
    for check_id, check in CHECKS.items():
        if check_id != "C28":
            found = check(case)
            assert found.severity in ("RED", "AMBER", "GREEN", "NOT RUN")
            assert found.sentence
