"""Answers that are kept while the facts behind them stand, so that many askers cost one query."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from seismomag.operate.api.answers.encoding import Encoded
from seismomag.operate.api.facts.marks import Marks

T = TypeVar("T")

MOST_BYTES = 20_000_000
"""Memory of all kept answers."""

FRESH_S = 10.0
"""Age at which an answer is made again although no fact has changed: time itself changes it."""

OLDEST_S = 60.0
"""Until then the kept answer is given while it is made again, because no fact has changed."""

LOOK_EVERY_S = 1.0
"""How often the marks of the facts are looked at."""

_WORKERS = 3


@dataclass(frozen=True)
class Kept:
    """An answer, the marks of the facts that it was made from, and when that was."""

    encoded: Encoded
    marks: Hashable
    made_at_s: float


class Answers:
    """Keeps encoded answers; made for one event loop.

    Parameters
    ----------
    marks
        Tells the present marks of the facts.
    """

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._seen: Hashable = None
        self._looked_at_s = -1e9
        self._looking: asyncio.Task[None] | None = None
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._n_bytes = 0
        self._running: dict[Hashable, asyncio.Task[Encoded]] = {}
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="answers")

    async def get(self, key: Hashable, make: Callable[[], Encoded]) -> Encoded:
        """Return a kept answer, or make it; all who ask meanwhile get the same.

        Parameters
        ----------
        key
            Names the question with all its parameters.
        make
            Makes the answer; runs in a thread.

        Raises
        ------
        ProblemError, DBAPIError, SeismomagError, OSError
            It cannot be made now; nothing is kept of that.
        """
        marks = await self._look()
        kept = self._kept.get(key)
        age_s = time.monotonic() - kept.made_at_s if kept else OLDEST_S
        if kept is None or kept.marks != marks or age_s >= OLDEST_S:
            return await asyncio.shield(self._begin(key, make, marks))
        if age_s >= FRESH_S:
            self._begin(key, make, marks)
        self._kept.move_to_end(key)
        return kept.encoded

    def close(self) -> None:
        """Let go of threads and of the connection that looks."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._marks.close()

    def _begin(
        self, key: Hashable, make: Callable[[], Encoded], marks: Hashable
    ) -> "asyncio.Task[Encoded]":
        """Begin to make an answer, or join those who wait for it."""
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, make, marks))
            self._running[key] = task
            task.add_done_callback(lambda done: self._forget_task(key, done))
        return task

    async def _look(self) -> Hashable:
        if time.monotonic() - self._looked_at_s >= LOOK_EVERY_S:
            # All who ask meanwhile wait for it: what was seen last may be as old as a page's rest.
            if self._looking is None:
                self._looking = asyncio.create_task(self._look_anew())
            await asyncio.shield(self._looking)
        return self._seen

    async def _look_anew(self) -> None:
        began_s = time.monotonic()
        try:
            self._seen = await self._in_thread(self._marks.now)
            self._looked_at_s = began_s
        finally:
            self._looking = None

    async def _make(self, key: Hashable, make: Callable[[], Encoded], marks: Hashable) -> Encoded:
        encoded = await self._in_thread(make)
        self._keep(key, Kept(encoded, marks, time.monotonic()))
        return encoded

    async def _in_thread(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, work)

    def _keep(self, key: Hashable, kept: Kept) -> None:
        held = self._kept.pop(key, None)
        self._n_bytes += kept.encoded.n_bytes - (held.encoded.n_bytes if held else 0)
        self._kept[key] = kept
        while self._n_bytes > MOST_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._n_bytes -= oldest.encoded.n_bytes

    def _forget_task(self, key: Hashable, task: asyncio.Task[Encoded]) -> None:
        self._running.pop(key, None)
        # Looked at here, so that nobody is told of a failure whose asker has gone.
        if not task.cancelled():
            task.exception()
