"""Channels are checked where they are read: a wrong letter is found before an alert needs them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError
from seismomag.operate.channel_plans import MailPlan, WebhookPlan, webhook_parts
from seismomag.operate.settings import read_settings

MAIL = {"host": "mail.example.org", "sender": "a@example.org", "recipients": ("b@example.org",)}
SECRET = "env:HOOK_SECRET"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.org:99999/", "no address"),
        ("https://example.org:0/", "no port"),
        ("https://[::1/", "no address"),
        ("https://example.org/ä", "ASCII"),
        ("https://exämple.org/", "ASCII"),
        ("https://example.org/a b", "blanks"),
        ("https://example.org/\r\nHost: x", "blanks"),
        ("", "blanks"),
        ("http://example.org/", "https only"),
        ("example.org/hook", "a host"),
        ("https://169.254.169.254/latest/meta-data", "no public address"),
        ("https://[::ffff:10.0.0.1]/", "no public address"),
        ("https://me@example.org/", "no login"),
    ],
)
def test_an_address_that_cannot_work_is_refused(url, said):
    with pytest.raises(ConfigError, match=said):
        WebhookPlan(url=url, secret_source=SECRET)


@pytest.mark.parametrize(
    "url",
    ["https://example.org/hook", "https://8.8.8.8:8443/", "https://[2001:4860:4860::8888]/a?b=c"],
)
def test_an_address_that_can_work_is_taken(url):
    assert WebhookPlan(url=url, secret_source=SECRET).url == url


def test_a_host_that_is_allowed_may_be_private_and_plain():
    WebhookPlan(url="http://10.0.0.7:8080/", secret_source=SECRET, allowed_hosts=("10.0.0.7",))


@pytest.mark.parametrize(
    "url", ["https://me:geheim@example.org/", "https://me:geheim@[::1/", "ftp://me:geheim@x:99999"]
)
def test_no_message_shows_a_password(url):
    with pytest.raises(ConfigError) as caught:
        webhook_parts(url, ())
    assert "geheim" not in str(caught.value)


@given(st.text(max_size=40), st.sampled_from(["", "https://", "https://[", "https://a:"]))
def test_any_text_is_an_address_or_a_message(text, before):
    try:
        parts = webhook_parts(before + text, ())
    except ConfigError:
        return
    assert parts.scheme == "https"
    assert parts.hostname
    assert parts.port is None or 1 <= parts.port <= 65_535


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"port": 99999999}, "port 99999999"),
        ({"port": 0}, "port 0"),
        ({"sender": "a@example.org\r\nBcc: x@example.org"}, "expected an address"),
        ({"sender": "Seismo <a@example.org>"}, "expected an address"),
        ({"sender": "example.org"}, "expected an address"),
        ({"recipients": ("b@example.org", "ä@example.org")}, "expected an address"),
        ({"recipients": ()}, "one address or more"),
        ({"host": "mail.example.org/x"}, "host"),
        ({"host": ""}, "host"),
        ({"starttls": False}, "this machine only"),
    ],
)
def test_mail_that_cannot_work_is_refused(change, said):
    with pytest.raises(ConfigError, match=said):
        MailPlan(**{**MAIL, **change})


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_mail_on_this_machine_may_be_plain(host):
    assert MailPlan(**{**MAIL, "host": host, "starttls": False}).host == host


def test_the_file_is_named_when_it_is_read(small_world):
    path = small_world / "operate.toml"
    before = path.read_text()
    path.write_text(
        before + f'\n[webhook]\nurl = "https://example.org:99999/"\nsecret_source = "{SECRET}"\n'
    )
    with pytest.raises(ConfigError, match=r"operate\.toml: \[webhook\]: .*no address"):
        read_settings(small_world)
    path.write_text(
        before
        + '\n[mail]\nhost = "localhost"\nport = 99999999\nsender = "a@x.org"\n'
        + 'recipients = ["b@x.org"]\n'
    )
    with pytest.raises(ConfigError, match=r"operate\.toml: \[mail\]: port 99999999"):
        read_settings(small_world)
