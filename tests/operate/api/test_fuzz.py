"""A few of the questions of ``scripts/faults/fuzz_api.py``, asked on every change."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from seismomag.operate.alerts.rules import Alert, raise_new
from seismomag.operate.clock import now

SCRIPT = Path(__file__).parents[3] / "scripts" / "faults" / "fuzz_api.py"
EXAMPLES = int(os.environ.get("SEISMOMAG_FUZZ_EXAMPLES", "5"))


@pytest.fixture(scope="module")
def fuzz_api():
    spec = importlib.util.spec_from_file_location("fuzz_api", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz_api"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["fuzz_api"]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["none", "viewer", "operator", "admin"])
def test_no_question_breaks_the_server_or_the_document(fuzz_api, folder, engine_of, role):
    alert = Alert(
        rule="silent", station_code="ALR", day="2026-04-07", level="warning", detail="none"
    )
    raise_new(engine_of, [alert], [], now())
    tallies = list(fuzz_api.fuzz(folder, EXAMPLES, (role,)))
    assert len(tallies) > 20
    assert all(tally.statuses.total() >= EXAMPLES for tally in tallies)
    assert [tally.line() for tally in tallies if any(s >= 500 for s in tally.statuses)] == []
    assert [wrong for tally in tallies for wrong in tally.wrong] == []
