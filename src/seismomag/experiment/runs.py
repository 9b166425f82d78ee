"""The run folder: everything that one run read, decided and made, and how to make it again.

::

    runs/demo/
      config.toml      the configuration, byte for byte
      run.json         RunRecord: versions, commit, hashes, the state of each step, reasons
      samples.csv      SampleTable            store.h5     the tensors
      model/           the model folder       forecast.csv Forecast, validation and test rows
      baselines/*.csv  their forecasts        audit/       the AuditReport as tables
      report.html      the page for people
"""

import hashlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from seismomag.core.atomic import write_bytes, write_text
from seismomag.core.errors import ConfigError

PACKAGES = ("seismomag", "numpy", "scipy", "pandas", "xarray", "h5py", "torch", "onnxruntime")


@dataclass(frozen=True)
class StepRecord:
    """What a step was made of and what came of it.

    Attributes
    ----------
    digest
        SHA-256 over the configuration and the steps before; the step is repeated when it changes.
    finished_at
        UTC, ISO 8601.
    cpu_s, wall_s
        Cost of this process and of the processes it started [s].
    reasons
        Sentences about what could not be done, and why.
    facts
        Numbers worth keeping.
    """

    digest: str
    finished_at: str
    cpu_s: float
    wall_s: float
    reasons: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRecord:
    """Where a run comes from, and how far it has come.

    Attributes
    ----------
    title, seed
        As given by the person.
    command
        The line that a shell takes to make the run again; empty where a program made it.
    config_sha256
        Of the bytes of the configuration.
    commit
        Of the source tree, with ``+`` where it had changes; empty outside a checkout.
    versions
        Of Python and the packages that matter.
    steps
        By name, in the order of execution.
    """

    title: str
    seed: int
    command: str
    config_sha256: str
    commit: str
    versions: Mapping[str, str]
    steps: Mapping[str, StepRecord] = field(default_factory=dict)

    def reasons(self) -> list[str]:
        """Collect the recorded reasons of all steps."""
        return [reason for step in self.steps.values() for reason in step.reasons]


@dataclass(frozen=True)
class StepResult:
    """What the function of a step returns to the run."""

    reasons: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFolder:
    """A folder that holds one run.

    Attributes
    ----------
    path
        The folder.
    """

    path: Path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def record(self) -> RunRecord | None:
        """Read what is known of the run; None before its first step."""
        file = self / "run.json"
        if not file.is_file():
            return None
        try:
            raw = json.loads(file.read_text(encoding="utf-8"))
            steps = {
                name: StepRecord(**{**step, "reasons": tuple(step["reasons"])})
                for name, step in raw.pop("steps").items()
            }
            return RunRecord(**raw, steps=steps)
        except (ValueError, TypeError, KeyError) as error:
            msg = f"{file}: not a run record ({error}); remove the folder to start again"
            raise ConfigError(msg) from error

    def write(self, record: RunRecord) -> None:
        """Write the record as a whole, or not at all."""
        write_text(self / "run.json", json.dumps(asdict(record), indent=1, sort_keys=False) + "\n")


def begin(
    path: Path, config_bytes: bytes, *, title: str, seed: int, command: str = ""
) -> RunFolder:
    """Open a run folder, keeping the steps that an earlier start finished.

    Parameters
    ----------
    path
        The folder; made when absent.
    config_bytes
        The configuration, kept byte for byte.
    title, seed, command
        For the record; a command is quoted as a shell wants it.
    """
    path.mkdir(parents=True, exist_ok=True)
    folder = RunFolder(path)
    before = folder.record()
    write_bytes(folder / "config.toml", config_bytes)
    folder.write(
        RunRecord(
            title=title,
            seed=seed,
            command=command,
            config_sha256=hashlib.sha256(config_bytes).hexdigest(),
            commit=commit(),
            versions=versions(),
            steps=before.steps if before else {},
        )
    )
    return folder


def perform(
    folder: RunFolder,
    name: str,
    digest: str,
    act: Callable[[], StepResult],
    *,
    makes: tuple[str, ...],
) -> bool:
    """Run a step unless it is done with the same inputs and its files still stand.

    Parameters
    ----------
    folder
        The run.
    name
        Of the step.
    digest
        Of all that the step depends on.
    act
        Does the work.
    makes
        Files or folders, relative to the run, whose absence makes the step run again.

    Returns
    -------
    ran
        False when the step was kept.
    """
    record = folder.record()
    if record is None:
        msg = f"{folder.path}: no run was begun here"
        raise ConfigError(msg)
    done = record.steps.get(name)
    if done and done.digest == digest and all((folder / made).exists() for made in makes):
        return False
    wall, cpu = time.perf_counter(), _cpu_s()
    result = act()
    step = StepRecord(
        digest=digest,
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        cpu_s=round(_cpu_s() - cpu, 2),
        wall_s=round(time.perf_counter() - wall, 2),
        reasons=result.reasons,
        facts=dict(result.facts),
    )
    folder.write(replace(record, steps={**record.steps, name: step}))
    return True


def _cpu_s() -> float:
    """CPU seconds of this process and of its ended children."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def digest_of(*parts: object) -> str:
    """SHA-256 over values that JSON can express."""
    text = json.dumps(parts, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that shape a result."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def commit() -> str:
    """Commit of the source tree; with ``+`` where files differ; empty outside a checkout."""
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        return ""
    ask = ["git", "-C", str(root), "describe", "--always", "--abbrev=12", "--dirty=+"]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
