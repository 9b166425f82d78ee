"""What machines that watch are told."""

import re
import subprocess
import sys
import time

import pandas as pd
import pytest

from seismomag.cli import serve_commands
from seismomag.core.errors import ConfigError, FormatError
from seismomag.operate import facts
from seismomag.operate.clock import now, stamp
from seismomag.operate.database_tables import files
from seismomag.operate.rehearsal.clock import clock_of


def figures(client, headers=None):
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_health_is_short_and_says_the_schema(serve):
    told = serve().get("/healthz").json()
    assert told["status"] == "ok"
    assert re.fullmatch(r"[a-z_]+", told["database_revision"])


def test_requests_are_counted_by_route_never_by_address(serve):
    client = serve()
    client.get("/api/v1/stations/ALR/coverage?year=2026")
    client.get("/api/v1/stations/KPY/coverage?year=2026")
    client.get("/wp-login.php?token=geheim")
    client.get("/api/v1/writes")
    found = figures(client)
    route = "/api/v1/stations/{station_code}/coverage"
    counted = {k: v for k, v in found.items() if k.startswith("seismomag_requests_total")}
    mine = [v for k, v in counted.items() if f'route="{route}"' in k]
    assert mine == [2.0]
    assert 'seismomag_requests_total{method="GET",route="/api/v1/writes",status="403"}' in counted
    assert found[f'seismomag_request_seconds_count{{route="{route}"}}'] == 2.0
    text = str(found)
    assert "wp-login" not in text
    assert "geheim" not in text
    assert "KPY/coverage" not in text


def test_age_of_the_newest_data_of_each_station(serve, engine_of):
    day = now().normalize() - pd.Timedelta(days=3)
    rows = [
        {
            "station_code": "ALR",
            "day": f"{day - pd.Timedelta(days=back):%Y-%m-%d}",
            "revision": 1,
            "path": "x",
            "sha256": f"{back:064x}",
            "n_bytes": 1,
            "origin": "x",
            "received_at": stamp(day),
        }
        for back in range(3)
    ]
    with engine_of.begin() as connection:
        connection.execute(files.insert(), rows)
    found = figures(serve())
    age_s = found['seismomag_newest_data_age_seconds{station="ALR"}']
    expected = (now() - day - pd.Timedelta(days=1)).total_seconds()
    assert age_s == pytest.approx(expected, abs=60)
    # Nothing is said of a station that never sent: absent, not zero.
    assert 'seismomag_newest_data_age_seconds{station="KPY"}' not in found


def test_a_stage_that_fails_is_told(serve, engine_of):
    client = serve()
    key = 'seismomag_stage_in_order{stage="collect",station="ALR"}'
    other = 'seismomag_stage_in_order{station="ALR",stage="collect"}'
    with engine_of.begin() as connection:
        facts.record_stage(connection, "ALR", "collect", "2999-01-01", now())
    found = figures(client)
    assert found.get(key, found.get(other)) == 1.0
    with engine_of.begin() as connection:
        facts.record_stage(connection, "ALR", "collect", "2999-01-01", now(), "no file")
    found = figures(client)
    assert found.get(key, found.get(other)) == 0.0


def test_the_chain_is_told_once_there_is_one(serve, folder):
    client = serve()
    assert "seismomag_ledger_whole" not in figures(client)
    (folder / "ledger" / "ledger.jsonl").write_text("no record\n")
    assert figures(client)["seismomag_ledger_whole"] == 0.0


def test_figures_need_a_reader(serve, tokens):
    client = serve()
    assert client.get("/metrics").status_code == 401
    assert figures(client, tokens.bearer("viewer"))


# --- the clock of a rehearsal -------------------------------------------------------------


def test_a_rehearsal_is_shown_by_its_own_clock(tmp_path):
    clock, is_simulated = clock_of(tmp_path)
    assert (is_simulated, clock) == (False, now)
    (tmp_path / "clock.json").write_text('{"simulated_now": "2025-03-31T20:20:05Z"}')
    clock, is_simulated = clock_of(tmp_path)
    assert is_simulated
    assert clock() == pd.Timestamp("2025-03-31 20:20:05")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"simulated_now": "never"}', "\x00"])
def test_a_damaged_clock_is_said(tmp_path, text):
    (tmp_path / "clock.json").write_text(text)
    with pytest.raises(FormatError, match="no clock of a rehearsal"):
        clock_of(tmp_path)


def test_a_folder_that_shows_nothing_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"operate\.toml: absent"):
        serve_commands.serve(tmp_path, host="127.0.0.1", port=0)


def test_no_scheduler_beside_an_invented_clock(folder):
    (folder / "clock.json").write_text('{"simulated_now": "2025-03-31T20:20:05Z"}')
    with pytest.raises(ConfigError, match="a clock of its own"):
        serve_commands.serve(folder, host="127.0.0.1", port=0, with_scheduler=True)


def test_the_scheduler_ends_with_the_server(folder):
    # A model is absent, so that the job fails at once; what counts is that both come to an end.
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "seismomag.cli",
            "serve",
            str(folder),
            "--port",
            "0",
            "--with-scheduler",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        time.sleep(1.0)
        process.terminate()
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, told
    children = subprocess.run(
        ["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True
    ).stdout
    assert f"daily {folder}" not in children
