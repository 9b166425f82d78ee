"""Kp, Dst and earthquakes within the daily job: from services, with what was known when."""

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from seismomag.core.errors import CoverageError
from seismomag.core.stations import Station
from seismomag.operate import database
from seismomag.operate import database_tables as tables
from seismomag.operate.daily.collecting import Collector
from seismomag.operate.daily.job import run_daily
from seismomag.operate.network_sources import network_stages, region_of, take_network
from seismomag.operate.settings import read_settings
from seismomag.operate.settings_sources import EventPlan
from seismomag.operate.status import status

START = np.datetime64("2024-05-08")
NOW = pd.Timestamp("2024-05-09 01:00")
STAMPS = pd.date_range("2024-05-05", "2024-05-09", freq="3h", inclusive="left")


@pytest.fixture
def declare(small_world):
    """Write what the network asks: ``declare(weather, events) -> settings, engine``."""
    opened = []

    def write(weather="", events=""):
        path = small_world / "operate.toml"
        text = path.read_text()
        start, end = text.index("[space_weather]"), text.index("[alarm]")
        fetch = (
            "[fetch]\ninterval_s = 0.0\nattempts = 1\nfirst_wait_s = 0.01\n"
            "trust_environment = false\n"
        )
        path.write_text(
            f"{text[:start]}{fetch}[space_weather]\n{weather}\n[events]\n{events}\n{text[end:]}"
        )
        settings = read_settings(small_world)
        opened.append(database.open_database(settings.database_url))
        return settings, opened[-1]

    yield write
    for engine in opened:
        engine.dispose()


def take(settings, engine, stage, now=NOW):
    with Collector(settings, engine, lambda: now) as collector:
        take_network(stage, collector, [START])


def rows(engine, which):
    with engine.connect() as connection:
        return database.rows_of(connection, sa.select(which).order_by(*which.primary_key))


def test_each_version_of_kp_keeps_the_moment_since_when_it_was_known(servers, serve, declare):
    said = {"kp": [2.0] * 32, "state": ["pre"] * 32}
    web = serve(lambda _: servers.Reply(servers.gfz_json(STAMPS, said["kp"], said["state"])))
    settings, engine = declare(f'kp = ["gfz"]\nurls = {{gfz = "{web.url}"}}')
    take(settings, engine, "kp")
    take(settings, engine, "kp", NOW + pd.Timedelta(hours=1))
    # The last interval was over at 00:00 and is published an hour later.
    last = [r for r in rows(engine, tables.indices) if r["time"] == "2024-05-08T21:00:00Z"]
    assert [(r["status"], r["source"], r["available_time"]) for r in last] == [
        ("nowcast", "gfz", "2024-05-09T01:00:00Z")
    ]
    said["kp"][-1] = 3.0
    take(settings, engine, "kp", NOW + pd.Timedelta(hours=2))
    said["state"][-1] = "def"
    take(settings, engine, "kp", NOW + pd.Timedelta(days=1))
    last = [r for r in rows(engine, tables.indices) if r["time"] == "2024-05-08T21:00:00Z"]
    assert {(r["status"], r["value"], r["available_time"]) for r in last} == {
        ("nowcast", 2.0, "2024-05-09T01:00:00Z"),
        ("nowcast", 3.0, "2024-05-09T03:00:00Z"),
        ("final", 3.0, "2024-05-10T01:00:00Z"),
    }
    assert len(rows(engine, tables.indices)) == 32 + 2


def test_a_second_service_only_fills_what_the_first_lacks(servers, serve, declare):
    first = serve(lambda _: servers.Reply(servers.gfz_json(STAMPS[:28], [2.0] * 28, ["pre"] * 28)))
    second = serve(lambda _: servers.Reply(servers.swpc_new(STAMPS, "Kp", [5.0] * 32)))
    settings, engine = declare(
        f'kp = ["gfz", "swpc"]\nurls = {{gfz = "{first.url}", swpc = "{second.url}"}}'
    )
    take(settings, engine, "kp")
    found = [(r["source"], r["value"]) for r in rows(engine, tables.indices)]
    assert found == [("gfz", 2.0)] * 28 + [("swpc", 5.0)] * 4
    n_asked = len(second.asked)
    take(settings, engine, "kp", NOW + pd.Timedelta(hours=1))
    assert len(second.asked) == n_asked


