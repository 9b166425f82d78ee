"""Inputs of the figures, from the factory beside."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def invented():
    """Functions of the factory: invented stations, days, reports."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("factory.py"))))


@pytest.fixture(scope="session")
def report(invented):
    return invented.make_report()


@pytest.fixture(scope="session")
def empty_report(invented):
    return invented.empty_report()
