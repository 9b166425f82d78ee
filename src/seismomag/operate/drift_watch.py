"""Drift of what the champion is fed and of what it says: measured daily, kept, shown.

Nothing here trains anything; a shift is for people to look at.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import CoverageError, FormatError
from seismomag.dataset.store import Store, open_store
from seismomag.network.predict import predict
from seismomag.operate.canonical import canonical
from seismomag.operate.clock import stamp
from seismomag.operate.daily.stages import Served
from seismomag.operate.database import rows_of, upsert
from seismomag.operate.database_tables import drift, forecasts
from seismomag.operate.drift import FILE_NAME, Profile, band_levels, profile, stability, word_of
from seismomag.operate.settings import Settings

REFERENCE_FILE = "drift_reference.json"
INPUT, FORECAST = "input", "forecast"

_MOST_ROWS = 200
_ROWS_AT_ONCE = 20
_N_PLANES = 3


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Drift of one band of the input, or of the forecasts.

    Attributes
    ----------
    kind
        ``input`` or ``forecast``.
    low_hz, high_hz
        The band; 0 for forecasts.
    index
        Population stability index; 0 for equal distributions.
    n_reference, n_recent
        Values on each side.
    """

    kind: str
    low_hz: float
    high_hz: float
    index: float
    n_reference: int
    n_recent: int

    @property
    def word(self) -> str:
        """``stable``, ``moving``, ``shifted``, or ``unclear`` with so few values."""
        return word_of(self.index, self.n_reference, self.n_recent)

    @property
    def place(self) -> str:
        """What it is about, for a person."""
        if self.kind == FORECAST:
            return "forecasts"
        return f"{self.low_hz:.3g}-{self.high_hz:.3g} Hz"


def make_reference(
    settings: Settings, served: Served, store_path: Path | str, now: pd.Timestamp
) -> Path:
    """Keep what the training looked like, for the comparison of every day.

    Parameters
    ----------
    settings
        The operation; ``drift_reference.json`` is written into its folder.
    served
        The champion.
    store_path
        Store that it was trained on: the training rows of the operation's stations give the
        input, what the champion says of the validation rows gives the forecasts.
    now
        UTC.

    Raises
    ------
    CoverageError
        Too few training rows of the operation's stations.
    """
    with open_store(store_path) as store:
        table = store.samples
        mine = table[table["station_code"].isin(settings.codes) & (table["coverage"] > 0)]
        rows = _thinned(mine.loc[mine["split"] == "train", "store_row"].to_numpy(np.int64))
        bands = _profiles(store, rows)
        if bands is None:
            msg = (
                f"{store_path}: {len(rows)} training rows with data of "
                f"{', '.join(settings.codes)} are too few to compare with"
            )
            raise CoverageError(msg)
        seen = mine[mine["split"] == "validation"]
        said = predict(served.path, store, seen) if len(seen) else pd.DataFrame()
    scores = profile(said["probability"].to_numpy(np.float64)) if len(said) else None
    content = {
        "at": stamp(now),
        "model_sha256": served.sha256,
        "bands": bands,
        "forecast": None if scores is None else asdict(scores),
    }
    return write_bytes(settings.folder / REFERENCE_FILE, canonical(content) + b"\n")


def measure(
    settings: Settings, engine: sa.Engine, served: Served, now: pd.Timestamp
) -> tuple[Drift, ...]:
    """Compare recent tensors and forecasts with the reference, and keep the result of the day.

    Returns
    -------
    found
        Empty while there are too few days to say anything.

    Raises
    ------
    FormatError
        The reference is damaged.
    CoverageError
        There is none, or it is of another model.
    """
    reference = _reference(settings, served)
    found = [*_of_input(settings, reference), *_of_forecasts(settings, engine, served, reference)]
    if found:
        rows = [
            {"day": f"{now:%Y-%m-%d}", "model_sha256": served.sha256, **_row(one)} for one in found
        ]
        with engine.begin() as connection:
            upsert(connection, drift, rows)
        bands = [asdict(one) | {"word": one.word} for one in found if one.kind == INPUT]
        said = [asdict(one) | {"word": one.word} for one in found if one.kind == FORECAST]
        content = {"at": stamp(now), "bands": bands, "forecasts": said}
        write_bytes(settings.folder / FILE_NAME, canonical(content) + b"\n")
    return tuple(found)


def newest(engine: sa.Engine, model_sha256: str | None = None) -> tuple[str, tuple[Drift, ...]]:
    """Day of the last measurement (empty if there was none) and what it found."""
    where = drift.c.model_sha256 == model_sha256 if model_sha256 else sa.true()
    last = sa.select(sa.func.max(drift.c.day)).where(where).scalar_subquery()
    query = sa.select(drift).where(where, drift.c.day == last)
    with engine.connect() as connection:
        rows = rows_of(connection, query.order_by(drift.c.kind.desc(), drift.c.low_hz))
    found = tuple(
        Drift(
            kind=row["kind"],
            low_hz=row["low_hz"],
            high_hz=row["high_hz"],
            index=row["stability_index"],
            n_reference=row["n_reference"],
            n_recent=row["n_recent"],
        )
        for row in rows
    )
    return (rows[0]["day"] if rows else ""), found


