"""A station-day of the daily job: from the sources to a forecast of every model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import CoverageError, SeismomagError, StoreError
from seismomag.operate.archive import Archive
from seismomag.operate.daily import stages
from seismomag.operate.daily.collecting import AskAgainError
from seismomag.operate.daily.run import Run
from seismomag.operate.daily.stages import Served
from seismomag.operate.database import put_forecasts
from seismomag.operate.database_tables import forecasts


def work_station(run: Run, code: str, day: np.datetime64) -> None:
    """Do what a station-day lacks; what does not come about is a fact, and ends nothing else."""
    archive = run.archive
    is_new = run.attempt("collect", code, day, lambda: _collect(run, archive, code, day))
    if is_new is None or not (is_new or _is_unfinished(run, archive, code, day)):
        return
    before = stages.checked(run.engine, code, day)
    if run.attempt("quality", code, day, lambda: _checked(run, archive, code, day)) is None:
        return
    silent = _silent_models(run, code, day, before)
    for served in silent:
        made = run.attempt("scalogram", code, day, lambda s=served: _made(run, s, code, day))  # type: ignore[misc]
        if made is not None:
            run.attempt("forecast", code, day, lambda s=served, m=made: _said(run, s, m))  # type: ignore[misc]
    if not silent:
        # What failed before was the work of a model that serves no longer.
        for stage in ("scalogram", "forecast"):
            run.attempt(stage, code, day, lambda: True)


def _collect(run: Run, archive: Archive, code: str, day: np.datetime64) -> bool:
    try:
        return stages.collect(run.collector, code, day)
    except CoverageError as error:
        if isinstance(error, AskAgainError):
            run.pending.add((code, str(day)))
        # A source may drop what the archive has.
        if archive.revisions(code, day):
            return False
        raise


def _is_unfinished(run: Run, archive: Archive, code: str, day: np.datetime64) -> bool:
    """Whether a model has said nothing of the day as it now is, or a stage has failed."""
    found = stages.checked(run.engine, code, day)
    if found is None or (code, str(day)) in run.failed_before:
        return True
    newest = max((row["received_at"] for row in archive.revisions(code, day)), default="")
    if newest > found["checked_at"] and _content(archive, code, day) != found["file_sha256"]:
        return True
    return bool(_silent_models(run, code, day, found))


def _silent_models(
    run: Run, code: str, day: np.datetime64, before: Mapping[str, Any] | None
) -> list[Served]:
    """Models that have said nothing of the samples of a day as they are.

    One that has spoken does not speak again when another one comes: its neighbouring days may
    have come in the meantime, and its forecast would be another.

    Parameters
    ----------
    run, code, day
        Where it is looked for.
    before
        What was known of the samples before they were checked.
    """
    found = stages.checked(run.engine, code, day)
    if found is None or before is None or before["file_sha256"] != found["file_sha256"]:
        return list(run.models)
    query = sa.select(forecasts.c.model_sha256).where(
        forecasts.c.station_code == code,
        forecasts.c.day == str(day),
        forecasts.c.issued_at >= stages.content_since(found),
    )
    with run.engine.connect() as connection:
        said = set(connection.execute(query).scalars())
    return [served for served in run.models if served.sha256 not in said]


def _content(archive: Archive, code: str, day: np.datetime64) -> str:
    """Digest of the samples that the archive now has; empty where they cannot be read."""
    try:
        recording = archive.load_day(code, day)
    except SeismomagError:
        # The stage of the quality says why.
        return ""
    return "" if recording is None else str(recording.attrs["source_sha256"])


def _checked(run: Run, archive: Archive, code: str, day: np.datetime64) -> bool:
    stages.check_quality(archive, code, day, run.clock())
    return True


def _made(run: Run, served: Served, code: str, day: np.datetime64) -> tuple[pd.Series, Path, str]:
    """Sample, store and input of a station-day; a store that a crash has damaged is made anew."""
    grid = served.grid
    issue = pd.Timestamp(day) + pd.Timedelta(days=1, seconds=grid.reach_s)
    weather = stages.space_weather_until(run.engine, issue)
    sample = stages.sample_of(run.settings, code, day, weather, served.rule, grid.reach_s)
    try:
        path, digest = stages.transform(run.settings, run.archive, sample, grid)
    except StoreError:
        # Of another grid, or cut off: tensors can be made again, and a full disk fails twice.
        run.settings.tensor(code, str(day)).unlink(missing_ok=True)
        path, digest = stages.transform(run.settings, run.archive, sample, grid)
    return sample.iloc[0], path, digest


def _said(run: Run, served: Served, made: tuple[pd.Series, Path, str]) -> bool:
    sample, path, digest = made
    said = stages.forecast(run.forecaster(served), path)
    row = stages.forecast_row(served, sample, said, digest, run.clock())
    alarm = run.settings.alarm
    key = [
        forecasts.c[name] == row[name]
        for name in ("station_code", "day", "model_sha256", "input_sha256")
    ]
    with run.engine.begin() as connection:
        if connection.execute(sa.select(forecasts.c.day).where(*key)).first() is None:
            row["alarm"] = stages.is_in_alarm(connection, row, alarm.threshold, alarm.window_days)
            put_forecasts(connection, [row])
            run.n_forecasts += 1
    return True
