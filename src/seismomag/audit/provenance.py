"""What a report says of its own making: hashes, counts, seeds, versions."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from seismomag.audit import verdict
from seismomag.audit.case import AuditCase
from seismomag.audit.trial import Trial
from seismomag.core.schema import Verdict


def said_of(decided: Verdict, evidence: verdict.Evidence) -> dict[str, Any]:
    """The numbers of the sentence, and the sentence in Indonesian."""
    p, n = evidence.p_said, evidence.n_events
    return {
        "primary": {
            "statistic": evidence.statistic,
            "p": p if np.isfinite(p) else None,
            "n_events": n,
            "n_tried": evidence.n_tried,
        },
        "sentence_id": verdict.say(decided.level, decided.reason_code, evidence, "id"),
    }


def provenance(
    case: AuditCase, decided: Verdict, evidence: verdict.Evidence, details: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that is needed to make this report again."""
    return {
        **details,
        **said_of(decided, evidence),
        "seed": case.seed,
        "n_bootstrap": case.n_bootstrap,
        "label_rule": {k: _in_json(v) for k, v in asdict(case.rule).items()},
        "forecast_sha256": table_sha256(case.forecast),
        "samples_sha256": table_sha256(case.samples),
        "n_by_split": {
            str(k): int(n) for k, n in case.samples["split"].value_counts().sort_index().items()
        },
        **({"injection": case.injection.sentence} if case.injection is not None else {}),
        "versions": {name: version(name) for name in ("numpy", "pandas", "scipy", "seismomag")},
        **case.provenance,
    }


def details(case: AuditCase, trial: Trial) -> dict[str, Any]:
    """Counts behind the numbers of a judged case."""
    return {
        "alarm_rule": asdict(trial.played.rule),
        "n_ring_days": trial.ring.shape[1],
        "n_stations": trial.ring.shape[0],
        "n_events_scored": trial.outcome.n_events,
        "n_events_all": len(trial.targets.events),
        "n_rows_scored": int(trial.rows.event.size),
        "n_rows_without_forecast": trial.rows.n_without_forecast,
        "n_rows_unknown": trial.rows.n_unknown,
        "n_station_days_without_state": trial.played.n_missing,
        "near_days": trial.near_days,
        "baselines_left_out": sorted(set(case.baselines) - set(trial.others)),
    }


def _in_json(value: object) -> object:
    """Spell infinity out, which JSON does not know."""
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def table_sha256(table: pd.DataFrame) -> str:
    """Hash the content of a table, whatever the order of its rows and columns."""
    ordered = table.sort_values("sample_id")[sorted(table.columns)]
    records = ordered.to_json(orient="values", date_format="iso", double_precision=15)
    return sha256(json.dumps([sorted(table.columns), records]).encode()).hexdigest()
