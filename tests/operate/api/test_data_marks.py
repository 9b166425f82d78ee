"""Marks change with every fact and with nothing else, on both kinds of database."""

from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from seismomag.operate import database_tables as tables
from seismomag.operate.api.facts.marks import Marks

STATION = {
    "station_code": "ALR",
    "latitude_deg": -8.0,
    "longitude_deg": 124.0,
    "name": "Alor",
    "time_zone": "Asia/Makassar",
}


@pytest.fixture
def marks(engine, tmp_path):
    made = Marks(SimpleNamespace(folder=tmp_path), engine)
    yield made
    made.close()


def test_a_written_row_changes_the_marks(marks, engine):
    before = marks.now()
    with engine.connect() as connection:
        connection.execute(sa.select(tables.stations)).all()
    assert marks.now() == before, "reading is no fact"
    with engine.begin() as connection:
        connection.execute(tables.stations.insert(), [STATION])
    assert marks.now() != before


@pytest.mark.parametrize("name", ["ledger/ledger.jsonl", "audits/one", "verdict.json"])
def test_a_file_beside_the_database_changes_the_marks(marks, tmp_path, name):
    before = marks.now()
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}")
    assert marks.now() != before
