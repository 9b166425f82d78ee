"""From an archive of station-days to a store: in parallel, resumable, one bad file at a time."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.core.errors import ConfigError, StoreError
from seismomag.core.kinds import check_kind
from seismomag.core.progress import Progress, silent
from seismomag.dataset import store
from seismomag.dataset.build_work import (
    CHUNKS,
    Chunk,
    Job,
    Outcome,
    Row,
    cut_pieces,
    load_distributed,
    perform,
)
from seismomag.dataset.context import ORIENTATIONS, FlagDay, LoadDay, read_field
from seismomag.dataset.store import table_arrays
from seismomag.dataset.store.layout import finished
from seismomag.dataset.store.rows import RowWriter
from seismomag.signal import quality
from seismomag.signal.grid import ScalogramGrid

STAGE = "build"


@dataclass(frozen=True, kw_only=True, eq=False)
class BuildReport:
    """What a build did.

    Attributes
    ----------
    path
        The store.
    n_rows
        Rows that the build was asked for.
    n_computed, n_kept
        Rows transformed now, and rows that were done already with the same inputs.
    failures
        ``sample_id, reason``: days that could not be used; their tensors are NaN, their coverage
        is 0.
    remarks
        ``sample_id, reason``: days whose margins are masked because a neighbour is absent or
        does not continue them. A remark on the store itself has an empty ``sample_id``.
    """

    path: Path
    n_rows: int
    n_computed: int
    n_kept: int
    failures: pd.DataFrame
    remarks: pd.DataFrame


def build_store(
    path: str | Path,
    samples: pd.DataFrame,
    load_day: LoadDay,
    grid: ScalogramGrid,
    *,
    flag: FlagDay | None = quality.flag,
    workers: int = 1,
    scheduler: str | None = None,
    chunk: Chunk = "station",
    provenance: Mapping[str, Any] | None = None,
    progress: Progress = silent,
    verify_inputs: bool = True,
) -> BuildReport:
    """Transform every station-day of a sample table into a row of a store.

    A store that exists already is continued: rows that are done from the same inputs stay,
    labels and splits are taken over from ``samples``. If these are more than it holds, it is
    first laid anew with room for them (:func:`~seismomag.dataset.store.lay_anew`). Each day is
    flagged, masked, and laid between the margins of its neighbours; a neighbour that is absent,
    of another frame or another base is masked and remarked on. Recordings faster than 1 Hz are
    decimated.

    Parameters
    ----------
    path
        The store; made if absent.
    samples
        The sample table; row i becomes store row i.
    load_day
        ``load_day(station_code, day)``; must be picklable for more than one worker.
    grid
        Frequencies, columns, planes.
    flag
        Sets quality flags; None to use the flags that the recordings bring.
    workers
        Processes. One works in this process.
    scheduler
        Address of a Dask scheduler, such as ``"tcp://host:8786"``, whose workers do the work
        instead; all of them must see the archive and the store under the same paths. What a
        worker that dies had finished counts as kept.
    chunk
        What a worker takes at once: ``"station"``, up to 64 samples of one station, or
        ``"day"``, 64 days of all stations, for a ``load_day`` that remembers what stations share.
    provenance
        Kept in the store.
    progress
        ``progress(stage, done, total)``.
    verify_inputs
        Whether days behind finished rows are loaded to compare their hashes. Without, finished
        rows are trusted and cost nothing, except those beside days that were added since.

    Returns
    -------
    report

    Raises
    ------
    StoreError
        The store at ``path`` holds other samples or another grid, or was built with other flags;
        it cannot be written; or a worker was killed. Finished rows are kept in any case.
    ConfigError
        An option or the grid is impossible, or the scheduler does not answer.
    """
    check_kind("grid", grid, ScalogramGrid)
    _check_options(workers, chunk, scheduler)
    file = Path(path).absolute() if scheduler else Path(path)
    rows = _rows_of(samples, np.arange(len(samples)))
    settings = {"flag": _name_of(flag)}
    remarks: list[tuple[str, str]] = []
    if file.exists():
        remarks = _other_version(file)
        settings["orientation"] = _held_orientation(file, grid, settings["flag"])
        kept = {"build": settings, "given": dict(provenance or {})}
        _take_over(file, samples, kept)
    else:
        settings["orientation"] = _orientation_of(rows, load_day)
        kept = {"build": settings, "given": dict(provenance or {})}
        store.create(file, samples, grid, provenance=kept)
    job = Job(
        path=file,
        load_day=load_day,
        flag=flag,
        orientation=settings["orientation"],
        verify_inputs=verify_inputs,
    )
    report = _run(job, rows, chunk, progress, workers=workers, scheduler=scheduler)
    told = _sentences(remarks) if report.n_kept else _sentences([])
    return replace(report, remarks=pd.concat([told, report.remarks], ignore_index=True))


def overlay(
    source: str | Path,
    path: str | Path,
    rows: ArrayLike,
    load_day: LoadDay,
    *,
    flag: FlagDay | None = quality.flag,
    workers: int = 1,
    chunk: Chunk = "station",
    progress: Progress = silent,
) -> BuildReport:
    """Copy a store and transform only some of its rows again.

    For two archives that share most of their days, such as a planted signal and its background.
    The copy has its name before the rows are transformed; if that is cut off, :func:`build` on
    the copy goes on.

    Parameters
    ----------
    source
        A store; all rows but the named ones must be done for the copy to be whole.
    path
        The copy; must not exist yet.
    rows
        Store rows whose day, or whose margin in a neighbouring day, is another one in
        ``load_day``.
    load_day, flag, workers, chunk, progress
        As for :func:`build`; ``flag`` must be that of the source.

    Returns
    -------
    report
        About the named rows.

    Raises
    ------
    StoreError
        The source is no store, the copy exists, a row does not, or the flags are others.
    """
    _check_options(workers, chunk)
    final = Path(path)
    if final.exists():
        msg = f"{final}: exists already; remove it to lay the rows over {source} anew"
        raise StoreError(msg)
    store.read_layout(Path(source))
    with store.open_store(source) as opened:
        samples, settings = opened.samples, _settings_of(source, opened.provenance, _name_of(flag))
    asked = np.unique(np.asarray(rows, dtype=np.int64))
    if asked.size and not 0 <= asked[0] <= asked[-1] < len(samples):
        msg = f"{source}: no row {asked[0] if asked[0] < 0 else asked[-1]}; it has {len(samples)}"
        raise StoreError(msg)
    with finished(final) as unfinished:
        shutil.copyfile(source, unfinished)
        with RowWriter(unfinished) as writer:
            for row in asked:
                writer.forget(int(row))
    job = Job(
        path=final,
        load_day=load_day,
        flag=flag,
        orientation=settings["orientation"],
        verify_inputs=True,
    )
    return _run(job, _rows_of(samples, asked), chunk, progress, workers=workers)


def _other_version(path: Path) -> list[tuple[str, str]]:
    """Remark that the finished rows of a store are of another version of the code."""
    held, ours = store.read_layout(path).code_version, version("seismomag")
    if held == ours:
        return []
    sentence = (
        f"{path.name} was begun by seismomag {held} and is continued by {ours}; rows that stay are "
        "of the former: build another store where all must be made alike"
    )
    return [("", sentence)]


def _take_over(path: Path, samples: pd.DataFrame, provenance: Mapping[str, Any]) -> None:
    """Bring the table of today into a store that exists, and make room where it is longer."""
    if len(samples) > store.read_layout(path).n_rows:
        store.lay_anew(path, samples, provenance=provenance)
    else:
        store.write_samples(path, samples, provenance=provenance)


def _check_options(workers: int, chunk: str, scheduler: str | None = None) -> None:
    if scheduler is not None:
        load_distributed()
    if workers < 1:
        msg = f"workers={workers} must be 1 or more"
        raise ConfigError(msg)
    if chunk not in CHUNKS:
        msg = f"chunk={chunk!r} is none of {', '.join(CHUNKS)}"
        raise ConfigError(msg)


def _name_of(flag: FlagDay | None) -> str:
    if isinstance(flag, partial):
        return f"{_name_of(flag.func)} {flag.keywords}"
    return "none" if flag is None else getattr(flag, "__qualname__", type(flag).__qualname__)


def _settings_of(path: str | Path, held: Mapping[str, Any], flag_name: str) -> dict[str, str]:
    settings: dict[str, str] = held.get("build", {})
    if settings.get("flag") != flag_name or "orientation" not in settings:
        msg = (
            f"{path}: was built with flags {settings.get('flag')!r}, asked for are "
            f"{flag_name!r}; build another store"
        )
        raise StoreError(msg)
    return settings


def _held_orientation(path: Path, grid: ScalogramGrid, flag_name: str) -> str:
    """Check that a store can be continued, and give its orientation."""
    held_grid, held = store.read_provenance(path)
    if held_grid != grid:
        msg = f"{path}: has {held_grid}, asked for is {grid}; build another store"
        raise StoreError(msg)
    return _settings_of(path, held, flag_name)["orientation"]


def _rows_of(samples: pd.DataFrame, rows: NDArray[np.int64]) -> list[Row]:
    days = table_arrays.days_of(samples)
    ids, codes = samples["sample_id"].tolist(), samples["station_code"].tolist()
    return [Row(int(i), ids[i], codes[i], days[i]) for i in rows]


def _orientation_of(rows: Sequence[Row], load_day: LoadDay) -> str:
    """Orientation of the first day of the table that can be read: that of the whole store."""
    for row in rows:
        found = read_field(load_day, None, row.station_code, row.day).orientation
        if found:
            return found
    return next(iter(ORIENTATIONS.values()))


def _run(
    job: Job,
    rows: Sequence[Row],
    chunk: Chunk,
    progress: Progress,
    *,
    workers: int,
    scheduler: str | None = None,
) -> BuildReport:
    outcomes: list[Outcome] = []
    progress(STAGE, 0, len(rows))
    for outcome in perform(job, cut_pieces(rows, chunk), workers, scheduler):
        outcomes.append(outcome)
        progress(STAGE, len(outcomes), len(rows))
    place = {row.sample_id: row.row for row in rows}
    outcomes.sort(key=lambda o: place[o.sample_id])
    return BuildReport(
        path=job.path,
        n_rows=len(rows),
        n_computed=sum(not o.is_kept and not o.reason for o in outcomes),
        n_kept=sum(o.is_kept for o in outcomes),
        failures=_sentences([(o.sample_id, o.reason) for o in outcomes if o.reason]),
        remarks=_sentences([(o.sample_id, r) for o in outcomes for r in o.remarks]),
    )


def _sentences(lines: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(lines, columns=["sample_id", "reason"]).astype("str")
