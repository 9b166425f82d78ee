"""The invented time of a rehearsal, for those who look at it afterwards."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from seismomag.core.errors import FormatError
from seismomag.operate.clock import now, unstamp

FILE_NAME = "clock.json"
"""Beside the configuration of a rehearsal; an operation has none."""


def clock_of(folder: Path) -> tuple[Callable[[], pd.Timestamp], bool]:
    """Clock by which the data of a working directory have their age.

    Returns
    -------
    clock, is_simulated
        The wall clock, or the time at which a rehearsal stands, read anew at each call.

    Raises
    ------
    FormatError
        The file of the clock is damaged.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return now, False
    _read(path)
    return lambda: _read(path), True


def _read(path: Path) -> pd.Timestamp:
    try:
        return unstamp(str(json.loads(path.read_bytes())["simulated_now"]))
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{path}: no clock of a rehearsal ({error}); rehearse again, or remove it"
        raise FormatError(msg) from error
