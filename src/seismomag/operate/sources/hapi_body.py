"""A HAPI body for the archive: one line that says what it is, then the body as it came.

A HAPI server tells in one answer what a data set is and in another one its numbers; the second
alone cannot be read. What the server says of itself and changes every hour (the end of the data,
the state of the service) is not in the line, so that equal numbers are equal bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from seismomag.core.errors import FormatError
from seismomag.operate.canonical import canonical
from seismomag.operate.sources.answer import SourceError
from seismomag.operate.sources.hapi_info import Parameter
from seismomag.operate.sources.hapi_recording import recording_of
from seismomag.operate.sources.hapi_records import RECORD_READERS

MARK = b"#hapi "
_LONGEST_LINE_BYTES = 20_000


def wrap(
    body: bytes, *, form: str, parameters: Sequence[Parameter], letters: str, stamp_location: str
) -> bytes:
    """Put the line before a body.

    Parameters
    ----------
    body
        Records as they came.
    form
        ``csv``, ``binary`` or ``json``.
    parameters
        Time and vector.
    letters
        What the three values are.
    stamp_location
        Part of a sample that is stamped.
    """
    said = [asdict(one) for one in parameters]
    for one in said:
        one["fill"] = None if np.isnan(one["fill"]) else one["fill"]
    line = canonical(
        {"form": form, "letters": letters, "parameters": said, "stamp_location": stamp_location}
    )
    return MARK + line + b"\n" + body


def is_mine(head: bytes) -> bool:
    """Whether bytes are what :func:`wrap` made."""
    return head.startswith(MARK)


def read(data: bytes, name: str, station_code: str) -> xr.Dataset:
    """Read what :func:`wrap` made.

    Raises
    ------
    FormatError
        It is damaged.
    """
    line, _, body = data[len(MARK) :].partition(b"\n")
    try:
        said: dict[str, Any] = json.loads(line[:_LONGEST_LINE_BYTES])
        time, vector = (_parameter(one) for one in said["parameters"])
        records = RECORD_READERS[said["form"]](body, (time, vector), name)
        return recording_of(
            [records],
            vector,
            letters=str(said["letters"]),
            station_code=station_code,
            stamp_location=str(said["stamp_location"]),
            who=name,
        )
    except (ValueError, KeyError, TypeError, SourceError) as error:
        msg = f"{name}: no HAPI records behind their line ({error})"
        raise FormatError(msg) from error


def _parameter(said: dict[str, Any]) -> Parameter:
    fill = np.nan if said["fill"] is None else said["fill"]
    return Parameter(**(said | {"fill": fill, "label": tuple(said["label"])}))
