"""Answers for the forecast view and the ledger view."""

from datetime import date, datetime

from seismomag.operate.api.shapes.parts import Answer, Event, Reason, Shape, Verdict, Words


class Score(Shape):
    """A forecast of a station-day.

    Attributes
    ----------
    probability
        Of at least one target event in the horizon; absent with its reason.
    observed_frequency, observed_low, observed_high
        What was observed at such scores in the last audit, with its 90 % band; absent if there
        was no audit: a probability is not shown alone.
    is_alarm
        Whether the station is in alarm on this day.
    azimuth_deg, azimuth_kappa
        Direction to the epicentre and its concentration.
    magnitude_class
        Index of the class of the rule; absent where that head was not trained.
    is_late
        Issued after the window opened: kept, never scored.
    """

    station_code: str
    day: date
    probability: float | None
    observed_frequency: float | None = None
    observed_low: float | None = None
    observed_high: float | None = None
    is_alarm: bool | None
    azimuth_deg: float | None
    azimuth_kappa: float | None
    magnitude_class: int | None
    issued_at: datetime
    valid_from: datetime
    valid_to: datetime
    coverage: float | None
    kp_at_issue: float | None
    is_late: bool
    reason: Words
    model_sha256: str
    role: str
    ledger_seq: int | None


class ForecastMonth(Answer):
    """Scores of a month, the events of it, and what the scores are worth.

    Attributes
    ----------
    threshold, window_days
        Of the alarm state.
    base_rate
        Share of station-days with a target event in the horizon, of the training period or the
        last audit; with its own reason where it is not known.
    n_hit, n_missed, n_false_alarm, n_quiet
        Station-days of the month whose horizon is over; absent while none is.
    """

    first_day: date
    end_day: date
    scores: tuple[Score, ...]
    events: tuple[Event, ...]
    target_event_ids: tuple[str, ...]
    threshold: float
    window_days: int
    horizon_days: int
    minimum_magnitude: float
    magnitude_edges: tuple[float, ...]
    base_rate: float | None
    base_rate_reason: Words
    verdict: Verdict
    n_hit: int | None
    n_missed: int | None
    n_false_alarm: int | None
    n_quiet: int | None


class LedgerRecord(Shape):
    """A record of the ledger; ``kind`` is ``ok, no_data`` or ``late``."""

    seq: int
    kind: str
    issued_at: datetime
    valid_from: datetime
    valid_to: datetime
    station_code: str
    probability: float | None
    is_alarm: bool | None
    reason: Words
    model_sha256: str
    input_sha256: str
    hash: str
    prev: str


class ChainState(Shape):
    """What the last verification found.

    Attributes
    ----------
    is_whole
        Absent if it was never verified.
    first_bad_seq, finding
        Where and how it breaks.
    due_missing
        Station-days whose record is due and missing: ``ALR 2026-04-07``.
    """

    n_records: int
    is_whole: bool | None
    first_bad_seq: int | None
    finding: Words
    verified_at: datetime | None
    anchored_at: datetime | None
    anchor_kind: str
    head: str
    due_missing: tuple[str, ...]


class Registration(Shape):
    """What was frozen before day one."""

    registered_at: datetime
    first_day: date
    stop_day: date
    primary_test: str
    catalogue_source: str
    model_sha256: str
    threshold: float


class LedgerAnswer(Answer):
    """A page of records, newest first; ``next_before`` is the key of the next page."""

    chain: ChainState
    registration: Registration | Reason
    records: tuple[LedgerRecord, ...]
    next_before: int | None
