"""Each stage of the daily job, broken on purpose, turns the page red within one run."""

import contextlib
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pandas as pd
import pytest

from seismomag.core.errors import SeismomagError
from seismomag.operate.api.answers.kept import LOOK_EVERY_S
from seismomag.operate.archive import Archive
from seismomag.operate.daily.conclusion import STATUS_FILE
from seismomag.operate.daily.job import run_daily
from seismomag.operate.database import open_database
from seismomag.operate.database_tables import files
from seismomag.operate.facts import STAGES
from seismomag.operate.rehearsal.plan import RehearsalPlan
from seismomag.operate.rehearsal.receiver import write_secret
from seismomag.operate.rehearsal.rehearse import ALARM_FILE, OUTSIDE, prepare
from seismomag.operate.rehearsal.stations import LEAST_STATIONS, first_stations
from seismomag.operate.rehearsal.world import Delivery, InventedNetwork, write_configuration
from seismomag.operate.settings import read_settings

N_DAYS = len(STAGES) + 1
HOURS_AFTER = 9.3
"""Hours after the end of a day at which it is worked on: everything has arrived by then."""


class Listener(BaseHTTPRequestHandler):
    """Takes every message."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@dataclass
class Post:
    """The receiver of the messages to operators; it may be away."""

    port: int
    server: HTTPServer | None = None

    def open(self):
        self.server = HTTPServer(("127.0.0.1", self.port), Listener)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Operation:
    """A working directory of one station, day after day."""

    network: InventedNetwork
    post: Post
    day: int = -1

    @property
    def folder(self):
        return self.network.folder

    @property
    def code(self):
        return self.network.simulation.stations[0].station_code

    @property
    def newest_file(self):
        return sorted((self.network.incoming / self.code).glob("S*"))[-1]

    def begin_day(self):
        self.day += 1
        self.network.deliver(self.moment(0))

    def moment(self, hours_more):
        end = pd.Timestamp(self.network.simulation.start) + pd.Timedelta(days=self.day + 1)
        return end + pd.Timedelta(hours=HOURS_AFTER + hours_more)

    def run(self, hours_more):
        """Run the daily job once, and let the page see the time at which it ended."""
        moment = self.moment(hours_more)
        with contextlib.suppress(SeismomagError, OSError):
            run_daily(read_settings(self.folder), clock=lambda: moment)
        told = {"simulated_now": f"{moment + pd.Timedelta(seconds=20):%Y-%m-%dT%H:%M:%SZ}"}
        (self.folder / "clock.json").write_text(json.dumps(told))
        time.sleep(LOOK_EVERY_S)


def models_that_always_alarm(operation, folder):
    """Every day is told to somebody, so that the messages have something to fail with."""
    shutil.copytree(operation / "models", folder / "models")
    alarm = json.loads((operation / ALARM_FILE).read_bytes()) | {"threshold": 0.000001}
    (folder / ALARM_FILE).parent.mkdir()
    (folder / ALARM_FILE).write_text(json.dumps(alarm))
    return folder


@pytest.fixture(scope="module")
def watched(tmp_path_factory, operation):
    """A sound operation behind its first day, with the model of the rehearsal."""
    folder = tmp_path_factory.mktemp("broken") / "op"
    stations = first_stations(LEAST_STATIONS)
    network = InventedNetwork.invent(folder, stations, N_DAYS, seed=3)
    network.deliveries = [
        Delivery(
            moment=pd.Timestamp(day) + pd.Timedelta(days=1, hours=1),
            station_code=stations[0].station_code,
            day=day,
            kind="whole",
        )
        for day in network.simulation.days
    ]
    plan = RehearsalPlan(n_days=N_DAYS, n_stations=len(stations), seed=3)
    models = models_that_always_alarm(operation, tmp_path_factory.mktemp("models"))
    _, text = prepare(network, plan, models)
    post = Post(free_port())
    hook = OUTSIDE.format(host="127.0.0.1", port=post.port, secret="key", events="").split(
        "[events]"
    )
    quiet = "largest_kp = 9.0\nlowest_dst_nt = -1000.0\n"
    write_configuration(folder, text + quiet + hook[0], stations[:1])
    write_secret(folder / "key", "a key of the test")
    post.open()
    made = Operation(network, post)
    made.begin_day()
    made.run(0)
    yield made
    post.close()


@pytest.fixture(scope="module")
def page(browser, serve, watched):
    """One page on it, for all of its days."""
    home = serve(watched.folder)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(15_000)

    def show():
        opened.goto(f"{home.url}/health?lang=en")
        opened.wait_for_selector("footer .fixed")
        opened.wait_for_load_state("networkidle")
        opened.locator("main .wait").wait_for(state="detached")
        return opened

    yield show
    context.close()


@contextlib.contextmanager
def garbage_comes(operation):
    path = operation.newest_file
    whole = path.read_bytes()
    path.write_bytes(b"\x00garbage" * 1000)
    try:
        yield
    finally:
        path.write_bytes(whole)


@contextlib.contextmanager
def archive_holds_what_nobody_reads(operation):
    settings = read_settings(operation.folder)
    engine = open_database(settings.database_url)
    day = operation.network.simulation.days[operation.day]
    planted = Archive(engine, settings.archive).ingest(
        operation.code,
        day,
        b"\x00garbage" * 1000,
        name="garbage",
        origin="planted",
        now=operation.moment(0),
    )
    try:
        yield
    finally:
        assert planted.is_new
        with engine.begin() as connection:
            connection.execute(files.delete().where(files.c.origin == "planted"))
        engine.dispose()


@contextlib.contextmanager
def no_folder_for_tensors(operation):
    place = operation.folder / "tensors" / operation.code
    away = place.rename(place.with_name("away"))
    place.write_bytes(b"no folder")
    try:
        yield
    finally:
        place.unlink()
        away.rename(place)


@contextlib.contextmanager
def bytes_changed(path: Path, change: Callable[[bytes], bytes]):
    whole = path.read_bytes()
    path.write_bytes(change(whole))
    assert path.read_bytes() != whole
    try:
        yield
    finally:
        path.write_bytes(whole)


def model_is_cut_off(operation):
    return bytes_changed(operation.folder / "models/champion/model.onnx", lambda data: data[:-100])


def ledger_is_altered(operation):
    ledger = read_settings(operation.folder).ledger
    return bytes_changed(ledger, lambda data: data.replace(b'"seq":1,', b'"seq":9,', 1))


@contextlib.contextmanager
def nobody_takes_messages(operation):
    operation.post.close()
    try:
        yield
    finally:
        operation.post.open()


@contextlib.contextmanager
def status_cannot_be_written(operation):
    place = operation.folder / STATUS_FILE
    place.unlink()
    place.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(place)


BREAKS = {
    "collect": (garbage_comes, "no reader knows this file"),
    "quality": (archive_holds_what_nobody_reads, "no reader knows this file"),
    "scalogram": (no_folder_for_tensors, "Not a directory"),
    "forecast": (model_is_cut_off, "the file was altered or truncated"),
    "ledger": (ledger_is_altered, "seq 1"),
    "alerts": (nobody_takes_messages, "127.0.0.1 did not answer"),
    "status": (status_cannot_be_written, "Is a directory"),
}
"""How each stage is broken, and what the page says of it."""


def test_every_stage_is_broken():
    assert set(BREAKS) == set(STAGES)


def test_the_page_is_quiet_before_anything_breaks(page):
    assert_quiet(page)


@pytest.mark.parametrize("stage", BREAKS)
def test_a_stage_that_is_broken_turns_the_page_red_within_one_run(
    watched, page, screenshots, stage
):
    """R8."""
    breaks, reason = BREAKS[stage]
    watched.begin_day()
    with breaks(watched):
        watched.run(0)
        assert_red(page, stage, reason, screenshots)
    watched.run(1)
    assert_quiet(page)


def troubles(health):
    return health.locator(".he-low > section", has_text="What is broken").locator(".br li")


def to_network(health):
    health.keyboard.press("1")
    health.wait_for_selector(".count .big")


def assert_red(page, stage, reason, screenshots):
    health = page()
    assert health.locator(".band.alarm h1").count() == 1
    said = [" ".join(text.split()) for text in troubles(health).all_inner_texts()]
    named = [text for text in said if text.startswith(f"{stage.title()} fails at 1 of 1 stations")]
    assert len(named) == 1, said
    assert reason in named[0]
    row = health.locator("table.mx tr", has=health.locator(f"th:text-matches('^{stage}')"))
    assert row.locator("td.failed").count() == 1
    to_network(health)
    assert health.locator(".ribbon.alarm").count() == 1


def assert_quiet(page):
    health = page()
    assert troubles(health).all_inner_texts() == []
    assert (
        health.locator(".band h1 > span").first.inner_text() == "All 7 stages ran at all 1 stations"
    )
    assert health.locator(".band.quiet").count() == 1
    assert health.locator("table.mx td.ok").count() == len(STAGES)
    to_network(health)
    assert health.locator(".ribbon.alarm, .ribbon.late").count() == 0
