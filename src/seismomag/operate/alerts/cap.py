"""CAP 1.2 messages of tests and exercises, for named researchers; there is no other status.

A message with the status Actual cannot be written here: the enumeration does not have it.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import pandas as pd

from seismomag.core.errors import ConfigError, SchemaError

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
_NO_NAME = re.compile(r"[\s,<&]")
_LARGEST_BYTES = 1_000_000


class Status(StrEnum):
    """The two kinds of messages that may be made."""

    TEST = "Test"
    EXERCISE = "Exercise"


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a message says about one station.

    Attributes
    ----------
    identifier, sender
        Without white space, comma, ``<`` and ``&``.
    sent, expires
        UTC.
    status
        Test or Exercise.
    addresses
        Who receives it; the scope is Private.
    area, latitude_deg, longitude_deg, radius_km
        Where.
    sentence
        The fixed line of the verdict.
    parameters
        Further facts by name.
    language
        ``"en"`` or ``"id"``.
    """

    identifier: str
    sender: str
    sent: pd.Timestamp
    expires: pd.Timestamp
    status: Status
    addresses: tuple[str, ...]
    area: str
    latitude_deg: float
    longitude_deg: float
    radius_km: float
    sentence: str
    parameters: Mapping[str, str]
    language: str = "en"

    def __post_init__(self) -> None:
        if not isinstance(self.status, Status):
            msg = f"CAP status {self.status!r}: only Status.TEST and Status.EXERCISE exist"
            raise ConfigError(msg)
        for name in ("identifier", "sender"):
            if not getattr(self, name) or _NO_NAME.search(getattr(self, name)):
                msg = f"CAP {name} {getattr(self, name)!r}: no blank, comma, '<' or '&'"
                raise ConfigError(msg)
        if not self.addresses or any(_NO_NAME.search(a) or not a for a in self.addresses):
            msg = "CAP addresses: name at least one, without blanks and commas"
            raise ConfigError(msg)
        if not self.sent < self.expires:
            msg = "CAP expires must lie after sent"
            raise ConfigError(msg)


def write(message: Message) -> bytes:
    """Write a message as XML and check it.

    Raises
    ------
    SchemaError
        It would not be valid, for example because a text holds a character that XML cannot.
    """
    word = message.status.value.upper()
    root = ET.Element("alert", xmlns=NAMESPACE)
    _texts(
        root,
        identifier=message.identifier,
        sender=message.sender,
        sent=_date(message.sent),
        status=message.status.value,
        msgType="Alert",
        scope="Private",
        addresses=" ".join(message.addresses),
        note=f"{word} - research; no action",
    )
    info = ET.SubElement(root, "info")
    _texts(
        info,
        language=message.language,
        category="Geo",
        event=f"{word} - geomagnetic anomaly score",
        responseType="None",
        urgency="Unknown",
        severity="Unknown",
        certainty="Unknown",
        expires=_date(message.expires),
        headline=f"{word} - {message.sentence}",
    )
    for name, value in message.parameters.items():
        _texts(ET.SubElement(info, "parameter"), valueName=name, value=value)
    circle = f"{message.latitude_deg:.4f},{message.longitude_deg:.4f} {message.radius_km:.1f}"
    _texts(ET.SubElement(info, "area"), areaDesc=message.area, circle=circle)
    data = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    problems = check(data)
    if problems:
        msg = f"CAP message {message.identifier}: {'; '.join(problems)}"
        raise SchemaError(msg)
    return cast("bytes", data)


def check(data: bytes) -> tuple[str, ...]:
    """What is wrong with a CAP 1.2 message, by the schema and by the rules beside it.

    Parameters
    ----------
    data
        XML. Any status of the standard is checked; that ours are Test or Exercise is a matter of
        :func:`write`.

    Returns
    -------
    problems
        One sentence each; empty for a valid message.
    """
    if len(data) > _LARGEST_BYTES or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return ("larger than a message, or with a document type, which CAP does not have",)
    try:
        root = ET.fromstring(data)  # noqa: S314 - entities are refused above
    except ET.ParseError as error:
        return (f"not XML ({error})",)
    if root.tag != f"{{{NAMESPACE}}}alert":
        return (f"the root is {root.tag}, expected alert of {NAMESPACE}",)
    problems = _check_element(root, "alert")
    return tuple(problems) if problems else _check_rules(root)


