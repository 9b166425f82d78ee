import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from seismomag.core.errors import LeakError, SchemaError
from seismomag.operate import ledger
from seismomag.operate.ledger.verification import head_line, verify_bytes


def forecast(i=0, station="ALR", **changes):
    day = np.datetime64("2024-01-01") + i
    start = day + 2
    return {
        "kind": "forecast",
        "issued_at": f"{day + 1}T00:09:00Z",
        "valid_from": f"{start}T00:00:00Z",
        "valid_to": f"{start + 14}T00:00:00Z",
        "day": str(day),
        "station": station,
        "probability": 0.1 + (i % 80) / 100,
        "alarm": i % 5 == 0,
        "azimuth": 12.25,
        "magnitude_class": 1,
        "model_sha256": "a" * 64,
        "input_sha256": "b" * 64,
        "coverage": 0.998,
        "kp_at_issue": 2.333,
    } | changes


@pytest.fixture(scope="module")
def long_ledger(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "ledger.jsonl"
    ledger.append(path, [forecast(i) for i in range(10_000)])
    return path


def test_records_come_back_as_they_were_written(tmp_path):
    path = tmp_path / "ledger.jsonl"
    first = ledger.append(path, [forecast(0), forecast(1)])
    second = ledger.append(path, [forecast(2, kind="no_data", probability=None, reason="absent")])
    assert ledger.read(path) == [*first, *second]
    assert [r["seq"] for r in ledger.read(path)] == [0, 1, 2]
    assert second[0]["prev"] == first[-1]["hash"]
    assert ledger.verify(path).is_intact
    assert ledger.verify(path).sentences() == (f"3 records, head {second[0]['hash']}",)


def test_the_hash_is_that_of_the_canonical_form_with_prev_and_without_hash(tmp_path):
    import hashlib

    import rfc8785

    (record,) = ledger.append(tmp_path / "ledger.jsonl", [forecast()])
    kept = record.pop("hash")
    assert hashlib.sha256(rfc8785.dumps(record)).hexdigest() == kept
    assert record["prev"] == "0" * 64


def flips(path, n, seed):
    data = path.read_bytes()
    head = ledger.head_path(path).read_bytes()
    starts = np.cumsum([0] + [len(line) + 1 for line in data.split(b"\n")[:-1]])
    vary = np.random.default_rng(seed)
    began = time.process_time()
    for _ in range(n):
        at = int(vary.integers(len(data)))
        damaged = bytearray(data)
        damaged[at] ^= int(vary.integers(1, 256))
        check = verify_bytes(bytes(damaged), head)
        seq = int(np.searchsorted(starts, at, side="right")) - 1
        assert not check.is_intact
        # A line cut in two by a new end of line may be found at its own place only.
        assert check.first_bad_seq == seq
    spent = (time.process_time() - began) / n * 1e3
    sys.stdout.write(f"{n} of {n} flips found, {spent:.0f} ms each\n")


def test_every_flipped_byte_is_found_and_its_record_named(long_ledger):
    flips(long_ledger, 20, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_thousand_flipped_bytes_are_found(long_ledger, seed):
    flips(long_ledger, 334, seed=seed)


def test_flips_of_the_head_are_found(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, [forecast(i) for i in range(3)])
    data, head = path.read_bytes(), ledger.head_path(path).read_bytes()
    for at in range(len(head)):
        for flip in (1, 4, 32, 128):
            damaged = bytearray(head)
            damaged[at] ^= flip
            assert not verify_bytes(data, bytes(damaged)).is_intact


def test_a_ledger_cut_short_is_broken_whole_lines_or_not(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, [forecast(i) for i in range(4)])
    data, head = path.read_bytes(), ledger.head_path(path).read_bytes()
    for end in range(len(data)):
        check = verify_bytes(data[:end], head)
        assert check.first_bad_seq == data[:end].count(b"\n")


def test_a_ledger_without_its_head_is_broken(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, [forecast()])
    ledger.head_path(path).unlink()
    assert "absent" in ledger.verify(path).reason
    with pytest.raises(ledger.BrokenChainError, match="seq 1"):
        ledger.append(path, [forecast(1)])


def test_foreign_but_consistent_bytes_are_refused(tmp_path):
    """Whoever recomputes every hash must still write the canonical form."""
    path = tmp_path / "ledger.jsonl"
    (record,) = ledger.append(path, [forecast()])
    pretty = json.dumps(record, sort_keys=True).encode() + b"\n"
    check = verify_bytes(pretty, head_line(0, record["hash"]))
    assert "canonical" in check.reason
    twice = path.read_bytes().replace(b"{", b'{"alarm":false,', 1)
    assert not verify_bytes(twice, head_line(0, record["hash"])).is_intact


@pytest.mark.parametrize("number", ["0.10", "1e-1", "-0", "9007199254740993", "1.0"])
def test_numbers_in_another_form_are_refused(tmp_path, number):
    import hashlib

    path = tmp_path / "ledger.jsonl"
    (record,) = ledger.append(path, [forecast()])
    token = f'"hash":"{record["hash"]}",'.encode()
    body = path.read_bytes()[:-1].replace(b'"probability":0.1', b'"probability":' + number.encode())
    kept = hashlib.sha256(body.replace(token, b"")).hexdigest()
    line = body.replace(token, f'"hash":"{kept}",'.encode()) + b"\n"
    check = verify_bytes(line, head_line(0, kept))
    assert (check.first_bad_seq, "canonical" in check.reason) == (0, True)


def test_records_in_another_order_are_refused(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, [forecast(i) for i in range(3)])
    a, b, c = path.read_bytes().splitlines(keepends=True)
    check = verify_bytes(a + c + b, ledger.head_path(path).read_bytes())
    assert (check.first_bad_seq, "follow" in check.reason) == (1, True)


def test_a_torn_last_line_is_said_and_set_aside(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, [forecast(0), forecast(1)])
    whole = path.read_bytes()
    for length in (1, 40, 500):
        path.write_bytes(whole + whole.splitlines()[1][:length])
        check = ledger.verify(path)
        assert check.is_intact
        assert "torn" in check.sentences()[1]
        assert ledger.recover(path).torn_bytes == check.torn_bytes
        assert path.read_bytes() == whole
        assert ledger.verify(path).torn_bytes == 0
    assert len(list(tmp_path.glob("*.torn"))) == 1
    path.write_bytes(whole + b"{")
    ledger.append(path, [forecast(2)])
    assert len(ledger.read(path)) == 3


def test_a_writer_that_died_before_the_head_loses_nothing(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, [forecast(0)])
    head = ledger.head_path(path).read_bytes()
    ledger.append(path, [forecast(1), forecast(2)])
    ledger.head_path(path).write_bytes(head)
    check = ledger.verify(path)
    assert (check.is_intact, check.head_behind) == (True, 2)
    assert "lags 2" in check.sentences()[1]
    ledger.append(path, [forecast(3)])
    assert len(ledger.read(path)) == 4
    assert ledger.verify(path).head_behind == 0


def test_a_broken_chain_takes_no_record(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, [forecast(0), forecast(1)])
    path.write_bytes(path.read_bytes().replace(b"0.11", b"0.91"))
    before = path.read_bytes()
    with pytest.raises(LeakError, match="seq 1"):
        ledger.append(path, [forecast(2)])
    with pytest.raises(LeakError, match="seq 1"):
        ledger.read(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"probability": 1.5},
        {"probability": None},
        {"issued_at": "2024-01-02 00:09"},
        {"valid_from": None},
        {"station": None},
        {"model_sha256": "abc"},
        {"kind": "guess"},
        {"alarm": "yes"},
        {"mood": 1},
        {"seq": 7},
        {"kind": "no_data"},
    ],
)
def test_impossible_records_are_refused_whole(tmp_path, changes):
    path = tmp_path / "ledger.jsonl"
    with pytest.raises(SchemaError):
        ledger.append(path, [forecast(0), forecast(1, **changes)])
    assert not path.exists() or path.read_bytes() == b""


