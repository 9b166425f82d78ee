"""Checks that the future did not reach the past; every one of them reads the real tables.

``CHECKS`` lists them; adding one is adding a line. A check that lacks its material does not run
and says what it would need. C28 runs every check on a defect planted for it (``canaries``), so
that silence means something.
"""

from collections.abc import Mapping
from functools import cache

import pandas as pd

from seismomag.audit.case import AuditCase
from seismomag.audit.leaks import (
    canaries,
    chronology,
    decisions,
    duplicates,
    geometry,
    labels,
    metadata,
    retraining,
    scores,
)
from seismomag.audit.leaks.case import MINIMUM_EMBARGO_DAYS, LeakCase, from_audit
from seismomag.audit.leaks.finding import (
    AMBER,
    COLUMNS,
    GREEN,
    NOT_RUN,
    RED,
    Check,
    Finding,
    red,
)

__all__ = [
    "AMBER",
    "CHECKS",
    "COLUMNS",
    "EMBARGO_DAYS",
    "GREEN",
    "NOT_RUN",
    "RED",
    "Finding",
    "findings",
    "inspect",
    "to_table",
]

EMBARGO_DAYS = MINIMUM_EMBARGO_DAYS
CANARY_SEED = 0
"""The canaries try the checks, not the data: one invented table serves for all."""


def own_canaries(_: LeakCase) -> Finding:
    """C28: every check above fires on a defect planted for it in an invented table."""
    told = _sung()
    mute = told[~told["fires"]]
    said = f"{int(told['fires'].sum())} of {len(told)} checks fire on their planted defect"
    said += f"; silent: {', '.join(mute['check_id'])}" if len(mute) else ""
    return red(len(told), len(mute), said, told)


@cache
def _sung() -> pd.DataFrame:
    # Once in a process: the code of the checks does not change while it runs.
    return canaries.sung(CHECKS, CANARY_SEED)


CHECKS: Mapping[str, Check] = {
    "C01": Check(
        "one earthquake or cluster in two splits",
        chronology.shared_events,
        ("two splits", "both classes"),
    ),
    "C02": Check(
        "windows and horizons that overlap between splits",
        chronology.overlapping_intervals,
        ("two splits", "window_start", "horizon_end"),
    ),
    "C03": Check("embargo between the splits", chronology.embargo, ("two splits", "date")),
    "C04": Check(
        "one station-day in two splits, twice, or with both labels",
        chronology.repeated_station_days,
        ("station", "date"),
    ),
    "C05": Check(
        "the same tensor in two splits",
        duplicates.exact_duplicates,
        ("two splits", "tensors"),
    ),
    "C06": Check(
        "nearly the same tensor in two splits",
        duplicates.near_duplicates,
        ("two splits", "tensors", "date"),
    ),
    "C07": Check("augmented rows", duplicates.augmented_rows, ("is_augmented",)),
    "C08": Check(
        "normalisation fitted on more than training",
        decisions.scaling_state,
        ("two splits", "scaling"),
    ),
    "C09": Check("decisions made on the test", decisions.decision_origins, ("decisions",)),
    "C10": Check("openings of the test", decisions.openings_of_the_test, ("ledger",)),
    "C11": Check(
        "a model that reads no recording",
        metadata.metadata_model,
        ("both classes", "metadata", "date"),
    ),
    "C12": Check(
        "each column of metadata alone",
        metadata.single_columns,
        ("both classes", "metadata", "date"),
    ),
    "C13": Check("strata and dates of one class", labels.one_class_strata, ("labels", "date")),
    "C14": Check(
        "controls from other stations, seasons or storms",
        labels.unlike_controls,
        ("both classes", "date"),
    ),
    "C15": Check(
        "gaps that depend on the class",
        metadata.class_dependent_gaps,
        ("both classes", "date"),
    ),
    "C16": Check("fill values that tell the class", labels.sentinels, ("both classes",)),
    "C17": Check(
        "files that tell the class",
        metadata.file_artefacts,
        ("both classes", "date"),
    ),
    "C18": Check("label or forecast goes with Kp", scores.follows_storms, ("labels", "kp_max")),
    "C19": Check("a network-wide index", scores.variance_by_date, ("forecast", "date")),
    "C20": Check(
        "skill on aftershocks alone",
        scores.clustering,
        ("both classes", "forecast", "catalogue", "issue_time", "station_code"),
    ),
    "C21": Check(
        "shaking inside the window",
        labels.shocks_in_windows,
        ("labels", "catalogue", "window_start", "station_code"),
    ),
    "C22": Check("stations, columns and directions", geometry.geometry),
    "C23": Check(
        "labels against the catalogue",
        geometry.label_provenance,
        ("labels", "catalogue", "horizon_start", "station_code"),
    ),
    "C24": Check("a forecast that always says the same", scores.collapse),
    "C25": Check(
        "training and test told apart",
        metadata.adversarial,
        ("two splits", "both classes", "date"),
    ),
    "C26": Check(
        "skill against the embargo",
        retraining.embargo_curve,
        ("two splits", "both classes", "retraining", "date"),
    ),
    "C27": Check("published figures", decisions.claims_register, ("claims",)),
    "C28": Check("the audit's own canaries", own_canaries),
    "N4": Check(
        "labels exchanged by block, trained anew",
        retraining.block_shuffle,
        ("two splits", "both classes", "retraining", "station", "date"),
    ),
}
"""Every check, in the order of the report."""


def findings(case: AuditCase | LeakCase) -> dict[str, Finding]:
    """Run every check."""
    rows = from_audit(case) if isinstance(case, AuditCase) else case
    return {check_id: check(rows) for check_id, check in CHECKS.items()}


def to_table(found: Mapping[str, Finding]) -> pd.DataFrame:
    """Lay findings out as the leak table of a report; columns :data:`COLUMNS`."""
    lines = [(i, f.severity, f.n_inspected, f.n_found, f.sentence) for i, f in found.items()]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def inspect(case: AuditCase | LeakCase) -> pd.DataFrame:
    """Run every check; columns :data:`COLUMNS`."""
    return to_table(findings(case))
