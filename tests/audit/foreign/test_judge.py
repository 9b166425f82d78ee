"""What a foreign table is judged by: unknown is never quiet, and a catalogue tells the truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from seismomag.audit import nulls
from seismomag.audit.foreign.forecast import ForeignMap, clean
from seismomag.audit.foreign.grid import Grid
from seismomag.audit.foreign.judge import judge_foreign
from seismomag.audit.foreign.shifts import row_areas
from seismomag.core.errors import ConfigError
from seismomag.core.geodesy import azimuth_deg
from seismomag.core.schema import Catalogue, Interval
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule

START = pd.Timestamp("2010-01-01")
STATIONS = tuple(
    Station(station_code=f"S{i:02d}", latitude_deg=0.0, longitude_deg=60.0 + 10 * i)
    for i in range(12)
)
RULE = LabelRule(minimum_magnitude=5.0, magnitude_edges=(5.0, 6.0), horizon_days=7)


def listed(event_days, who, *, covered_days, n_days, magnitude=5.5):
    """Events beside the stations ``who``, on days of a catalogue that covers some of them."""
    n = len(event_days)
    at = np.asarray(who)
    seconds = (np.asarray(event_days, dtype=float) * 86400).astype("timedelta64[s]")
    events = pd.DataFrame(
        {
            "event_id": [f"e{i:02d}" for i in range(n)],
            "origin_time": (START.to_datetime64() + seconds).astype("datetime64[ns]"),
            "latitude_deg": 0.1,
            "longitude_deg": 60.0 + 10 * at + 0.1,
            "depth_km": 10.0,
            "magnitude": magnitude,
            "magnitude_type": "Mw",
            "source": "test",
        }
    )
    day = pd.Timedelta(days=1)
    covered = Interval(START + covered_days[0] * day, START + covered_days[1] * day)
    assert n_days >= covered_days[1]
    return Catalogue(events, (covered,))


def judged(frame, *, n_bootstrap=100, catalogue=None, stations=STATIONS, rule=RULE, **known):
    columns = known.pop("columns", {name: name for name in frame})
    text = frame.astype(object).where(frame.notna(), "").astype(str)
    table = clean(text, ForeignMap(columns=columns, **known))
    given = {} if catalogue is None else {"catalogue": catalogue, "rule": rule}
    return table, judge_foreign(table, stations=stations, n_bootstrap=n_bootstrap, **given)


def dates(n):
    return pd.date_range(START, periods=n).strftime("%Y-%m-%d")


def value(report, quantity, level="row"):
    return float(report.table.set_index(["quantity", "level"]).loc[(quantity, level), "value"])


def common_shift(report, statistic):
    table = report.nulls[report.nulls["null_id"] == "N2"]
    return table.set_index("statistic").loc[statistic]


@pytest.mark.parametrize("kind", ["halves", "alternating months", "the last month"])
def test_unknown_labels_are_never_quiet(kind):
    n = 120 if kind == "the last month" else 730
    rng, day = np.random.default_rng(1), np.arange(n)
    blank = {
        "halves": day < n // 2,
        "alternating months": (day // 30) % 2 == 0,
        "the last month": day >= n - 30,
    }[kind]
    probability = np.where(blank, 0.01, rng.random(n)).round(4)
    event = (rng.random(n) < 0.08).astype(float)
    event[blank] = np.nan
    frame = pd.DataFrame({"date": dates(n), "probability": probability, "event": event})
    _, report = judged(frame)
    primary = report.nulls.iloc[0]
    assert primary["observed"] == pytest.approx(value(report, "auc"))
    assert primary["p"] > 0.01
    known = frame[~blank]
    assert len(known) == report.provenance["n_rows_scored"]
    assert report.provenance["n_rows_unknown"] == blank.sum()


def noise_rises(kind, seed, n=730):
    """Whether noise that follows nothing but the gaps of the labels has p below 0.05."""
    rng, day = np.random.default_rng(seed), np.arange(n)
    blank = {
        "none": np.zeros(n, bool),
        "months": (day // 30) % 2 == 0,
        "first half": day < n // 2,
        "any": rng.random(n) < 0.5,
    }[kind]
    said = lfilter([0.6], [1, -0.8], rng.normal(size=n)) - 3 * blank
    event = np.zeros(n, bool)
    for last in rng.integers(0, n, 20):
        event[max(0, last - 6) : last + 1] = True
    grid = Grid(
        codes=np.array(["network"], dtype=object),
        days=START.to_datetime64().astype("datetime64[D]") + day,
        probability=said[None],
        label=event[None],
        is_known=~blank[None],
        is_kept=np.ones(n, bool),
    )
    areas = row_areas(grid)
    return nulls.p_value(float(areas[0]), areas[1:][np.isfinite(areas[1:])]) < 0.05


@pytest.mark.parametrize("kind", ["none", "months", "first half", "any"])
def test_noise_rises_no_more_often_than_it_may(kind):
    rate = np.mean([noise_rises(kind, seed) for seed in range(200)])
    assert rate <= 0.09
    # Unknown days at an end are no part of the ring: nothing is lost by them.
    assert rate >= 0.02 or kind != "first half"


def test_shifts_at_which_nothing_can_be_compared_do_not_lower_the_floor():
    rng = np.random.default_rng(1)
    event = np.full(400, np.nan)
    event[:50] = rng.random(50) < 0.3
    event[350:] = rng.random(50) < 0.3
    frame = pd.DataFrame({"date": dates(400), "probability": rng.random(400), "event": event})
    primary = judged(frame)[1].nulls.iloc[0]
    assert primary["n_shifts"] < 399
    assert primary["floor_1_over_d"] == 1 / (primary["n_shifts"] + 1)


def test_horizons_that_the_catalogue_does_not_cover_are_unknown():
    who = np.arange(10)
    catalogue = listed(np.linspace(0.2, 3, 10), who, covered_days=(0, 90), n_days=400)
    rows = [
        (date, f"S{i:02d}", 0.9 if day >= 77 else 0.1)
        for i in who
        for day, date in enumerate(dates(90))
    ]
    frame = pd.DataFrame(rows, columns=["date", "station", "probability"])
    _, report = judged(frame, catalogue=catalogue, horizon_days=14, threshold=0.5)
    # The last known day is the last whose 14 days are covered whole: day 76.
    assert report.provenance["n_rows_scored"] == 10 * 77
    assert report.provenance["n_rows_unknown"] == 10 * 13
    assert value(report, "auc") == pytest.approx(0.5)
    assert value(report, "recall") == 0.0
    assert common_shift(report, "auc")["observed"] == pytest.approx(value(report, "auc"))


def test_an_event_after_the_end_of_the_table_is_what_its_last_rows_spoke_of():
    catalogue = listed([62.5], [0], covered_days=(0, 400), n_days=400)
    frame = pd.DataFrame({"date": dates(60), "station": "S00", "probability": 0.3})
    _, report = judged(frame, catalogue=catalogue, horizon_days=7)
    # Days 56 ... 59 speak of day 62; nothing wraps to the first days.
    assert report.provenance["n_rows_scored"] == 60
    assert report.provenance["n_event_rows"] == 4
    _, later = judged(frame, catalogue=catalogue, horizon_days=7, first_day_offset_days=2)
    assert later.provenance["n_event_rows"] == 6
    assert "a forecast of day D speaks of D+2 .. D+8" in later.provenance["meaning"][0]


def test_aftershocks_label_rows_although_the_mainshock_is_the_unit():
    catalogue = listed([50.5, 60.5], [0, 0], covered_days=(0, 200), n_days=200, magnitude=[6, 5.2])
    frame = pd.DataFrame({"date": dates(150), "station": "S00", "probability": 0.3})
    _, report = judged(frame, catalogue=catalogue, horizon_days=3)
    assert report.provenance["n_event_rows"] == 6
    assert report.verdict.reasons[0].startswith("too few events: 1 scored")


def directed(said):
    """Table of one station whose columns of truth are zeros, and a catalogue that knows better."""
    rng = np.random.default_rng(5)
    days = np.arange(20, 380, 30) + 0.5
    catalogue = listed(days, [0] * len(days), covered_days=(0, 400), n_days=400)
    frame = pd.DataFrame(
        {
            "date": dates(400),
            "station": "S00",
            "probability": rng.random(400).round(3),
            "azimuth_deg": said,
            "azimuth_true_deg": 0.0,
            "magnitude": 5.75,
            "magnitude_true": 0.0,
        }
    )
    return frame, catalogue


def test_azimuth_and_magnitude_are_held_against_the_catalogue():
    true = float(azimuth_deg(0.0, 60.0, 0.1, 60.1))
    frame, catalogue = directed(true + 10)
    _, report = judged(frame, catalogue=catalogue, horizon_days=7)
    assert value(report, "maae_deg") == pytest.approx(10.0, abs=1e-6)
    assert value(report, "magnitude_mae") == pytest.approx(0.25)
    without = frame.drop(columns=["azimuth_true_deg", "magnitude_true"])
    _, report = judged(without, catalogue=catalogue, horizon_days=7)
    assert value(report, "maae_deg") == pytest.approx(10.0, abs=1e-6)
    assert value(report, "magnitude_mae") == pytest.approx(0.25)


def test_without_a_catalogue_only_rows_that_the_table_calls_events_have_a_truth():
    frame, _ = directed(90.0)
    event = np.arange(400) % 20 == 0
    frame = frame.assign(
        event=event.astype(int),
        azimuth_true_deg=np.where(event, 80.0, 0.0),
        magnitude_true=np.where(event, 5.5, 0.0),
    )
    _, report = judged(frame)
    assert value(report, "maae_deg") == pytest.approx(10.0)
    assert value(report, "magnitude_mae") == pytest.approx(0.25)


def test_a_network_without_stations_has_no_azimuth():
    frame, catalogue = directed(90.0)
    _, report = judged(frame.drop(columns="station"), catalogue=catalogue, horizon_days=7)
    assert not (report.table["quantity"] == "maae_deg").any()
    assert value(report, "magnitude_mae") == pytest.approx(0.25)


def test_alarms_of_the_author_are_the_alarms_and_the_probability_only_ranks():
    rng = np.random.default_rng(2)
    event = rng.random(300) < 0.2
    frame = pd.DataFrame(
        {
            "date": dates(300),
            "station": "S00",
            "probability": rng.random(300).round(4),
            "alarm": ["yes"] * 5 + ["no"] * 295,
            "event": event.astype(int),
        }
    )
    _, report = judged(frame)
    rate = report.curves["contingency"].set_index("level").loc["row"]
    assert rate["tp"] + rate["fp"] == 5
    assert report.curves["network_days"]["n_alarms"].sum() == 5
    assert report.provenance["alarm_rule"]["frozen_on"] == "the author's alarms"
    assert report.provenance["meaning"][2] == (
        "alarm = the column alarm; the probability only ranks"
    )
    plain = judged(frame.drop(columns="alarm"))[1]
    assert value(plain, "auc") == value(report, "auc")
    catalogue = listed(
        np.linspace(10, 280, 12), [0] * 12, covered_days=(0, 300), n_days=300, magnitude=5.0
    )
    _, told = judged(frame.drop(columns="event"), catalogue=catalogue, horizon_days=1)
    assert told.curves["network_days"]["n_alarms"].sum() == 5
    assert value(told, "alarm_fraction", "event") == pytest.approx(5 / 300)
    with pytest.raises(ConfigError, match="keep one"):
        judged(frame, threshold=0.5)


def test_the_horizon_is_that_of_the_rule_where_the_map_states_none():
    frame, catalogue = directed(90.0)
    _, report = judged(frame, catalogue=catalogue)
    said = report.provenance
    assert said["horizon_days"] == said["label_rule"]["horizon_days"] == 7
    assert said["meaning"][0] == (
        "a forecast of day D speaks of D+0 .. D+6 (7 days, of the label rule; the map states none)"
    )
    assert said["meaning"][1] == (
        "targets: M >= 5 within 10^(0.43 M) km of a station, depth <= 100 km"
    )
    _, shorter = judged(frame, catalogue=catalogue, horizon_days=3)
    assert shorter.provenance["label_rule"]["horizon_days"] == 3


def case_control(seed):
    """Sixty rows before fourteen events and sixty elsewhere: the rows alone tell the events."""
    rng = np.random.default_rng(seed)
    n_days = 3000
    day = np.sort(rng.uniform(30, n_days - 30, 14))
    who = rng.integers(0, 12, 14)
    rows = [(f"S{w:02d}", int(t) - lead) for t, w in zip(day, who, strict=True)
            for lead in range(1, 6)]  # fmt: skip
    rows += [(f"S{rng.integers(12):02d}", int(rng.integers(0, n_days))) for _ in range(60)]
    frame = pd.DataFrame(rows, columns=["station", "k"]).drop_duplicates(ignore_index=True)
    frame["date"] = (START + pd.to_timedelta(frame["k"], unit="D")).dt.strftime("%Y-%m-%d")
    catalogue = listed(day, who, covered_days=(0, n_days), n_days=n_days)
    return frame.drop(columns="k"), catalogue, rng


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize("classifier", ["always", "coin"])
def test_the_choice_of_rows_is_no_skill(seed, classifier):
    frame, catalogue, rng = case_control(seed)
    said = 1.0 if classifier == "always" else rng.random(len(frame)).round(3)
    _, report = judged(
        frame.assign(probability=said), catalogue=catalogue, horizon_days=7, threshold=0.5
    )
    assert (report.verdict.level, report.verdict.reason_code) == ("V0", "INSUFFICIENT")
    assert any("which days were forecast goes with the earthquakes" in why
               for why in report.verdict.reasons)  # fmt: skip


def test_gaps_that_know_nothing_stop_no_verdict():
    rng = np.random.default_rng(8)
    who = rng.integers(0, 12, 20)
    day = np.sort(rng.uniform(30, 970, 20))
    catalogue = listed(day, who, covered_days=(0, 1000), n_days=1000)
    rows = [
        (date, f"S{i:02d}", np.clip(
            0.8 * any(w == i and 0 <= int(t) - k < 7 for t, w in zip(day, who, strict=True))
            + 0.2 * rng.random(), 0, 1).round(3))
        for i in range(12)
        for k, date in enumerate(dates(1000))
        if rng.random() < 0.8
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["date", "station", "probability"])
    _, report = judged(frame, catalogue=catalogue, horizon_days=7, threshold=0.5)
    assert report.verdict.level == "V2"
    # A fifth of the rows is missing: taken as alarms, they alarm nearly every state.
    assert value(report, "alarm_fraction_missing_as_alarm", "event") > 0.7
    assert common_shift(report, "forecast_share")["p"] > 0.01
    # What chance hits is what the shifts hit, which is more than the alarm fraction.
    shifted = report.curves["shift_null"].query("shift_days != 0")["hit_rate"].mean()
    assert report.curves["power"]["chance"].iloc[0] == pytest.approx(shifted)


def test_near_shifts_reach_a_month_whatever_the_horizon():
    rng = np.random.default_rng(6)
    block = np.repeat(rng.random(20) < 0.4, 40)
    frame = pd.DataFrame(
        {"date": dates(800), "probability": np.where(block, 0.9, 0.1), "event": block.astype(int)}
    )
    _, report = judged(frame, horizon_days=1)
    assert report.curves["shift_null"]["is_near"].sum() == 61


def test_capitals_of_a_station_do_not_count_where_they_are_unique():
    frame, catalogue = directed(90.0)
    low = frame.assign(station="s00 ")
    table, report = judged(low, catalogue=catalogue, horizon_days=7)
    assert report.provenance["n_event_rows"] == judged(frame, catalogue=catalogue,
                                                       horizon_days=7)[1].provenance[
        "n_event_rows"]  # fmt: skip
    assert set(table.rows["station"]) == {"s00"}
    twins = (*STATIONS, Station(station_code="s00", latitude_deg=0.0, longitude_deg=60.0))
    mixed = frame.assign(station="S00")
    judged(mixed, catalogue=catalogue, horizon_days=7, stations=twins)
    with pytest.raises(ConfigError, match=r"no position of station XXX; the station list has S00"):
        judged(frame.assign(station="XXX"), catalogue=catalogue, horizon_days=7)
