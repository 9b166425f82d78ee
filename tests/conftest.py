"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Where a run decides whether a change lands, the same change must meet the same examples; new
# ones are looked for at every other run.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")

REAL_DATA = Path(
    os.environ.get("SEISMOMAG_REAL_DATA", str(Path(__file__).parents[2] / "shared" / "data"))
)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real files that nobody here wrote."""
    return REAL_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests of real files, with the reason, where the files are absent."""
    if REAL_DATA.is_dir():
        return
    reason = f"no folder of real files at {REAL_DATA}; set SEISMOMAG_REAL_DATA"
    for item in items:
        if item.get_closest_marker("real_data"):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests of real files ran, and why others did not."""
    reports = [
        report
        for outcome in ("passed", "failed", "skipped")
        for report in terminalreporter.stats.get(outcome, [])
        if "real_data" in getattr(report, "keywords", {})
    ]
    skipped = [r for r in reports if r.outcome == "skipped"]
    ran = len(reports) - len(skipped)
    reason = "none" if not skipped else str(skipped[0].longrepr[-1])
    terminalreporter.write_line(f"real_data: {ran} run, {len(skipped)} skipped ({reason})")
