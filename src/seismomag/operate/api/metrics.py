"""Figures for Prometheus: requests, and how the operation stands."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from seismomag.operate.api.context import Operation
from seismomag.operate.api.facts.times import utc
from seismomag.operate.database_tables import files
from seismomag.operate.status import OK, status

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

PREFIX = "/api/v1"

_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"})
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)


class Metrics:
    """Counts of one application.

    Parameters
    ----------
    operation
        Whose state is told beside the counts.
    """

    def __init__(self, operation: Operation) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "seismomag_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "seismomag_request_seconds",
            "Time from the head of a request to the end of its answer.",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self.registry.register(OperationCollector(operation))

    def count(self, scope: Mapping[str, Any], method: str, status: int, took_s: float) -> None:
        """Count a request by its route, never by what was in its address."""
        route = _route_of(scope)
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(took_s)

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self.registry)


def _route_of(scope: Mapping[str, Any]) -> str:
    """Address of a route with the names of its parts; a router may leave its prefix out."""
    path = getattr(scope.get("route"), "path_format", None)
    if path is None:
        return "page or unknown"
    has_prefix = path.startswith(PREFIX) or not str(scope["path"]).startswith(f"{PREFIX}/")
    return str(path) if has_prefix else f"{PREFIX}{path}"


class OperationCollector(Collector):
    """How the operation stands when it is asked.

    Parameters
    ----------
    operation
        Which.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    def describe(self) -> Iterable[Metric]:
        """Say nothing before somebody asks."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Ages of data, stages that are not in order, state of the chain."""
        now = self._operation.clock()
        yield self._ages(now)
        yield self._stages(now)
        yield from self._chain(now)

    def _ages(self, now: pd.Timestamp) -> Metric:
        family = GaugeMetricFamily(
            "seismomag_newest_data_age_seconds",
            "Time since the end of the newest day in the archive; absent where there is none.",
            labels=("station",),
        )
        newest = sa.select(files.c.station_code, sa.func.max(files.c.day)).group_by(
            files.c.station_code
        )
        with self._operation.engine.connect() as connection:
            for code, day in connection.execute(newest):
                end = pd.Timestamp(day) + pd.Timedelta(days=1)
                family.add_metric((code,), max((now - end).total_seconds(), 0.0))
        return family

    def _stages(self, now: pd.Timestamp) -> Metric:
        family = GaugeMetricFamily(
            "seismomag_stage_in_order",
            "1 where the newest due day of a station has passed the stage, else 0.",
            labels=("station", "stage"),
        )
        for state in status(self._operation.settings, self._operation.engine, now):
            family.add_metric((state.station_code, state.stage), float(state.state == OK))
        return family

    def _chain(self, now: pd.Timestamp) -> Iterable[Metric]:
        found = self._operation.ledger.view(utc(now))
        if found.verified_at is None:
            return
        yield GaugeMetricFamily(
            "seismomag_ledger_whole",
            "1 where every record follows from the one before.",
            value=float(found.check.is_intact),
        )
        yield GaugeMetricFamily(
            "seismomag_ledger_records", "Records of the ledger.", value=float(found.check.n_records)
        )
