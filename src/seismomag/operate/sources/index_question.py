"""The way of every service of an index: ask, refuse what is no answer, read, keep what was over."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from seismomag.operate.sources.answer import NO_DATA, Answer, Journal, SourceError, answer
from seismomag.operate.sources.fetch import Fetcher, refuse_status
from seismomag.operate.sources.fetch_plan import Request
from seismomag.operate.sources.index_revisions import seen, window

Seen = tuple[pd.DataFrame, pd.Timestamp]
"""Rows as a reader gives them, and when their body came."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a service.

    Attributes
    ----------
    start, end
        Beginnings of intervals, UTC, half-open.
    hours
        Length of an interval.
    is_backfill
        Whether the moment of publication counts in place of that of fetching.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    hours: int
    is_backfill: bool = False


def get_rows(
    request: Request,
    who: str,
    read: Callable[[bytes, str], pd.DataFrame],
    fetcher: Fetcher,
    journal: Journal,
) -> Seen:
    """Fetch one body and read it.

    Raises
    ------
    SourceError
        No answer, or one of another status than 200.
    FormatError
        It cannot be read.
    """
    fetched = fetcher.get(request, journal)
    refuse_status(fetched, who)
    return read(fetched.body, who), fetched.provenance.fetched_at


def get_index(
    question: Question, who: str, tables: Callable[[Journal], Iterable[Seen]]
) -> Answer[pd.DataFrame]:
    """Join what a service gives into one answer.

    Parameters
    ----------
    question
        What is asked.
    who
        Name of the service.
    tables
        Gives the bodies, read.
    """

    def work(journal: Journal) -> pd.DataFrame:
        known = list(tables(journal))
        if not known:
            msg = f"{who}: no page for any month from {question.start} to {question.end}"
            raise SourceError(NO_DATA, msg)
        shown = [
            rows if question.is_backfill else seen(rows, at, question.hours) for rows, at in known
        ]
        return window(shown, question.start, question.end, who)

    return answer(work)
