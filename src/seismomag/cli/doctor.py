"""``seismomag doctor``: whether this machine has what seismomag needs."""

import importlib.util
import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from seismomag.cli import EXIT_BAD_INPUT, EXIT_DONE

NEEDED = ("numpy", "scipy", "pandas", "xarray", "h5py", "cdflib", "pyproj", "matplotlib")
EXTRAS = {
    "onnxruntime": ("serve", "forecasting with a trained model"),
    "torch": ("train", "training"),
    "safetensors": ("train", "training"),
    "onnx": ("train", "exporting a model"),
    "obspy": ("seismic", "MiniSEED files and ObsPy streams"),
}
FREE_GIB = 2.0
BYTES_PER_GIB = 2**30


def examine() -> int:
    """Print one line a fact; return 2 when something that every command needs is absent."""
    lines: list[tuple[bool, str]] = [
        (sys.version_info >= (3, 11), f"Python {platform.python_version()} (3.11 or newer)"),
        *(_package(name, "seismomag cannot work without it") for name in NEEDED),
    ]
    for is_well, text in lines:
        _say("ok" if is_well else "MISSING", text)
    for name, (extra, use) in EXTRAS.items():
        is_there = importlib.util.find_spec(name) is not None
        text = f"{name} {_version(name)}" if is_there else f"{name}: {use}; extra '{extra}'"
        _say("ok" if is_there else "absent", text)
    stranger = importlib.util.find_spec("torchvision") is not None
    _say("WRONG" if stranger else "ok", "no torchvision beside torch (it breaks imports)")
    free = shutil.disk_usage(Path.cwd()).free / BYTES_PER_GIB
    _say("ok" if free > FREE_GIB else "LOW", f"{free:.1f} GiB free here (the demo needs 2)")
    _say("ok", f"{os.cpu_count()} cores")
    return EXIT_DONE if all(is_well for is_well, _ in lines) and not stranger else EXIT_BAD_INPUT


def _package(name: str, need: str) -> tuple[bool, str]:
    if importlib.util.find_spec(name) is None:
        return False, f"{name}: {need}"
    return True, f"{name} {_version(name)}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "of unknown version"


def _say(state: str, text: str) -> None:
    sys.stdout.write(f"{state:8} {text}\n")
