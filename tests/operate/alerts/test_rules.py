import hashlib
import hmac
import json
import socketserver
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pandas as pd
import pytest
import sqlalchemy as sa

from seismomag.core.errors import ConfigError
from seismomag.operate import database
from seismomag.operate import database_tables as tables
from seismomag.operate.alerts import delivery as alerts_delivery
from seismomag.operate.alerts import rules as alerts
from seismomag.operate.channel_plans import MailPlan, WebhookPlan
from seismomag.operate.secrets import read_secret
from seismomag.operate.settings import AlarmPlan, read_settings

NOW = pd.Timestamp("2024-05-10 21:00")
GOOD = {
    "probability": 0.8,
    "alarm": True,
    "coverage": 1.0,
    "kp_at_issue": 2.0,
    "dst_at_issue": -10.0,
}


@pytest.fixture
def plant(small_world):
    """The operation of two stations, with facts put into its database by hand."""
    settings = read_settings(small_world)
    engine = database.open_database(settings.database_url)
    yield settings, engine
    engine.dispose()


def put_forecast(engine, day="2024-05-09", station="ALR", **changes):
    row = {
        "station_code": station,
        "day": day,
        "model_sha256": "a" * 64,
        "input_sha256": "b" * 64,
        "role": "champion",
        "issued_at": f"{day}T23:00:00Z",
        "valid_from": "2024-05-11T00:00:00Z",
        "valid_to": "2024-05-25T00:00:00Z",
        "azimuth": None,
        "magnitude_class": 1,
        "reason": None,
        "ledger_seq": 0,
    }
    with engine.begin() as connection:
        database.put_forecasts(connection, [row | GOOD | changes])


def rules(settings, engine, now=NOW):
    return {(a.rule, a.station_code, a.level) for a in alerts.evaluate(settings, engine, now)[0]}


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "warning"),
        ({"probability": 0.95}, "critical"),
        ({"probability": 0.6}, "watch"),
        ({"probability": 0.4}, None),
        ({"probability": None}, None),
        ({"kp_at_issue": None}, None),
        ({"dst_at_issue": None}, None),
        ({"kp_at_issue": 6.0}, None),
        ({"dst_at_issue": -80.0}, None),
        ({"coverage": 0.5}, None),
        ({"coverage": None}, None),
    ],
)
def test_levels_are_gated_and_fail_closed(changes, level):
    found, reason = alerts.anomaly_level(GOOD | changes, AlarmPlan(), 2)
    assert found == level
    assert bool(reason) == (level is None)


def test_one_day_alone_is_never_more_than_a_watch():
    assert alerts.anomaly_level(GOOD | {"probability": 0.99}, AlarmPlan(), 1) == ("watch", "")


def test_rules_see_silent_stations_failures_clocks_and_anomalies(plant):
    settings, engine = plant
    assert rules(settings, engine) == {("silent", "ALR", "warning"), ("silent", "KPY", "warning")}
    with engine.begin() as connection:
        from seismomag.operate.facts import STAGES, record_stage

        for stage in STAGES:
            record_stage(connection, "ALR", stage, "2024-05-09", NOW)
        record_stage(connection, "KPY", "collect", "2024-05-09", NOW)
        record_stage(connection, "KPY", "quality", "2024-05-09", NOW, "damaged")
        row = {
            "station_code": "ALR",
            "day": "2024-05-09",
            "file_sha256": "c" * 64,
            "coverage": 1.0,
            "n_clock_faults": 2,
            "sentences": "",
            "checked_at": "2024-05-10T00:00:00Z",
        }
        connection.execute(tables.quality.insert(), [row])
    put_forecast(engine, "2024-05-08")
    put_forecast(engine)
    assert rules(settings, engine) == {
        ("stage_failed", "KPY", "warning"),
        ("clock_fault", "ALR", "watch"),
        ("anomaly", "ALR", "watch"),
        ("anomaly", "ALR", "warning"),
    }


