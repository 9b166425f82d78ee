"""The daily job beside the server: a process of its own, started every hour, ended with it."""

import logging
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

LOG = logging.getLogger("seismomag.scheduler")

EVERY_S = 3600.0
LONGEST_S = 6 * 3600.0
STOP_WITHIN_S = 20.0


class Scheduler:
    """Starts the daily job; whoever holds the lease of the database does the work.

    The job has a process of its own: its memory is given back, and its death is not the
    server's.

    Parameters
    ----------
    folder
        The working directory.
    every_s
        From start to start; a run without anything due ends at once.
    command
        What is run; by default the daily job with every day that is due, as a timer does it.
    environment
        Of the run; that of this process by default.
    longest_s
        A run that takes longer is ended: it can be started again at any time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        every_s: float = EVERY_S,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._command = list(
            command
            or (
                sys.executable,
                *("-m", "seismomag.cli", "daily", str(folder.absolute()), "--catch-up"),
            )
        )
        self._environment = environment
        self._every_s, self._longest_s = every_s, longest_s
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._work, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin; the first run starts at once."""
        self._thread.start()

    def stop(self) -> None:
        """End; a run at work is told to stop, and killed where it does not."""
        with self._lock:
            self._stop.set()
            running = self._running
        if running is not None:
            _end(running)
        self._thread.join(STOP_WITHIN_S)

    def _work(self) -> None:
        while not self._stop.is_set():
            self._run()
            self._stop.wait(self._every_s)

    def _run(self) -> None:
        with self._lock:
            if self._stop.is_set():
                return
            try:
                self._running = subprocess.Popen(  # noqa: S603 - no shell; the words are ours
                    self._command, stdin=subprocess.DEVNULL, env=self._environment
                )
            except OSError as error:
                LOG.error("the daily job cannot be started: %s", error.strerror)
                return
        try:
            code = self._running.wait(self._longest_s)
        except subprocess.TimeoutExpired:
            LOG.error("the daily job did not end within %.0f s and was stopped", self._longest_s)
            _end(self._running)
            return
        finally:
            self._running = None
        if code and not self._stop.is_set():
            LOG.error("the daily job ended with exit code %d; its own lines say why", code)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
