"""Five proofs that each part of the network does what it promises, on archives of known truth.

``python -m seismomag.experiment.proofs.prove CONFIG... OUT`` runs some of them and writes their
findings as JSON; :mod:`seismomag.experiment.proofs.page` makes the page of all. A sixth asks
whether the explanations point at what was planted.
"""

import json
import math
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path

from seismomag.core.atomic import write_text
from seismomag.core.errors import ConfigError
from seismomag.core.progress import Progress, silent
from seismomag.experiment.proofs.bench import Bench, Finding
from seismomag.experiment.proofs.explanations import explain
from seismomag.experiment.proofs.heads import azimuth, magnitude
from seismomag.experiment.proofs.null import null
from seismomag.experiment.proofs.parts import parts
from seismomag.experiment.proofs.runs import ProofPlan
from seismomag.experiment.proofs.storm import gpl
from seismomag.experiment.proofs.world import WorldPlan
from seismomag.experiment.sections import Source, parse, refuse_unknown

PROOFS: Mapping[str, Callable[[Bench], list[Finding]]] = {
    "gpl": gpl,
    "parts": parts,
    "azimuth": azimuth,
    "magnitude": magnitude,
    "null": null,
    "explain": explain,
}


def read_proof(path: Path) -> tuple[ProofPlan, WorldPlan]:
    """Read the configuration of a proof.

    Raises
    ------
    ConfigError
        Names file, key, what was found and what was expected.
    """
    if not path.is_file():
        msg = f"{path}: no such configuration file"
        raise ConfigError(msg)
    text = path.read_text(encoding="utf-8")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not TOML: {error}"
        raise ConfigError(msg) from error
    source = Source(path, text)
    refuse_unknown(raw, ["proof", "world"], "", source)
    plan = parse(ProofPlan, raw.get("proof", {}), "proof", source)
    if plan.proof not in PROOFS:
        msg = f"{path}: proof {plan.proof!r} is unknown; choose one of {', '.join(PROOFS)}"
        raise ConfigError(msg)
    return plan, parse(WorldPlan, raw.get("world", {}), "world", source)


def prove(
    config: Path, out: Path, *, pool: Executor | None = None, progress: Progress = silent
) -> Path:
    """Run a proof and write ``NAME.json``.

    Parameters
    ----------
    config
        See ``configs/proof_*.toml``.
    out
        Folder of stores, models and results; what stands there is gone on with.
    pool
        Processes that train side by side; None: here, one training after the other.
    progress
        Told how far the work is.
    """
    plan, world = read_proof(config)
    out.mkdir(parents=True, exist_ok=True)
    bench, begun = Bench(plan, world, out, progress, pool), time.thread_time()
    findings = PROOFS[plan.proof](bench)
    about = {
        "proof": plan.proof,
        "title": (PROOFS[plan.proof].__doc__ or "").splitlines()[0],
        "config": config.name,
        "plan": asdict(plan),
        "world": asdict(world),
    }
    target = out / f"{plan.proof}.json"
    spent_s = time.thread_time() - begun + sum(bench.spent_s) + _spent_before_s(target, about)
    result = about | {"cpu_s": round(spent_s, 1), "findings": [asdict(f) for f in findings]}
    write_text(target, json.dumps(result, indent=1) + "\n")
    return target


def _spent_before_s(result: Path, about: Mapping[str, object]) -> float:
    """CPU seconds of earlier goes at the same proof, whose worlds and models are taken up."""
    if not result.is_file():
        return 0.0
    told = json.loads(result.read_text(encoding="utf-8"))
    same = all(told.get(key) == json.loads(json.dumps(value)) for key, value in about.items())
    return float(told["cpu_s"]) if same else 0.0


def lines_of(result: Path) -> tuple[list[str], bool]:
    """Lines of the findings of a proof with their bounds, and whether all of these are kept."""
    told = json.loads(result.read_text(encoding="utf-8"))
    lines = [f"{told['proof']}: {told['title']} ({told['cpu_s']:.0f} CPU s)"]
    for f in told["findings"]:
        span = f"[{f['low']:.3f}, {f['high']:.3f}]" if math.isfinite(f["low"]) else ""
        met = {True: "ok", False: "OUT OF BOUNDS", None: ""}[f["is_met"]]
        lines.append(
            f"  {f['name']:58} {f['value']:8.3f} {span:18} {f['demand']:28} {met}".rstrip()
        )
    return lines, all(f["is_met"] is not False for f in told["findings"])


def main(arguments: list[str]) -> None:
    """Run the proofs of some configurations: ``CONFIG... OUT``."""
    *configs, out = map(Path, arguments)
    for config in configs:
        sys.stdout.write("\n".join(lines_of(prove(config, out))[0]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
