"""The model folder: everything that a forecast needs, sealed by a manifest; without torch."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ModelError
from seismomag.network.calibrate import Calibration
from seismomag.network.normalise import Normalisation

FORMAT = "seismomag model 1"
MANIFEST = "manifest.json"
FILES = ("model.json", "model.onnx", "normalisation.npz", "weights.safetensors")
MANIFEST_LIMIT_BYTES = 1_000_000


@dataclass(frozen=True)
class Model:
    """A verified model folder.

    Attributes
    ----------
    path
        The folder.
    model_id
        Trunk and the first twelve digits of the manifest's SHA-256.
    description
        ``model.json``: plans, grid, label rule, heads, calibration, versions, data cutoff.
    normalisation
        Statistics of the training rows.
    calibration
        From logits to probabilities.
    graph
        The ONNX file.
    """

    path: Path
    model_id: str
    description: Mapping[str, Any]
    normalisation: Normalisation
    calibration: Calibration
    graph: bytes


def to_json(values: object) -> bytes:
    """As UTF-8 JSON with sorted keys; NaN is refused."""
    text = json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def plain(values: Any) -> Any:
    """As JSON holds it: tuples become lists, endless and unknown numbers become text."""
    if isinstance(values, Mapping):
        return {str(key): plain(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [plain(value) for value in values]
    if isinstance(values, float) and not math.isfinite(values):
        return str(values)
    return json.loads(json.dumps(values))


def pack_normalisation(normalisation: Normalisation) -> bytes:
    """As a compressed npz of plain arrays."""
    file = BytesIO()
    np.savez_compressed(
        file,
        planes=np.array(normalisation.planes, np.int64),
        station_codes=np.array(normalisation.station_codes, np.str_),
        median=normalisation.median,
        spread=normalisation.spread,
    )
    return file.getvalue()


def unpack_normalisation(data: bytes, name: str = "normalisation.npz") -> Normalisation:
    """Read what :func:`pack_normalisation` gave.

    Raises
    ------
    ModelError
        It is no such file, or its shapes do not fit each other.
    """
    try:
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            planes, codes = arrays["planes"], arrays["station_codes"]
            median, spread = arrays["median"], arrays["spread"]
    except (KeyError, ValueError, OSError, EOFError, BadZipFile) as error:
        msg = f"{name}: not the statistics of a model ({error}); train the model again"
        raise ModelError(msg) from error
    if median.shape[:2] != (len(codes) + 1, len(planes)) or spread.shape != median.shape[1:3]:
        msg = (
            f"{name}: median {median.shape} and spread {spread.shape} do not fit "
            f"{len(codes)} stations and {len(planes)} planes; train the model again"
        )
        raise ModelError(msg)
    return Normalisation(
        tuple(int(p) for p in planes), tuple(str(c) for c in codes), median, spread
    )


def seal(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files of a model, the manifest last: without it there is no model.

    Parameters
    ----------
    folder
        Made where it does not exist.
    files
        Content by name, one for each of ``FILES``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in FILES:
        write_bytes(folder / name, files[name])
    digests = {name: hashlib.sha256(files[name]).hexdigest() for name in FILES}
    write_bytes(folder / MANIFEST, to_json({"format": FORMAT, "sha256": digests}))
    return folder


def open_model(folder: Path | str) -> Model:
    """Open a model folder after checking every file against its manifest.

    Raises
    ------
    ModelError
        A file is absent, altered, truncated or of another format.
    """
    folder = Path(folder)
    seal_bytes, digests = _read_manifest(folder)
    files = {name: _read_sealed(folder / name, digests[name]) for name in FILES}
    try:
        description = json.loads(files["model.json"])
        calibration = Calibration.from_dict(description["calibration"])
        trunk = description["model"]["trunk"]
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{folder / 'model.json'}: not the description of a model ({error!r})"
        raise ModelError(msg) from error
    return Model(
        path=folder,
        model_id=f"{trunk}-{hashlib.sha256(seal_bytes).hexdigest()[:12]}",
        description=description,
        normalisation=unpack_normalisation(
            files["normalisation.npz"], str(folder / "normalisation.npz")
        ),
        calibration=calibration,
        graph=files["model.onnx"],
    )


def _read_manifest(folder: Path) -> tuple[bytes, Mapping[str, str]]:
    path = folder / MANIFEST
    if not path.is_file():
        msg = f"{path}: absent; this is no finished model folder (train it, or resume training)"
        raise ModelError(msg)
    if path.stat().st_size > MANIFEST_LIMIT_BYTES:
        msg = f"{path}: {path.stat().st_size} bytes, expected less than {MANIFEST_LIMIT_BYTES}"
        raise ModelError(msg)
    data = path.read_bytes()
    try:
        manifest = json.loads(data)
        found, digests = manifest["format"], dict(manifest["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{path}: not a manifest ({error!r}); copy the folder again"
        raise ModelError(msg) from error
    if found != FORMAT:
        msg = f"{path}: format {found!r}, this version reads {FORMAT!r}; train the model again"
        raise ModelError(msg)
    if sorted(digests) != sorted(FILES):
        msg = f"{path}: lists {', '.join(sorted(digests))}; expected {', '.join(FILES)}"
        raise ModelError(msg)
    return data, digests


def _read_sealed(path: Path, digest: str) -> bytes:
    if not path.is_file():
        msg = f"{path}: absent, but the manifest lists it; copy the folder again"
        raise ModelError(msg)
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        msg = (
            f"{path}: SHA-256 {found[:12]}..., the manifest says {str(digest)[:12]}...; the file "
            "was altered or truncated, copy the folder again or train the model again"
        )
        raise ModelError(msg)
    return data
