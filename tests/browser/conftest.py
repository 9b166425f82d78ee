"""A real server on a rehearsed operation, and a real browser that may reach nothing else."""

import gzip
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "seismomag" / "operate" / "web"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"

CHROMIUM = shutil.which(os.environ.get("SEISMOMAG_CHROMIUM", "chromium"))

WIDTHS = {390: 844, 1440: 900, 2560: 1440}
"""Height by width [px]: a telephone, the reference, the wall."""

PATIENCE_MS = 15_000


VIEWS = {
    "network": "/network",
    "station": "/station/{code}/{day}",
    "forecasts": "/forecasts",
    "ledger": "/ledger",
    "audit": "/audit/latest",
    "models": "/models",
    "health": "/health",
}


def pytest_generate_tests(metafunc):
    """A test that takes ``view`` is run for each of them."""
    if "view" in metafunc.fixturenames:
        metafunc.parametrize("view", VIEWS)


def pytest_collection_modifyitems(items):
    """Everything here starts a browser."""
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def operation(tmp_path_factory):
    """A rehearsed operation with an audit; ``SEISMOMAG_REHEARSED`` names one that is there."""
    folder = tmp_path_factory.mktemp("browser") / "op"
    ready = os.environ.get("SEISMOMAG_REHEARSED")
    if ready:
        shutil.copytree(ready, folder)
        _run("migrate", folder)
    else:
        # Whether the figures of the rehearsal are in bounds is a matter of other tests.
        _run("rehearse", folder, "--days", "5", "--stations", "4", "--quick", check=False)
        assert (folder / "operate.toml").is_file()
    if not any((folder / "audits").glob("*/audit.json")):
        _audit(folder)
    return folder


@pytest.fixture(scope="session")
def lacks():
    """Called where the operation has nothing to test a thing on: ``lacks("one station only")``.

    Ours is invented for these tests and must have it; one that somebody names may be another.
    """
    return pytest.skip if os.environ.get("SEISMOMAG_REHEARSED") else pytest.fail


def _run(*arguments, check=True):
    command = [sys.executable, "-m", "seismomag.cli", *map(str, arguments)]
    subprocess.run(command, check=check, capture_output=True, timeout=900)


def _audit(folder):
    """Audit an invented list of scores, so that there is a verdict to be seen."""
    import numpy as np
    import pandas as pd

    vary = np.random.default_rng(4)
    day = pd.date_range("2023-01-01", periods=240)
    table = pd.DataFrame({"date": day, "probability": vary.random(240).round(3)})
    table["event"] = np.repeat(vary.random(60) < 0.3, 4).astype(int)
    path = folder.parent / "scores.csv"
    table.to_csv(path, index=False)
    (folder / "audits").mkdir(exist_ok=True)
    _run("audit", path, "--out", folder / "audits" / "invented")


@dataclass(frozen=True)
class Server:
    """A process of ``seismomag serve`` and its folder."""

    url: str
    folder: Path

    def ask(self, path):
        """Ask the API as the page does."""
        answer = httpx.get(f"{self.url}/api/v1{path}", timeout=60)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="session")
def serve():
    """Serve working directories until the session ends: ``serve(folder)``."""
    started = []

    def start(folder):
        command = [sys.executable, "-m", "seismomag.cli", "serve", str(folder), "--port", "0"]
        log = (folder.parent / f"{folder.name}.log").open("wb")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        started.append((process, log))
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), f"no address; see {log.name}"
        return Server(url.rstrip("/"), folder)

    yield start
    for process, log in started:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()
        log.close()


@pytest.fixture(scope="session")
def server(serve, operation):
    """The server that all tests share: they read, and leave it as it is."""
    return serve(operation)


@pytest.fixture(scope="session")
def path_of(server):
    """Address of a view; the station view shows the newest day that has data."""
    station = server.ask("/network?days=30")["stations"][0]
    days = [cell["day"] for cell in station["coverage"] if cell["kind"] in {"measured", "part"}]
    known = {"code": station["station_code"], "day": days[-1] if days else "2025-01-01"}
    return lambda view: VIEWS[view].format(**known)


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium that resolves no name and reaches this machine only.

    Of a module: the driver's event loop runs in this thread for as long as it is open, and
    whoever else begins one here would be refused.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium here; SEISMOMAG_CHROMIUM names one")
    with playwright_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe():
    """The program of axe-core."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm --prefix web ci")
    return AXE.read_text()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory):
    """Folder of the pictures; ``SEISMOMAG_SCREENSHOTS`` keeps them."""
    kept = os.environ.get("SEISMOMAG_SCREENSHOTS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Heard:
    """What a page complained of, and what it asked for."""

    url: str
    complaints: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    answered: list = field(default_factory=list)

    def listen(self, page):
        page.on("console", lambda line: self._console(line))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("response", lambda answer: self.answered.append((answer.status, answer.url)))

    def _console(self, line):
        if line.type in {"error", "warning"}:
            self.complaints.append(f"{line.type}: {line.text}")

    @property
    def foreign(self):
        """Requests to anybody else."""
        home = urlsplit(self.url).netloc
        return [url for url in self.asked if urlsplit(url).netloc != home]

    def asked_api(self, path):
        """How often an address of the API was answered, by status."""
        known = [status for status, url in self.answered if f"/api/v1{path}" in url]
        return {status: known.count(status) for status in known}


@pytest.fixture
def open_page(browser, server, request):
    """Open a view and wait until it is drawn.

    ``open_page("/network", width=390, language="id", theme="dark")`` gives the page; its
    ``heard`` says what it complained of. At the end of the test nothing may have been
    complained of and nobody else asked, unless ``may_complain=True``.
    """
    contexts, heards = [], []

    def go(
        path,
        *,
        width=1440,
        language="en",
        theme="light",
        at=None,
        may_complain=False,
        wait=True,
        **options,
    ):
        home = at or server
        options.setdefault("reduced_motion", "reduce")
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.until = partial(until, page)
        page.heard = Heard(home.url)
        page.heard.listen(page)
        heards.append((page.heard, may_complain))
        mark = "&" if "?" in path else "?"
        fragment = ""
        if "#" in path:
            path, _, fragment = path.partition("#")
            fragment = f"#{fragment}"
        page.goto(f"{home.url}{path}{mark}lang={language}&theme={theme}{fragment}")
        if wait:
            settle(page)
        return page

    yield go
    for context in contexts:
        context.close()
    for heard, may_complain in heards:
        assert heard.foreign == []
        assert may_complain or heard.complaints == []


def settle(page):
    """Wait until nothing is being read any more."""
    page.wait_for_selector("footer .fixed")
    page.wait_for_load_state("networkidle")
    page.until("document.querySelector('main .wait') === null")


def until(page, expression):
    """Ask a page until something holds; its policy forbids it to ask itself (no eval)."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never: {expression}"
        page.wait_for_timeout(50)


def packed_size(paths):
    """Size of files as they travel [bytes]."""
    return sum(len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in paths)
