"""How often and how much: limits of the API, in one place."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from seismomag.operate.api.guard.problems import ProblemError

MINUTE_S = 60.0
_MOST_NAMES = 10_000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one caller may take.

    Attributes
    ----------
    sign_ins_per_minute
        Of an address.
    writes_per_minute
        Of a user.
    body_bytes
        Of a request.
    request_s
        Until a request is read and answered.
    headers_s, headers_bytes
        Until the head of a request is complete, and its size.
    connections
        At once; the one that has waited longest for its head makes room.
    """

    sign_ins_per_minute: int = 5
    writes_per_minute: int = 60
    body_bytes: int = 10_000_000
    request_s: float = 30.0
    headers_s: float = 10.0
    headers_bytes: int = 32_768
    connections: int = 768


class Meter:
    """Counts of the last minute, by name.

    Parameters
    ----------
    per_minute
        How many are let through.
    clock
        Seconds that never go back.

    Examples
    --------
    >>> times = iter([0.0, 1.0, 2.0, 61.5])
    >>> meter = Meter(2, clock=lambda: next(times))
    >>> [meter.wait_s("a") for _ in range(4)]
    [0.0, 0.0, 58.0, 0.0]
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, name: str) -> float:
        """Count one more; seconds to wait where it is one too many, which is not counted."""
        now = self._clock()
        times = self._times.setdefault(name, deque())
        self._times.move_to_end(name)
        if len(self._times) > _MOST_NAMES:
            self._times.popitem(last=False)
        while times and times[0] <= now - MINUTE_S:
            times.popleft()
        if len(times) >= self._per_minute:
            return times[0] + MINUTE_S - now
        times.append(now)
        return 0.0

    def take(self, name: str, what: str) -> None:
        """Count one more.

        Raises
        ------
        ProblemError
            429: one too many; says when to come again.
        """
        wait_s = self.wait_s(name)
        if wait_s > 0:
            again_s = int(wait_s) + 1
            raise ProblemError(
                429,
                "too many",
                f"more than {self._per_minute} {what} in a minute; again in {again_s} s",
                headers={"Retry-After": str(again_s)},
            )
