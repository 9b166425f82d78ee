"""The sample table: by hand, no matter the order, and never knowing the future."""

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError, SchemaError
from seismomag.core.geodesy import azimuth_deg, distance_km
from seismomag.core.schema import Catalogue, check_samples
from seismomag.dataset.labels import LabelRule, make_samples, target_pairs

REACH_S = 540
EVENTS = [
    ("big", "2020-03-10 06:00", 0.5, 0.0, 10.0, 6.0),
    ("near", "2020-03-12 12:00", 0.1, 0.0, 10.0, 5.0),
    ("deep", "2020-05-01 00:00", 0.0, -1.3, 150.0, 6.5),
    ("small", "2020-06-01 00:00", 0.1, 0.0, 10.0, 4.4),
    ("far", "2020-07-01 00:00", 5.0, 5.0, 10.0, 5.0),
]


def _days(code: str, start: str, n: int) -> pd.DataFrame:
    days = pd.date_range(start, periods=n, unit="ns")
    return pd.DataFrame({"station_code": pd.Series([code] * n, dtype="str"), "day": days})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"radius": -1.0}, "kilometres above 0"),
        ({"radius": "dobrowolski"}, "give 'dobrovolsky'"),
        ({"horizon_days": 0}, "horizon_days=0"),
        ({"window_days": 0}, "window_days=0"),
        ({"maximum_depth_km": 0}, "maximum_depth_km"),
        ({"magnitude_edges": (5.0, 4.0)}, "must increase"),
        ({"magnitude_edges": ()}, "must increase"),
        ({"minimum_magnitude": 4.0}, "no class"),
        ({"naming": "loudest"}, "largest, nearest"),
    ],
)
def test_a_rule_refuses_nonsense(wrong, message):
    with pytest.raises(ConfigError, match=message):
        LabelRule(**wrong)


def test_a_reach_longer_than_a_day_is_refused():
    with pytest.raises(ConfigError, match="reach_s=86401"):
        LabelRule().horizon(np.datetime64("2020-01-01"), 86_401)


JAKARTA = pd.date_range("2020-02-23", periods=3, tz="Asia/Jakarta")
CODES = pd.Series(["AAA"] * 3, dtype="str")


@pytest.mark.parametrize(
    ("days", "message"),
    [
        (
            pd.DataFrame({"station_code": CODES, "day": JAKARTA}),
            r"2020-02-23 00:00:00\+07:00 has a",
        ),
        (pd.DataFrame({"station_code": CODES, "day": JAKARTA.astype(object)}), "has a time zone"),
        (
            pd.DataFrame(
                {"station_code": CODES, "day": pd.date_range("2020-02-23 12:00", periods=3)}
            ),
            "3 are no day at 00:00 UTC, the first is 2020-02-23T12:00",
        ),
        (pd.DataFrame({"station_code": CODES, "day": pd.NaT}), "the first is NaT"),
        (pd.DataFrame({"station_code": CODES, "day": "soon"}), "no date"),
        (
            pd.DataFrame({"station_code": CODES, "date": 1}),
            "no column day; found station_code, date",
        ),
    ],
)
def test_days_that_are_no_utc_days_are_refused(stations, weather, make_catalogue, days, message):
    with pytest.raises(SchemaError, match=message):
        make_samples(stations, days, LabelRule(), make_catalogue(EVENTS), weather, reach_s=REACH_S)


def test_other_tables_than_asked_for_are_refused_in_words(stations, weather, make_catalogue):
    catalogue, days = make_catalogue(EVENTS), _days("AAA", "2020-02-23", 3)
    with pytest.raises(SchemaError, match=r"a catalogue is a Catalogue\(events, coverage\)"):
        make_samples(stations, days, LabelRule(), catalogue.events, weather, reach_s=REACH_S)
    with pytest.raises(SchemaError, match="space weather: found dict"):
        make_samples(stations, days, LabelRule(), catalogue, {}, reach_s=REACH_S)
    with pytest.raises(ConfigError, match="rule=None is of type NoneType"):
        make_samples(stations, days, None, catalogue, weather, reach_s=REACH_S)
    with pytest.raises(ConfigError, match="reach_s='540'"):
        make_samples(stations, days, LabelRule(), catalogue, weather, reach_s="540")