def is_watched(settings: Settings) -> bool:
    """Whether there is a reference to compare with."""
    return (settings.folder / REFERENCE_FILE).is_file()


def _reference(settings: Settings, served: Served) -> dict[str, Any]:
    path = settings.folder / REFERENCE_FILE
    advice = f"make one with: {_command(settings)}"
    if not path.is_file():
        msg = f"{path}: nothing to compare with; {advice}"
        raise CoverageError(msg)
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        for one in (*content["bands"], *filter(None, [content["forecast"]])):
            _profile_of(one)
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{path}: damaged ({error!r}); {advice}"
        raise FormatError(msg) from error
    if content.get("model_sha256") != served.sha256:
        msg = f"{path}: is of another model than the champion; {advice}"
        raise CoverageError(msg)
    return content


def _of_input(settings: Settings, reference: dict[str, Any]) -> list[Drift]:
    paths = sorted((settings.folder / "tensors").glob("*/*/*.h5"), key=lambda p: p.stem)
    levels: list[list[NDArray[np.float64]]] = [[] for _ in reference["bands"]]
    edges = [(one["low_hz"], one["high_hz"]) for one in reference["bands"]]
    for path in paths[-_MOST_ROWS:]:
        with open_store(path) as store:
            planes = store.read(np.zeros(1, np.int64))[0, :_N_PLANES]
            bands = band_levels(planes, store.grid.frequencies_hz)
        # Tensors of a challenger's grid say nothing about the champion.
        if [(low, high) for low, high, _ in bands] == edges:
            for kept, (_, _, values) in zip(levels, bands, strict=True):
                kept.append(values)
    found = []
    for one, kept in zip(reference["bands"], levels, strict=True):
        values = np.concatenate(kept) if kept else np.zeros(0)
        index = stability(_profile_of(one), values)
        if index is not None:
            found.append(_drift(INPUT, one["low_hz"], one["high_hz"], one, values, index))
    return found


def _of_forecasts(
    settings: Settings, engine: sa.Engine, served: Served, reference: dict[str, Any]
) -> list[Drift]:
    known = reference["forecast"]
    if known is None:
        return []
    newest_days = settings.operation.keep_tensor_days * len(settings.codes)
    query = (
        sa.select(forecasts.c.probability)
        .where(
            forecasts.c.model_sha256 == served.sha256,
            forecasts.c.probability.is_not(None),
            forecasts.c.station_code.in_(settings.codes),
        )
        .order_by(forecasts.c.day.desc())
        .limit(newest_days)
    )
    with engine.connect() as connection:
        values = np.array(connection.execute(query).scalars().all(), np.float64)
    index = stability(_profile_of(known), values)
    return [] if index is None else [_drift(FORECAST, 0.0, 0.0, known, values, index)]


def _drift(
    kind: str,
    low_hz: float,
    high_hz: float,
    known: dict[str, Any],
    values: NDArray[np.float64],
    index: float,
) -> Drift:
    return Drift(
        kind=kind,
        low_hz=low_hz,
        high_hz=high_hz,
        index=index,
        n_reference=_profile_of(known).n,
        n_recent=int(np.isfinite(values).sum()),
    )


def _row(one: Drift) -> dict[str, Any]:
    values = asdict(one)
    return values | {"stability_index": values.pop("index")}


def _profiles(store: Store, rows: NDArray[np.int64]) -> list[dict[str, Any]] | None:
    """Profile of each band over the rows of a store, read a few at a time."""
    levels: dict[tuple[float, float], list[NDArray[np.float64]]] = {}
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        read = store.read(rows[first : first + _ROWS_AT_ONCE])[:, :_N_PLANES]
        planes = read.reshape(-1, *read.shape[2:])
        for low_hz, high_hz, values in band_levels(planes, store.grid.frequencies_hz):
            levels.setdefault((low_hz, high_hz), []).append(values)
    found = []
    for (low_hz, high_hz), parts in levels.items():
        known = profile(np.concatenate(parts))
        if known is None:
            return None
        found.append({"low_hz": low_hz, "high_hz": high_hz, **asdict(known)})
    return found or None


def _profile_of(said: dict[str, Any]) -> Profile:
    return Profile(
        edges=tuple(float(v) for v in said["edges"]), counts=tuple(int(v) for v in said["counts"])
    )


def _thinned(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most :data:`_MOST_ROWS` rows, evenly over the training."""
    if not rows.size:
        return rows
    chosen = np.linspace(0, rows.size - 1, min(rows.size, _MOST_ROWS)).astype(np.int64)
    return np.unique(rows[chosen])


def sentences(settings: Settings, day: str, found: Sequence[Drift]) -> tuple[str, ...]:
    """Say a measurement to a person, or why there is none."""
    if not is_watched(settings):
        return (f"not watched: make a reference with: {_command(settings)}",)
    if not found:
        return ("too few days to compare yet",)
    return tuple(
        f"{day} {one.place}: {one.index:.3f} {one.word} ({one.n_recent} values, "
        f"{one.n_reference} in the reference)"
        for one in found
    )


def _command(settings: Settings) -> str:
    return f"seismomag models drift {settings.folder} STORE"
