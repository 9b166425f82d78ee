"""The contracts of the types that flow through the house, and a check for each.

Times are UTC without a zone attached (``datetime64``), intervals half-open ``[start, end)``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.errors import SchemaError
from seismomag.core.recording import FRAMES
from seismomag.core.wording import some

TIME = "time"
NUMBER = "number"
TEXT = "text"
TRUTH = "truth"

CATALOGUE_COLUMNS: Mapping[str, str] = {
    "event_id": TEXT,
    "origin_time": TIME,
    "latitude_deg": NUMBER,
    "longitude_deg": NUMBER,
    "depth_km": NUMBER,
    "magnitude": NUMBER,
    "magnitude_type": TEXT,
    "source": TEXT,
}

SPACE_WEATHER_COLUMNS: Mapping[str, str] = {
    "time": TIME,
    "kp": NUMBER,
    "dst_nt": NUMBER,
    "f107_sfu": NUMBER,
    "status": TEXT,
    "available_time": TIME,
}

SAMPLE_COLUMNS: Mapping[str, str] = {
    "sample_id": TEXT,
    "station_code": TEXT,
    "window_start": TIME,
    "issue_time": TIME,
    "horizon_start": TIME,
    "horizon_end": TIME,
    "coverage": NUMBER,
    "kp_max": NUMBER,
    "dst_min_nt": NUMBER,
    "is_target": TRUTH,
    "event_id": TEXT,
    "cluster_id": TEXT,
    "magnitude": NUMBER,
    "distance_km": NUMBER,
    "azimuth_deg": NUMBER,
    "lead_time_days": NUMBER,
    "split": TEXT,
    "store_row": NUMBER,
}

FORECAST_COLUMNS: Mapping[str, str] = {
    "sample_id": TEXT,
    "station_code": TEXT,
    "issue_time": TIME,
    "horizon_start": TIME,
    "horizon_end": TIME,
    "probability": NUMBER,
    "azimuth_deg": NUMBER,
    "azimuth_kappa": NUMBER,
    "model_id": TEXT,
    "data_cutoff": TIME,
}

MAGNITUDE_CLASS_PREFIX = "magnitude_class_"
"""Columns ``magnitude_class_0 ... _K-1`` of a Forecast: probability of each class."""

SPLITS = ("train", "validation", "test")

REPORT_COLUMNS = (
    "quantity",
    "level",
    "value",
    "low",
    "high",
    "reference",
    "n_rows",
    "n_events",
    "n_days",
    "note",
)


@dataclass(frozen=True)
class Interval:
    """A half-open interval of UTC time ``[start, end)``."""

    start: pd.Timestamp
    end: pd.Timestamp

    def __post_init__(self) -> None:
        if not self.start < self.end:
            msg = f"interval {self.start} .. {self.end} is empty; the end must lie after the start"
            raise SchemaError(msg)

    def covers(self, start: pd.Timestamp, end: pd.Timestamp) -> bool:
        """Whether ``[start, end)`` lies inside."""
        return bool(self.start <= start and end <= self.end)


@dataclass(frozen=True)
class Catalogue:
    """Earthquakes, and the intervals of time of which the list speaks at all.

    Attributes
    ----------
    events
        Columns of :data:`CATALOGUE_COLUMNS`, sorted by ``origin_time``.
    coverage
        Disjoint, sorted intervals. A day outside is unknown, never quiet.
    """

    events: pd.DataFrame
    coverage: tuple[Interval, ...]

    def covers(self, start: pd.Timestamp, end: pd.Timestamp) -> bool:
        """Whether one interval of coverage holds all of ``[start, end)``."""
        return any(interval.covers(start, end) for interval in self.coverage)


@dataclass(frozen=True)
class Verdict:
    """What the audit concludes, by rule.

    Attributes
    ----------
    level
        ``"V0"`` ... ``"V5"``.
    reason_code
        ``"RED"`` or ``"INSUFFICIENT"`` for V0, else ``""``.
    sentence
        The fixed wording for the public page.
    reasons
        One sentence for each rule that decided.
    not_run
        Rungs of the ladder whose condition was not examined.
    """

    level: str
    reason_code: str
    sentence: str
    reasons: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditReport:
    """Everything that an audit found.

    Attributes
    ----------
    table
        Columns :data:`REPORT_COLUMNS`; a row for each quantity at each level
        (``row``, ``event``, ``day``).
    nulls
        One row for each null model and statistic.
    leaks
        One row for each leak check: ``check_id, severity, n_inspected, n_found, sentence``.
    verdict
        The conclusion.
    provenance
        Versions, hashes, seeds, counts.
    curves
        Tables behind the pictures, by name.
    """

    table: pd.DataFrame
    nulls: pd.DataFrame
    leaks: pd.DataFrame
    verdict: Verdict
    provenance: Mapping[str, Any]
    curves: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def check_recording(recording: xr.Dataset) -> xr.Dataset:
    """Return the recording if it keeps its contract.

    Raises
    ------
    SchemaError
        Names what is wrong.
    """
    if not isinstance(recording, xr.Dataset):
        msg = (
            f"a recording is an xarray.Dataset (see make_recording and read), found "
            f"{type(recording).__name__}"
        )
        raise SchemaError(msg)
    who = f"recording {recording.attrs.get('station_code', '?')}"
    absent = [name for name in ("field", "flags", "component", "time") if name not in recording]
    _require(not absent, f"{who}: needs field and flags(component, time); no {', '.join(absent)}")
    needed = {"station_code", "sampling_hz", "frame", "source_format", "source_sha256"}
    absent = sorted(needed - set(recording.attrs))
    _require(not absent, f"{who}: no attribute {', '.join(absent)}")
    frame = recording.attrs["frame"]
    _require(frame in FRAMES, f"{who}: frame {frame!r} is none of {', '.join(FRAMES)}")
    for name in ("field", "flags"):
        dims = recording[name].dims
        wanted = ("component", "time")
        _require(dims == wanted, f"{who}: {name} has dims {dims}, expected (component, time)")
    components = "".join(str(c) for c in recording["component"].values)
    _require(components == frame, f"{who}: components {components} in a frame {frame}")
    _require(recording["field"].dtype == np.float64, f"{who}: field is not float64")
    _check_times(recording, who)
    return recording


def _check_times(recording: xr.Dataset, who: str) -> None:
    times, rate = recording["time"].values, recording.attrs["sampling_hz"]
    _require(times.dtype.kind == "M", f"{who}: time is {times.dtype}, expected datetime64")
    _require(0 < rate < np.inf, f"{who}: sampling_hz={rate}, expected a rate above 0")
    step_ns = round(1e9 / rate)
    uneven = np.diff(times.astype("datetime64[ns]").view(np.int64)) != step_ns
    if uneven.any():
        i = int(uneven.argmax())
        msg = (
            f"{who}: times are not uniform at {step_ns / 1e9:g} s: {times[i + 1]} follows "
            f"{times[i]}; keep NaN where nothing was recorded, lay several recordings together "
            "with seismomag.join, change the rate with seismomag.readers.resample.to_one_hz"
        )
        raise SchemaError(msg)


def check_scalogram(scalogram: xr.DataArray) -> xr.DataArray:
    """Return the scalogram if it keeps its contract.

    Raises
    ------
    SchemaError
        Names what is wrong.
    """
    dims = scalogram.dims
    wanted = ("component", "frequency", "time")
    _require(dims == wanted, f"scalogram: dims {dims}, expected {wanted}")
    absent = sorted({"wavelet", "band_hz", "padding_s", "version"} - set(scalogram.attrs))
    _require(not absent, f"scalogram: no attribute {', '.join(absent)}")
    _require("valid_s" in scalogram.coords, "scalogram: no coordinate valid_s(component, time)")
    frequency = scalogram["frequency"].values
    _require(bool((np.diff(frequency) > 0).all()), "scalogram: frequencies must increase")
    return scalogram


def check_catalogue(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue if it keeps its contract.

    Raises
    ------
    SchemaError
        Names the column, the rows and what was expected.
    """
    if not isinstance(catalogue, Catalogue):
        msg = (
            f"a catalogue is a Catalogue(events, coverage), as read_catalogue gives it; found "
            f"{type(catalogue).__name__}"
        )
        raise SchemaError(msg)
    events = catalogue.events
    _check_columns(events, CATALOGUE_COLUMNS, "catalogue")
    twice = events.loc[events["event_id"].duplicated(), "event_id"]
    _require(twice.empty, f"catalogue: event_id {some(twice)} stands twice")
    _require(events["origin_time"].is_monotonic_increasing, "catalogue: not sorted by origin_time")
    bad = events[~events["latitude_deg"].between(-90, 90)]
    _require(bad.empty, f"catalogue: latitude out of range for {some(bad['event_id'])}")
    bad = events[~events["longitude_deg"].between(-180, 360)]
    _require(bad.empty, f"catalogue: longitude out of range for {some(bad['event_id'])}")
    ends = [interval.end for interval in catalogue.coverage[:-1]]
    starts = [interval.start for interval in catalogue.coverage[1:]]
    _require(
        all(end <= start for end, start in zip(ends, starts, strict=True)),
        "catalogue: coverage intervals overlap or are not sorted",
    )
    return catalogue