def test_rows_by_hand(stations, weather, make_catalogue):
    days = _days("AAA", "2020-02-23", 20)
    table = make_samples(
        stations, days, LabelRule(), make_catalogue(EVENTS), weather, reach_s=REACH_S
    ).set_index("sample_id")
    row = table.loc["AAA_20200224"]
    assert row["window_start"] == pd.Timestamp("2020-02-24")
    assert row["issue_time"] == pd.Timestamp("2020-02-25 00:09")
    assert row["horizon_start"] == pd.Timestamp("2020-02-26")
    assert row["horizon_end"] == pd.Timestamp("2020-03-11")
    # The horizon ends before 11 March: the event of the 10th is the first that it can hold.
    assert not table.loc["AAA_20200223", "is_target"]
    assert row["is_target"]
    assert row["event_id"] == "big"
    assert row["magnitude"] == 6.0
    assert row["lead_time_days"] == pytest.approx(14 + (6 - 0.15) / 24)
    assert row["distance_km"] == pytest.approx(55.287, abs=0.01)
    assert row["azimuth_deg"] == pytest.approx(0.0, abs=1e-9)
    # On the 9th the horizon begins on the 11th: only the smaller event is left.
    assert table.loc["AAA_20200308", "event_id"] == "big"
    assert table.loc["AAA_20200309", "event_id"] == "near"
    assert table.loc["AAA_20200309", "cluster_id"] == "big"
    assert not table.loc["AAA_20200311", "is_target"]
    assert pd.isna(table.loc["AAA_20200311", "event_id"])


def test_depth_magnitude_and_distance_decide(stations, make_catalogue):
    pairs = target_pairs(stations, make_catalogue(EVENTS), LabelRule())
    assert set(pairs["event_id"]) == {"big", "near"}
    anywhere = LabelRule(radius=1200.0, maximum_depth_km=np.inf)
    wide = target_pairs(stations, make_catalogue(EVENTS), anywhere)
    assert set(wide["event_id"]) == {"big", "near", "deep", "far"}
    assert set(wide["station_code"]) == {"AAA", "BBB"}


def test_mainshocks_only_leaves_aftershocks_out(stations, make_catalogue):
    rule = LabelRule(mainshocks_only=True)
    assert list(target_pairs(stations, make_catalogue(EVENTS), rule)["event_id"]) == ["big"]


def test_an_event_of_unknown_depth_needs_a_rule_without_a_limit(stations, make_catalogue):
    catalogue = make_catalogue([("e", "2020-03-01", 0.1, 0.0, np.nan, 5.0)])
    assert target_pairs(stations, catalogue, LabelRule()).empty
    assert len(target_pairs(stations, catalogue, LabelRule(maximum_depth_km=np.inf))) == 1


def test_the_nearest_names_the_row_when_asked(stations, weather, make_catalogue):
    rule = LabelRule(naming="nearest")
    catalogue = make_catalogue(EVENTS)
    table = make_samples(
        stations, _days("AAA", "2020-03-05", 1), rule, catalogue, weather, reach_s=REACH_S
    )
    assert list(table["event_id"]) == ["near"]


def test_the_label_is_unknown_where_the_catalogue_does_not_hold_the_horizon(
    stations, weather, make_catalogue
):
    coverage = (("2020-01-01", "2020-03-11"), ("2020-04-01", "2020-06-01"))
    catalogue = make_catalogue(EVENTS, coverage)
    days = _days("AAA", "2019-12-01", 250)
    table = make_samples(stations, days, LabelRule(), catalogue, weather, reach_s=REACH_S)
    known = table.loc[table["is_target"].notna(), "horizon_start"]
    first = pd.date_range("2020-01-01", "2020-02-26")
    second = pd.date_range("2020-04-01", "2020-05-18")
    assert list(known) == [*first, *second]
    # The event of 10 March is catalogued, yet rows whose horizon leaves the coverage say nothing.
    assert set(table["event_id"].dropna()) == {"big"}
    assert table.loc[table["is_target"].isna(), "magnitude"].isna().all()


