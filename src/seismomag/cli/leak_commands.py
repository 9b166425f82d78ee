"""``seismomag leaks``: the leak audit of anybody's table."""

import sys
from pathlib import Path

from seismomag.cli import EXIT_DONE, EXIT_LEAK
from seismomag.cli.progress import shown
from seismomag.experiment.leak_catalogue import CatalogueFiles
from seismomag.experiment.leak_page import (
    NO_FILES,
    ORDER,
    SENTENCES,
    WORDS,
    LeakOutcome,
    examine,
)


def check_tables(
    tables: list[Path],
    *,
    store: Path | None = None,
    map_path: Path | None = None,
    files: CatalogueFiles = NO_FILES,
    page: Path | None = None,
) -> int:
    """Check tables for leaks; print the findings, write the page.

    Returns
    -------
    exit_code
        3 when anything is RED, else 0.
    """
    with shown() as progress:
        outcome = examine(
            tables, store=store, map_path=map_path, files=files, page=page, progress=progress
        )
    for line in lines(outcome):
        sys.stdout.write(line + "\n")
    return EXIT_LEAK if outcome.worst == "RED" else EXIT_DONE


def lines(outcome: LeakOutcome) -> list[str]:
    """Say what was found, the worst first."""
    columns = ", ".join(f"{theirs} as {ours}" for ours, theirs in outcome.foreign.columns.items())
    said = [f"columns: {columns or 'none understood; name them with --map'}"]
    if outcome.foreign.unread:
        said.append(f"not understood: {', '.join(outcome.foreign.unread)}")
    said += [f"note: {note}" for note in outcome.foreign.notes]
    found = sorted(outcome.findings.items(), key=lambda item: ORDER.index(item[1].severity))
    said += [f"{i:<4} {f.severity:<8} {f.sentence}" for i, f in found]
    said.append(f"{WORDS[outcome.worst]}. {SENTENCES[outcome.worst]}")
    if outcome.page is not None:
        said.append(str(outcome.page.resolve()))
    return said
