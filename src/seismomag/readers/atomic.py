"""Whole files or none."""

import gzip
import os
import tempfile
from pathlib import Path


def write_bytes(path: str | Path, data: bytes) -> Path:
    """Write a file so that it appears complete or not at all.

    Parameters
    ----------
    path
        The file; its folder must exist. A name that ends in ``.gz`` is compressed, with the
        time of the gzip header set to zero, so that equal content gives equal bytes.
    data
        The content.

    Returns
    -------
    path
        As a :class:`~pathlib.Path`.
    """
    target = Path(path)
    if target.suffix == ".gz":
        data = gzip.compress(data, compresslevel=6, mtime=0)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target