def test_touching_intervals_of_coverage_are_one(stations, weather, make_catalogue):
    coverage = (("2020-01-01", "2020-03-01"), ("2020-03-01", "2020-06-01"))
    days = _days("AAA", "2020-02-20", 20)
    table = make_samples(
        stations, days, LabelRule(), make_catalogue(EVENTS, coverage), weather, reach_s=REACH_S
    )
    assert table["is_target"].notna().all()


def test_without_days_every_known_station_day_is_a_row(stations, weather, make_catalogue):
    catalogue = make_catalogue(EVENTS, (("2020-01-01", "2020-03-01"),))
    table = make_samples(stations, None, LabelRule(), catalogue, weather, reach_s=REACH_S)
    assert table["is_target"].notna().all()
    assert table.groupby("station_code").size().to_dict() == {"AAA": 47, "BBB": 47}
    assert table["window_start"].min() == pd.Timestamp("2019-12-30")


def test_kp_and_dst_take_only_what_was_available(stations, weather, make_catalogue):
    days = _days("AAA", "2020-02-01", 1)
    catalogue = make_catalogue(EVENTS)
    table = make_samples(stations, days, LabelRule(), catalogue, weather, reach_s=REACH_S)
    # At 00:09 the Kp of 18-21 h has been out since 22 h; that of 21-24 h comes at 01:00.
    # The Dst of 21-22 h came at 24:00, that of 22-23 h comes at 01:00.
    assert table.loc[0, ["kp_max", "dst_min_nt"]].tolist() == [6.0, -21.0]
    late = make_samples(stations, days, LabelRule(), catalogue, weather, reach_s=3600)
    assert late.loc[0, ["kp_max", "dst_min_nt"]].tolist() == [7.0, -22.0]


def test_missing_space_weather_stays_missing(stations, weather, make_catalogue):
    gap = weather.copy()
    gap.loc[gap["time"].between("2020-02-01", "2020-02-01 23:59"), ["kp", "dst_nt"]] = np.nan
    table = make_samples(
        stations,
        _days("AAA", "2020-01-31", 3),
        LabelRule(),
        make_catalogue(EVENTS),
        gap,
        reach_s=REACH_S,
    )
    assert table["kp_max"].isna().tolist() == [False, True, False]
    assert table["dst_min_nt"].isna().tolist() == [False, True, False]


@settings(max_examples=15, deadline=None)
@given(
    data=st.data(),
    kp=st.floats(0, 9),
    dst=st.floats(-500, 100),
    magnitude=st.floats(4.5, 9),
)
def test_nothing_after_the_issue_time_changes_what_was_known(
    stations, weather, make_catalogue, data, kp, dst, magnitude
):
    days = _days("AAA", "2020-02-01", 10)
    catalogue = make_catalogue(EVENTS)
    before = make_samples(stations, days, LabelRule(), catalogue, weather, reach_s=REACH_S)
    row = before.iloc[data.draw(st.integers(0, 9))]
    future = weather.copy()
    late = future["available_time"] > row["issue_time"]
    future.loc[late & future["kp"].notna(), "kp"] = kp
    future.loc[late & future["dst_nt"].notna(), "dst_nt"] = dst
    events = catalogue.events.copy()
    events.loc[events["origin_time"] > row["issue_time"], "magnitude"] = magnitude
    other = Catalogue(events, catalogue.coverage)
    after = make_samples(stations, days, LabelRule(), other, future, reach_s=REACH_S)
    same = after.set_index("sample_id").loc[row["sample_id"]]
    for column in ("kp_max", "dst_min_nt", "coverage"):
        assert same[column] == row[column] or (pd.isna(same[column]) and pd.isna(row[column]))


