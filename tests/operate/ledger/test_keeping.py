"""An operation keeps to its preregistration, and speaks about what its model was trained on."""

import hashlib
import json
import shutil
from dataclasses import asdict

import pandas as pd
import pytest
from tests.operate.daily_world import records, run

from seismomag.cli import ledger_commands, operate_commands
from seismomag.core.errors import ConfigError
from seismomag.core.schema import Verdict
from seismomag.dataset.rule import LabelRule
from seismomag.network.folder import FILES, plain, seal, to_json
from seismomag.operate import database, models_registry
from seismomag.operate.label_rules import differences, read_rule
from seismomag.operate.ledger.keeping import NOT_REGISTERED
from seismomag.operate.settings import read_settings

NOW = pd.Timestamp("2024-05-01")
SAID = {"by": "Dewi", "reason": "better on the audit of May", "now": NOW}
OTHER = {"minimum_magnitude": 5.0, "horizon_days": 3, "magnitude_edges": [5.0, 6.0]}


def train_on(folder, rule):
    """Give a model another label rule, and seal it again."""
    files = {name: (folder / name).read_bytes() for name in FILES}
    description = json.loads(files["model.json"]) | {"label_rule": rule}
    seal(folder, files | {"model.json": to_json(description)})


def configure(world, old, new):
    path = world / "operate.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def labels(world, text):
    with (world / "operate.toml").open("a") as file:
        file.write(f"\n[labels]\n{text}\n")


@pytest.fixture
def registered(world, monkeypatch):
    monkeypatch.setattr(ledger_commands, "now", lambda: NOW)
    monkeypatch.setattr(operate_commands, "now", lambda: NOW)
    words = {"catalogue_source": "a list", "primary_test": "common shift, p < 0.01"}
    ledger_commands.preregister(world, first_day="2024-05-08", stop_day="2024-05-09", **words)
    return world


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("threshold = 0.5 ", "threshold = 0.4 ", "alarm.threshold = 0.4, frozen 0.5"),
        ("window_days = 14", "window_days = 7", "alarm.window_days = 7, frozen 14"),
    ],
)
def test_no_day_is_worked_on_with_other_settings_than_the_frozen_ones(
    registered, send, capsys, old, new, told
):
    assert operate_commands.config_check(registered) == 0
    assert "preregistered: 2024-05-08 to 2024-05-09, alarm at 0.5 over 14 days" in (
        capsys.readouterr().out
    )
    send(0)
    configure(registered, old, new)
    with pytest.raises(ConfigError, match=told):
        operate_commands.config_check(registered)
    with pytest.raises(ConfigError, match=told):
        run(registered, 0)
    assert [r["kind"] for r in records(registered)] == ["preregistration"]
    configure(registered, new, old)
    assert run(registered, 0).notes == ()
    assert len(records(registered)) == 3
    configure(registered, old, new)
    # The test is over.
    assert run(registered, 3).notes == ()


def test_the_file_of_what_was_frozen_must_be_there(registered):
    (registered / "ledger/prereg.json").unlink()
    with pytest.raises(ConfigError, match="absent"):
        run(registered, 0)


def test_an_operation_without_a_preregistration_is_told_so(world, send, capsys, monkeypatch):
    monkeypatch.setattr(operate_commands, "now", lambda: NOW)
    assert operate_commands.config_check(world) == 0
    assert NOT_REGISTERED in capsys.readouterr().out.splitlines()
    send(0)
    assert run(world, 0).sentences()[-1] == NOT_REGISTERED
    operate_commands.config_check(world)
    assert f"{NOT_REGISTERED}; the ledger has 2 records already" in capsys.readouterr().out


def test_a_new_user_is_told_to_preregister_before_the_first_run(tmp_path, capsys):
    operate_commands.init(tmp_path / "op")
    told = capsys.readouterr().out
    assert 0 < told.index("seismomag preregister") < told.index("seismomag daily")


def judged(world, threshold, state_days):
    """An audit of the champion, as a run leaves it."""
    champion = hashlib.sha256((world / "models/champion/manifest.json").read_bytes()).hexdigest()
    rule = {"threshold": threshold, "state_days": state_days}
    report = json.dumps({"provenance": {"model_sha256": champion, "alarm_rule": rule}})
    verdict = {
        "level": "V1",
        "reason_code": "",
        "p_value": 0.4,
        "n_events": 12,
        "audited_at": "2024-04-01T00:00:00+00:00",
        "report_sha256": hashlib.sha256(report.encode()).hexdigest(),
    }
    folder = world / "audits/may"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "audit.json").write_text(report)
    (folder / "verdict.json").write_text(json.dumps(verdict))


