"""What the leak audit is given: any table of labelled station-days, and what stands beside it.

Nothing but ``row_id`` and ``split`` has to be there. A check whose material is missing does not
run, and says what it would need.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.case import AuditCase
from seismomag.audit.leaks.material import Scaling, Tensors
from seismomag.core.schema import SPLITS, Catalogue
from seismomag.core.stations import Station
from seismomag.dataset.coverage import covered
from seismomag.dataset.labels import LabelRule, target_pairs
from seismomag.dataset.pairs import name_rows
from seismomag.dataset.rule import HORIZON_AFTER_DAYS

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

Predict = Callable[[pd.DataFrame], Floats]
Fit = Callable[[pd.DataFrame], Predict]
"""Trains on rows with ``is_target`` and gives what scores other rows: ``fit(rows) -> predict``."""

BLOCK_DAYS = 14
"""Quiet rows of a station within this many days repeat each other."""
MINIMUM_EMBARGO_DAYS = 30

METADATA_COLUMNS = (
    "station_code",
    "hour",
    "kp_max",
    "dst_min_nt",
    "coverage",
    "instrument",
    "size_bytes",
    "template",
    "tile_length",
)
"""What is known of a row without reading its recording, the date left out."""

TIME_COLUMNS = ("year", "day_of_year")


@dataclass(frozen=True)
class Claim:
    """Published rates of one test; see :func:`seismomag.audit.claims.solve`."""

    name: str
    n: int
    recall: float
    precision: float
    accuracy: float | None = None
    decimals: int = 3


@dataclass(frozen=True, kw_only=True)
class LeakCase:
    """A table of rows and everything known about it.

    Attributes
    ----------
    rows
        ``row_id`` and ``split`` (train, validation, test or missing), and any of the columns of a
        sample table; ``day`` (UTC date as the table states it); ``file_name, file_station,
        file_day, template, is_augmented, is_declared`` (from the names of files); ``probability,
        forecast_deg`` and ``magnitude_class_*`` (what a model said); ``hour, instrument,
        size_bytes, tile_length, folder``.
    window_days, horizon_days
        Of the table; no horizon if it is not stated.
    embargo_days
        A shorter embargo that was declared [days].
    is_coseismic_declared
        Whether windows that hold a shock were kept by a stated decision.
    counts_absent_days
        Whether a day without a row counts in the judgement, as a quiet one; not in a table of
        chosen cases and controls.
    stations, catalogue, rule
        Where given, labels and geometry are computed again.
    tensors
        Behind ``store_row``.
    features
        Shape (n, K): a few numbers per row from its recording, such as band powers.
    fit
        Training on a cheap scale.
    scaling
        Of the model.
    decisions
        Decision (threshold, temperature, stopping, seed) -> the split that made it.
    n_test_openings
        How often the test rows were looked at.
    claims
        Published figures.
    seed
        Of every model and resampling.
    """

    rows: pd.DataFrame
    window_days: int = 1
    horizon_days: int | None = None
    embargo_days: float | None = None
    is_coseismic_declared: bool = False
    counts_absent_days: bool = False
    stations: tuple[Station, ...] = ()
    catalogue: Catalogue | None = None
    rule: LabelRule | None = None
    tensors: Tensors | None = None
    features: Floats | None = None
    fit: Fit | None = None
    scaling: Scaling | None = None
    decisions: Mapping[str, str] = field(default_factory=dict)
    n_test_openings: int | None = None
    claims: tuple[Claim, ...] = ()
    seed: int = 0

    def lacks(self, need: str) -> str:
        """Say what is missing of a need: a column, or one of :data:`NEEDS`; empty if nothing."""
        if need in NEEDS:
            is_there, reason = NEEDS[need]
            return "" if is_there(self) else reason
        if need in self.rows and self.rows[need].notna().any():
            return ""
        return f"no column {need}"

    def has(self, need: str) -> bool:
        """Whether a need is met."""
        return not self.lacks(need)

    @property
    def split_names(self) -> tuple[str, ...]:
        """Splits that have rows, in order of time of use."""
        present = set(self.rows["split"].dropna())
        return tuple(name for name in SPLITS if name in present)

    def part(self, split: str) -> pd.DataFrame:
        """Rows of one split."""
        return self.rows[self.rows["split"] == split]

    @property
    def held_out(self) -> str:
        """The split that later stands for the test: the last one."""
        return self.split_names[-1]

    @cached_property
    def known(self) -> pd.DataFrame:
        """Rows of a split whose label is known, ``is_target`` as plain bool."""
        rows = self.rows[self.rows["is_target"].notna() & self.rows["split"].notna()]
        return rows.assign(is_target=rows["is_target"].astype(bool))

    def day_of(self, rows: pd.DataFrame) -> pd.Series:
        """Day of each row: by the name of its file where that states one, else as the table says.

        Missing if neither says so.
        """
        missing = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
        told = rows.get("day", missing)
        return rows["file_day"].fillna(told) if "file_day" in rows else told

    def station_of(self, rows: pd.DataFrame) -> pd.Series:
        """Station of each row, by the name of its file where that states one."""
        missing = pd.Series(None, index=rows.index, dtype="str")
        told = rows.get("station_code", missing)
        return rows["file_station"].fillna(told) if "file_station" in rows else told

    def units_of(self, rows: pd.DataFrame) -> NDArray[np.int64]:
        """Number the units of rows that repeat each other.

        The cluster of earthquakes of an event row, else a station's block of 14 days.
        """
        day = self.day_of(rows)
        block = day.to_numpy().astype("datetime64[D]").astype(np.int64) // BLOCK_DAYS
        label = self.station_of(rows).fillna("?") + " " + pd.Series(block, rows.index).astype(str)
        if "cluster_id" in rows:
            label = rows["cluster_id"].astype("str").where(rows["cluster_id"].notna(), label)
        return np.unique(label.to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Target events and the stations in their range, from the catalogue."""
        if self.catalogue is None or self.rule is None:
            msg = "pairs need a catalogue and a rule; ask has('catalogue') first"
            raise ValueError(msg)
        return target_pairs(self.stations, self.catalogue, self.rule)

    def shocks(self, minimum_magnitude: float) -> pd.DataFrame:
        """Every earthquake from this magnitude up, aftershocks too, with the stations in range."""
        if self.catalogue is None or self.rule is None:
            msg = "shocks need a catalogue and a rule; ask has('catalogue') first"
            raise ValueError(msg)
        edges = self.rule.magnitude_edges
        rule = replace(
            self.rule,
            minimum_magnitude=minimum_magnitude,
            minimum_by_type={},
            magnitude_edges=(minimum_magnitude, *[e for e in edges if e > minimum_magnitude]),
            mainshocks_only=False,
        )
        return target_pairs(self.stations, self.catalogue, rule)

    @cached_property
    def wrong_labels(self) -> Truths:
        """Which of the ``known`` rows are labelled otherwise than catalogue and rule say.

        Of a horizon that the catalogue does not cover whole it says nothing.
        """
        if self.catalogue is None or self.rule is None:
            msg = "labels need a catalogue and a rule; ask has('catalogue') first"
            raise ValueError(msg)
        rows = self.known
        rebuilt = name_rows(rows, self.pairs, self.rule) >= 0
        is_told = covered(self.catalogue, rows["horizon_start"], rows["horizon_end"])
        return np.asarray(is_told & (rebuilt != rows["is_target"].to_numpy()), dtype=bool)

    @property
    def is_rebuilt(self) -> bool:
        """Whether the catalogue gives exactly the labels of the table."""
        needs = ("catalogue", "horizon_start", "station_code")
        return all(map(self.has, needs)) and not self.wrong_labels.any()


