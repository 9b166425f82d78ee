"""The end of a training: calibrate, export, describe, seal."""

from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from seismomag.core.errors import ModelError
from seismomag.network import checkpoint
from seismomag.network.batches import read_batch
from seismomag.network.calibrate import Calibration, fit_calibration, fit_direction
from seismomag.network.checkpoint import State
from seismomag.network.crnn import n_parameters
from seismomag.network.export import export
from seismomag.network.folder import (
    FILES,
    FORMAT,
    MANIFEST,
    open_model,
    pack_normalisation,
    plain,
    seal,
    to_json,
)
from seismomag.network.job import Job
from seismomag.network.selection import judge

# Real rows on which the exported graph must agree with torch.
N_COMPARED = 32


def clear(folder: Path, *names: str) -> None:
    """Remove what an earlier training left in a folder, and nothing else."""
    for name in (*FILES, checkpoint.NAME, *names):
        (folder / name).unlink(missing_ok=True)


def holds_other(folder: Path, digest: str) -> bool:
    """Whether a folder holds anything but the model or checkpoint of this training."""
    if (folder / MANIFEST).is_file():
        try:
            return bool(open_model(folder).description["digest"] != digest)
        except ModelError:
            return True
    return (folder / checkpoint.NAME).is_file() and checkpoint.digest_in(folder) != digest


def finish(folder: Path, job: Job, state: State) -> Path:
    """Turn the chosen weights into a sealed model folder.

    Raises
    ------
    ModelError
        The exported graph differs from torch.
    """
    state.network.load_state_dict(state.best_weights)
    calibration, rows = _calibrate(job, state), job.validation
    compared = rows if len(rows) else job.train
    chosen = np.unique(np.linspace(0, len(compared) - 1, N_COMPARED).astype(np.int64))
    planes = read_batch(job.source, compared, chosen, job.normalisation)
    graph, drift = export(state.network, planes, job.model.heads)
    description = _describe(job, state) | {
        "calibration": calibration.to_dict(),
        "export": {"largest_drift": drift, "n_rows": len(chosen)},
    }
    files = {
        "model.json": to_json(plain(description)),
        "model.onnx": graph,
        "normalisation.npz": pack_normalisation(job.normalisation),
        "weights.safetensors": save(state.best_weights),
    }
    seal(folder, files)
    (folder / checkpoint.NAME).unlink(missing_ok=True)
    return folder


def _calibrate(job: Job, state: State) -> Calibration:
    """Fit on validation what turns logits and vectors into probabilities and concentrations."""
    rows = job.validation
    if not len(rows):
        return fit_calibration(np.empty(0), rows.is_target)
    said = judge(state.network, job.source, rows, job.normalisation, job.loss)
    is_known = rows.is_known & rows.is_target
    azimuth = np.where(is_known, rows.azimuth_rad, np.nan).astype(np.float64)
    scale, turn_deg = fit_direction(said.vector, azimuth)
    fitted = fit_calibration(said.logit, rows.is_target)
    return replace(fitted, kappa_scale=scale, azimuth_turn_deg=turn_deg)


def _decided_on(job: Job) -> dict[str, str]:
    """Which split made which decision."""
    judged = "validation" if len(job.validation) else "train"
    return {"normalisation": "train", "epoch": judged, "calibration": judged}


def _describe(job: Job, state: State) -> dict[str, Any]:
    score = state.history[state.best_epoch - 1]["score"]
    asked = asdict(job.model) | {"heads": list(job.heads)}
    return {
        "format": FORMAT,
        "model": asked,
        "loss": asdict(job.loss),
        "training": asdict(job.training),
        "precision_reason": job.precision_reason,
        "starting_sha256": job.starting_sha256,
        "heads": dict(job.heads),
        "n_parameters": n_parameters(state.network),
        "planes": list(job.model.planes),
        "grid": job.source.grid.to_dict(),
        "label_rule": dict(job.label_rule),
        "magnitude_edges": list(job.magnitude_edges),
        "normalisation": "normalisation.npz",
        "selection": {
            "epoch": state.best_epoch,
            "rule": "last epoch: validation holds a single class"
            if score is None
            else "largest average precision minus base rate on validation",
            "score": score,
        },
        "rows": {
            name: {"n": len(rows), "n_positive": int(rows.is_target.sum())}
            for name, rows in (("train", job.train), ("validation", job.validation))
        },
        "decided_on": _decided_on(job),
        "data_cutoff": job.data_cutoff.isoformat(),
        "split_digest": job.split_digest,
        "digest": job.digest,
        "versions": {
            "seismomag": version("seismomag"),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }
