"""Databases of both kinds: SQLite always, PostgreSQL where its server is installed."""

import os
import runpy
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from seismomag.core.recording import make_recording
from seismomag.operate.database import migrate, open_database, sqlite_url
from seismomag.operate.settings import read_settings
from seismomag.operate.sources.endpoints import Endpoint
from seismomag.operate.working_directory import init
from seismomag.readers import frg604rc
from seismomag.readers.file_names import day_file_name
from seismomag.readers.space_weather import write_space_weather
from seismomag.signal.grid import ScalogramGrid

ACCOUNT = "postgres"


@pytest.fixture(scope="session")
def postgres_url():
    """A real server on a socket in a temporary folder."""
    programs = [shutil.which(name) for name in ("initdb", "pg_ctl", "psql")]
    if not all(programs):
        pytest.skip("NOT TESTED ON POSTGRESQL: initdb, pg_ctl and psql are not installed")
    initdb, control, _ = programs
    # It refuses to be run by root.
    account = {"user": ACCOUNT, "group": ACCOUNT} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if account:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=20"

    def call(*words):
        subprocess.run(words, check=True, capture_output=True, cwd=folder, **account)

    call(initdb, "-D", data, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--no-sync")
    call(control, "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield f"postgresql+psycopg://{ACCOUNT}@/postgres?host={folder}"
    finally:
        call(control, "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "seismomag.sqlite")
    return request.getfixturevalue("empty_postgres")


@pytest.fixture
def empty_postgres(postgres_url):
    engine = open_database(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return postgres_url


@pytest.fixture
def engine(database_url):
    """A migrated database of each kind."""
    opened = open_database(database_url)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_engine(tmp_path):
    """A migrated SQLite database, for what does not depend on the kind."""
    opened = open_database(sqlite_url(tmp_path / "only.sqlite"))
    migrate(opened)
    yield opened
    opened.dispose()


# --- local servers that speak the protocols ---------------------------------------------

SERVERS = Path(__file__).parent / "servers"


@pytest.fixture(scope="session")
def servers():
    """Everything that the modules of the folder of servers define."""
    names = {}
    for path in sorted(SERVERS.glob("*.py")):
        if path.stem != "sftp_service":
            names |= runpy.run_path(str(path))
    return SimpleNamespace(**names)


@pytest.fixture
def serve(servers):
    """Start a web server: ``serve(answers) -> WebServer``; all end with the test."""
    running = []

    def start(answers, **options):
        server = servers.WebServer(answers, **options).__enter__()
        running.append(server)
        return server

    yield start
    for server in running:
        server.__exit__()


@pytest.fixture
def place():
    """Endpoint of a running server: ``place(server, path="", **options)``."""
    return lambda server, path="", **options: Endpoint(
        name="test", url=server.url + path, licence="none", **options
    )


# --- a network that sends day files, and a small model ------------------------------------

START = np.datetime64("2024-05-08")
CODES = ("ALR", "KPY")


@dataclass(frozen=True)
class _MemoryStore:
    grid: ScalogramGrid
    tensors: np.ndarray

    def read(self, rows):
        return self.tensors[rows]


def _training_samples():
    vary = np.random.default_rng(1)
    n = 40
    day = np.repeat(np.arange(n // 2), 2)
    start = pd.Timestamp("2023-01-01") + pd.to_timedelta(day, unit="D")
    target = np.arange(n) % 3 == 0
    return pd.DataFrame(
        {
            "sample_id": [f"{CODES[i % 2]}_{d:03d}" for i, d in enumerate(day)],
            "station_code": pd.Series([CODES[i % 2] for i in range(n)], dtype="str"),
            "window_start": start,
            "issue_time": start + pd.Timedelta(hours=24, minutes=9),
            "horizon_start": start + pd.Timedelta(days=2),
            "horizon_end": start + pd.Timedelta(days=16),
            "coverage": 1.0,
            "kp_max": 2.0,
            "dst_min_nt": -5.0,
            "is_target": pd.array(target, dtype="boolean"),
            "event_id": pd.Series([""] * n, dtype="str"),
            "cluster_id": pd.Series([""] * n, dtype="str"),
            "magnitude": np.where(target, vary.uniform(4.5, 6.5, n), np.nan),
            "distance_km": 100.0,
            "azimuth_deg": np.where(target, vary.uniform(0, 360, n), np.nan),
            "lead_time_days": 3.0,
            "split": np.where(day < n // 3, "train", "validation"),
            "store_row": np.arange(n),
        }
    )


@pytest.fixture(scope="session")
def small_models(tmp_path_factory):
    """Two finished models of a coarse grid, of different seeds."""
    from seismomag.dataset.gate import open_training
    from seismomag.network import LossPlan, ModelPlan, TrainingPlan, fit

    samples = _training_samples()
    vary = np.random.default_rng(1)
    n = len(samples)
    grid = ScalogramGrid(n_frequencies=8, column_s=3600)
    tensors = np.exp(vary.normal(-3, 0.5, (n, grid.n_planes, 8, 24))).astype(np.float16)
    folder = tmp_path_factory.mktemp("models")
    for seed in (1, 2):
        fit(
            _MemoryStore(grid, tensors),
            open_training(samples),
            model=ModelPlan(trunk="small", gru_width=4),
            loss=LossPlan(),
            training=TrainingPlan(
                epochs=2, batch_size=16, first_selectable_epoch=1, seed=seed, mask_columns=2
            ),
            label_rule={"magnitude_edges": (4.5, 5.0, 6.0), "maximum_depth_km": 100.0},
            folder=folder / str(seed),
        )
    return folder


@pytest.fixture(scope="session")
def day_files(tmp_path_factory):
    """Four days of two stations as the instruments write them."""
    folder = tmp_path_factory.mktemp("sent")
    for i, code in enumerate(CODES):
        for d in range(4):
            write_day(folder, code, START + d, seed=10 * i + d)
    return folder


def write_day(folder, code, day, seed, n_missing=0):
    vary = np.random.default_rng(seed)
    level = np.array([[38_000.0], [500.0], [-9_000.0]])
    field = np.round(level + vary.normal(0, 1, (3, 86_400)), 2)
    field[:, :n_missing] = np.nan
    recording = make_recording(
        field,
        day,
        sampling_hz=1.0,
        frame="HDZ",
        station_code=code,
        source_format="FRG604RC",
        source_sha256="",
    )
    path = folder / code / day_file_name(code, day)
    path.parent.mkdir(exist_ok=True, parents=True)
    return frg604rc.write(recording, path)


@pytest.fixture
def small_world(tmp_path):
    """A working directory with two stations, and nothing sent yet."""
    folder = tmp_path / "work"
    init(folder)
    text = (folder / "operate.toml").read_text()
    text = text.replace("2026-01-01", str(START)).replace("settle_s = 30.0", "settle_s = 0.0")
    text = text.replace("files = []", 'files = ["weather.csv"]').replace("= 5.0", "= 0.0")
    (folder / "operate.toml").write_text(text)
    with (folder / "stations.csv").open("a") as file:
        file.write("ALR,-8.14,124.59,Alor,Asia/Makassar\nKPY,-3.68,102.58,Kepahiang,Asia/Jakarta\n")
    hours = pd.date_range("2024-05-05", "2024-05-20", freq="3h")
    kp = pd.DataFrame({"time": hours, "kp": 2.0, "dst_nt": np.nan})
    dst = pd.DataFrame({"time": hours, "kp": np.nan, "dst_nt": -10.0})
    weather = pd.concat([kp, dst]).sort_values("time", ignore_index=True)
    weather = weather.assign(
        f107_sfu=np.nan, status="final", available_time=weather["time"] + pd.Timedelta(hours=4)
    )
    write_space_weather(weather, folder / "weather.csv")
    opened = open_database(read_settings(folder).database_url)
    migrate(opened)
    opened.dispose()
    return folder


@pytest.fixture
def world(small_world, small_models, day_files):
    """The same with a model."""
    shutil.copytree(small_models / "1", small_world / "models" / "champion")
    return small_world


@pytest.fixture
def send(world, day_files):
    """Put day files where the operation looks for them."""

    def put(*days, codes=CODES):
        for code in codes:
            for d in days:
                name = day_file_name(code, START + d)
                target = world / "incoming" / code / name
                target.parent.mkdir(exist_ok=True)
                shutil.copy(day_files / code / name, target)

    return put
