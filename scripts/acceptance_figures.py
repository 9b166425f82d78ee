"""The acceptance figures of the audit: each is measured on worlds whose truth is known.

Every function takes ``size`` in (0, 1], the share of the full number of runs, and returns the
figures that it reached, by name. Seeds are fixed.
"""

import subprocess
import sys
import time

import numpy as np
import pandas as pd
from scipy import stats

from seismomag.audit import circular, intervals, molchan, nulls, scores, station_level
from seismomag.audit.claim_report import Claim, smallest_n
from seismomag.audit.claims import solve
from seismomag.audit.nulls import Pairs

MOST_S = 1800
"""Elapsed seconds that a process of a figure may take, on a busy machine too."""


def runs(full, size, least=20):
    """Number of runs of a size."""
    return max(round(full * size), least)


def smooth_noise(rng, shape, memory=0.8):
    """AR(1) along the last axis."""
    from scipy.signal import lfilter

    white = rng.normal(size=(*shape[:-1], shape[-1] + 50)) * np.sqrt(1 - memory**2)
    return lfilter([1.0], [1.0, -memory], white, axis=-1)[..., 50:]


def clustered_events(rng, n_events, n_stations, n_days):
    """Events in bursts, each in range of one to four stations."""
    centre = rng.integers(0, n_days, max(n_events // 3, 1))
    day = (rng.choice(centre, n_events) + rng.geometric(0.15, n_events)) % n_days
    event, station = [], []
    for number in range(n_events):
        near = rng.choice(n_stations, rng.integers(1, min(4, n_stations) + 1), replace=False)
        event += [number] * near.size
        station += list(near)
    return Pairs(np.array(event), np.array(station), day.astype(np.int64))


def claims_solver(size):
    """1: the published claim has two tables; the accuracy of the README first fits 36 cases."""
    first, second = solve(28, 1.0, 0.615)
    tables = [(t.tp, t.fp, t.fn, t.tn) for t in (first.table, second.table)]
    return {
        "tables as published": float(tables == [(8, 5, 0, 15), (16, 10, 0, 2)]),
        "p of A": first.p,
        "p of B": second.p,
        "smallest N for 0.861": float(
            smallest_n(Claim(recall=1.0, precision=0.615, accuracy=0.861)) or -1
        ),
    }


def cross_checks(size):
    """2: largest difference to scipy, scikit-learn and astropy."""
    from astropy.stats import rayleightest, vtest
    from sklearn import metrics

    from seismomag.audit.calibration import recalibrated
    from seismomag.audit.magnitude import quadratic_kappa

    rng = np.random.default_rng(1)
    worst = {"intervals": 0.0, "scores": 0.0, "circular": 0.0, "isotonic": 0.0}
    for _ in range(runs(100, size)):
        n = int(rng.integers(2, 80))
        k = int(rng.integers(0, n + 1))
        test = stats.binomtest(k, n)
        for mine, method in ((intervals.clopper_pearson, "exact"), (intervals.wilson, "wilson")):
            theirs = test.proportion_ci(method=method)
            gap = np.abs(np.array(mine(k, n)) - [theirs.low, theirs.high]).max()
            worst["intervals"] = max(worst["intervals"], gap)
        p = np.round(rng.random(60), 2)
        y = rng.random(60) < 0.4
        c, d = rng.integers(0, 4, 60), rng.integers(0, 4, 60)
        gaps = (
            scores.auc(p, y) - metrics.roc_auc_score(y, p),
            scores.average_precision(p, y) - metrics.average_precision_score(y, p),
            scores.brier(p, y) - metrics.brier_score_loss(y, p),
            quadratic_kappa(c, d, 4) - metrics.cohen_kappa_score(d, c, weights="quadratic"),
        )
        worst["scores"] = max(worst["scores"], float(np.abs(gaps).max()))
        from sklearn.isotonic import IsotonicRegression

        theirs = IsotonicRegression().fit(p, y).predict(p)
        worst["isotonic"] = max(worst["isotonic"], float(np.abs(recalibrated(p, y) - theirs).max()))
        angle = rng.vonmises(0.3, 0.5, 40)
        degrees = np.rad2deg(angle)
        gaps = (
            circular.rayleigh_p(degrees) - float(rayleightest(angle)),
            circular.v_test(degrees)[1] - float(vtest(angle)),
        )
        worst["circular"] = max(worst["circular"], float(np.abs(gaps).max()))
    return worst


def area_skill_without_skill(size):
    """3: mean and spread of the area skill under the null; the opposite score mirrors it."""
    rng = np.random.default_rng(3)
    out = {"largest |mean - 0.5|": 0.0, "largest |sd ratio - 1|": 0.0}
    for n in (8, 16, 30, 60):
        skill = 1 - rng.random((runs(40_000, size, 8_000), n)).mean(axis=1)
        out["largest |mean - 0.5|"] = max(out["largest |mean - 0.5|"], abs(skill.mean() - 0.5))
        ratio = skill.std() * np.sqrt(12 * n)
        out["largest |sd ratio - 1|"] = max(out["largest |sd ratio - 1|"], abs(ratio - 1))
    score = rng.random(2000)
    event = np.argsort(score)[:40]
    low = molchan.area_skill(molchan.alarm_fraction_above(score)[event])
    high = molchan.area_skill(molchan.alarm_fraction_above(-score)[event])
    return out | {"worst score": low, "mirror": abs(low + high - 1)}


def angular_error_null(size):
    """4: p of a mean error of 72.32 degrees, by formula and by simulation."""
    rng = np.random.default_rng(4)
    out = {}
    for n in (8, 16, 28):
        drawn = rng.uniform(0, 180, (runs(200_000, size, 40_000), n)).mean(axis=1)
        out[f"p at n = {n}"] = circular.uniform_maae_p(72.32, n)
        out[f"formula - simulation, n = {n}"] = abs(
            out[f"p at n = {n}"] - float((drawn <= 72.32).mean())
        )
    return out


def interval_coverage(size):
    """5: coverage of the nominal 95 % interval by cluster-t, and of Wilson on rows."""
    rng = np.random.default_rng(5)
    out = {}
    for n_events in (16, 30, 60, 120):
        inside = naive = 0
        n_runs = runs(2000, size, 300)
        for _ in range(n_runs):
            m = rng.integers(4, 16, n_events).astype(float)
            k = rng.binomial(m.astype(int), rng.beta(1.2, 1.2, n_events)).astype(float)
            # The target is the mean of the ratio: 1/2 by the symmetry of Beta(1.2, 1.2).
            low, high = intervals.cluster_t(k, m)
            inside += low <= 0.5 <= high
            low, high = intervals.wilson(int(k.sum()), int(m.sum()))
            naive += low <= 0.5 <= high
        out[f"cluster-t, {n_events} events"] = inside / n_runs
        out[f"Wilson, {n_events} events"] = naive / n_runs
    return out


def common_shift_calibration(size):
    """6: the common shift is uniform on null data, shuffled rows are not."""
    rng = np.random.default_rng(6)
    valid, naive = [], []
    for _ in range(runs(200, size, 60)):
        score = smooth_noise(rng, (6, 1500))
        pairs = clustered_events(rng, 40, 6, 1500)
        label = nulls.horizon_labels(pairs, score.shape, 14)
        by_shift = nulls.auc_by_shift(score, label)
        valid.append(nulls.p_value(by_shift[0], by_shift[1:]))
        naive.append(nulls.permutation_p(score.ravel(), label.ravel()))
    valid, naive = np.array(valid), np.array(naive)
    return {
        "KS p": float(stats.kstest(valid, "uniform").pvalue),
        "FPR at 5 %": float((valid <= 0.05).mean()),
        "FPR of shuffled rows": float((naive <= 0.05).mean()),
    }


def short_tests(size):
    """7: 120 days: no more false positives than said, and the floor of p is 1 / D."""
    rng = np.random.default_rng(7)
    p, floor = [], 0.0
    for _ in range(runs(300, size, 100)):
        score = smooth_noise(rng, (3, 120))
        pairs = clustered_events(rng, 6, 3, 120)
        by_shift = nulls.auc_by_shift(score, nulls.horizon_labels(pairs, score.shape, 7))
        p.append(nulls.p_value(by_shift[0], by_shift[1:]))
        floor = nulls.floors(by_shift, 30).floor_1_over_d
    return {"FPR at 5 %": float((np.array(p) <= 0.05).mean()), "floor x D": floor * 120}


def family_wise_error(size):
    """8: some station of 24 stands out by chance; max-T pays for the choice."""
    rng = np.random.default_rng(8)
    adjusted = naive = 0
    n_runs = runs(200, size, 60)
    for _ in range(n_runs):
        score = smooth_noise(rng, (24, 1000))
        alarm = score > np.quantile(score, 0.8)
        pairs = clustered_events(rng, 120, 24, 1000)
        p, p_max = station_level.max_t(station_level.station_hits(alarm, pairs), np.ones(24, bool))
        adjusted += np.nanmin(p_max) <= 0.05
        naive += np.nanmin(p) <= 0.05
    return {"family-wise error": adjusted / n_runs, "uncorrected": naive / n_runs}


def planted_skill(size):
    """10: power of the point test and of the area skill at G = 2, and their size at G = 1."""
    rng = np.random.default_rng(10)
    n_runs, n_days, n_events, tau = runs(100, size, 50), 3000, 60, 0.2
    out = {}
    for gain in (2.0, 1.0):
        point = area = 0
        for _ in range(n_runs if gain > 1 else 3 * n_runs):
            score = smooth_noise(rng, (1, n_days))
            alarm = score > np.quantile(score, 1 - tau)
            inside = rng.random(n_events) < gain * tau
            day = np.where(
                inside,
                rng.choice(np.flatnonzero(alarm[0]), n_events),
                rng.choice(np.flatnonzero(~alarm[0]), n_events),
            )
            number = np.arange(n_events)
            pairs = Pairs(number, np.zeros(n_events, np.int64), day.astype(np.int64))
            hits = nulls.hits_by_shift(alarm, pairs).astype(float)
            skill = nulls.area_skill_by_shift(molchan.alarm_fraction_above(score), pairs)
            point += nulls.p_value(hits[0], hits[1:]) < 0.01
            area += nulls.p_value(skill[0], skill[1:]) < 0.01
        total = n_runs if gain > 1 else 3 * n_runs
        out |= {f"point test, G = {gain:.0f}": point / total}
        out |= {f"area skill, G = {gain:.0f}": area / total}
    return out


def block_shuffle(size):
    """14: labels shuffled by block expose a random split; shuffled rows do not."""
    from seismomag.audit.retraining import shuffle_and_retrain

    out = {}
    for split in ("random", "grouped"):
        samples, features = _leaking_rows(split)

        def refit(table, features=features):
            from sklearn.neighbors import KNeighborsClassifier

            train = (table["split"] == "train").to_numpy()
            model = KNeighborsClassifier(n_neighbors=5)
            model.fit(features[train], table["is_target"].to_numpy(dtype=bool)[train])
            said = model.predict_proba(features[~train])[:, 1]
            return pd.DataFrame({"sample_id": table["sample_id"][~train], "probability": said})

        for unit, draws in (("block", runs(20, size, 5)), ("row", 5)):
            found = shuffle_and_retrain(samples, refit, n_draws=draws, seed=14, unit=unit)
            out[f"{unit} shuffle, {split} split"] = found.mean
            if unit == "block":
                out[f"called clean, {split} split"] = float(found.is_clean)
    return out


def _leaking_rows(split):
    rng = np.random.default_rng(14)
    n_blocks, per_block = 140, 12
    block = np.repeat(np.arange(n_blocks), per_block)
    event = block % 2 == 0
    features = rng.normal(size=(n_blocks, 8))[block] + 0.2 * rng.normal(size=(block.size, 8))
    if split == "random":
        test = rng.random(block.size) < 0.3
    else:
        test = (rng.random(n_blocks) < 0.3)[block]
    # Each quiet block fills one fortnight of its own.
    day = np.datetime64("2010-01-01") + (14 * block + np.tile(np.arange(per_block), n_blocks))
    samples = pd.DataFrame(
        {
            "sample_id": [f"s{i}" for i in range(block.size)],
            "horizon_start": day.astype("datetime64[ns]"),
            "is_target": pd.array(event, dtype="boolean"),
            "cluster_id": [f"c{b}" if e else None for b, e in zip(block, event, strict=True)],
            "split": np.where(test, "test", "train"),
        }
    )
    # The grid of fortnights begins at the epoch; the first day here is moved onto it.
    moved = samples["horizon_start"] + pd.Timedelta(days=int(-day[0].astype(int) % 14))
    return samples.assign(horizon_start=moved), features


def shift_speed(size):
    """18: every common shift of 1,000 days, 24 stations, 1,623 rows; AUC and area skill."""
    rng = np.random.default_rng(18)
    probability = np.full((24, 1000), np.nan)
    probability.ravel()[rng.choice(24_000, 1623, replace=False)] = rng.random(1623)
    pairs = clustered_events(rng, 60, 24, 1000)
    start = time.process_time()
    label = nulls.horizon_labels(pairs, probability.shape, 14)
    nulls.auc_by_shift(probability, label)
    nulls.area_skill_by_shift(molchan.alarm_fraction_above(probability), pairs)
    return {"1,000 shifts [CPU s]": time.process_time() - start}


def bootstrap_speed(size):
    """19: 2,000 draws of clusters, AUC of 1,623 rows."""
    rng = np.random.default_rng(19)
    p, y, cluster = rng.random(1623), rng.random(1623) < 0.2, rng.integers(0, 120, 1623)
    start = time.process_time()
    weights = intervals.resampled_weights(120, 2000, rng)
    for i in range(0, 2000, 50):
        scores.auc(p, y, weights[i : i + 50][:, cluster])
    return {"2,000 bootstraps [CPU s]": time.process_time() - start}


def permutation_speed(size):
    """21: 10,000 permutations of azimuths within stations."""
    rng = np.random.default_rng(21)
    azimuth, true = rng.uniform(0, 360, (2, 200))
    station = np.sort(rng.integers(0, 24, 200))
    start = time.process_time()
    circular.permutation_p(azimuth, true, station, n_draws=10_000, generator=rng)
    return {"10,000 permutations [CPU s]": time.process_time() - start}


IMPORT = """
import sys, time
start = time.process_time()
import seismomag.audit
print(time.process_time() - start)
heavy = {"torch", "matplotlib", "h5py", "onnxruntime", "obspy", "sklearn.ensemble", "statsmodels"}
print(len(heavy & set(sys.modules)))
"""


def cold_import(size):
    """22: the audit imports neither torch nor pictures, and quickly."""
    said = subprocess.run(
        [sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True, timeout=MOST_S
    ).stdout.split()
    return {"import [s]": float(said[0]), "heavy packages": float(said[1])}


def axis_only(size):
    """12: a reader of magnitudes tells an axis; its mean error without a prior is 90."""
    rng = np.random.default_rng(12)
    true = rng.uniform(0, 360, runs(20_000, size, 20_000))
    # |CWT| is the same for an azimuth and its opposite: the reader picks either end.
    axis = (true + rng.normal(0, 5, true.size)) % 180
    error = circular.angular_error_deg(axis, true)
    return {"MAAE [deg]": float(error.mean())}
