"""From a section of a TOML file to a frozen dataclass, with errors that name file, line and key."""

import dataclasses
import difflib
import math
import os
import re
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pandas as pd
from pydantic import ConfigDict, TypeAdapter, ValidationError

from seismomag.core.errors import ConfigError, SeismomagError

T = TypeVar("T")

_ANY_TYPE = ConfigDict(arbitrary_types_allowed=True)
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True)
class Source:
    """Where a configuration comes from.

    Attributes
    ----------
    path
        Name of the file, for messages and for relative paths.
    text
        What it holds.
    """

    path: Path
    text: str

    def line_of(self, section: str, key: str) -> int | None:
        """Line at which a key stands, as far as a plain search can tell."""
        inside = not section
        for number, line in enumerate(self.text.splitlines(), start=1):
            header = re.match(r"\s*\[+\s*([\w.\-]+)\s*\]+", line)
            if header:
                inside = header[1] == section
                if header[1] == (f"{section}.{key}" if section else key):
                    return number
            elif inside and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return number
        return None

    def error(self, section: str, key: str, problem: str) -> ConfigError:
        """Build the error that names file, line, section and key."""
        line = self.line_of(section, key)
        where = f"{self.path}:{line}" if line else str(self.path)
        name = f"{section}.{key}" if section else key
        return ConfigError(f"{where}: {name}: {problem}")

    def resolve(self, text: str) -> Path:
        """Turn a path of the configuration into one that can be opened.

        ``${NAME}`` and ``${NAME:-otherwise}`` are taken from the environment; relative paths
        count from the folder of the configuration.
        """

        def value(match: re.Match[str]) -> str:
            found = os.environ.get(match[1]) or match[2]
            if found is None:
                msg = f"{self.path}: the environment variable {match[1]} in {text!r} is not set"
                raise ConfigError(msg)
            return found

        path = Path(_VARIABLE.sub(value, text)).expanduser()
        return path if path.is_absolute() else (self.path.parent / path).resolve()


def refuse_unknown(raw: dict[str, Any], known: list[str], section: str, source: Source) -> None:
    """Refuse a key that nobody reads, naming the nearest that somebody does.

    Raises
    ------
    ConfigError
        For the first unknown key.
    """
    for key in raw:
        if key in known:
            continue
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}"
        problem = f"unknown key; {hint}"
        raise source.error(section, key, problem)


def parse(cls: type[T], raw: Any, section: str, source: Source, **given: Any) -> T:
    """Make a frozen dataclass of a section.

    Parameters
    ----------
    cls
        The dataclass.
    raw
        The section as the TOML parser returned it.
    section
        Its dotted name, for messages.
    source
        The file.
    given
        Fields that the file does not decide.

    Raises
    ------
    ConfigError
        Unknown key, wrong type, missing key, or a value that the dataclass refuses.
    """
    if not isinstance(raw, dict):
        head, _, tail = section.rpartition(".")
        raise source.error(head, tail, f"expected a table, found {raw!r}")
    hints = get_type_hints(cls)
    names = [f.name for f in dataclasses.fields(cls) if f.init and f.name not in given]  # type: ignore[arg-type]
    refuse_unknown(raw, names, section, source)
    values = {key: _convert(hints[key], value, section, key, source) for key, value in raw.items()}
    absent = [
        f.name
        for f in dataclasses.fields(cls)  # type: ignore[arg-type]
        if f.name in names
        and f.name not in raw
        and f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
    ]
    if absent:
        msg = f"{source.path}: [{section}] needs {', '.join(absent)}"
        raise ConfigError(msg)
    try:
        return cls(**values, **given)
    except (SeismomagError, ValueError) as error:
        msg = f"{source.path}: [{section}]: {error}"
        raise ConfigError(msg) from error


def _convert(hint: Any, value: Any, section: str, key: str, source: Source) -> Any:
    inner = _without_none(hint)
    if dataclasses.is_dataclass(inner):
        if value is False and inner is not hint:
            return None
        name = f"{section}.{key}" if section else key
        return parse(inner, value, name, source)  # type: ignore[arg-type]
    if isinstance(value, float) and math.isnan(value):
        # Every comparison with it is false: no bound would hold.
        raise source.error(section, key, "expected a number, found nan")
    try:
        if inner is pd.Timestamp:
            return _timestamp(value)
        return TypeAdapter(hint, config=_ANY_TYPE).validate_python(value)
    except ValidationError as error:
        problem = f"{error.errors()[0]['msg']}, found {value!r}"
        raise source.error(section, key, problem) from error
    except (TypeError, ValueError) as error:
        raise source.error(section, key, f"{error}, found {value!r}") from error


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        kept = [a for a in get_args(hint) if a is not type(None)]
        return kept[0] if len(kept) == 1 else hint
    return hint


def _timestamp(value: Any) -> pd.Timestamp:
    stamp = pd.Timestamp(value)
    return stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp
