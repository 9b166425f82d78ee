import re
from dataclasses import replace
from enum import Enum

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError, SchemaError
from seismomag.operate.alerts import cap

MESSAGE = cap.Message(
    identifier="seismomag-20240511-ALR-0001",
    sender="seismomag@example.org",
    sent=pd.Timestamp("2024-05-11 00:05"),
    expires=pd.Timestamp("2024-05-12"),
    status=cap.Status.EXERCISE,
    addresses=("ops@example.org",),
    area="Alor",
    latitude_deg=-8.14,
    longitude_deg=124.59,
    radius_km=500.0,
    sentence="experimental anomaly score; not a forecast",
    parameters={"model_version": "0.1.0"},
)

STANDARD = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
 <identifier>a-1</identifier><sender>a@example.org</sender>
 <sent>2024-05-11T00:05:00-00:00</sent><status>Exercise</status><msgType>Alert</msgType>
 <scope>Private</scope><addresses>b@example.org</addresses><note>Exercise.</note>
 <info><language>en</language><category>Geo</category><event>EXERCISE</event>
  <responseType>None</responseType><urgency>Unknown</urgency><severity>Unknown</severity>
  <certainty>Unlikely</certainty><expires>2024-05-12T00:00:00+00:00</expires>
  <parameter><valueName>v</valueName><value>0.1.0</value></parameter>
  <resource><resourceDesc>r</resourceDesc><mimeType>text/plain</mimeType></resource>
  <area><areaDesc>Alor</areaDesc><circle>-8.14,124.59 500</circle></area></info>
</alert>"""

FLAWS = {
    "certainty missing": ("<certainty>Unlikely</certainty>", ""),
    "Z": ("00:05:00-00:00", "00:05:00Z"),
    "fraction": ("00:05:00-00:00", "00:05:00.5-00:00"),
    "no such day": ("2024-05-11T", "2024-02-31T"),
    "resource without mimeType": ("<mimeType>text/plain</mimeType>", ""),
    "resource after area": ("</area></info>", "</area><resource/></info>"),
    "foreign element at the end": ("</alert>", '<x xmlns="urn:x"/></alert>'),
    "status": ("<status>Exercise", "<status>Real"),
    "lower case": ("<scope>Private", "<scope>private"),
    "twice": ("<note>Exercise.</note>", "<note>a</note><note>b</note>"),
    "order": (
        "<msgType>Alert</msgType>\n <scope>Private</scope>",
        "<scope>Private</scope><msgType>Alert</msgType>",
    ),
    "no addresses": ("<addresses>b@example.org</addresses>", ""),
    "comma": ("a-1", "a,1"),
    "no references": ("<msgType>Alert", "<msgType>Update"),
    "circle": ("-8.14,124.59 500", "124.59,-8.14 500"),
    "open polygon": ("<circle>-8.14,124.59 500</circle>", "<polygon>0,0 0,1 1,1 1,0</polygon>"),
    "inside": ("<event>EXERCISE</event>", "<event><b>EXERCISE</b></event>"),
    "namespace": ("cap:1.2", "cap:1.1"),
    "document type": ("<alert", "<!DOCTYPE a []><alert"),
    "not XML": ("</alert>", ""),
}


def test_the_example_of_the_standard_is_valid():
    assert cap.check(STANDARD.encode()) == ()


def test_a_signature_at_the_end_is_allowed():
    signed = STANDARD.replace("</alert>", f'<Signature xmlns="{cap.SIGNATURE_NAMESPACE}"/></alert>')
    assert cap.check(signed.encode()) == ()


@pytest.mark.parametrize("flaw", FLAWS)
def test_flaws_are_found(flaw):
    before, after = FLAWS[flaw]
    assert before in STANDARD
    assert cap.check(STANDARD.replace(before, after).encode())


def test_our_messages_are_valid_private_and_say_what_they_are():
    for status in cap.Status:
        text = cap.write(replace(MESSAGE, status=status)).decode()
        assert cap.check(text.encode()) == ()
        assert f"<status>{status.value}</status>" in text
        assert "<scope>Private</scope>" in text
        assert f"<headline>{status.value.upper()} - experimental" in text
        assert "<certainty>Unknown</certainty>" in text


def test_the_enumeration_has_two_members():
    assert [member.value for member in cap.Status] == ["Test", "Exercise"]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "Actual"},
        {"status": "Test"},
        {"status": Enum("Status", {"ACTUAL": "Actual"}).ACTUAL},
        {"identifier": "a b"},
        {"sender": ""},
        {"addresses": ()},
        {"addresses": ("a b",)},
        {"expires": pd.Timestamp("2024-05-11")},
    ],
)
def test_nonsense_is_refused(changes):
    with pytest.raises(ConfigError, match="CAP"):
        replace(MESSAGE, **changes)


def test_what_xml_cannot_hold_is_not_sent():
    with pytest.raises(SchemaError):
        cap.write(replace(MESSAGE, area="\x00"))


def test_no_configuration_gives_actual_or_public():
    """Ten thousand configurations by chance, many of them hostile."""
    vary = np.random.default_rng(1)
    pool = [
        "Actual", "</status><status>Actual</status>", "Test", "Exercise", cap.Status.TEST,
        cap.Status.EXERCISE, "<status>Actual</status>", "Public", "]]>", "&lt;", "a@b", "\u2028",
        "-->", "", "x" * 50, 'a" b="c', "Actual\nPublic",
    ]  # fmt: skip

    def draw():
        return pool[int(vary.integers(len(pool)))]

    names = ("identifier", "sender", "area", "sentence", "language", "status")
    n_written = 0
    for _ in range(10_000):
        changes = {n: draw() for n in names if vary.random() < 0.25}
        changes["parameters"] = {str(draw()): str(draw())}
        changes["addresses"] = (str(draw()),) if vary.random() < 0.3 else MESSAGE.addresses
        changes = {
            k: str(v) if k != "status" and isinstance(v, str) else v for k, v in changes.items()
        }
        try:
            text = cap.write(replace(MESSAGE, **changes)).decode()
        except (ConfigError, SchemaError):
            continue
        n_written += 1
        assert re.findall(r"<status>(.*?)</status>", text) in (["Test"], ["Exercise"])
        assert re.findall(r"<scope>(.*?)</scope>", text) == ["Private"]
    assert n_written > 1000
