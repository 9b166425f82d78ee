"""Room on the disk of an operation."""

import shutil
from pathlib import Path


def free_gb(folder: Path) -> float:
    """Free room of the disk that holds a folder [GB]."""
    return shutil.disk_usage(folder).free / 1e9
