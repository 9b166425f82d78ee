"""The raw archive: files as they came, never changed; what came later stands beside them.

``ROOT/STATION/YYYY/MMDD-rN/NAME``, read-only, each with its SHA-256 in the database. A day is
read as the union of its revisions, so that pieces give the same day in whatever order they came.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.atomic import write_bytes
from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import FormatError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording, place, sha256_of
from seismomag.operate.clock import stamp
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import files
from seismomag.operate.sources import hapi_body
from seismomag.readers.recognition import read_bytes
from seismomag.readers.resample import to_one_hz
from seismomag.readers.unwrap import LIMIT_BYTES

READ_ONLY = 0o444
_NAME = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What became of a file that came in.

    Attributes
    ----------
    path
        Where it stands, below the root of the archive.
    revision
        1 for the first file of a station-day.
    is_new
        False if the very same bytes stood there already.
    """

    path: Path
    revision: int
    is_new: bool


@dataclass(frozen=True)
class Archive:
    """Raw files and their records.

    Attributes
    ----------
    engine
        The database.
    root
        Folder of the files.
    """

    engine: sa.Engine
    root: Path

    def ingest(
        self,
        station_code: str,
        day: np.datetime64,
        data: bytes,
        *,
        name: str,
        origin: str,
        now: pd.Timestamp,
    ) -> Ingested:
        """Keep a file of a station-day.

        Parameters
        ----------
        station_code, day
            What it is about; the caller has looked into it.
        data
            The file, byte for byte.
        name
            Its name where it came from; folders in it and strange characters are dropped.
        origin
            URL or path, for provenance.
        now
            When it came.

        Returns
        -------
        ingested
            The same bytes give the same answer, however often they come.

        Raises
        ------
        FormatError
            Larger than a recording may be.
        """
        if len(data) > LIMIT_BYTES:
            msg = f"{origin}: {len(data):,} bytes, more than the {LIMIT_BYTES:,} of a recording"
            raise FormatError(msg)
        key = {"station_code": station_code, "day": str(day.astype("datetime64[D]"))}
        digest = sha256_of(data)
        # The lock is held until the file stands: two processes cannot take one number.
        with self.engine.begin() as connection:
            rows = self._rows(connection, **key)
            same = [row for row in rows if row["sha256"] == digest]
            if same and (self.root / same[0]["path"]).is_file():
                path = Path(same[0]["path"])
                return Ingested(path=path, revision=same[0]["revision"], is_new=False)
            revision = same[0]["revision"] if same else len(rows) + 1
            path = Path(same[0]["path"]) if same else _place_of(station_code, day, revision, name)
            _write_as_is(self.root / path, data)
            (self.root / path).chmod(READ_ONLY)
            if not same:
                row = {
                    "revision": revision,
                    "path": path.as_posix(),
                    "sha256": digest,
                    "n_bytes": len(data),
                    "origin": origin,
                    "received_at": stamp(now),
                }
                connection.execute(files.insert(), [key | row])
        return Ingested(path=path, revision=revision, is_new=True)

    def revisions(self, station_code: str, day: np.datetime64) -> list[dict[str, Any]]:
        """Records of the files of a station-day, oldest first."""
        with self.engine.connect() as connection:
            return self._rows(connection, station_code, str(day.astype("datetime64[D]")))

    def load_day(self, station_code: str, day: np.datetime64) -> xr.Dataset | None:
        """Read a station-day: the newest file, its holes filled from the older ones.

        Where two files contradict each other, the newer one is believed and a note says so.

        Returns
        -------
        recording
            At 1 Hz, of the whole UTC day; ``source_sha256`` is that of the samples, the same in
            whatever order the files came. None if there is no file.

        Raises
        ------
        FormatError
            A file is damaged, gone, or not what was received.
        """
        rows = self.revisions(station_code, day)
        if not rows:
            return None
        parts = [self._open(row, station_code) for row in reversed(rows)]
        if len({part.attrs["frame"] for part in parts}) > 1:
            parts = [part for part in parts if part.attrs["frame"] == parts[0].attrs["frame"]]
        return _union(parts, day)

    def check(self) -> tuple[str, ...]:
        """What is wrong with the files, one sentence each; reads every byte."""
        with self.engine.connect() as connection:
            rows = rows_of(connection, sa.select(files).order_by(*files.primary_key))
        wrong = []
        for row in rows:
            path = self.root / row["path"]
            if not path.is_file():
                wrong.append(f"{path}: gone")
            elif sha256_of(path.read_bytes()) != row["sha256"]:
                wrong.append(f"{path}: not what was received")
        return tuple(wrong)

    def strays(self) -> tuple[str, ...]:
        """Files that no row of the database speaks of, in one sentence; empty without any."""
        there = [path for path in self.root.rglob("*") if path.is_file()]
        with self.engine.connect() as connection:
            known = set(connection.execute(sa.select(files.c.path)).scalars())
        # Of a write that was cut off; it is done again under the same name.
        whole = [p for p in there if p.suffix != ".part" and not p.name.startswith(".")]
        lost = sorted({p.relative_to(self.root).as_posix() for p in whole} - known)
        if not lost:
            return ()
        noun = "1 file has" if len(lost) == 1 else f"{len(lost)} files have"
        advice = "restore the database from a backup, or let the files come in again"
        return (f"{self.root}: {noun} no row in the database (first: {lost[0]}); {advice}",)

    def _open(self, row: dict[str, Any], station_code: str) -> xr.Dataset:
        path = self.root / row["path"]
        if not path.is_file():
            msg = f"{path}: gone from the archive; restore it from a copy"
            raise FormatError(msg)
        data = path.read_bytes()
        if sha256_of(data) != row["sha256"]:
            msg = f"{path}: not what was received; restore it from a copy"
            raise FormatError(msg)
        if hapi_body.is_mine(data):
            return _at_one_hz(hapi_body.read(data, str(path), station_code), path)
        return _at_one_hz(read_bytes(data, str(path), station_code=station_code), path)

    def _rows(self, connection: sa.Connection, station_code: str, day: str) -> list[dict[str, Any]]:
        query = sa.select(files).where(files.c.station_code == station_code, files.c.day == day)
        return rows_of(connection, query.order_by(files.c.revision))


