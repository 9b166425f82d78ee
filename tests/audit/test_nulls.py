import numpy as np
import pandas as pd
import pytest
from scipy import stats

from seismomag.audit import molchan, nulls, scores
from seismomag.audit.alarms import state
from seismomag.audit.nulls import Pairs


def random_pairs(rng, n_events, n_stations, n_days, both=0.3):
    """Events seen by one station, and some of them by the next as well."""
    position = np.sort(rng.integers(0, n_days, n_events))
    first = rng.integers(0, n_stations, n_events)
    shared = rng.random(n_events) < both
    event = np.concatenate([np.arange(n_events), np.flatnonzero(shared)])
    station = np.concatenate([first, (first[shared] + 1) % n_stations])
    return Pairs(event, station, position)


def brute_force_hits(in_alarm, pairs, shift):
    n_days = in_alarm.shape[1]
    hits = 0
    for event, position in enumerate(pairs.position):
        stations = pairs.station[pairs.event == event]
        hits += any(in_alarm[s, (position + shift) % n_days] for s in stations)
    return hits


def test_hits_equal_a_double_loop():
    rng = np.random.default_rng(0)
    pairs = random_pairs(rng, 15, 4, 60)
    in_alarm = rng.random((4, 60)) < 0.2
    expected = [brute_force_hits(in_alarm, pairs, s) for s in range(60)]
    np.testing.assert_array_equal(nulls.hits_by_shift(in_alarm, pairs), expected)


def test_auc_of_every_shift_equals_the_direct_one():
    rng = np.random.default_rng(1)
    probability = np.round(rng.random((3, 50)), 1)
    probability[rng.random((3, 50)) < 0.2] = np.nan
    label = rng.random((3, 50)) < 0.2
    known = np.isfinite(probability)
    for shift, value in enumerate(nulls.auc_by_shift(probability, label)):
        rolled = np.roll(label, shift, axis=1)
        direct = scores.auc(probability[known], rolled[known])
        assert value == pytest.approx(float(direct), abs=1e-12)


def test_area_skill_of_every_shift_equals_the_direct_one():
    rng = np.random.default_rng(2)
    pairs = random_pairs(rng, 10, 3, 40)
    tau = molchan.alarm_fraction_above(rng.random((3, 40)))
    for shift, value in enumerate(nulls.area_skill_by_shift(tau, pairs)):
        best = [
            tau[pairs.stations_of(e), (p + shift) % 40].min() for e, p in enumerate(pairs.position)
        ]
        assert value == pytest.approx(molchan.area_skill(np.array(best)))


def test_labels_precede_the_event_by_less_than_the_horizon():
    label = nulls.horizon_labels(Pairs(np.array([0]), np.array([1]), np.array([2])), (2, 10), 4)
    assert not label[0].any()
    assert np.flatnonzero(label[1]).tolist() == [0, 1, 2, 9]


def test_an_event_of_the_first_days_does_not_label_the_last_ones():
    pairs = Pairs(np.array([0]), np.array([0]), np.array([2]))
    label = nulls.horizon_labels(pairs, (1, 10), 4)
    said = np.array([[0.1, 0.1, 0.1, 0.5, 0.5, 0.5, 0.5, 0.9, 0.9, 0.9]])
    # Before the event the forecast was low, and the last days do not speak of it.
    assert nulls.auc_by_shift(said, label)[0] > 0
    assert nulls.auc_by_shift(nulls.off_the_seam(said, 4), label)[0] == 0
    assert np.isfinite(nulls.off_the_seam(said, 1)).all()
    assert np.isnan(nulls.off_the_seam(said, 99)).all()


def test_renaming_stations_and_events_changes_nothing():
    rng = np.random.default_rng(3)
    pairs = random_pairs(rng, 12, 4, 80)
    in_alarm = rng.random((4, 80)) < 0.3
    order, events = rng.permutation(4), rng.permutation(12)
    moved = Pairs(
        np.argsort(events)[pairs.event], np.argsort(order)[pairs.station], pairs.position[events]
    )
    np.testing.assert_array_equal(
        nulls.hits_by_shift(in_alarm[order], moved), nulls.hits_by_shift(in_alarm, pairs)
    )


def test_the_smallest_p_is_one_over_the_number_of_days():
    null = np.zeros(120)
    null[0] = 1
    assert nulls.p_value(1.0, null[1:]) == pytest.approx(1 / 120)
    floor = nulls.floors(null, near_days=31)
    assert floor.floor_1_over_d == floor.floor_ties == pytest.approx(1 / 120)
    assert floor.days_needed == 100


def test_near_ties_lift_the_floor():
    """A 14-day memory on a perfect detector ties for a fortnight."""
    in_alarm = np.zeros((1, 1100), bool)
    position = np.arange(50, 1000, 100)
    for day in position:
        in_alarm[0, day - 7 : day + 8] = True
    pairs = Pairs(np.arange(10), np.zeros(10, int), position)
    hits = nulls.hits_by_shift(in_alarm, pairs) / 10
    floor = nulls.floors(hits, near_days=31)
    assert floor.floor_ties == pytest.approx(15 / 1100)
    assert floor.days_needed == 1500
    assert nulls.p_value(hits[0], hits[1:]) >= floor.floor_ties


