"""The proof of the storm penalty: false alarms in storms, and what their absence costs."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.experiment.proofs.bench import Bench, Finding, Statistic, drawn, found
from seismomag.experiment.proofs.runs import resampled, usual_arm
from seismomag.signal.grid import ScalogramGrid

STORM_KP = 5.0
ON_STORM_DAYS = "rate on days of storms"
WITH_LESS_WITHOUT = "rate with the penalty less that without, on days of storms"
AT_CONRAD = "probability at Conrad in the superstorm, mean of trainings"
IN_ALARM_AT_CONRAD = "share of the trainings in alarm there"
WITH, WITHOUT = "gpl", "no-gpl"
SUPERSTORM_FILE = "one_second/wic_2024-05-09_4days_imagcdf13_example4.cdf"
SUPERSTORM_DAYS = ("2024-05-09", "2024-05-10", "2024-05-11")
"""At Conrad: the day before, and the two of the superstorm (Kp 9)."""
REAL_DATA = "SEISMOMAG_REAL_DATA"


def gpl(bench: Bench) -> list[Finding]:
    """Compare the storm penalty with none, at the same overall share of alarms."""
    with_it = usual_arm(WITH)
    arms = (with_it, replace(with_it, name=WITHOUT, loss=replace(with_it.loss, gpl=False)))
    tables = bench.every(arms)
    models = {arm.name: [bench.model(arm, s) for s in bench.plan.training_seeds] for arm in arms}
    share = bench.plan.alarm_share
    return [*_in_storms(tables, share), *superstorm(models, tables, share)]


def _in_storms(tables: Mapping[str, Sequence[pd.DataFrame]], share: float) -> list[Finding]:
    first = tables[WITH][0]
    is_storm = first["kp_max"].to_numpy(float) >= STORM_KP
    storms = storm_numbers(first)[is_storm]
    is_target = first["is_target"].to_numpy(bool)
    alarms = {name: np.array([in_alarm(t, share) for t in given]) for name, given in tables.items()}
    part = {name: a[:, is_storm] for name, a in alarms.items()}
    event = is_target[is_storm]
    wanted = {
        "false-alarm rate": {name: _rate(a, ~event) for name, a in part.items()},
        "recall": {name: _rate(a, event) for name, a in part.items()},
        "PSS": {name: _pss(a, event) for name, a in part.items()},
    }
    findings, changes = [], {}
    for label, of_arm in wanted.items():
        arms = [found(f"storm {label}, {n}", resampled(storms, s)) for n, s in of_arm.items()]
        changes[label] = resampled(storms, _difference(of_arm[WITH], of_arm[WITHOUT]))
        change = found(f"storm {label}, difference", changes[label])
        findings += [*drawn(ON_STORM_DAYS, arms), *drawn(WITH_LESS_WITHOUT, [change], 0)]
    quiet = ~is_storm
    for name, a in alarms.items():
        value = float(np.mean(a[:, quiet & is_target]))
        findings.append(Finding(name=f"recall outside storms, {name}", value=value))
    return [
        *findings,
        *_effect(changes),
        *(_silence(part[name], event, name) for name in part),
        Finding(name="storms in the test period", value=len(np.unique(storms))),
    ]


def _effect(changes: Mapping[str, tuple[float, float, float]]) -> list[Finding]:
    """Say whether false alarms fell, and whether that was skill or silence."""
    fewer = changes["false-alarm rate"]
    skill = changes["PSS"]
    bought = fewer[2] < 0 and not skill[1] > 0
    return [
        Finding(
            name="false alarms in storms fall",
            value=-fewer[0],
            low=-fewer[2],
            high=-fewer[1],
            demand="interval above 0",
            is_met=fewer[2] < 0,
        ),
        Finding(name="fewer storm alarms without more skill there (1 = so)", value=float(bought)),
    ]


def _silence(alarms: NDArray[np.bool_], event: NDArray[np.bool_], name: str) -> Finding:
    """Share of the trainings without any hit in storms: silent there, not skilful."""
    return Finding(
        name=f"trainings silent in storms, {name}", value=float((~alarms[:, event].any(1)).mean())
    )


def superstorm(
    models: Mapping[str, Sequence[Path]],
    tables: Mapping[str, Sequence[pd.DataFrame]],
    share: float,
) -> list[Finding]:
    """Let both arms speak of a real superstorm, which neither has seen the like of.

    Nothing where the real file is absent. Of every training the threshold is that of its test
    rows, at the same share of alarms.
    """
    path = Path(os.environ.get(REAL_DATA, "../shared/data")) / SUPERSTORM_FILE
    if not path.is_file():
        return []
    findings = []
    for day in SUPERSTORM_DAYS:
        tensor: NDArray[np.float16] | None = None
        for name, folders in models.items():
            said = []
            for folder, rows in zip(folders, tables[name], strict=True):
                tensor = _tensor(path, day, folder) if tensor is None else tensor
                probability = _probability(folder, tensor)
                said.append((probability, probability >= _threshold(rows, share)))
            both = np.array(said, float).mean(0)
            said_of = (("probability", AT_CONRAD), ("trainings in alarm", IN_ALARM_AT_CONRAD))
            for (what, axis), value in zip(said_of, both, strict=True):
                one = Finding(name=f"Conrad {day}, {what}, {name}", value=float(value))
                findings += drawn(axis, [one])
    return findings


def _threshold(rows: pd.DataFrame, share: float) -> float:
    return float(rows["probability"][in_alarm(rows, share)].min())


def _tensor(path: Path, day: str, model: Path) -> NDArray[np.float16]:
    """Transform a day of a file to the grid of a model, ``(1, planes, F, T)``."""
    from seismomag.core.recording import place
    from seismomag.network.folder import open_model
    from seismomag.readers import read
    from seismomag.signal import gaps, quality
    from seismomag.signal.day import transform

    grid = ScalogramGrid.from_dict(open_model(model).description["grid"])
    recording = quality.flag(read(path))
    usable = recording.assign(field=(("component", "time"), gaps.mask(recording)))
    start = np.datetime64(day) - np.timedelta64(grid.reach_s, "s")
    return transform(place(usable, start, 86_400 + 2 * grid.reach_s), grid).planes[None]


def _probability(folder: Path, tensor: NDArray[np.float16]) -> float:
    """Probability of one day of a station that the model never saw."""
    from seismomag.network.folder import open_model
    from seismomag.network.predict import open_session, run_session

    model = open_model(folder)
    planes = model.normalisation.apply(tensor, ["WIC"])
    logits = run_session(open_session(model.graph, threads=1), planes)["detection"]
    return float(model.calibration.apply((logits[:, 1] - logits[:, 0]).astype(np.float64))[0])


def in_alarm(rows: pd.DataFrame, share: float) -> NDArray[np.bool_]:
    """Put the most probable share of the rows in alarm."""
    probability = rows["probability"].to_numpy(float)
    order = np.argsort(-probability, kind="stable")
    chosen = np.zeros(len(rows), bool)
    chosen[order[: round(share * len(rows))]] = True
    return chosen


def storm_numbers(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Number the storms: runs of days on which Kp reached 5, the same for all stations."""
    day = rows["window_start"].to_numpy("datetime64[D]").astype(np.int64)
    stormy = np.unique(day[rows["kp_max"].to_numpy(float) >= STORM_KP])
    if not len(stormy):
        return np.zeros(len(rows), np.int64)
    run = np.cumsum(np.diff(stormy, prepend=stormy[0]) > 1)
    return np.asarray(run[np.minimum(np.searchsorted(stormy, day), len(stormy) - 1)])


def _rate(alarms: NDArray[np.bool_], counted: NDArray[np.bool_]) -> Statistic:
    def rate(positions: NDArray[np.int64]) -> float:
        kept = positions[counted[positions]]
        return float(alarms[:, kept].mean()) if len(kept) else float("nan")

    return rate


def _difference(a: Statistic, b: Statistic) -> Statistic:
    return lambda positions: a(positions) - b(positions)


def _pss(alarms: NDArray[np.bool_], is_target: NDArray[np.bool_]) -> Statistic:
    return _difference(_rate(alarms, is_target), _rate(alarms, ~is_target))
