"""What ``seismomag serve`` does."""

import logging
import os
import signal
import socket
import sys
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from seismomag.cli import EXIT_DONE
from seismomag.core.errors import ConfigError

if TYPE_CHECKING:
    import uvicorn


def serve(
    folder: Path, *, host: str, port: int, with_scheduler: bool = False, open_page: bool = False
) -> int:
    """Serve the API and the page of a working directory, or of a finished run, until stopped.

    Raises
    ------
    ConfigError
        The address is taken, is none of this machine, or would be open to everybody.
    """
    before = dict(os.environ)
    # It draws single days: a compiler would cost it seconds and a hundred megabytes.
    os.environ.setdefault("SEISMOMAG_ENGINE", "scipy")
    from seismomag.cli.operate_session import database_of
    from seismomag.cli.run_opening import opened
    from seismomag.operate.api import server
    from seismomag.operate.api.application import create_application
    from seismomag.operate.api.context import open_operation
    from seismomag.operate.database import require_current
    from seismomag.operate.rehearsal.clock import clock_of
    from seismomag.operate.scheduler import Scheduler
    from seismomag.operate.settings import read_settings

    folder = opened(folder)
    settings = read_settings(folder)
    clock, is_simulated = clock_of(folder)
    if with_scheduler and is_simulated:
        msg = f"{folder}: a rehearsal with a clock of its own; leave --with-scheduler away"
        raise ConfigError(msg)
    with database_of(folder, settings.database_url) as engine:
        require_current(engine, folder)
        server.refuse_open_door(host, engine, settings.access)
    _log_to_stderr(_secrets_of(settings.folder))
    with ExitStack() as stack:
        listening = stack.enter_context(server.listen(host, port))
        application = create_application(
            open_operation(settings, clock=clock, is_simulated=is_simulated),
            is_private=server.is_loopback(host),
        )
        if with_scheduler:
            scheduler = Scheduler(folder, environment=before)
            stack.callback(scheduler.stop)
            scheduler.start()
        _say_address(server.address_of(listening), open_page=open_page)
        _run(server.make_server(application), listening)
    return EXIT_DONE


def _run(server: "uvicorn.Server", listening: socket.socket) -> None:
    """Answer until told to stop, and then come back: the scheduler must be ended as well.

    The server raises the signal again when it is done; by itself that would end the process
    at once.
    """

    def stop(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _secrets_of(folder: Path) -> tuple[str, ...]:
    """Secrets of the configuration that are at hand, so that no line of the log shows one."""
    import sqlalchemy as sa

    from seismomag.operate.secrets import read_secret
    from seismomag.operate.settings import read_settings

    settings = read_settings(folder)
    sources = [settings.mail.password_source] if settings.mail and settings.mail.user else []
    sources += [settings.webhook.secret_source] if settings.webhook else []
    known = [sa.make_url(settings.database_url).password or ""]
    for source in sources:
        try:
            known.append(read_secret(source, folder))
        except ConfigError as error:
            # The page can be served all the same; whoever sends will say it again.
            logging.getLogger("seismomag.serve").warning("%s", error)
    return tuple(known)


def _log_to_stderr(secrets: tuple[str, ...]) -> None:
    from seismomag.operate.redaction import RedactingFormatter

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # It tells of each look at the schema.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    root.setLevel(os.environ.get("SEISMOMAG_LOG_LEVEL", "INFO"))


def _say_address(address: str, *, open_page: bool) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    if open_page:
        webbrowser.open(address)
