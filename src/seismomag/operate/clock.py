"""The wall clock of the operation, and times as the records write them."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd


def now() -> pd.Timestamp:
    """UTC now, without a zone attached, as everywhere in the house."""
    return pd.Timestamp(datetime.now(UTC).replace(tzinfo=None))


def stamp(time: "pd.Timestamp | np.datetime64 | str") -> str:
    """Write a UTC time to the second.

    Examples
    --------
    >>> stamp("2024-05-11 00:09:00.7")
    '2024-05-11T00:09:00Z'
    """
    return pd.Timestamp(time).strftime("%Y-%m-%dT%H:%M:%SZ")


def unstamp(text: str) -> pd.Timestamp:
    """Read what :func:`stamp` wrote.

    Examples
    --------
    >>> unstamp("2024-05-11T00:09:00Z")
    Timestamp('2024-05-11 00:09:00')
    """
    return pd.Timestamp(text.removesuffix("Z"))
