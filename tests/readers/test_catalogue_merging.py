"""Lists that overlap are joined once; lists in local time are found out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError, FormatError, SchemaError
from seismomag.core.schema import Catalogue, Interval
from seismomag.readers.catalogue_clock import compare_clocks
from seismomag.readers.catalogue_merging import Tolerance, match_events, merge_catalogues
from seismomag.readers.catalogues import read_catalogue, read_catalogue_with_report


def catalogue(rows, days=("2020-01-01", "2021-01-01")) -> Catalogue:
    """Of (id, seconds after the start of 2020, latitude, longitude, magnitude)."""
    table = pd.DataFrame(
        rows, columns=["event_id", "at", "latitude_deg", "longitude_deg", "magnitude"]
    )
    at = table.pop("at").astype("float64")
    table["origin_time"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(at, unit="s")
    table = table.assign(depth_km=10.0, magnitude_type="M", source="x").astype(
        {"event_id": "str", "magnitude_type": "str", "source": "str", "magnitude": "float64"}
        | {"latitude_deg": "float64", "longitude_deg": "float64"}
    )
    table = table.sort_values("origin_time", ignore_index=True)
    return Catalogue(table, (Interval(*map(pd.Timestamp, days)),))


def invented(n: int, seed: int, prefix: str = "a") -> Catalogue:
    rng = np.random.default_rng(seed)
    return catalogue(
        [
            (f"{prefix}{i}", at, lat, lon, size)
            for i, (at, lat, lon, size) in enumerate(
                zip(
                    np.sort(rng.uniform(0, 3e7, n)),
                    rng.uniform(-10, 5, n),
                    rng.uniform(95, 140, n),
                    4.5 + rng.exponential(0.4, n),
                    strict=True,
                )
            )
        ]
    )


def shifted(one: Catalogue, hours, *, prefix: str = "b", seed: int = 0) -> Catalogue:
    """The same earthquakes as another agency gives them: other ids, slightly other numbers."""
    rng = np.random.default_rng(seed)
    events, n = one.events.copy(), len(one.events)
    events["event_id"] = pd.Series([f"{prefix}{i}" for i in range(n)], dtype="str")
    events["origin_time"] += pd.to_timedelta(rng.normal(0, 2, n) + 3600 * hours, unit="s")
    events["latitude_deg"] += rng.normal(0, 0.1, n)
    events["magnitude"] += rng.normal(0, 0.15, n)
    return Catalogue(events.sort_values("origin_time", ignore_index=True), one.coverage)


def test_an_earthquake_in_both_lists_stands_once():
    one = catalogue([("a1", 0, 0, 100, 5.0), ("a2", 90_000, 0, 100, 6.0)])
    other = catalogue(
        [("b1", 5, 0.1, 100, 5.2), ("b2", 50_000, 3, 101, 4.8)], ("2020-06-01", "2022-01-01")
    )
    joined, matches, report = merge_catalogues(one, other)
    assert list(joined.events["event_id"]) == ["a1", "b2", "a2"]
    assert joined.coverage == (Interval(pd.Timestamp("2020-01-01"), pd.Timestamp("2022-01-01")),)
    row = matches.iloc[0]
    assert (row["event_id"], row["merged_id"]) == ("a1", "b1")
    assert row["time_difference_s"] == pytest.approx(5)
    assert row["distance_km"] == pytest.approx(11.06, abs=0.01)
    assert row["magnitude_difference"] == pytest.approx(0.2)
    assert report.n_merged == 1
    assert "1 earthquakes stand in both lists and were joined; 1 came from" in report.sentences[0]
    assert "+5.0 s, 11 km and +0.20" in report.sentences[1]
    assert "cover 214 days together" in report.sentences[2]


@pytest.mark.parametrize(
    "far", [("b", 17, 0, 100, 5.0), ("b", 0, 0.95, 100, 5.0), ("b", 0, 0, 100, 6.1)]
)
def test_each_tolerance_alone_keeps_entries_apart(far):
    one = catalogue([("a", 0, 0, 100, 5.0)])
    joined, matches, _ = merge_catalogues(one, catalogue([far]))
    assert matches.empty
    assert len(joined.events) == 2


def test_the_closest_pair_is_joined_first_and_each_entry_once():
    one = catalogue([("a1", 0, 0, 100, 5.0), ("a2", 8, 0, 100, 5.0)])
    other = catalogue([("b1", 9, 0, 100, 5.0)])
    matches = match_events(one.events, other.events)
    assert list(zip(matches["event_id"], matches["merged_id"], strict=True)) == [("a2", "b1")]


def test_a_missing_magnitude_does_not_speak_against_a_pair():
    one = catalogue([("a", 0, 0, 100, np.nan)])
    assert len(match_events(one.events, catalogue([("b", 1, 0, 100, 5)]).events)) == 1


def test_the_date_line_does_not_part_a_pair():
    one = catalogue([("a", 0, 0, 179.99, 5)])
    assert len(match_events(one.events, catalogue([("b", 1, 0, -179.99, 5)]).events)) == 1


def test_nonsense_is_refused():
    one = catalogue([("a", 0, 0, 100, 5.0)])
    with pytest.raises(ConfigError, match="every tolerance must exceed 0"):
        merge_catalogues(one, one, tolerance=Tolerance(time_s=0))
    with pytest.raises(SchemaError, match="event_id a stands twice"):
        merge_catalogues(one, catalogue([("a", 90_000, 0, 100, 5.0)]))


def test_nothing_joined_to_something_is_something():
    none, some = catalogue([]), invented(5, 0)
    assert len(merge_catalogues(none, some)[0].events) == 5
    assert len(merge_catalogues(some, none)[0].events) == 5


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_another_agency_adds_only_what_is_new(seed):
    one = invented(60, seed)
    other = shifted(one, 0.0, seed=seed)
    more = invented(20, seed + 1, "n")
    events = pd.concat([other.events, more.events]).sort_values("origin_time", ignore_index=True)
    joined, matches, _ = merge_catalogues(one, Catalogue(events, one.coverage))
    assert len(joined.events) == 80
    assert all(matches["event_id"].str[1:] == matches["merged_id"].str[1:])


@pytest.mark.parametrize("hours", [7.0, -9.5, 5.75, 8.0])
def test_local_time_is_found_with_its_offset(hours):
    one = invented(80, 3)
    report = compare_clocks(shifted(one, hours), one)
    assert report.offsets_hours == (hours,)
    assert f"differ from the reference by {hours:+g} h (80 earthquakes)" in report.sentences[0]
    assert "not in UTC" in report.sentences[0]


def test_mixed_zones_are_found():
    one = invented(200, 4)
    hours = np.where(np.arange(200) % 4 == 0, 7.0, 0.0)
    report = compare_clocks(shifted(one, hours), one)
    assert report.offsets_hours == (0.0, 7.0)
    assert "mix clocks" in report.sentences[0]


def test_utc_is_not_accused_even_amid_aftershocks():
    one = invented(300, 5)
    swarm = catalogue([(f"s{i}", 1e6 + 100 * i, -8, 110, 4.6) for i in range(400)])
    events = pd.concat([one.events, swarm.events]).sort_values("origin_time", ignore_index=True)
    crowded = Catalogue(events, one.coverage)
    report = compare_clocks(shifted(crowded, 0.0), crowded)
    assert 0.0 in report.offsets_hours[:1]
    assert compare_clocks(shifted(one, 0.0), one).sentences == ()


def test_strangers_cannot_be_compared():
    report = compare_clocks(invented(30, 6), invented(30, 7, "b"))
    assert report.offsets_hours == ()
    assert "too few earthquakes" in report.sentences[0]


HEADER = "time,latitude,longitude,depth,mag,region\n"


def test_stamps_with_and_without_a_local_zone_are_refused(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text(
        HEADER + "2025-01-01T00:00:00,-8,110,10,5,x\n" + "2025-01-02T07:00:00+07:00,-8,110,10,5,x\n"
    )
    with pytest.raises(FormatError, match=r"line 2: time is '2025.*without a zone, but line 3"):
        read_catalogue(file)
    file.write_text(
        HEADER
        + "2025-01-01T00:00:00Z,-8,110,10,5,x\n"
        + "2025-01-02T07:00:00+07:00,-8,110,10,5,x\n"
    )
    times = read_catalogue(file).events["origin_time"]
    assert list(times) == [pd.Timestamp("2025-01-01"), pd.Timestamp("2025-01-02")]


def test_missing_types_and_places_are_said(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text(
        HEADER + "2025-01-01T00:00:00,-8,110,10,5,x\n" + "2025-01-02T00:00:00,0,0,10,5,x\n"
    )
    said = " ".join(read_catalogue_with_report(file)[1].sentences)
    assert "2 of 2 magnitudes do not say their type" in said
    assert "1 events lie at 0 N 0 E" in said


@pytest.mark.real_data
def test_the_lists_of_two_agencies_are_in_utc_and_join(real_data):
    folder = real_data / "catalogues"
    bmkg = read_catalogue(folder / "bmkg_2018-01_2025-08.csv.xz")
    usgs = read_catalogue(folder / "usgs_comcat_M4.5+_2020.csv.xz")
    assert compare_clocks(bmkg, usgs).sentences == ()
    assert compare_clocks(shifted(bmkg, 7.0), usgs).offsets_hours == (7.0,)
    joined, matches, _ = merge_catalogues(bmkg, usgs)
    assert len(matches) > 600
    assert len(joined.events) == len(bmkg.events) + len(usgs.events) - len(matches)
    assert matches["time_difference_s"].abs().median() < 2
