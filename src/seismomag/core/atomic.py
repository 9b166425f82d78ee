"""Whole files or none: temporary file, flush to disk, rename, flush of the folder."""

import gzip
import os
import secrets
from pathlib import Path

# What a file gets that is made in the ordinary way; the kernel takes the part of the umask. (Read
# by Python, the umask would be another one for a moment, for all threads.)
ORDINARY_MODE = 0o666


def write_bytes(path: str | Path, data: bytes, *, durable: bool = True) -> Path:
    """Write a file so that after a crash the old one or the new one stands there, whole.

    Parameters
    ----------
    path
        The file; its folder is made when absent. A name that ends in ``.gz`` is compressed, with
        the time of the gzip header set to zero, so that equal content gives equal bytes.
    data
        The content.
    durable
        Whether to wait until the disk has it. Without, the file is still whole or absent, but a
        power cut may take it back: enough for what can be made again.

    Returns
    -------
    path
        As a :class:`~pathlib.Path`.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".gz":
        data = gzip.compress(data, compresslevel=6, mtime=0)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, ORDINARY_MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        _flush_folder(target.parent)
    return target


def write_text(path: str | Path, text: str, *, durable: bool = True) -> Path:
    """Write a text as UTF-8, whole or not at all; see :func:`write_bytes`."""
    return write_bytes(path, text.encode("utf-8"), durable=durable)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
