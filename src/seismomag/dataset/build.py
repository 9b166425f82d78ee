"""From an archive of station-days to a store: in parallel, resumable, one bad file at a time."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.core.errors import ConfigError, StoreError
from seismomag.core.progress import Progress, silent
from seismomag.dataset import store
from seismomag.dataset.context import ORIENTATIONS, ContextCache, FlagDay, LoadDay, read_field
from seismomag.dataset.rule import HORIZON_AFTER_DAYS
from seismomag.dataset.store_layout import finished
from seismomag.dataset.store_rows import NO_INPUTS, RowWriter
from seismomag.signal import day as signal_day
from seismomag.signal import quality
from seismomag.signal.grid import ScalogramGrid

Chunk = Literal["station", "day"]
CHUNKS: tuple[Chunk, ...] = ("station", "day")

# Two days more are loaded for each chunk: 3 % at this length.
CHUNK_DAYS = 64

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
        does not continue them.
    """

    path: Path
    n_rows: int
    n_computed: int
    n_kept: int
    failures: pd.DataFrame
    remarks: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class _Job:
    """What every worker must know; it crosses to other processes."""

    path: Path
    load_day: LoadDay
    flag: FlagDay | None
    orientation: str
    verify_inputs: bool


@dataclass(frozen=True)
class _Row:
    row: int
    sample_id: str
    station_code: str
    day: np.datetime64


@dataclass(frozen=True)
class _Outcome:
    sample_id: str
    is_kept: bool = False
    reason: str = ""
    remarks: tuple[str, ...] = ()


def build(
    path: str | Path,
    samples: pd.DataFrame,
    load_day: LoadDay,
    grid: ScalogramGrid,
    *,
    flag: FlagDay | None = quality.flag,
    workers: int = 1,
    chunk: Chunk = "station",
    provenance: Mapping[str, Any] | None = None,
    progress: Progress = silent,
    verify_inputs: bool = True,
) -> BuildReport:
    """Transform every station-day of a sample table into a row of a store.

    A store that exists already is continued: rows that are done from the same inputs stay,
    labels and splits are taken over from ``samples``. Each day is flagged, masked, and
    laid between the margins of its neighbours; a neighbour that is absent, of another frame
    or another base is masked and remarked on. Recordings faster than 1 Hz are decimated.

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
    chunk
        What a worker takes at once: ``"station"``, up to 64 samples of one station, or
        ``"day"``, 64 days of all stations, for a ``load_day`` that remembers what stations share.
    provenance
        Kept in the store.
    progress
        ``progress(stage, done, total)``.
    verify_inputs
        Whether days behind finished rows are loaded to compare their hashes. Without, finished
        rows are trusted and cost nothing.

    Returns
    -------
    report

    Raises
    ------
    StoreError
        The store at ``path`` holds other samples or another grid, or was built with other flags.
    ConfigError
        An option is impossible.
    """
    _check_options(workers, chunk)
    file = Path(path)
    rows = _rows_of(samples, np.arange(len(samples)))
    settings = {"flag": _name_of(flag)}
    if file.exists():
        settings["orientation"] = _held_orientation(file, grid, settings["flag"])
        kept = {"build": settings, "given": dict(provenance or {})}
        store.write_samples(file, samples, provenance=kept)
    else:
        settings["orientation"] = _orientation_of(rows, load_day)
        kept = {"build": settings, "given": dict(provenance or {})}
        store.create(file, samples, grid, provenance=kept)
    job = _Job(
        path=file,
        load_day=load_day,
        flag=flag,
        orientation=settings["orientation"],
        verify_inputs=verify_inputs,
    )
    return _run(job, rows, workers, chunk, progress)


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
    with store.open(source) as opened:
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
    job = _Job(
        path=final,
        load_day=load_day,
        flag=flag,
        orientation=settings["orientation"],
        verify_inputs=True,
    )
    return _run(job, _rows_of(samples, asked), workers, chunk, progress)


def _check_options(workers: int, chunk: str) -> None:
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