def test_a_missing_number_becomes_null(tmp_path):
    (record,) = ledger.append(tmp_path / "l.jsonl", [forecast(azimuth=float("nan"))])
    assert record["azimuth"] is None


def test_late_is_issued_after_the_horizon_began():
    assert not ledger.is_late(forecast(issued_at="2024-01-03T00:00:00Z"))
    assert ledger.is_late(forecast(issued_at="2024-01-03T00:00:01Z"))


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from test_chain import forecast
from seismomag.operate import ledger
for i in range(int(sys.argv[3])):
    ledger.append(sys.argv[1], [forecast(i, station=sys.argv[4])])
    print(i, flush=True)
"""


def start_writer(path, n, station):
    here = str(Path(__file__).parent)
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), here, str(n), station],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_writers_at_once_make_one_chain(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with start_writer(path, 15, "ALR") as a, start_writer(path, 15, "KPY") as b:
        a.communicate()
        b.communicate()
    assert len(ledger.read(path)) == 30


def test_a_killed_writer_loses_no_acknowledged_record(tmp_path):
    path = tmp_path / "ledger.jsonl"
    vary = np.random.default_rng(3)
    acknowledged = 0
    for _ in range(4):
        with start_writer(path, 10_000, "ALR") as writer:
            for _ in range(int(vary.integers(1, 12))):
                writer.stdout.readline()
                acknowledged += 1
            time.sleep(float(vary.uniform(0, 0.005)))
            writer.kill()
            rest, _ = writer.communicate()
            acknowledged += rest.count("\n")
        ledger.recover(path)
        assert len(ledger.read(path)) >= acknowledged


# --- what a process remembers ---------------------------------------------------------------


def test_a_writer_that_remembers_writes_the_same_bytes(tmp_path):
    memory = ledger.Memory()
    for first, last in ((0, 3), (3, 4), (4, 9)):
        records = [forecast(i) for i in range(first, last)]
        ledger.append(tmp_path / "a.jsonl", records, memory)
        ledger.append(tmp_path / "b.jsonl", records)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert ledger.verify(tmp_path / "a.jsonl").is_intact
    assert memory.prefix.n_records == 9


def test_memory_hides_no_byte_that_was_changed(tmp_path):
    """Whatever is flipped, in the ledger or in its head: the finding is that without memory."""
    path, memory = tmp_path / "ledger.jsonl", ledger.Memory()
    ledger.append(path, [forecast(i) for i in range(3)], memory)
    known = memory.prefix
    ledger.append(path, [forecast(i) for i in range(3, 5)])
    data, head = path.read_bytes(), ledger.head_path(path).read_bytes()
    assert verify_bytes(data, head, known) == verify_bytes(data, head)
    for i in range(len(data)):
        damaged = data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :]
        assert verify_bytes(damaged, head, known) == verify_bytes(damaged, head)
    for i in range(len(head)):
        damaged = head[:i] + bytes([head[i] ^ 1]) + head[i + 1 :]
        assert verify_bytes(data, damaged, known) == verify_bytes(data, damaged)
    for end in range(len(data)):
        assert verify_bytes(data[:end], head, known) == verify_bytes(data[:end], head)
    for seq, digest in enumerate([line["hash"] for line in ledger.read(path)]):
        lagging = head_line(seq, digest)
        assert verify_bytes(data, lagging, known) == verify_bytes(data, lagging)
    assert verify_bytes(data, None, known) == verify_bytes(data, None)


def test_a_writer_that_remembers_refuses_a_chain_that_was_broken_meanwhile(tmp_path):
    path, memory = tmp_path / "ledger.jsonl", ledger.Memory()
    ledger.append(path, [forecast(0), forecast(1)], memory)
    path.write_bytes(path.read_bytes().replace(b'"seq":0', b'"seq":7'))
    with pytest.raises(ledger.BrokenChainError, match="seq 0"):
        ledger.append(path, [forecast(2)], memory)