def test_the_order_of_the_inputs_does_not_matter(stations, weather, make_catalogue):
    catalogue = make_catalogue(EVENTS)
    days = pd.concat([_days("BBB", "2020-02-20", 30), _days("AAA", "2020-02-20", 30)])
    rule = LabelRule(radius=1200.0)
    one = make_samples(stations, days, rule, catalogue, weather, reach_s=REACH_S)
    mixed = days.sample(frac=1, random_state=1)
    two = make_samples(stations[::-1], mixed, rule, catalogue, weather, reach_s=REACH_S)
    pdt.assert_frame_equal(one, two)
    shuffled = Catalogue(catalogue.events.sample(frac=1, random_state=2), catalogue.coverage)
    pdt.assert_frame_equal(
        target_pairs(stations, catalogue, rule), target_pairs(stations, shuffled, rule)
    )


@pytest.mark.parametrize("naming", ["largest", "nearest"])
def test_labels_agree_with_a_double_loop(stations, weather, make_catalogue, naming):
    rng = np.random.default_rng(11)
    events = [
        (
            f"e{i}",
            str(np.datetime64("2020-01-01T00:00:00") + rng.integers(0, 86400 * 200)),
            *rng.uniform(-2, 12, 2),
            10.0,
            float(np.round(rng.uniform(4.3, 6.5), 1)),
        )
        for i in range(80)
    ]
    rule = LabelRule(naming=naming)
    days = pd.concat([_days(code, "2020-01-01", 180) for code in ("AAA", "BBB")])
    table = make_samples(stations, days, rule, make_catalogue(events), weather, reach_s=REACH_S)
    place = {s.station_code: s for s in stations}
    for row in table.itertuples():
        best = []
        for event_id, time, lat, lon, _, magnitude in events:
            at = (place[row.station_code].latitude_deg, place[row.station_code].longitude_deg)
            apart = float(distance_km(*at, lat, lon))
            inside = row.horizon_start <= pd.Timestamp(time) < row.horizon_end
            if magnitude >= 4.5 and apart <= 10 ** (0.43 * magnitude) and inside:
                first = -magnitude if naming == "largest" else apart
                best.append((first, time, event_id, apart, float(azimuth_deg(*at, lat, lon))))
        assert row.is_target == bool(best)
        if best:
            assert (row.event_id, row.distance_km, row.azimuth_deg) == min(best)[2:]


def test_unknown_station_and_double_day_are_refused(stations, weather, make_catalogue):
    catalogue = make_catalogue(EVENTS)
    with pytest.raises(SchemaError, match="station CCC, which is not in the list"):
        make_samples(
            stations, _days("CCC", "2020-01-01", 1), LabelRule(), catalogue, weather, reach_s=0
        )
    twice = pd.concat([_days("AAA", "2020-01-01", 2)] * 2)
    with pytest.raises(SchemaError, match="AAA 2020-01-01 stands twice"):
        make_samples(stations, twice, LabelRule(), catalogue, weather, reach_s=0)


def test_no_days_and_no_events_make_empty_tables(stations, weather, make_catalogue):
    none = _days("AAA", "2020-01-01", 0)
    empty = make_samples(stations, none, LabelRule(), make_catalogue([]), weather, reach_s=0)
    assert len(check_samples(empty)) == 0
    quiet = make_samples(
        stations,
        _days("AAA", "2020-01-01", 3),
        LabelRule(),
        make_catalogue([]),
        weather,
        reach_s=0,
    )
    assert quiet["is_target"].tolist() == [False] * 3


def test_classes_and_radius_by_hand():
    rule = LabelRule()
    assert rule.magnitude_class([4.5, 4.99, 5.0, 8.0, np.nan]).tolist() == [0, 0, 1, 2, -1]
    assert rule.radius_km(5.0) == pytest.approx(141.254, abs=1e-3)
