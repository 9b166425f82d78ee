"""What a training has to do: which rows, which heads, which statistics, under which plans."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seismomag.core.errors import ConfigError, CoverageError, LeakError
from seismomag.core.progress import Progress
from seismomag.network.batches import Rows, make_rows
from seismomag.network.folder import plain, to_json
from seismomag.network.normalise import Normalisation, fit_normalisation
from seismomag.network.plans import LossPlan, ModelPlan, TrainingPlan
from seismomag.network.precision import choose_precision, has_bfloat16
from seismomag.network.predict import usable
from seismomag.network.source import TensorSource

TRAINED = "trained"


@dataclass(frozen=True)
class Job:
    """Everything that decides a training.

    Attributes
    ----------
    source
        Tensors.
    train, validation
        Rows with data and a known label.
    normalisation
        Statistics of the training rows.
    model, loss, training
        Plans; the model's heads are those that can be trained.
    heads
        For each head that was asked for, ``"trained"`` or why not.
    label_rule
        What the labels mean.
    magnitude_edges
        Lower edges of the magnitude classes.
    data_cutoff
        End of the last horizon that these rows look into.
    split_digest
        SHA-256 of ids, splits and labels of the rows.
    precision_reason
        Why ``training.precision`` is what it is.
    starting_sha256
        SHA-256 of the file of starting weights; empty without one.
    """

    source: TensorSource
    train: Rows
    validation: Rows
    normalisation: Normalisation
    model: ModelPlan
    loss: LossPlan
    training: TrainingPlan
    heads: Mapping[str, str]
    label_rule: Mapping[str, Any]
    magnitude_edges: tuple[float, ...]
    data_cutoff: pd.Timestamp
    split_digest: str
    precision_reason: str = ""
    starting_sha256: str = ""

    @property
    def n_magnitude_logits(self) -> int:
        """Width of the magnitude head."""
        n_classes = len(self.magnitude_edges)
        return n_classes if self.loss.magnitude == "classes" else n_classes - 1

    @cached_property
    def digest(self) -> str:
        """SHA-256 of plans, grid, label rule, rows, labels and statistics.

        The spread sums over the training tensors, so that it knows a store that was built again
        with other data.
        """
        plans = [asdict(plan) for plan in (self.model, self.loss, self.training)]
        decided = [plans, self.label_rule, self.source.grid.to_dict(), self.split_digest]
        decided.append(self.starting_sha256)
        found = hashlib.sha256(to_json(plain(decided)))
        for rows in (self.train, self.validation):
            for field in vars(rows).values():
                text = json.dumps(field.tolist()) if field.dtype == object else None
                found.update(field.tobytes() if text is None else text.encode())
        found.update(self.normalisation.median.tobytes())
        found.update(self.normalisation.spread.tobytes())
        return found.hexdigest()


def prepare(
    store: TensorSource,
    samples: pd.DataFrame,
    model: ModelPlan,
    loss: LossPlan,
    training: TrainingPlan,
    label_rule: Mapping[str, Any],
    progress: Progress,
    *,
    allow_one_class: bool = False,
) -> Job:
    """Choose the rows and the heads that can be trained on them, and learn the statistics.

    Raises
    ------
    LeakError, CoverageError, ConfigError
        As in :func:`seismomag.network.training.fit`.
    """
    edges = _edges(label_rule)
    parts = _parts(samples)
    rows = {name: make_rows(part, edges) for name, part in parts.items()}
    _require_rows(rows["train"], allow_one_class=allow_one_class)
    if loss.gpl and not allow_one_class:
        _require_storms(rows["train"])
    heads = trainable_heads(rows["train"], model, edges)
    if heads["detection"] != TRAINED:
        # There is nothing to balance between one class and none.
        training = replace(training, balance="none")
    precision, reason = choose_precision(training, model.trunk, has=has_bfloat16())
    training = replace(training, precision=precision)
    kept = tuple(h for h, said in heads.items() if said == TRAINED or h == "detection")
    seen = samples[(samples["split"] == "train") & usable(samples)]
    return Job(
        source=store,
        train=rows["train"],
        validation=rows["validation"],
        normalisation=fit_normalisation(store, seen, model, progress=progress),
        model=replace(model, heads=kept),
        loss=loss,
        training=training,
        heads=heads,
        label_rule=label_rule,
        magnitude_edges=edges,
        data_cutoff=pd.concat(list(parts.values()))["horizon_end"].max(),
        split_digest=_split_digest(parts),
        precision_reason=reason,
        starting_sha256=_sha256_of(training.starting_weights),
    )


def _sha256_of(path: str) -> str:
    if not path:
        return ""
    if not Path(path).is_file():
        msg = f"starting_weights {path}: no such file; make one with `seismomag weights convert`"
        raise ConfigError(msg)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _edges(label_rule: Mapping[str, Any]) -> tuple[float, ...]:
    edges = tuple(label_rule.get("magnitude_edges", ()))
    if not edges:
        msg = "label_rule: no magnitude_edges; give the lower edges of the classes"
        raise ConfigError(msg)
    return edges


def _parts(samples: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows with data and a known label by split, in the order of their ids."""
    n_test = int((samples["split"] == "test").sum())
    if n_test:
        msg = (
            f"samples: {n_test} test rows reached the training; pass only rows of the splits "
            "train and validation"
        )
        raise LeakError(msg)
    known = samples[usable(samples) & samples["is_target"].notna()].sort_values("sample_id")
    return {name: known[known["split"] == name] for name in ("train", "validation")}