def test_the_threshold_is_compared_with_the_one_that_was_audited(world, capsys, monkeypatch):
    monkeypatch.setattr(operate_commands, "now", lambda: NOW)

    def told():
        assert operate_commands.config_check(world) == 0
        return capsys.readouterr().out

    assert "alarm at 0.5 over 14 days: no audit of the champion is here" in told()
    judged(world, 0.22, 7)
    assert "but the champion's audit judged 0.22 over 7 days: write that" in told()
    judged(world, 0.5, 14)
    assert "alarm at 0.5 over 14 days, as the champion's audit judged it" in told()
    (world / "audits/may/audit.json").write_text("{}")
    assert "no audit of the champion is here" in told()


def test_without_labels_the_rule_is_that_of_the_champion(world, send):
    train_on(world / "models/champion", OTHER)
    send(0)
    run(world, 0)
    assert {(r["valid_from"], r["valid_to"]) for r in records(world)} == {
        ("2024-05-10T00:00:00Z", "2024-05-13T00:00:00Z")
    }
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)
    assert models_registry.label_rule(settings, engine).minimum_magnitude == 5.0
    shutil.rmtree(world / "models/champion")
    assert models_registry.label_rule(settings, engine) == LabelRule()
    engine.dispose()


def test_labels_that_the_model_was_not_trained_on_are_refused_everywhere(world, send):
    labels(world, "minimum_magnitude = 6.5\nhorizon_days = 3")
    send(0)
    told = "minimum_magnitude = 4.5, wanted 6.5; horizon_days = 14, wanted 3"
    words = {"catalogue_source": "a", "primary_test": "b"}
    with pytest.raises(ConfigError, match=told):
        operate_commands.config_check(world)
    with pytest.raises(ConfigError, match=told):
        run(world, 0)
    with pytest.raises(ConfigError, match=told):
        ledger_commands.preregister(world, first_day="2030-01-01", stop_day="2030-01-02", **words)
    assert records(world) == []


def test_a_model_of_another_rule_serves_only_where_the_labels_say_so(world, small_models):
    shutil.copytree(small_models / "2", world / "models/second")
    train_on(world / "models/second", OTHER)
    engine = database.open_database(read_settings(world).database_url)
    passed = Verdict("V3", "", "sentence")
    for act in (
        lambda s: models_registry.challenge(s, engine, "models/second", **SAID),
        lambda s: models_registry.promote(s, engine, "models/second", passed, **SAID),
    ):
        with pytest.raises(ConfigError, match=r"minimum_magnitude = 5.0, wanted 4.5"):
            act(read_settings(world))
    assert models_registry.history(engine) == []
    labels(world, "minimum_magnitude = 5.0\nhorizon_days = 3\nmagnitude_edges = [5.0, 6.0]")
    settings = read_settings(world)
    models_registry.promote(settings, engine, "models/second", passed, **SAID)
    assert [s.path.name for s in models_registry.served_models(settings, engine)] == ["second"]
    with pytest.raises(ConfigError, match=r"minimum_magnitude = 4.5, wanted 5.0"):
        models_registry.roll_back(settings, engine, **SAID)
    engine.dispose()


@pytest.mark.parametrize(
    "rule",
    [
        LabelRule(),
        LabelRule(maximum_depth_km=float("inf"), radius=300.0, minimum_by_type={"mb": 4.8}),
    ],
)
def test_a_rule_survives_the_description_of_a_model(rule):
    told = json.loads(to_json(plain(asdict(rule))))
    assert differences(read_rule(told, "model.json"), rule) == ""


@pytest.mark.parametrize(
    "told",
    [
        {},
        5,
        ["horizon_days"],
        {"magnitude": 5},
        {"magnitude_edges": 3},
        {"radius": "far"},
        {"minimum_by_type": 3},
        {"horizon_days": "long"},
        {"maximum_depth_km": 10**400},
    ],
)
def test_a_rule_that_is_none_is_refused(told):
    with pytest.raises(ConfigError, match=r"model\.json: label_rule"):
        read_rule(told, "model.json")
