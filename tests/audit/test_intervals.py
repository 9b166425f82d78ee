import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from seismomag.audit import intervals


@given(st.integers(0, 60), st.integers(1, 60))
@settings(max_examples=60)
def test_exact_intervals_equal_scipy(k, n):
    k = min(k, n)
    test = stats.binomtest(k, n)
    exact, score = test.proportion_ci(method="exact"), test.proportion_ci(method="wilson")
    np.testing.assert_allclose(intervals.clopper_pearson(k, n), (exact.low, exact.high), atol=1e-10)
    np.testing.assert_allclose(intervals.wilson(k, n), (score.low, score.high), atol=1e-10)


def test_no_trials_give_no_interval():
    assert np.isnan(intervals.clopper_pearson(0, 0)).all()
    assert np.isnan(intervals.wilson(0, 0)).all()


def test_cluster_t_of_single_rows_is_the_t_interval_of_the_mean():
    k = np.array([1.0, 0, 1, 1, 0, 1])
    low, high = intervals.cluster_t(k, np.ones(6))
    expected = stats.t.interval(0.95, 5, k.mean(), stats.sem(k))
    np.testing.assert_allclose((low, high), expected)


def test_copying_every_row_does_not_narrow_the_clustered_interval():
    k, m = np.array([3.0, 0, 2, 5, 1, 4]), np.array([5.0, 4, 6, 5, 5, 4])
    np.testing.assert_allclose(intervals.cluster_t(10 * k, 10 * m), intervals.cluster_t(k, m))


def test_one_cluster_says_nothing():
    assert np.isnan(intervals.cluster_t(np.array([3.0, 0]), np.array([5.0, 0]))).all()


@pytest.mark.parametrize(
    ("n", "word"), [(7, "too few events"), (8, "cluster-t"), (59, "cluster-t"), (60, "bootstrap")]
)
def test_the_number_of_clusters_chooses_the_interval(n, word):
    k = np.arange(n) % 3.0
    *interval, note = intervals.ratio_interval(
        k, np.full(n, 3.0), n_draws=100, generator=np.random.default_rng(0)
    )
    assert word in note
    assert np.isnan(interval).all() == (n < 8)


@pytest.mark.parametrize("n", [20, 80])
def test_clusters_that_all_agree_still_leave_something_open(n):
    generator = np.random.default_rng(0)
    for k, exact in ((0.0, (0, n)), (4.0, (n, n))):
        low, high, note = intervals.ratio_interval(
            np.full(n, k), np.full(n, 4.0), n_draws=100, generator=generator
        )
        assert (low, high) == intervals.clopper_pearson(*exact)
        assert high - low > 0.04
        assert f"{n} clusters that all agree" in note


def heterogeneous(rng, n_events):
    """Rates that differ from event to event: Beta(1.2, 1.2), 4 to 15 rows each."""
    m = rng.integers(4, 16, n_events)
    return rng.binomial(m, rng.beta(1.2, 1.2, n_events)).astype(float), m.astype(float)


@pytest.mark.parametrize("n_events", [16, 60, 120])
def test_cluster_t_covers_where_wilson_does_not(n_events):
    rng = np.random.default_rng(n_events)
    covered, naive, n_runs = 0, 0, 600
    for _ in range(n_runs):
        k, m = heterogeneous(rng, n_events)
        low, high = intervals.cluster_t(k, m)
        covered += low <= 0.5 <= high
        low, high = intervals.wilson(int(k.sum()), int(m.sum()))
        naive += low <= 0.5 <= high
    assert 0.92 - 0.02 <= covered / n_runs <= 0.97 + 0.02
    assert naive / n_runs < 0.75
