"""A real web server on the loopback, which can also be slow, cut off, and lie."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Reply:
    """What to send: the first ``cut_after`` bytes of a body announced whole, piece by piece."""

    body: bytes = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    cut_after: int | None = None
    drip_s: float = 0.0
    has_length: bool = True


@dataclass
class Asked:
    """A request as it came."""

    path: str
    query: dict
    headers: dict


class WebServer:
    """Serves what ``answers(asked)`` returns; remembers what was asked."""

    def __init__(self, answers, tls=None):
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5

            def do_GET(self):
                parts = urlsplit(self.path)
                query = {k: v[-1] for k, v in parse_qs(parts.query, True).items()}
                headers = {k.lower(): v for k, v in self.headers.items()}
                asked = Asked(parts.path, query, headers)
                outer.asked.append(asked)
                _send(self, answers(asked))

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_):
                # Clients that give up are part of the game.
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _send(handler, reply):
    handler.send_response(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if reply.has_length:
        handler.send_header("Content-Length", str(len(reply.body)))
    is_cut = reply.cut_after is not None or not reply.has_length
    if is_cut:
        handler.send_header("Connection", "close")
        handler.close_connection = True
    handler.end_headers()
    body = reply.body if reply.cut_after is None else reply.body[: reply.cut_after]
    if not reply.drip_s:
        handler.wfile.write(body)
        return
    for i in range(len(body)):
        handler.wfile.write(body[i : i + 1])
        handler.wfile.flush()
        time.sleep(reply.drip_s)
