"""A frequency band, as every floor means it."""

from dataclasses import dataclass

from seismomag.core.errors import ConfigError
from seismomag.core.kinds import check_kinds


@dataclass(frozen=True, kw_only=True)
class Band:
    """A half-open interval of frequency.

    Attributes
    ----------
    low_hz, high_hz
        Edges [Hz]; ``0 < low_hz < high_hz``.

    Examples
    --------
    >>> Band(low_hz=0.01, high_hz=0.1).octaves
    3.32...
    """

    low_hz: float
    high_hz: float

    def __post_init__(self) -> None:
        check_kinds(self)
        if not 0 < self.low_hz < self.high_hz:
            msg = (
                f"band {self.low_hz}-{self.high_hz} Hz is not a band: it needs 0 < low_hz < high_hz"
            )
            raise ConfigError(msg)

    @property
    def octaves(self) -> float:
        """Width of the band in factors of two."""
        from math import log2

        return log2(self.high_hz / self.low_hz)
