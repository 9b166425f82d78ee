"""Several processes make the same file, and one that is killed harms nothing."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.core.bands import Band
from seismomag.core.stations import Station
from seismomag.dataset import build, store
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.signal import quality
from seismomag.signal.grid import ScalogramGrid
from seismomag.simulate.network import Simulation

SMALL = ScalogramGrid(band=Band(low_hz=0.02, high_hz=0.1), n_frequencies=4, column_s=1200)
REAL_SIZE = ScalogramGrid()


@pytest.fixture(scope="module")
def simulation():
    return Simulation(
        stations=(
            Station(station_code="ALR", latitude_deg=-8.14, longitude_deg=124.59),
            Station(station_code="GTO", latitude_deg=0.56, longitude_deg=123.14),
        ),
        start=np.datetime64("2030-01-01"),
        n_days=30,
        seed=5,
    )


def _samples(simulation: Simulation, n_days: int) -> pd.DataFrame:
    days = pd.date_range("2030-01-03", periods=n_days, unit="ns")
    table = pd.DataFrame(
        {
            "station_code": pd.Series(np.repeat(["ALR", "GTO"], n_days), dtype="str"),
            "day": np.tile(days, 2),
        }
    )
    return make_samples(
        simulation.stations,
        table,
        LabelRule(),
        simulation.catalogue,
        simulation.space_weather,
        reach_s=540,
    )


@pytest.mark.slow
def test_two_workers_make_the_same_file_as_one(tmp_path, simulation):
    samples = _samples(simulation, 3)
    # A partial of flag has another name in the store than flag itself, but it is picklable too.
    flag = partial(quality.flag, plan=None)
    one = build.build_store(tmp_path / "1.h5", samples, simulation.load_day, SMALL, flag=flag)
    calls = []
    two = build.build_store(
        tmp_path / "2.h5",
        samples,
        simulation.load_day,
        SMALL,
        flag=flag,
        workers=2,
        progress=lambda *call: calls.append(call),
    )
    assert one.path.read_bytes() == two.path.read_bytes()
    assert (two.n_computed, calls[-1]) == (one.n_computed, ("build", 6, 6))
    assert two.remarks.equals(one.remarks)


CHILD = """
import sys
from pathlib import Path
import numpy as np
import pandas as pd
from seismomag.core.stations import Station
from seismomag.dataset import build, store
from seismomag.signal.grid import ScalogramGrid
from seismomag.simulate.network import Simulation

simulation = Simulation(
    stations=(
        Station(station_code="ALR", latitude_deg=-8.14, longitude_deg=124.59),
        Station(station_code="GTO", latitude_deg=0.56, longitude_deg=123.14),
    ),
    start=np.datetime64("2030-01-01"),
    n_days=30,
    seed=5,
)
with store.open_store(sys.argv[1]) as opened:
    samples = opened.samples
print("ready", flush=True)
build.build_store(
    sys.argv[2], samples, simulation.load_day, ScalogramGrid(),
    progress=lambda stage, done, total: print(done, flush=True),
)
"""


def _kill_after(rows: int, delay_s: float, template: Path, path: Path) -> int:
    """Build in a child until it has reported some rows, then kill it; give the rows reported."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(template), str(path)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    reported = 0
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip().isdigit():
            reported = int(line)
        if reported >= rows and line.strip() != "ready":
            break
    time.sleep(delay_s)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    return reported


@pytest.mark.slow
def test_a_killed_build_at_real_size_leaves_a_file_that_goes_on(tmp_path, simulation):
    samples = _samples(simulation, 4)
    whole = build.build_store(tmp_path / "whole.h5", samples, simulation.load_day, REAL_SIZE)
    template = store.create(tmp_path / "t.h5", samples, REAL_SIZE, provenance={})
    path = tmp_path / "killed.h5"
    rng = np.random.default_rng(0)
    with store.open_store(whole.path) as expected:
        for rows in (0, 1, 3, 5, 6):
            _kill_after(rows, float(rng.uniform(0, 0.1)), template, path)
            with store.open_store(path) as opened:
                done = np.flatnonzero(opened.done)
                np.testing.assert_array_equal(opened.read(done), expected.read(done))
    assert done.size >= 4
    resumed = build.build_store(path, samples, simulation.load_day, REAL_SIZE)
    assert resumed.n_kept == (done.size - np.isin(done, _failed(resumed, samples)).sum())
    assert path.read_bytes() == whole.path.read_bytes()


def _failed(report: build.BuildReport, samples: pd.DataFrame) -> np.ndarray:
    return np.flatnonzero(samples["sample_id"].isin(report.failures["sample_id"]))
