"""QuakeML 1.2: lists of earthquakes as XML, read without following any reference."""

import re
import xml.etree.ElementTree as ET
from xml.parsers import expat

from seismomag.core.errors import FormatError
from seismomag.core.schema import CATALOGUE_COLUMNS
from seismomag.readers.delimited import Table

LIMIT_DEPTH = 64
LIMIT_ELEMENTS = 20_000_000
BED = "{http://quakeml.org/xmlns/bed/1.2}"
ANSS = "{http://anss.org/xmlns/catalog/0.1}"


def is_mine(head: bytes) -> bool:
    """Whether the first bytes open a QuakeML document."""
    return re.search(rb"<(\w+:)?quakeml[\s>]", head) is not None


def table(data: bytes, name: str) -> Table:
    """Collect the preferred origin and magnitude of every event.

    Parameters
    ----------
    data, name
        The document, and its name for messages.

    Returns
    -------
    table
        Columns of ``CATALOGUE_COLUMNS`` and ``event_type``; the line is the number of the
        event in the document. Where no origin or magnitude is preferred, the first counts.

    Raises
    ------
    FormatError
        Not well-formed, a document type or entity (never needed, and a way to attack), or an
        event without an origin.
    """
    refuse_traps(data, name)
    # Document types and entities were refused above, which is what makes this parser safe.
    root = ET.fromstring(data)  # noqa: S314
    rows = [_row(event, number, name) for number, event in enumerate(root.iter(BED + "event"), 1)]
    if not rows:
        msg = f"{name}: no event of QuakeML 1.2 in the document, expected at least one"
        raise FormatError(msg)
    columns = [*CATALOGUE_COLUMNS, "event_type"]
    return Table(name, {c: [row[c] for row in rows] for c in columns}, range(1, len(rows) + 1))


def refuse_traps(data: bytes, name: str) -> None:
    """Walk through XML once and refuse what a list of earthquakes never needs.

    Raises
    ------
    FormatError
        Not well-formed, a document type, an entity, or a depth or count beyond reason.
    """
    depth = count = 0

    def refuse(*_: object) -> None:
        msg = f"{name}: the XML declares a document type or entity; remove the declaration"
        raise FormatError(msg)

    def enter(*_: object) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > LIMIT_DEPTH or count > LIMIT_ELEMENTS:
            msg = f"{name}: XML of depth {depth} and {count} elements is no list of earthquakes"
            raise FormatError(msg)

    def leave(_: object) -> None:
        nonlocal depth
        depth -= 1

    # With namespaces, as ElementTree will read it: a prefix that is bound to nothing is an error.
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        msg = f"{name}: not well-formed XML ({error}); fetch the file again"
        raise FormatError(msg) from error


def _row(event: ET.Element, number: int, name: str) -> dict[str, str]:
    origin = _preferred(event, "origin", "preferredOriginID")
    magnitude = _preferred(event, "magnitude", "preferredMagnitudeID")
    if origin is None:
        msg = f"{name}, event {number}: no origin, expected a time and a place"
        raise FormatError(msg)
    agency = _text(origin, "creationInfo", "agencyID") or _text(event, "creationInfo", "agencyID")
    return {
        "event_id": _event_id(event),
        "origin_time": _text(origin, "time", "value"),
        "latitude_deg": _text(origin, "latitude", "value"),
        "longitude_deg": _text(origin, "longitude", "value"),
        "depth_km": _km(_text(origin, "depth", "value")),
        "magnitude": "" if magnitude is None else _text(magnitude, "mag", "value"),
        "magnitude_type": "" if magnitude is None else _text(magnitude, "type"),
        "source": event.get(ANSS + "eventsource", agency),
        "event_type": _text(event, "type"),
    }


def _preferred(event: ET.Element, kind: str, choice: str) -> ET.Element | None:
    candidates = event.findall(BED + kind)
    wanted = _text(event, choice)
    named = [one for one in candidates if one.get("publicID") == wanted]
    return next(iter(named or candidates), None)


def _event_id(event: ET.Element) -> str:
    source, number = event.get(ANSS + "eventsource"), event.get(ANSS + "eventid")
    if source and number:
        return source + number
    return event.get("publicID", "").rpartition("/")[2]


def _text(element: ET.Element, *path: str) -> str:
    return (element.findtext("/".join(BED + step for step in path)) or "").strip()


def _km(metres: str) -> str:
    try:
        return repr(float(metres) / 1000) if metres else ""
    except ValueError:
        return metres
