"""The child process of ``guard``: ``python -m ... KIND NAME SECONDS MEGABYTES``.

Takes the content of a file from its standard input and answers on its standard output: a line of
JSON, then, of a recording, the field (float64) and the flags (uint16).
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from seismomag.core.errors import SeismomagError
from seismomag.core.schema import check_recording
from seismomag.readers import netcdf
from seismomag.readers.guard import RECORDING, SCALOGRAM
from seismomag.readers.plain_attributes import to_plain
from seismomag.readers.recognition import reader_of

_MEGABYTE = 1_000_000


def main(kind: str, name: str, seconds: float, megabytes: int) -> None:
    """Read one content within limits and answer."""
    # A loop in C does not look at the flag that Python's own handler sets.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # What a library prints must not stand in the answer.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answer:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        content = sys.stdin.buffer.read()
        _limit(seconds, megabytes)
        try:
            _ANSWERS[kind](content, name, answer)
        except (SeismomagError, OSError) as error:
            _tell({"error": str(error)}, answer)
        except (MemoryError, RecursionError) as error:
            fault = type(error).__name__
            text = f"{name}: reading needs more than {megabytes} MB ({fault}); refused"
            _tell({"error": text}, answer)


def _send_recording(content: bytes, name: str, answer: IO[bytes]) -> None:
    recording = check_recording(reader_of(content, name).read(content, name))
    times = recording["time"].values
    parts = ("field", "flags", "time", "component")
    message = {
        "n": times.size,
        "start_ns": int(times[0].astype("datetime64[ns]").astype(np.int64)),
        "attrs": to_plain(recording.attrs),
        "variables": {part: to_plain(recording[part].attrs) for part in parts},
    }
    _tell(message, answer)
    answer.write(recording["field"].values.astype(np.float64).tobytes())
    answer.write(recording["flags"].values.astype(np.uint16).tobytes())


def _send_that_it_is_sound(content: bytes, name: str, answer: IO[bytes]) -> None:
    scalogram = netcdf.decode_scalogram(content, name)
    _tell({"n": scalogram.size}, answer)


def _tell(message: dict[str, Any], answer: IO[bytes]) -> None:
    answer.write(json.dumps(message).encode() + b"\n")


def _limit(seconds: float, megabytes: int) -> None:
    cpu_s = int(seconds) + 1
    size = megabytes * _MEGABYTE
    # Should the parent be gone, this ends a search without end.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    if sys.platform == "linux":
        limit = _data_bytes() + size
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _data_bytes() -> int:
    """Memory in private mappings of this process, which ``RLIMIT_DATA`` counts."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


_ANSWERS: Mapping[str, Callable[[bytes, str, IO[bytes]], None]] = {
    RECORDING: _send_recording,
    SCALOGRAM: _send_that_it_is_sound,
}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
