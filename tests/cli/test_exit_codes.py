"""Each kind of trouble has its own exit code, and a message instead of a trace."""

import subprocess
import sys
from pathlib import Path

import pytest

import seismomag.cli as cli
from seismomag.core.errors import FormatError, LeakError


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from seismomag.cli import main; main()", *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, check=False, stdin=subprocess.DEVNULL
    )


def test_an_absent_configuration_is_bad_input(tmp_path: Path) -> None:
    done = run("run", "absent.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "absent.toml: no such configuration file" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_bad_input() -> None:
    assert run("forcast").returncode == 2


def test_an_absent_file_is_a_line_and_bad_input(tmp_path: Path) -> None:
    done = run("inspect", "absent.sec", cwd=tmp_path)
    assert done.returncode == 2
    assert "not read: no such file; give files of recordings, or folders of them" in done.stdout
    assert "Errno" not in done.stdout


def test_an_empty_folder_is_bad_input(tmp_path: Path) -> None:
    done = run("inspect", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 2
    assert "no file to inspect" in done.stderr


def test_the_doctor_finds_this_machine_well() -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "numpy" in done.stdout


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (FormatError("a.sec: not a recording"), 2, "a.sec: not a recording"),
        (LeakError("2 rows leak"), 3, "2 rows leak"),
        (FileNotFoundError(2, "No such file", "b.csv"), 2, "b.csv: No such file"),
        (ZeroDivisionError("oops"), 1, "internal error"),
        (KeyboardInterrupt(), 130, "start the same command again"),
    ],
)
def test_an_error_leaves_with_its_code(
    error: BaseException, code: int, said: str, monkeypatch, capsys
) -> None:
    import seismomag.cli.commands as commands

    def raises() -> None:
        raise error

    monkeypatch.setattr(commands, "app", raises)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == code
    assert said in capsys.readouterr().err
