"""What is rehearsed, and the figures that a rehearsal ends with."""

from dataclasses import dataclass

from seismomag.core.errors import ConfigError

QUICK_CYCLE_HOURS = 12
"""Two runs of the daily job a day: one has the files of the night, one says who is silent."""


@dataclass(frozen=True, kw_only=True)
class RehearsalPlan:
    """Extent of a rehearsal.

    Attributes
    ----------
    n_days
        Simulated days, 2 or more.
    n_stations
        Of the network.
    seed
        Of everything that is invented, of what fails, and when.
    speed
        Simulated seconds a second; infinite: as fast as the machine goes.
    cycle_hours
        Time between two runs of the daily job [hours]; a divisor of 24.

    Examples
    --------
    >>> round(RehearsalPlan().pace_minutes)
    44
    """

    n_days: int = 30
    n_stations: int = 24
    seed: int = 1
    speed: float = 1000.0
    cycle_hours: int = 1

    def __post_init__(self) -> None:
        wants = (
            (self.n_days >= 2, f"n_days={self.n_days}: a rehearsal takes 2 days or more"),
            (self.speed > 0, f"speed={self.speed} must be above 0"),
            (self.seed >= 0, f"seed={self.seed} must not be negative"),
            (
                self.cycle_hours >= 1 and 24 % self.cycle_hours == 0,
                f"cycle_hours={self.cycle_hours} must divide 24",
            ),
        )
        for holds, message in wants:
            if not holds:
                raise ConfigError(message)

    @property
    def days_off(self) -> tuple[int, int]:
        """First day on which the machine is off, and the day on which it is back."""
        n_off = 7 if self.n_days >= 21 else 2 if self.n_days >= 8 else 0
        first = self.n_days // 3
        return first, first + n_off

    @property
    def pace_minutes(self) -> float:
        """Minutes that the pace alone asks for."""
        return (self.n_days + 0.85) * 1440 / self.speed


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One demand of the operation, and what was reached.

    Attributes
    ----------
    name
        ``R1`` ... ``R10`` of the demands, ``ledger``, ``alerts``.
    what
        The demand, in words.
    reached
        What was found, in words.
    bound
        What it must be.
    is_within
        Whether it is; None where it could not be measured.
    """

    name: str
    what: str
    reached: str
    bound: str
    is_within: bool | None

    def sentence(self) -> str:
        """One line for a person."""
        end = {True: "ok", False: "OUT OF BOUNDS", None: "not measured"}[self.is_within]
        return f"{self.name:6} {self.what}: {self.reached} (bound: {self.bound}): {end}"