def test_without_any_answer_the_stage_fails_with_every_reason(servers, serve, declare):
    down = serve(lambda _: servers.Reply(b"", 503))
    settings, engine = declare(
        f'kp = ["gfz", "swpc"]\nurls = {{gfz = "{down.url}", swpc = "{down.url}"}}'
    )
    with pytest.raises(CoverageError, match=r"503.*503"):
        take(settings, engine, "kp")
    assert {r["source"]: r["reason_code"] for r in rows(engine, tables.source_states)} == {
        "kp gfz": "unreachable",
        "kp swpc": "unreachable",
    }


def test_dst_comes_from_the_pages_of_kyoto(servers, serve, declare):
    values = [[-10] * 24] * 7 + [[-20] * 24] + [[9999] * 24] * 23

    def answers(asked):
        if "dst_realtime" in asked.path and asked.path.endswith(".for.request"):
            return servers.Reply(servers.wdc_dst("2024-05", values))
        return servers.Reply(b"", 404)

    web = serve(answers)
    settings, engine = declare(f'dst = ["kyoto"]\nurls = {{kyoto = "{web.url}"}}')
    take(settings, engine, "dst", NOW + pd.Timedelta(hours=1))
    found = rows(engine, tables.indices)
    assert {r["status"] for r in found} == {"nowcast"}
    assert found[-1]["time"] == "2024-05-08T23:00:00Z"
    assert (found[-1]["kind"], found[-1]["value"]) == ("dst", -20.0)


EVENTS = 'services = ["fdsn", "bmkg"]\nurls = {{fdsn = "{}/fdsnws/event/1", bmkg = "{}"}}\n'


def test_earthquakes_are_revised_and_withdrawn_like_at_their_source(servers, serve, declare):
    events = servers.invented_events(5, start="2024-05-01")
    web = serve(servers.FdsnService(servers.Reply, events))
    settings, engine = declare(events=EVENTS.format(web.url, web.url))
    take(settings, engine, "events")
    found = rows(engine, tables.events)
    assert [r["event_id"] for r in found] == ["ev0", "ev1", "ev2", "ev3", "ev4"]
    assert found[0]["origin_time"] == "2024-05-01T00:00:00.000Z"
    assert (found[0]["source"], found[0]["fetched_at"]) == ("fdsn", "2024-05-09T01:00:00Z")
    assert web.asked[0].query["minlatitude"] == "-18.14"
    events[0]["mag"] = 6.0
    del events[2]
    take(settings, engine, "events", NOW + pd.Timedelta(hours=1))
    found = rows(engine, tables.events)
    assert [r["event_id"] for r in found] == ["ev0", "ev1", "ev3", "ev4"]
    assert found[0]["magnitude"] == 6.0


def test_the_next_service_is_asked_when_one_fails(servers, serve, declare):
    down = serve(lambda _: servers.Reply(b"", 503))
    body = servers.bmkg_list([servers.bmkg_row(pd.Timestamp("2024-05-08 03:00"))])
    web = serve(lambda _: servers.Reply(body))
    settings, engine = declare(events=EVENTS.format(down.url, web.url))
    take(settings, engine, "events")
    (row,) = rows(engine, tables.events)
    assert (row["source"], row["magnitude"]) == ("bmkg", 5.1)


def test_the_region_is_a_box_around_the_stations():
    def at(longitude_deg):
        return Station(station_code="A", latitude_deg=-85.0, longitude_deg=longitude_deg)

    assert region_of([at(100.0), at(120.0)], EventPlan()) == (-90.0, -75.0, 90.0, 130.0)
    assert region_of([at(-175.0), at(175.0)], EventPlan()) is None


def test_a_source_that_fails_stops_no_forecast_and_turns_the_status_red(
    servers, serve, declare, world, send
):
    down = serve(lambda _: servers.Reply(b"", 503))
    settings, engine = declare(
        f'kp = ["gfz"]\nurls = {{gfz = "{down.url}"}}', EVENTS.format(down.url, down.url)
    )
    assert network_stages(settings) == ("kp", "events")
    send(0)
    report = run_daily(settings, clock=lambda: NOW)
    assert report.n_records == 2
    assert {f.split()[2] for f in report.failures} == {"kp:", "events:"}
    red = [(s.station_code, s.stage) for s in status(settings, engine, NOW) if s.state != "ok"]
    assert red == [("-", "kp"), ("-", "events")]
    (found,) = [r for r in rows(engine, tables.alerts) if r["rule"] == "network_failed"]
    assert found["station_code"] == "-"
