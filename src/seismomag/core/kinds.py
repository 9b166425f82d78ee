"""Whether the values of a plan are of the kind that its fields promise."""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from seismomag.core.errors import ConfigError

_NUMBERS: Mapping[type, tuple[type, ...]] = {
    bool: (bool, np.bool_),
    int: (int, np.integer),
    float: (int, float, np.integer, np.floating),
}
_WORDS: Mapping[object, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    NoneType: "None",
}


def check_kinds(plan: object) -> None:
    """Refuse a dataclass whose fields hold values of another kind than their annotations say.

    To be called first in ``__post_init__``, so that what follows may compare and compute. Lists
    pass for tuples, whole numbers for numbers, numpy's numbers for Python's; texts pass for
    numbers never, nor true for 1.

    Parameters
    ----------
    plan
        An instance of a dataclass.

    Raises
    ------
    ConfigError
        Names the field, what was found and what was expected.
    """
    kind: Any = type(plan)
    for name, hint in _hints(kind).items():
        check_kind(f"{type(plan).__name__}: {name}", getattr(plan, name), hint)


def check_kind(name: str, value: object, hint: Any) -> None:
    """Refuse one value, for parameters of functions; see :func:`check_kinds`."""
    if not _fits(value, hint):
        shown = repr(value)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        msg = f"{name}={shown} is of type {type(value).__name__}, expected {_words(hint)}"
        raise ConfigError(msg)


@lru_cache(maxsize=256)
def _hints(plan: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(plan)
    return {field.name: hints[field.name] for field in fields(plan)}


def _fits(value: object, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is Literal:
        # Which of the words: the plan says that itself.
        return isinstance(value, tuple({type(word) for word in inner}))
    if origin is tuple:
        return _fits_tuple(value, inner)
    if hint in _NUMBERS:
        is_truth = isinstance(value, (bool, np.bool_))
        return isinstance(value, _NUMBERS[hint]) and is_truth == (hint is bool)
    kind = origin or hint
    return isinstance(value, kind) if isinstance(kind, type) else True


def _fits_tuple(value: object, inner: tuple[Any, ...]) -> bool:
    if not isinstance(value, (tuple, list)):
        return False
    if inner[-1:] == (Ellipsis,):
        return all(_fits(one, inner[0]) for one in value)
    return len(value) == len(inner) and all(map(_fits, value, inner))


def _words(hint: Any) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_words(one) for one in inner))
    if origin is Literal:
        return "one of " + ", ".join(repr(word) for word in inner)
    if origin is tuple:
        many = "several" if inner[-1:] == (Ellipsis,) else f"{len(inner)} values"
        return f"{many}, each {_words(inner[0])}"
    kind = origin or hint
    return _WORDS.get(hint) or f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
