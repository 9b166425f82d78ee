"""Tables of answers: each list of the page as CSV, by the name of its part."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from seismomag.operate.api.answers.encoding import Encoded, encode_csv
from seismomag.operate.api.shapes.parts import Answer, DayKind, Shape, Words


@dataclass(frozen=True)
class Part:
    """A table of an answer.

    Attributes
    ----------
    kind
        Shape of its rows.
    rows
        Takes them out of the answer.
    """

    kind: type[Shape]
    rows: Callable[[Any], Sequence[Shape] | Iterator[Shape]]


def encode_part(answer: Answer, parts: Mapping[str, Part], name: str, file: str) -> Encoded:
    """Encode a part of an answer as CSV."""
    part = parts[name]
    return encode_csv(part.kind, part.rows(answer), f"{file}-{name}")


class CoverageRow(Shape):
    """A station-day of a coverage table."""

    station_code: str
    day: date
    kind: DayKind
    coverage: float | None


class StageFact(Shape):
    """A stage of a station."""

    stage: str
    station_code: str
    state: str
    last_success_at: datetime | None
    last_success_day: str
    detail: Words


class MinuteRow(Shape):
    """A minute of a station-day; deviations from the mean of the day [nT]."""

    time: datetime
    component_1_nt: float | None
    component_2_nt: float | None
    component_3_nt: float | None
    zh_ratio: float | None


class PointRow(Shape):
    """A point of a diagram: ``low`` and ``high`` where it has a band."""

    curve: str
    x: float
    y: float | None
    low: float | None = None
    high: float | None = None


class EpochRow(Shape):
    """A metric of a model at an epoch of its training."""

    model_sha256: str
    name: str
    epoch: int
    value: float | None


def coverage_rows(answer: Any) -> Iterator[CoverageRow]:
    """Every cell of every station of a network answer."""
    for station in answer.stations:
        for cell in station.coverage:
            yield CoverageRow(
                station_code=station.station_code,
                day=cell.day,
                kind=cell.kind,
                coverage=cell.coverage,
            )


def stage_facts(answer: Any) -> Iterator[StageFact]:
    """Every cell of the matrix of stages."""
    for row in answer.stages:
        for cell in row.cells:
            yield StageFact(stage=row.stage, **dict(cell))


def minute_rows(answer: Any) -> Iterator[MinuteRow]:
    """Every minute of a station-day; none for a day without data."""
    curves = [curve.deviation_nt for curve in answer.field]
    if len(curves) != 3:
        return
    start = datetime.combine(answer.day, datetime.min.time(), answer.as_of.tzinfo)
    ratio = answer.zh_ratio
    for i, (first, second, third) in enumerate(zip(*curves, strict=True)):
        yield MinuteRow(
            time=start + timedelta(minutes=i),
            component_1_nt=first,
            component_2_nt=second,
            component_3_nt=third,
            zh_ratio=ratio.values[i // ratio.minutes_per_value] if ratio else None,
        )


def molchan_rows(answer: Any) -> Iterator[PointRow]:
    """Trajectory, band and points of a Molchan diagram."""
    given = answer.molchan
    if given is None:
        return
    for x, y in zip(given.tau, given.nu, strict=True):
        yield PointRow(curve="forecast", x=x, y=y)
    if given.band:
        for x, low, high in zip(given.band.x, given.band.low, given.band.high, strict=True):
            yield PointRow(curve="band_of_shifts", x=x, y=None, low=low, high=high)
    for point in (*([given.frozen] if given.frozen else []), *given.baselines):
        yield PointRow(curve=f"point {point.label}", x=point.x, y=point.y)


def histogram_rows(answer: Any) -> Iterator[PointRow]:
    """Shifts by number of hits."""
    given = answer.nulls
    if given is None:
        return
    for low, high, count in zip(given.bin_start, given.bin_end, given.counts, strict=True):
        yield PointRow(curve="shifts", x=(low + high) / 2, y=count, low=low, high=high)


def reliability_rows(answer: Any) -> Iterator[PointRow]:
    """Observed frequency by issued score, with its band."""
    given = answer.reliability
    if given is None:
        return
    band = given.band
    for i, (x, y) in enumerate(zip(given.score, given.observed, strict=True)):
        yield PointRow(
            curve="reliability",
            x=x,
            y=y,
            low=band.low[i] if band else None,
            high=band.high[i] if band else None,
        )


def epoch_rows(answer: Any) -> Iterator[EpochRow]:
    """Every curve of every model."""
    for model in answer.models:
        for curve in model.curves:
            for epoch, value in zip(curve.epochs, curve.values, strict=True):
                yield EpochRow(
                    model_sha256=model.model_sha256, name=curve.name, epoch=epoch, value=value
                )
