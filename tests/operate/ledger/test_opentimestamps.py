"""Proofs of OpenTimestamps, from calendars that promise, deliver, and lie."""

import http.client

import pytest

from seismomag.cli import ledger_commands as commands
from seismomag.core.errors import ConfigError, LeakError
from seismomag.operate import ledger
from seismomag.operate.ledger import opentimestamps as ledger_ots

pytest.importorskip("opentimestamps", reason="the extra ots is not installed")

from opentimestamps.core import notary, op, serialize, timestamp

URI = "https://calendar.example.org"
HEIGHT = 800_000


def record(day):
    return {
        "kind": "no_data",
        "issued_at": f"2024-05-{day:02d}T21:00:00Z",
        "valid_from": "2024-06-10T00:00:00Z",
        "valid_to": "2024-06-24T00:00:00Z",
        "day": f"2024-05-{day:02d}",
        "station": "ALR",
        "model_sha256": "a" * 64,
        "reason": "collect: no file",
    }


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "ledger" / "ledger.jsonl"
    ledger.append(file, [record(8), record(9)])
    return file


class Calendar:
    """Promises what it is asked, and delivers once ``is_ready``."""

    def __init__(self):
        self.is_ready, self.asked = False, []

    def promised(self, digest):
        made = timestamp.Timestamp(digest)
        below = made.ops.add(op.OpAppend(b"salt")).ops.add(op.OpSHA256())
        below.attestations.add(notary.PendingAttestation(URI))
        return made, below

    def delivered(self, message):
        made = timestamp.Timestamp(message)
        root = made.ops.add(op.OpAppend(b"branch")).ops.add(op.OpSHA256())
        root.attestations.add(notary.BitcoinBlockHeaderAttestation(HEIGHT))
        return made, root.msg

    def answer(self, path, body):
        self.asked.append(path)
        if path == "digest":
            return to_bytes(self.promised(body)[0])
        if not self.is_ready:
            return None
        return to_bytes(self.delivered(bytes.fromhex(path.removeprefix("timestamp/")))[0])


def to_bytes(made):
    context = serialize.BytesSerializationContext()
    made.serialize(context)
    return context.getbytes()


def test_a_promise_becomes_a_block(path):
    mine = Calendar()
    asks = {URI: mine.answer}
    proof, failures = ledger_ots.stamp_head(path, asks)
    assert (proof.name, failures) == ("00000001.ots", ())
    (said,) = ledger_ots.check_proofs(path)
    assert (said.seq, said.pending, said.blocks, said.problem) == (1, (URI,), (), "")
    assert "tomorrow" in said.sentence()
    before = proof.read_bytes()
    assert ledger_ots.upgrade(path, asks) == ()
    assert proof.read_bytes() == before
    mine.is_ready = True
    assert ledger_ots.upgrade(path, asks) == ()
    (said,) = ledger_ots.check_proofs(path)
    digest = ledger_ots._digest(ledger.read(path)[1]["hash"])
    root = mine.delivered(mine.promised(digest)[1].msg)[1]
    assert said.blocks == ((HEIGHT, root[::-1].hex()),)
    assert f"Bitcoin block {HEIGHT}" in said.sentence()
    n_asked = len(mine.asked)
    ledger_ots.upgrade(path, asks)
    assert len(mine.asked) == n_asked, "what has its block is not asked for again"


def test_a_proof_of_another_record_proves_nothing(path):
    ledger_ots.stamp_head(path, {URI: Calendar().answer})
    folder = path.parent / "anchors"
    (folder / "00000001.ots").rename(folder / "00000000.ots")
    (said,) = ledger_ots.check_proofs(path)
    assert "another record" in said.sentence()
    (folder / "00000000.ots").rename(folder / "00000009.ots")
    assert "another record" in ledger_ots.check_proofs(path)[0].problem


