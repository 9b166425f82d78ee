"""Baselines that are networks themselves: a bare one, and the full one on another's recording.

Both are assembled here, from the callables of the network, because the floor of the baselines
does not know it. B10 asks what the parts of the network are worth, B11 whether its signal is
local at all: if the skill stays with the recording of another station, it was global.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

import pandas as pd

from seismomag.core.errors import CoverageError
from seismomag.core.progress import Progress
from seismomag.core.schema import FORECAST_COLUMNS, empty_table
from seismomag.dataset.gate import open_training
from seismomag.dataset.store import Store
from seismomag.experiment.config import RunConfig
from seismomag.experiment.runs import RunFolder
from seismomag.network.predict import predict
from seismomag.network.training import fit

BARE_FOLDER = "baselines/bare_network"


@dataclass(frozen=True)
class NetworkRun:
    """What a baseline that is a network may use.

    Attributes
    ----------
    config, folder
        Of the run.
    store
        Its tensors, open.
    wanted
        Rows to forecast: validation and test.
    """

    config: RunConfig
    folder: RunFolder
    store: Store
    wanted: pd.DataFrame


Forecast = Callable[[NetworkRun, Progress], pd.DataFrame]


def bare_network(run: NetworkRun, progress: Progress) -> pd.DataFrame:
    """B10: detection alone, columns averaged instead of read in order, no penalty for storms.

    Trained on the same rows and chosen on the same validation as the network of the run.
    """
    config, path = run.config, run.folder / BARE_FOLDER
    shutil.rmtree(path, ignore_errors=True)
    fit(
        run.store,
        open_training(run.store.samples),
        model=replace(config.model, heads=("detection",), gru=False),
        loss=replace(config.loss, gpl=False),
        training=config.training,
        label_rule=asdict(config.labels),
        folder=path,
        allow_one_class=True,
        progress=progress,
    )
    return _named(predict(path, run.store, run.wanted), "bare_network")


def other_station(run: NetworkRun, progress: Progress) -> pd.DataFrame:
    """B11: the network of the run, shown the recording of the next station on the same day.

    Stations follow each other in the order of their codes; a day on which no other station was
    recorded gets no forecast.

    Raises
    ------
    CoverageError
        There is a single station, or no day with two.
    """
    swapped = partners(run.wanted, run.store.samples)
    if swapped.empty:
        msg = "other_station needs two stations that were recorded on the same days"
        raise CoverageError(msg)
    said = predict(run.folder / "model", run.store, swapped, progress=progress)
    own = run.wanted.set_index("sample_id")["station_code"]
    told = said.assign(station_code=said["sample_id"].map(own).astype("str"))
    return _named(told, "other_station")


def partners(wanted: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Rows that keep their name, and take station, coverage and tensor of another of their day."""
    usable = samples[(samples["coverage"] > 0).fillna(value=False) & (samples["store_row"] >= 0)]
    taken = ["station_code", "coverage", "store_row"]
    others = usable[["window_start", *taken]]
    asked = wanted.reset_index(names="row")[["row", "window_start", "station_code"]]
    pairs = asked.merge(others, on="window_start", suffixes=("", "_other"))
    pairs = pairs[pairs["station_code"] != pairs["station_code_other"]]
    place = {code: i for i, code in enumerate(sorted(samples["station_code"].unique()))}
    apart = pairs["station_code_other"].map(place) - pairs["station_code"].map(place)
    # The next one in the circle of codes that was recorded on this day.
    nearest = pairs.assign(step=apart % len(place)).sort_values(["row", "step"])
    nearest = nearest.drop_duplicates("row")
    found = wanted.loc[nearest["row"]].copy()
    for column in taken:
        source = "station_code_other" if column == "station_code" else column
        found[column] = nearest[source].to_numpy()
    return found


def _named(forecast: pd.DataFrame, name: str) -> pd.DataFrame:
    return forecast.assign(model_id=name)


NETWORK_BASELINES: Mapping[str, Forecast] = {
    "bare_network": bare_network,
    "other_station": other_station,
}
"""By name, as they are asked for in ``[audit] baselines``."""


def forecast_by_network(name: str, run: NetworkRun, progress: Progress) -> tuple[pd.DataFrame, str]:
    """Forecast of a baseline that is a network, or the reason why there is none."""
    if not (run.folder / "model").is_dir():
        return empty_table(FORECAST_COLUMNS), f"Baseline {name}: no network was trained."
    try:
        return NETWORK_BASELINES[name](run, progress), ""
    except CoverageError as error:
        return empty_table(FORECAST_COLUMNS), f"Baseline {name}: {error}."
