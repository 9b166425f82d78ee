"""The server: an address that is safe to listen on, and the limits of its sockets."""

import ipaddress
import socket

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI

from seismomag.core.errors import ConfigError
from seismomag.operate.access_plan import AccessPlan
from seismomag.operate.api.guard.limits import Limits
from seismomag.operate.api.guard.protocol import protocol_with
from seismomag.operate.users import has_users

KEEP_ALIVE_S = 75
LAST_ANSWERS_S = 10
_BACKLOG = 1024


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost")
    (True, True, True)
    >>> is_loopback("0.0.0.0"), is_loopback("example.org")
    (False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_open_door(host: str, engine: sa.Engine, plan: AccessPlan) -> None:
    """Refuse an address that others reach while nobody has to say who he is.

    Raises
    ------
    ConfigError
        Says how to make users, or how to name a proxy that signs them in.
    """
    if is_loopback(host) or plan.signs_in or has_users(engine):
        return
    msg = (
        f"--host {host}: others reach this address and there are no users; make one with: "
        "seismomag users add FOLDER NAME --role viewer, or name in [access] a proxy that signs "
        "users in, or leave --host away"
    )
    raise ConfigError(msg)


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address; its port is chosen by the system where ``port`` is 0.

    Who connects from now on waits until the server runs.

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
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        msg = f"cannot listen on {host} port {port}: {error.strerror}; choose another --port"
        raise ConfigError(msg) from error
    return listening


def address_of(listening: socket.socket) -> str:
    """Address for a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def make_server(application: FastAPI, limits: Limits | None = None) -> uvicorn.Server:
    """Make the server of an application; ``run(sockets=[...])`` answers until it is told to stop.

    What has begun is then brought to its end.
    """
    config = uvicorn.Config(
        application,
        http=protocol_with(limits or Limits()),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
    )
    return uvicorn.Server(config)
