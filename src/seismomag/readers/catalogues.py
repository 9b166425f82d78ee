"""Lists of earthquakes: read, joined, and honest about what they do not cover."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.core.atomic import write_bytes
from seismomag.core.schema import CATALOGUE_COLUMNS, Catalogue, Interval, check_catalogue
from seismomag.core.wording import some
from seismomag.readers.catalogue_completeness import completeness
from seismomag.readers.catalogue_coverage import days_covered, estimate_coverage, merge_intervals
from seismomag.readers.catalogue_layouts import (
    CATALOGUE_READERS,
    COVERAGE_MARK,
    HEAD_BYTES,
    EventList,
    explain,
)
from seismomag.readers.delimited import load_all, refuse_empty
from seismomag.readers.merge_report import MergeReport

__all__ = [
    "CATALOGUE_READERS",
    "MergeReport",
    "completeness",
    "estimate_coverage",
    "merge_intervals",
    "read_catalogue",
    "read_catalogue_with_report",
    "read_events",
    "write_catalogue",
]

COMPLETENESS_SPREAD = 0.5
"""Magnitudes of completeness of years that differ by more are worth a sentence."""

SHOWN = 4
"""Events that a sentence names."""


def read_catalogue(
    paths: str | Path | Iterable[str | Path],
    *,
    coverage: Iterable[Interval] | None = None,
    minimum_magnitude: float | None = None,
) -> Catalogue:
    """Read one or several lists of earthquakes.

    Parameters
    ----------
    paths
        Files in any layout of :data:`CATALOGUE_READERS`, known by their content; gz, xz and
        zip are unwrapped.
    coverage
        Intervals that the lists are known to cover. Without it each file's own declaration
        counts, and else :func:`estimate_coverage` of all its events.
    minimum_magnitude
        Weaker events are left out, after the coverage was estimated; events without a
        magnitude too.

    Returns
    -------
    catalogue
        Earthquakes only (no explosions or collapses), sorted, one row for each ``event_id``:
        rows of one id are merged; where they differ, the row of the newest file stays, that
        is of the file whose last event is the latest (the later argument among equals, the
        later line within a file).

    Raises
    ------
    FormatError
        Names file, line, what was found and what was expected.
    """
    return read_catalogue_with_report(
        paths, coverage=coverage, minimum_magnitude=minimum_magnitude
    )[0]


def read_catalogue_with_report(
    paths: str | Path | Iterable[str | Path],
    *,
    coverage: Iterable[Interval] | None = None,
    minimum_magnitude: float | None = None,
) -> tuple[Catalogue, MergeReport]:
    """Read as :func:`read_catalogue`, and say what was merged and left out.

    Returns
    -------
    catalogue, report
        The list, and counts with a sentence for each thing that a person should know.
    """
    lists = [read_events(data, name) for data, name in load_all(paths)]
    if coverage is None:
        coverage = [interval for one in lists for interval in _coverage_of(one)]
    covered = merge_intervals(coverage)
    events, n_merged, sentences = _join(lists)
    is_earthquake = events["event_type"].isin(["", "earthquake"])
    sentences += _other_kinds(events.loc[~is_earthquake, "event_type"])
    events = events.loc[is_earthquake, list(CATALOGUE_COLUMNS)]
    everything = Catalogue(events=events.reset_index(drop=True), coverage=covered)
    sentences += _coverage_sentences(everything) + _completeness_sentences(everything)
    sentences += _doubt_sentences(everything.events)
    if minimum_magnitude is not None:
        events = events[events["magnitude"] >= minimum_magnitude]
        sentences.append(
            f"{len(everything.events) - len(events)} events below magnitude "
            f"{minimum_magnitude:g} were left out"
        )
    n_read = sum(len(one.events) for one in lists)
    report = MergeReport(
        n_read=n_read,
        n_merged=n_merged,
        n_left_out=n_read - n_merged - len(events),
        sentences=tuple(sentences),
    )
    catalogue = Catalogue(events=events.reset_index(drop=True), coverage=covered)
    return check_catalogue(catalogue), report


def read_events(data: bytes, name: str) -> EventList:
    """Read the bytes of one list, in the layout that its first bytes show.

    Raises
    ------
    FormatError
        No known layout (says what the nearest one misses), or a damaged list.
    """
    refuse_empty(data, name)
    head = data[:HEAD_BYTES]
    for reader in CATALOGUE_READERS:
        if reader.is_mine(head):
            return reader.read(data, name)
    raise explain(head, name)


def write_catalogue(catalogue: Catalogue, path: str | Path) -> Path:
    """Write a catalogue as CSV with the columns of ``CATALOGUE_COLUMNS``.

    The coverage stands in remarks before the header, one ``# coverage: START/END`` each, so
    that :func:`read_catalogue` gives the catalogue back as it was, times to the microsecond.

    Returns
    -------
    path
        The file, which appears whole or not at all.
    """
    events = check_catalogue(catalogue).events[list(CATALOGUE_COLUMNS)].copy()
    events["origin_time"] = events["origin_time"].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    remarks = [
        f"{COVERAGE_MARK}{i.start.isoformat()}/{i.end.isoformat()}\n" for i in catalogue.coverage
    ]
    text = "".join(remarks) + events.to_csv(index=False, lineterminator="\n")
    return write_bytes(path, text.encode())


def _coverage_of(one: EventList) -> tuple[Interval, ...]:
    if one.coverage is not None:
        return one.coverage
    return estimate_coverage(one.events["origin_time"])


def _join(lists: Sequence[EventList]) -> tuple[pd.DataFrame, int, list[str]]:
    latest = [one.events["origin_time"].max() for one in lists]
    oldest_first = sorted(range(len(lists)), key=lambda i: (pd.notna(latest[i]), latest[i], i))
    events = pd.concat([lists[i].events for i in oldest_first], ignore_index=True)
    distinct = events.drop_duplicates(keep="last")
    n_same = len(events) - len(distinct)
    newest = distinct.drop_duplicates("event_id", keep="last")
    sentences = []
    if n_same:
        twice = events.loc[events.duplicated(keep="last"), "event_id"]
        sentences.append(f"{n_same} rows stand twice and were merged: {some(twice, SHOWN)}")
    if len(newest) < len(distinct):
        revised = distinct.loc[distinct.duplicated("event_id", keep="last"), "event_id"]
        sentences.append(
            f"{len(distinct) - len(newest)} rows contradict a newer row of the same event and "
            f"were dropped: {some(revised, SHOWN)}"
        )
    ordered = newest.sort_values(["origin_time", "event_id"], kind="stable", ignore_index=True)
    return ordered, len(events) - len(newest), sentences


def _other_kinds(kinds: pd.Series) -> list[str]:
    return [
        f"{count} rows are no earthquake but {kind!r} and were left out"
        for kind, count in kinds.value_counts().items()
    ]


def _coverage_sentences(catalogue: Catalogue) -> list[str]:
    if not catalogue.coverage:
        return ["nothing is covered: the list is empty and declares no interval"]
    start, end = catalogue.coverage[0].start, catalogue.coverage[-1].end
    days = (end - start) / pd.Timedelta(days=1)
    covered = days_covered(catalogue.coverage, start, end)
    sentences = [f"covers {covered:g} of the {days:g} days from {start} to {end}"]
    holes = [
        f"{before.end:%Y-%m-%d} to {after.start:%Y-%m-%d}"
        for before, after in pairwise(catalogue.coverage)
    ]
    if holes:
        sentences.append(f"nothing is known in {len(holes)} holes: {some(holes, 12)}")
    return sentences


def _completeness_sentences(catalogue: Catalogue) -> list[str]:
    table = completeness(catalogue)
    table = table[table["n_complete"] >= 1]
    if table.empty:
        return []
    magnitude = table["magnitude_of_completeness"].to_numpy(np.float64)
    year = table["period_start"].dt.year.to_numpy()
    low, high = int(magnitude.argmin()), int(magnitude.argmax())
    if not round(magnitude[high] - magnitude[low], 6) > COMPLETENESS_SPREAD:
        return []
    sentence = (
        f"the magnitude of completeness runs from {magnitude[low]:.1f} ({year[low]}) to "
        f"{magnitude[high]:.1f} ({year[high]}): rates of different years do not compare"
    )
    return [sentence]


def _doubt_sentences(events: pd.DataFrame) -> list[str]:
    """Say what the rows leave open: sizes of no stated kind, places that mean "not known"."""
    said = []
    untyped = int((events["magnitude_type"] == "").sum())
    if untyped:
        said.append(f"{untyped} of {len(events)} magnitudes do not say their type")
    nowhere = (events["latitude_deg"] == 0) & (events["longitude_deg"] == 0)
    if nowhere.any():
        said.append(
            f"{int(nowhere.sum())} events lie at 0 N 0 E, which often means a place that is not "
            f"known: {some(events.loc[nowhere, 'event_id'], SHOWN)}"
        )
    return said
