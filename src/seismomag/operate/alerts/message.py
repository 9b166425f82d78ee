"""Messages to operators: the same fixed words by mail and by webhook."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seismomag.operate import words
from seismomag.operate.audits import verdict_line
from seismomag.operate.canonical import canonical
from seismomag.operate.reasons import tell


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message, of one alert or of many after an outage.

    Attributes
    ----------
    message_id
        The same when it is sent again: receivers drop what they have.
    subject, body
        Plain text.
    data
        The same for programs.
    """

    message_id: str
    subject: str
    body: str
    data: bytes


def compose(
    rows: Sequence[Mapping[str, Any]], *, mode: str, language: str, verdict: str
) -> Message:
    """Put alerts into one message.

    Parameters
    ----------
    rows
        Alerts as the database holds them; at least one.
    mode
        ``test`` or ``shadow``; stands in the subject.
    language
        ``en`` or ``id``.
    verdict
        Line of the last audit.
    """
    lines = [_line(row, language) for row in rows]
    worst = max((row["level"] for row in rows), key=("watch", "warning", "critical").index)
    many = words.DIGEST[language].format(n=len(rows))
    title = lines[0] if len(rows) == 1 else many
    ids = [str(row["alert_id"]) for row in rows]
    message_id = ids[0] if len(ids) == 1 else hashlib.sha256("/".join(ids).encode()).hexdigest()
    details = [
        f"- {line}. {_detail(row, language)} ({row['raised_at']}, {row['alert_id']})"
        for line, row in zip(lines, rows, strict=True)
    ]
    body = "\n".join([*details, "", verdict, words.OPERATORS_ONLY[language], f"mode: {mode}"])
    items = [
        {
            **{k: row[k] for k in ("alert_id", "rule", "level", "day", "raised_at")},
            "detail": _detail(row, language),
            "station": row["station_code"],
            "sentence": line,
        }
        for line, row in zip(lines, rows, strict=True)
    ]
    data = canonical({"id": message_id, "mode": mode, "items": items, "verdict": verdict})
    subject = f"[seismomag {mode}] {words.LEVELS[language][worst]}: {title}"
    return Message(message_id=message_id, subject=subject, body=body + "\n", data=data)


def verdict_of(folder: Path, language: str) -> str:
    """Line of the newest audit of an operation; without one, that there was none."""
    return verdict_line(folder, language)


def _detail(row: Mapping[str, Any], language: str) -> str:
    told = tell(str(row["detail"]))
    return told.id if language == "id" else told.en


def _line(row: Mapping[str, Any], language: str) -> str:
    return words.RULES[language][row["rule"]].format(station=row["station_code"], day=row["day"])
