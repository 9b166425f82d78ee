"""Canonical JSON after RFC 8785: one value, one sequence of bytes, so that a hash means something.

``json.dumps(sort_keys=True)`` is not this form: it sorts by code points instead of UTF-16 units
and writes ``1e+20``, ``1e-06`` and ``1.0`` where RFC 8785 has ``100000000000000000000``,
``0.000001`` and ``1``.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from seismomag.core.errors import SchemaError

LARGEST_INTEGER = 2**53 - 1
"""Beyond it, a reader that keeps numbers as doubles would see another one."""

_LONGEST_PLAIN = 21
_SMALLEST_PLAIN = -6

# Escapes exactly what RFC 8785 does: the quote, the backslash and the control characters.
_quoted: Callable[[str], str] = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: object) -> bytes:
    r"""Serialise a JSON value in the form of RFC 8785.

    Parameters
    ----------
    value
        None, truth values, numbers, texts, lists, tuples and mappings with text keys.

    Returns
    -------
    bytes
        UTF-8 without white space, keys sorted by their UTF-16 code units.

    Raises
    ------
    SchemaError
        NaN, an infinity, an integer beyond 2**53 - 1, a lone surrogate, a key that is no text, or
        a type that JSON does not have.

    Examples
    --------
    >>> canonical({"b": 1e-7, "a": [1.0, -0.0, 1e21, 1e20, None, "\u20ac"]}).decode()
    '{"a":[1,0,1e+21,100000000000000000000,null,"€"],"b":1e-7}'
    """
    try:
        return _text(value).encode("utf-8")
    except UnicodeEncodeError as error:
        msg = f"canonical JSON: a lone surrogate at position {error.start}; it is no character"
        raise SchemaError(msg) from error


def parse(data: bytes | str) -> Any:
    """Read JSON and refuse keys that stand twice.

    Raises
    ------
    SchemaError
        It is no JSON, or an object has a key twice.
    """
    try:
        return json.loads(data, object_pairs_hook=_without_twice)
    except (ValueError, RecursionError) as error:
        if isinstance(error, SchemaError):
            raise
        msg = f"not JSON ({error})"
        raise SchemaError(msg) from error


def number(value: float) -> str:
    """Write a double as ECMAScript does.

    Examples
    --------
    >>> number(333333333.33333329), number(1e-6), number(1e23), number(5e-324), number(-4.5)
    ('333333333.3333333', '0.000001', '1e+23', '5e-324', '-4.5')

    Raises
    ------
    SchemaError
        It is not finite.
    """
    if not math.isfinite(value):
        msg = f"canonical JSON: {value} is no JSON number; write null where a value is missing"
        raise SchemaError(msg)
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(float(value))).partition("e")
    whole, _, fraction = mantissa.partition(".")
    shift = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    shift -= len(whole + fraction) - len(digits)
    return sign + _placed(digits.rstrip("0"), shift)


def _placed(digits: str, point: int) -> str:
    """Set the decimal point after the first ``point`` digits."""
    count = len(digits)
    if count <= point <= _LONGEST_PLAIN:
        return digits + "0" * (point - count)
    if 0 < point <= _LONGEST_PLAIN:
        return f"{digits[:point]}.{digits[point:]}"
    if _SMALLEST_PLAIN < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    rest = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{rest}e{'+' if power > 0 else '-'}{abs(power)}"


def _integer(value: int) -> str:
    if abs(value) > LARGEST_INTEGER:
        msg = f"canonical JSON: {value} exceeds 2**53 - 1; store it as text"
        raise SchemaError(msg)
    return str(value)


def _object(value: Mapping[Any, Any]) -> str:
    strange = [key for key in value if not isinstance(key, str)]
    if strange:
        msg = f"canonical JSON: the key {strange[0]!r} is no text"
        raise SchemaError(msg)
    keys = sorted(value) if all(map(str.isascii, value)) else sorted(value, key=_units)
    return "{" + ",".join([f"{_quoted(key)}:{_text(value[key])}" for key in keys]) + "}"


def _units(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    int: _integer,
    float: number,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    dict: _object,
    list: lambda value: "[" + ",".join(map(_text, value)) + "]",
    tuple: lambda value: "[" + ",".join(map(_text, value)) + "]",
}


def _text(value: object) -> str:
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    for kind, other in _WRITERS.items():
        if isinstance(value, kind):
            return other(value)
    msg = f"canonical JSON: {type(value).__name__} is no JSON type"
    raise SchemaError(msg)


def _without_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        msg = f"JSON: the key {twice!r} stands twice in one object"
        raise SchemaError(msg)
    return found
