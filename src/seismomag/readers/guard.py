"""Foreign bytes read in a child process, with a limit of time and of memory.

The child is a fresh interpreter, not a fork: it may be started from any thread, imports nothing of
the program that calls, and sees none of its environment, where secrets may stand. The bytes go in
by a pipe; what comes back are arrays and JSON, never pickled objects.

It costs what an interpreter with this package takes to start, about 1 s a file. That is paid where
a reader asks for it (``Reader.in_child``): a library in C is given the bytes (NetCDF, MiniSEED).
The others walk the bytes in Python and numpy within bounds of their own (0.02 s for a day file):
FRG604RC, IAGA-2002 and PCDCP are ours; of CDF the chains are walked before cdflib (Python) sees it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
import xarray as xr

from seismomag.core.errors import ConfigError, FormatError
from seismomag.core.recording import make_recording
from seismomag.readers.plain_attributes import from_plain

LIMIT_S = 30.0
"""A day of one-second samples takes a child 1 s, on a busy machine 4 s."""

LIMIT_MEGABYTES = 2_000

RECORDING, SCALOGRAM = "recording", "scalogram"
"""What a child is asked to read."""

_CHILD = "seismomag.readers.guarded_child"
_ENVIRONMENT = ("LANG", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR")
_LONGEST_HEADER = 1_000_000
_FIELD, _FLAGS = np.dtype(np.float64), np.dtype(np.uint16)


def read_guarded(
    data: bytes,
    name: str,
    *,
    seconds: float | None = None,
    megabytes: int | None = None,
) -> xr.Dataset:
    """Read the content of a file that may be hostile.

    Parameters
    ----------
    data, name
        The content, without compression, and its name for messages.
    seconds
        The child is ended after this time on the wall clock; :data:`LIMIT_S` if not given.
    megabytes
        Memory that the child may take beyond what it starts with (enforced on Linux);
        :data:`LIMIT_MEGABYTES` if not given.

    Returns
    -------
    recording
        As the reader of the content gives it.

    Raises
    ------
    FormatError
        The content is refused, or reading it took too long or too much.
    ConfigError
        A limit leaves no room.
    """
    with _answered(data, name, RECORDING, seconds, megabytes) as answer:
        return _recording(answer)


def require_readable_scalogram(
    data: bytes,
    name: str,
    *,
    seconds: float | None = None,
    megabytes: int | None = None,
) -> None:
    """Read a scalogram in the child, so that it is known to end here too.

    Parameters
    ----------
    data, name, seconds, megabytes
        As for :func:`read_guarded`.

    Raises
    ------
    FormatError
        The content is refused, or reading it took too long or too much.
    """
    with _answered(data, name, SCALOGRAM, seconds, megabytes) as answer:
        _message(answer)


@contextmanager
def _answered(
    data: bytes, name: str, kind: str, seconds: float | None, megabytes: int | None
) -> Iterator[IO[bytes]]:
    """Give the answer of a child; what is wrong with it is a refusal."""
    seconds = LIMIT_S if seconds is None else seconds
    megabytes = LIMIT_MEGABYTES if megabytes is None else megabytes
    if not seconds > 0 or megabytes <= 0:
        msg = f"limits of {seconds} s and {megabytes} MB leave no room; both must be positive"
        raise ConfigError(msg)
    # The answer goes to a file: a child that has lost its mind cannot fill our memory.
    with tempfile.TemporaryFile() as answer:
        exit_code = _run(data, name, kind, answer, seconds, megabytes)
        answer.seek(0)
        try:
            yield answer
        except (ValueError, KeyError, TypeError) as error:
            msg = (
                f"{name}: the process that read this file ended before it answered "
                f"(exit {exit_code}); refused"
            )
            raise FormatError(msg) from error


def _run(
    data: bytes, name: str, kind: str, answer: IO[bytes], seconds: float, megabytes: int
) -> int:
    shown = name.replace("\0", "\\0")
    command = [sys.executable, "-P", "-m", _CHILD, kind, shown, str(seconds), str(megabytes)]
    # Our own module; the name of the file is only data to it.
    with subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.PIPE,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as child:
        try:
            child.communicate(data, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            msg = f"{name}: reading took longer than {seconds:g} s and was ended; refused"
            raise FormatError(msg) from error
        finally:
            child.kill()
    return child.returncode


def _environment() -> dict[str, str]:
    kept = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
    # One thread: the pools of the numerical libraries cost memory and are of no use here.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return kept | threads | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _message(answer: IO[bytes]) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(answer.readline(_LONGEST_HEADER))
    if "error" in message:
        raise FormatError(message["error"])
    return message


def _recording(answer: IO[bytes]) -> xr.Dataset:
    message = _message(answer)
    shape = (3, int(message["n"]))
    field = _array(answer, shape, _FIELD)
    flags = _array(answer, shape, _FLAGS)
    attrs: dict[str, Any] = from_plain(message["attrs"])
    recording = make_recording(
        field,
        np.datetime64(int(message["start_ns"]), "ns"),
        sampling_hz=attrs["sampling_hz"],
        frame=attrs["frame"],
        station_code=attrs["station_code"],
        source_format=attrs["source_format"],
        source_sha256=attrs["source_sha256"],
        flags=flags,
    )
    recording.attrs = attrs
    for variable, own in from_plain(message["variables"]).items():
        recording[variable].attrs = own
    return recording


def _array(answer: IO[bytes], shape: tuple[int, int], dtype: np.dtype[Any]) -> Any:
    size = shape[0] * shape[1] * dtype.itemsize
    return np.frombuffer(answer.read(size), dtype).reshape(shape).copy()
