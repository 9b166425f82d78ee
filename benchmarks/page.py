"""How fast the page is drawn on loopback: ``python benchmarks/page.py [FOLDER]``.

Serves a working directory (without one, a small rehearsal that it makes), opens it in a headless
Chromium, and prints the first paint, the time until the network view stands, the time that three
scalograms take to be drawn, and the sizes of what travels. The exit code is 1 out of bounds.
"""

import argparse
import gzip
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import load
from measuring import Figure

from seismomag.operate.api.page_files import page_folder

ROUNDS = 7
SECTION = "page"

_WATCH = """
const seen = (name, query) => {
  const watcher = new MutationObserver(() => {
    if (document.querySelector(query) && performance.getEntriesByName(name).length === 0) {
      performance.mark(name);
    }
  });
  watcher.observe(document, { childList: true, subtree: true });
};
seen("network-drawn", ".roll .row b");
seen("map-drawn", ".map path.land");
"""

_FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_MARK = "(name) => performance.getEntriesByName(name)[0].startTime"
_THREE = """() => performance.getEntriesByName('heatmap').slice(0, 3)
  .reduce((sum, one) => sum + one.duration, 0)"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="working directory to serve")
    words = parser.parse_args()
    chromium = shutil.which(os.environ.get("SEISMOMAG_CHROMIUM", "chromium"))
    if chromium is None:
        print("no Chromium here; SEISMOMAG_CHROMIUM names one", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = words.folder or load.rehearsed(Path(temporary) / "rehearsal")
        with load.served(folder) as (address, _):
            found = [*_drawn(address, chromium), *_sizes(page_folder())]
    return _report(found)


def _drawn(address: str, chromium: str) -> list[Figure]:
    from playwright.sync_api import sync_playwright

    station = load.scalogram_path(address).removesuffix("/scalogram").removeprefix("/api/v1")
    station = station.replace("/stations/", "/station/").replace("/days/", "/")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def opened(path: str, wanted: str, read: Callable[[Any], float]) -> float:
            return median(_open(browser, address + path, wanted, read) for _ in range(ROUNDS))

        paint = opened("/network", ".roll .row b", lambda page: page.evaluate(_FIRST_PAINT))
        rows = opened("/network", ".roll .row b", _marked("network-drawn"))
        coast = opened("/network", ".map path.land", _marked("map-drawn"))
        three = opened(station, ".heatmap >> nth=2", lambda page: page.evaluate(_THREE))
        browser.close()
    return [
        _figure("first paint", paint, "ms", 500),
        _figure("network view drawn", rows, "ms"),
        _figure("coast drawn", coast, "ms"),
        _figure("three scalograms drawn", three, "ms", 150),
    ]


def _marked(name: str) -> Callable[[Any], float]:
    return lambda page: page.evaluate(_MARK, name)


def _open(browser: Any, address: str, wanted: str, read: Callable[[Any], float]) -> float:
    """Open an address in a browser that knows nothing yet, and read a time [ms]."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(address)
    page.wait_for_selector(wanted, state="attached")
    page.wait_for_load_state("networkidle")
    value = float(read(page))
    context.close()
    return value


def _sizes(folder: Path) -> list[Figure]:
    def packed(*endings: str) -> float:
        files = [one for one in (folder / "assets").iterdir() if one.name.endswith(endings)]
        return sum(len(gzip.compress(one.read_bytes(), 9, mtime=0)) for one in files) / 1000

    return [
        _figure("JavaScript, gzipped", packed(".js"), "kB", 60),
        _figure("style, gzipped", packed(".css"), "kB"),
        _figure("words and map, gzipped", packed(".json"), "kB"),
    ]


def _figure(name: str, value: float, unit: str, bound: float | None = None) -> Figure:
    return Figure(section=SECTION, name=name, value=value, unit=unit, bound=bound)


def _report(found: list[Figure]) -> int:
    for figure in found:
        bound = "" if figure.bound is None else f"<= {figure.bound:g} {figure.unit}"
        value = f"{figure.value:8.1f} {figure.unit}"
        print(f"{figure.name:28}{value:14}{bound:14}{figure.verdict}".rstrip())
    return int(any(figure.verdict not in {"", "ok"} for figure in found))


if __name__ == "__main__":
    sys.exit(main())
