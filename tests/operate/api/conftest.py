"""An operation that is served in this process, with users of every role."""

import shutil
import subprocess
import sys
import warnings
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from seismomag.operate import database_tables as tables
from seismomag.operate import users
from seismomag.operate.api.application import create_application
from seismomag.operate.api.context import open_operation
from seismomag.operate.clock import now
from seismomag.operate.daily.job import run_daily
from seismomag.operate.database import migrate, open_database
from seismomag.operate.settings import read_settings
from seismomag.operate.working_directory import STATIONS, init
from seismomag.readers.space_weather import write_space_weather

with warnings.catch_warnings():
    # It asks for the successor of httpx.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HOME = "http://localhost"
NAMES = ("viewer", "operator", "admin")


@pytest.fixture(scope="session")
def empty_operation(tmp_path_factory):
    """A working directory with two stations and an empty database."""
    folder = tmp_path_factory.mktemp("operation") / "op"
    init(folder)
    rows = "ALR,-8.14,124.59,Alor,Asia/Makassar\nKPY,-5.1,102.58,Kepahiang,Asia/Jakarta\n"
    (folder / "stations.csv").write_text(STATIONS + rows)
    engine = open_database(read_settings(folder).database_url)
    migrate(engine)
    engine.dispose()
    return folder


@pytest.fixture
def folder(empty_operation, tmp_path):
    """A working directory of the test's own."""
    return shutil.copytree(empty_operation, tmp_path / "op")


@pytest.fixture
def engine_of(folder):
    """Its database."""
    opened = open_database(read_settings(folder).database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def serve(folder):
    """Serve the working directory: ``serve(access=..., peer=..., ...)`` gives a client."""
    with ExitStack() as stack:

        def start(*, access="", peer="127.0.0.1", base_url=HOME, **options):
            if access:
                text = (folder / "operate.toml").read_text() + f"\n[access]\n{access}\n"
                (folder / "operate.toml").write_text(text)
            application = create_application(open_operation(read_settings(folder)), **options)
            client = TestClient(
                application,
                base_url=base_url,
                client=(peer, 50000),
                raise_server_exceptions=False,
                follow_redirects=False,
            )
            return stack.enter_context(client)

        yield start


@dataclass(frozen=True)
class Tokens:
    """A token of each role, and two that open nothing."""

    viewer: str
    operator: str
    admin: str
    expired: str
    wrong: str

    def bearer(self, name):
        """Headers of somebody; none for nobody."""
        if name == "none":
            return {}
        return {"Authorization": f"Bearer {getattr(self, name)}"}


@pytest.fixture
def tokens(engine_of):
    """Users of every role, one whose token has ended, and a token that is nobody's."""
    return make_tokens(engine_of)


def make_tokens(engine):
    made = {name: users.add_user(engine, name, name, now=now()) for name in NAMES}
    past = now() - pd.Timedelta(days=3)
    expired = users.add_user(engine, "expired", "admin", now=past, days=1)
    return Tokens(**made, expired=expired, wrong=users.new_token())


@pytest.fixture
def signed_in(serve, tokens):
    """A browser that is signed in: ``signed_in("operator")`` gives client and CSRF header."""

    def enter(name, **options):
        client = serve(**options)
        answer = client.post("/api/v1/session", json={"token": getattr(tokens, name)})
        assert answer.status_code == 200, answer.text
        return client, {"X-CSRF-Token": answer.json()["csrf"]}

    return enter


# --- an operation with four days behind it, an audit, and earthquakes -------------------------

SEEN_AT = pd.Timestamp("2024-05-12T02:20:00")
"""A quarter of an hour after the last run of the daily job."""

_LAST_RUN = pd.Timestamp("2024-05-12T02:05:00")


@pytest.fixture(scope="session")
def past_operation(tmp_path_factory, small_models, day_files):
    """Four days of two stations through the real daily job, a foreign audit, three earthquakes."""
    folder = tmp_path_factory.mktemp("past") / "op"
    init(folder)
    text = (folder / "operate.toml").read_text()
    text = text.replace("2026-01-01", "2024-05-08").replace("settle_s = 30.0", "settle_s = 0.0")
    text = text.replace("files = []", 'files = ["weather.csv"]').replace("= 5.0", "= 0.0")
    (folder / "operate.toml").write_text(text)
    rows = "ALR,-8.14,124.59,Alor,Asia/Makassar\nKPY,-3.68,102.58,Kepahiang,Asia/Jakarta\n"
    (folder / "stations.csv").write_text(STATIONS + rows)
    _write_weather(folder / "weather.csv")
    shutil.copytree(small_models / "1", folder / "models" / "champion")
    shutil.copytree(day_files, folder / "incoming", dirs_exist_ok=True)
    settings = read_settings(folder)
    engine = open_database(settings.database_url)
    migrate(engine)
    report = run_daily(settings, catch_up=True, clock=lambda: _LAST_RUN)
    assert report.failures == ()
    with engine.begin() as connection:
        connection.execute(tables.events.insert(), _earthquakes())
    engine.dispose()
    _audit(folder / "audits" / "foreign")
    return folder


def _write_weather(path):
    hours = pd.date_range("2024-05-05", "2024-05-12", freq="3h")
    kp = pd.DataFrame({"time": hours, "kp": 2.0, "dst_nt": np.nan})
    dst = pd.DataFrame({"time": hours, "kp": np.nan, "dst_nt": -10.0})
    weather = pd.concat([kp, dst]).sort_values("time", ignore_index=True)
    available = weather["time"] + pd.Timedelta(hours=1)
    weather = weather.assign(f107_sfu=np.nan, status="final", available_time=available)
    write_space_weather(weather, path)


def _earthquakes():
    """One under Alor, one far from everybody, one too deep."""
    places = (("near", -8.2, 124.6, 10.0), ("far", 40.0, 20.0, 10.0), ("deep", -8.1, 124.5, 400.0))
    return [
        {
            "event_id": name,
            "origin_time": "2024-05-11T12:00:00Z",
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "depth_km": depth,
            "magnitude": 5.5,
            "magnitude_type": "Mw",
            "source": "invented",
            "fetched_at": "2024-05-12T02:05:00Z",
        }
        for name, latitude, longitude, depth in places
    ]


def _audit(folder):
    """Audit somebody's list of scores, as ``seismomag audit CSV --out`` does."""
    vary = np.random.default_rng(4)
    day = pd.date_range("2023-01-01", periods=240)
    table = pd.DataFrame({"date": day, "probability": vary.random(240).round(3)})
    table["event"] = np.repeat(vary.random(60) < 0.3, 4).astype(int)
    path = folder.parent.parent / "theirs.csv"
    folder.parent.mkdir(exist_ok=True)
    table.to_csv(path, index=False)
    subprocess.run(
        [sys.executable, "-m", "seismomag.cli", "audit", str(path), "--out", str(folder)],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def past(past_operation, tmp_path):
    """A copy of it, to be broken."""
    return shutil.copytree(past_operation, tmp_path / "past")


@pytest.fixture
def look():
    """Serve a working directory at a time: ``look(folder)`` gives a client, read-only."""
    with ExitStack() as stack:

        def start(folder, at=SEEN_AT):
            operation = open_operation(read_settings(folder), clock=lambda: pd.Timestamp(at))
            client = TestClient(
                create_application(operation),
                base_url=f"{HOME}/api/v1/",
                client=("127.0.0.1", 50000),
                raise_server_exceptions=False,
            )
            return stack.enter_context(client)

        yield start


@pytest.fixture
def seen(look, past_operation):
    """The untouched operation, as it is seen after its last run."""
    return look(past_operation)
