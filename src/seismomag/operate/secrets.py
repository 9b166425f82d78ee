"""Secrets: from the environment or a file that only its owner can read; never an argument."""

import os
from pathlib import Path

from seismomag.core.errors import ConfigError

OTHERS = 0o077
_LARGEST_BYTES = 4096


def read_secret(source: str, folder: Path) -> str:
    """Read a secret.

    Parameters
    ----------
    source
        ``env:NAME`` or ``file:PATH``, relative to the working directory.
    folder
        The working directory.

    Raises
    ------
    ConfigError
        It is empty or absent, or the file may be read by others. The message never holds it.
    """
    kind, _, name = source.partition(":")
    if kind == "env" and name:
        found = os.environ.get(name, "")
    elif kind == "file" and name:
        found = _from_file(folder / name)
    else:
        msg = "a secret comes from 'env:NAME' or 'file:PATH'; never write it into a configuration"
        raise ConfigError(msg)
    if not found.strip():
        msg = f"the secret {source!r} is empty or not set"
        raise ConfigError(msg)
    return found.strip()


def _from_file(path: Path) -> str:
    if not path.is_file():
        msg = f"{path}: absent; put the secret there, mode 0600"
        raise ConfigError(msg)
    status = path.stat()
    if os.name == "posix" and status.st_mode & OTHERS:
        msg = f"{path}: may be read by others (mode {status.st_mode & 0o777:o}); chmod 600 it"
        raise ConfigError(msg)
    if status.st_size > _LARGEST_BYTES:
        msg = f"{path}: {status.st_size} bytes are no secret of ours"
        raise ConfigError(msg)
    return path.read_text(encoding="utf-8")
