"""A finished run becomes a working directory through the real daily job."""

import hashlib
import json
import shutil
from importlib.resources import files

import pytest

from seismomag.cli.run_opening import opened
from seismomag.core.errors import ConfigError
from seismomag.experiment.config import read_config
from seismomag.experiment.tables import write_table
from seismomag.operate import ledger
from seismomag.operate.audits import verdict_line
from seismomag.operate.rehearsal.clock import clock_of
from seismomag.operate.run_folder import find_run, open_run
from seismomag.operate.settings import read_settings

RULE = {"threshold": 0.22, "state_days": 7, "target_tau": 0.2, "frozen_on": "nothing"}


@pytest.fixture
def run(tmp_path, small_models):
    """A run folder with everything that a finished run leaves and the operation needs."""
    folder = tmp_path / "demo" / "planted"
    (folder / "audit").mkdir(parents=True)
    text = files("seismomag.experiment").joinpath("configs", "demo_small.toml").read_text()
    # The small model knows these stations.
    (folder / "config.toml").write_text(text.replace('"BAR"', '"ALR"').replace('"TIM"', '"KPY"'))
    simulation = read_config(folder / "config.toml").simulated()
    write_table(simulation.catalogue.events, folder / "catalogue.csv")
    write_table(simulation.space_weather, folder / "space_weather.csv")
    shutil.copytree(small_models / "1", folder / "model")
    (folder / "run.json").write_text("{}")
    told = json.dumps({"provenance": {"alarm_rule": RULE}})
    (folder / "audit" / "audit.json").write_text(told)
    verdict = {
        "level": "V1",
        "reason_code": "",
        "p_value": 0.4,
        "n_events": 12,
        "audited_at": "2015-01-01T00:00:00+00:00",
        "report_sha256": hashlib.sha256(told.encode()).hexdigest(),
    }
    (folder / "audit" / "verdict.json").write_text(json.dumps(verdict))
    return folder


def test_the_demo_opens_as_an_operation(run):
    folder = open_run(run.parent, n_days=2)
    settings = read_settings(folder)
    assert (settings.operation.mode, settings.alarm.threshold) == ("test", 0.22)
    # The rule of the labels is that of the model.
    assert settings.labels is None
    records = ledger.read(settings.ledger)
    assert {(r["station"], r["kind"]) for r in records} >= {
        ("ALR", "forecast"),
        ("KPY", "forecast"),
    }
    days = sorted({record["day"] for record in records})
    assert len(days) == 2
    late = {record["day"] for record in records if ledger.is_late(record)}
    assert late == {days[0]}, "issued when its horizon had begun: kept, never scored"
    clock, is_simulated = clock_of(folder)
    assert is_simulated
    assert f"{clock():%H:%M}" == "02:20"
    assert "no skill demonstrated (p = 0.4, n = 12 events)" in verdict_line(folder, "en")
    before = (folder / "operate.toml").stat().st_mtime_ns
    assert open_run(run, n_days=2) == folder
    assert (folder / "operate.toml").stat().st_mtime_ns == before, "it is made once"


def test_what_is_no_finished_run_is_refused(run, tmp_path):
    assert find_run(tmp_path) is None
    with pytest.raises(ConfigError, match="neither a working directory"):
        open_run(tmp_path)
    (run / "audit" / "verdict.json").unlink()
    with pytest.raises(ConfigError, match="finish the run first"):
        open_run(run)


def test_the_server_says_why_a_run_cannot_be_shown(run, tmp_path, capfd):
    assert opened(tmp_path) == tmp_path, "no run: for the server to refuse"
    (run / "audit" / "verdict.json").unlink()
    with pytest.raises(ConfigError, match="cannot be served"):
        opened(run.parent)
    assert "finish the run first" in capfd.readouterr().err
