"""What the real lists say, and of what time they are silent."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.readers.catalogues import completeness, read_catalogue, read_catalogue_with_report

pytestmark = pytest.mark.real_data

COVERAGE = {
    "bmkg_2018-01_2025-08.csv.xz": [
        ("2018-01-01", "2021-06-30"),
        ("2021-08-01", "2021-12-31"),
        ("2023-01-01", "2025-08-31"),
    ],
    "bmkg_2025-09.csv": [("2025-09-01", "2025-10-01")],
    "bmkg_2025-10.csv": [("2025-10-01", "2025-10-31")],
    "bmkg_2025-11.csv": [("2025-11-01", "2025-12-01")],
    "bmkg_2025-12.csv": [("2025-12-01", "2025-12-31")],
    "bmkg_2026-a.csv": [("2025-12-31", "2026-01-31")],
    "bmkg_2026-b.csv": [("2026-01-31", "2026-03-02")],
    "bmkg_2026-c.csv": [("2026-03-01", "2026-03-31")],
    "bmkg_2026-d.csv": [("2026-04-01", "2026-05-01")],
    "neic_M5.5+_1965-2016_kaggle_database.csv.xz": [("1965-01-02", "2016-12-31")],
    "usgs_comcat_M4.5+_2020.csv.xz": [("2019-11-30", "2021-01-01")],
    "usgs_comcat_M5+_2013-01_2023-11.csv.xz": [("2013-01-01", "2023-11-05")],
}
ROWS = {
    "bmkg_2018-01_2025-08.csv.xz": 15_781,
    "neic_M5.5+_1965-2016_kaggle_database.csv.xz": 23_412,
    "usgs_comcat_M4.5+_2020.csv.xz": 7_150,
    "usgs_comcat_M5+_2013-01_2023-11.csv.xz": 18_334,
}


@pytest.mark.parametrize("name", COVERAGE)
def test_each_list_covers_what_it_should(real_data: Path, name: str) -> None:
    catalogue, report = read_catalogue_with_report(real_data / "catalogues" / name)
    found = [(str(i.start.date()), str(i.end.date())) for i in catalogue.coverage]
    assert found == COVERAGE[name]
    assert report.n_read == ROWS.get(name, report.n_read)
    assert report.n_read == len(catalogue.events) + report.n_left_out


def test_2022_and_july_2021_are_unknown(real_data: Path) -> None:
    catalogue = read_catalogue(real_data / "catalogues" / "bmkg_2018-01_2025-08.csv.xz")
    assert len(catalogue.events) == 15_781
    for start, end in (("2022-01-01", "2023-01-01"), ("2021-07-01", "2021-08-01")):
        for day in pd.date_range(start, end, inclusive="left"):
            assert not catalogue.covers(day, day + pd.Timedelta(days=1))
    assert catalogue.covers(pd.Timestamp("2023-01-01"), pd.Timestamp("2025-08-31"))
    assert set(catalogue.events["magnitude_type"]) == {""}


def test_four_duplicates_of_2026_are_merged_and_named(real_data: Path) -> None:
    paths = sorted((real_data / "catalogues").glob("bmkg_2026-*.csv"))
    catalogue, report = read_catalogue_with_report(paths)
    assert (report.n_read, report.n_merged, len(catalogue.events)) == (919, 4, 915)
    [sentence] = [s for s in report.sentences if "stand twice" in s]
    for event_id in ("bmg2026edvn", "bmg2026eecj", "bmg2026eeml", "bmg2026effk"):
        assert event_id in sentence
    # The last day of March is in neither of two monthly lists.
    found = [(str(i.start.date()), str(i.end.date())) for i in catalogue.coverage]
    assert found == [("2025-12-31", "2026-03-31"), ("2026-04-01", "2026-05-01")]
    assert (catalogue.events["magnitude_type"] != "").all()


def test_neic_explosions_are_left_out_and_ids_meet_comcat(real_data: Path) -> None:
    folder = real_data / "catalogues"
    neic = read_catalogue(folder / "neic_M5.5+_1965-2016_kaggle_database.csv.xz")
    assert len(neic.events) == 23_232
    both, report = read_catalogue_with_report(
        [
            folder / "neic_M5.5+_1965-2016_kaggle_database.csv.xz",
            folder / "usgs_comcat_M5+_2013-01_2023-11.csv.xz",
        ]
    )
    assert report.n_merged > 1000
    tohoku = both.events[both.events["magnitude"] >= 9]
    assert "2011-03-11" in set(tohoku["origin_time"].dt.strftime("%Y-%m-%d"))
    assert both.coverage[0].start == pd.Timestamp("1965-01-02")
    assert both.coverage[-1].end == pd.Timestamp("2023-11-05")


def test_the_incomplete_list_shows_that_it_is(real_data: Path) -> None:
    path = real_data / "catalogues" / "bmkg_2008-11_2023-01_incomplete.csv.xz"
    catalogue, report = read_catalogue_with_report(path)
    assert report.n_read == 90_153
    table = completeness(catalogue).rename(lambda row: 2008 + row)
    assert (table.loc[2018:2022, "covered_fraction"] == 1).all()
    assert (table.loc[2008:2014, "covered_fraction"] < 1).all()
    assert (table.loc[2018:2022, "magnitude_of_completeness"] <= 3.3).all()
    assert table.loc[2009, "magnitude_of_completeness"] > 4.5
    assert np.isfinite(table["b_value"]).all()
    assert any("magnitude of completeness runs from 3.0" in s for s in report.sentences)
    assert any("13 holes" in s for s in report.sentences)
