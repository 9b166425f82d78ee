"""Five proofs that each part of the network does what it promises, on archives of known truth.

``python -m seismomag.experiment.proofs CONFIG OUT`` runs one of them and writes its findings as
JSON with a figure; :mod:`seismomag.experiment.proofs_page` makes the page of all.
"""

import json
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.atomic import write_text
from seismomag.core.errors import ConfigError, CoverageError
from seismomag.core.progress import Progress, silent
from seismomag.experiment.demo import demo_config
from seismomag.experiment.proofs_runs import (
    Arm,
    ProofPlan,
    auc,
    interval,
    judged_rows,
    resampled,
    usual_arm,
    world_store,
)
from seismomag.experiment.proofs_world import WorldPlan, labelled
from seismomag.experiment.sections import Source, parse, refuse_unknown

STORM_KP = 5.0
LARGEST_MAAE_DEG = 20.0
NULL_BOUND = 0.03
PIT_BINS = 10


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One number of a proof.

    Attributes
    ----------
    name
        What was measured.
    value, low, high
        With its 95 % interval, NaN where there is none.
    demand
        What was asked of it; empty where nothing was.
    is_met
        Whether it is so; None where nothing was asked.
    """

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    demand: str = ""
    is_met: bool | None = None


@dataclass(frozen=True)
class Bench:
    """What a proof works with."""

    plan: ProofPlan
    world: WorldPlan
    folder: Path
    progress: Progress

    def rows(
        self, arm: Arm, seed: int, store: Path, other: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Judge the test rows with one training of an arm."""
        self.progress(f"{self.plan.proof} {arm.name}", seed, len(self.plan.training_seeds))
        folder = self.folder / self.plan.proof / f"{arm.name}-{seed}"
        return judged_rows(store, arm, folder, seed=seed, epochs=self.plan.epochs, other=other)


def gpl(bench: Bench) -> list[Finding]:
    """Compare the storm penalty with none, at the same overall share of alarms."""
    store = world_store(bench.world, bench.folder, bench.progress)
    with_it = usual_arm("gpl")
    without = replace(with_it, name="no-gpl", loss=replace(with_it.loss, gpl=False))
    tables = {
        arm.name: [bench.rows(arm, seed, store) for seed in bench.plan.training_seeds]
        for arm in (with_it, without)
    }
    first = tables["gpl"][0]
    is_storm = first["kp_max"].to_numpy(float) >= STORM_KP
    storms = storm_numbers(first)[is_storm]
    is_target = first["is_target"].to_numpy(bool)
    alarms = {
        name: np.array([in_alarm(rows, bench.plan.alarm_share) for rows in given])
        for name, given in tables.items()
    }
    findings = []
    for label, chosen in (("storm false-alarm rate", ~is_target), ("storm recall", is_target)):
        part = {name: a[:, is_storm] for name, a in alarms.items()}
        counted = chosen[is_storm]
        for name in part:
            value = resampled(storms, _rate(part[name], counted))
            findings.append(_of(f"{label}, {name}", value))
        both = (part["gpl"], part["no-gpl"])
        difference = resampled(
            storms, _difference(_rate(both[0], counted), _rate(both[1], counted))
        )
        findings.append(_of(f"{label}, difference", difference))
    skill = {name: _pss(a[:, is_storm], is_target[is_storm]) for name, a in alarms.items()}
    findings += [_of(f"storm PSS, {name}", resampled(storms, s)) for name, s in skill.items()]
    change = resampled(storms, _difference(skill["gpl"], skill["no-gpl"]))
    findings.append(_of("storm PSS, difference", change))
    for name, a in alarms.items():
        quiet = np.nanmean(a[:, ~is_storm][:, is_target[~is_storm]])
        findings.append(Finding(name=f"recall outside storms, {name}", value=float(quiet)))
    return [*findings, Finding(name="storms in the test period", value=len(np.unique(storms)))]


def in_alarm(rows: pd.DataFrame, share: float) -> NDArray[np.bool_]:
    """Put the most probable share of the rows in alarm."""
    probability = rows["probability"].to_numpy(float)
    order = np.argsort(-probability, kind="stable")
    found = np.zeros(len(rows), bool)
    found[order[: round(share * len(rows))]] = True
    return found


