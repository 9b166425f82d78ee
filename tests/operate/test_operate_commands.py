import getpass
import hashlib
import json
import shutil

import pandas as pd
import pytest

from seismomag.cli import ledger_commands
from seismomag.cli import model_service_commands as service
from seismomag.cli import operate_commands as commands
from seismomag.core.errors import ConfigError, LeakError
from seismomag.operate import database, ledger, models_registry, trail
from seismomag.operate.settings import read_settings


def said(capsys):
    return capsys.readouterr().out


@pytest.fixture
def in_may(monkeypatch):
    """The commands believe that it is the day after the first."""
    moment = pd.Timestamp("2024-05-09 21:00")
    monkeypatch.setattr(commands, "now", lambda: moment)
    monkeypatch.setattr(
        "seismomag.operate.daily.job.run_daily.__kwdefaults__",
        {
            "catch_up": False,
            "since": None,
            "say": lambda _: None,
            "clock": lambda: moment,
        },
    )
    return moment


def test_a_new_user_goes_from_init_to_a_verified_ledger(
    tmp_path, small_models, day_files, in_may, capsys
):
    folder = tmp_path / "mine"
    assert commands.init(folder) == 0
    with pytest.raises(ConfigError, match="no station"):
        commands.config_check(folder)
    (folder / "stations.csv").write_text(
        "station_code,latitude_deg,longitude_deg\nALR,-8.14,124.59\nKPY,-3.68,102.58\n"
    )
    text = (folder / "operate.toml").read_text()
    (folder / "operate.toml").write_text(text.replace("2026-01-01", "2024-05-08"))
    shutil.copytree(small_models / "1", folder / "models/champion")
    shutil.copytree(day_files, folder / "incoming", dirs_exist_ok=True)
    import os

    for path in (folder / "incoming").rglob("S*"):
        os.utime(path, (1e9, 1e9))
    assert commands.config_check(folder) == 0
    told = said(capsys)
    assert "2 stations: ALR, KPY" in told
    assert "ALR: files of 1 of the 1 days from 2024-05-08 to 2024-05-08" in told
    assert commands.daily(folder, catch_up=True) == 0
    assert "1 days (2024-05-08 to 2024-05-08): 2 forecasts, 2 records" in said(capsys)
    assert ledger_commands.verify(folder) == 0
    assert "2 records" in said(capsys)
    assert ledger_commands.anchor(folder, []) == 0
    assert "not externally anchored" in said(capsys)
    assert commands.status(folder) == 0
    assert commands.operate_doctor(folder, read_archive=True) == 0
    assert service.show(folder) == 0
    assert commands.prune(folder) == 0
    assert commands.migrate(folder) == 0
    assert commands.backup(folder, tmp_path / "backup") == 0
    other = tmp_path / "other"
    assert commands.restore(other, tmp_path / "backup") == 0
    assert ledger.read(other / "ledger/ledger.jsonl") == ledger.read(folder / "ledger/ledger.jsonl")


def test_a_broken_ledger_leaves_with_three_and_is_told(world, send, in_may, capsys):
    send(0)
    commands.daily(world)
    path = world / "ledger/ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"KPY", b"XPY"))
    assert ledger_commands.verify(world) == 3
    assert commands.operate_doctor(world) == 3
    said(capsys)
    with pytest.raises(LeakError, match="seq 1"):
        commands.daily(world)
    assert "alert critical: broken_chain" in said(capsys)


@pytest.mark.parametrize(
    "since",
    ["yesterday", "2026-11-28T05:00+08:00", "NaT", "2026", "2026-11", "2026-02-30", "20261128"],
)
def test_a_day_that_is_none_is_refused(world, since):
    with pytest.raises(ConfigError, match="expected a UTC day"):
        commands.daily(world, since=since)


def test_a_second_scheduler_does_nothing_and_is_no_failure(world, in_may, capsys):
    from seismomag.operate import database, facts
    from seismomag.operate.settings import read_settings

    engine = database.open_database(read_settings(world).database_url)
    with facts.lease(engine):
        assert commands.daily(world) == 0
    engine.dispose()
    assert "nothing done" in said(capsys)


def test_preregister_then_score(world, capsys, monkeypatch):
    monkeypatch.setattr(ledger_commands, "now", lambda: pd.Timestamp("2024-05-01"))
    words = {
        "first_day": "2024-05-08",
        "stop_day": "2024-06-30",
        "catalogue_source": "the list of the test",
        "primary_test": "common shift, p < 0.01",
    }
    assert ledger_commands.preregister(world, **words) == 0
    assert "frozen" in said(capsys)
    catalogue = world / "events.csv"
    catalogue.write_text(
        "event_id,origin_time,latitude_deg,longitude_deg,depth_km,magnitude,magnitude_type,source\n"
        "a,2024-01-01T00:00:00Z,0,120,10,5,Mw,x\nb,2024-12-01T00:00:00Z,0,120,10,5,Mw,x\n"
    )
    assert ledger_commands.score(world, [catalogue]) == 0
    assert "0 records scored now" in said(capsys)


