"""The leak audit of files: reading, the page, the exit code."""

import gzip
import lzma

import numpy as np
import pandas as pd
import pytest

from seismomag.audit.leaks.canary_world import clean_case
from seismomag.cli.leak_commands import check_tables
from seismomag.core.errors import ConfigError, FormatError, SchemaError
from seismomag.core.schema import SAMPLE_COLUMNS
from seismomag.dataset import store
from seismomag.dataset.store.rows import RowWriter
from seismomag.experiment.foreign_tables import read_csv, read_tables
from seismomag.experiment.leak_page import examine
from seismomag.signal.day import DayTensor
from seismomag.signal.grid import ScalogramGrid


@pytest.fixture
def files(tmp_path):
    """Two tables of one stranger: five test rows stand in training as well."""
    case = clean_case(0)
    columns = ["file_name", "station_code", "day", "kp_max", "is_target"]
    parts = {}
    for name in ("train", "test"):
        part = case.part(name)[columns].rename(columns={"day": "date", "is_target": "label"})
        parts[name] = part.assign(date=part["date"].dt.strftime("%Y%m%d"), label=part["label"] * 1)
    leaking = pd.concat([parts["train"], parts["test"].head(5)])
    paths = [tmp_path / "train.csv.xz", tmp_path / "test.csv.gz"]
    paths[0].write_bytes(lzma.compress(leaking.to_csv(index=False).encode()))
    paths[1].write_bytes(gzip.compress(parts["test"].to_csv(index=False, sep=";").encode()))
    return paths


