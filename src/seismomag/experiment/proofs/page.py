"""The page of the proofs: ``python -m seismomag.experiment.proofs.page RESULTS PAGE``.

Every number on it comes from a result that :mod:`seismomag.experiment.proofs.prove` wrote.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seismomag.core.atomic import write_bytes, write_text
from seismomag.experiment.proofs.prove import PROOFS
from seismomag.figures.proofs import findings_figure

INTRODUCTION = """# Five proofs on archives of known truth, and one of the explanations

Written by `make proofs`, which runs all of them, prints every figure beside its bound and ends
non-zero when one is out; not edited by hand. Each proof is a configuration in `configs/`.
Sources are injected into invented days at a stated signal-to-noise ratio (in-band rms of the
injected over the background's horizontal field during the on-time); small trunk, demo grid.
Intervals are 95 %: over storms for the storm penalty, over training seeds (Student's t) for the
parts, over archives for the null, over station-days otherwise. What was run, and how large, stands
with each; a smaller run than the configuration of the same name says so.

A storm penalty that lowers false alarms in storms while the PSS there does not rise has made the
network more silent in storms, not more skilful: read both lines together. Arms can be told apart
only where some sources are missed; `snr` was chosen for that on other worlds (see the
configuration). A difference of arms whose interval holds 0 shows nothing; one below 0 says that
the part costs detection here, whatever else it gives. A null archive with few runs of positive
days is V0, insufficient: the audit then has nothing to be wrong about.

A run goes on from what earlier ones left, unless it is told `ARGS=--fresh`; the CPU seconds are
those of all goes. Choices (the calibration of the azimuth, its splits, the signal-to-noise ratios,
the blocks of the explanations) were made on worlds of other seeds than those of the configurations.
"""
SHOWN = ("n_stations", "n_days", "positive_share", "snr", "storms_per_day", "labels")


def write_page(results: Path, page: Path, configs: Path | None = None) -> Path:
    """Write the page of all results that there are.

    Parameters
    ----------
    results
        Folder of ``NAME.json``.
    page
        The Markdown file; its pictures go to ``images`` beside it.
    configs
        Folder of the configurations to compare with.
    """
    parts = [INTRODUCTION]
    for name in PROOFS:
        file = results / f"{name}.json"
        if not file.is_file():
            parts.append(f"## {name}\n\nNot run.\n\n{_command(name)}")
            continue
        result = json.loads(file.read_text(encoding="utf-8"))
        picture = f"proof_{name}.png"
        _draw(result, page.parent / "images" / picture)
        parts.append(_section(name, result, picture, configs))
    write_text(page, "\n".join(parts))
    return page


def _draw(result: Mapping[str, Any], path: Path) -> None:
    import io

    buffer = io.BytesIO()
    figure = findings_figure(result["title"], result["findings"])
    figure.savefig(buffer, format="png", metadata={"Software": None})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, buffer.getvalue())


def _section(name: str, result: Mapping[str, Any], picture: str, configs: Path | None) -> str:
    rows = ["| what | value | 95 % interval | demanded | |", "|---|---|---|---|---|"]
    for f in result["findings"]:
        span = f"{f['low']:.3f} to {f['high']:.3f}" if np.isfinite(f["low"]) else ""
        met = {True: "yes", False: "**no**", None: ""}[f["is_met"]]
        rows.append(f"| {f['name']} | {f['value']:.3f} | {span} | {f['demand']} | {met} |")
    world = ", ".join(f"{key} {result['world'][key]}" for key in SHOWN)
    plan = ", ".join(f"{key} {value}" for key, value in result["plan"].items() if key != "proof")
    reduced = _reduced(result, configs)
    lines = [
        f"## {name}: {result['title']}",
        "",
        f"Run with {plan}; {world}; {result['cpu_s']:.0f} CPU s.",
        reduced,
        "",
        f"![{name}](images/{picture})",
        "",
        *rows,
        "",
        _command(name),
    ]
    return "\n".join(line for line in lines if line is not None)


def _reduced(result: Mapping[str, Any], configs: Path | None) -> str:
    from seismomag.experiment.proofs.prove import read_proof

    path = configs / result["config"] if configs else None
    if path is None or not path.is_file():
        return ""
    plan, world = read_proof(path)
    found = {**result["plan"], **result["world"]}
    asked = {**vars(plan), **vars(world)}
    other = [k for k in asked if k in found and _plain(asked[k]) != _plain(found[k])]
    if not other:
        return "This is the configuration as committed."
    named = ", ".join(f"{k} {_plain(asked[k])}" for k in other)
    return f"**Reduced run**: the committed configuration has {named}; it was not run in full."


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | list) else value


def _command(name: str) -> str:
    command = f"seismomag.experiment.proofs.prove configs/proof_{name}.toml runs/proofs"
    return f"```sh\npython -m {command}\n```\n"


if __name__ == "__main__":
    write_page(Path(sys.argv[1]), Path(sys.argv[2]), Path("configs"))