def test_a_silence_names_the_newest_day_that_came_and_since_when(plant):
    from seismomag.operate.facts import record_stage

    settings, engine = plant
    with engine.begin() as connection:
        record_stage(connection, "ALR", "collect", "2024-05-08", NOW)
        record_stage(connection, "ALR", "collect", "2024-05-09", NOW, "no file")
    found = {a.station_code: a.detail for a in alerts.evaluate(settings, engine, NOW)[0]}
    assert found == {
        "ALR": "newest day 2024-05-08, silent since 2024-05-09 00:00 UTC; 2024-05-09: no file",
        "KPY": "no day ever came, silent since 2024-05-08 00:00 UTC",
    }


def test_an_offset_that_stays_is_told_on_its_first_day_another_fault_each_day(plant):
    settings, engine = plant
    days = [
        ("ALR", "2024-05-07", 1, 0.3),
        ("ALR", "2024-05-08", 1, 0.301),
        ("ALR", "2024-05-09", 1, 0.4),
        ("KPY", "2024-05-08", 1, None),
        ("KPY", "2024-05-09", 2, 0.4),
    ]
    rows = [
        {
            "station_code": code,
            "day": day,
            "file_sha256": "c" * 64,
            "coverage": 1.0,
            "n_clock_faults": n,
            "sentences": "",
            "checked_at": "2024-05-10T00:00:00Z",
            "clock_offset_s": off_s,
        }
        for code, day, n, off_s in days
    ]
    with engine.begin() as connection:
        connection.execute(tables.quality.insert(), rows)
    found = [a for a in alerts.evaluate(settings, engine, NOW)[0] if a.rule == "clock_fault"]
    assert [(a.station_code, a.day, a.detail) for a in found] == [
        ("ALR", "2024-05-07", "1 clock fault, +0.300 s off the second"),
        ("ALR", "2024-05-09", "1 clock fault, +0.400 s off the second"),
        ("KPY", "2024-05-08", "1 clock fault"),
        ("KPY", "2024-05-09", "2 clock faults, +0.400 s off the second"),
    ]


def test_a_full_disk_and_a_broken_ledger_are_critical(plant, monkeypatch):
    settings, engine = plant
    settings.ledger.parent.mkdir(exist_ok=True)
    settings.ledger.write_bytes(b"{}\n")
    monkeypatch.setattr("seismomag.operate.alerts.rules.free_gb", lambda _: -1.0)
    found = rules(settings, engine)
    assert {("disk", "-", "critical"), ("broken_chain", "-", "critical")} <= found


