"""Size and cleanliness are rules, not wishes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("src", "tests", "benchmarks", "scripts", "examples")
    for path in (ROOT / folder).rglob("*.py")
)
MOST_LINES = 400
MOST_FUNCTION_LINES = 40
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_stays_readable(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert not BANNED_NAMES & set(path.with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert _code_lines(node, lines) <= MOST_FUNCTION_LINES, f"{node.name} is too long"


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """Lines of a function without its docstring, blank lines and comment lines."""
    first = node.lineno
    body = node.body
    doc = set()
    if ast.get_docstring(node) is not None:
        doc = set(range(body[0].lineno, (body[0].end_lineno or body[0].lineno) + 1))
    numbers = range(first, (node.end_lineno or first) + 1)
    return sum(
        1
        for n in numbers
        if n not in doc and lines[n - 1].strip() and not lines[n - 1].strip().startswith("#")
    )


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, seismomag; "
        "heavy = {'numpy', 'pandas', 'torch', 'scipy', 'xarray', 'matplotlib'} & set(sys.modules); "
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_shows_its_help_without_numpy() -> None:
    code = (
        "import sys\n"
        "from seismomag.cli.commands import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('numpy' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "False"
    assert "demo" in done.stdout


def test_no_stranger_came_in_beside_torch() -> None:
    from importlib.metadata import distributions

    names = {dist.metadata["Name"].lower() for dist in distributions()}
    assert "torchvision" not in names
    if sys.platform == "linux" and not Path("/proc/driver/nvidia").exists():
        assert not [name for name in names if name.startswith("nvidia-")]
