import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pandas as pd
import pytest

from seismomag.core.errors import ConfigError, LeakError
from seismomag.operate import ledger
from seismomag.operate.ledger import anchor as ledger_anchor

NOW = pd.Timestamp("2024-05-11")
RECORD = {
    "kind": "no_data",
    "issued_at": "2024-05-09T20:00:00Z",
    "valid_from": "2024-05-10T00:00:00Z",
    "valid_to": "2024-05-24T00:00:00Z",
    "day": "2024-05-08",
    "station": "ALR",
    "reason": "test",
}

CONFIG = """
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
serial = serial
signer_cert = signer.pem
signer_key = signer.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""


KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config c.cnf"
CALLS = (
    f"req -x509 {KEY} -subj /CN=root -keyout ca.key -out ca.pem -extensions ca -days 2",
    f"req {KEY} -subj /CN=signer -keyout signer.key -out signer.csr",
    (
        "x509 -req -in signer.csr -CA ca.pem -CAkey ca.key -out signer.pem -extfile c.cnf "
        "-extensions signer -days 2 -set_serial 7"
    ),
)


class Authority:
    """A real time-stamping authority, of this test alone."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "c.cnf").write_text(CONFIG)
        (folder / "serial").write_text("01")
        for line in CALLS:
            self(*line.split())
        self.root = (folder / "ca.pem").read_bytes()

    def __call__(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def ask(self, request):
        (self.folder / "q.tsq").write_bytes(request)
        self(
            "ts",
            "-reply",
            "-queryfile",
            "q.tsq",
            "-config",
            "c.cnf",
            "-section",
            "tsa",
            "-out",
            "a.tsr",
        )
        return (self.folder / "a.tsr").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("NOT TESTED: openssl is not installed")
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def path(tmp_path):
    ledger.append(tmp_path / "ledger.jsonl", [RECORD])
    return tmp_path / "ledger.jsonl"


def test_a_signed_head_can_be_checked_offline(path, authority):
    report = ledger_anchor.anchor(path, {"here": authority.ask}, NOW)
    assert report.signed == ("here",)
    assert "signed by here" in report.sentences()[1]
    ledger.append(path, [RECORD | {"day": "2024-05-09"}])
    assert ledger_anchor.check_anchors(path, [authority.root]) == ()
    assert ledger_anchor.read_anchors(path.parent / "anchors.jsonl")[0]["seq"] == 0


def test_a_ledger_that_was_written_anew_no_longer_fits_its_anchor(path, authority):
    ledger_anchor.anchor(path, {"here": authority.ask}, NOW)
    path.unlink()
    ledger.head_path(path).unlink()
    ledger.append(path, [RECORD | {"reason": "another story"}])
    assert ledger.verify(path).is_intact
    assert "another record" in ledger_anchor.check_anchors(path, [authority.root])[0]


def test_forged_answers_are_refused(path, authority, tmp_path):
    forgers = {
        "no answer": lambda _: b"",
        "no time stamp": lambda _: b"\x30\x03\x02\x01\x00",
        "old": lambda _: ANSWER,
    }
    ANSWER = authority.ask(_request(b"something else"))
    report = ledger_anchor.anchor(path, forgers, NOW)
    assert report.signed == ()
    assert len(report.failures) == 3
    ledger_anchor.anchor(path, {"here": authority.ask}, NOW)
    other = tmp_path / "other"
    other.mkdir()
    assert ledger_anchor.check_anchors(path, [Authority(other).root])
    file = next((path.parent / "anchors").iterdir())
    file.write_bytes(file.read_bytes()[:-5] + b"xxxxx")
    assert ledger_anchor.check_anchors(path, [authority.root])
    file.unlink()
    assert ledger_anchor.check_anchors(path, [authority.root])


def _request(data):
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    return (
        TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build().as_bytes()
    )


def test_offline_the_head_is_stated_and_its_lack_of_an_anchor(path):
    lines = ledger_anchor.anchor(path, {}, NOW).sentences()
    assert lines[0].startswith("1 records, head ")
    assert lines[1].startswith("not externally anchored")


def test_an_authority_speaks_http(path, authority):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.headers["Content-Type"] == "application/timestamp-query"
            request = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(404 if self.path == "/gone" else 200)
            self.end_headers()
            self.wfile.write(authority.ask(request))

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        ask = {
            "good": ledger_anchor.over_http(f"{url}/tsa"),
            "gone": ledger_anchor.over_http(f"{url}/gone"),
            "deaf": ledger_anchor.over_http("http://127.0.0.1:1/"),
        }
        report = ledger_anchor.anchor(path, ask, NOW)
        server.shutdown()
        thread.join()
    assert report.signed == ("good",)
    assert [f.split(":")[0] for f in report.failures] == ["gone", "deaf"]
    with pytest.raises(ConfigError):
        ledger_anchor.over_http("ftp://example.org")


def test_nothing_and_broken_things_are_not_signed(tmp_path, path):
    with pytest.raises(ConfigError, match="no record"):
        ledger_anchor.anchor(tmp_path / "none.jsonl", {}, NOW)
    path.write_bytes(path.read_bytes().replace(b"ALR", b"KPY"))
    with pytest.raises(LeakError):
        ledger_anchor.anchor(path, {}, NOW)
