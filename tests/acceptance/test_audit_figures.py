"""The acceptance figures of the audit, in a form small enough for every change."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
# Runs of the quick form; figures that are cheap run in full.
SIZES = {"2": 0.3, "4": 0.3, "5": 0.4, "6": 0.6, "10": 0.6, "11": 0.3, "14": 0.3, "15": 0.03,
         "23": 0.02, "24": 0.3, "25": 0.1}  # fmt: skip


def load(name):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


for name in ("cases", "figures", "elsewhere", "worlds"):
    load(f"acceptance_{name}")
acceptance = load("audit_acceptance")


# Figures of time are measured by the full form only; so are the archives of figure 9, whose small
# form is the pair of the demo. The checks of figure 13 have tests of their own.
ELSEWHERE = {"9", "13", "16", "18", "19", "20", "21", "22"}


def test_every_figure_of_the_specification_has_its_number():
    assert [int(number) for number in acceptance.FIGURES] == list(range(1, 27))


@pytest.mark.parametrize("number", [n for n in acceptance.FIGURES if n not in ELSEWHERE])
def test_a_figure_lies_within_its_bounds(number):
    assert not acceptance.outside(number, SIZES.get(number, 1.0))


@pytest.mark.real_data
def test_the_published_lists_lie_within_their_bounds(real_data, monkeypatch):
    monkeypatch.setenv("SEISMOMAG_REAL_DATA", str(real_data))
    assert not acceptance.outside("16", 1.0)


def test_the_audit_imports_nothing_heavy():
    assert acceptance.figures.cold_import(1.0)["heavy packages"] == 0


def test_a_figure_out_of_bounds_is_found(monkeypatch):
    measure, bounds = acceptance.FIGURES["12"]
    monkeypatch.setitem(acceptance.FIGURES, "12", (measure, dict.fromkeys(bounds, (0.0, 1.0))))
    assert acceptance.outside("12", 0.1) == ["figure 12: MAAE [deg] = 90.31"]
