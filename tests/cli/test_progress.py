"""Where there is no terminal, progress is a few plain lines."""

import io

import pytest

from seismomag.cli import progress as module
from seismomag.cli.progress import PlainLines, shown


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module.time, "monotonic", clock.monotonic)
    return clock


def test_a_stage_is_told_at_its_begin_now_and_then_and_at_its_end(clock: Clock) -> None:
    out = io.StringIO()
    lines = PlainLines(out)
    for done in range(101):
        clock.now = done * 0.5
        lines("scalograms", done, 100)
    told = out.getvalue().splitlines()
    assert told[0] == "scalograms: 0 of 100"
    assert told[1] == "scalograms: 20 of 100, about 40 s left"
    assert told[-1] == "scalograms: 100 of 100, 50 s"
    assert len(told) == 6


def test_two_stages_do_not_disturb_each_other(clock: Clock) -> None:
    out = io.StringIO()
    lines = PlainLines(out)
    for _ in range(3):
        lines("a", 0, 2)
        lines("b", 0, 2)
    lines("a", 2, 2)
    assert out.getvalue().splitlines() == ["a: 0 of 2", "b: 0 of 2", "a: 2 of 2, 0 s"]


def test_a_file_gets_plain_lines() -> None:
    out = io.StringIO()
    with shown(out) as progress:
        progress("x", 1, 1)
    assert out.getvalue() == "x: 1 of 1, 0 s\n"


def test_a_terminal_gets_bars() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    with shown(Terminal()) as progress:
        progress("x", 0, 2)
        progress("x", 2, 2)


def test_the_time_left_is_not_guessed_from_the_first_part(clock: Clock) -> None:
    out = io.StringIO()
    lines = PlainLines(out)
    lines("build", 0, 9180)
    clock.now = 41.0
    lines("build", 1, 9180)
    assert out.getvalue().splitlines()[-1] == "build: 1 of 9,180"
