"""Run every benchmark and write docs/benchmarks.md with its plot; non-zero when out of bounds.

Run: ``python benchmarks/run_all.py [--short] [--page FILE] [--plot FILE]``. About six minutes on
two idle cores; each part runs in its own process and is ended after its share of twelve minutes.
``--short`` takes two and overwrites nothing unless told where to write.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from measuring import Figure, kept

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
PARTS = {
    "scalogram.py": 270,
    "readers.py": 60,
    "scaling.py": 390,
    "leaks.py": 300,
    "network.py": 420,
}
PACKAGES = (
    *("numpy", "scipy", "numba", "torch", "onnxruntime"),
    *("fcwt", "ssqueezepy", "PyWavelets", "pycwt", "cdflib"),
)

HEADINGS = {
    "speed": "Transform: 3 x 86,400 samples to (3, 128, 1440) float16, one thread",
    "accuracy": "Error of our minute power against the definition in double precision",
    "peers": "Error of the peers on the same day",
    "memory": "Memory of one transform",
    "reading": "Reading",
    "leaks": "Leak audit",
    "network": "Network: EfficientNet-B1 at (3, 128, 1440), one thread",
    "store": "File to store",
    "scaling": "Growth",
}


def run(part: str, limit_s: int, short: bool) -> tuple[list[Figure], str]:
    """Run one part; what failed or ran out of time is named, the others go on."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        command = [sys.executable, str(HERE / part), "--json", str(path)]
        try:
            answer = subprocess.run(
                [*command, *(["--short"] if short else [])], timeout=limit_s, check=False
            )
        except subprocess.TimeoutExpired:
            return [], f"{part} took more than {limit_s} s"
        if not path.exists():
            return [], f"{part} ended with {answer.returncode} and no figures"
        return kept(path), ""


def page(figures: list[Figure], problems: list[str], short: bool, where: str) -> str:
    """Lay the figures out as a page."""
    lines = [
        "# Benchmarks",
        "",
        (
            "Made by `make benchmark`; do not edit. CPU seconds are those of the process, medians "
            "of at least five runs that take turns, one thread. Ratios travel to other machines, "
            "milliseconds do not."
        ),
        "",
        "```{image} images/benchmarks.png",
        ":alt: CPU time of one station-day for each package, and the largest error of each",
        "```",
        "",
        f"Measured on {where}. {packages()}",
        "",
    ]
    for section, heading in HEADINGS.items():
        rows = [f for f in figures if f.section == section]
        if rows:
            lines += [f"## {heading}", "", *_table(rows), ""]
    if problems:
        lines += ["## Not measured", "", *(f"- {text}" for text in problems), ""]
    lines += [
        "## How to reproduce",
        "",
        "```sh",
        "apt-get install libfftw3-single3   # the wheel of fcwt needs it",
        "pip install 'seismomag[fast,bench]'",
        "SEISMOMAG_REAL_DATA=... make benchmark",
        "```",
        "",
        (
            "Without the folder of real files the days are invented and ImagCDF is left out. A "
            "peer that is not installed is listed as absent. The figure of two workers is wall "
            "time: it needs two idle cores."
        ),
        "",
    ]
    return "\n".join(lines) + ("\nA short run: not for comparison.\n" if short else "")


def _table(rows: list[Figure]) -> list[str]:
    lines = ["| what | measured | demanded | |", "|---|---|---|---|"]
    for f in rows:
        value = "-" if f.value is None else f"{_short(f.value)} {f.unit}".strip()
        sign = "at least" if f.is_floor else "at most"
        bound = "" if f.bound is None else f"{sign} {f.bound:g} {f.unit}".strip()
        says = f.verdict if f.verdict != "ok" else "yes"
        note = f"{says}; {f.note}" if says and f.note else says or f.note
        lines.append(f"| {f.name} | {value} | {bound} | {note} |")
    return lines


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def machine() -> str:
    """Name the machine by its kind."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        text = info.read_text(encoding="utf-8")
        names = [t.split(":", 1)[1].strip() for t in text.splitlines() if "model name" in t]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    python = platform.python_version()
    return f"{cores} cores of {model}, {platform.system()}, Python {python}, load {load:.1f}"


def packages() -> str:
    """Versions that the figures depend on."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} absent")
    return ", ".join(found) + "."


def plot(figures: list[Figure], path: Path) -> None:
    """Draw CPU time and largest error of each package, 22-100 mHz."""
    from seismomag.figures import look

    band = ", 22-100 mHz"
    speed = [
        f for f in figures if f.section == "speed" and f.name.endswith(band) and f.unit == "ms CPU"
    ]
    speed = sorted((f for f in speed if f.value is not None), key=lambda f: -(f.value or 0))
    names = [f.name.removesuffix(band) for f in speed]
    draw = look.styled(_draw)
    figure = draw(names, [f.value for f in speed], [_error(figures, n, band) for n in names])
    figure.savefig(path, dpi=120)


def _error(figures: list[Figure], name: str, band: str) -> float | None:
    own = name.removeprefix("seismomag, ")
    labels = (
        f"largest error of the power: {name}{band}",
        f"largest error of the power: {own}{band}",
    )
    values = [f.value for f in figures if f.name.startswith(labels) and f.value is not None]
    return max(values) if values else None


def _draw(names: list[str], times: list[float], errors: list[float | None]):
    from seismomag.figures import look

    figure = look.new_figure(9.0, 0.42 * len(names) + 1.3)
    left, right = figure.subplots(1, 2, sharey=True)
    colours = [look.TOKENS["mark" if n.startswith("seismomag") else "data"] for n in names]
    left.barh(range(len(names)), times, color=colours, height=0.6)
    left.set_yticks(range(len(names)), names)
    left.set_xscale("log")
    left.set(xlabel="CPU ms a station-day (log)", title="Time")
    left.set_xlim(min(times) / 2, max(times) * 3)
    for i, value in enumerate(times):
        left.text(value * 1.08, i, look.number(value), va="center", fontsize=8)
    for i, error in enumerate(errors):
        if error is not None:
            right.plot(error, i, "o", color=colours[i])
            right.text(error * 1.3, i, f"{error:.0e}", va="center", fontsize=8)
    right.axvline(1e-3, color=look.TOKENS["ink-3"], lw=1, ls=(0, (4, 2)))
    right.set_xscale("log")
    known = [e for e in errors if e is not None]
    right.set_xlim(min([*known, 1e-4]) / 3, max([*known, 1e-3]) * 8)
    right.set(xlabel="largest relative error of the minute power (log)", title="Error")
    for axes in (left, right):
        look.hairlines(axes, axis="x")
        axes.minorticks_off()
    return figure


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", nargs="+", choices=sorted(PARTS), default=list(PARTS))
    parser.add_argument("--page", type=Path)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    # Before the load is our own.
    where = machine()
    figures: list[Figure] = []
    problems: list[str] = []
    for part in given.only:
        found, problem = run(part, PARTS[part], given.short)
        figures += found
        problems += [problem] if problem else []
    page_path = given.page or (None if given.short else DOCS / "benchmarks.md")
    plot_path = given.plot or (None if given.short else DOCS / "images" / "benchmarks.png")
    if page_path:
        page_path.write_text(page(figures, problems, given.short, where), encoding="utf-8")
    if plot_path and any(f.section == "speed" for f in figures):
        plot(figures, plot_path)
    bad = [f.name for f in figures if f.verdict == "OUT OF BOUNDS"]
    for text in [*problems, *(f"out of bounds: {name}" for name in bad)]:
        print(text, file=sys.stderr)
    return 1 if bad or problems else 0


if __name__ == "__main__":
    sys.exit(main())
