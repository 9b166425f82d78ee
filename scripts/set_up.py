"""Make .venv hold what a target needs; do nothing, without the network, when it already does.

Usage: ``python3 scripts/set_up.py demo`` or ``python3 scripts/set_up.py dev``
(standard library only: this runs before anything is installed).
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
EXTRAS = {"demo": "operate,train", "dev": "dev"}
NEEDS = {"demo": ("demo", "dev"), "dev": ("dev",)}
TORCH = "torch==2.13.0"
MINIMUM = (3, 11)


def main(target: str) -> int:
    """Install for a target; return an exit code."""
    if sys.version_info < MINIMUM:
        return say(
            f"seismomag needs Python 3.11 or newer, this is {platform.python_version()}; "
            "run make with PYTHON=python3.12 or the like",
            2,
        )
    if any(stamp(t).is_file() and stamp(t).read_text() == key(t) for t in NEEDS[target]):
        return 0
    if not venv_python().is_file() and make_venv() != 0:
        return 2
    install_torch()
    print("installing; this takes a few minutes the first time", flush=True)
    pip("install", "-c", "constraints.txt", "-e", f".[{EXTRAS[target]}]")
    refuse_strangers()
    stamp(target).write_text(key(target))
    return say(f"{VENV.name} is ready for: {target}", 0)


def say(sentence: str, code: int) -> int:
    """Print a sentence, return the code."""
    print(sentence, file=sys.stderr if code else sys.stdout, flush=True)
    return code


def venv_python() -> Path:
    """Interpreter of the project's own environment."""
    return VENV / "bin" / "python"


def stamp(target: str) -> Path:
    """File that says for which state of the project a target was installed."""
    return VENV / f".ready-{target}"


def key(target: str) -> str:
    """Hash of all that decides what must be installed."""
    digest = hashlib.sha256(f"{target} {sys.version_info[:2]} {ROOT}".encode())
    for name in ("pyproject.toml", "constraints.txt", "scripts/set_up.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def make_venv() -> int:
    """Create the environment, or say what the system lacks."""
    print(f"making {VENV.name} with Python {platform.python_version()}", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], cwd=ROOT, check=False)
    if made.returncode == 0:
        return 0
    shutil.rmtree(VENV, ignore_errors=True)
    return say(
        "python3 -m venv failed: on Debian and Ubuntu install the package python3-venv, "
        "then run this again",
        2,
    )


def pip(*words: str) -> None:
    """Run pip of the environment; its failure ends the set-up."""
    command = [str(venv_python()), "-m", "pip", "-q", "--disable-pip-version-check", *words]
    done = subprocess.run(command, cwd=ROOT, check=False, env=quiet_environment())
    if done.returncode:
        sys.exit(say(f"pip {' '.join(words)} failed; its message stands above", 2))


def quiet_environment() -> dict[str, str]:
    """Environment for pip: nothing asked, no other environment leaking in."""
    return {**os.environ, "PIP_NO_INPUT": "1", "PYTHONNOUSERSITE": "1"}


def install_torch() -> None:
    """Install the build of torch that fits this machine.

    On Linux the ordinary index holds the CUDA build, with gigabytes of GPU libraries. Where
    no GPU is found and the index at hand would bring them, the CPU build is fetched by uv,
    which knows the vendor's own index; where that index cannot be reached, the ordinary one
    must do.
    """
    if has_module("torch"):
        return
    if has_gpu() or not brings_cuda():
        pip("install", "-c", "constraints.txt", TORCH)
        return
    pip("install", "-c", "constraints.txt", "uv")
    command = [
        str(VENV / "bin" / "uv"), "pip", "install", "--python", str(venv_python()),
        "--torch-backend", "cpu", TORCH,
    ]  # fmt: skip
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        print("the CPU build of torch is out of reach; taking the larger one", flush=True)
        pip("install", "-c", "constraints.txt", TORCH)


def has_module(name: str) -> bool:
    """Whether the environment can find a module."""
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    return subprocess.run([str(venv_python()), "-c", code], check=False).returncode == 0


def has_gpu() -> bool:
    """Whether an NVIDIA GPU answers."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    try:
        asked = subprocess.run([tool, "-L"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0 and b"GPU" in asked.stdout


def brings_cuda() -> bool:
    """Whether the index at hand would install GPU libraries beside torch."""
    command = [
        str(venv_python()), "-m", "pip", "install", "--quiet", "--dry-run", "--report", "-",
        "--disable-pip-version-check", TORCH,
    ]  # fmt: skip
    asked = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if asked.returncode:
        return False
    names = [item["metadata"]["name"].lower() for item in json.loads(asked.stdout)["install"]]
    return any(name.startswith(("nvidia-", "cuda-")) for name in names)


def refuse_strangers() -> None:
    """A torchvision beside this torch breaks imports; say so at once."""
    if has_module("torchvision"):
        sys.exit(say("torchvision came in beside torch; remove it: nothing here needs it", 1))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in EXTRAS:
        sys.exit(say(f"usage: set_up.py {'|'.join(EXTRAS)}", 2))
    sys.exit(main(sys.argv[1]))