def test_a_rule_that_cannot_be_applied_silences_no_other(plant, monkeypatch):
    settings, engine = plant

    def broken(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("seismomag.operate.alerts.rules.free_gb", broken)
    found, failures = alerts.evaluate(settings, engine, NOW)
    assert {a.rule for a in found} == {"silent"}
    assert failures == ("rule disk: [Errno 13] Permission denied",)


def test_what_fails_for_all_is_one_alert(plant):
    settings, engine = plant
    with engine.begin() as connection:
        from seismomag.operate.facts import record_stage

        for code in settings.codes:
            record_stage(connection, code, "alerts", "2024-05-09", NOW, "mail: no answer")
        record_stage(connection, "-", "files", "2024-05-09", NOW, "weather.csv: damaged")
    found = [a for a in alerts.evaluate(settings, engine, NOW)[0] if a.rule != "silent"]
    assert [(a.rule, a.station_code) for a in found] == [("network_failed", "-")]
    assert "mail: no answer" in found[0].detail
    assert "damaged" in found[0].detail


def test_an_alert_is_raised_once(plant):
    settings, engine = plant
    found, _ = alerts.evaluate(settings, engine, NOW)
    assert len(alerts.raise_new(engine, found, ["mail"], NOW)) == 2
    assert alerts.raise_new(engine, found, ["mail"], NOW) == ()
    assert found[0].alert_id == replace(found[0], detail="other words").alert_id
    assert found[0].alert_id != found[1].alert_id


class Hook:
    """A real receiver."""

    def __init__(self):
        self.got, self.status = [], 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((dict(self.headers), body))
                self.send_response(hook.status)
                self.send_header("Location", "http://169.254.169.254/")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"


@pytest.fixture
def hook():
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


class Mail(socketserver.StreamRequestHandler):
    """As much SMTP as a client needs."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    text += part
                self.server.got.append(text)
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 yes\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def post():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail) as server:
        server.daemon_threads, server.got = True, []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_webhook_is_signed_and_tried_again_with_the_same_id(plant, hook, monkeypatch):
    settings, engine = plant
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    plan = WebhookPlan(url=hook.url, secret_source="env:HOOK_SECRET", allowed_hosts=("127.0.0.1",))
    settings = replace(settings, webhook=plan)
    hook.status = 500
    fresh, failures = alerts_delivery.tell(settings, engine, NOW)
    assert (len(fresh), len(failures)) == (2, 2)
    assert "answered 500" in failures[0]
    hook.status = 302
    alerts_delivery.deliver(settings, engine, NOW)
    hook.status = 200
    assert alerts_delivery.tell(settings, engine, NOW) == ((), ())
    assert alerts_delivery.deliver(settings, engine, NOW) == ()
    assert len(hook.got) == 6
    headers, body = hook.got[-1]
    said = headers["X-Seismomag-Id"]
    assert said == hook.got[1][0]["X-Seismomag-Id"] == json.loads(body)["items"][0]["alert_id"]
    expected = hmac.new(b"s3cret", said.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Seismomag-Signature"] == f"sha256={expected}"
    assert json.loads(body)["mode"] == "shadow"
    assert "not a forecast" in json.loads(body)["verdict"]
    with engine.connect() as connection:
        rows = database.rows_of(connection, sa.select(tables.deliveries))
    assert {(row["n_attempts"], row["last_error"]) for row in rows} == {(3, "")}


def test_mail_carries_mode_line_and_id(plant, post):
    settings, engine = plant
    mail = MailPlan(
        host="127.0.0.1",
        port=post.server_address[1],
        sender="a@example.org",
        recipients=("b@example.org",),
        starttls=False,
    )
    settings = replace(settings, mail=mail)
    assert alerts_delivery.tell(settings, engine, NOW)[1] == ()
    text = post.got[0].decode()
    assert "Subject: [seismomag shadow] warning: station ALR" in text
    assert "not a forecast" in text
    assert "X-Seismomag-Id: " in text


def test_after_an_outage_there_is_one_digest(plant, hook, monkeypatch):
    """R7."""
    settings, engine = plant
    monkeypatch.setenv("HOOK_SECRET", "s")
    found = [
        alerts.Alert(
            rule="silent", station_code="ALR", day=f"2024-05-0{d}", level="warning", detail=""
        )
        for d in range(1, 8)
    ]
    alerts.raise_new(engine, found, ["webhook"], NOW)
    plan = WebhookPlan(url=hook.url, secret_source="env:HOOK_SECRET", allowed_hosts=("127.0.0.1",))
    alerts_delivery.deliver(replace(settings, webhook=plan), engine, NOW)
    assert len(hook.got) == 1
    assert len(json.loads(hook.got[0][1])["items"]) == 7


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://localhost/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://user:pass@8.8.8.8/",
        "ftp://8.8.8.8/",
        "https:///x",
        "file:///etc/passwd",
    ],
)
def test_private_addresses_are_refused(url):
    with pytest.raises(ConfigError, match="webhook"):
        alerts_delivery.guarded(url, ())


def test_public_addresses_pass_and_are_pinned():
    assert alerts_delivery.guarded("https://8.8.8.8/x", ())[1] == "8.8.8.8"


def test_secrets_come_from_the_environment_or_a_private_file(tmp_path, monkeypatch):
    monkeypatch.setenv("A_SECRET", "abc\n")
    assert read_secret("env:A_SECRET", tmp_path) == "abc"
    file = tmp_path / "s"
    file.write_text("xyz")
    file.chmod(0o600)
    assert read_secret("file:s", tmp_path) == "xyz"
    file.chmod(0o640)
    for source in ("file:s", "file:gone", "env:NOT_SET_HERE", "hunter2", "env:"):
        with pytest.raises(ConfigError) as refusal:
            read_secret(source, tmp_path)
        assert "xyz" not in str(refusal.value)
        assert "hunter2" not in str(refusal.value)
