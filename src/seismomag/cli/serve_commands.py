"""What ``seismomag serve`` does."""

import ipaddress
import socket
import sys
import webbrowser
from pathlib import Path

from seismomag.cli import EXIT_DONE
from seismomag.core.errors import ConfigError


def serve(
    folder: Path, *, host: str, port: int, with_scheduler: bool = False, open_page: bool = False
) -> int:
    """Serve the API and the page of a working directory until it is stopped.

    Raises
    ------
    ConfigError
        The address is taken or is none of this machine.
    """
    import uvicorn

    from seismomag.operate.api.application import create_application
    from seismomag.operate.api.context import open_operation
    from seismomag.operate.database import open_database, require_current
    from seismomag.operate.settings import read_settings

    settings = read_settings(folder)
    engine = open_database(settings.database_url)
    try:
        require_current(engine)
    finally:
        engine.dispose()
    listening = listen(host, port)
    address = _address(listening)
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    if open_page:
        webbrowser.open(address)
    config = uvicorn.Config(
        create_application(open_operation(settings)),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run(sockets=[listening])
    return EXIT_DONE


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket; its port is chosen by the system where ``port`` is 0.

    Raises
    ------
    ConfigError
        The address is taken or is none of this machine.
    """
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(kind, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        msg = f"cannot listen on {host} port {port}: {error.strerror}; choose another --port"
        raise ConfigError(msg) from error
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost")
    (True, True, True)
    >>> is_loopback("0.0.0.0")
    False
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