def test_a_leak_ends_with_three_and_a_page(files, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert check_tables(files, page=page) == 3
    said = capsys.readouterr().out
    assert "C04  RED      5 station-days stand in two splits" in said
    assert "Leak found. Results on these rows cannot be interpreted." in said
    text = page.read_text(encoding="utf-8")
    assert text.index("Leak found") < text.index("5 station-days stand in two splits")
    for stranger in ("<script", "http://", "https://", "@import", "src="):
        assert stranger not in text
    assert text.count("<svg") >= 4


def test_the_same_files_give_the_same_page(files, tmp_path):
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    examine(files, page=first)
    examine(files, page=second)
    assert first.read_bytes() == second.read_bytes()


def test_one_table_without_fault_ends_with_zero(files, tmp_path):
    assert check_tables([files[1]]) == 0


def test_names_from_a_file_are_escaped(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("date,label,<b>x</b>\n20200101,1,2\n20200102,0,3\n", encoding="utf-8")
    outcome = examine([path], page=tmp_path / "p.html")
    assert outcome.foreign.unread == ("<b>x</b>",)
    assert "&lt;b&gt;x&lt;/b&gt;" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_what_is_no_table_is_refused(tmp_path):
    cases = {
        "picture.csv": b"\x89PNG\r\n\x1a\n\xff\xfe",
        "empty.csv": b"",
        "head.csv": b"date,label\n",
        "ragged.csv": b"date,label\n1,2\n1,2,3,4\n",
    }
    for name, content in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(FormatError, match=name):
            read_csv(path)


def test_a_map_names_columns_and_rule(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("when,what\n2020-01-01,1\n2020-02-01,0\n", encoding="utf-8")
    plan = tmp_path / "map.toml"
    plan.write_text('[columns]\nday = "when"\nis_target = "what"\n[rule]\nhorizon_days = 40\n')
    foreign = read_tables([path], plan)
    assert dict(foreign.columns) == {"day": "when", "is_target": "what"}
    assert foreign.case.horizon_days == 40
    for text, error, match in (
        ("[colums]\n", ConfigError, "unknown colums"),
        ("[rule]\nhorizon = 3\n", ConfigError, "unknown horizon"),
        ("[columns\n", ConfigError, "no TOML"),
        ('[columns]\nday = "nope"\n', SchemaError, "no column nope"),
    ):
        plan.write_text(text)
        with pytest.raises(error, match=match):
            read_tables([path], plan)
    with pytest.raises(ConfigError, match="4 tables"):
        read_tables([path] * 4)


def days_of(form, n=60):
    days = pd.date_range("2021-01-01", periods=n).strftime(form)
    return pd.DataFrame({"station": "AAA", "date": days, "label": np.arange(n) % 5 == 0}, dtype=str)


def test_dates_that_cannot_be_read_are_no_clean_bill(tmp_path, capsys):
    paths = [tmp_path / "train.csv", tmp_path / "val.csv"]
    for path in paths:
        days_of("%d/%m/%Y").to_csv(path, index=False)
    with pytest.raises(SchemaError, match=r"'01/01/2021' in row 1.*date_format"):
        check_tables(paths)
    days_of("%Y-%m-%d").to_csv(paths[0], index=False)
    with pytest.raises(SchemaError, match=r"validation: column date holds no time.*in row 1"):
        check_tables(paths)
    days_of("%d/%m/%Y").to_csv(paths[0], index=False)
    plan = tmp_path / "map.toml"
    plan.write_text('[table]\ndate_format = "%d/%m/%Y"\n')
    assert check_tables(paths, map_path=plan) == 3
    assert "C04  RED      60 station-days stand in two splits" in capsys.readouterr().out
    plan.write_text("[table]\ndate_form = 1\n")
    with pytest.raises(ConfigError, match=r"unknown date_form; known: .*\[table\] date_format"):
        check_tables(paths, map_path=plan)
    plan.write_text("table = 1\n")
    with pytest.raises(ConfigError, match="table is no table"):
        check_tables(paths, map_path=plan)


def test_a_column_can_be_said_not_to_be_there(tmp_path):
    path, plan = tmp_path / "t.csv", tmp_path / "map.toml"
    rows = days_of("%Y-%m-%d").rename(columns={"date": "day"})
    rows.assign(time="noon").rename(columns={"day": "file_name"}).to_csv(path, index=False)
    with pytest.raises(SchemaError, match="column time holds no time"):
        read_tables([path])
    plan.write_text('[columns]\nday = ""\n')
    assert "day" not in read_tables([path], plan).columns


@pytest.fixture
def tensors(tmp_path):
    """A store of the same rows; the first test tensor repeats the first training tensor."""
    case = clean_case(0)
    rows = case.rows[case.rows["split"].isin(("train", "test"))].reset_index(drop=True)
    samples = rows.rename(columns={"row_id": "sample_id"})
    samples["store_row"] = np.arange(len(samples))
    grid = ScalogramGrid(n_frequencies=3, column_s=7200)
    path = store.create(tmp_path / "s.h5", samples[list(SAMPLE_COLUMNS)], grid, provenance={})
    generator = np.random.default_rng(0)
    first = {name: int(samples.index[samples["split"] == name][0]) for name in ("train", "test")}
    planes = np.exp(generator.normal(0, 1, (len(samples), 3, 3, 12))).astype(np.float16)
    planes[first["test"]] = planes[first["train"]]
    with RowWriter(path) as writer:
        for row, tensor in enumerate(planes):
            writer.write(row, DayTensor(tensor, np.full((3, 12), 7200, np.uint16), 1.0))
    return path


def test_a_store_opens_the_checks_of_tensors(files, tensors):
    found = examine(files, store=tensors).findings
    assert found["C05"].severity == "RED"
    assert found["C06"].severity == "RED"
    assert found["C25"].severity != "NOT RUN"
    assert found["C26"].severity != "NOT RUN"
    assert found["N4"].severity != "NOT RUN"


def test_a_store_of_other_days_is_refused(tmp_path, tensors):
    path = tmp_path / "other.csv"
    path.write_text("station,date,label\nZZZ,20200101,1\nZZZ,20200102,0\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="no row of the table is in the store"):
        examine([path], store=tensors)
