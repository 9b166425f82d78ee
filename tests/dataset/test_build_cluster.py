"""A build on a Dask cluster is the same build, whoever dies."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError
from seismomag.core.stations import Station
from seismomag.dataset import build, store
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.signal.grid import ScalogramGrid
from seismomag.simulate.network import Simulation

GRID = ScalogramGrid(n_frequencies=8, column_s=1200)
CODES = ("AAA", "BBB", "CCC", "DDD")
N_DAYS = 4


@pytest.fixture(scope="module")
def simulation():
    return Simulation(
        stations=tuple(
            Station(station_code=code, latitude_deg=-8.0 + i, longitude_deg=120.0 + i)
            for i, code in enumerate(CODES)
        ),
        start=np.datetime64("2030-01-01"),
        n_days=30,
        seed=5,
    )


@pytest.fixture(scope="module")
def samples(simulation):
    days = pd.DataFrame(
        {
            "station_code": pd.Series(np.repeat(CODES, N_DAYS), dtype="str"),
            "day": np.tile(pd.date_range("2030-01-03", periods=N_DAYS, unit="ns"), len(CODES)),
        }
    )
    return make_samples(
        simulation.stations,
        days,
        LabelRule(),
        simulation.catalogue,
        simulation.space_weather,
        reach_s=GRID.reach_s,
    )


def test_no_scheduler_at_the_address_is_said(tmp_path, simulation, samples, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("seismomag.dataset.build_work.CONNECT_S", 0.5)
    with pytest.raises(ConfigError, match=r"scheduler 'tcp://127.0.0.1:9' does not answer"):
        build.build_store(
            tmp_path / "s.h5", samples, simulation.load_day, GRID, scheduler="tcp://127.0.0.1:9"
        )


def test_without_distributed_the_extra_is_named(tmp_path, simulation, samples, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"install seismomag\[cluster\]"):
        build.build_store(
            tmp_path / "s.h5", samples, simulation.load_day, GRID, scheduler="tcp://127.0.0.1:9"
        )
    assert not (tmp_path / "s.h5").exists()


def _kill_when_rows_are_done(path: Path, worker: int, killed: list[int]) -> None:
    """Kill a process once it, or another one, has finished some rows of the store."""
    end = time.monotonic() + 40
    while time.monotonic() < end and not killed:
        time.sleep(0.02)
        if path.exists():
            with store.open_store(path) as opened:
                n_done = int(opened.done.sum())
            if n_done >= N_DAYS:
                os.kill(worker, signal.SIGKILL)
                killed.append(n_done)


@pytest.mark.slow
def test_one_of_two_workers_is_killed_and_the_store_is_the_same(tmp_path, simulation, samples):
    distributed = pytest.importorskip("distributed")
    whole = build.build_store(tmp_path / "whole.h5", samples, simulation.load_day, GRID)
    path, killed = tmp_path / "cluster.h5", []
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        host="127.0.0.1",
    ) as cluster:
        with distributed.Client(cluster) as client:
            pids = sorted(client.run(os.getpid).values())
        assert len(set(pids)) == 2
        watcher = threading.Thread(target=_kill_when_rows_are_done, args=(path, pids[0], killed))
        watcher.start()
        report = build.build_store(
            path, samples, simulation.load_day, GRID, scheduler=cluster.scheduler_address
        )
        killed.append(-1)
        watcher.join()
    assert N_DAYS <= killed[0] < len(samples), "killed too late, or never"
    assert report.n_computed + report.n_kept == len(samples)
    assert report.failures.empty
    assert path.read_bytes() == whole.path.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cluster.h5", "whole.h5"]
