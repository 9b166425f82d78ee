"""Our statistics beside those of well-kept libraries: the same numbers, or the same intervals."""

import numpy as np
import numpy.testing as npt
import pytest
import xarray as xr
from scipy import stats
from sklearn import metrics

from seismomag.audit import intervals, nulls, scores
from seismomag.audit.calibration import decompose, recalibrated
from seismomag.audit.magnitude import quadratic_kappa


def drawn(seed, n=120):
    rng = np.random.default_rng(seed)
    p = np.round(rng.random(n), 2)
    return p, rng.random(n) < 0.2 + 0.5 * p


@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_scikit_learn(seed):
    p, y = drawn(seed)
    weight = np.random.default_rng(seed).integers(0, 4, y.size).astype(float)
    given = {"y_true": y, "sample_weight": weight}
    npt.assert_allclose(scores.auc(p, y, weight), metrics.roc_auc_score(y_score=p, **given))
    npt.assert_allclose(
        scores.average_precision(p, y, weight), metrics.average_precision_score(y_score=p, **given)
    )
    npt.assert_allclose(scores.brier(p, y, weight), metrics.brier_score_loss(y_proba=p, **given))
    alarm = (p > 0.5).astype(float)
    npt.assert_allclose(scores.mcc(alarm, y), metrics.matthews_corrcoef(y, alarm))
    a, b = np.random.default_rng(seed).integers(0, 3, (2, 90))
    theirs = metrics.cohen_kappa_score(b, a, weights="quadratic")
    npt.assert_allclose(quadratic_kappa(a, b, 3), theirs)


@pytest.mark.parametrize(("k", "n"), [(0, 9), (9, 9), (3, 17), (40, 41)])
def test_intervals_equal_scipy(k, n):
    test = stats.binomtest(k, n)
    for mine, method in ((intervals.clopper_pearson, "exact"), (intervals.wilson, "wilson")):
        theirs = test.proportion_ci(method=method)
        npt.assert_allclose(mine(k, n), (theirs.low, theirs.high), atol=1e-10)


def test_the_permutation_of_rows_equals_scipy():
    p, y = drawn(1, 40)
    theirs = stats.permutation_test(
        (p[y], p[~y]),
        lambda a, b: stats.mannwhitneyu(a, b).statistic,
        n_resamples=4000,
        alternative="greater",
        rng=np.random.default_rng(0),
    )
    assert nulls.permutation_p(p, y) == pytest.approx(theirs.pvalue, abs=0.02)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("seed", range(3))
def test_brier_and_recalibration_equal_scores(seed):
    from scores.probability import brier_score, isotonic_fit

    p, y = drawn(seed)
    outcome = y.astype(float)
    theirs = float(brier_score(xr.DataArray(p, dims="row"), xr.DataArray(outcome, dims="row")))
    npt.assert_allclose(scores.brier(p, y), theirs, atol=1e-10)
    npt.assert_allclose(decompose(p, y).score, theirs, atol=1e-10)
    fit = isotonic_fit(p, outcome)
    at = np.searchsorted(fit["fcst_sorted"], p)
    npt.assert_allclose(recalibrated(p, y), fit["regression_values"][at], atol=1e-10)


def cases(seed, n_units=80):
    """Numerator and denominator of heterogeneous clusters."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(4, 16, n_units).astype(float)
    return rng.binomial(rows.astype(int), rng.beta(1.2, 1.2, n_units)).astype(float), rows


@pytest.mark.parametrize("seed", [0, 1])
def test_the_bootstrap_of_clusters_agrees_with_arch(seed):
    bootstrap = pytest.importorskip("arch.bootstrap", reason="development dependency arch")
    hits, rows = cases(seed)
    theirs = bootstrap.IIDBootstrap(hits, rows, seed=np.random.default_rng(1)).conf_int(
        lambda k, m: k.sum() / m.sum(), reps=4000, method="percentile"
    )[:, 0]
    low, high, note = intervals.ratio_interval(
        hits, rows, n_draws=4000, generator=np.random.default_rng(2)
    )
    assert "bootstrap" in note
    width = theirs[1] - theirs[0]
    npt.assert_allclose([low, high], theirs, atol=0.05 * width)


@pytest.mark.parametrize("kind", ["CircularBlockBootstrap", "StationaryBootstrap"])
def test_fortnights_as_clusters_agree_with_blocks_of_arch(kind):
    # 4 years of daily alarms with a memory of some days: blocks of a fortnight hold it.
    bootstrap = pytest.importorskip("arch.bootstrap", reason="development dependency arch")
    rng = np.random.default_rng(3)
    level = np.zeros(1460)
    for i in range(1, level.size):
        level[i] = 0.8 * level[i - 1] + rng.normal()
    alarm = (level > 1.0).astype(float)
    block = intervals.cluster_sums(np.arange(alarm.size) // 14, alarm, np.ones(alarm.size))
    low, high, _ = intervals.ratio_interval(
        *block, n_draws=3000, generator=np.random.default_rng(4)
    )
    theirs = getattr(bootstrap, kind)(14, alarm, seed=np.random.default_rng(5)).conf_int(
        np.mean, reps=3000, method="percentile"
    )[:, 0]
    assert (high - low) / (theirs[1] - theirs[0]) == pytest.approx(1.0, abs=0.2)
    assert (low + high) / 2 == pytest.approx(theirs.mean(), abs=0.1 * (high - low))
    naive = intervals.wilson(int(alarm.sum()), alarm.size)
    assert naive[1] - naive[0] < 0.6 * (high - low)
