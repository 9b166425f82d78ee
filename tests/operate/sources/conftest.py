"""Fetchers that do not wait for real."""

import pytest

from seismomag.operate.sources.fetch import Fetcher
from seismomag.operate.sources.fetch_cache import Cache
from seismomag.operate.sources.fetch_plan import FetchPlan


class Clock:
    """A wall clock that stands, and naps that only count."""

    def __init__(self):
        self.now_s = 1_780_000_000.0
        self.naps = []

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.now_s += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_fetcher(tmp_path, clock):
    """Fetcher with a cache in the test's folder: ``make_fetcher(**plan)``."""
    made = []

    def make(**options):
        plan = {"interval_s": 0.0, "trust_environment": False, "total_s": 20.0, **options}
        fetcher = Fetcher(
            Cache(tmp_path / "cache"),
            FetchPlan(**plan),
            now_s=lambda: clock.now_s,
            sleep=clock.sleep,
        )
        made.append(fetcher)
        return fetcher

    yield make
    for fetcher in made:
        fetcher.close()


@pytest.fixture
def fetcher(make_fetcher):
    return make_fetcher()