def _rows_of(samples: pd.DataFrame, rows: NDArray[np.int64]) -> list[_Row]:
    days = samples["horizon_start"].to_numpy(dtype="datetime64[D]") - np.timedelta64(
        HORIZON_AFTER_DAYS, "D"
    )
    ids, codes = samples["sample_id"].tolist(), samples["station_code"].tolist()
    return [_Row(int(i), ids[i], codes[i], days[i]) for i in rows]


def _orientation_of(rows: Sequence[_Row], load_day: LoadDay) -> str:
    """Orientation of the first day of the table that can be read: that of the whole store."""
    for row in rows:
        found = read_field(load_day, None, row.station_code, row.day).orientation
        if found:
            return found
    return next(iter(ORIENTATIONS.values()))


def _chunks(rows: Sequence[_Row], chunk: Chunk) -> list[list[_Row]]:
    """Cut the rows into pieces for workers; days ascend within each."""
    if not rows:
        return []
    if chunk == "station":
        ordered = sorted(rows, key=lambda r: (r.station_code, r.day))
        first = {r.station_code: r.day for r in reversed(ordered)}
    else:
        ordered = sorted(rows, key=lambda r: (r.day, r.station_code))
        first = dict.fromkeys({r.station_code for r in rows}, ordered[0].day)
    pieces: dict[tuple[str, int], list[_Row]] = {}
    for row in ordered:
        block = int((row.day - first[row.station_code]).astype(np.int64)) // CHUNK_DAYS
        key = (row.station_code if chunk == "station" else "", block)
        pieces.setdefault(key, []).append(row)
    return list(pieces.values())


def _run(
    job: _Job, rows: Sequence[_Row], workers: int, chunk: Chunk, progress: Progress
) -> BuildReport:
    outcomes: list[_Outcome] = []
    progress(STAGE, 0, len(rows))
    pieces = _chunks(rows, chunk)
    several = workers > 1 and len(pieces) > 1
    for outcome in _in_processes(job, pieces, workers) if several else _here(job, pieces):
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


def _here(job: _Job, pieces: Sequence[list[_Row]]) -> Iterator[_Outcome]:
    for piece in pieces:
        yield from _work(job, piece)


def _in_processes(job: _Job, pieces: Sequence[list[_Row]], workers: int) -> Iterator[_Outcome]:
    # Fresh processes: a fork would copy the locks of threads that other libraries keep running.
    pool = ProcessPoolExecutor(
        min(workers, len(pieces)), mp_context=get_context("spawn"), initializer=_use_one_thread
    )
    try:
        futures = [pool.submit(_work_through, job, piece) for piece in pieces]
        for future in as_completed(futures):
            yield from future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _use_one_thread() -> None:
    """Keep linear algebra from starting a thread for every core in every worker."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1)


def _work_through(job: _Job, piece: list[_Row]) -> list[_Outcome]:
    return list(_work(job, piece))


def _work(job: _Job, piece: list[_Row]) -> Iterator[_Outcome]:
    """Bring the rows of one chunk into the store."""
    with store.open(job.path) as opened:
        held = {r.row: _held_inputs(opened, r.row) for r in piece}
        grid = opened.grid
    cache = ContextCache(job.load_day, job.flag, reach_s=grid.reach_s, orientation=job.orientation)
    with RowWriter(job.path) as writer:
        for row in piece:
            yield _bring(job, row, held[row.row], cache, writer)


def _held_inputs(opened: store.Store, row: int) -> bytes:
    return bytes.fromhex(opened.inputs_sha256(row)[0]) if opened.done[row] else NO_INPUTS


def _bring(job: _Job, row: _Row, held: bytes, cache: ContextCache, writer: RowWriter) -> _Outcome:
    if held != NO_INPUTS and not job.verify_inputs:
        return _Outcome(row.sample_id, is_kept=True)
    context = cache.get(row.station_code, row.day)
    if context.field_nt is None:
        writer.write_masked(row.row)
        return _Outcome(row.sample_id, reason=context.reason)
    if context.inputs == held:
        return _Outcome(row.sample_id, is_kept=True, remarks=context.remarks)
    tensor = signal_day.transform(context.field_nt, writer.grid)
    writer.write(row.row, tensor, context.inputs)
    return _Outcome(row.sample_id, remarks=context.remarks)
