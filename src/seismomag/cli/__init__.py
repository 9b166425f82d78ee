"""The command line: parses, calls steps, draws progress, sets the exit code."""

import sys
import traceback

EXIT_DONE = 0
EXIT_INTERNAL = 1
EXIT_BAD_INPUT = 2
EXIT_LEAK = 3


def main() -> None:
    """Run the command line and leave with its exit code.

    0 done; 1 internal error; 2 bad input; 3 done, but a leak or a broken chain was found.
    """
    from seismomag.cli.commands import app
    from seismomag.core.errors import LeakError, SeismomagError

    _speak_utf8()
    try:
        app()
    except LeakError as error:
        _leave(f"seismomag: {error}", EXIT_LEAK)
    except SeismomagError as error:
        _leave(f"seismomag: {error}", EXIT_BAD_INPUT)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        _leave(f"seismomag: {error.filename}: {error.strerror}", EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        _leave("seismomag: stopped; start the same command again to go on", 130)
    except BrokenPipeError:
        sys.exit(EXIT_DONE)
    except Exception:  # noqa: BLE001 - the last fence: an internal error is told apart from bad input
        traceback.print_exc()
        _leave("seismomag: internal error; please report the lines above", EXIT_INTERNAL)


def _leave(message: str, code: int) -> None:
    sys.stderr.write(message + "\n")
    sys.exit(code)


def _speak_utf8() -> None:
    """A console that cannot print an arrow must not end a job."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