def test_a_model_is_promoted_on_the_audit_of_its_own_run(world, small_models, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(small_models / "2", run / "model")
    shutil.copytree(small_models / "2", world / "models/second")
    write_verdict(run / "audit", "V1")
    words = {"by": "Dewi", "reason": "better on the audit of May"}
    with pytest.raises(ConfigError, match="the audit says V1"):
        service.promote(world, "models/second", run, **words)
    with pytest.raises(ConfigError, match="is not models/champion"):
        service.promote(world, "models/champion", run, **words)
    assert service.challenge(world, "models/second", **words) == 0
    assert service.show(world) == 0
    assert "challenger" in said(capsys)
    with pytest.raises(ConfigError, match="nothing to return to"):
        service.roll_back(world, **words)
    with pytest.raises(ConfigError, match="is not the champion"):
        service.audited(world, run)
    write_verdict(run / "audit", "V3")
    assert service.promote(world, "models/second", run, **words) == 0
    assert "models/second is the champion: V3 (audits/run-" in said(capsys)
    assert json.loads((world / "verdict.json").read_text())["level"] == "V3"
    assert service.audited(world, run) == 0
    assert "skill in past data" in said(capsys)
    assert service.roll_back(world, **words) == 0
    assert_all_of_it_is_in_the_trail(world)


def test_a_model_outside_of_models_is_refused_and_a_reason_is_one_line(
    world, small_models, tmp_path
):
    shutil.copytree(small_models / "2", tmp_path / "x/models/second")
    (world / "models/link").symlink_to(tmp_path / "x/models/second")
    shutil.copytree(small_models / "2", world / "models/second")
    words = {"by": "Dewi", "reason": "better in May\n2026-01-01T00:00:00Z champion by nobody"}
    for path in ("../x/models/second", str(tmp_path / "x/models/second"), "models/link", "models"):
        with pytest.raises(ConfigError, match="copy the model folder into"):
            service.challenge(world, path, **words)
    assert service.challenge(world, "models/../models/second", **words) == 0
    engine = database.open_database(read_settings(world).database_url)
    row = models_registry.history(engine)[-1]
    (line, *_) = trail.lines(engine, before=None, limit=1)
    engine.dispose()
    assert row["path"] == "models/second"
    assert row["reason"] == "better in May 2026-01-01T00:00:00Z champion by nobody"
    assert line["reason"] == f"Dewi: {row['reason']}"


def test_an_anchor_that_nobody_signed_is_no_success(world, send, in_may, capsys):
    send(0)
    commands.daily(world)
    assert ledger_commands.anchor(world, []) == 0
    said(capsys)
    assert ledger_commands.anchor(world, ["http://127.0.0.1:1/"]) == 2
    assert "not signed: http://127.0.0.1:1/: 127.0.0.1 did not answer" in said(capsys)
    assert ledger_commands.anchor(world, [], calendars=["https://127.0.0.1:1"]) == 2
    assert "127.0.0.1 did not answer" in said(capsys)
    for url in ("https://example.org:99999/", "https://[::1/", "https://example.org/ä", ""):
        for words in ({"authorities": [url]}, {"authorities": [], "calendars": [url]}):
            with pytest.raises(ConfigError, match="expected an address"):
                ledger_commands.anchor(world, **words)


def test_the_check_of_a_configuration_looks_at_the_channels(world, monkeypatch, capsys):
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    path = world / "operate.toml"
    before = path.read_text()

    def check(url, more=""):
        path.write_text(
            f'{before}\n[webhook]\nurl = "{url}"\nsecret_source = "env:HOOK_SECRET"\n{more}'
        )
        return commands.config_check(world), said(capsys)

    assert check("https://8.8.8.8/")[0] == 0
    for url in ("https://localhost/", "https://2130706433/"):
        code, told = check(url)
        assert code == 2
        assert "127.0.0.1 is no public address" in told or "::1 is no public address" in told
    code, told = check("https://nowhere.invalid/")
    assert (code, "nowhere.invalid: unknown host" in told) == (2, True)
    code, told = check("https://8.8.8.8/", 'ca_file = "absent.pem"\n')
    assert (code, "absent.pem: absent" in told) == (2, True)
    with pytest.raises(ConfigError, match="no public address"):
        check("https://169.254.169.254/")


def assert_all_of_it_is_in_the_trail(world):
    engine = database.open_database(read_settings(world).database_url)
    lines = list(reversed(trail.lines(engine, before=None, limit=20)))
    engine.dispose()
    assert [(line["action"], line["outcome"].split(":")[0]) for line in lines] == [
        ("promote", "refused"),
        ("promote", "refused"),
        ("challenge", "done"),
        ("roll back", "refused"),
        ("take audit", "refused"),
        ("promote", "done"),
        ("take audit", "done"),
        ("roll back", "done"),
    ]
    assert {(line["by"], line["role"]) for line in lines} == {(getpass.getuser(), "console")}
    assert lines[2]["reason"] == "Dewi: better on the audit of May"
    second, champion = (
        hashlib.sha256((world / "models" / name / "manifest.json").read_bytes()).hexdigest()
        for name in ("second", "champion")
    )
    assert [lines[i]["subject"] for i in (2, 5, 7)] == [second, second, champion]


def write_verdict(folder, level):
    folder.mkdir(exist_ok=True)
    (folder / "audit.json").write_text("{}")
    verdict = {
        "level": level,
        "reason_code": "",
        "p_value": 0.004,
        "n_events": 41,
        "audited_at": "2024-05-09T06:00:00+00:00",
        "report_sha256": hashlib.sha256(b"{}").hexdigest(),
    }
    (folder / "verdict.json").write_text(json.dumps(verdict))


def test_mistakes_name_file_and_line(world):
    path = world / "operate.toml"
    text = path.read_text()
    path.write_text(text.replace("revisit_days", "revisit_dais"))
    with pytest.raises(
        ConfigError, match=r"operate.toml:\d+: operation.revisit_dais.*revisit_days"
    ):
        commands.config_check(world)
    path.write_text(text.replace('mode = "shadow"', 'mode = "public"'))
    with pytest.raises(ConfigError, match="mode"):
        commands.config_check(world)
    with pytest.raises(ConfigError, match="seismomag init"):
        commands.config_check(world / "nowhere")
    with pytest.raises(ConfigError, match="nothing was issued"):
        ledger_commands.verify(world)
