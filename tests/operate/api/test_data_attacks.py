"""Damaged files, locked databases, hostile audits: a problem document, never a path or a trace."""

import asyncio
import gzip
import hashlib
import json
import shutil
import sqlite3

import numpy as np
import pandas as pd
import pytest

from seismomag.dataset.build import build_store
from seismomag.dataset.rule import LabelRule
from seismomag.operate.api.answers import kept
from seismomag.operate.api.answers.encoding import encode, encode_csv
from seismomag.operate.api.context import open_operation
from seismomag.operate.api.facts.phrases import without_places
from seismomag.operate.api.shapes.network import CycleBar
from seismomag.operate.archive import Archive
from seismomag.operate.daily import stages
from seismomag.operate.database import open_database
from seismomag.operate.settings import read_settings
from seismomag.signal.grid import ScalogramGrid

DAY = "stations/ALR/days/2024-05-10"
PATHS = (
    "status",
    "network",
    "stations",
    "operation",
    "forecasts",
    "ledger",
    "audits",
    "audits/latest",
    "models",
    DAY,
    f"{DAY}/scalogram",
    "stations/ALR/coverage?year=2024",
)


def assert_is_clean(answer, folder):
    """No path of this machine and no trace in a body."""
    for secret in (str(folder), str(folder.parent), "Traceback", 'File "', "site-packages"):
        assert secret not in answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def raw_file(folder, day="0510"):
    return next((folder / "archive" / "ALR" / "2024").glob(f"{day}-r1/*"))


