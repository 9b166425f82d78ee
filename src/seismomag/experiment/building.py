"""The second step: from days to labelled samples and the tensor store."""

import os
from dataclasses import asdict

import numpy as np
import pandas as pd

from seismomag.core.progress import Progress
from seismomag.dataset.build import build_store
from seismomag.dataset.labels import make_samples, target_pairs
from seismomag.dataset.splits import assign_splits, check, digest
from seismomag.dataset.store import open_store
from seismomag.experiment.config import RunConfig
from seismomag.experiment.runs import RunFolder, StepResult, versions
from seismomag.experiment.tables import write_table
from seismomag.experiment.worlds import World, find_world

SHOWN_FAILURES = 5


def build(config: RunConfig, folder: RunFolder, progress: Progress) -> StepResult:
    """Label the days, split them, and put their scalograms into the store."""
    world = find_world(config, folder, progress)
    samples = label_days(config, world)
    report = build_store(
        folder / "store.h5",
        samples,
        world.source.load_day,
        config.grid,
        workers=config.run.workers or os.cpu_count() or 1,
        scheduler=config.run.scheduler or None,
        chunk="day" if is_simulated_live(config) else "station",
        provenance=provenance(config, samples),
        progress=progress,
    )
    keep_tables(folder, world)
    failures = [f"{row.sample_id}: {row.reason}" for row in report.failures.itertuples()]
    reasons = [*world.reasons, *failures[:SHOWN_FAILURES]]
    if len(failures) > SHOWN_FAILURES:
        reasons.append(f"and {len(failures) - SHOWN_FAILURES} more station-days without data")
    with open_store(folder / "store.h5") as store:
        write_table(store.samples, folder / "samples.csv")
        return StepResult((*reasons, *shortages(store.samples)), counts(store.samples))


def is_simulated_live(config: RunConfig) -> bool:
    """Whether days are invented as they are needed, without files."""
    return config.simulation is not None and not config.simulation.write_files


def label_days(config: RunConfig, world: World) -> pd.DataFrame:
    """Make the sample table of a run, split and checked."""
    samples = make_samples(
        config.stations,
        world.days,
        config.labels,
        world.catalogue,
        world.space_weather,
        reach_s=config.grid.reach_s,
    )
    pairs = target_pairs(config.stations, world.catalogue, config.labels)
    samples["split"] = assign_splits(samples, config.splits, pairs)
    check(samples, config.splits, pairs)
    return samples


def provenance(config: RunConfig, samples: pd.DataFrame) -> dict[str, object]:
    """What the store must remember of where it comes from."""
    return {
        "title": config.run.title,
        "seed": config.run.seed,
        "label_rule": asdict(config.labels),
        "split_digest": digest(samples),
        "versions": versions(),
    }


def keep_tables(folder: RunFolder, world: World) -> None:
    """Write the lists that the labels were made of."""
    write_table(world.catalogue.events, folder / "catalogue.csv")
    write_table(world.space_weather, folder / "space_weather.csv")
    coverage = pd.DataFrame(
        [(i.start, i.end) for i in world.catalogue.coverage], columns=["start", "end"]
    )
    write_table(coverage, folder / "coverage.csv")


def shortages(samples: pd.DataFrame) -> list[str]:
    """Sentences about what the samples lack."""
    said = []
    unknown = int(samples["is_target"].isna().sum())
    if unknown:
        said.append(
            f"{unknown} of {len(samples)} station-days have a horizon that the catalogue does "
            "not cover: their label is unknown, not quiet."
        )
    for split in ("train", "validation", "test"):
        rows = samples[samples["split"] == split]
        positives = int(rows["is_target"].fillna(value=False).sum())
        if positives == 0:
            said.append(f"No positive among the {len(rows)} station-days of {split}.")
    empty = int((samples["coverage"].fillna(0) == 0).sum())
    if empty:
        said.append(f"{empty} of {len(samples)} station-days hold no usable field.")
    return said


def counts(samples: pd.DataFrame) -> dict[str, object]:
    """Numbers of the sample table that a person asks for first."""
    facts: dict[str, object] = {"n_samples": len(samples)}
    for split in ("train", "validation", "test"):
        rows = samples[samples["split"] == split]
        known = rows["is_target"].dropna()
        facts[f"n_{split}"] = len(rows)
        facts[f"base_rate_{split}"] = round(float(known.mean()), 4) if len(known) else None
        facts[f"n_events_{split}"] = int(rows["event_id"].dropna().nunique())
    facts["mean_coverage"] = round(float(np.nanmean(samples["coverage"].to_numpy(float))), 4)
    return facts
