"""Answers for the frame of the page, the network view and the health view."""

from datetime import date, datetime

from pydantic import Field

from seismomag.operate.api.shapes.parts import (
    Answer,
    DayCell,
    Event,
    KpInterval,
    Shape,
    StationState,
    Trouble,
    Verdict,
    Words,
)


class StateCount(Shape):
    """How many stations are in a state, and which."""

    state: StationState
    n: int
    station_codes: tuple[str, ...]


class StatusAnswer(Answer):
    """The frame of every view: mode, verdict, what is broken, when the next cycle is due.

    Attributes
    ----------
    mode
        ``test`` or ``shadow``; ``demo`` for invented data.
    clock
        ``wall``, or ``simulated``: then ages are counted from the end of the simulation.
    troubles
        Worst first; none means that every stage ran at every station.
    all_well
        The quiet line that is said when there is no trouble.
    """

    mode: str
    clock: str
    verdict: Verdict
    counts: tuple[StateCount, ...]
    troubles: tuple[Trouble, ...]
    all_well: Words
    last_cycle_at: datetime | None
    next_cycle_at: datetime | None
    version: str


class StationRow(Shape):
    """A station of the roll call.

    Attributes
    ----------
    state, reason
        Worst fact, with its words ("clock -13 s"); empty for ``ok``.
    newest_sample_at
        End of the newest day of which a file is in the archive; absent if there was none.
    coverage
        A cell for each of the last days, oldest first.
    """

    station_code: str
    name: str
    latitude_deg: float
    longitude_deg: float
    time_zone: str
    state: StationState
    reason: Words
    newest_sample_at: datetime | None
    coverage: tuple[DayCell, ...]


class NetworkAnswer(Answer):
    """Map, roll call, earthquakes and Kp of the last days."""

    n_days: int
    counts: tuple[StateCount, ...]
    stations: tuple[StationRow, ...]
    events: tuple[Event, ...]
    events_source: str
    newest_event_at: datetime | None
    kp: tuple[KpInterval, ...]
    region_deg: tuple[float, float, float, float] = Field(
        description="west, south, east, north of the map"
    )


class StationPlace(Shape):
    """A station of the configuration, and the ends of its archive."""

    station_code: str
    name: str
    latitude_deg: float
    longitude_deg: float
    time_zone: str
    state: StationState
    reason: Words
    newest_sample_at: datetime | None
    first_day: date | None
    last_day: date | None


class StationsAnswer(Answer):
    """Every configured station, in the order of the configuration."""

    stations: tuple[StationPlace, ...]


class StageCell(Shape):
    """A stage of a station: state, last success and the words for it.

    ``state`` is ``ok, late, failed, refused, waits`` or ``unknown``.
    """

    station_code: str
    state: str
    last_success_at: datetime | None
    last_success_day: str
    detail: Words


class StageRow(Shape):
    """A stage at every configured station."""

    stage: str
    n_ok: int
    n_stations: int
    cells: tuple[StageCell, ...]


class CycleBar(Shape):
    """When a stage of the last run worked; seconds after its start."""

    stage: str
    start_s: float
    end_s: float
    outcome: str


class Machine(Shape):
    """The machine under the operation; absent values were not measured."""

    disk_used_bytes: int | None
    disk_total_bytes: int | None
    disk_warns_at: float
    disk_full_in_days: float | None
    n_days_waiting: int
    is_clock_synchronised: bool | None
    clock_error_s: float | None
    last_backup_at: datetime | None


class Versions(Shape):
    """What runs here."""

    seismomag: str
    model: str
    database_revision: str
    python: str


class OperationAnswer(Answer):
    """Stages by station, what is broken, the last cycle, the machine.

    The sentence of the view (``headline``) is the line that is read at five metres.
    """

    headline: Words
    detail: Words
    stages: tuple[StageRow, ...]
    troubles: tuple[Trouble, ...]
    last_cycle: tuple[CycleBar, ...]
    last_cycle_at: datetime | None
    next_cycle_at: datetime | None
    machine: Machine
    versions: Versions
