"""Invented networks without any leak: the checks find none in ten worlds."""

import numpy as np
import pandas as pd
import pytest

from seismomag.audit.leaks import checks as leaks
from seismomag.audit.leaks.case import LeakCase
from seismomag.dataset.labels import make_samples
from seismomag.dataset.splits import assign_splits
from seismomag.experiment.demo import demo_config


def world(seed: int) -> LeakCase:
    """Samples of the demo's network in another invented world, with a forecast of noise."""
    config = demo_config(seed)
    simulation = config.simulated()
    generator = np.random.default_rng(seed)
    start = np.datetime64(config.simulation.start, "D")
    days = start + np.arange(config.simulation.n_days - config.labels.horizon_days - 3)
    codes = [s.station_code for s in config.stations]
    asked = pd.DataFrame(
        {
            "station_code": np.repeat(codes, days.size),
            "day": np.tile(days.astype("datetime64[ns]"), len(codes)),
        }
    )
    rows = make_samples(
        config.stations,
        asked,
        config.labels,
        simulation.catalogue,
        simulation.space_weather,
        reach_s=config.grid.reach_s,
    )
    rows["split"] = assign_splits(rows, config.splits)
    rows["coverage"] = 1 - generator.beta(1, 60, len(rows))
    rows["probability"] = generator.random(len(rows))
    rows["forecast_deg"] = generator.uniform(0, 360, len(rows))
    rows["day"] = rows["window_start"]
    return LeakCase(
        rows=rows.rename(columns={"sample_id": "row_id"}),
        window_days=config.labels.window_days,
        horizon_days=config.labels.horizon_days,
        stations=config.stations,
        catalogue=simulation.catalogue,
        rule=config.labels,
        is_coseismic_declared=True,
        seed=seed,
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_no_red_in_an_invented_world(seed: int) -> None:
    found = leaks.inspect(world(seed))
    red = found[found["severity"] == leaks.RED]
    assert list(red["check_id"]) == [], list(red["sentence"])
    assert (found["severity"] != leaks.NOT_RUN).sum() >= 17