def _require_rows(rows: Rows, *, allow_one_class: bool) -> None:
    n_positive = int(rows.is_target.sum())
    if 0 < n_positive < len(rows) or (allow_one_class and len(rows)):
        return
    if not len(rows):
        found = "no training row has data and a known label"
    else:
        found = f"{n_positive} of {len(rows)} training rows are positive"
    msg = (
        f"samples: {found}; a network needs both classes: a longer training period, a lower "
        "minimum magnitude or a wider radius would bring them"
    )
    raise CoverageError(msg)


def _require_storms(rows: Rows) -> None:
    """Refuse a storm penalty that nothing could be weighed by."""
    if np.isnan(rows.kp).all() and np.isnan(rows.dst_nt).all():
        msg = (
            f"samples: none of {len(rows)} training rows has Kp or Dst, so the storm penalty would "
            "do nothing; add [space_weather], or set gpl = false in [loss]"
        )
        raise CoverageError(msg)


def trainable_heads(rows: Rows, model: ModelPlan, edges: tuple[float, ...]) -> dict[str, str]:
    """Say of each head that was asked for ``"trained"`` or why it cannot be."""
    classes = set(rows.magnitude_class[rows.is_target & (rows.magnitude_class >= 0)].tolist())
    n_azimuths = int((rows.is_target & ~np.isnan(rows.azimuth_rad)).sum())
    said = {"detection": TRAINED, "magnitude": TRAINED, "azimuth": TRAINED}
    n_positive = int(rows.is_target.sum())
    if n_positive in (0, len(rows)):
        said["detection"] = (
            f"trained on {len(rows)} rows of which {n_positive} are positive; its probability "
            "carries no information"
        )
    if not classes:
        said["magnitude"] = "not trained, no positive has a magnitude class"
    elif len(classes) == 1:
        said["magnitude"] = (
            f"not trained, all positives are of class {classes.pop()} of {len(edges)}"
        )
    if not n_azimuths:
        said["azimuth"] = "not trained, no positive has an azimuth"
    return {head: said[head] for head in model.heads}


def _split_digest(parts: Mapping[str, pd.DataFrame]) -> str:
    rows = [
        [str(sample_id), name, bool(is_target)]
        for name, part in parts.items()
        for sample_id, is_target in zip(part["sample_id"], part["is_target"], strict=True)
    ]
    return hashlib.sha256(to_json(sorted(rows))).hexdigest()
