"""A run folder keeps what is done, repeats what changed, and is never half-written."""

import shlex
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from seismomag.core.atomic import write_text
from seismomag.core.errors import ConfigError
from seismomag.experiment.runs import (
    RunFolder,
    StepResult,
    begin,
    commit,
    digest_of,
    perform,
    versions,
)

SMALL_DEMO = files("seismomag.experiment").joinpath("configs", "demo_small.toml")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return begin(tmp_path / "run", b"[run]\n", title="t", seed=1, command="seismomag run x")


def make(folder: RunFolder, digest: str, text: str = "made") -> bool:
    def act() -> StepResult:
        write_text(folder / "out.txt", text)
        return StepResult(("a reason",), {"n": 3})

    return perform(folder, "build", digest, act, makes=("out.txt",))


def test_a_step_with_the_same_inputs_is_kept(folder: RunFolder) -> None:
    assert make(folder, "a")
    assert not make(folder, "a", "again")
    assert (folder / "out.txt").read_text() == "made"


def test_a_step_whose_inputs_changed_is_repeated(folder: RunFolder) -> None:
    make(folder, "a")
    assert make(folder, "b", "again")
    assert (folder / "out.txt").read_text() == "again"


def test_a_step_whose_file_is_gone_is_repeated(folder: RunFolder) -> None:
    make(folder, "a")
    (folder / "out.txt").unlink()
    assert make(folder, "a")


def test_the_record_comes_back_as_it_was_written(folder: RunFolder) -> None:
    make(folder, "a")
    record = folder.record()
    assert record is not None
    assert record.steps["build"].facts == {"n": 3}
    assert record.reasons() == ["a reason"]
    again = begin(folder.path, b"[run]\n", title="t", seed=1)
    assert again.record().steps == record.steps


def test_a_step_that_fails_leaves_no_record(folder: RunFolder) -> None:
    def act() -> StepResult:
        msg = "no"
        raise ConfigError(msg)

    with pytest.raises(ConfigError):
        perform(folder, "build", "a", act, makes=())
    assert folder.record().steps == {}


def test_a_damaged_record_is_named(folder: RunFolder) -> None:
    (folder / "run.json").write_text('{"title": 1}')
    with pytest.raises(ConfigError, match="not a run record"):
        folder.record()


def test_a_step_needs_a_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no run was begun"):
        make(RunFolder(tmp_path), "a")


def test_a_digest_depends_on_every_part_and_on_their_order() -> None:
    assert digest_of("a", "b") != digest_of("b", "a") != digest_of("ab")
    assert digest_of({"x": 1, "y": 2}) == digest_of({"y": 2, "x": 1})


def test_versions_name_python_and_numpy() -> None:
    assert {"python", "numpy", "seismomag"} <= set(versions())
    assert isinstance(commit(), str)


def test_a_program_is_no_command(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("sys.argv", ["notebook", "-f", "kernel.json"])
    assert begin(tmp_path / "run", b"", title="t", seed=1).record().command == ""


def test_the_recorded_command_can_be_typed_again(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    config = folder / "two words.toml"
    config.write_bytes(SMALL_DEMO.read_bytes())
    typed = ["simulate", str(config), "--run", str(folder / "the run")]
    entry = [sys.executable, "-m", "seismomag.cli"]
    done = subprocess.run([*entry, *typed], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    command = RunFolder(folder / "the run").record().command
    assert shlex.split(command) == ["seismomag", *typed]