def check_space_weather(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of Kp and Dst if it keeps its contract.

    Raises
    ------
    SchemaError
        Names what is wrong.
    """
    _check_columns(table, SPACE_WEATHER_COLUMNS, "space weather")
    bad = table[table["kp"].notna() & ~table["kp"].between(0, 9)]
    found = [f"{kp:g} at {at}" for kp, at in zip(bad["kp"], bad["time"], strict=True)]
    _require(not found, f"space weather: Kp outside 0..9: {some(found)}")
    _require(table["time"].is_monotonic_increasing, "space weather: not sorted by time")
    early = table[table["available_time"] < table["time"]]
    _require(early.empty, f"space weather: available before it began: {some(early['time'])}")
    return table


def check_samples(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the sample table if it keeps its contract.

    Raises
    ------
    SchemaError
        Names what is wrong.
    """
    _check_columns(samples, SAMPLE_COLUMNS, "samples")
    twice = samples.loc[samples["sample_id"].duplicated(), "sample_id"]
    _require(twice.empty, f"samples: sample_id {some(twice)} stands twice")
    wrong = samples[~(samples["window_start"] < samples["issue_time"])]
    _require(wrong.empty, f"samples: issued before the window began: {some(wrong['sample_id'])}")
    wrong = samples[samples["issue_time"] > samples["horizon_start"]]
    _require(wrong.empty, f"samples: issued after the horizon began: {some(wrong['sample_id'])}")
    strange = set(samples["split"].dropna()) - set(SPLITS)
    _require(not strange, f"samples: split {sorted(strange)} is none of {', '.join(SPLITS)}")
    return samples


def check_forecast(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return the forecast table if it keeps its contract.

    Raises
    ------
    SchemaError
        Names what is wrong.
    """
    _check_columns(forecast, FORECAST_COLUMNS, "forecast")
    twice = forecast.loc[forecast["sample_id"].duplicated(), "sample_id"]
    _require(twice.empty, f"forecast: sample_id {some(twice)} stands twice")
    strange = forecast[~forecast["probability"].between(0, 1)]
    _require(
        strange.empty, f"forecast: probability outside [0, 1] for {some(strange['sample_id'])}"
    )
    late = forecast[forecast["issue_time"] > forecast["horizon_start"]]
    _require(late.empty, f"forecast: issued after its horizon began: {some(late['sample_id'])}")
    return forecast


def empty_table(columns: Mapping[str, str]) -> pd.DataFrame:
    """Table of a contract without rows, each column of its kind."""
    dtypes = {TIME: "datetime64[ns]", NUMBER: "float64", TEXT: "str", TRUTH: "boolean"}
    return pd.DataFrame({c: pd.Series(dtype=dtypes[kind]) for c, kind in columns.items()})


def magnitude_class_columns(forecast: pd.DataFrame) -> list[str]:
    """Columns of a forecast that hold class probabilities, in the order of the classes."""
    found = [c for c in forecast.columns if str(c).startswith(MAGNITUDE_CLASS_PREFIX)]
    return sorted(found, key=lambda c: int(c.removeprefix(MAGNITUDE_CLASS_PREFIX)))


_KINDS = {
    TIME: lambda s: pd.api.types.is_datetime64_dtype(s),
    NUMBER: lambda s: pd.api.types.is_numeric_dtype(s),
    TEXT: lambda s: pd.api.types.is_string_dtype(s) or pd.api.types.is_object_dtype(s),
    TRUTH: lambda s: pd.api.types.is_bool_dtype(s),
}


def _check_columns(table: pd.DataFrame, columns: Mapping[str, str], what: str) -> None:
    if not isinstance(table, pd.DataFrame):
        msg = f"{what}: found {type(table).__name__}, expected a pandas.DataFrame"
        raise SchemaError(msg)
    absent = [c for c in columns if c not in table]
    _require(not absent, f"{what}: no column {', '.join(absent)}")
    for column, kind in columns.items():
        found = table[column].dtype
        _require(
            _KINDS[kind](table[column]), f"{what}: column {column} is {found}, expected {kind}"
        )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise SchemaError(message)
