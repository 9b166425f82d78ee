"""The page about configurations names every section, every shipped file, and classes that are."""

import re
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path

import pytest

from seismomag.experiment.config import RunConfig

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
CLASSES = sorted(set(re.findall(r"\{py:class\}`~?([\w.]+)`", PAGE)))


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_that_is_named_is_there_and_has_a_page(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert hasattr(import_module(module), attribute)
    assert f"\n   {name}\n" in PAGE


def test_every_section_of_a_run_stands_on_the_page() -> None:
    sections = set(RunConfig.__annotations__) - {"source"}
    told = set(re.findall(r"`\[+(\w+)[\w.]*\]+`", PAGE))
    assert sections <= told


def test_every_shipped_configuration_stands_on_the_page() -> None:
    named = re.findall(r"^\| `([\w*]+\.toml)`", PAGE, re.MULTILINE)
    for path in (ROOT / "configs").glob("*.toml"):
        assert any(fnmatch(path.name, pattern) for pattern in named), path.name
