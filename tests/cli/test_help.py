"""What a person sees who asks for help: nothing written is lost, and examples stand there."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import click
import pytest
import typer.main
from typer.testing import CliRunner

from seismomag.cli.commands import app

COMMANDS_OF_OTHERS = {"seismomag.cli.operate_app"}
"""Modules whose help texts carry no examples yet."""
WIDE = {"COLUMNS": "400", "TERMINAL_WIDTH": "400"}


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it, groups included."""
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


ALL = dict(commands(typer.main.get_command(app)))


def written(command: click.Command) -> list[str]:
    texts = [command.help, command.epilog, *(getattr(p, "help", None) for p in command.params)]
    return [text for text in texts if text]


def shown(words: tuple[str, ...]) -> str:
    result = CliRunner().invoke(app, [*words, "--help"], env=WIDE)
    assert result.exit_code == 0, result.output
    return re.sub(r"[\s│]+", " ", result.output)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_bracket_of_a_help_text_is_seen(words: tuple[str, ...]) -> None:
    page = shown(words)
    for text in written(ALL[words]):
        for bracket in re.findall(r"\\?\[[^\]]+\]", text):
            assert bracket.removeprefix("\\") in page, f"{' '.join(words)}: {bracket} was eaten"


def test_the_words_of_a_table_of_toml_and_of_a_unit_are_there() -> None:
    assert "TOML with a table [labels]." in shown(("audit",))
    assert "Mean absolute angular error [deg]." in shown(("claims",))


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_a_command_shows_how_it_is_called(words: tuple[str, ...]) -> None:
    command = ALL[words]
    callback = getattr(command.callback, "__wrapped__", command.callback)
    if hasattr(command, "commands") or callback.__module__ in COMMANDS_OF_OTHERS:
        return
    assert re.search(f"Examples?: seismomag {' '.join(words)} ?", shown(words))


def test_the_version_is_said_without_loading_anything() -> None:
    code = (
        "import sys; from seismomag.cli import main\n"
        "try: main()\n"
        "finally: assert not {'numpy', 'pandas', 'torch'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"seismomag {version('seismomag')}\n")
