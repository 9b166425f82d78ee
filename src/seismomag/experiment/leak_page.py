"""The leak audit of foreign tables: findings, pictures, one self-contained page."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from seismomag.audit.foreign.columns import Foreign
from seismomag.audit.leaks import checks as leaks
from seismomag.audit.leaks.case import LeakCase
from seismomag.audit.leaks.finding import AMBER, GREEN, NOT_RUN, RED, Finding
from seismomag.audit.leaks.metadata import out_of_fold_score
from seismomag.core.atomic import write_text
from seismomag.core.progress import Progress, silent
from seismomag.experiment import report_numbers as numbers
from seismomag.experiment.foreign_tables import read_tables, with_store
from seismomag.experiment.leak_catalogue import CatalogueFiles, with_files
from seismomag.experiment.pages import Section, panel, render_page
from seismomag.figures import leaks as pictures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NO_FILES = CatalogueFiles()
ORDER = (RED, AMBER, GREEN, NOT_RUN)
WORDS: Mapping[str, str] = {
    RED: "Leak found",
    AMBER: "Read with care",
    GREEN: "No leak found",
}
SENTENCES: Mapping[str, str] = {
    RED: "Results on these rows cannot be interpreted.",
    AMBER: "No leak that makes results void was found; what is marked lowers their worth.",
    GREEN: "No leak was found by the checks that could run; what was not given was not checked.",
}


@dataclass(frozen=True)
class LeakOutcome:
    """What the leak audit of a table ended with.

    Attributes
    ----------
    foreign
        The table as it was understood.
    findings
        By check.
    worst
        ``RED``, ``AMBER`` or ``GREEN``.
    page
        The HTML file; None if none was asked for.
    """

    foreign: Foreign
    findings: Mapping[str, Finding]
    worst: str
    page: Path | None


def examine(
    paths: Sequence[Path],
    *,
    store: Path | None = None,
    map_path: Path | None = None,
    files: CatalogueFiles = NO_FILES,
    page: Path | None = None,
    progress: Progress = silent,
) -> LeakOutcome:
    """Run every check on a foreign table and write the page.

    Parameters
    ----------
    paths
        Training, validation, test tables.
    store
        Tensors behind the rows.
    map_path
        See :func:`~seismomag.experiment.foreign_tables.read_tables`.
    files
        Catalogue, stations and rule by which labels are computed again.
    page
        HTML file to write.
    progress
        Told how far the checks are.
    """
    foreign = with_files(read_tables(paths, map_path), files)
    if store is not None:
        foreign = with_store(foreign, store)
    found = _findings(foreign.case, progress)
    severities = {finding.severity for finding in found.values()}
    worst = next((s for s in ORDER[:3] if s in severities), GREEN)
    outcome = LeakOutcome(foreign, found, worst, page)
    if page is not None:
        write_text(page, render(outcome, paths, files.paths))
    return outcome


def _findings(case: LeakCase, progress: Progress) -> dict[str, Finding]:
    found = {}
    for done, (check_id, check) in enumerate(leaks.CHECKS.items()):
        progress("checks", done, len(leaks.CHECKS))
        found[check_id] = check(case)
    progress("checks", len(leaks.CHECKS), len(leaks.CHECKS))
    return found


def render(outcome: LeakOutcome, paths: Sequence[Path], beside: Sequence[Path] = ()) -> str:
    """Build the page as text; the same input gives the same bytes.

    Parameters
    ----------
    outcome
        To show.
    paths
        The tables; they name the page.
    beside
        Further files that were read.
    """
    found = outcome.findings
    lines = [_line(check_id, finding) for check_id, finding in found.items()]
    lines.sort(key=lambda line: ORDER.index(str(line["severity"])))
    counted = {s: sum(f.severity == s for f in found.values()) for s in ORDER}
    return render_page(
        "leak_page.html",
        title=", ".join(path.name for path in paths),
        word=WORDS[outcome.worst],
        sentence=SENTENCES[outcome.worst],
        counts=", ".join(f"{n} {s}" for s, n in counted.items() if n),
        reasons=[f"{i}: {leaks.CHECKS[i].title}" for i, f in found.items() if f.severity == RED],
        lines=[line for line in lines if line["severity"] != NOT_RUN],
        silent=[line for line in lines if line["severity"] == NOT_RUN],
        panels=[panel(section) for section in _sections(outcome)],
        tables=[
            numbers.page_table(f"{i}: {leaks.CHECKS[i].title}", f.rows, "")
            for i, f in found.items()
            if len(f.rows) and f.severity in (RED, AMBER)
        ],
        provenance=numbers.flat(_provenance(outcome, (*paths, *beside))),
    )


def _line(check_id: str, finding: Finding) -> dict[str, object]:
    return {
        "check_id": check_id,
        "severity": finding.severity,
        "css": finding.severity.lower().replace(" ", "-"),
        "title": leaks.CHECKS[check_id].title,
        "n_inspected": f"{finding.n_inspected:,}",
        "n_found": f"{finding.n_found:,}",
        "sentence": finding.sentence,
    }


def _sections(outcome: LeakOutcome) -> list[Section]:
    case = outcome.foreign.case
    rows = case.rows.assign(station=case.station_of(case.rows), day=case.day_of(case.rows))
    sections = []
    if case.has("labels"):
        sections = [_heat_map(case, rows), _scores(case, rows), _kp(case, rows)]
    drawn = {"C12": pictures.column_areas, "C26": pictures.embargo_figure}
    captions = {
        "C12": "Dots: AUC on days not learnt from, with 95 % intervals over units of rows that "
        "repeat each other. A column right of the line at 0.6 tells the label by itself.",
        "C26": "A fall to a half says that the skill lived on neighbours in time.",
    }
    for check_id, draw in drawn.items():
        finding = outcome.findings[check_id]
        if len(finding.rows):
            title = leaks.CHECKS[check_id].title.capitalize()
            sections.append(
                _section(check_id.lower(), title, draw(finding.rows), captions[check_id])
            )
    return sections


def _heat_map(case: LeakCase, rows: pd.DataFrame) -> Section:
    if not (case.has("station") and case.has("date")):
        reason = "the table names no station or no date"
        return Section(key="labels", title="Labels by date and station", reason=reason)
    return _section(
        "labels",
        "Labels by date and station",
        pictures.label_heat_map(rows),
        "Station and date as the names of the files state them, where they do. Vertical blocks of "
        "one colour: the date alone tells the label. Above, the dates of each split: where they "
        "overlap, a recording can stand on both sides.",
    )


def _scores(case: LeakCase, rows: pd.DataFrame) -> Section:
    title = "Score by date"
    if not case.has("date"):
        return Section(key="scores", title=title, reason="the table names no date")
    if case.has("probability"):
        told = rows.rename(columns={"probability": "score"})
        figure = pictures.score_by_date(told, "probability of the table")
        return _section("scores", title, figure, "What the table's model said on each date.")
    if not (case.has("metadata") and case.has("both classes")):
        return Section(key="scores", title=title, reason="no forecast and no column of metadata")
    known = case.known.assign(day=case.day_of(case.known), score=out_of_fold_score(case))
    figure = pictures.score_by_date(known, "score without a recording")
    caption = (
        "What a model says of each row that knows its metadata alone, no date and no recording, "
        "learnt on other dates. Where the colours part, a network can do the same."
    )
    return _section("scores", title, figure, caption)


def _kp(case: LeakCase, rows: pd.DataFrame) -> Section:
    if not case.has("kp_max"):
        return Section(key="kp", title="Kp by class", reason="the table has no Kp")
    caption = (
        "Quiet rows should have the Kp of the event rows; a lone spike is a value that was filled "
        "in for one class."
    )
    return _section("kp", "Kp by class", pictures.kp_by_class(rows), caption)


def _section(key: str, title: str, figure: "Figure", caption: str) -> Section:
    return Section(key=key, title=title, figure=figure, caption=caption)


def _provenance(outcome: LeakOutcome, paths: Sequence[Path]) -> dict[str, Any]:
    case = outcome.foreign.case
    rows = case.rows["split"].value_counts()
    return {
        "files": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths},
        "columns": dict(outcome.foreign.columns),
        "columns not understood": ", ".join(outcome.foreign.unread) or "none",
        "unreadable": "; ".join(outcome.foreign.notes) or "nothing",
        "rows": {str(name): int(n) for name, n in rows.items()},
        "window_days": case.window_days,
        "horizon_days": "not stated" if case.horizon_days is None else case.horizon_days,
        "seed": case.seed,
        "seismomag": version("seismomag"),
    }
