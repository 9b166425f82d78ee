"""Answers for the audit view and the model view; all figures come from a run folder."""

from datetime import date, datetime

from seismomag.operate.api.shapes.parts import Answer, Shape, Verdict, Words


class Quantity(Shape):
    """A row of the table "found / chance or needed"; ``value`` is text where it is no number."""

    name: str
    label: Words
    value: float | str | None
    low: float | None = None
    high: float | None = None
    reference: float | str | None = None
    unit: str = ""
    n_rows: int | None = None
    n_events: int | None = None
    n_days: int | None = None


class Point(Shape):
    """A point of a diagram."""

    x: float
    y: float
    label: str = ""


class Band(Shape):
    """A curve's band; lists of equal length."""

    x: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


class Molchan(Shape):
    """Molchan diagram: alarm fraction against miss fraction."""

    tau: tuple[float, ...]
    nu: tuple[float, ...]
    band: Band | None
    frozen: Point | None
    baselines: tuple[Point, ...]


class NullHistogram(Shape):
    """Hits under all common shifts."""

    null: str
    n_shifts: int
    observed: float
    bin_start: tuple[float, ...]
    bin_end: tuple[float, ...]
    counts: tuple[int, ...]
    p_value: float | None


class Reliability(Shape):
    """Isotonic reliability with the band of a calibrated score and the issued scores."""

    score: tuple[float, ...]
    observed: tuple[float, ...]
    band: Band | None
    base_rate: float | None
    brier_skill: float | None
    ticks: tuple[float, ...]


class StormRow(Shape):
    """Station-days by geomagnetic activity."""

    kind: str
    n_days: int
    n_events: int
    n_alarms: int
    n_hits: int
    false_alarm_rate: float | None


class RuleRow(Shape):
    """A baseline at the same alarm fraction."""

    name: str
    hits: float | None
    p_value: float | None
    is_this: bool = False


class NullRow(Shape):
    """A null that was run, or why it was not."""

    null: str
    statistic: str
    p_value: float | None
    n_draws: int | None
    note: str


class AlarmDay(Shape):
    """A day of the calendar of alarms against events, over the network."""

    day: date
    is_alarm: bool | None
    n_alarms: int
    n_events: int
    n_hits: int
    largest_magnitude: float | None


class AuditAnswer(Answer):
    """An audit; panels that were not run are absent and named in ``not_run``."""

    audit_id: str
    audited_at: datetime
    forecasts: str
    verdict: Verdict
    explanation: Words
    quantities: tuple[Quantity, ...]
    molchan: Molchan | None
    nulls: NullHistogram | None
    reliability: Reliability | None
    storms: tuple[StormRow, ...]
    baselines: tuple[RuleRow, ...]
    all_nulls: tuple[NullRow, ...]
    calendar: tuple[AlarmDay, ...]
    not_run: tuple[str, ...]
    leaks: tuple[str, ...]


class AuditSummary(Shape):
    """An audit in a list."""

    audit_id: str
    audited_at: datetime
    forecasts: str
    level: str
    sentence: Words


class AuditList(Answer):
    """All audits that the operation knows, newest first."""

    audits: tuple[AuditSummary, ...]


class Curve(Shape):
    """A metric over the epochs of a training."""

    name: str
    unit: str
    epochs: tuple[int, ...]
    values: tuple[float | None, ...]


class ModelRow(Shape):
    """A model in service or retired.

    Attributes
    ----------
    role
        ``champion, challenger`` or ``retired``.
    drift
        Population stability by band of its input against the training; absent if not measured.
    """

    model_sha256: str
    name: str
    role: str
    since: datetime | None
    trunk: str
    planes: str
    n_parameters: int | None
    trained_heads: tuple[str, ...]
    threshold: float | None
    verdict: str
    description: Words
    drift: tuple[Quantity, ...]
    curves: tuple[Curve, ...]
    n_forecasts: int
    mean_probability: float | None


class Decision(Shape):
    """A decision on a model: who, when, why, on which verdict."""

    number: int
    at: datetime
    by: str
    role: str
    model_sha256: str
    reason: str
    verdict: str


class RunRow(Shape):
    """A run folder that the operation knows."""

    run_id: str
    started_at: datetime | None
    outcome: str
    seed: int | None
    sentence: Words


class ModelsAnswer(Answer):
    """Champion, challengers, what was decided, and how they were trained."""

    models: tuple[ModelRow, ...]
    decisions: tuple[Decision, ...]
    runs: tuple[RunRow, ...]
