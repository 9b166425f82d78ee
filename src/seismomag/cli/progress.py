"""Progress for people: bars with the time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from seismomag.core.progress import Progress

SECONDS_BETWEEN_LINES = 10.0
# The time left is told once a fiftieth is done: the first parts pay for starting up.
FIRST_ESTIMATE = 50


@contextmanager
def shown(stream: TextIO | None = None) -> Iterator[Progress]:
    """Offer a progress callable that draws on a stream (standard error by default)."""
    stream = stream or sys.stderr
    if stream.isatty():
        with _bars() as progress:
            yield progress
    else:
        yield PlainLines(stream)


class PlainLines:
    """One line when a stage begins, one every ten seconds, one when it ends."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.began: dict[str, float] = {}
        self.told: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Tell that ``done`` of ``total`` parts of a stage are finished."""
        now = time.monotonic()
        is_new = stage not in self.began
        self.began.setdefault(stage, now)
        is_due = now - self.told.get(stage, now) >= SECONDS_BETWEEN_LINES
        if not (is_new or is_due or done >= total):
            return
        self.told[stage] = now
        self.stream.write(f"{stage}: {done:,} of {total:,}{self._rest(stage, done, total, now)}\n")
        self.stream.flush()
        if done >= total:
            del self.began[stage], self.told[stage]

    def _rest(self, stage: str, done: int, total: int, now: float) -> str:
        spent = now - self.began[stage]
        if done >= total:
            return f", {spent:.0f} s"
        if done * FIRST_ESTIMATE < total or spent < 1:
            return ""
        return f", about {spent / done * (total - done):.0f} s left"


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=Console(stderr=True)) as bars:

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield progress
