"""Injection and recovery in a run: signals in the raw samples of test days without a target.

``quality -> gaps -> transform -> network``: the frozen pipeline sees a recording, as in the
operation. What it finds is kept row by row, so that every curve can be drawn again.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

import numpy as np
import pandas as pd

from seismomag.audit.alarms import freeze
from seismomag.audit.injection.report import ROW_COLUMNS, InjectionReport, summarise
from seismomag.baselines.day_features import FEATURES, day_features
from seismomag.core.errors import ConfigError, CoverageError
from seismomag.core.progress import Progress
from seismomag.dataset.gate import LEDGER_NAME, open_test
from seismomag.dataset.store import read_provenance
from seismomag.experiment.config import RunConfig
from seismomag.experiment.forecasting import context_of, run_id
from seismomag.experiment.injecting.days import (
    Background,
    HeldTensors,
    choose,
    load_background,
    runs_without_target,
)
from seismomag.experiment.injecting.detectors import KEY, Simple, with_detectors
from seismomag.experiment.injecting.files import FOLDER, write_injection
from seismomag.experiment.injecting.jobs import Job, draw_up
from seismomag.experiment.runs import RunFolder, StepResult
from seismomag.experiment.tables import read_table
from seismomag.experiment.worlds import DaySource, find_world
from seismomag.network.predict import predict
from seismomag.signal.day import DayTensor

STAGE = "inject"
PURPOSE = "injection and recovery"
BATCH = 64


@dataclass(frozen=True)
class _Case:
    """What all injections of a run share."""

    config: RunConfig
    folder: RunFolder
    source: DaySource
    samples: pd.DataFrame
    forecast: pd.DataFrame
    threshold: float
    orientation: str


@dataclass(frozen=True)
class _Seen:
    """One injection at one station: its job, the noise there, and the tensors that came out."""

    job: Job
    background: Background
    noise_nt: float
    tensors: list[DayTensor | None]


def inject(config: RunConfig, folder: RunFolder, progress: Progress) -> StepResult:
    """Inject what the configuration asks for; without ``n_each`` leave that rung "not run"."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    if not is_asked(config):
        return StepResult(facts={"injected": 0})
    if not (folder / "model").is_dir():
        said = "Nothing was injected: there is no network that could find it."
        return StepResult((said,), {"injected": 0})
    config, left_out = _possible(config)
    case = _prepare(config, folder, progress)
    runs = runs_without_target(case.samples, case.forecast, case.threshold, config.injection.nights)
    if runs.empty:
        said = "Nothing was injected: no test day without a target was forecast."
        return StepResult((said,), {"injected": 0})
    rows, features = inject_into(case, runs, progress)
    report = summarise(rows, float(runs["is_alarm"].mean()), _facts(case, runs, rows))
    report = with_detectors(report, rows, features, config.injection.detectors, _simple(case))
    write_injection(report, rows, folder / FOLDER)
    return _told(report, rows, left_out)


def _possible(config: RunConfig) -> tuple[RunConfig, tuple[str, ...]]:
    """Leave the source in the earth out where the package for it is not installed, and say so."""
    if config.injection.source is None or find_spec("empymod") is not None:
        return config, ()
    said = "No source in the earth was injected: it needs empymod (the extra 'injection')."
    return replace(config, injection=replace(config.injection, source=None)), (said,)


def is_asked(config: RunConfig) -> bool:
    """Whether a configuration asks for injections."""
    return config.injection.n_each > 0


def inject_alone(config: RunConfig, folder: RunFolder, progress: Progress) -> StepResult:
    """Do as :func:`inject`, for a person who asks for just this.

    Raises
    ------
    CoverageError
        There is no network, or no test day without a target.
    """
    done = inject(config, folder, progress)
    if not done.facts["injected"]:
        raise CoverageError(" ".join(done.reasons))
    return done


def require_injections(config: RunConfig) -> None:
    """Refuse a configuration that asks for nothing.

    Raises
    ------
    ConfigError
        Says what to write into it.
    """
    if not is_asked(config):
        msg = (
            f"{config.source.path}: [injection] n_each = 0 asks for nothing; give n_each = 200 for "
            "a whole curve, 10 at the least"
        )
        raise ConfigError(msg)


