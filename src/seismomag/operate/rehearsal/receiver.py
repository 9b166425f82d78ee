"""The world outside on this machine: it receives messages, and serves a list of earthquakes."""

import csv
import hashlib
import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOST = "127.0.0.1"
KEY_FILE = "webhook.secret"
EVENTS_PATH = "/fdsnws/event/1"
_LARGEST_BYTES = 1_000_000
_TITLES = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|"
    "MagType|Magnitude|MagAuthor|EventLocationName"
)


class Outside:
    """A web server in a process of its own.

    Parameters
    ----------
    received
        File in which the messages of the webhook are kept.
    catalogue
        Earthquakes that have happened by now, as CSV; served as an FDSN event service does.
    secret
        Key of the signatures.
    """

    def __init__(self, received: Path, catalogue: Path, secret: str) -> None:
        self.received = received
        context = get_context("forkserver")
        line, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_serve, args=(received, catalogue, secret, theirs), daemon=True
        )
        self._process.start()
        self.port = int(line.recv())
        line.close()

    def messages(self) -> list[dict[str, Any]]:
        """All that was received: ``id, is_signed, alert_ids``."""
        if not self.received.is_file():
            return []
        return [json.loads(line) for line in self.received.read_text().splitlines()]

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.join()


def write_secret(path: Path, secret: str) -> None:
    """Write a file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)


def _serve(received: Path, catalogue: Path, secret: str, line: Connection) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path != f"{EVENTS_PATH}/query":
                self.send_error(404)
                return
            query = {key: values[-1] for key, values in parse_qs(asked.query).items()}
            body = _events(catalogue, query).encode()
            self.send_response(200 if body else 204)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            size = min(int(self.headers.get("Content-Length") or 0), _LARGEST_BYTES)
            body = self.rfile.read(size)
            row = _message(body, dict(self.headers.items()), secret)
            with received.open("a") as file:
                file.write(json.dumps(row) + "\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: what counts is in the file."""

    with HTTPServer((HOST, 0), Handler) as server:
        line.send(server.server_address[1])
        server.serve_forever()


def _message(body: bytes, headers: dict[str, str], secret: str) -> dict[str, Any]:
    name = headers.get("X-Seismomag-Id", "")
    signed = hmac.new(secret.encode(), name.encode() + b"." + body, hashlib.sha256)
    told = headers.get("X-Seismomag-Signature", "")
    return {
        "id": name,
        "is_signed": hmac.compare_digest(told, f"sha256={signed.hexdigest()}"),
        "alert_ids": [item["alert_id"] for item in json.loads(body)["items"]],
    }


def _events(catalogue: Path, query: dict[str, str]) -> str:
    """Rows of the text format of FDSN; empty where there is none."""
    first, last = query["starttime"], query["endtime"]
    lines = catalogue.read_text().splitlines() if catalogue.is_file() else []
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    found = [
        f"{row['event_id']}|{row['origin_time'].rstrip('Z')}|{row['latitude_deg']}|"
        f"{row['longitude_deg']}|{row['depth_km']}|simulated|||{row['event_id']}|"
        f"{row['magnitude_type']}|{row['magnitude']}||"
        for row in rows
        # Both are ISO texts of UTC.
        if first <= row["origin_time"] <= last
        and float(row["magnitude"]) >= float(query.get("minmagnitude", "-9"))
    ]
    return "\n".join([_TITLES, *found, ""]) if found else ""
