"""A store that was cut or has flipped bits is an error or readable, never a hang or a crash.

HDF5 may search a damaged structure for ever, so the attacks run in a child process with limits.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seismomag.core.errors import StoreError
from seismomag.dataset import store
from seismomag.dataset.store import seal as store_seal

CHILD = """
import os, resource, sys
from pathlib import Path
import numpy as np
from seismomag.core.errors import StoreError
from seismomag.dataset import store

resource.setrlimit(resource.RLIMIT_CPU, (40, 40))
resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))
path, mode = Path(sys.argv[1]), sys.argv[2]
whole = path.read_bytes()
tables = int(sys.argv[3])
rng = np.random.default_rng(int(sys.argv[4]))

def attempt(data, what):
    print(what, flush=True)
    path.write_bytes(data)
    try:
        with store.open_store(path) as opened:
            rows = np.flatnonzero(opened.done)
            opened.read(rows), opened.valid_s(rows), opened.samples
        counts["read"] += 1
    except StoreError:
        counts["refused"] += 1

counts = {"read": 0, "refused": 0}
if mode == "cut":
    for length in np.linspace(0, len(whole) - 1, 129).astype(int).tolist():
        attempt(whole[:length], f"cut {length}")
elif mode == "flip":
    # Half of the flips in the first bytes, where the structure of HDF5 begins.
    for i in range(300):
        at = int(rng.integers(tables if i % 2 else len(whole)))
        flipped = bytearray(whole)
        flipped[at] ^= 1 << int(rng.integers(8))
        attempt(bytes(flipped), f"flip {at}")
else:
    # Without the seal, as in the file of somebody else.
    end = len(whole) - tables
    for i in range(150):
        flipped = bytearray(whole[:end])
        flipped[int(rng.integers(2048))] ^= 1 << int(rng.integers(8))
        attempt(bytes(flipped), f"unsealed flip {i}")
print(counts)
"""


def _attack(path: Path, mode: str, n: int, seed: int = 0) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), mode, str(n), str(seed)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, (done.stdout.splitlines()[-1:], done.stderr[-2000:])
    last = done.stdout.splitlines()[-1]
    return {part.split("'")[1]: int(part.split(": ")[1].strip("}")) for part in last.split(",")}


@pytest.fixture(params=["contiguous", "packed", "joined"])
def path(request, tmp_path, make_table, make_store):
    made = make_store(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 3), rows=[0, 2])
    if request.param == "packed":
        return store.pack(made, tmp_path / "p.h5")
    return store.join([made], tmp_path / "j.h5") if request.param == "joined" else made


def test_a_cut_store_is_refused_or_whole(path):
    counts = _attack(path, "cut", 0)
    # Only a cut within the seal leaves a whole HDF5 file.
    assert counts["refused"] >= 125


def test_flipped_bits_are_refused_or_harmless(path):
    counts = _attack(path, "flip", 2048)
    assert sum(counts.values()) == 300
    assert counts["refused"] > 100


def test_a_sealed_structure_has_no_byte_that_may_change(tmp_path, make_table, make_store):
    path = make_store(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 2))
    with store.open_store(path) as opened:
        places = opened.layout.places.values()
    data = path.read_bytes()
    free = np.ones(len(data), np.bool_)
    for place in places:
        free[place.offset : place.offset + place.n_bytes] = False
    end = data.rindex(b"seismomag seal") - 1 - 8 - 32
    structure = np.flatnonzero(free[:end])
    assert 1000 < structure.size < 30_000
    for at in structure[:: structure.size // 40].tolist():
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        with pytest.raises(StoreError, match="damaged, its structure is not the one"):
            store.open_store(path)


def test_a_foreign_file_with_flipped_bits_does_not_crash(tmp_path, make_table, make_store):
    path = make_store(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 2))
    n_places = sum(p.n_bytes > 0 for p in store.read_layout(path).places.values())
    counts = _attack(path, "unsealed", n_places * 16 + 8 + 32 + len(store_seal.MARK))
    assert sum(counts.values()) == 150


def test_a_seal_with_an_impossible_length_is_refused(tmp_path):
    path = tmp_path / "s.h5"
    tail = (2**60).to_bytes(8, "little") + bytes(32) + store_seal.MARK
    path.write_bytes(b"short" + tail)
    with pytest.raises(StoreError, match="damaged"):
        store.open_store(path)
    path.write_bytes((1).to_bytes(8, "little") + bytes(32) + store_seal.MARK)
    with pytest.raises(StoreError, match="damaged"):
        store.open_store(path)


def test_extents_beyond_the_file_do_not_run_away(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"structure")
    store_seal.seal(path, [(2**62, 2**62), (0, 4)])
    assert store_seal.refuse_broken(path)
    path.write_bytes(b"0000" + path.read_bytes()[4:])
    assert store_seal.refuse_broken(path)
    path.write_bytes(b"0000?" + path.read_bytes()[5:])
    with pytest.raises(StoreError, match="damaged"):
        store_seal.refuse_broken(path)
