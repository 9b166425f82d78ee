"""The proofs of the other heads: azimuth with its own uncertainty, and magnitude."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kstest, kstwo, vonmises

from seismomag.audit.circular import angular_error_deg, axis_error_deg
from seismomag.dataset.store import open_store
from seismomag.experiment.proofs.bench import Bench, Finding, drawn, found, mean_of
from seismomag.experiment.proofs.runs import Arm, resampled, usual_arm

LARGEST_MAAE_DEG = 20.0
PIT_BINS = 10
LEVEL = 0.05


def azimuth(bench: Bench) -> list[Finding]:
    """Measure the direction that the polarimetric and the amplitude network give of sources."""
    representations = ("polarimetric", "amplitude")
    findings, every = [], bench.every([head_arm(name) for name in representations])
    for representation in representations:
        tables = [with_source(rows) for rows in every[representation]]
        rows = pd.concat(tables)
        told, truth = rows["azimuth_deg_forecast"], rows["azimuth_deg"]
        groups = rows["sample_id"].to_numpy(str)
        if representation == "polarimetric":
            error = angular_error_deg(told, truth)
            findings += [*_directions(rows, error), *_calibration(tables)]
        axis = resampled(groups, mean_of(axis_error_deg(told, truth)))
        name = f"axis error (chance 45), {representation}"
        findings += drawn("error of the axis [degrees] (chance: dashed)", [found(name, axis)], 45)
    return findings


def head_arm(representation: str = "polarimetric") -> Arm:
    """Give a network whose three heads count alike."""
    arm = usual_arm(representation, representation=representation)
    loss = replace(arm.loss, magnitude_weight=1.0, azimuth_weight=1.0)
    return replace(arm, loss=loss)


def with_source(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the days with a source."""
    return rows[rows["is_target"].to_numpy(bool)]


def _directions(rows: pd.DataFrame, error_deg: NDArray[np.float64]) -> list[Finding]:
    """Mean absolute error over all sources, and over the weakest."""
    is_weakest = (rows["magnitude"] == rows["magnitude"].min()).to_numpy()
    findings = []
    for name, chosen in (("all sources", slice(None)), ("weakest sources", is_weakest)):
        groups = rows["sample_id"].to_numpy(str)[chosen]
        value = resampled(groups, mean_of(np.asarray(error_deg)[chosen]))
        demand = f"<= {LARGEST_MAAE_DEG:g} degrees"
        is_met = value[0] <= LARGEST_MAAE_DEG
        findings.append(found(f"MAAE, polarimetric, {name}", value, demand, is_met))
    return drawn("mean absolute error of the direction [degrees]", findings)


def _calibration(tables: list[pd.DataFrame]) -> list[Finding]:
    """Compare the transform of true azimuths with the uniform law, for each training."""
    turned = [pit(t["azimuth_deg_forecast"], t["azimuth_deg"], t["azimuth_kappa"]) for t in tables]
    findings = []
    for k, values in enumerate(turned):
        # All trainings together are wrong no more often than LEVEL.
        limit = float(kstwo.ppf(1 - LEVEL / len(turned), len(values)))
        distance = float(kstest(values, "uniform").statistic)
        demand, is_met = f"<= {limit:.3f} (n = {len(values)})", distance <= limit
        findings.append(
            Finding(
                name=f"PIT of kappa, KS, training {k}", value=distance, demand=demand, is_met=is_met
            )
        )
    pooled = np.concatenate(turned)
    counts = np.histogram(pooled, bins=PIT_BINS, range=(0, 1))[0] / len(pooled)
    histogram = (
        Finding(name=f"PIT, {k / PIT_BINS:.1f} to {(k + 1) / PIT_BINS:.1f}", value=float(c))
        for k, c in enumerate(counts)
    )
    return [
        *drawn("distance of the PIT from the uniform law (Kolmogorov-Smirnov)", findings),
        *drawn("share of the true directions (uniform: dashed)", histogram, 1 / PIT_BINS),
    ]


def pit(told_deg: pd.Series, truth_deg: pd.Series, kappa: pd.Series) -> NDArray[np.float64]:
    """Probability integral transform of true azimuths; uniform if kappa tells the truth."""
    offset = np.deg2rad((truth_deg - told_deg + 180) % 360 - 180)
    return np.asarray(vonmises.cdf(offset, np.maximum(kappa, 1e-6)), np.float64)


def magnitude(bench: Bench) -> list[Finding]:
    """Compare the magnitude head with the majority class, where size shows and where not."""
    with open_store(bench.store()) as opened:
        samples = opened.samples
    known = samples["magnitude"].notna().to_numpy()
    mixed = samples["magnitude"].copy()
    mixed[known] = np.random.default_rng(bench.world.seed).permutation(mixed[known])
    planted, mixed_up = head_arm(), replace(head_arm(), name="not-planted")
    every = bench.every((planted, mixed_up), {mixed_up.name: samples.assign(magnitude=mixed)})
    findings = []
    for name, arm in (("planted", planted), ("not planted", mixed_up)):
        rows = pd.concat([with_source(t) for t in every[arm.name]])
        findings += _against_majority(rows, name)
    return findings


def _against_majority(rows: pd.DataFrame, name: str) -> list[Finding]:
    truth = rows["magnitude"].rank(method="dense").astype(int).to_numpy() - 1
    classes = rows[[c for c in rows if str(c).startswith("magnitude_class_")]].to_numpy()
    is_right = (classes.argmax(1) == truth).astype(float)
    majority = np.bincount(truth).argmax()
    gain = is_right - (truth == majority)
    value = resampled(rows["sample_id"].to_numpy(str), mean_of(gain))
    is_met = value[1] > 0 if name == "planted" else value[1] <= 0
    demand = "interval above 0" if name == "planted" else "interval not above 0"
    accuracy = Finding(name=f"accuracy, {name}", value=float(is_right.mean()))
    over = found(f"accuracy minus majority, {name}", value, demand, is_met)
    return [
        *drawn("share of the sources in their class", [accuracy]),
        *drawn("accuracy less that of the majority class", [over], 0),
    ]
