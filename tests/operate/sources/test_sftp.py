"""SFTP against a real server: locks that hold, paths that stay inside, files that wait."""

import os
import runpy
import threading
import time
from pathlib import Path

import pytest

from seismomag.core.errors import ConfigError
from seismomag.operate.sources.sftp import SftpPlan, get_sftp_file, get_sftp_names

asyncssh = pytest.importorskip("asyncssh", reason="the extra sftp is not installed")
SftpService = runpy.run_path(str(Path(__file__).parents[1] / "servers" / "sftp_service.py"))[
    "SftpService"
]


@pytest.fixture(scope="module")
def keys():
    return {name: asyncssh.generate_private_key("ssh-ed25519") for name in ("host", "me", "other")}


@pytest.fixture
def make(tmp_path, keys, monkeypatch):
    """Start a server and plan for it: ``make(known=..., with_key=...) -> plan, server``."""
    monkeypatch.setenv("SSH_AUTH_SOCK", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    root = tmp_path / "served"
    (root / "ALR").mkdir(parents=True)
    (root / "ALR" / "S250101.ALR").write_bytes(b"day" * 100)
    running = []

    def start(known="host", with_key="me", plan=None, **service):
        server = SftpService(root, keys["host"], keys["me"], **service).__enter__()
        running.append(server)
        known_hosts = tmp_path / "known_hosts"
        line = ""
        if known:
            public = keys[known].export_public_key().decode().strip()
            line = f"[127.0.0.1]:{server.port} {public}\n"
        known_hosts.write_text(line)
        key_file = tmp_path / "key"
        keys[with_key].write_private_key(str(key_file))
        options = {
            "host": "127.0.0.1",
            "port": server.port,
            "user": "seismomag",
            "known_hosts": known_hosts,
            "client_keys": (key_file,),
            "settle_s": 0.05,
            **(plan or {}),
        }
        return SftpPlan(**options), server

    yield start
    for server in running:
        server.__exit__()


def took_s(work):
    before = time.monotonic()
    return work(), time.monotonic() - before


def test_a_file_comes_with_its_provenance(make):
    plan, _ = make()
    answer = get_sftp_file(plan, "ALR/S250101.ALR")
    assert answer.data == b"day" * 100
    assert answer.provenance[0].url == f"sftp://127.0.0.1:{plan.port}/./ALR/S250101.ALR"
    assert answer.available_time is not None


@pytest.mark.parametrize("known", [None, "other"])
def test_an_unknown_or_changed_host_key_is_refused_in_time(make, known):
    plan, _ = make(known=known)
    answer, seconds = took_s(lambda: get_sftp_file(plan, "ALR/S250101.ALR"))
    assert answer.reason_code == "unsafe"
    assert "key of the host" in answer.reason
    assert seconds <= 10


def test_a_server_that_asks_for_a_password_gets_none(make, monkeypatch):
    def ask(*_):
        raise AssertionError

    monkeypatch.setattr("builtins.input", ask)
    monkeypatch.setattr("getpass.getpass", ask)
    plan, server = make(asks_password=True)
    answer, seconds = took_s(lambda: get_sftp_file(plan, "ALR/S250101.ALR"))
    assert answer.reason_code == "refused"
    assert server.n_password_asked == 0
    assert seconds <= 10


def test_a_key_that_does_not_fit_is_refused(make):
    plan, _ = make(with_key="other")
    assert get_sftp_file(plan, "ALR/S250101.ALR").reason_code == "refused"


def test_a_key_with_a_passphrase_is_a_reason_and_no_question(make, keys, tmp_path):
    locked = tmp_path / "locked"
    locked.write_bytes(keys["me"].export_private_key("pkcs8-pem", passphrase="secret"))
    plan, _ = make(plan={"client_keys": (locked,)})
    answer = get_sftp_file(plan, "ALR/S250101.ALR")
    assert answer.reason_code == "refused"
    assert "agent" in answer.reason


def test_a_mute_server_meets_the_limit(make):
    plan, _ = make(is_mute=True, plan={"connect_s": 0.5})
    answer, seconds = took_s(lambda: get_sftp_file(plan, "ALR/S250101.ALR"))
    assert answer.reason_code == "unreachable"
    assert seconds <= 10


def test_nobody_listening_is_a_reason(make):
    plan, server = make()
    server.__exit__()
    assert get_sftp_file(plan, "ALR/S250101.ALR").reason_code == "unreachable"


@pytest.mark.parametrize(
    "path", ["../x", "ALR/../../x", "/etc/passwd", "", ".", ".ssh/id", "a\\b", "a\nb", "C:x"]
)
def test_a_path_that_leaves_the_root_is_refused_before_connecting(make, path):
    plan, _ = make()
    with pytest.raises(ConfigError):
        get_sftp_file(plan, path)


def test_links_are_refused_at_every_step(make, tmp_path):
    plan, server = make()
    (server.root / "link").symlink_to(server.root / "ALR")
    (server.root / "ALR" / "link").symlink_to("S250101.ALR")
    for path in ("link/S250101.ALR", "ALR/link"):
        answer = get_sftp_file(plan, path)
        assert answer.reason_code == "unsafe"
        assert "link" in answer.reason


def test_a_folder_or_nothing_is_no_file(make):
    plan, _ = make()
    assert get_sftp_file(plan, "ALR").reason_code == "unsafe"
    assert get_sftp_file(plan, "ALR/none").reason_code == "no_data"


def test_a_growing_file_waits(make):
    plan, server = make(plan={"settle_s": 0.5})
    file = server.root / "ALR" / "S250101.ALR"
    stop = threading.Event()

    def grow():
        while not stop.wait(0.02):
            with file.open("ab") as out:
                out.write(b"more")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        answer = get_sftp_file(plan, "ALR/S250101.ALR")
        assert answer.reason_code == "growing"
        assert "still being written" in answer.reason
    finally:
        stop.set()
        writer.join()
    assert get_sftp_file(plan, "ALR/S250101.ALR").data == file.read_bytes()


def test_a_large_file_is_refused(make):
    plan, _ = make(plan={"limit_bytes": 299})
    assert get_sftp_file(plan, "ALR/S250101.ALR").reason_code == "too_large"


def test_only_plain_files_with_plain_names_are_listed(make):
    plan, server = make()
    folder = server.root / "ALR"
    (folder / "S250102.ALR").write_bytes(b"")
    (folder / "back\\slash").write_bytes(b"")
    (folder / "new\nline").write_bytes(b"")
    (folder / ".hidden").write_bytes(b"")
    (folder / "sub").mkdir()
    (folder / "link").symlink_to("S250101.ALR")
    os.mkfifo(folder / "pipe")
    answer = get_sftp_names(plan, "ALR")
    assert answer.data == ("S250101.ALR", "S250102.ALR")
    assert answer.notes[0].startswith("6 entries")
    assert get_sftp_names(plan).data == ()


@pytest.mark.parametrize(
    "wrong", [{"known_hosts": Path("nowhere")}, {"client_keys": (Path("nowhere"),)},
              {"connect_s": 0.0}, {"settle_s": -1.0}],
)  # fmt: skip
def test_an_impossible_plan_is_refused(make, wrong):
    with pytest.raises(ConfigError):
        make(plan=wrong)
