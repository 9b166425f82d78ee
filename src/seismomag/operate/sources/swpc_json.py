"""Lists of NOAA SWPC, in the shape of before and after 31 March 2026."""

import json
from typing import Any

import numpy as np
import pandas as pd

from seismomag.core.errors import FormatError
from seismomag.readers.delimited import Table
from seismomag.readers.index_rows import NOWCAST, RANGES, index_rows, is_third

_LIMIT_ROWS = 100_000


def read_swpc(data: bytes, name: str, column: str, quantity: str) -> pd.DataFrame:
    """Read one index.

    Parameters
    ----------
    data
        ``[{"time_tag": ..., "Kp": 1.33, ...}, ...]``, or before an array of arrays of text whose
        first row names the columns.
    name
        For messages.
    column
        Of the value: ``Kp`` or ``dst``.
    quantity
        ``"kp"`` or ``"dst_nt"``.

    Returns
    -------
    rows
        As of :func:`seismomag.readers.index_rows.index_rows`; all of them nowcast, since what SWPC
        gives is an estimate (Kp) or a copy of quick-look values (Dst).

    Raises
    ------
    FormatError
        Names what was found and what was expected.
    """
    records = _records(data, name)
    table = Table(
        name,
        {key: [_text(record.get(key)) for record in records] for key in ("time_tag", column)},
        range(1, len(records) + 1),
    )
    table.refuse_empty("time_tag")
    value = table.number(column, *RANGES[quantity]).to_numpy(np.float64)
    if quantity == "kp" and not is_third(value).all():
        msg = f"{name}: Kp of {value[~is_third(value)][0]}, expected thirds"
        raise FormatError(msg)
    return index_rows(quantity, table.time("time_tag").to_numpy(), value, NOWCAST)


def _records(data: bytes, name: str) -> list[dict[str, Any]]:
    try:
        answered: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        msg = f"{name}: no JSON ({error}); ask the service again"
        raise FormatError(msg) from error
    if not isinstance(answered, list) or not 0 < len(answered) <= _LIMIT_ROWS:
        msg = f"{name}: expected a list of rows in the JSON"
        raise FormatError(msg)
    if isinstance(answered[0], list):
        header = [str(one) for one in answered[0]]
        answered = [
            dict(zip(header, row, strict=False)) if isinstance(row, list) else row
            for row in answered[1:]
        ]
    if not answered or not all(isinstance(row, dict) for row in answered):
        msg = f"{name}: expected rows that are all objects, or all lists under a header"
        raise FormatError(msg)
    return list(answered)


def _text(value: object) -> str:
    return "" if value is None else str(value)
