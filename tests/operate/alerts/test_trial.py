"""A trial of the channels, to real servers on this machine."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pandas as pd
import pytest

from seismomag.cli import operate_commands as commands
from seismomag.core.errors import ConfigError
from seismomag.operate.alerts.trial import trial_message, try_channels
from seismomag.operate.channel_plans import MailPlan
from seismomag.operate.settings import read_settings

NOW = pd.Timestamp("2024-05-09 21:00")
HERE = "127.0.0.1"


@pytest.fixture
def hook():
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append((dict(self.headers), body))
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer((HERE, 0), Handler) as server:
        server.got, server.status = [], 200
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def hooked(small_world, hook, monkeypatch):
    """A working directory whose webhook is the server of the test."""
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    path = small_world / "operate.toml"
    path.write_text(
        path.read_text()
        + f'\n[webhook]\nurl = "http://{HERE}:{hook.server_port}/"\n'
        + f'secret_source = "env:HOOK_SECRET"\nallowed_hosts = ["{HERE}"]\n'
    )
    return small_world


def test_without_a_channel_it_says_what_to_fill_in(small_world):
    with pytest.raises(ConfigError, match=r"operate\.toml: no channel"):
        commands.try_alerts(small_world)


def test_one_message_marked_as_a_test_is_sent_and_told(hooked, hook, capsys):
    assert commands.try_alerts(hooked) == 0
    assert capsys.readouterr().out == "webhook: took the message\n"
    ((headers, body),) = hook.got
    said = json.loads(body)
    assert said["mode"] == "test"
    assert said["items"] == []
    assert said["sentence"] == "trial of this channel; nothing has happened"
    assert headers["X-Seismomag-Id"] == said["id"]


def test_a_channel_that_fails_is_named_and_the_others_are_tried(hooked, hook, capsys):
    path = hooked / "operate.toml"
    # Nobody listens on port 1.
    path.write_text(
        path.read_text()
        + f'\n[mail]\nhost = "{HERE}"\nport = 1\nstarttls = false\nsender = "a@x.org"\n'
        + 'recipients = ["b@x.org"]\n'
    )
    assert commands.try_alerts(hooked) == 2
    out = capsys.readouterr().out
    assert "mail: 127.0.0.1:1 did not take the mail (ConnectionRefusedError)" in out
    assert "webhook: took the message" in out
    hook.status = 500
    assert commands.try_alerts(hooked) == 2
    assert "webhook: 127.0.0.1 answered 500" in capsys.readouterr().out


def test_the_words_are_those_of_the_language_and_hold_the_audit(small_world):
    settings = read_settings(small_world)
    english = trial_message(settings, NOW)
    assert english.subject == "[seismomag test] trial of this channel; nothing has happened"
    assert "not a forecast" in english.body
    assert "mode: test" in english.body
    other = replace(settings, operation=replace(settings.operation, language="id"))
    assert "tidak terjadi apa-apa" in trial_message(other, NOW).subject
    assert trial_message(settings, NOW + pd.Timedelta(seconds=1)).message_id != english.message_id


def test_a_secret_that_is_not_there_is_a_failure_of_its_channel(small_world):
    plan = MailPlan(
        host="localhost", sender="a@x.org", recipients=("b@x.org",), user="me",
        password_source="file:absent",
    )  # fmt: skip
    settings = replace(read_settings(small_world), mail=plan)
    (trial,) = try_channels(settings, NOW)
    assert trial.error
