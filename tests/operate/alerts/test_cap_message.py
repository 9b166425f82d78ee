import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from seismomag.cli import operate_commands as commands
from seismomag.core.errors import ConfigError
from seismomag.operate import database
from seismomag.operate.alerts import cap
from seismomag.operate.alerts.cap_message import message_of
from seismomag.operate.settings import read_settings

NOW = pd.Timestamp("2024-05-09 01:00")
WORDS = {"sender": "a@example.org", "addresses": ("b@example.org",)}


@pytest.fixture
def said(small_world):
    settings = read_settings(small_world)
    engine = database.open_database(settings.database_url)
    rows = [
        {
            "station_code": "ALR",
            "day": day,
            "model_sha256": "a" * 64,
            "input_sha256": "b" * 64,
            "role": role,
            "issued_at": f"{day}T23:00:00Z",
            "valid_from": "2024-05-10T00:00:00Z",
            "valid_to": "2024-05-24T00:00:00Z",
            "probability": probability,
            "alarm": True,
        }
        for day, role, probability in (
            ("2024-05-07", "champion", 0.4),
            ("2024-05-08", "champion", 0.61),
            ("2024-05-09", "consensus", 0.99),
        )
    ]
    with engine.begin() as connection:
        connection.execute(database.tables.forecasts.insert(), rows)
    yield settings, engine
    engine.dispose()


def text(root, name):
    found = root.find(f".//{{{cap.NAMESPACE}}}{name}")
    return found.text


@pytest.mark.parametrize("status", list(cap.Status))
def test_a_message_says_test_or_exercise_and_nothing_urgent(said, status):
    settings, engine = said
    message = message_of(settings, engine, station_code="ALR", status=status, now=NOW, **WORDS)
    data = cap.write(message)
    assert cap.check(data) == ()
    root = ET.fromstring(data)
    assert text(root, "status") == status.value
    assert (text(root, "scope"), text(root, "addresses")) == ("Private", "b@example.org")
    assert {text(root, w) for w in ("urgency", "severity", "certainty")} == {"Unknown"}
    assert "not a forecast" in text(root, "headline")
    values = {
        p.find(f"{{{cap.NAMESPACE}}}valueName").text: p.find(f"{{{cap.NAMESPACE}}}value").text
        for p in root.iter(f"{{{cap.NAMESPACE}}}parameter")
    }
    assert (values["anomaly_score"], values["day"]) == ("0.610", "2024-05-08")
    assert text(root, "circle").startswith("-8.1400,124.5900 86.")


def test_a_named_day_is_taken_and_an_absent_one_refused(said):
    settings, engine = said
    ask = {"status": cap.Status.TEST, "now": NOW, **WORDS}
    message = message_of(settings, engine, station_code="ALR", day="2024-05-07", **ask)
    assert message.parameters["anomaly_score"] == "0.400"
    with pytest.raises(ConfigError, match="no score of 2024-05-01"):
        message_of(settings, engine, station_code="ALR", day="2024-05-01", **ask)
    with pytest.raises(ConfigError, match="no score yet"):
        message_of(settings, engine, station_code="KPY", **ask)
    with pytest.raises(ConfigError, match="no station"):
        message_of(settings, engine, station_code="XXX", **ask)
    with pytest.raises(ConfigError, match="expires"):
        message_of(settings, engine, station_code="ALR", **(ask | {"now": NOW.replace(month=7)}))


def test_the_command_knows_no_actual_message(said, small_world, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(commands, "now", lambda: NOW)
    words = {"sender": "a@example.org", "addresses": ["b@example.org"]}
    for status in ("actual", "Actual", "system", "draft", ""):
        with pytest.raises(ConfigError, match="only test and exercise exist"):
            commands.cap(small_world, "ALR", status=status, **words)
    assert commands.cap(small_world, "ALR", status="Exercise", **words) == 0
    assert "<status>Exercise</status>" in capsys.readouterr().out
    out = tmp_path / "message.xml"
    assert commands.cap(small_world, "ALR", status="test", out=out, **words) == 0
    assert cap.check(out.read_bytes()) == ()