@pytest.mark.parametrize("cut", [0, 1, 20, -1])
def test_a_damaged_proof_is_said(path, cut):
    proof, _ = ledger_ots.stamp_head(path, {URI: Calendar().answer})
    proof.write_bytes(proof.read_bytes()[:cut])
    (said,) = ledger_ots.check_proofs(path)
    assert "no proof of OpenTimestamps" in said.problem


@pytest.mark.parametrize("body", [b"", b"\xff" * 50, b"\xf1\x01" * 400, b"\x00" + b"\x83" * 8])
def test_what_a_calendar_may_send(path, body):
    proof, failures = ledger_ots.stamp_head(path, {URI: lambda *_: body})
    assert proof is None
    assert "no proof" in failures[0]
    assert ledger_ots.check_proofs(path) == ()


def test_one_calendar_that_promises_is_enough(path):
    def down(*_):
        msg = "x did not answer"
        raise ledger_ots.AnchorError(msg)

    proof, failures = ledger_ots.stamp_head(path, {"down": down, URI: Calendar().answer})
    assert proof.is_file()
    assert failures == ("down: x did not answer",)


def test_only_named_calendars_are_asked(path):
    ledger_ots.stamp_head(path, {URI: Calendar().answer})
    other = Calendar()
    failures = ledger_ots.upgrade(path, {"https://other.example.org": other.answer})
    assert "not among the calendars" in failures[0]
    assert other.asked == []


def test_a_broken_or_empty_ledger_is_not_stamped(path, tmp_path):
    with pytest.raises(ConfigError, match="nothing to anchor"):
        ledger_ots.stamp_head(tmp_path / "none.jsonl", {})
    path.write_bytes(path.read_bytes().replace(b"ALR", b"XLR"))
    with pytest.raises(LeakError):
        ledger_ots.stamp_head(path, {URI: Calendar().answer})


def test_over_a_real_connection(path, servers, serve):
    mine = Calendar()

    def answers(asked):
        found = mine.answer(asked.path.removeprefix("/c/"), getattr(asked, "body", None))
        return servers.Reply(b"", 404) if found is None else servers.Reply(found)

    web = serve(answers)
    host = web.url.removeprefix("http://")
    ask = ledger_ots.over(lambda: http.client.HTTPConnection(host, timeout=5), "/c")
    assert ask("timestamp/00", None) is None
    mine.is_ready = True
    assert ask("timestamp/00ff", None) == to_bytes(mine.delivered(b"\x00\xff")[0])
    with pytest.raises(ledger_ots.AnchorError, match="answered 501"):
        ask("digest", b"x")
    large = serve(lambda _: servers.Reply(b"x" * 20_000))
    host_2 = large.url.removeprefix("http://")
    with pytest.raises(ledger_ots.AnchorError, match="10001 bytes"):
        ledger_ots.over(lambda: http.client.HTTPConnection(host_2, timeout=5))("timestamp/00", None)
    with pytest.raises(ledger_ots.AnchorError, match="did not answer"):
        ledger_ots.over(lambda: http.client.HTTPConnection("127.0.0.1", 1, timeout=5))("x", None)
    with pytest.raises(ConfigError, match="https"):
        ledger_ots.calendar("http://calendar.example.org")


def test_the_command_says_what_the_proofs_prove(path, monkeypatch, capsys):
    mine = Calendar()
    monkeypatch.setattr(ledger_ots, "calendar", lambda _: mine.answer)
    assert commands.anchor(path, [], calendars=[URI]) == 0
    said = capsys.readouterr().out
    assert "promised by https://calendar.example.org" in said
    assert "not externally anchored" not in said
    mine.is_ready = True
    assert commands.anchor(path, [], calendars=[URI], is_upgrade=True) == 0
    assert f"Bitcoin block {HEIGHT}" in capsys.readouterr().out
    (path.parent / "anchors/00000001.ots").write_bytes(b"x")
    assert commands.anchor(path, [], calendars=[URI], is_upgrade=True) == 3
