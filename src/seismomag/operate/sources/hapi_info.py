"""What a HAPI server says of itself and of a data set, in its two dialects."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seismomag.operate.sources.answer import DAMAGED, SourceError

_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
# Months and years at their shortest: a request is then never longer than what is allowed.
_SECONDS = (365 * 86_400, 28 * 86_400, 86_400, 3_600, 60, 1)
_TYPES = ("isotime", "double", "integer", "string")
_LIMIT_LENGTH = 10_000

NAMES_2: Mapping[str, str] = {"dataset": "id", "start": "time.min", "stop": "time.max"}
NAMES_3: Mapping[str, str] = {"dataset": "dataset", "start": "start", "stop": "stop"}


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One column or block of columns.

    Attributes
    ----------
    name, type, units
        As the server says; units empty where it says none.
    n
        Number of values.
    length
        Bytes of one value in binary, for times and strings.
    fill
        Number that means missing; NaN where there is none.
    label
        One text for each value, where the server gives them.
    """

    name: str
    type: str
    units: str
    n: int
    length: int
    fill: float
    label: tuple[str, ...]

    @property
    def n_bytes(self) -> int:
        """Bytes in one binary record."""
        return self.n * {"double": 8, "integer": 4}.get(self.type, self.length)


@dataclass(frozen=True, kw_only=True)
class Info:
    """A data set.

    Attributes
    ----------
    start, stop
        What it covers.
    cadence_s, longest_s
        Step between records, and longest request; NaN where not said.
    parameters
        In the order of the server; the first is the time.
    stamp_location
        ``begin``, ``center``, ``end`` or ``other``.
    """

    start: pd.Timestamp
    stop: pd.Timestamp
    cadence_s: float
    longest_s: float
    parameters: tuple[Parameter, ...]
    stamp_location: str


def duration_s(text: str) -> float:
    """Seconds of an ISO 8601 duration.

    Examples
    --------
    >>> [duration_s(text) for text in ("PT1S", "PT1M", "P31D", "P1DT12H", "PT0.1S")]
    [1.0, 60.0, 2678400.0, 129600.0, 0.1]
    """
    match = _DURATION.fullmatch(text)
    seconds = sum(
        float(part) * unit
        for part, unit in zip(match.groups() if match else (), _SECONDS, strict=False)
        if part
    )
    if not seconds:
        msg = f"{text[:40]!r} is no duration such as PT1S or P31D"
        raise SourceError(DAMAGED, msg)
    return float(seconds)


def parse_json(body: bytes, who: str) -> dict[str, Any]:
    """Object in a body.

    Raises
    ------
    SourceError
        No JSON, or no object.
    """
    try:
        answered: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        msg = f"{who}: no JSON ({error})"
        raise SourceError(DAMAGED, msg) from error
    if not isinstance(answered, dict):
        msg = f"{who}: JSON without an object"
        raise SourceError(DAMAGED, msg)
    return answered


def status_of(answered: Mapping[str, Any]) -> tuple[int, str]:
    """Code and message of a HAPI status; 0 where there is none."""
    status = answered.get("status")
    if not isinstance(status, dict):
        return 0, ""
    code = status.get("code")
    return (code if isinstance(code, int) else 0), str(status.get("message", ""))[:200]


def names_of(capabilities: Mapping[str, Any]) -> Mapping[str, str]:
    """Names of the request parameters: the new ones from HAPI 3 on, else the old ones."""
    version = str(capabilities.get("HAPI", "2")).partition(".")[0]
    return NAMES_3 if version.isdecimal() and int(version) >= 3 else NAMES_2


def read_info(answered: Mapping[str, Any], who: str) -> Info:
    """Turn the answer of ``info`` into what a client needs.

    Raises
    ------
    SourceError
        Says which part is missing or impossible.
    """
    try:
        parameters = tuple(_parameter(one) for one in answered["parameters"])
        info = Info(
            start=moment(str(answered["startDate"])),
            stop=moment(str(answered["stopDate"])),
            cadence_s=_optional_s(answered, "cadence"),
            longest_s=_optional_s(answered, "maxRequestDuration"),
            parameters=parameters,
            stamp_location=str(answered.get("timeStampLocation", "center")).lower(),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        msg = f"{who}: info lacks or garbles a part ({error!r})"
        raise SourceError(DAMAGED, msg) from error
    if not parameters or parameters[0].type != "isotime" or parameters[0].n != 1:
        msg = f"{who}: the first parameter is no isotime"
        raise SourceError(DAMAGED, msg)
    return info


def moment(text: str) -> pd.Timestamp:
    """UTC time without a zone from any form that HAPI allows.

    Examples
    --------
    >>> [str(moment(text)) for text in ("2026-09-17T14:17Z", "2026-260", "2026-09Z")]
    ['2026-09-17 14:17:00', '2026-09-17 00:00:00', '2026-09-01 00:00:00']
    """
    text = text.strip().removesuffix("Z")
    day_of_year = re.fullmatch(r"(\d{4})-(\d{3})(?:T(.*))?", text)
    if day_of_year is not None:
        year, day, clock = day_of_year.groups()
        date = np.datetime64(year, "D") + (int(day) - 1)
        text = f"{date}T{clock}" if clock else str(date)
    if re.fullmatch(r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d(\.\d*)?)?)?)?)?)?", text) is None:
        msg = f"{text[:40]!r} is no time"
        raise ValueError(msg)
    return pd.Timestamp(np.datetime64(text.rstrip("."), "us"))


def _optional_s(answered: Mapping[str, Any], key: str) -> float:
    text = answered.get(key)
    return duration_s(str(text)) if text else float("nan")


def _parameter(one: Mapping[str, Any]) -> Parameter:
    kind = str(one["type"])
    sizes = [int(n) for n in one.get("size") or [1]]
    length = int(one.get("length") or 0)
    n = int(np.prod(sizes))
    is_text = kind in {"isotime", "string"}
    if kind not in _TYPES or not 0 < n <= _LIMIT_LENGTH or not is_text <= (length > 0):
        msg = f"parameter {str(one['name'])[:40]!r}: type {kind!r}, size {sizes}, length {length}"
        raise ValueError(msg)
    if length > _LIMIT_LENGTH:
        msg = f"parameter {str(one['name'])[:40]!r}: length {length}"
        raise ValueError(msg)
    label = one.get("label") or ()
    units = one.get("units")
    return Parameter(
        name=str(one["name"]),
        type=kind,
        units=str(units[0] if isinstance(units, list) and units else units or ""),
        n=n,
        length=length,
        fill=float("nan") if one.get("fill") is None else _fill(str(one["fill"])),
        label=(label,) if isinstance(label, str) else tuple(str(text) for text in label),
    )


def _fill(text: str) -> float:
    # A fill of a string parameter is a text of its own kind.
    try:
        return float(text)
    except ValueError:
        return float("nan")
