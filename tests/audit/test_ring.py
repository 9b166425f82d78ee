from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.audit.alarms import valid_day
from seismomag.audit.azimuth import station_constants
from seismomag.audit.ring import find_targets, make_ring
from seismomag.core.schema import Catalogue, Interval


@pytest.fixture(scope="module")
def case(make_case):
    return make_case(4, days=(300, 100, 400))


def test_the_seam_of_the_circle_is_left_out(case):
    ring = make_ring(case)
    first = valid_day(case.samples[case.samples["split"] == "test"]).min()
    assert ring.days[0] == first + case.state_days - 1
    assert ring.shape == (3, 400 - 6)


def test_days_that_the_catalogue_does_not_cover_are_not_on_the_ring(case):
    whole = case.catalogue.coverage[0]
    hole = pd.Timestamp(make_ring(case).days[100])
    parts = (Interval(whole.start, hole), Interval(hole + pd.Timedelta(days=30), whole.end))
    ring = make_ring(replace(case, catalogue=Catalogue(case.catalogue.events, parts)))
    assert ring.shape[1] == 394 - 30
    assert np.datetime64(hole, "D") not in ring.days
    assert np.datetime64(hole, "D") - 1 in ring.days


def test_one_cluster_is_one_unit_named_by_its_largest_event(case):
    every = replace(case, rule=replace(case.rule, mainshocks_only=False))
    targets = find_targets(every, make_ring(every))
    scored, days = targets.scored, make_ring(every).days
    assert scored["cluster_id"].is_unique
    assert len(scored) < len(targets.events)
    on_ring = targets.events["origin_time"].to_numpy().astype("datetime64[D]")
    on_ring = targets.events[np.isin(on_ring, days)]
    largest = on_ring.groupby("cluster_id")["magnitude"].max()
    assert (scored.set_index("cluster_id")["magnitude"] == largest[scored["cluster_id"]]).all()


def test_every_event_stands_on_its_own_day(case):
    ring = make_ring(case)
    targets = find_targets(case, ring)
    day = targets.scored["origin_time"].to_numpy().astype("datetime64[D]")
    np.testing.assert_array_equal(ring.days[targets.pairs.position], day)
    codes = ring.station_codes[targets.pairs.station]
    np.testing.assert_array_equal(codes, targets.table["station_code"].to_numpy(dtype=object))


def test_the_constant_azimuth_is_learnt_before_the_test(case):
    train = case.samples[case.samples["split"] == "train"]
    events = case.catalogue.events
    late = events["origin_time"] >= train["horizon_end"].max()
    assert late.any()
    moved = events.assign(longitude_deg=events["longitude_deg"].where(~late, 100.3))
    other = replace(case, catalogue=Catalogue(moved, case.catalogue.coverage))
    assert station_constants(other) == station_constants(case)
    assert station_constants(case).keys() == {"AAA", "BBB", "CCC"}
