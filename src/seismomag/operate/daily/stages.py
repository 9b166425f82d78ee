"""The stages of a station-day: collect, quality, scalogram, forecast; each may be repeated."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import CoverageError
from seismomag.core.schema import (
    CATALOGUE_COLUMNS,
    Catalogue,
    empty_table,
    magnitude_class_columns,
)
from seismomag.dataset.build import build_store
from seismomag.dataset.labels import make_samples
from seismomag.dataset.rule import LabelRule
from seismomag.dataset.store import open_store
from seismomag.dataset.store.rows import RowWriter
from seismomag.network.folder import MANIFEST, Model, open_model
from seismomag.network.predict import Forecaster
from seismomag.operate.archive import Archive
from seismomag.operate.clock import stamp
from seismomag.operate.daily.collecting import Collector
from seismomag.operate.database import rows_of, upsert
from seismomag.operate.database_tables import forecasts, quality
from seismomag.operate.indices import known
from seismomag.operate.label_rules import read_rule
from seismomag.operate.settings import Settings
from seismomag.signal import quality as flags
from seismomag.signal.grid import ScalogramGrid

CHAMPION = "champion"


@dataclass(frozen=True)
class Served:
    """A model that forecasts every day.

    Attributes
    ----------
    path
        Its folder.
    model
        Verified.
    sha256
        Of the manifest, which covers every file.
    role
        ``"champion"``, or ``"challenger"`` in shadow.
    """

    path: Path
    model: Model
    sha256: str
    role: str = CHAMPION

    @property
    def grid(self) -> ScalogramGrid:
        """Grid that it was trained with."""
        return ScalogramGrid.from_dict(dict(self.model.description["grid"]))

    @cached_property
    def rule(self) -> LabelRule:
        """Which earthquakes it was trained on, and over which horizon it speaks."""
        told = self.model.description.get("label_rule", {})
        return read_rule(told, self.path / "model.json")


def serve(path: Path, role: str = CHAMPION) -> Served:
    """Open a model folder.

    Raises
    ------
    ModelError
        It is absent or damaged.
    """
    model = open_model(path)
    digest = hashlib.sha256((path / MANIFEST).read_bytes()).hexdigest()
    return Served(path, model, digest, role)


def collect(collector: Collector, code: str, day: np.datetime64) -> bool:
    """Bring the files of a station-day into the archive.

    Returns
    -------
    is_new
        Whether bytes came that were not there.

    Raises
    ------
    CoverageError
        No source has a file; says why.
    """
    return collector.collect(code, day)


def check_quality(archive: Archive, code: str, day: np.datetime64, now: pd.Timestamp) -> None:
    """Flag a station-day and keep what was found.

    Raises
    ------
    FormatError, SchemaError
        It cannot be read.
    CoverageError
        There is no file.
    """
    recording = archive.load_day(code, day)
    if recording is None:
        msg = f"{code} {day}: no file in the archive"
        raise CoverageError(msg)
    flagged = flags.flag(recording)
    known = checked(archive.engine, code, day)
    digest = recording.attrs["source_sha256"]
    since = content_since(known) if known and known["file_sha256"] == digest else stamp(now)
    valid = np.isfinite(flagged["field"].values).mean(axis=1).min()
    row = {
        "station_code": code,
        "day": str(day),
        "file_sha256": digest,
        "coverage": float(valid),
        "n_clock_faults": len(recording.attrs["clock_faults"]),
        "sentences": "\n".join(flags.summary(flagged)),
        "checked_at": stamp(now),
        "clock_offset_s": recording.attrs.get("clock_offset_s"),
        "content_since": since,
    }
    with archive.engine.begin() as connection:
        upsert(connection, quality, [row])


def checked(engine: sa.Engine, code: str, day: np.datetime64) -> Mapping[str, Any] | None:
    """Give what was found of the quality of a station-day; None where nobody looked."""
    query = sa.select(quality).where(quality.c.station_code == code, quality.c.day == str(day))
    with engine.connect() as connection:
        return next(iter(rows_of(connection, query)), None)


def content_since(found: Mapping[str, Any]) -> str:
    """When the samples of a station-day, as they are, were first checked."""
    return str(found["content_since"] or found["checked_at"])


def sample_of(
    settings: Settings,
    code: str,
    day: np.datetime64,
    weather: pd.DataFrame,
    rule: LabelRule,
    reach_s: int,
) -> pd.DataFrame:
    """Sample table of one station-day, without labels: the future is not known."""
    days = pd.DataFrame({"station_code": [code], "day": [day.astype("datetime64[ns]")]})
    nothing = Catalogue(empty_table(CATALOGUE_COLUMNS), ())
    return make_samples(settings.stations, days, rule, nothing, weather, reach_s=reach_s)


def space_weather_until(engine: sa.Engine, moment: pd.Timestamp, days: int = 3) -> pd.DataFrame:
    """Kp and Dst that were available at a moment, of the last days before it."""
    return known(engine, moment - pd.Timedelta(days=days), moment, moment)


def transform(
    settings: Settings, archive: Archive, sample: pd.DataFrame, grid: ScalogramGrid
) -> tuple[Path, str]:
    """Make, or continue, the store of a station-day.

    Returns
    -------
    path, input_sha256

    Raises
    ------
    CoverageError
        The day cannot be used; says why.
    """
    row = sample.iloc[0]
    path = settings.tensor(row["station_code"], f"{row['window_start']:%Y-%m-%d}")
    path.parent.mkdir(parents=True, exist_ok=True)
    report = build_store(path, sample, archive.load_day, grid)
    if len(report.failures):
        raise CoverageError(str(report.failures["reason"].iloc[0]))
    with RowWriter(path) as writer:
        return path, writer.inputs(0).hex()


def forecast(forecaster: Forecaster, path: Path) -> pd.Series:
    """Forecast of the one row of a store.

    Raises
    ------
    CoverageError
        It holds no usable value.
    """
    with open_store(path) as store:
        samples = store.samples
        table = forecaster.predict(store, samples)
    if table.empty:
        msg = f"{path.name}: nothing usable in the day"
        raise CoverageError(msg)
    row = table.iloc[0].copy()
    classes = [row[column] for column in magnitude_class_columns(table)]
    known = bool(classes) and not np.isnan(classes).any()
    row["magnitude_class"] = int(np.argmax(classes)) if known else None
    row["coverage"] = float(samples["coverage"].iloc[0])
    return row


def forecast_row(
    served: Served,
    sample: pd.Series,
    said: pd.Series,
    input_sha256: str,
    now: pd.Timestamp,
) -> dict[str, Any]:
    """Row of the forecast table, without the alarm."""
    return {
        "station_code": str(sample["station_code"]),
        "day": f"{sample['window_start']:%Y-%m-%d}",
        "model_sha256": served.sha256,
        "input_sha256": input_sha256,
        "role": served.role,
        "issued_at": stamp(now),
        "valid_from": stamp(sample["horizon_start"]),
        "valid_to": stamp(sample["horizon_end"]),
        "probability": float(said["probability"]),
        "alarm": None,
        "azimuth": _number(said["azimuth_deg"]),
        "azimuth_kappa": _number(said["azimuth_kappa"]),
        "magnitude_class": said["magnitude_class"],
        "coverage": said["coverage"],
        "kp_at_issue": _number(sample["kp_max"]),
        "dst_at_issue": _number(sample["dst_min_nt"]),
        "reason": None,
        "ledger_seq": None,
    }


def is_in_alarm(
    connection: sa.Connection, row: dict[str, Any], threshold: float, window_days: int
) -> bool:
    """Whether the largest probability of the last issue days, this one included, is enough."""
    first = pd.Timestamp(row["day"]) - pd.Timedelta(days=window_days - 1)
    best = connection.execute(
        sa.select(sa.func.max(forecasts.c.probability)).where(
            forecasts.c.station_code == row["station_code"],
            forecasts.c.model_sha256 == row["model_sha256"],
            forecasts.c.day >= f"{first:%Y-%m-%d}",
            forecasts.c.day < row["day"],
        )
    ).scalar()
    return bool(max(row["probability"], best or 0.0) >= threshold)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