def _prepare(config: RunConfig, folder: RunFolder, progress: Progress) -> _Case:
    samples = read_table(folder / "samples.csv", "samples")
    # Signals are added to test rows: the ledger of the run says that they were opened.
    open_test(samples, folder / LEDGER_NAME, purpose=PURPOSE, run_id=run_id(folder))
    forecast = read_table(folder / "forecast.csv", "forecast")
    split = forecast["sample_id"].map(samples.set_index("sample_id")["split"])
    rule = freeze(
        forecast[split == "validation"],
        state_days=config.state_days,
        target_tau=config.alarm.target_tau,
    )
    held = read_provenance(folder / "store.h5")[1]
    return _Case(
        config=config,
        folder=folder,
        source=find_world(config, folder, progress).source,
        samples=samples,
        forecast=forecast,
        threshold=rule.threshold,
        orientation=held["build"]["orientation"],
    )


def _simple(case: _Case) -> Simple:
    """What the simple rules need, beside the network."""
    config, folder = case.config, case.folder
    return Simple(
        samples=case.samples,
        context=context_of(config, folder, case.samples, wants_features=True),
        state_days=config.state_days,
        target_tau=config.alarm.target_tau,
        nights=config.injection.nights,
    )


def inject_into(
    case: _Case, runs: pd.DataFrame, progress: Progress
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make every injection, background by background.

    Returns
    -------
    rows, features
        Columns ``ROW_COLUMNS``; and the features of every day of them, by row number (``key``).
    """
    plan = case.config.injection
    chosen = choose(runs, plan.n_days)
    jobs = draw_up(plan, n_stations=len(case.config.stations), n_days=len(chosen))
    by_background: dict[int, list[Job]] = {}
    for job in jobs:
        by_background.setdefault(job.background % len(chosen), []).append(job)
    parts: list[pd.DataFrame] = []
    features: list[pd.DataFrame] = []
    done = 0
    for place, mine in sorted(by_background.items()):
        run = chosen.iloc[place]
        for rows, days in _at(case, run, mine):
            features.append(days.assign(key=days[KEY] + sum(map(len, parts))))
            parts.append(rows)
        done += len(mine)
        progress(STAGE, done, len(jobs))
    found = pd.concat(parts, ignore_index=True)[list(ROW_COLUMNS)]
    return found, pd.concat(features, ignore_index=True)


def _at(
    case: _Case, run: pd.Series, jobs: Sequence[Job]
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Make the injections of one background, a batch at a time: rows, and features of days."""
    batch: list[_Seen] = []
    noise: dict[tuple[str, tuple[float, float]], float] = {}
    held: dict[str, Background] = {}
    for job in jobs:
        for background in _backgrounds(case, run, job, held):
            key = (background.station.station_code, job.signal.band_hz)
            if key not in noise:
                noise[key] = background.noise_nt(job)
            days = background.with_job(job, case.config.seed)
            tensors = background.tensors(days, case.config.grid)
            batch.append(_Seen(job, background, noise[key], tensors))
        if len(batch) >= BATCH:
            yield _forecast(case, run, batch), _features(case, run, batch)
            batch = []
    if batch:
        yield _forecast(case, run, batch), _features(case, run, batch)


def _backgrounds(
    case: _Case, run: pd.Series, job: Job, held: dict[str, Background]
) -> Iterator[Background]:
    """Background of a job: its station, or all of them for what is everywhere."""
    for station in case.config.stations:
        code = station.station_code
        if code != run["station_code"] and not job.is_everywhere:
            continue
        if code not in held:
            held[code] = load_background(
                case.source.load_day,
                station,
                np.datetime64(run["day"], "D"),
                case.config.injection.nights,
                case.orientation,
            )
        if held[code].days:
            yield held[code]


def _forecast(case: _Case, run: pd.Series, batch: Sequence[_Seen]) -> pd.DataFrame:
    """Let the network see a batch; one row for each injection and station."""
    usable = [
        (number, tensor)
        for number, seen in enumerate(batch)
        for tensor in seen.tensors
        if tensor is not None
    ]
    # Only station, coverage and row are looked at; the rest is that of any sample.
    any_row = case.samples.iloc[np.zeros(len(usable), np.int64)].reset_index(drop=True)
    rows = any_row.assign(
        sample_id=[f"{number}-{i}" for i, (number, _) in enumerate(usable)],
        station_code=[batch[n].background.station.station_code for n, _ in usable],
        coverage=[tensor.coverage for _, tensor in usable],
        store_row=np.arange(len(usable)),
    )
    source = HeldTensors(case.config.grid, [tensor for _, tensor in usable])
    said = predict(case.folder / "model", source, rows)
    number = said["sample_id"].str.split("-").str[0].astype(int)
    best = (
        said.assign(number=number).sort_values("probability").drop_duplicates("number", keep="last")
    )
    told = best.set_index("number")[["probability", "azimuth_deg"]]
    told = told.reindex(np.arange(len(batch))).astype(np.float64)
    pairs = zip(batch, told["probability"], told["azimuth_deg"], strict=True)
    return pd.DataFrame([_row(case, run, *pair) for pair in pairs])


def _features(case: _Case, run: pd.Series, batch: Sequence[_Seen]) -> pd.DataFrame:
    """Features of the days of a batch that could be transformed, by their place in it."""
    lines: list[tuple[object, ...]] = []
    for number, seen in enumerate(batch):
        station = seen.background.station
        for night, tensor in enumerate(seen.tensors):
            if tensor is None:
                continue
            numbers = day_features(
                tensor.planes, case.config.grid.frequencies_hz, station.longitude_deg
            )
            day = run["day"] + pd.Timedelta(days=night)
            lines.append((number, station.station_code, day, *numbers))
    return pd.DataFrame(lines, columns=[KEY, "station_code", "day", *FEATURES])


def _row(
    case: _Case, run: pd.Series, seen: _Seen, probability: float, azimuth_deg: float
) -> dict[str, object]:
    job = seen.job
    return {
        "role": job.role,
        "signal": job.name,
        "station_code": seen.background.station.station_code,
        "day": run["day"],
        "kp_max": run["kp_max"],
        "strength": job.strength,
        "distance_km": job.source.distance_km if job.source else np.nan,
        "azimuth_deg": job.signal.azimuth_deg,
        "z_to_h": job.signal.z_to_h,
        "background_nt": seen.noise_nt,
        "pair": job.pair,
        "probability": probability,
        "said_azimuth_deg": azimuth_deg,
        # A day that the pipeline refuses has no probability, and is not recovered.
        "is_recovered": bool(probability >= case.threshold),
    }


def _facts(case: _Case, runs: pd.DataFrame, rows: pd.DataFrame) -> dict[str, object]:
    return {
        "threshold": case.threshold,
        "nights": case.config.injection.nights,
        "n_runs_without_target": len(runs),
        "n_backgrounds": int(rows.drop_duplicates(["station_code", "day"]).shape[0]),
        "n_injections": len(rows),
        "largest_difference_without_signal": _difference(case, rows),
    }


def _difference(case: _Case, rows: pd.DataFrame) -> float | None:
    """Largest difference between a recording without a signal and the forecast of the run."""
    if case.config.injection.nights > 1:
        return None
    day = case.samples["window_start"].dt.floor("D")
    said = case.samples.assign(day=day).merge(
        case.forecast[["sample_id", "probability"]], on="sample_id"
    )
    zero = rows[rows["role"] == "none"].merge(
        said[["station_code", "day", "probability"]], on=["station_code", "day"]
    )
    apart = (zero["probability_x"] - zero["probability_y"]).abs()
    return float(apart.max()) if apart.notna().any() else None


def _told(report: InjectionReport, rows: pd.DataFrame, left_out: tuple[str, ...]) -> StepResult:
    whole = report.fits[report.fits["by"] == "all"]
    facts: dict[str, object] = {"injected": len(rows), "injection_passed": report.is_passed}
    for fit in whole.to_dict("records"):
        for name, strength in (("A50", fit["s50"]), ("A90", fit["s90"])):
            reached = round(float(strength), 4) if np.isfinite(strength) else "not reached"
            facts[f"{name} of {fit['signal']} [nT]"] = reached
    return StepResult((f"Injection: {report.sentence}.", *left_out), facts)
