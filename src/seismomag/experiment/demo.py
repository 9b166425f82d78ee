"""The demo: one invented network twice, with a precursor planted and without.

Both arms share the background to the last bit, so that only the planted station-days are
transformed twice, and so that nothing but the precursor can make the difference.
"""

import multiprocessing
import queue
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.progress import Progress, silent
from seismomag.core.schema import AuditReport
from seismomag.core.stations import Station
from seismomag.dataset.build import overlay
from seismomag.dataset.store import open_store
from seismomag.experiment import building
from seismomag.experiment.config import RunConfig, parse_config
from seismomag.experiment.reporting import write_arms
from seismomag.experiment.runs import RunFolder, StepResult, perform
from seismomag.experiment.steps import STEPS, perform_steps, step_digests
from seismomag.experiment.tables import read_report_tables, write_table
from seismomag.experiment.worlds import find_world

PLANTED = "planted"
UNPLANTED = "unplanted"
Told = tuple[str, int, int]
AFTER_BUILD = ("train", "forecast", "inject", "audit", "report")
SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class DemoOutcome:
    """Where the demo ended.

    Attributes
    ----------
    planted, unplanted
        The audits of the two arms.
    page
        One HTML report of both.
    """

    planted: AuditReport
    unplanted: AuditReport
    page: Path


def demo_config(seed: int | None = None, *, is_small: bool = False) -> RunConfig:
    """Read the configuration of the demo that is shipped with the package."""
    name = "demo_small.toml" if is_small else "demo.toml"
    resource = files("seismomag.experiment").joinpath("configs", name)
    config = parse_config(resource.read_text(encoding="utf-8"), Path(name))
    if seed is None:
        return config
    return replace(
        config,
        run=replace(config.run, seed=seed),
        training=replace(config.training, seed=seed),
    )


def demo(
    path: Path,
    *,
    seed: int | None = None,
    is_small: bool = False,
    command: str = "",
    progress: Progress = silent,
) -> DemoOutcome:
    """Run both arms and write one page.

    Parameters
    ----------
    path
        Folder for the two run folders and the page; what stands there is gone on with.
    seed
        Another invented world than the shipped one.
    is_small
        A fraction of the days: shows the way, decides nothing.
    command
        For the record: the line that a shell takes to make the demo again.
    progress
        Told how far the work is.
    """
    arms = arms_of(demo_config(seed, is_small=is_small))
    for name, steps in ((UNPLANTED, ("simulate", "build")), (PLANTED, ("simulate",))):
        perform_steps(arms[name], path / name, steps, command=command, progress=progress)
    _build_planted(arms[PLANTED], RunFolder(path / UNPLANTED), path / PLANTED, progress)
    _finish_side_by_side(arms, path, command, progress)
    page = write_arms(arms, {name: RunFolder(path / name) for name in arms}, path / "report.html")
    return DemoOutcome(
        read_report_tables(path / PLANTED / "audit"),
        read_report_tables(path / UNPLANTED / "audit"),
        page,
    )


def arms_of(config: RunConfig) -> dict[str, RunConfig]:
    """Give the configuration of each arm: as it stands, and with nothing planted."""
    if config.simulation is None:
        return {PLANTED: config}
    bare = replace(config.simulation, precursor=None)
    return {
        PLANTED: replace(config, run=replace(config.run, title=f"{config.run.title}, planted")),
        UNPLANTED: replace(
            config,
            simulation=bare,
            run=replace(config.run, title=f"{config.run.title}, nothing planted"),
        ),
    }


def _build_planted(
    config: RunConfig, background: RunFolder, path: Path, progress: Progress
) -> None:
    folder = RunFolder(path)

    def act() -> StepResult:
        world = find_world(config, folder, progress)
        samples = building.label_days(config, world)
        rows = planted_rows(samples, config)
        (folder / "store.h5").unlink(missing_ok=True)
        overlay(
            background / "store.h5",
            folder / "store.h5",
            rows,
            world.source.load_day,
            workers=config.run.workers or multiprocessing.cpu_count(),
            chunk="day",
            progress=progress,
        )
        building.keep_tables(folder, world)
        with open_store(folder / "store.h5") as store:
            write_table(store.samples, folder / "samples.csv")
            reasons = (*world.reasons, *building.shortages(store.samples))
            return StepResult(
                reasons, {**building.counts(store.samples), "n_transformed_again": len(rows)}
            )

    perform(folder, "build", step_digests(config)["build"], act, makes=STEPS["build"].makes)


def planted_rows(samples: pd.DataFrame, config: RunConfig) -> NDArray[np.int64]:
    """Rows of the sample table whose window, margins included, can hold a planted signal."""
    planted = config.simulated().planted
    days = planted["day"].to_numpy("datetime64[D]")
    touched = set(zip(planted["station_code"], days, strict=True))
    for station in config.stations:
        if _night_meets_midnight(station, config):
            own = days[(planted["station_code"] == station.station_code).to_numpy()]
            touched |= {(station.station_code, day + step) for day in own for step in (-1, 1)}
    windows = samples["window_start"].to_numpy("datetime64[D]")
    pairs = zip(samples["station_code"], windows, strict=True)
    return np.flatnonzero([pair in touched for pair in pairs])


def _night_meets_midnight(station: Station, config: RunConfig) -> bool:
    """Whether a planted night reaches into the margin that a neighbouring UTC day sees."""
    if config.simulation is None or config.simulation.precursor is None:
        return False
    begin, end = (
        (hour - station.solar_offset_hours) % 24 for hour in config.simulation.precursor.night_hours
    )
    margin = config.grid.reach_s / 3600
    return end < begin or begin < margin or end > 24 - margin


def _finish_side_by_side(
    arms: dict[str, RunConfig], path: Path, command: str, progress: Progress
) -> None:
    context = multiprocessing.get_context("spawn")
    with (
        context.Manager() as manager,
        ProcessPoolExecutor(max_workers=len(arms), mp_context=context) as pool,
    ):
        told = manager.Queue()
        futures = [
            pool.submit(_finish_arm, config, path / name, name, command, told)
            for name, config in arms.items()
        ]
        _relay(futures, told, progress)
        for future in futures:
            future.result()


def _finish_arm(
    config: RunConfig, path: Path, name: str, command: str, told: "queue.Queue[Told]"
) -> None:
    def progress(stage: str, done: int, total: int) -> None:
        told.put((f"{stage} ({name})", done, total))

    perform_steps(config, path, AFTER_BUILD, command=command, progress=progress)


def _relay(futures: list[Future[None]], told: "queue.Queue[Told]", progress: Progress) -> None:
    """Pass on what the arms tell until both have ended."""
    while not all(future.done() for future in futures) or not told.empty():
        try:
            stage, done, total = told.get(timeout=SECONDS_BETWEEN_LOOKS)
        except queue.Empty:
            continue
        progress(stage, done, total)
