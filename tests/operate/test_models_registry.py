import shutil

import pandas as pd
import pytest

from seismomag.core.errors import ConfigError
from seismomag.core.schema import Verdict
from seismomag.operate import database, models_registry
from seismomag.operate.settings import read_settings

NOW = pd.Timestamp("2024-05-11")
PASSED = Verdict("V3", "", "sentence")
SAID = {"by": "Dewi", "reason": "better on the audit of May", "now": NOW}


@pytest.fixture
def registry(world, small_models):
    shutil.copytree(small_models / "2", world / "models" / "second")
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)
    yield settings, engine
    engine.dispose()


def roles(registry):
    return [(s.path.name, s.role) for s in models_registry.served_models(*registry)]


def test_a_challenger_runs_beside_the_champion_until_it_is_promoted(registry):
    settings, engine = registry
    assert roles(registry) == [("champion", "champion")]
    models_registry.challenge(settings, engine, "models/second", **SAID)
    assert roles(registry) == [("champion", "champion"), ("second", "challenger")]
    models_registry.promote(settings, engine, "models/second", PASSED, **SAID)
    assert roles(registry) == [("second", "champion")]
    models_registry.roll_back(settings, engine, **SAID)
    assert roles(registry) == [("champion", "champion")]
    lines = models_registry.history_lines(models_registry.history(engine))
    assert len(lines) == 4
    assert "by Dewi: better on the audit of May (V3)" in lines[2]


@pytest.mark.parametrize(
    "verdict", [Verdict("V2", "", ""), Verdict("V0", "RED", ""), Verdict("V1", "", "")]
)
def test_no_promotion_without_a_passed_audit(registry, verdict):
    with pytest.raises(ConfigError, match="the audit says"):
        models_registry.promote(*registry, "models/second", verdict, **SAID)
    assert models_registry.history(registry[1]) == []


@pytest.mark.parametrize("bad", [{"reason": " "}, {"reason": "because"}, {"by": ""}])
def test_no_promotion_without_a_written_reason(registry, bad):
    with pytest.raises(ConfigError, match="say who decides"):
        models_registry.promote(*registry, "models/second", PASSED, **SAID | bad)
    assert roles(registry) == [("champion", "champion")]


def test_a_folder_that_was_exchanged_is_refused(registry, small_models):
    settings, engine = registry
    models_registry.promote(settings, engine, "models/second", PASSED, **SAID)
    shutil.rmtree(settings.models / "second")
    shutil.copytree(small_models / "1", settings.models / "second")
    with pytest.raises(ConfigError, match="decided on"):
        models_registry.served_models(settings, engine)


def test_a_challenger_may_retire_and_the_champion_may_not(registry):
    settings, engine = registry
    opened = models_registry.challenge(settings, engine, "models/second", **SAID)
    models_registry.retire(engine, opened, **SAID)
    assert roles(registry) == [("champion", "champion")]
    champion = models_registry.served_models(settings, engine)[0]
    with pytest.raises(ConfigError, match="no challenger"):
        models_registry.retire(engine, champion, **SAID)
    with pytest.raises(ConfigError, match="needs no shadow"):
        models_registry.challenge(settings, engine, "models/champion", **SAID)
    with pytest.raises(ConfigError, match="nothing to return to"):
        models_registry.roll_back(settings, engine, **SAID)


def test_a_challenger_forecasts_into_the_database_and_never_into_the_ledger(registry, send):
    import sqlalchemy as sa

    from seismomag.operate import ledger
    from seismomag.operate.daily.job import run_daily
    from seismomag.operate.database_tables import forecasts

    settings, engine = registry
    models_registry.challenge(settings, engine, "models/second", **SAID)
    send(0)
    report = run_daily(settings, clock=lambda: pd.Timestamp("2024-05-09 01:00"))
    assert (report.n_forecasts, report.n_records) == (4, 2)
    champion = models_registry.served_models(settings, engine)[0].sha256
    assert {r["model_sha256"] for r in ledger.read(settings.ledger)} == {champion}
    with engine.connect() as connection:
        rows = connection.execute(sa.select(forecasts.c.role, forecasts.c.ledger_seq)).all()
    assert sorted(rows, key=str) == sorted(
        [("challenger", None), ("challenger", None), ("champion", 0), ("champion", 1)], key=str
    )
