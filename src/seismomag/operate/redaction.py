"""Logs without secrets: what looks like one is taken out before a line is written."""

import logging
import re
import time
from collections.abc import Iterable

HIDDEN = "[hidden]"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"(?i)\b(password|passwd|secret|token|api[_-]?key|authorization|csrf\w*|cookie"
            r"|seismomag_session|x-csrf-token)([\"']?\s*[=:]\s*[\"']?)[^\s\"',;&}]+"
        ),
        rf"\1\2{HIDDEN}",
    ),
    # user:password in an address, as of a database.
    (re.compile(r"(\w[\w+.-]*://[^\s/:@]*):[^\s/@]+@"), rf"\1:{HIDDEN}@"),
    # What our own tokens look like: 43 letters of base64, alone.
    (re.compile(r"(?<![A-Za-z0-9_/-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_/-])"), HIDDEN),
)


def redacted(text: str, known: Iterable[str] = ()) -> str:
    """Take secrets out of a text.

    Parameters
    ----------
    text
        A line of a log, a message.
    known
        Secrets that are known, such as the password of the mail server.

    Examples
    --------
    >>> redacted("Authorization: Bearer abc.def.ghi")
    'Authorization: [hidden] [hidden]'
    >>> redacted("postgresql+psycopg://me:geheim@db/x")
    'postgresql+psycopg://me:[hidden]@db/x'
    """
    for secret in known:
        if secret:
            text = text.replace(secret, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Writes lines, with their traces, without secrets.

    Parameters
    ----------
    known
        Secrets that are known.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime
        self._known = tuple(known)

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return redacted(super().format(record), self._known)
