"""Acceptance figures of other floors: leak checks, purged splits, ledger, CAP.

Worlds and attacks are those of the tests, so that both measure the same thing.
"""

import contextlib
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from acceptance_figures import runs

ROOT = Path(__file__).parents[1]
N_RECORDS = 10_000
MOST_S = 1800


def module_of(path):
    """Load a test module by its path."""
    name = f"acceptance_{Path(path).stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def leak_checks(size):
    """13: every check fires on its planted defect, and none on faultless tables."""
    from seismomag.audit.leaks import checks as leaks
    from seismomag.audit.leaks.canaries import sung
    from seismomag.audit.leaks.canary_world import clean_case

    told = sung(leaks.CHECKS, seed=0)
    red, amber = 0, 0
    for seed in range(runs(10, size, 1)):
        severity = leaks.inspect(clean_case(seed))["severity"]
        red += int((severity == leaks.RED).sum())
        amber = max(amber, int((severity == leaks.AMBER).sum()))
    return {
        # The check of the canaries is the 28th; N4 is counted with figure 14.
        "checks that fire, of 28": float(told.query("check_id != 'N4'")["fires"].sum() + 1),
        "N4 fires": float(told.set_index("check_id").loc["N4", "fires"]),
        "RED on faultless tables": red,
        "most AMBER on a faultless table": amber,
    }


def purged_splits(size):
    """15: random designs of purged splits, row against row."""
    tests = module_of("tests/dataset/test_splits_purged.py")
    faults = np.zeros(4, np.int64)
    n = runs(10_000, size, 300)
    for seed in range(n):
        faults += tests._count_faults(*tests._random_design(seed), with_check=False)
    names = ("interval overlaps", "embargo breaks", "shared clusters", "neighbours")
    return {"designs": n} | dict(zip(names, faults.tolist(), strict=True))


def large_audit(size):
    """20: all checks on 1,623 tensors, near-duplicates included."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "leaks.json"
        command = [sys.executable, "benchmarks/leaks.py", "--json", str(found)]
        rows = ["--rows", str(runs(1623, size, 100))]
        subprocess.run([*command, *rows], cwd=ROOT, check=True, timeout=MOST_S,
                       capture_output=True)  # fmt: skip
        raw = json.loads(found.read_text())
    told = {f["name"]: f["value"] for f in (raw if isinstance(raw, list) else raw["figures"])}

    def value(start):
        return next(v for name, v in told.items() if name.startswith(start))

    spent = value("all table checks") + value("near-duplicates,") + value("exact duplicates")
    return {
        "complete audit [CPU s]": spent,
        "peak memory [MiB]": value("near-duplicates, peak"),
        "planted near-copies found": value("planted near-copies"),
    }


def flipped_bytes(size):
    """23: any byte of 10,000 records turned into another is found, and its record named."""
    from seismomag.operate import ledger
    from seismomag.operate.ledger.verification import verify_bytes

    tests = module_of("tests/operate/ledger/test_chain.py")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        ledger.append(path, [tests.forecast(i) for i in range(N_RECORDS)])
        data, head = path.read_bytes(), ledger.head_path(path).read_bytes()
    starts = np.cumsum([0] + [len(line) + 1 for line in data.split(b"\n")[:-1]])
    vary = np.random.default_rng(23)
    n, found, named = runs(1000, size, 20), 0, 0
    for _ in range(n):
        at = int(vary.integers(len(data)))
        damaged = bytearray(data)
        damaged[at] ^= int(vary.integers(1, 256))
        check = verify_bytes(bytes(damaged), head)
        found += not check.is_intact
        named += check.first_bad_seq == int(np.searchsorted(starts, at, side="right")) - 1
    return {"flips": n, "share found": found / n, "share named": named / n}


def late_records(size):
    """24: records that were issued after their horizon began are kept and never scored."""
    from seismomag.operate import ledger

    tests = module_of("tests/operate/ledger/test_preregister.py")
    vary = np.random.default_rng(24)
    n = runs(150, size, 20)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        tests.preregister.preregister(tests.plan(), Path(folder), path, tests.BEFORE)
        is_late = vary.random(n) < 0.5
        records = []
        for i, late in enumerate(is_late):
            start = np.datetime64("2024-01-01T00:00:00") + np.timedelta64(i + 2, "D")
            away = (
                int(vary.choice([1, 60, 3600, 86_400 * 40])) if late else -int(vary.choice([0, 9]))
            )
            issued = start + np.timedelta64(away, "s")
            records.append(tests.forecast(i, issued_at=f"{issued}Z"))
        kept = ledger.append(path, records)
        report = tests.run(path)
        lines = (Path(folder) / "scores.jsonl").read_text().splitlines()
    scored = {json.loads(line)["seq"] for line in lines}
    late = {record["seq"] for record in kept if ledger.is_late(record)}
    return {
        "late records": len(late),
        "late records scored": len(scored & late),
        "late records not counted": abs(report.n_late - int(is_late.sum())),
        "others not scored": n - len(late) - len(scored),
    }


def hostile_messages(size):
    """25: no configuration of a message gives status Actual or scope Public."""
    from seismomag.core.errors import ConfigError, SchemaError
    from seismomag.operate.alerts import cap

    tests = module_of("tests/operate/alerts/test_cap.py")
    vary = np.random.default_rng(25)
    pool = ["Actual", "</status><status>Actual</status>", "Test", "Exercise", cap.Status.TEST,
            cap.Status.EXERCISE, "Public", "]]>", "&lt;", "a@b", "\u2028", "-->", "", "x" * 50,
            'a" b="c', "Actual\nPublic"]  # fmt: skip
    names = ("identifier", "sender", "area", "sentence", "language", "status")
    written = actual = 0
    n = runs(10_000, size, 1000)
    for _ in range(n):
        changes = {name: pool[int(vary.integers(len(pool)))] for name in names
                   if vary.random() < 0.25}  # fmt: skip
        changes["parameters"] = {f"k{vary.integers(9)}": str(pool[int(vary.integers(len(pool)))])}
        with contextlib.suppress(ConfigError, SchemaError):
            text = cap.write(replace(tests.MESSAGE, **changes)).decode()
            written += 1
            is_drill = re.findall(r"<status>(.*?)</status>", text) in (["Test"], ["Exercise"])
            is_private = re.findall(r"<scope>(.*?)</scope>", text) == ["Private"]
            actual += not (is_drill and is_private)
    return {"configurations": n, "written": written, "Actual or Public": actual}