def test_p_of_nothing_is_nan():
    assert np.isnan(nulls.p_value(float("nan"), np.zeros(3)))
    assert np.isnan(nulls.permutation_p(np.array([0.1]), np.array([False])))
    nothing = Pairs(*(np.empty(0, int),) * 3)
    assert np.isnan(nulls.area_skill_by_shift(np.full((2, 5), 0.5), nothing)).all()


def test_whole_years_are_whole_years():
    shift = np.abs(nulls.signed_shift(2500))[nulls.season_shifts(2500)]
    assert (np.abs(shift - np.rint(shift / 365.25) * 365.25) <= 15).all()
    assert shift.min() >= 351
    assert nulls.near_shifts(10, 1).tolist() == [True, True] + [False] * 7 + [True]


def null_network(seed, *, n_stations=6, n_days=1500, n_events=40, memory=0.8):
    """AR(1) scores that know nothing of clustered events which neighbours share."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n_stations, n_days)) + rng.normal(size=n_days)
    score = np.empty_like(noise)
    score[:, 0] = noise[:, 0]
    for day in range(1, n_days):
        score[:, day] = memory * score[:, day - 1] + np.sqrt(1 - memory**2) * noise[:, day]
    parents = rng.integers(0, n_days, n_events // 2)
    children = (parents + rng.geometric(0.1, n_events // 2)) % n_days
    position = np.concatenate([parents, children])
    station = np.concatenate(
        [
            (rng.integers(0, 6, 20)),
        ]
        * 2
    )
    event = np.tile(np.arange(n_events), 3)
    stations = np.concatenate([station, (station + 1) % 6, (station + 2) % 6])
    return score, Pairs(event, stations, position)


def null_p_values(n_sets):
    found = []
    for seed in range(n_sets):
        score, pairs = null_network(seed)
        memory = state(score, 7)
        in_alarm = memory >= np.quantile(memory, 0.8)
        hits = nulls.hits_by_shift(in_alarm, pairs)
        label = nulls.horizon_labels(pairs, score.shape, 7)
        auc = nulls.auc_by_shift(score, label)
        found.append(
            (
                nulls.p_value(hits[0], hits[1:]),
                nulls.p_value(auc[0], auc[1:]),
                nulls.permutation_p(score.ravel(), label.ravel()),
            )
        )
    return np.array(found).T


def test_the_common_shift_is_calibrated_and_the_row_permutation_is_not():
    point, auc, rows = null_p_values(100)
    assert stats.kstest(auc, "uniform").pvalue > 0.01
    assert stats.kstest(point, "uniform").pvalue > 0.01
    assert (auc < 0.05).mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 100)
    assert (point < 0.05).mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 100)
    assert (rows < 0.05).mean() > 0.15


def test_planted_skill_is_found_and_its_absence_is_not():
    """G = 2, tau 0.2, 60 events: the point test finds it in at least three of four runs."""
    found = {1.0: 0, 2.0: 0}
    for gain in found:
        for seed in range(60):
            rng = np.random.default_rng(seed)
            in_alarm = np.repeat(rng.random((1, 300)) < 0.2, 5, axis=1)
            quiet, alarm = np.flatnonzero(~in_alarm[0]), np.flatnonzero(in_alarm[0])
            is_hit = rng.random(60) < gain * in_alarm.mean()
            position = np.where(is_hit, rng.choice(alarm, 60), rng.choice(quiet, 60))
            hits = nulls.hits_by_shift(in_alarm, Pairs(np.arange(60), np.zeros(60, int), position))
            found[gain] += nulls.p_value(hits[0], hits[1:]) < 0.01
    assert found[2.0] / 60 >= 0.75 - 2 * np.sqrt(0.75 * 0.25 / 60)
    assert found[1.0] / 60 <= 0.05


def test_shifting_each_station_alone_parts_shared_events():
    score, pairs = null_network(0)
    in_alarm = score >= np.quantile(score, 0.9)
    hits = nulls.hits_by_station_shift(in_alarm, pairs, 400, np.random.default_rng(0))
    together = nulls.hits_by_shift(in_alarm, pairs)
    assert hits.mean() > together[1:].mean()
    single = Pairs(pairs.event[:40], pairs.station[:40], pairs.position)
    alone = nulls.hits_by_station_shift(in_alarm, single, 4000, np.random.default_rng(0))
    assert alone.mean() == pytest.approx(40 * in_alarm.mean(), rel=0.05)


LISTS = {
    "a": ("y_event", "prob_final", 0.410, 0.96),
    "b": ("Actual_Event", "Max_Station_Prob", 0.547, 0.22),
    "c": ("y_event", "prob_raw", 0.521, 0.31),
}


@pytest.mark.real_data
@pytest.mark.parametrize("name", LISTS)
def test_published_national_lists(real_data, name):
    event, probability, auc, p = LISTS[name]
    table = pd.read_csv(real_data / "predictions" / f"national_2026_{name}.csv")
    label = table[event].to_numpy() > 0
    assert (label.size, label.sum()) == (121, 43)
    by_shift = nulls.auc_by_shift(table[probability].to_numpy()[None], label[None])
    assert by_shift[0] == pytest.approx(auc, abs=5e-4)
    assert nulls.p_value(by_shift[0], by_shift[1:]) == pytest.approx(p, abs=0.006)