def _place_of(station_code: str, day: np.datetime64, revision: int, name: str) -> Path:
    if not station_code.isalnum():
        msg = f"station code {station_code!r} must be letters and digits"
        raise SchemaError(msg)
    text = str(day.astype("datetime64[D]"))
    tidy = _NAME.sub("_", Path(name).name).lstrip(".")[-_LONGEST_NAME:] or "file"
    return Path(station_code, text[:4], f"{text[5:7]}{text[8:10]}-r{revision}", tidy)


def _write_as_is(path: Path, data: bytes) -> None:
    """Write a file whole; under another name first, for ``.gz`` would be compressed again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path.with_suffix(".part"), data).replace(path)


def _at_one_hz(recording: xr.Dataset, path: Path) -> xr.Dataset:
    whole = to_one_hz(recording)
    if whole.attrs["sampling_hz"] != 1.0:
        msg = f"{path}: one sample every {1 / whole.attrs['sampling_hz']:g} s; a day needs 1 Hz"
        raise SchemaError(msg)
    return whole


def _union(parts: list[xr.Dataset], day: np.datetime64) -> xr.Dataset:
    first = parts[0]
    offsets_s = [part.attrs.get("clock_offset_s", 0.0) for part in parts]
    start = day.astype("datetime64[D]").astype("datetime64[ns]")
    field = np.full((3, SECONDS_PER_DAY), np.nan)
    flags = np.full(field.shape, np.uint16(Flag.MISSING))
    faults: list[str] = []
    notes: list[str] = []
    for part in parts:
        values, bits = place(part, start, SECONDS_PER_DAY), _bits(part, start)
        clash = np.isfinite(field) & np.isfinite(values) & (field != values)
        if clash.any():
            notes.append(
                f"{int(clash.any(axis=0).sum()):,} samples of an older revision contradict the "
                "newest; the newest is believed"
            )
        fill = ~np.isfinite(field) & np.isfinite(values)
        field[fill], flags[fill] = values[fill], bits[fill]
        faults += [text for text in part.attrs["clock_faults"] if text not in faults]
        notes += [text for text in part.attrs["notes"] if text not in notes]
    union = make_recording(
        field,
        start,
        sampling_hz=1.0,
        frame=first.attrs["frame"],
        station_code=first.attrs["station_code"],
        source_format=first.attrs["source_format"],
        source_sha256=sha256_of(field.tobytes() + flags.tobytes()),
        flags=flags,
        # In the order of the alphabet: that of arrival must not matter.
        clock_faults=sorted(faults),
        notes=sorted(notes),
        is_absolute=bool(first.attrs.get("is_absolute", 1)),
    )
    if any(offsets_s):
        union.attrs["clock_offset_s"] = max(offsets_s, key=abs)
    return union


def _bits(part: xr.Dataset, start: np.datetime64) -> NDArray[np.uint16]:
    """Flags of a recording, laid on the seconds of the day like its field."""
    as_field = part.assign(field=part["flags"].astype(np.float64))
    laid = place(as_field, start, SECONDS_PER_DAY)
    return np.nan_to_num(laid, nan=float(Flag.MISSING)).astype(np.uint16)