def storm_numbers(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Number the storms: runs of days on which Kp reached 5, the same for all stations."""
    day = rows["window_start"].to_numpy("datetime64[D]").astype(np.int64)
    stormy = np.unique(day[rows["kp_max"].to_numpy(float) >= STORM_KP])
    if not len(stormy):
        return np.zeros(len(rows), np.int64)
    run = np.cumsum(np.diff(stormy, prepend=stormy[0]) > 1)
    return np.asarray(run[np.minimum(np.searchsorted(stormy, day), len(stormy) - 1)])


Statistic = Callable[[NDArray[np.int64]], float]


def _rate(alarms: NDArray[np.bool_], counted: NDArray[np.bool_]) -> Statistic:
    def rate(positions: NDArray[np.int64]) -> float:
        kept = positions[counted[positions]]
        return float(alarms[:, kept].mean()) if len(kept) else float("nan")

    return rate


def _difference(a: Statistic, b: Statistic) -> Statistic:
    return lambda positions: a(positions) - b(positions)


def _pss(alarms: NDArray[np.bool_], is_target: NDArray[np.bool_]) -> Statistic:
    return _difference(_rate(alarms, is_target), _rate(alarms, ~is_target))


def _of(name: str, value: tuple[float, float, float]) -> Finding:
    return Finding(name=name, value=value[0], low=value[1], high=value[2])


def parts(bench: Bench) -> list[Finding]:
    """Compare the full network with one that lacks a part, by AUC on test rows."""
    store = world_store(bench.world, bench.folder, bench.progress)
    arms = (
        usual_arm("full"),
        usual_arm("single-task", heads=("detection",)),
        usual_arm("no-gru", gru=False),
        *(usual_arm(f"only-{c}", components=(k,)) for k, c in enumerate("HDZ")),
    )
    found = {
        arm.name: np.array([auc(bench.rows(arm, s, store)) for s in bench.plan.training_seeds])
        for arm in arms
    }
    findings = [_of(f"AUC, {name}", interval(values)) for name, values in found.items()]
    return findings + [
        _of(f"AUC, full minus {name}", interval(found["full"] - values))
        for name, values in found.items()
        if name != "full"
    ]


def azimuth(bench: Bench) -> list[Finding]:
    """Measure the direction that the polarimetric and the amplitude network give of sources."""
    from seismomag.audit.circular import angular_error_deg, axis_error_deg

    store = world_store(bench.world, bench.folder, bench.progress)
    findings, turned = [], np.empty(0)
    for representation in ("polarimetric", "amplitude"):
        arm = _weighted(usual_arm(representation, representation=representation), azimuth=1.0)
        rows = pd.concat([bench.rows(arm, s, store) for s in bench.plan.training_seeds])
        rows = rows[rows["is_target"].to_numpy(bool)]
        told, truth = rows["azimuth_deg_forecast"], rows["azimuth_deg"]
        groups = rows["sample_id"].to_numpy(str)
        axis = resampled(groups, _mean_of(axis_error_deg(told, truth)))
        if representation == "polarimetric":
            error = resampled(groups, _mean_of(angular_error_deg(told, truth)))
            demand, is_met = f"<= {LARGEST_MAAE_DEG:g} degrees", error[0] <= LARGEST_MAAE_DEG
            findings.append(replace(_of("MAAE, polarimetric", error), demand=demand, is_met=is_met))
            turned = pit(told, truth, rows["azimuth_kappa"])
        findings.append(_of(f"axis error (chance 45), {representation}", axis))
    counts = np.histogram(turned, bins=PIT_BINS, range=(0, 1))[0] / len(turned)
    return findings + [
        Finding(name=f"PIT, {k / PIT_BINS:.1f} to {(k + 1) / PIT_BINS:.1f}", value=float(c))
        for k, c in enumerate(counts)
    ]


def pit(told_deg: pd.Series, truth_deg: pd.Series, kappa: pd.Series) -> NDArray[np.float64]:
    """Probability integral transform of true azimuths; uniform if kappa tells the truth."""
    from scipy.stats import vonmises

    offset = np.deg2rad((truth_deg - told_deg + 180) % 360 - 180)
    return np.asarray(vonmises.cdf(offset, np.maximum(kappa, 1e-6)), np.float64)


def _mean_of(values: NDArray[np.float64]) -> Statistic:
    known = np.asarray(values, float)
    return lambda positions: float(np.nanmean(known[positions]))


def _weighted(arm: Arm, **weights: float) -> Arm:
    named = {f"{task}_weight": weight for task, weight in weights.items()}
    return replace(arm, loss=replace(arm.loss, **named))  # type: ignore[arg-type]


def magnitude(bench: Bench) -> list[Finding]:
    """Compare the magnitude head with the majority class, where size shows and where not."""
    from seismomag.dataset.store import open as open_store

    store = world_store(bench.world, bench.folder, bench.progress)
    with open_store(store) as opened:
        samples = opened.samples
    known = samples["magnitude"].notna().to_numpy()
    mixed = samples["magnitude"].copy()
    mixed[known] = np.random.default_rng(bench.world.seed).permutation(mixed[known])
    other_labels = samples.assign(magnitude=mixed)
    findings = []
    for name, other in (("planted", None), ("not-planted", other_labels)):
        arm = _weighted(usual_arm(name), magnitude=1.0)
        tables = [bench.rows(arm, s, store, other) for s in bench.plan.training_seeds]
        rows = pd.concat([t[t["is_target"].to_numpy(bool)] for t in tables])
        truth = rows["magnitude"].rank(method="dense").astype(int).to_numpy() - 1
        classes = rows[[c for c in rows if str(c).startswith("magnitude_class_")]].to_numpy()
        is_right = (classes.argmax(1) == truth).astype(float)
        majority = np.bincount(truth).argmax()
        gain = is_right - (truth == majority)
        value = resampled(rows["sample_id"].to_numpy(str), _mean_of(gain))
        findings.append(Finding(name=f"accuracy, {name}", value=float(is_right.mean())))
        is_met = value[1] > 0 if name == "planted" else value[1] <= 0
        demand = "interval above 0" if name == "planted" else "interval not above 0"
        findings.append(
            replace(_of(f"accuracy minus majority, {name}", value), demand=demand, is_met=is_met)
        )
    return findings


def null(bench: Bench) -> list[Finding]:
    """Measure the AUC on archives in which nothing precedes anything."""
    found = []
    n_backgrounds = bench.plan.n_backgrounds or bench.plan.n_archives
    for k in range(bench.plan.n_archives):
        world = replace(
            bench.world, seed=bench.world.seed + k % n_backgrounds, labels="events", label_seed=0
        )
        store = world_store(world, bench.folder, bench.progress)
        found.append(_null_auc(bench, store, replace(world, label_seed=k), k))
        bench.progress("null", k + 1, bench.plan.n_archives)
    known = np.array([a for a in found if np.isfinite(a)])
    error = float(known.std(ddof=1) / np.sqrt(len(known)))
    bound = max(NULL_BOUND, 2 * error)
    return [
        replace(
            _of("mean AUC", interval(known)),
            demand=f"0.5 +- {bound:.3f}",
            is_met=bool(abs(known.mean() - 0.5) <= bound),
        ),
        Finding(name="standard error over archives", value=error),
        Finding(name="archives with both classes in test", value=len(known)),
        *(Finding(name=f"AUC, archive {k}", value=a) for k, a in enumerate(found)),
    ]


def _null_auc(bench: Bench, store: Path, world: WorldPlan, k: int) -> float:
    """AUC of one archive; NaN where one class is absent from its training or test rows."""
    from seismomag.dataset.store import open as open_store

    with open_store(store) as opened:
        other = labelled(opened.samples, world, demo_config().labels.magnitude_edges)
    folder, seed = bench.folder / "null" / str(k), bench.plan.training_seeds[0]
    try:
        rows = judged_rows(
            store, usual_arm(), folder, seed=seed, epochs=bench.plan.epochs, other=other
        )
    except CoverageError:
        return float("nan")
    return auc(rows)


PROOFS: Mapping[str, Callable[[Bench], list[Finding]]] = {
    "gpl": gpl,
    "parts": parts,
    "azimuth": azimuth,
    "magnitude": magnitude,
    "null": null,
}


def read_proof(path: Path) -> tuple[ProofPlan, WorldPlan]:
    """Read the configuration of a proof.

    Raises
    ------
    ConfigError
        Names file, key, what was found and what was expected.
    """
    if not path.is_file():
        msg = f"{path}: no such configuration file"
        raise ConfigError(msg)
    text = path.read_text(encoding="utf-8")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not TOML: {error}"
        raise ConfigError(msg) from error
    source = Source(path, text)
    refuse_unknown(raw, ["proof", "world"], "", source)
    plan = parse(ProofPlan, raw.get("proof", {}), "proof", source)
    if plan.proof not in PROOFS:
        msg = f"{path}: proof {plan.proof!r} is unknown; choose one of {', '.join(PROOFS)}"
        raise ConfigError(msg)
    return plan, parse(WorldPlan, raw.get("world", {}), "world", source)


def prove(config: Path, out: Path, *, progress: Progress = silent) -> Path:
    """Run a proof and write ``NAME.json``.

    Parameters
    ----------
    config
        See ``configs/proof_*.toml``.
    out
        Folder of stores, models and results; what stands there is gone on with.
    progress
        Told how far the work is.
    """
    plan, world = read_proof(config)
    out.mkdir(parents=True, exist_ok=True)
    begun = time.process_time()
    findings = PROOFS[plan.proof](Bench(plan, world, out, progress))
    result = {
        "proof": plan.proof,
        "title": (PROOFS[plan.proof].__doc__ or "").splitlines()[0],
        "config": config.name,
        "plan": asdict(plan),
        "world": asdict(world),
        "cpu_s": round(time.process_time() - begun, 1),
        "findings": [asdict(f) for f in findings],
    }
    target = out / f"{plan.proof}.json"
    write_text(target, json.dumps(result, indent=1) + "\n")
    return target


def main(arguments: list[str]) -> None:
    """Run the proofs of some configurations: ``CONFIG... OUT``."""
    *configs, out = map(Path, arguments)
    for config in configs:
        sys.stdout.write(f"{prove(config, out)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
