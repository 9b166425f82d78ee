"""A full or read-only disk is a clear error, and nothing is published in part.

Limits and rights are those of a child process: a limit on the size of files stands for a full
disk, a user without rights for a read-only one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from seismomag.dataset import store

KIT = """
import os, resource, sys
from pathlib import Path
import numpy as np
import pandas as pd
from seismomag.core.recording import make_recording, sha256_of
from seismomag.core.errors import StoreError
from seismomag.core.schema import SAMPLE_COLUMNS, empty_table
from seismomag.dataset import build, store
from seismomag.dataset.store import rows as store_rows
from seismomag.signal.grid import ScalogramGrid

GRID = ScalogramGrid(n_frequencies=16, column_s=600)
store_rows._FLUSH_BYTES = 1

def samples(n):
    day = pd.Series(pd.date_range("2030-01-01", periods=n, unit="ns"))
    table = empty_table(SAMPLE_COLUMNS).reindex(range(n))
    table["sample_id"] = [f"AAA_{d:%Y%m%d}" for d in day]
    table["station_code"], table["window_start"] = "AAA", day
    table["issue_time"] = day + pd.Timedelta(days=1, minutes=9)
    table["horizon_start"] = day + pd.Timedelta(days=2)
    table["horizon_end"], table["store_row"] = day + pd.Timedelta(days=16), -1
    kinds = {"text": "str", "time": "datetime64[ns]", "number": "float64", "truth": "boolean"}
    return table.astype({c: kinds[k] for c, k in SAMPLE_COLUMNS.items()} | {"store_row": "int64"})

def load_day(code, day):
    field = np.random.default_rng(int(day.astype(int))).normal(100, 1, (3, 86_400))
    return make_recording(field, day, sampling_hz=1.0, frame="HDZ", station_code=code,
                          source_format="test", source_sha256=sha256_of(str(day).encode()))

def run(path, n):
    return build.build_store(path, samples(n), load_day, GRID, flag=None)

def limit(n_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))

def without_rights():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

def said(call):
    try:
        call()
    except StoreError as error:
        print(str(error))
    else:
        print("no error")

path = Path(sys.argv[1])
"""


def _child(path: Path, code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", KIT + code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that a user without rights may enter."""
    made = Path(tempfile.mkdtemp(prefix="full_disk."))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_a_store_that_does_not_fit_is_refused_before_the_work(folder):
    lines = _child(folder / "s.h5", "limit(100_000)\nsaid(lambda: run(path, 4))")
    assert "could not be written (File too large)" in lines[0]
    assert "free space" in lines[0]
    assert list(folder.iterdir()) == []


def test_rows_written_before_the_disk_was_full_stay_and_the_rest_follows(folder):
    code = """
run(path, 2)
whole = path.read_bytes()
path.unlink()
real = store_rows.write_at
store.create(path, samples(2), GRID, provenance={
    "build": {"flag": "none", "orientation": "magnetic"}, "given": {}})
places = store.read_layout(path).places["amplitude"]
limit(places.offset + places.n_bytes * 3 // 4)
said(lambda: run(path, 2))
limit(resource.RLIM_INFINITY)
with store.open_store(path) as opened:
    print(opened.done.tolist(), store.check(path).problems)
print(run(path, 2).n_computed, path.read_bytes() == whole)
"""
    lines = _child(folder / "s.h5", code)
    assert "could not be written (File too large). Finished rows are as they were" in lines[0]
    assert lines[1:] == ["[False, False] ()", "2 True"]
    assert [p.name for p in folder.iterdir()] == ["s.h5"]


def test_an_append_that_does_not_fit_leaves_the_old_store(folder):
    code = """
run(path, 2)
before = path.read_bytes()
limit(len(before) + 1000)
said(lambda: run(path, 3))
print(path.read_bytes() == before)
for limit_bytes in (20_000, 60_000):
    limit(limit_bytes)
    said(lambda: store.pack(path, path.with_name("p.h5")))
    said(lambda: store.join([path], path.with_name("j.h5")))
    said(lambda: store.export_seisbench(path, path.with_name("sb")))
said(lambda: store.export_netcdf(path, "AAA_20300101", path.with_name("d.nc")))
limit(resource.RLIM_INFINITY)
run(path, 12)
packed = store.pack(path, path.with_name("p.h5"))
size = packed.stat().st_size
packed.unlink()
# Enough to begin, too little for the last rows.
limit(size + 50_000)
said(lambda: store.pack(path, path.with_name("p.h5")))
print("end")
"""
    lines = _child(folder / "s.h5", code)
    assert "could not be written (File too large)" in lines[0]
    assert lines[1] == "True"
    assert len(lines) == 11
    assert [line for line in lines[2:10] if "(File too large)" not in line] == []
    assert [p.name for p in folder.iterdir()] == ["s.h5"]


def test_a_folder_without_rights_is_said(folder):
    code = """
run(path, 2)
path.chmod(0o444)
without_rights()
said(lambda: run(path.with_name("t.h5"), 2))
said(lambda: run(path, 3))
changed = samples(2).assign(split=pd.Series(["test"] * 2, dtype="str"))
said(lambda: store.write_samples(path, changed))
said(lambda: store_rows.RowWriter(path))
said(lambda: store.pack(path, path.with_name("p.h5")))
said(lambda: store.join([path], path.with_name("j.h5")))
print(store.check(path).problems)
"""
    lines = _child(folder / "s.h5", code)
    assert all("could not be written (Permission denied)" in line for line in lines[:4]), lines
    assert all("could not be written" in line for line in lines[4:6]), lines
    assert lines[6] == "()"
    assert [p.name for p in folder.iterdir()] == ["s.h5"]


def test_a_small_disk_is_full_before_the_work(tmp_path):
    small = _small_disk()
    if small is None:
        pytest.skip("no small file system may be mounted here")
    try:
        lines = _child(small / "s.h5", "said(lambda: run(path, 20))")
        assert "could not be written (No space left on device)" in lines[0]
        assert list(small.iterdir()) == []
        lines = _child(small / "s.h5", "run(path, 2)\nsaid(lambda: run(path, 3))")
        assert "No space left on device" in lines[0]
        with store.open_store(small / "s.h5") as opened:
            assert np.asarray(opened.done).all()
    finally:
        subprocess.run(["umount", str(small)], check=True)
        small.rmdir()


def _small_disk() -> Path | None:
    """Mount 220 kB of memory as a disk, where that is allowed."""
    folder = Path(tempfile.mkdtemp(prefix="small_disk."))
    mount = shutil.which("mount")
    if mount is not None:
        done = subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=220k", "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            return folder
    folder.rmdir()
    return None
