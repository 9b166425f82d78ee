"""A ledger that was restored or begun anew while the database stayed, or the other way round."""

import json
import shutil

import pytest
from tests.operate.daily_world import at, records, run, table

from seismomag.operate import database, ledger
from seismomag.operate import database_tables as tables
from seismomag.operate.daily.linking import mismatches
from seismomag.operate.ledger.verification import head_line, head_path
from seismomag.operate.settings import read_settings


def cut(world, n_records):
    """Set the ledger back to what it was after its first records."""
    path = read_settings(world).ledger
    lines = path.read_bytes().splitlines(keepends=True)[:n_records]
    last = json.loads(lines[-1])
    path.write_bytes(b"".join(lines))
    head_path(path).write_bytes(head_line(last["seq"], last["hash"]))


def said_by_doctor(world):
    engine = database.open_database(read_settings(world).database_url)
    found = mismatches(engine, records(world))
    engine.dispose()
    return found


@pytest.fixture
def sealed(world, send):
    """Three days of two stations in database and ledger."""
    send(0, 1, 2)
    run(world, 2)
    return world


def places(world):
    """Where each forecast says that its record stands, and where it stands."""
    rows = table(world, tables.forecasts)
    of = {(r["station"], r["day"]): r["seq"] for r in records(world)}
    return [(row["ledger_seq"], of[row["station_code"], row["day"]]) for row in rows]


@pytest.mark.parametrize("loss", ["cut", "moved away"])
def test_forecasts_whose_records_are_gone_are_sealed_again_and_never_said_to_lack_data(
    sealed, loss
):
    assert said_by_doctor(sealed) == ()
    if loss == "cut":
        cut(sealed, 2)
    else:
        shutil.move(sealed / "ledger", sealed / "elsewhere")
    run(sealed, 2, hours=21, catch_up=True)
    found = records(sealed)
    assert [r["kind"] for r in found] == ["forecast"] * 6
    again = found[2:] if loss == "cut" else found
    moment = f"{at(2, 21)():%Y-%m-%dT%H:%M:%SZ}"
    assert {r["issued_at"] for r in again} == {moment}
    assert [r["day"] for r in found if ledger.is_late(r)] == ["2024-05-08", "2024-05-08"] + [
        "2024-05-09"
    ] * 2
    assert [said == there for said, there in places(sealed)] == [True] * 6
    assert said_by_doctor(sealed) == ()
    latest = table(sealed, tables.latest_forecasts)
    assert {row["ledger_seq"] for row in latest} == {4, 5}


def test_a_record_at_another_place_is_only_linked_anew(sealed):
    """A database restored from another operation of the same forecasts."""
    engine = database.open_database(read_settings(sealed).database_url)
    with engine.begin() as connection:
        connection.execute(
            tables.forecasts.update().where(tables.forecasts.c.ledger_seq == 5).values(ledger_seq=1)
        )
    engine.dispose()
    (sentence,) = said_by_doctor(sealed)
    assert sentence.startswith("1 forecast in the database names another record as its own")
    assert "KPY 2024-05-10" in sentence
    assert run(sealed, 2, hours=2).n_records == 0
    assert said_by_doctor(sealed) == ()


def test_records_whose_forecasts_are_gone_are_named(sealed):
    engine = database.open_database(read_settings(sealed).database_url)
    with engine.begin() as connection:
        connection.execute(tables.forecasts.delete().where(tables.forecasts.c.day == "2024-05-09"))
    engine.dispose()
    (sentence,) = said_by_doctor(sealed)
    assert sentence.startswith("2 records of the ledger have no forecast in the database")
    assert "first: ALR 2024-05-09" in sentence
