"""The first step: the invented world of a run, and its files where an archive is wanted."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.core.progress import Progress
from seismomag.experiment.config import RunConfig
from seismomag.experiment.runs import RunFolder, StepResult
from seismomag.experiment.tables import write_table
from seismomag.readers import frg604rc
from seismomag.simulate import Simulation

DAYS_PER_TASK = 5


def simulate(config: RunConfig, folder: RunFolder, progress: Progress) -> StepResult:
    """Invent the catalogue, the space weather and, where asked for, the day files.

    A run that reads a real archive has nothing to invent; its catalogue and indices are written
    by the build.
    """
    if config.simulation is None:
        write_table(pd.DataFrame(), folder / "catalogue.csv")
        write_table(pd.DataFrame(), folder / "space_weather.csv")
        return StepResult(facts={"simulated": False})
    simulation = config.simulated()
    write_table(simulation.catalogue.events, folder / "catalogue.csv")
    write_table(simulation.space_weather, folder / "space_weather.csv")
    write_table(simulation.planted, folder / "planted.csv")
    facts = {
        "simulated": True,
        "n_events": len(simulation.catalogue.events),
        "n_planted_station_days": len(simulation.planted),
    }
    if config.simulation.write_files:
        facts["n_files"] = write_archive(
            simulation,
            folder / "archive",
            layout=config.simulation.layout,
            workers=config.run.workers or os.cpu_count() or 1,
            progress=progress,
        )
    return StepResult(facts=facts)


def write_archive(
    simulation: Simulation, root: Path, *, layout: str, workers: int, progress: Progress
) -> int:
    """Write the days of a simulation as FRG604RC files in a BMKG folder layout.

    Files that stand already are kept: each was written as a whole or not at all.

    Returns
    -------
    n_files
        Files that stand in the archive.
    """
    tasks = list(_tasks(simulation))
    total = simulation.n_days * len(simulation.stations)
    done = written = 0
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=workers, mp_context=context) as pool:
        futures = {pool.submit(_write_days, simulation, days, root, layout): days for days in tasks}
        for future in as_completed(futures):
            written += future.result()
            done += len(futures[future]) * len(simulation.stations)
            progress("write day files", done, total)
    return written


def day_path(root: Path, layout: str, station_code: str, day: np.datetime64) -> Path:
    """Path of a day file in one of the two BMKG layouts."""
    stamp = pd.Timestamp(day)
    name = f"S{stamp:%y%m%d}.{station_code}.gz"
    if layout == "SData":
        return root / station_code / "SData" / f"{stamp:%y%m}" / name
    return root / station_code / name


def _tasks(simulation: Simulation) -> Iterator[list[np.datetime64]]:
    for first in range(0, simulation.n_days, DAYS_PER_TASK):
        yield list(simulation.days[first : first + DAYS_PER_TASK])


def _write_days(simulation: Simulation, days: list[np.datetime64], root: Path, layout: str) -> int:
    written = 0
    for day in days:
        for station in simulation.stations:
            path = day_path(root, layout, station.station_code, day)
            if path.is_file():
                written += 1
                continue
            recording = simulation.load_day(station.station_code, day)
            if recording is None:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            frg604rc.write(recording, path)
            written += 1
    return written
