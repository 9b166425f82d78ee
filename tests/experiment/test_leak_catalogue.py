"""A catalogue beside a stranger's labels opens the checks that ask for one, and tells the truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from seismomag.audit.leaks.finding import GREEN, NOT_RUN, RED
from seismomag.cli.commands import app
from seismomag.core.errors import ConfigError
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.experiment.leak_catalogue import CatalogueFiles
from seismomag.experiment.leak_page import examine
from seismomag.simulate import Simulation

STATIONS = tuple(
    Station(station_code=code, latitude_deg=latitude, longitude_deg=longitude)
    for code, latitude, longitude in (("ALR", -8.1, 124.6), ("TNT", 0.8, 127.4))
)
RULE = LabelRule(minimum_magnitude=5.0, magnitude_edges=(5.0, 6.0), horizon_days=10)
NEEDS_CATALOGUE = ("C20", "C21", "C23")


@pytest.fixture(scope="module")
def world() -> Simulation:
    start = np.datetime64("2021-01-01")
    return Simulation(stations=STATIONS, start=start, n_days=500, seed=3)


@pytest.fixture
def stranger(world: Simulation, tmp_path: Path) -> tuple[list[Path], CatalogueFiles]:
    """Two tables of honest labels, and the files by which they were made."""
    every = pd.date_range("2021-01-01", "2022-04-30")
    days = pd.DataFrame(
        [(s.station_code, day) for s in STATIONS for day in every], columns=["station_code", "day"]
    )
    table = make_samples(STATIONS, days, RULE, world.catalogue, world.space_weather, reach_s=540)
    told = pd.DataFrame(
        {
            "date": table["window_start"].dt.strftime("%Y-%m-%d"),
            "station": table["station_code"],
            "label": table["is_target"].astype("Int64"),
            "prob": np.random.default_rng(5).uniform(size=len(table)).round(4),
        }
    )
    paths = [tmp_path / "train.csv", tmp_path / "validation.csv"]
    is_early = told["date"] < "2021-08-01"
    told[is_early].to_csv(paths[0], index=False)
    told[told["date"] >= "2021-10-01"].to_csv(paths[1], index=False)
    return paths, write_files(world, tmp_path)


def write_files(world: Simulation, folder: Path) -> CatalogueFiles:
    events = world.catalogue.events.assign(
        origin_time=lambda t: t["origin_time"].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    )
    (interval,) = world.catalogue.coverage
    mark = f"# coverage: {interval.start.isoformat()}/{interval.end.isoformat()}\n"
    (folder / "catalogue.csv").write_text(mark + events.to_csv(index=False))
    listed = pd.DataFrame(
        [(s.station_code, s.latitude_deg, s.longitude_deg) for s in STATIONS],
        columns=["station_code", "latitude_deg", "longitude_deg"],
    )
    listed.to_csv(folder / "stations.csv", index=False)
    (folder / "rule.toml").write_text(
        "[labels]\nminimum_magnitude = 5.0\nmagnitude_edges = [5.0, 6.0]\nhorizon_days = 10\n"
    )
    return CatalogueFiles(
        catalogue=(folder / "catalogue.csv",),
        stations=folder / "stations.csv",
        rule=folder / "rule.toml",
    )


def test_the_checks_that_ask_for_a_catalogue_run(stranger) -> None:
    paths, files = stranger
    without = examine(paths).findings
    assert all(without[i].severity == NOT_RUN for i in NEEDS_CATALOGUE)
    found = examine(paths, files=files).findings
    assert [i for i in NEEDS_CATALOGUE if found[i].severity == NOT_RUN] == [], found
    assert (found["C23"].severity, found["C23"].n_found) == (GREEN, 0)


def test_labels_that_the_catalogue_does_not_give_are_found(stranger) -> None:
    paths, files = stranger
    table = pd.read_csv(paths[1])
    wrong = table.index[table["label"].notna()][[3, 40, 90]]
    table.loc[wrong, "label"] = 1 - table.loc[wrong, "label"]
    table.astype({"label": "Int64"}).to_csv(paths[1], index=False)
    found = examine(paths, files=files).findings["C23"]
    assert (found.severity, found.n_found) == (RED, 3)


def test_rows_that_the_catalogue_does_not_cover_are_not_called_wrong(stranger) -> None:
    paths, files = stranger
    text = files.catalogue[0].read_text()
    head, _, rest = text.partition("\n")
    kept = pd.read_csv(files.catalogue[0], comment="#")
    kept = kept[kept["origin_time"] < "2021-11-15"]
    early = head.rsplit("/", 1)[0] + "/2021-11-15T00:00:00\n"
    files.catalogue[0].write_text(early + kept.to_csv(index=False))
    assert rest
    assert examine(paths, files=files).findings["C23"].n_found == 0


def test_a_map_and_a_rule_that_contradict_each_other_are_refused(stranger, tmp_path) -> None:
    paths, files = stranger
    told = tmp_path / "map.toml"
    told.write_text("[rule]\nhorizon_days = 7\n")
    with pytest.raises(ConfigError, match="the map says horizon_days = 7, the rule 10"):
        examine(paths, map_path=told, files=files)


def test_the_horizon_of_the_map_counts_where_the_rule_states_none(stranger, tmp_path) -> None:
    paths, files = stranger
    told = tmp_path / "map.toml"
    told.write_text("[rule]\nhorizon_days = 10\n")
    files.rule.write_text("[labels]\nminimum_magnitude = 5.0\nmagnitude_edges = [5.0, 6.0]\n")
    outcome = examine(paths, map_path=told, files=files)
    assert outcome.foreign.case.horizon_days == 10
    assert outcome.findings["C23"].n_found == 0


def test_a_station_that_is_not_listed_is_named(stranger) -> None:
    paths, files = stranger
    text = files.stations.read_text().splitlines()
    files.stations.write_text("\n".join(text[:-1]) + "\n")
    with pytest.raises(ConfigError, match="no position of station TNT"):
        examine(paths, files=files)


def test_one_of_the_three_files_alone_says_which_are_missing(stranger) -> None:
    paths, files = stranger
    with pytest.raises(ConfigError, match="give --stations and --rule too"):
        CatalogueFiles(catalogue=files.catalogue)
    result = CliRunner().invoke(app, ["leaks", str(paths[0]), "--rule", str(files.rule)])
    assert isinstance(result.exception, ConfigError)


def test_the_command_takes_the_files_and_the_page_names_them(stranger, tmp_path) -> None:
    paths, files = stranger
    page = tmp_path / "page.html"
    words = ["leaks", *map(str, paths), "--catalogue", str(files.catalogue[0]), "--page", str(page)]
    words += ["--stations", str(files.stations), "--rule", str(files.rule)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code in (0, 3), result.output
    assert "C23  GREEN    0 labels that differ from what the catalogue gives" in result.output
    text = page.read_text(encoding="utf-8")
    assert "files.catalogue.csv" in text
    assert "<title>train.csv, validation.csv:" in text
