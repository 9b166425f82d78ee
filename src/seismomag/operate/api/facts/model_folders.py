"""Model folders as the page describes them; verified again when a folder has changed."""

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seismomag.network.folder import MANIFEST, MANIFEST_LIMIT_BYTES
from seismomag.operate.daily.stages import CHAMPION
from seismomag.operate.settings import Settings

DESCRIPTION = "model.json"
_LARGEST_BYTES = 5_000_000


@dataclass(frozen=True)
class ModelFolder:
    """What a model folder says of itself.

    Attributes
    ----------
    path
        The folder.
    sha256
        Of its manifest.
    description
        ``model.json``; empty if it cannot be read.
    """

    path: Path
    sha256: str
    description: Mapping[str, Any]


class ModelFolders:
    """Reads the folders below ``models/``."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.models
        self._lock = threading.Lock()
        self._held: tuple[Any, tuple[ModelFolder, ...]] | None = None

    def all(self) -> tuple[ModelFolder, ...]:
        """Every folder with a manifest, by name."""
        paths = sorted(self._root.glob(f"*/{MANIFEST}")) if self._root.is_dir() else []
        marks = tuple((str(path), path.stat().st_mtime_ns) for path in paths)
        with self._lock:
            if self._held is None or self._held[0] != marks:
                self._held = marks, tuple(_read(path.parent) for path in paths)
            return self._held[1]

    def champion_sha256(self) -> str | None:
        """SHA-256 of the model that serves without a decision; None if there is none."""
        found = [one for one in self.all() if one.path.name == CHAMPION]
        return found[0].sha256 if found else None


def _read(folder: Path) -> ModelFolder:
    manifest = _bytes(folder / MANIFEST, MANIFEST_LIMIT_BYTES)
    try:
        told = json.loads(_bytes(folder / DESCRIPTION, _LARGEST_BYTES))
    except (ValueError, RecursionError):
        told = {}
    return ModelFolder(
        path=folder,
        sha256=hashlib.sha256(manifest).hexdigest(),
        description=told if isinstance(told, dict) else {},
    )


def _bytes(path: Path, largest: int) -> bytes:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > largest:
        return b""
    return path.read_bytes()