@pytest.mark.parametrize("damage", ["truncated", "garbage", "gone", "bomb"])
def test_a_damaged_raw_file_is_a_reason_and_no_error(look, past, damage):
    path = raw_file(past)
    path.chmod(0o644)
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        bomb = gzip.compress(bytes(300_000_000))
        path.write_bytes(
            {"truncated": data[: len(data) // 2], "garbage": b"\x00\xff" * 99}.get(damage, bomb)
        )
    client = look(past)
    told = client.get(DAY)
    assert told.status_code == 200
    assert told.json()["has_data"] is False
    assert told.json()["reason"]["en"].startswith("the file of the archive is damaged")
    assert told.json()["provenance"]["file_name"]
    refused = client.get(f"{DAY}/scalogram")
    assert (refused.status_code, refused.json()["title"]) == (503, "day damaged")
    for answer in (told, refused):
        assert_is_clean(answer, past)


def test_a_damaged_store_hides_scalograms_and_not_fields(look, past):
    settings = read_settings(past)
    store = settings.tensor("ALR", "2024-05-10")
    data = bytearray(store.read_bytes())
    data[: len(data) // 2] = bytes(len(data) // 2)
    store.write_bytes(bytes(data))
    client = look(past)
    told = client.get(DAY)
    assert told.json()["has_data"] is True
    assert told.json()["has_scalogram"] is False
    assert told.json()["scalogram_reason"]["en"] == "the scalogram store of the day is damaged"
    refused = client.get(f"{DAY}/scalogram")
    assert (refused.status_code, refused.json()["title"]) == (503, "store damaged")
    assert_is_clean(refused, past)


def test_a_flipped_value_of_a_store_of_the_drawn_grid_fails_its_checksum(look, past):
    settings, grid = read_settings(past), ScalogramGrid()
    day = np.datetime64("2024-05-10")
    engine = open_database(settings.database_url)
    weather = stages.space_weather_until(engine, pd.Timestamp("2024-05-11T00:09"))
    sample = stages.sample_of(settings, "ALR", day, weather, LabelRule(), grid.reach_s)
    path = settings.tensor("ALR", "2024-05-10")
    path.unlink()
    build_store(path, sample, Archive(engine, settings.archive).load_day, grid)
    engine.dispose()
    whole = look(past).get(f"{DAY}/scalogram")
    computed_from_archive = look(shutil.copytree(past, past.parent / "no_store"))
    (past.parent / "no_store" / path.relative_to(past)).unlink()
    assert computed_from_archive.get(f"{DAY}/scalogram").content == whole.content
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    refused = look(past).get(f"{DAY}/scalogram")
    assert refused.status_code == 503
    assert "checksum" in refused.json()["detail"] or "damaged" in refused.json()["detail"]


def test_a_locked_database_is_said_with_since_when(look, past):
    client = look(past)
    database = sqlite3.connect(past / "seismomag.sqlite", isolation_level=None)
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("BEGIN EXCLUSIVE")
    database.execute("UPDATE stations SET name = name")
    try:
        answer = client.get("status")
    finally:
        database.execute("ROLLBACK")
        database.close()
    assert answer.status_code == 503
    told = answer.json()
    assert "locked" in told["detail"]
    assert told["since"]
    assert_is_clean(answer, past)


def test_a_file_that_may_not_be_read_is_a_problem(look, past):
    path = read_settings(past).ledger
    path.unlink()
    path.mkdir()
    answer = look(past).get("ledger")
    assert (answer.status_code, answer.json()["title"]) == (503, "not to be had now")
    assert_is_clean(answer, past)


def test_a_damaged_database_is_a_problem(look, past):
    client = look(past)
    path = past / "seismomag.sqlite"
    path.write_bytes(b"SQLite format 3\x00" + bytes(range(256)) * 40)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    answer = client.get("network")
    assert answer.status_code == 503
    assert_is_clean(answer, past)


HOSTILE = (
    b"",
    b"[]",
    b"{}",
    b'{"level": "V9", "reason_code": ""}',
    b'{"level": "V5", "reason_code": "", "n_events": "many", "audited_at": "x"}',
    b"[" * 100_000,
    b'{"level": NaN}',
    b"\xff\xfe\x00",
)


@pytest.mark.parametrize("verdict", HOSTILE)
def test_a_hostile_verdict_is_counted_and_skipped(look, past, verdict):
    bad = past / "audits" / "bad"
    bad.mkdir()
    (bad / "verdict.json").write_bytes(verdict)
    client = look(past)
    assert [a["audit_id"] for a in client.get("audits").json()["audits"]] == ["foreign"]
    assert client.get("audits/bad").status_code == 503
    titles = [t["title"]["en"] for t in client.get("status").json()["troubles"]]
    assert titles == ["1 audits cannot be read"]


@pytest.mark.parametrize(
    "pictures",
    [
        None,
        [],
        {"molchan": 3},
        {"calendar": {"day": ["x"]}},
        {"shift_hits": {"hits": ["a"]}},
        {"reliability": {"bins": [{"probability": "x"}], "steps": 3}},
        {"reliability": {"bins": 3, "steps": {"probability": ["a"]}}},
    ],
)
def test_a_hostile_audit_is_a_problem(look, past, pictures):
    folder = past / "audits" / "foreign"
    told = json.loads((folder / "audit.json").read_text())
    told["pictures"] = pictures
    data = json.dumps(told).encode()
    (folder / "audit.json").write_bytes(data)
    verdict = json.loads((folder / "verdict.json").read_text())
    verdict["report_sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "verdict.json").write_text(json.dumps(verdict))
    client = look(past)
    answer = client.get("audits/foreign")
    assert answer.status_code == 503
    assert_is_clean(answer, past)
    assert client.get("forecasts").status_code == 200


def test_a_link_is_no_audit(look, past, tmp_path):
    outside = shutil.move(past / "audits" / "foreign", tmp_path / "outside")
    (past / "audits" / "link").symlink_to(outside)
    assert look(past).get("audits").json()["audits"] == []


@pytest.mark.parametrize("path", PATHS)
def test_no_answer_names_a_place_of_this_machine(seen, past_operation, path):
    answer = seen.get(path)
    assert answer.status_code == 200
    if "scalogram" not in path:
        assert_is_clean(answer, past_operation)


def test_what_a_spreadsheet_would_run_is_text():
    rows = [CycleBar(stage='=HYPERLINK("x")', start_s=0.0, end_s=1.0, outcome="@ok")]
    assert encode_csv(CycleBar, rows, "x").body.decode().splitlines()[1] == (
        '"\'=HYPERLINK(""x"")",0.0,1.0,\'@ok'
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/a/b/S240508.ALR: gone", "S240508.ALR: gone"),
        (r"C:\data\x.h5 is damaged", "x.h5 is damaged"),
        ("no answer of sftp://me@host/x", "no answer of the source"),
        ("incoming/ALR/2024/x.gz: torn", "x.gz: torn"),
        ("p < 0.01 and 3/4 of it", "p < 0.01 and 3/4 of it"),
    ],
)
def test_paths_and_addresses_are_taken_out(said, told):
    assert without_places(said) == told


def test_kept_answers_are_bounded(past):
    operation = open_operation(read_settings(past))

    async def fill():
        for i in range(60):
            await operation.answers.get(i, lambda: encode(bytes(1_000_000), "x"))
        return operation.answers

    held = asyncio.run(fill())
    assert held._n_bytes <= kept.MOST_BYTES
    assert held._n_bytes == sum(one.encoded.n_bytes for one in held._kept.values())
    operation.answers.close()
    operation.engine.dispose()
    operation.writing.dispose()
