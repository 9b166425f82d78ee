"""Every reader has a fuzz target and a sound file to start from (figure R5)."""

import subprocess
import sys
from pathlib import Path

import pytest

from seismomag.readers import READERS

FUZZ = Path(__file__).parents[2] / "scripts" / "fuzz"


@pytest.fixture(scope="module")
def fuzz():
    sys.path.insert(0, str(FUZZ))
    try:
        import seeds
        import targets

        yield seeds, targets
    finally:
        sys.path.remove(str(FUZZ))
        for name in ("seeds", "targets"):
            sys.modules.pop(name, None)


def test_every_reader_has_a_target_and_a_sound_file(fuzz):
    seeds, targets = fuzz
    names = {reader.name for reader in READERS}
    assert names == set(seeds.SEEDS)
    assert names <= set(targets.TARGETS)
    for name, make in seeds.SEEDS.items():
        assert targets.run(name, make()) == "read"
    for name, text in seeds.TEXTS.items():
        assert targets.run(name, text) == "read", name


def test_no_target_lets_another_error_out(fuzz):
    _, targets = fuzz
    rough = [b"", b"\0" * 100, b"{", b"[]", b"<pre>MAY 2024\n 1 2</pre>", bytes(range(256)) * 9,
             b"2024-05-10T00:00Z,1,2,3\n" * 3, b"#EventID|Time\nx|y\n", b"9" * 70_000,
             b"<quakeml><x:y/></quakeml>"]  # fmt: skip
    for name in targets.TARGETS:
        for data in rough:
            targets.run(name, data)


def test_damage_within_the_bounds_of_time_and_memory():
    command = [sys.executable, str(FUZZ / "damage_readers.py"), "--flips", "30"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": ok") == len(READERS)
