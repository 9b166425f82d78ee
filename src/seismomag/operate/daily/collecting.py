"""What one run asks of its sources: each in its order, within bounds, every answer a fact."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import ConfigError, CoverageError
from seismomag.operate.archive import Archive
from seismomag.operate.clock import stamp
from seismomag.operate.database import upsert
from seismomag.operate.database_tables import source_states
from seismomag.operate.settings import Settings
from seismomag.operate.sources.answer import GROWING, NO_DATA, REFUSED, UNREACHABLE, Answer
from seismomag.operate.sources.fetch import Fetcher
from seismomag.operate.sources.fetch_cache import Cache
from seismomag.operate.sources.folder import FolderPlan
from seismomag.operate.sources.station_sources import StationSource, get_station_day

T = TypeVar("T")

NETWORK = "-"
"""In place of a station code, for what concerns all of them."""

_PASSING = {GROWING, UNREACHABLE}
_LONGEST_REASON = 500
_LONGEST_WAIT_S = 60.0


class AskAgainError(CoverageError):
    """No source had it, and a later run may find it.

    A file still growing, no answer, or nobody asked, to keep the run within its bounds.
    """


class NotYetError(CoverageError):
    """The file is not there, or not whole, and its time is not up: no failure."""


@dataclass
class Collector:
    """The sources of one run; use it in a ``with`` block.

    Attributes
    ----------
    settings, engine
        The operation.
    clock
        UTC now.
    tick_s, sleep
        A clock that never steps back, and how to wait.
    """

    settings: Settings
    engine: sa.Engine
    clock: Callable[[], pd.Timestamp]
    tick_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _in_vain: Counter[str] = field(default_factory=Counter)
    _spent_s: float = 0.0
    _has_waited: bool = False

    def __post_init__(self) -> None:
        self.archive = Archive(self.engine, self.settings.archive)
        self.cache = Cache(self.settings.folder / "cache")
        self.fetcher = Fetcher(
            self.cache, self.settings.fetch, now_s=lambda: self.clock().timestamp()
        )

    def __enter__(self) -> "Collector":
        return self

    def __exit__(self, *_: object) -> None:
        self.fetcher.close()
        before = self.clock() - pd.Timedelta(days=self.settings.fetch.keep_days)
        self.cache.prune(older_than_s=before.timestamp())

    def collect(self, code: str, day: np.datetime64) -> bool:
        """Bring the files of a station-day into the archive, from the first source that has it.

        Returns
        -------
        is_new
            Whether bytes came that were not there.

        Raises
        ------
        CoverageError
            No source has it; says what each of them said.
        AskAgainError
            None has it now, and one of them may have it at the next run.
        NotYetError
            Each has nothing, and there are hours left for the file to come.
        """
        has_day = bool(self.archive.revisions(code, day))
        said: list[str] = []
        codes: list[str] = []
        for source in self.settings.sources:
            if not source.serves(code):
                continue
            why_not = self._closed(source, day)
            if why_not:
                said.append(f"{source.name}: {why_not}")
                continue
            answer = self._station_day(source, code, day, has_day=has_day)
            if answer.data is not None:
                return self._ingest(answer, code, day)
            said.append(answer.reason)
            codes.append(answer.reason_code)
        raise self._refusal(codes, day)("; ".join(said))

    def ask(self, source: str, code: str, work: Callable[[], Answer[T]]) -> Answer[T]:
        """Ask a source and keep what became of it as a fact.

        Parameters
        ----------
        source
            Its name.
        code
            Station, or :data:`NETWORK`.
        work
            The asking; a refusal of the settings is a reason like any other.
        """
        began_s = self.tick_s()
        try:
            answer = work()
        except ConfigError as error:
            answer = Answer(reason=str(error), reason_code=REFUSED)
        self._spent_s += self.tick_s() - began_s
        is_in_vain = answer.reason_code == UNREACHABLE
        self._in_vain[source] = self._in_vain[source] + 1 if is_in_vain else 0
        self._note(source, code, answer)
        return answer

    def is_given_up(self, source: str) -> bool:
        """Whether a source has not answered so often that this run leaves it alone."""
        return self._in_vain[source] >= self.settings.fetch.give_up_after

    def _station_day(
        self, source: StationSource, code: str, day: np.datetime64, *, has_day: bool
    ) -> Answer[Any]:
        fresh_s = self.settings.fetch.recheck_hours * 3600 if has_day else 0.0
        work = partial(get_station_day, source, code, day, self.fetcher, fresh_s=fresh_s)
        answer = self.ask(source.name, code, work)
        if answer.reason_code == GROWING and self._waits(source):
            answer = self.ask(source.name, code, work)
        return answer

    def _waits(self, source: StationSource) -> bool:
        """Wait, once in a run, until files that were copied just now have settled."""
        settle_s = source.plan.settle_s if isinstance(source.plan, FolderPlan) else np.inf
        if self._has_waited or settle_s > _LONGEST_WAIT_S:
            return False
        self._has_waited = True
        self.sleep(settle_s)
        return True

    def _closed(self, source: StationSource, day: np.datetime64) -> str:
        """Why a source is not asked; empty if it is."""
        if not source.is_remote:
            return ""
        if self.is_given_up(source.name):
            return f"did not answer {self._in_vain[source.name]} times; asked at the next run"
        is_old = self.clock() - pd.Timestamp(day) > pd.Timedelta(
            days=self.settings.operation.revisit_days + 1
        )
        minutes = self.settings.fetch.run_minutes
        if is_old and self._spent_s > 60 * minutes:
            return f"{minutes:g} minutes of asking are over; older days wait for the next run"
        return ""

    def _refusal(self, codes: list[str], day: np.datetime64) -> type[CoverageError]:
        hours = self.settings.operation.no_data_after_hours
        is_early = self.clock() < pd.Timestamp(day) + pd.Timedelta(days=1, hours=hours)
        if codes and is_early and set(codes) <= {NO_DATA, GROWING}:
            return NotYetError
        return AskAgainError if not codes or _PASSING & set(codes) else CoverageError

    def _ingest(self, answer: Answer[Any], code: str, day: np.datetime64) -> bool:
        now = self.clock()
        kept = [
            self.archive.ingest(code, day, body.data, name=body.name, origin=body.url, now=now)
            for body in answer.bodies
        ]
        return any(one.is_new for one in kept)

    def _note(self, source: str, code: str, answer: Answer[Any]) -> None:
        now = stamp(self.clock())
        row: dict[str, Any] = {
            "source": source,
            "station_code": code,
            "last_attempt_at": now,
            "reason_code": answer.reason_code,
            "reason": answer.reason[:_LONGEST_REASON],
        }
        if answer.data is not None:
            row["last_success_at"] = now
        with self.engine.begin() as connection:
            upsert(connection, source_states, [row])
