"""Answers as bytes: JSON, tables and scalograms, each with its tag, encoded once for everybody."""

import csv
import gzip
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import StringIO
from typing import Any, get_args

from starlette.datastructures import Headers
from starlette.responses import Response

from seismomag.operate.api.answers.conditional import is_known, takes_gzip
from seismomag.operate.api.shapes.parts import Answer, Shape, Words

JSON = "application/json"
CSV = "text/csv; charset=utf-8"
BYTES = "application/octet-stream"

LEAST_TO_COMPRESS = 1_000
COMPRESSION = 5
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Encoded:
    """An answer as it goes over the wire.

    Attributes
    ----------
    body
        Bytes.
    packed
        The same through gzip; None for what is too short to gain by it.
    etag
        Weak: over the content without the time at which it was asked for.
    media_type
        Of the body.
    headers
        Further headers.
    """

    body: bytes
    packed: bytes | None
    etag: str
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        """Memory that it takes."""
        return len(self.body) + len(self.packed or b"")

    def respond(self, asked: Headers) -> Response:
        """Answer a request: 304 where the asker has it, packed where gzip is understood."""
        headers = {
            **self.headers,
            "ETag": self.etag,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Encoding",
        }
        if is_known(self.etag, asked.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        body = self.body
        if self.packed is not None and takes_gzip(asked.get("accept-encoding", "")):
            body, headers["Content-Encoding"] = self.packed, "gzip"
        return Response(body, headers=headers, media_type=self.media_type)


def encode(
    body: bytes,
    media_type: str,
    *,
    tagged: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    as_of: str = "",
) -> Encoded:
    """Encode bytes.

    Parameters
    ----------
    body
        What is answered.
    media_type
        Its type.
    tagged
        What the tag is made of, where that is not the body itself.
    headers
        Further headers; they are part of the tag.
    as_of
        When it was asked for, for the header ``X-As-Of``, which is no part of the tag: an answer
        that has not changed is as fresh as one that has.
    """
    more = dict(headers or {})
    digest = hashlib.sha256(body if tagged is None else tagged)
    digest.update(repr(sorted(more.items())).encode())
    packed = gzip.compress(body, COMPRESSION, mtime=0) if len(body) >= LEAST_TO_COMPRESS else None
    etag = f'W/"{digest.hexdigest()[:32]}"'
    return Encoded(body, packed, etag, media_type, more | ({"X-As-Of": as_of} if as_of else {}))


def encode_json(answer: Answer) -> Encoded:
    """Encode an answer; the tag does not change with the time at which it was asked for."""
    body = answer.model_dump_json().encode()
    as_of = answer.as_of.strftime("%Y-%m-%dT%H:%M:%SZ")
    return encode(body, JSON, tagged=body.replace(as_of.encode(), b"", 1), as_of=as_of)


def encode_csv(kind: type[Shape], rows: Iterable[Shape], name: str) -> Encoded:
    """Encode shapes of one kind as a table with a line of names.

    Sentences take a column for each language; what is a list of numbers or words stands in one
    cell, separated by semicolons; lists of other shapes have tables of their own.

    Parameters
    ----------
    kind
        Of the rows; gives the columns.
    rows
        The table.
    name
        Of the file that a browser saves.
    """
    columns = [column for column in kind.model_fields if _is_cell(kind, column)]
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([name for column in columns for name in _names(kind, column)])
    for row in rows:
        writer.writerow([cell for c in columns for cell in _cells(kind, c, getattr(row, c))])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return encode(file.getvalue().encode(), CSV, headers=headers)


def _is_cell(kind: type[Shape], column: str) -> bool:
    return _is_words(kind, column) or not _holds_shape(kind.model_fields[column].annotation)


def _holds_shape(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return True
    return any(_holds_shape(part) for part in get_args(annotation))


def _is_words(kind: type[Shape], column: str) -> bool:
    return kind.model_fields[column].annotation is Words


def _names(kind: type[Shape], column: str) -> Sequence[str]:
    return (f"{column}_en", f"{column}_id") if _is_words(kind, column) else (column,)


def _cells(kind: type[Shape], column: str, value: Any) -> Sequence[str]:
    if _is_words(kind, column):
        return _cell(value.en), _cell(value.id)
    return (_cell(value),)


def _cell(value: Any) -> str:
    """Write a value; a text that a spreadsheet would run is written as a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ";".join(_cell(item) for item in value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
