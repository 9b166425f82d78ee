"""Test rows open through one door, which writes down every opening."""

import dataclasses
import json
import subprocess
import sys

import pandas as pd
import pytest

from seismomag.core.errors import LeakError, SchemaError
from seismomag.dataset.gate import (
    EVALUATION,
    TestRows,
    TrainingRows,
    n_evaluations,
    open_test,
    open_training,
    read_ledger,
    require_split,
)
from seismomag.dataset.splits import digest


@pytest.fixture
def samples():
    return pd.DataFrame(
        {
            "sample_id": ["a", "b", "c", "d"],
            "split": pd.Series(["train", "test", None, "validation"], dtype="str"),
            "is_target": [True, False, True, False],
        }
    )


def test_training_rows_hold_no_test_row_and_know_the_whole_split(samples):
    rows = open_training(samples)
    assert list(rows.samples["sample_id"]) == ["a", "d"]
    assert rows.split_digest == digest(samples)


@pytest.mark.parametrize("kind", [TrainingRows, TestRows])
def test_nobody_makes_rows_by_hand(samples, kind):
    with pytest.raises(LeakError, match="cannot be made by hand"):
        kind(samples, "digest")


def test_rows_cannot_be_exchanged_or_changed(samples):
    rows = open_training(samples)
    with pytest.raises((LeakError, ValueError)):
        dataclasses.replace(rows, _table=samples)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rows._table = samples
    taken = rows.samples
    taken.loc[0, "split"] = "test"
    samples.loc[0, "split"] = "test"
    assert list(rows.samples["split"]) == ["train", "validation"]


def test_each_opening_is_one_line_of_the_ledger(samples, tmp_path):
    ledger = tmp_path / "run" / "test_access.jsonl"
    assert read_ledger(ledger).empty
    assert n_evaluations(read_ledger(ledger), digest(samples)) == 0
    rows = open_test(samples, ledger, purpose="forecast", run_id="r1")
    assert list(rows.samples["sample_id"]) == ["b"]
    open_test(samples, ledger, purpose=EVALUATION, run_id="r1")
    open_test(samples.assign(split="test"), ledger, purpose=EVALUATION)
    openings = read_ledger(ledger)
    assert list(openings["purpose"]) == ["forecast", EVALUATION, EVALUATION]
    assert list(openings["n_rows"]) == [1, 1, 4]
    assert n_evaluations(openings, digest(samples)) == 1


def test_a_split_that_changed_since_is_refused(samples):
    found = digest(samples)
    assert require_split(samples, found, "x") == require_split(samples, "", "x") == found
    with pytest.raises(LeakError, match=r"samples\.csv: the split is .* changed sides"):
        require_split(samples.iloc[1:], found, "samples.csv")


def test_no_purpose_opens_nothing(samples, tmp_path):
    with pytest.raises(LeakError, match="stated purpose"):
        open_test(samples, tmp_path / "ledger", purpose=" ")
    assert not (tmp_path / "ledger").exists()


@pytest.mark.parametrize("line", ["not json", json.dumps({"time": "2020-01-01"}), "[1, 2]"])
def test_a_damaged_ledger_is_named(samples, tmp_path, line):
    ledger = tmp_path / "ledger"
    open_test(samples, ledger, purpose=EVALUATION)
    with ledger.open("a") as handle:
        handle.write(line + "\n")
    with pytest.raises(SchemaError, match="line 2: not an entry"):
        read_ledger(ledger)


def test_processes_that_open_at_once_lose_no_line(tmp_path):
    ledger = tmp_path / "ledger"
    code = (
        "import sys, pathlib\n"
        "from seismomag.dataset.gate import _append\n"
        "for k in range(50): _append(pathlib.Path(sys.argv[1]), 'x' * 300 + chr(10))\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(ledger)]) for _ in range(2)]
    assert [one.wait(timeout=60) for one in started] == [0, 0]
    assert ledger.read_text().splitlines() == ["x" * 300] * 100
