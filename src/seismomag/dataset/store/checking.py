"""Whether a store is what it says: structure, table, every row, and some rows made again."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import StoreError
from seismomag.dataset.context import ContextCache, FlagDay, LoadDay
from seismomag.dataset.store import table_arrays
from seismomag.dataset.store.layout import CONTIGUOUS, JOINED, NOT_DONE, TO_VERIFY
from seismomag.dataset.store.reading import Store
from seismomag.dataset.store.rows import row_crc32
from seismomag.signal import day as signal_day

N_AMPLITUDES = 3
SHOWN_PROBLEMS = 20


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What a check found.

    Attributes
    ----------
    path, kind
        The store: contiguous, packed or joined.
    n_rows, n_done, n_without_data, n_to_verify
        All rows; finished ones; finished ones without a valid second; finished ones beside days
        that were added since.
    n_checked, n_recomputed
        Finished rows that were read, and those that were made again from the archive.
    nan_share
        Share of masked values by plane, in the rows that were read and have data.
    problems
        Sentences about damage; none if the store is sound.
    remarks
        Sentences about what could not be checked.
    """

    path: Path
    kind: str
    n_rows: int
    n_done: int
    n_without_data: int
    n_to_verify: int
    n_checked: int
    n_recomputed: int
    nan_share: Mapping[str, float]
    problems: tuple[str, ...]
    remarks: tuple[str, ...]


def check(
    path: str | Path,
    *,
    most_rows: int | None = None,
    load_day: LoadDay | None = None,
    flag: FlagDay | None = None,
    n_recomputed: int = 3,
) -> CheckReport:
    """Check a store.

    Parameters
    ----------
    path
        A store of any kind.
    most_rows
        Read at most so many finished rows, evenly spread; all by default.
    load_day, flag
        Archive and flags that the store was built with: a few rows are then made again and must
        come out the same.
    n_recomputed
        How many.

    Returns
    -------
    report

    Raises
    ------
    StoreError
        The file is no store, or its structure or table is damaged.
    """
    with Store(path) as store:
        flags = store.flags
        done = np.flatnonzero(flags != NOT_DONE)
        read = _evenly(done, most_rows)
        problems = [f"row {row}: has the flag {flags[row]}" for row in np.flatnonzero(flags > 2)]
        n_values = 0
        n_masked = np.zeros(store.grid.n_planes)
        for row in read.tolist():
            planes, found = _check_row(store, row)
            problems += [f"row {row}: {sentence}" for sentence in found]
            if planes is not None and store.array("coverage", [row])[0] > 0:
                n_values += planes[0].size
                n_masked += np.isnan(planes).sum(axis=(1, 2))
        again = _evenly(done[flags[done] != TO_VERIFY], n_recomputed if load_day else 0)
        if load_day is not None:
            problems += list(_recompute(store, again, load_day, flag))
        coverage = store.array("coverage", done) if done.size else np.zeros(0)
        return CheckReport(
            path=store.path,
            kind=store.layout.kind,
            n_rows=store.n_rows,
            n_done=done.size,
            n_without_data=int((coverage == 0).sum()),
            n_to_verify=int((flags == TO_VERIFY).sum()),
            n_checked=read.size,
            n_recomputed=again.size,
            nan_share=dict(
                zip(store.grid.planes, (n_masked / max(n_values, 1)).tolist(), strict=True)
            ),
            problems=tuple(problems),
            remarks=tuple(_remarks(store)),
        )


def _evenly(rows: NDArray[np.int64], most: int | None) -> NDArray[np.int64]:
    if most is None or rows.size <= most:
        return rows
    return rows[np.linspace(0, rows.size - 1, most).astype(np.int64)] if most else rows[:0]


def _check_row(store: Store, row: int) -> tuple[NDArray[np.float16] | None, list[str]]:
    try:
        planes = store.array("amplitude", [row])[0]
        valid_s = store.array("valid_s", [row])[0]
    except StoreError as error:
        return None, [str(error)]
    coverage = float(store.array("coverage", [row])[0])
    found = []
    if "row_crc32" in store.arrays:
        inputs = store.array("inputs", [row])[0].tobytes()
        if row_crc32(planes, valid_s, coverage, inputs) != store.array("row_crc32", [row])[0]:
            found.append("its bytes do not have the check sum that was written with them")
    if (valid_s > store.grid.column_s).any():
        found.append(f"a column has more than {store.grid.column_s} valid seconds")
    share = float(valid_s.sum(axis=1, dtype=np.int64).min()) / SECONDS_PER_DAY
    if coverage != share:
        found.append(f"coverage {coverage} is not that of its valid seconds, {share}")
    if np.isinf(planes).any() or (planes[:N_AMPLITUDES] < 0).any():
        found.append("an amplitude is negative or infinite")
    if (np.abs(planes[N_AMPLITUDES:]) > 1).any():
        found.append("a normalised cross-spectrum leaves [-1, 1]")
    return planes, found


def _remarks(store: Store) -> Iterator[str]:
    if not store.layout.is_sealed:
        yield "no seal over its structure: made by an older seismomag, or changed by other software"
    if "row_crc32" not in store.arrays:
        yield "no check sums of rows: made by an older seismomag"
    if store.layout.kind == JOINED:
        names = ", ".join(shard.name for shard in store.layout.shards)
        yield f"joined; its rows lie in {names}"
    elif store.layout.kind != CONTIGUOUS:
        yield f"packed with {store.layout.compression}"


def _recompute(
    store: Store, rows: NDArray[np.int64], load_day: LoadDay, flag: FlagDay | None
) -> Iterator[str]:
    """Make rows again, and say which come out otherwise."""
    samples = store.samples
    days = table_arrays.days_of(samples)
    codes = samples["station_code"].tolist()
    orientation = str((store.provenance.get("build") or {}).get("orientation", ""))
    for row in rows.tolist():
        cache = ContextCache(load_day, flag, reach_s=store.grid.reach_s, orientation=orientation)
        context = cache.get(codes[row], days[row])
        held = store.array("inputs", [row])[0].tobytes()
        if context.inputs != held:
            yield f"row {row}: the archive has other days than those it was made from"
        elif context.field_nt is not None:
            planes = signal_day.transform(context.field_nt, store.grid).planes
            kept = store.array("amplitude", [row])[0]
            if zlib.crc32(planes.tobytes()) != zlib.crc32(kept.tobytes()) and not _is_close(
                planes, kept
            ):
                yield f"row {row}: comes out otherwise when it is made again"


def _is_close(planes: NDArray[np.float16], kept: NDArray[np.float16]) -> bool:
    """Whether two tensors differ by rounding only; other machines add in another order."""
    return np.allclose(planes, kept, rtol=2e-3, atol=1e-6, equal_nan=True)
