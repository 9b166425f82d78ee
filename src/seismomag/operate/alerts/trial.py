"""A trial of the channels: one message on each, marked as a test, before it matters."""

import hashlib
from dataclasses import dataclass

import pandas as pd

from seismomag.core.errors import ConfigError
from seismomag.operate import words
from seismomag.operate.alerts.delivery import attempt, channels
from seismomag.operate.alerts.message import Message, verdict_of
from seismomag.operate.canonical import canonical
from seismomag.operate.clock import stamp
from seismomag.operate.settings import FILE_NAME, Settings

MARK = "test"
"""Stands in the subject, whatever the mode of the operation."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What happened on a channel.

    Attributes
    ----------
    channel
        ``mail`` or ``webhook``.
    error
        Empty when the message was taken.
    """

    channel: str
    error: str

    def sentence(self) -> str:
        """Say it to a person."""
        return f"{self.channel}: {self.error or 'took the message'}"


def try_channels(settings: Settings, now: pd.Timestamp) -> tuple[Trial, ...]:
    """Send one message, marked as a test, on every channel; nothing is kept of it.

    Parameters
    ----------
    settings
        The operation.
    now
        UTC; makes the id of the message.

    Raises
    ------
    ConfigError
        No channel is configured.
    """
    known = channels(settings)
    if not known:
        msg = f"{settings.folder / FILE_NAME}: no channel; fill in [mail] or [webhook]"
        raise ConfigError(msg)
    message = trial_message(settings, now)
    return tuple(
        Trial(channel=name, error=attempt(send, settings, message)) for name, send in known.items()
    )


def trial_message(settings: Settings, now: pd.Timestamp) -> Message:
    """Words of a trial: no item, the line of the last audit, and that nothing has happened."""
    language = settings.operation.language
    said, verdict = words.TRIAL[language], verdict_of(settings.folder, language)
    message_id = hashlib.sha256(f"trial {stamp(now)}".encode()).hexdigest()
    body = "\n".join([said, "", verdict, words.OPERATORS_ONLY[language], f"mode: {MARK}"])
    data = {"id": message_id, "mode": MARK, "items": [], "sentence": said, "verdict": verdict}
    return Message(
        message_id=message_id,
        subject=f"[seismomag {MARK}] {said}",
        body=body + "\n",
        data=canonical(data),
    )
