"""An operator's program on this machine, which receives the messages of a rehearsal."""

import hashlib
import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
KEY_FILE = "webhook.secret"
_LARGEST_BYTES = 1_000_000


class Receiver:
    """A web server in a process of its own; what it receives stands in a file."""

    def __init__(self, path: Path, secret: str) -> None:
        self.path = path
        context = get_context("forkserver")
        line, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(path, secret, theirs), daemon=True)
        self._process.start()
        self.port = int(line.recv())
        line.close()

    def messages(self) -> list[dict[str, Any]]:
        """All that was received: ``id, is_signed, alert_ids``."""
        if not self.path.is_file():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.join()


def write_secret(path: Path, secret: str) -> None:
    """Write a file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)


def _serve(path: Path, secret: str, line: Connection) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = min(int(self.headers.get("Content-Length") or 0), _LARGEST_BYTES)
            body = self.rfile.read(size)
            name = self.headers.get("X-Seismomag-Id") or ""
            signed = hmac.new(secret.encode(), name.encode() + b"." + body, hashlib.sha256)
            told = self.headers.get("X-Seismomag-Signature") or ""
            ids = [item["alert_id"] for item in json.loads(body)["items"]]
            row = {
                "id": name,
                "is_signed": hmac.compare_digest(told, f"sha256={signed.hexdigest()}"),
                "alert_ids": ids,
            }
            with path.open("a") as file:
                file.write(json.dumps(row) + "\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: what counts is in the file."""

    with HTTPServer((HOST, 0), Handler) as server:
        line.send(server.server_address[1])
        server.serve_forever()
