"""The section ``[access]``."""

import pytest

from seismomag.core.errors import ConfigError
from seismomag.operate.access_plan import AccessPlan
from seismomag.operate.settings import read_settings
from seismomag.operate.working_directory import STATIONS, init


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"proxies": ("example.org",)}, "neither an address nor a network"),
        ({"proxies": ("10.0.0.1/8",)}, "neither an address nor a network"),
        ({"user_header": "X-User"}, "name them"),
        ({"role_header": "X-Role", "proxies": ("10.0.0.1",)}, "role_header needs user_header"),
        ({"user_header": "X User", "proxies": ("10.0.0.1",)}, "header names"),
        ({"proxy_role": "root"}, "proxy_role"),
        ({"session_hours": 0}, "session_hours"),
        ({"session_hours": 1e9}, "session_hours"),
    ],
)
def test_what_cannot_be_is_refused(values, words):
    with pytest.raises(ConfigError, match=words):
        AccessPlan(**values)


def test_only_the_named_are_believed():
    plan = AccessPlan(proxies=("127.0.0.1", "10.0.0.0/8", "fd00::/8"))
    assert all(plan.trusts(a) for a in ("127.0.0.1", "10.255.0.1", "fd00::1"))
    assert not any(plan.trusts(a) for a in ("127.0.0.2", "11.0.0.1", "::1", "", "testclient"))


def test_it_is_read_from_the_configuration_with_its_line(tmp_path):
    init(tmp_path)
    (tmp_path / "stations.csv").write_text(f"{STATIONS}ALR,-8.14,124.59,Alor,\n")
    assert read_settings(tmp_path).access == AccessPlan()
    text = (tmp_path / "operate.toml").read_text()
    given = '\n[access]\nproxies = ["127.0.0.1"]\nsession_hours = 8\n'
    (tmp_path / "operate.toml").write_text(text + given)
    assert read_settings(tmp_path).access.session_hours == 8
    (tmp_path / "operate.toml").write_text(f"{text}\n[access]\nproxy = []\n")
    with pytest.raises(ConfigError, match=r"operate\.toml:\d+: access\.proxy: unknown key"):
        read_settings(tmp_path)