ONE, MAYBE, MANY, SOME = "1", "?", "*", "+"
_SEQUENCES: Mapping[str, Sequence[tuple[str, str]]] = {
    "alert": (
        ("identifier", ONE),
        ("sender", ONE),
        ("sent", ONE),
        ("status", ONE),
        ("msgType", ONE),
        ("source", MAYBE),
        ("scope", ONE),
        ("restriction", MAYBE),
        ("addresses", MAYBE),
        ("code", MANY),
        ("note", MAYBE),
        ("references", MAYBE),
        ("incidents", MAYBE),
        ("info", MANY),
    ),
    "info": (
        ("language", MAYBE),
        ("category", SOME),
        ("event", ONE),
        ("responseType", MANY),
        ("urgency", ONE),
        ("severity", ONE),
        ("certainty", ONE),
        ("audience", MAYBE),
        ("eventCode", MANY),
        ("effective", MAYBE),
        ("onset", MAYBE),
        ("expires", MAYBE),
        ("senderName", MAYBE),
        ("headline", MAYBE),
        ("description", MAYBE),
        ("instruction", MAYBE),
        ("web", MAYBE),
        ("contact", MAYBE),
        ("parameter", MANY),
        ("resource", MANY),
        ("area", MANY),
    ),
    "resource": (
        ("resourceDesc", ONE),
        ("mimeType", ONE),
        ("size", MAYBE),
        ("uri", MAYBE),
        ("derefUri", MAYBE),
        ("digest", MAYBE),
    ),
    "area": (
        ("areaDesc", ONE),
        ("polygon", MANY),
        ("circle", MANY),
        ("geocode", MANY),
        ("altitude", MAYBE),
        ("ceiling", MAYBE),
    ),
    "eventCode": (("valueName", ONE), ("value", ONE)),
    "parameter": (("valueName", ONE), ("value", ONE)),
    "geocode": (("valueName", ONE), ("value", ONE)),
}
_PATTERNS: Mapping[str, str] = {
    "status": "Actual|Exercise|System|Test|Draft",
    "msgType": "Alert|Update|Cancel|Ack|Error",
    "scope": "Public|Restricted|Private",
    "category": "Geo|Met|Safety|Security|Rescue|Fire|Health|Env|Transport|Infra|CBRNE|Other",
    "responseType": "Shelter|Evacuate|Prepare|Execute|Avoid|Monitor|Assess|AllClear|None",
    "urgency": "Immediate|Expected|Future|Past|Unknown",
    "severity": "Extreme|Severe|Moderate|Minor|Unknown",
    "certainty": "Observed|Likely|Possible|Unlikely|Unknown",
    **dict.fromkeys(("sent", "effective", "onset", "expires"), _DATE.pattern),
    "language": r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*",
    "size": r"[+-]?\d+",
    **dict.fromkeys(("altitude", "ceiling"), r"[+-]?(\d+(\.\d*)?|\.\d+)"),
}


def _check_element(element: ET.Element, name: str) -> list[str]:
    problems = []
    children = [(child, _local(child.tag)) for child in element]
    if name == "alert":
        while children and children[-1][1].startswith(f"{{{SIGNATURE_NAMESPACE}}}"):
            children.pop()
    at = 0
    for wanted, often in _SEQUENCES[name]:
        count = 0
        while at < len(children) and children[at][1] == wanted:
            problems += _check_child(children[at][0], wanted)
            count, at = count + 1, at + 1
        if count == 0 and often in (ONE, SOME):
            problems.append(f"{name}: {wanted} is missing or out of its order")
        if count > 1 and often in (ONE, MAYBE):
            problems.append(f"{name}: {wanted} stands {count} times")
    if at < len(children):
        problems.append(f"{name}: {children[at][1]} is unknown or out of its order")
    return problems


def _check_child(child: ET.Element, name: str) -> list[str]:
    if name in _SEQUENCES:
        return _check_element(child, name)
    if len(child):
        return [f"{name}: has elements inside"]
    text = child.text or ""
    pattern = _PATTERNS.get(name)
    if pattern is not None and re.fullmatch(pattern, text) is None:
        return [f"{name}: {text[:40]!r} is not allowed"]
    if pattern == _DATE.pattern and not _is_date(text):
        return [f"{name}: {text!r} is no date"]
    return []


def _check_rules(root: ET.Element) -> tuple[str, ...]:
    """Rules that no schema can hold."""
    said = {_local(child.tag): child.text or "" for child in root if not len(child)}
    needs = (
        ("restriction", said["scope"] == "Restricted"),
        ("addresses", said["scope"] == "Private"),
        ("references", said["msgType"] != "Alert"),
    )
    problems = [f"{name} is required here" for name, must in needs if must and not said.get(name)]
    problems += [
        f"{name}: no blank, comma, '<' or '&'"
        for name in ("identifier", "sender")
        if not said[name] or _NO_NAME.search(said[name])
    ]
    for area in root.iter(f"{{{NAMESPACE}}}polygon"):
        points = (area.text or "").split()
        if len(points) < 4 or points[0] != points[-1]:
            problems.append("polygon: four points or more, the last like the first")
    for area in root.iter(f"{{{NAMESPACE}}}circle"):
        if not _is_circle(area.text or ""):
            problems.append(f"circle: {(area.text or '')[:40]!r} is no 'lat,lon radius'")
    return tuple(problems)


def _is_circle(text: str) -> bool:
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?) (\d+(?:\.\d+)?)", text)
    return match is not None and abs(float(match[1])) <= 90 and abs(float(match[2])) <= 180


def _is_date(text: str) -> bool:
    try:
        pd.Timestamp(text.replace("-00:00", "+00:00") if text.endswith("-00:00") else text)
    except ValueError:
        return False
    return True


def _local(tag: str) -> str:
    return tag.removeprefix(f"{{{NAMESPACE}}}")


def _date(time: pd.Timestamp) -> str:
    """CAP's way to say UTC is -00:00; Z is refused by the schema."""
    return time.strftime("%Y-%m-%dT%H:%M:%S-00:00")


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text
