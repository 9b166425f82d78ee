"""Foreign files read in a child process, with a limit of time and of memory.

The child comes from a fork server that has this package loaded already; what comes back are plain
bytes of arrays and JSON, never pickled objects. As with every start of processes in Python, a
script that calls this needs ``if __name__ == "__main__":`` around its body.
"""

import json
import multiprocessing
import resource
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import xarray as xr

from seismomag.core.errors import ConfigError, FormatError, SeismomagError
from seismomag.core.recording import make_recording

_MEGABYTE = 1_000_000
_MESSAGE_LIMIT = 1_000_000
_JOIN_S = 5.0


def read_guarded(
    path: str | Path,
    seconds: float = 60.0,
    megabytes: int = 2_000,
    *,
    station_code: str | None = None,
) -> xr.Dataset:
    """Read a file that may be hostile.

    Parameters
    ----------
    path, station_code
        As for :func:`seismomag.readers.read`.
    seconds
        The child is ended after this time on the wall clock.
    megabytes
        Memory that the child may take beyond what it starts with (enforced on Linux).

    Returns
    -------
    recording
        As :func:`seismomag.readers.read` gives it.

    Raises
    ------
    FormatError
        The file is refused, or reading it took too long or too much.
    """
    if not seconds > 0 or megabytes <= 0:
        msg = f"limits of {seconds} s and {megabytes} MB leave no room; both must be positive"
        raise ConfigError(msg)
    # A file that is not there is no matter of the child.
    Path(path).stat()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["seismomag.readers", "cdflib"])
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(
        target=_read_in_child,
        args=(sender, str(path), station_code, seconds, megabytes),
        daemon=True,
    )
    child.start()
    sender.close()
    try:
        return _receive(receiver, path, seconds)
    finally:
        receiver.close()
        child.terminate()
        child.join(_JOIN_S)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()


def _receive(receiver: Connection, path: str | Path, seconds: float) -> xr.Dataset:
    if not receiver.poll(seconds):
        msg = f"{path}: reading took longer than {seconds:g} s and was ended"
        raise FormatError(msg)
    try:
        message = json.loads(receiver.recv_bytes(_MESSAGE_LIMIT))
        if "error" in message:
            raise FormatError(message["error"])
        shape = (3, int(message["n"]))
        field = np.frombuffer(receiver.recv_bytes(), np.float64).reshape(shape).copy()
        flags = np.frombuffer(receiver.recv_bytes(), np.uint16).reshape(shape).copy()
    except EOFError as error:
        msg = f"{path}: the process that read this file ended before it answered; refused"
        raise FormatError(msg) from error
    attrs = message["attrs"]
    return make_recording(
        field,
        np.datetime64(int(message["start_ns"]), "ns"),
        sampling_hz=attrs["sampling_hz"],
        frame=attrs["frame"],
        station_code=attrs["station_code"],
        source_format=attrs["source_format"],
        source_sha256=attrs["source_sha256"],
        flags=flags,
        clock_faults=attrs["clock_faults"],
        notes=attrs["notes"],
        is_absolute=bool(attrs["is_absolute"]),
    )


def _read_in_child(
    sender: Connection, path: str, station_code: str | None, seconds: float, megabytes: int
) -> None:
    from seismomag.readers.recognition import read

    _limit(seconds, megabytes)
    try:
        recording = read(path, station_code=station_code)
    except (SeismomagError, OSError) as error:
        sender.send_bytes(json.dumps({"error": str(error)}).encode())
        return
    except (MemoryError, RecursionError) as error:
        text = f"{path}: reading needs more than {megabytes} MB ({type(error).__name__}); refused"
        sender.send_bytes(json.dumps({"error": text}).encode())
        return
    times = recording["time"].values
    message = {
        "n": times.size,
        "start_ns": int(times[0].astype("datetime64[ns]").astype(np.int64)),
        "attrs": dict(recording.attrs),
    }
    sender.send_bytes(json.dumps(message).encode())
    sender.send_bytes(recording["field"].values.tobytes())
    sender.send_bytes(recording["flags"].values.tobytes())


def _limit(seconds: float, megabytes: int) -> None:
    cpu_s = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        taken = _data_bytes()
        limit = taken + megabytes * _MEGABYTE
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _data_bytes() -> int:
    """Memory in private mappings of this process, which ``RLIMIT_DATA`` counts."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0
