"""Block label shuffle: it exposes a leaking split; exchanging rows does not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.audit import CHECKS, proxies
from seismomag.audit.leaks import canaries
from seismomag.audit.leaks.canary_world import clean_case
from seismomag.audit.leaks.retraining import retrained


@pytest.fixture(scope="module")
def leaky():
    return canaries.remembered_neighbours(clean_case(0), np.random.default_rng(0))


@pytest.fixture(scope="module")
def purged(leaky):
    """The same recordings, split by units."""
    unit = leaky.units_of(leaky.rows)
    late = np.random.default_rng(1).random(unit.max() + 1)[unit] < 0.4
    return replace(leaky, rows=leaky.rows.assign(split=np.where(late, "test", "train")))


def test_exchanged_blocks_expose_a_random_split(leaky):
    assert retrained(leaky, by_block=True).mean > 0.9
    assert CHECKS["N4"](leaky).severity == "RED"


def test_exchanged_blocks_are_silent_on_a_purged_split(purged):
    assert abs(retrained(purged, by_block=True).mean - 0.5) < 0.05
    assert CHECKS["N4"](purged).severity == "GREEN"


def test_exchanged_rows_pass_on_both_and_prove_nothing(leaky, purged):
    for case in (leaky, purged):
        assert abs(retrained(case, by_block=False).mean - 0.5) < 0.05


def test_the_embargo_curve_tells_how_far_the_skill_reaches():
    found = CHECKS["C26"](canaries.fading_neighbours(clean_case(1), np.random.default_rng(1)))
    assert list(found.rows["embargo_days"]) == [0, 7, 30, 60, 90]
    assert found.rows["auc"].iloc[0] > 0.9
    assert found.rows["auc"].iloc[-1] < 0.75
    assert (np.diff(found.rows["n_train"]) <= 0).all()


def test_trees_remember_neighbours_too(leaky):
    fit = proxies.boosted_fit(leaky.features, leaky.rows["row_id"])
    assert retrained(replace(leaky, fit=fit), by_block=True, n=2).mean > 0.8


def test_ranks_within_groups_forget_the_groups():
    group = np.repeat(["a", "b"], 50).astype(object)
    event = np.r_[np.zeros(50, bool), np.ones(50, bool)]
    event[:5], event[50:55] = True, False
    score = event_rate = np.r_[np.full(50, 0.1), np.full(50, 0.9)]
    unit = np.arange(100)
    assert proxies.area(event_rate, event, unit, 0).value == pytest.approx(0.9)
    within = proxies.rank_within(score, group)
    assert proxies.area(within, event, unit, 0).value == pytest.approx(0.5)


def test_folds_keep_groups_together():
    group = np.repeat(np.arange(10), 7).astype(object)
    fold = proxies.grouped_folds(group)
    assert pd.Series(fold).groupby(group).nunique().eq(1).all()
    assert set(fold) == set(range(5))
