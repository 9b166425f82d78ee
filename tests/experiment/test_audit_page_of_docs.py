"""The page that leads from a CSV to a verdict gives what it shows when one does what it says."""

import contextlib
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seismomag.audit.foreign.columns import GUESSES
from seismomag.audit.foreign.forecast import COLUMNS, ForeignMap
from seismomag.cli.commands import app
from seismomag.experiment.foreign_tables import MAP_KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "audit_a_table.md").read_text(encoding="utf-8")
FILES = re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
IN_PYTHON = PAGE.rpartition("```python\n")[2].partition("```")[0]
EXPECTED_CODES = (0, 0, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of the example, made as the page says."""
    place = tmp_path_factory.mktemp("example")
    with contextlib.chdir(place):
        for name, text in FILES:
            Path(name).write_text(text, encoding="utf-8")
    python("make_example.py", place)
    return place


def python(script: str, place: Path) -> str:
    command = [sys.executable, script]
    return subprocess.run(command, cwd=place, check=True, capture_output=True, text=True).stdout


@dataclass
class Done:
    code: int
    lines: list[str]


@pytest.fixture(scope="module")
def done(folder):
    """Every command of the page, carried out."""
    found = []
    with contextlib.chdir(folder):
        for typed, _ in COMMANDS:
            result = CliRunner().invoke(app, shlex.split(typed)[1:])
            found.append(Done(result.exit_code, result.stdout.splitlines()))
    return found


def test_the_page_has_its_files_and_commands():
    assert [name for name, _ in FILES] == [
        *("make_example.py", "map.toml", "rule.toml", "leak_map.toml")
    ]
    assert len(COMMANDS) == len(EXPECTED_CODES)


@pytest.mark.parametrize("place", range(len(EXPECTED_CODES)))
def test_a_command_gives_the_lines_that_the_page_shows(done, place):
    shown = [line for line in COMMANDS[place][1].splitlines() if line != "..."]
    assert shown
    assert done[place].code == EXPECTED_CODES[place]
    missing = [line for line in shown if line not in done[place].lines]
    assert missing == [], "\n".join(done[place].lines)


def test_the_lines_of_python_run_and_agree_with_the_command(folder, done):
    (folder / "judge.py").write_text(IN_PYTHON, encoding="utf-8")
    sentence = python("judge.py", folder).splitlines()[0]
    assert done[0].lines[0] == f"V1: {sentence}"


def test_every_key_of_the_maps_stands_on_the_page():
    heads = ("`--columns`", "`--map`")
    part = {head: PAGE.partition(f": {head}")[2].partition("\n## ")[0] for head in heads}
    keys = {field.name for field in fields(ForeignMap)} - {"columns"}
    for word in (*COLUMNS, *keys):
        assert f"`{word}`" in part["`--columns`"], word
    for word in (*GUESSES, *(key for keys in MAP_KEYS.values() for key in keys)):
        assert f"`{word}`" in part["`--map`"], word
