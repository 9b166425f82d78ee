"""The work of a build: pieces of the sample table, here, in processes or on a cluster.

Every piece is worked through by the same function, which only needs to see the file: it may run
twice, or be cut off anywhere, and the rows come out the same.
"""

import importlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np

from seismomag.core.errors import ConfigError, StoreError
from seismomag.dataset.context import ContextCache, FlagDay, LoadDay
from seismomag.dataset.store.layout import DONE, NOT_DONE
from seismomag.dataset.store.rows import NO_INPUTS, RowWriter
from seismomag.signal import day as signal_day

Chunk = Literal["station", "day"]
CHUNKS: tuple[Chunk, ...] = ("station", "day")

# Two days more are loaded for each chunk: 3 % at this length.
CHUNK_DAYS = 64

CONNECT_S = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """What every worker must know; it crosses to other processes."""

    path: Path
    load_day: LoadDay
    flag: FlagDay | None
    orientation: str
    verify_inputs: bool


@dataclass(frozen=True)
class Row:
    """A store row and the station-day that belongs to it."""

    row: int
    sample_id: str
    station_code: str
    day: np.datetime64


@dataclass(frozen=True)
class Outcome:
    """What became of a row."""

    sample_id: str
    is_kept: bool = False
    reason: str = ""
    remarks: tuple[str, ...] = ()


def cut_pieces(rows: Sequence[Row], chunk: Chunk) -> list[list[Row]]:
    """Cut the rows into pieces for workers; days ascend within each."""
    if not rows:
        return []
    if chunk == "station":
        ordered = sorted(rows, key=lambda r: (r.station_code, r.day))
        first = {r.station_code: r.day for r in reversed(ordered)}
    else:
        ordered = sorted(rows, key=lambda r: (r.day, r.station_code))
        first = dict.fromkeys({r.station_code for r in rows}, ordered[0].day)
    pieces: dict[tuple[str, int], list[Row]] = {}
    for row in ordered:
        block = int((row.day - first[row.station_code]).astype(np.int64)) // CHUNK_DAYS
        key = (row.station_code if chunk == "station" else "", block)
        pieces.setdefault(key, []).append(row)
    return list(pieces.values())


def perform(
    job: Job, pieces: Sequence[list[Row]], workers: int, scheduler: str | None
) -> Iterator[Outcome]:
    """Work through all pieces: here, in processes, or on a cluster; in any order."""
    if scheduler is not None:
        return _on_cluster(job, pieces, scheduler)
    if workers > 1 and len(pieces) > 1:
        return _in_processes(job, pieces, workers)
    return _here(job, pieces)


def _here(job: Job, pieces: Sequence[list[Row]]) -> Iterator[Outcome]:
    for piece in pieces:
        yield from _work(job, piece)


def _in_processes(job: Job, pieces: Sequence[list[Row]], workers: int) -> Iterator[Outcome]:
    # Fresh processes: a fork would copy the locks of threads that other libraries keep running.
    pool = ProcessPoolExecutor(
        min(workers, len(pieces)), mp_context=get_context("spawn"), initializer=_use_one_thread
    )
    try:
        futures = [pool.submit(_work_through, job, piece) for piece in pieces]
        for future in as_completed(futures):
            yield from future.result()
    except BrokenProcessPool as error:
        msg = (
            f"{job.path}: a worker process ended by force, perhaps for want of memory; finished "
            "rows are kept: start the same build again, with fewer workers if it happens again"
        )
        raise StoreError(msg) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _on_cluster(job: Job, pieces: Sequence[list[Row]], scheduler: str) -> Iterator[Outcome]:
    """Give the pieces to a Dask cluster; those of a worker that dies go to another one."""
    distributed = load_distributed()
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        msg = f"scheduler {scheduler!r} does not answer ({error}); is it running there?"
        raise ConfigError(msg) from error
    with client:
        futures = [client.submit(_work_through, job, piece, pure=False) for piece in pieces]
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                yield from future.result()
        except distributed.KilledWorker as error:
            msg = (
                f"{job.path}: workers of {scheduler} died over the same days ({error}); finished "
                "rows are kept: start the same build again"
            )
            raise StoreError(msg) from error
        finally:
            client.cancel(futures)


def load_distributed() -> Any:
    """Import Dask distributed.

    Raises
    ------
    ConfigError
        It is not installed.
    """
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        msg = "a build on a cluster needs Dask distributed; install seismomag[cluster]"
        raise ConfigError(msg) from error


def _use_one_thread() -> None:
    """Keep linear algebra from starting a thread for every core in every worker."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1)


def _work_through(job: Job, piece: list[Row]) -> list[Outcome]:
    return list(_work(job, piece))


def _work(job: Job, piece: list[Row]) -> Iterator[Outcome]:
    """Bring the rows of one chunk into the store."""
    with RowWriter(job.path) as writer:
        cache = ContextCache(
            job.load_day, job.flag, reach_s=writer.grid.reach_s, orientation=job.orientation
        )
        for row in piece:
            yield _bring(job, row, cache, writer)


def _bring(job: Job, row: Row, cache: ContextCache, writer: RowWriter) -> Outcome:
    held = writer.inputs(row.row)
    if held != NO_INPUTS and not job.verify_inputs and writer.flag(row.row) == DONE:
        return Outcome(row.sample_id, is_kept=True)
    context = cache.get(row.station_code, row.day)
    if context.field_nt is None:
        if held != NO_INPUTS or writer.flag(row.row) == NOT_DONE:
            writer.write_masked(row.row)
        writer.confirm(row.row)
        return Outcome(row.sample_id, reason=context.reason)
    if context.inputs == held:
        writer.confirm(row.row)
        return Outcome(row.sample_id, is_kept=True, remarks=context.remarks)
    tensor = signal_day.transform(context.field_nt, writer.grid)
    writer.write(row.row, tensor, context.inputs)
    return Outcome(row.sample_id, remarks=context.remarks)
