"""What the kernel knows of this machine's clock; the times of the ledger stand on it."""

import ctypes
import math
import sys
from dataclasses import dataclass

_STA_UNSYNC = 0x0040
_TIME_ERROR = 5
_US_PER_S = 1e6
_STEPS_PER_S = 100
_ROOM = 64


@dataclass(frozen=True, kw_only=True)
class MachineClock:
    """State of the clock; None is what the system does not tell.

    Attributes
    ----------
    is_synchronised
        Whether a time service keeps the clock.
    largest_error_s
        What the clock may be off at most [s], rounded up to hundredths; None for a clock that
        nobody keeps: it may be off by anything.
    """

    is_synchronised: bool | None = None
    largest_error_s: float | None = None

    def sentence(self) -> str:
        """Say it to a person."""
        if self.is_synchronised is None:
            return "clock: not measured; this system does not say whether it is synchronised"
        if not self.is_synchronised:
            return (
                "warning: no time service keeps the clock of this machine; every issued_at of the "
                "ledger stands on it: start chrony or systemd-timesyncd"
            )
        return f"clock: synchronised, off by {self.largest_error_s:.2f} s at most"


class _Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2), as far as it is read; room for what follows."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * _ROOM),
    )


def read_machine_clock() -> MachineClock:
    """Ask the kernel; nothing is set and no right is needed.

    Notes
    -----
    adjtimex(2) with ``modes`` 0: ``STA_UNSYNC`` in ``status`` says that no time service has
    corrected the clock lately, ``maxerror`` [us] is the largest error that the service and the
    kernel, at 500 ppm since, account for.
    """
    if not sys.platform.startswith("linux"):
        return MachineClock()
    asked = _Timex(modes=0)
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(asked))
    except (OSError, AttributeError):
        return MachineClock()
    return clock_of(state, asked.status, asked.maxerror)


def clock_of(state: int, status: int, largest_error_us: int) -> MachineClock:
    """Read an answer of adjtimex(2).

    Parameters
    ----------
    state
        What the call returned; negative where it was refused, as a container may do.
    status, largest_error_us
        ``status`` and ``maxerror`` of its structure.

    Examples
    --------
    >>> clock_of(0, 0x2001, 17_200)
    MachineClock(is_synchronised=True, largest_error_s=0.02)
    >>> clock_of(5, 0x0040, 16_000_000)
    MachineClock(is_synchronised=False, largest_error_s=None)
    """
    if state < 0:
        return MachineClock()
    if state == _TIME_ERROR or status & _STA_UNSYNC:
        return MachineClock(is_synchronised=False)
    error_s = math.ceil(largest_error_us / _US_PER_S * _STEPS_PER_S) / _STEPS_PER_S
    return MachineClock(is_synchronised=True, largest_error_s=error_s)
