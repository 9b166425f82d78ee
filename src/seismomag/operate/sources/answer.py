"""What every source gives back: data, or the reason why there are none."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pandas as pd

from seismomag.core.errors import ConfigError, FormatError, SchemaError, SeismomagError

T = TypeVar("T")

NO_DATA = "no_data"
EMBARGO = "embargo"
UNREACHABLE = "unreachable"
REFUSED = "refused"
DAMAGED = "damaged"
TOO_LARGE = "too_large"
GROWING = "growing"
UNSAFE = "unsafe"

REASON_CODES = {
    NO_DATA: "the source answers, and has nothing (or only missing values) for what was asked",
    EMBARGO: "the institute withholds these days for now; ask again later",
    UNREACHABLE: "no answer in time, or errors of the server; ask again later",
    REFUSED: "the source understood and declined; the request or the permission is wrong",
    DAMAGED: "the answer is not what it claims to be; nothing of it is used",
    TOO_LARGE: "the answer exceeds the limit of bytes",
    GROWING: "the file is still being written; ask again later",
    UNSAFE: "following the answer would leave the declared host or folder, or break a lock",
}
"""Every code of a reason, and what it means for the next attempt."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where bytes came from.

    Attributes
    ----------
    url
        What was asked, after redirects.
    fetched_at
        UTC moment at which the answer was complete.
    sha256
        Of the body.
    status
        HTTP status; 0 for files.
    n_bytes
        Length of the body.
    from_cache
        Whether this run took it from disk.
    """

    url: str
    fetched_at: pd.Timestamp
    sha256: str
    status: int
    n_bytes: int
    from_cache: bool = False


@dataclass(frozen=True, kw_only=True)
class Body:
    """Bytes behind a recording, as an archive keeps them.

    Attributes
    ----------
    name
        Fit for a file.
    data
        As they came; of a service whose answers do not say what they are, behind one line that
        says it.
    url
        Where they came from.
    """

    name: str
    data: bytes
    url: str


@dataclass(frozen=True, kw_only=True)
class Answer(Generic[T]):
    """Data or a reason, never both and never neither.

    Attributes
    ----------
    data
        What was asked for; None with a reason.
    reason
        One sentence for a person; empty with data.
    reason_code
        A key of :data:`REASON_CODES`; empty with data.
    provenance
        Every body that was used or refused, in the order of asking.
    available_time
        UTC moment since which these data are known to have been available: that of the last
        body behind them. None where nothing was fetched.
    notes
        Sentences on what is incomplete although data came.
    bodies
        What an archive keeps of a recording; empty for everything else.
    """

    data: T | None = None
    reason: str = ""
    reason_code: str = ""
    provenance: tuple[Provenance, ...] = ()
    available_time: pd.Timestamp | None = None
    notes: tuple[str, ...] = ()
    bodies: tuple[Body, ...] = ()

    def __post_init__(self) -> None:
        if (self.data is None) != bool(self.reason):
            msg = "an answer needs either data or a reason: give one of them"
            raise ConfigError(msg)
        if bool(self.reason) != (self.reason_code in REASON_CODES):
            msg = (
                f"reason code {self.reason_code!r}: a reason needs one of {', '.join(REASON_CODES)}"
            )
            raise ConfigError(msg)


class SourceError(SeismomagError):
    """A source gave no data; carries the code of the reason, and never leaves ``get_*``."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass
class Journal:
    """What one call of a source fetched and noticed, as it goes."""

    provenance: list[Provenance] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)


def answer(work: Callable[[Journal], T]) -> Answer[T]:
    """Run the work of a source and turn its errors into reasons.

    Parameters
    ----------
    work
        Gets a journal to write into; returns data, or raises ``SourceError``, ``FormatError`` or
        ``SchemaError``. Every other error is a fault of ours and passes through.
    """
    journal = Journal()
    try:
        data = work(journal)
    except SourceError as error:
        return _refusal(error.code, error, journal)
    except (FormatError, SchemaError) as error:
        return _refusal(DAMAGED, error, journal)
    return Answer(
        data=data,
        provenance=tuple(journal.provenance),
        available_time=_latest(journal),
        notes=tuple(journal.notes),
        bodies=tuple(journal.bodies),
    )


def _refusal(code: str, error: SeismomagError, journal: Journal) -> Answer[T]:
    return Answer(
        reason=str(error),
        reason_code=code,
        provenance=tuple(journal.provenance),
        available_time=_latest(journal),
        notes=tuple(journal.notes),
    )


def _latest(journal: Journal) -> pd.Timestamp | None:
    return max((one.fetched_at for one in journal.provenance), default=None)
