"""Reference measures: uniform is the plain case, frequent places and times cost more."""

from dataclasses import replace

import numpy as np
import pytest

from seismomag.audit import molchan, reference_measure
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import find_targets, make_ring, play


@pytest.fixture(scope="module")
def laid_out(make_case):
    case = make_case(21)
    ring = make_ring(case)
    return case, ring, play(case, ring, "forecast", case.forecast), find_targets(case, ring).pairs


def test_each_measure_sums_to_one(laid_out):
    case, ring, _, _ = laid_out
    found = reference_measure.measures(case, ring)
    assert set(found) == {"smoothed", "etas"}
    for weight in found.values():
        assert weight.shape == ring.shape
        assert weight.sum() == pytest.approx(1.0)
        assert (weight > 0).all()
    assert np.ptp(found["smoothed"], axis=1).max() < 1e-15


def test_later_events_do_not_move_the_measure_of_a_day(laid_out):
    case, ring, _, pairs = laid_out
    number = int(pairs.position[pairs.n_events // 2])
    day = ring.days[number]
    events = case.catalogue.events
    past = events[events["origin_time"] < day].reset_index(drop=True)
    known = replace(case, catalogue=replace(case.catalogue, events=past))
    before = reference_measure.measures(case, ring)["etas"][:, : number + 1]
    after = reference_measure.measures(known, ring)["etas"][:, : number + 1]
    np.testing.assert_allclose(before / before.sum(), after / after.sum())


def test_a_uniform_weight_is_the_plain_alarm_fraction(laid_out):
    _, ring, played, pairs = laid_out
    plain = molchan.alarm_fraction_above(played.score)
    weight = np.full(ring.shape, 3.0)
    np.testing.assert_allclose(molchan.alarm_fraction_above(played.score, weight), plain)
    measured = reference_measure.judge(played, pairs, weight / weight.sum(), is_stationary=True)
    assert measured.tau == pytest.approx(played.tau)
    assert 0 <= measured.binomial_p <= 1


def test_an_alarm_where_earthquakes_are_frequent_costs_more():
    score = np.array([[0.9, 0.1], [0.2, 0.3]])
    weight = np.array([[0.7, 0.1], [0.1, 0.1]])
    tau = molchan.alarm_fraction_above(score, weight)
    np.testing.assert_allclose(tau, [[0.35, 0.95], [0.85, 0.75]])


def test_a_catalogue_that_begins_with_the_test_gives_no_measure(laid_out):
    case, ring, _, _ = laid_out
    from seismomag.core.schema import Interval

    (whole,) = case.catalogue.coverage
    import pandas as pd

    late = Interval(pd.Timestamp(ring.days[0]), whole.end)
    short = replace(case, catalogue=replace(case.catalogue, coverage=(late,)))
    assert reference_measure.measures(short, ring) == {}


def test_no_events_give_no_skill(laid_out):
    _, ring, played, _ = laid_out
    none = np.empty(0, np.int64)
    weight = np.full(ring.shape, 1 / (ring.shape[0] * ring.shape[1]))
    nothing = reference_measure.judge(played, Pairs(none, none, none), weight, is_stationary=True)
    assert np.isnan(nothing.area_skill)
    assert np.isnan(nothing.binomial_p)
