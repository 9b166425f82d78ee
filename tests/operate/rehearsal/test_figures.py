"""The figures of a rehearsal: each of them must be able to fail."""

from dataclasses import replace

import pandas as pd
import pytest

from seismomag.operate import database
from seismomag.operate import database_tables as tables
from seismomag.operate.rehearsal.cycle import CycleReport
from seismomag.operate.rehearsal.ending import Ending
from seismomag.operate.rehearsal.figures import figures_of
from seismomag.operate.rehearsal.plan import RehearsalPlan
from seismomag.operate.rehearsal.stations import first_stations
from seismomag.operate.rehearsal.watch import Watch
from seismomag.operate.rehearsal.world import FIRST_DAY, InventedNetwork
from seismomag.operate.settings import read_settings

PLAN = RehearsalPlan(n_days=10, n_stations=4, cycle_hours=12)
START = pd.Timestamp(FIRST_DAY)
GOOD = Ending(
    wrong_files=(),
    wrong_tables=(),
    n_rows_restored=5,
    is_restored_equal=True,
    forged_error="BrokenChainError: seq 3",
    is_forgery_named=True,
    n_scored=0,
)


def a_cycle(number, **values):
    return CycleReport(
        moment=START + pd.Timedelta(days=1, hours=8 + 12 * number),
        seconds=2.0,
        resident_bytes=300_000_000,
        peak_bytes=400_000_000,
        n_descriptors=14,
        **values,
    )


@pytest.fixture
def watch(small_world):
    """What is seen of a rehearsal in which nothing went wrong."""
    seen = Watch(read_settings(small_world))
    seen.cycles = [a_cycle(i, n_forecasts=4) for i in range(16)]
    seen.n_kills = seen.n_cut_off = 3
    seen.n_apart_done = seen.n_apart_refused = 1
    seen.hindered = [("full disk", "StoreError: no room", True)]
    return seen


@pytest.fixture
def figures(watch, small_world):
    network = InventedNetwork.invent(small_world, first_stations(4), 10, 3)

    def compute(ending=GOOD, messages=()):
        found = figures_of(watch, network, PLAN, ending, messages)
        return {figure.what: figure.is_within for figure in found}

    compute.network = network
    return compute


def verdict(found, words):
    (answer,) = [is_within for what, is_within in found.items() if words in what]
    return answer


def put(watch, table, rows):
    engine = database.open_database(watch.settings.database_url)
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)
    engine.dispose()


def alert(rule, code, day, raised_at):
    return {
        "alert_id": f"{rule}{code}{day}",
        "rule": rule,
        "station_code": code,
        "day": day,
        "level": "warning",
        "detail": "",
        "raised_at": raised_at,
    }


@pytest.mark.parametrize("name", ["n_unreadable", "n_lost_rows", "n_broken_ledgers"])
def test_damage_after_a_kill_fails_r1(watch, figures, name):
    assert verdict(figures(), "kill -9") is True
    setattr(watch, name, 1)
    assert verdict(figures(), "kill -9") is False


def test_kills_that_met_nobody_prove_nothing(watch, figures):
    watch.n_cut_off = 0
    assert verdict(figures(), "kill -9") is False


def test_a_lost_file_or_table_fails_r1(figures):
    for wrong in ({"wrong_files": ("x: gone",)}, {"wrong_tables": ("no table",)}):
        assert verdict(figures(replace(GOOD, **wrong)), "kill -9") is False


def test_a_run_that_fails_by_itself_fails_r1(watch, figures):
    watch.cycles[3] = replace(watch.cycles[3], error="ModelError: x")
    assert verdict(figures(), "completes unaided") is False


@pytest.mark.parametrize("met", [("full disk", "", True), ("full disk", "StoreError", False)])
def test_a_hindrance_without_error_or_with_a_trace_fails_r2(watch, figures, met):
    assert verdict(figures(), "without room") is True
    watch.hindered.append(met)
    assert verdict(figures(), "without room") is False


def test_a_clock_that_is_accepted_fails_r4(watch, figures):
    late = next(d for d in figures.network.deliveries if d.kind.startswith("clock "))
    assert verdict(figures(), "clock at fault") is None
    key = {"station_code": late.station_code, "day": str(late.day)}
    row = {"revision": 1, "path": "p", "sha256": "0", "n_bytes": 1, "origin": "", "received_at": ""}
    put(watch, tables.files, [key | row])
    assert verdict(figures(), "clock at fault") is True
    quality = {"file_sha256": "0", "coverage": 1.0, "sentences": "", "checked_at": ""}
    put(watch, tables.quality, [key | quality | {"n_clock_faults": 0}])
    assert verdict(figures(), "clock at fault") is False


def test_two_runs_at_once_fail_r7(watch, figures):
    assert verdict(figures(), "two schedulers") is True
    watch.n_apart_done = 2
    assert verdict(figures(), "two schedulers") is False


def test_days_off_that_are_not_made_good_fail_r7(figures):
    assert verdict(figures(), "days off") is False


def test_silence_must_be_told_in_time(watch, figures):
    code = figures.network.roles["silent"]
    sent = max(d.day for d in figures.network.deliveries if d.station_code == code)
    due = pd.Timestamp(sent) + pd.Timedelta(days=2, hours=20)
    assert verdict(figures(), "falls silent") is False
    late = f"{due + pd.Timedelta(hours=13):%Y-%m-%dT%H:%M:%SZ}"
    put(watch, tables.alerts, [alert("silent", code, "2025-03-01", late)])
    assert verdict(figures(), "falls silent") is False
    early = f"{due + pd.Timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    put(watch, tables.alerts, [alert("silent", code, "2025-03-02", early)])
    assert verdict(figures(), "falls silent") is True


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("raw to forecast", {"seconds": 60.0}),
        ("raw to forecast", {"peak_bytes": 3_000_000_000}),
        ("growth of memory", {"resident_bytes": 400_000_000}),
        ("growth of memory", {"n_descriptors": 15}),
    ],
)
def test_slowness_growth_and_open_files_fail_r9_and_r10(watch, figures, words, values):
    assert verdict(figures(), words) is True
    watch.cycles[-4:] = [replace(cycle, **values) for cycle in watch.cycles[-4:]]
    assert verdict(figures(), words) is False


def test_an_unequal_restore_an_unseen_forgery_and_a_wrong_signature_fail(figures):
    assert verdict(figures(), "backup") is True
    assert verdict(figures(replace(GOOD, is_restored_equal=False)), "backup") is False
    assert verdict(figures(replace(GOOD, is_forgery_named=False)), "forged") is False
    assert verdict(figures(replace(GOOD, forged_error="")), "forged") is False
    message = {"id": "a", "alert_ids": ["a"], "is_signed": False}
    assert verdict(figures(messages=[message]), "messages") is False


def test_a_lost_or_changed_row_is_counted(watch):
    row = {"revision": 1, "path": "p", "sha256": "0", "n_bytes": 1, "origin": "", "received_at": ""}
    put(watch, tables.files, [{"station_code": "ALR", "day": "2025-03-01"} | row])
    before = watch.committed()
    watch.compare(before)
    assert (len(before), watch.n_lost_rows) == (1, 0)
    engine = database.open_database(watch.settings.database_url)
    with engine.begin() as connection:
        connection.execute(tables.files.update().values(sha256="1"))
    engine.dispose()
    watch.compare(before)
    assert watch.n_lost_rows == 1
