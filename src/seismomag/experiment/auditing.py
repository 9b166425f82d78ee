"""The sixth step: judge the forecasts."""

import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pandas as pd

from seismomag.audit import AuditCase
from seismomag.audit import audit_forecast as judge
from seismomag.audit.export import alarm_table, write_alarms
from seismomag.core.progress import Progress
from seismomag.core.schema import AuditReport
from seismomag.dataset.gate import (
    EVALUATION,
    LEDGER_NAME,
    n_evaluations,
    open_test,
    read_ledger,
    require_split,
)
from seismomag.dataset.splits import digest
from seismomag.dataset.store import open_store
from seismomag.experiment.config import RunConfig
from seismomag.experiment.forecasting import read_catalogue_of, run_id
from seismomag.experiment.injecting.files import FOLDER, read_injection
from seismomag.experiment.model_material import material_of
from seismomag.experiment.retraining import retrain_on_shuffled
from seismomag.experiment.runs import RunFolder, StepResult, versions
from seismomag.experiment.tables import read_table, write_report_tables
from seismomag.network.folder import MANIFEST

ALARMS = "alarms_pycsep.csv"
KEY_LETTERS = 12
"""Of the hash of the test rows, in the name of their ledger."""


def audit(config: RunConfig, folder: RunFolder, progress: Progress) -> StepResult:
    """Audit the forecast of a run beside its baselines."""
    record_opening(config, folder)
    case = case_of(config, folder)
    if config.audit.retrainings:
        shuffled = retrain_on_shuffled(config, folder, config.audit.retrainings, progress)
        case = replace(
            case,
            examined={"retraining": shuffled.is_clean} if shuffled.is_decided else {},
            provenance={**case.provenance, "block_shuffle": shuffled.sentence},
        )
    with open_store(folder / "store.h5") as store:
        material = material_of(folder / "model", config.model, store)
        report = judge(replace(case, material=material), progress=progress)
    write_report_tables(report, folder / "audit")
    _write_alarms(case, report, folder / "audit" / ALARMS)
    facts = {"verdict": report.verdict.level, **primary_figures(report)}
    return StepResult(facts=facts | {"test_evaluations": case.provenance["test_evaluations"]})


def _write_alarms(case: AuditCase, report: AuditReport, path: Path) -> None:
    """Write the test forecasts as alarms for pyCSEP, where a threshold was frozen."""
    frozen = report.provenance.get("alarm_rule")
    path.unlink(missing_ok=True)
    if frozen is None:
        return
    test = case.samples.loc[case.samples["split"] == "test", "sample_id"]
    table = alarm_table(
        case.forecast[case.forecast["sample_id"].isin(test)],
        case.stations,
        threshold=float(frozen["threshold"]),
        minimum_magnitude=case.rule.minimum_magnitude,
    )
    write_alarms(table, path)


def record_opening(config: RunConfig, folder: RunFolder) -> None:
    """Write down that forecasts are judged on the test rows now.

    Into the ledger of the run, and into the one beside it, which outlives the run folder.

    Raises
    ------
    LeakError
        The split is no longer the one that was forecast.
    """
    samples = read_table(folder / "samples.csv", "samples")
    record = folder.record()
    step = record.steps.get("forecast") if record else None
    before = str(step.facts.get("split_digest", "")) if step else ""
    require_split(samples, before, str(folder / "samples.csv"))
    for ledger in (folder / LEDGER_NAME, common_ledger(config, folder, samples)):
        open_test(samples, ledger, purpose=EVALUATION, run_id=run_id(folder))


def common_ledger(config: RunConfig, folder: RunFolder, samples: pd.DataFrame) -> Path:
    """Ledger of the evaluations of the same test rows by all runs in one parent folder.

    The same rows are the same station-days, of the same invented world where it is invented;
    label rule, training rows and model may differ. In the run folder itself where its parent
    cannot be written to.
    """
    names = sorted(samples.loc[samples["split"] == "test", "sample_id"])
    world = f"{config.run.seed} {config.simulation!r}" if config.simulation else "recorded"
    key = sha256("\n".join([world, *names]).encode()).hexdigest()
    parent = folder.path.absolute().parent
    place = parent if os.access(parent, os.W_OK) else folder.path
    return place / f"{Path(LEDGER_NAME).stem}_{key[:KEY_LETTERS]}.jsonl"


def evaluations(config: RunConfig, folder: RunFolder, samples: pd.DataFrame) -> int:
    """How often forecasts were judged on the test rows, by this run and by those beside it."""
    own = n_evaluations(read_ledger(folder / LEDGER_NAME), digest(samples))
    beside = read_ledger(common_ledger(config, folder, samples))
    return max(own, int((beside["purpose"] == EVALUATION).sum()))


def case_of(config: RunConfig, folder: RunFolder) -> AuditCase:
    """Collect what the judge needs from the run folder; no logit, no tensor, no model."""
    samples = read_table(folder / "samples.csv", "samples")
    record = folder.record()
    split_digest = digest(samples)
    tried = evaluations(config, folder, samples)
    return AuditCase(
        forecast=read_table(folder / "forecast.csv", "forecast"),
        samples=samples,
        stations=config.stations,
        catalogue=read_catalogue_of(folder),
        rule=config.labels,
        state_days=config.state_days,
        target_tau=config.alarm.target_tau,
        baselines=_baselines(config, folder),
        seed=config.run.seed,
        n_bootstrap=config.audit.n_bootstrap,
        injection=read_injection(folder / FOLDER),
        provenance={
            "config_sha256": record.config_sha256 if record else "",
            "commit": record.commit if record else "",
            "split_digest": split_digest,
            "model_sha256": _model_sha256(folder / "model"),
            "test_evaluations": tried,
            "versions": versions(),
        },
        n_test_evaluations=max(1, tried),
    )


def _model_sha256(folder: Path) -> str:
    """Hash of the manifest, by which an operation knows its models; empty where none was made."""
    manifest = folder / MANIFEST
    return sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else ""


def _baselines(config: RunConfig, folder: RunFolder) -> dict[str, pd.DataFrame]:
    """Forecasts of the baselines; one that had nothing to say is in the reasons of its step."""
    found = {
        name: read_table(folder / "baselines" / f"{name}.csv", "forecast")
        for name in config.audit.baselines
    }
    return {name: table for name, table in found.items() if len(table)}


def primary_figures(report: AuditReport) -> dict[str, object]:
    """Figures of the primary test, for the run record."""
    primary = report.nulls[report.nulls["null_id"] == "N2"]
    if primary.empty:
        return {}
    row = primary.iloc[0]
    return {"p": float(row["p"]), "observed": float(row["observed"])}