NEEDS: Mapping[str, tuple[Callable[[LeakCase], bool], str]] = {
    "two splits": (lambda c: len(c.split_names) > 1, "fewer than two splits"),
    "labels": (
        lambda c: "is_target" in c.rows and not c.known.empty,
        "no row with a split and a known label",
    ),
    "both classes": (
        lambda c: "is_target" in c.rows and set(c.known["is_target"]) == {True, False},
        "no labelled rows of both classes",
    ),
    "station": (
        lambda c: bool(c.station_of(c.rows).notna().any()),
        "no station, neither in a column nor in the names of files",
    ),
    "date": (
        lambda c: bool(c.day_of(c.rows).notna().any()),
        "no date, neither in a column nor in the names of files",
    ),
    "metadata": (
        lambda c: any(c.has(column) for column in METADATA_COLUMNS),
        "no column of metadata",
    ),
    "forecast": (lambda c: c.has("probability"), "no forecast"),
    "catalogue": (
        lambda c: bool(c.catalogue and c.rule and c.stations),
        "no catalogue with stations and a label rule",
    ),
    "tensors": (lambda c: c.tensors is not None and c.has("store_row"), "no store of tensors"),
    "retraining": (lambda c: c.fit is not None, "no training to repeat was given"),
    "scaling": (lambda c: c.scaling is not None, "no stored normalisation of a model"),
    "decisions": (lambda c: bool(c.decisions), "no record of which split made which decision"),
    "ledger": (lambda c: c.n_test_openings is not None, "no ledger of openings of the test rows"),
    "claims": (lambda c: bool(c.claims), "no published figures"),
}
"""Need -> (whether it is met, what is missing otherwise)."""


def from_audit(case: AuditCase) -> LeakCase:
    """Lay out an audit's samples and forecast as one table of rows."""
    samples = case.samples
    said = case.forecast.drop(
        columns=[c for c in case.forecast if c in samples and c not in ("sample_id", "azimuth_deg")]
    ).rename(columns={"azimuth_deg": "forecast_deg"})
    rows = samples.merge(said, on="sample_id", how="left", sort=False)
    rows = rows.rename(columns={"sample_id": "row_id"})
    rows["day"] = rows["issue_time"].dt.floor("D") - pd.Timedelta(days=1)
    given = case.provenance
    return LeakCase(
        rows=rows,
        window_days=case.rule.window_days,
        # Days between window and horizon lengthen what a row knows.
        horizon_days=case.rule.horizon_days + case.rule.horizon_start_days - HORIZON_AFTER_DAYS,
        embargo_days=_number(given.get("embargo_days")),
        # The label rule is part of the case: what it keeps in the windows is a stated decision.
        is_coseismic_declared=True,
        counts_absent_days=True,
        stations=case.stations,
        catalogue=case.catalogue,
        rule=case.rule,
        tensors=case.material.tensors,
        scaling=case.material.scaling,
        # The judge itself freezes the threshold on validation.
        decisions=dict(case.material.decisions) | {"threshold": "validation"},
        n_test_openings=_openings(case),
        seed=case.seed,
    )


def _openings(case: AuditCase) -> int | None:
    """How often the test was evaluated; unknown where neither a ledger nor a count was given."""
    counted, said = case.provenance.get("test_evaluations"), case.n_test_evaluations
    if counted is None:
        return said if said > 1 else None
    return max(int(counted), said)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
