"""A file that says which earthquakes are targets: TOML with a table ``[labels]``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seismomag.core.errors import ConfigError
from seismomag.dataset.labels import LabelRule
from seismomag.experiment.sections import Source, parse

SECTION = "labels"


@dataclass(frozen=True)
class StatedRule:
    """A label rule, and what of it the file states itself.

    Attributes
    ----------
    rule
        The whole rule; what the file leaves out is the default.
    stated
        Keys of the file and their values.
    """

    rule: LabelRule
    stated: Mapping[str, Any]


def read_rule(path: Path) -> StatedRule:
    """Read a label rule as the configuration of a run states it; other sections are not read.

    Raises
    ------
    ConfigError
        No such file, no TOML, no ``[labels]``, or a key or value that the rule does not know.
    """
    if not path.is_file():
        msg = f"{path}: no such file; give TOML with a table [{SECTION}]"
        raise ConfigError(msg)
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: no TOML ({error}); give TOML with a table [{SECTION}]"
        raise ConfigError(msg) from error
    if SECTION not in raw:
        found = ", ".join(f"[{name}]" for name in raw) or "nothing"
        msg = f"{path}: no table [{SECTION}], found {found}; [{SECTION}] says which are targets"
        raise ConfigError(msg)
    return StatedRule(parse(LabelRule, raw[SECTION], SECTION, Source(path, text)), raw[SECTION])
