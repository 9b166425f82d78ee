"""Evaluations of the same test rows are counted, whatever run folder they come from."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.dataset.labels import make_samples
from seismomag.experiment.auditing import common_ledger, evaluations, record_opening
from seismomag.experiment.config import RunConfig
from seismomag.experiment.demo import arms_of, demo_config
from seismomag.experiment.runs import RunFolder
from seismomag.experiment.tables import write_table


@pytest.fixture(scope="module")
def config() -> RunConfig:
    return demo_config(is_small=True)


@pytest.fixture(scope="module")
def samples(config: RunConfig) -> pd.DataFrame:
    simulation = config.simulated()
    days = pd.DataFrame(
        {
            "station_code": config.stations[0].station_code,
            "day": (np.datetime64(config.simulation.start, "D") + np.arange(40)).astype("M8[ns]"),
        }
    )
    rows = make_samples(
        config.stations,
        days,
        config.labels,
        simulation.catalogue,
        simulation.space_weather,
        reach_s=540,
    )
    name = np.where(np.arange(len(rows)) < 20, "train", "test")
    return rows.assign(split=pd.Series(name, dtype="str"))


def folder(path: Path, samples: pd.DataFrame) -> RunFolder:
    path.mkdir()
    write_table(samples, path / "samples.csv")
    return RunFolder(path)


def test_a_new_run_folder_does_not_begin_to_count_anew(
    tmp_path: Path, config: RunConfig, samples: pd.DataFrame
) -> None:
    for n in (1, 2, 3):
        mine = folder(tmp_path / f"run{n}", samples)
        record_opening(config, mine)
        assert evaluations(config, mine, samples) == n
    # Another model on other training rows looks at the same test rows.
    fewer = samples.assign(split=samples["split"].where(samples.index != 3))
    other = folder(tmp_path / "other", fewer)
    record_opening(config, other)
    assert evaluations(config, other, fewer) == 4


def test_other_test_rows_and_other_worlds_count_on_their_own(
    tmp_path: Path, config: RunConfig, samples: pd.DataFrame
) -> None:
    first = folder(tmp_path / "first", samples)
    record_opening(config, first)
    later = samples.assign(split=samples["split"].where(samples.index != 30))
    bare = arms_of(config)["unplanted"]
    seeded = replace(config, run=replace(config.run, seed=config.run.seed + 1))
    assert evaluations(config, first, samples) == 1
    assert evaluations(config, first, later) == 0
    others = {common_ledger(c, first, samples) for c in (config, bare, seeded)}
    assert len(others) == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_parent_that_cannot_be_written_keeps_the_count_in_the_run(
    tmp_path: Path, config: RunConfig, samples: pd.DataFrame
) -> None:
    mine = folder(tmp_path / "run", samples)
    tmp_path.chmod(0o500)
    try:
        assert common_ledger(config, mine, samples).parent == mine.path
    finally:
        tmp_path.chmod(0o700)
