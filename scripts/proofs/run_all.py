"""Run the five proofs, two at a time, and write their page: ``make proofs``."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "runs" / "proofs"
# One lane a core; proofs of one lane share a world.
LANES = (("gpl", "parts"), ("null", "azimuth", "magnitude"))


def main() -> int:
    """Run both lanes, then write the page."""
    lanes = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "seismomag.experiment.proofs",
                *(str(ROOT / "configs" / f"proof_{name}.toml") for name in lane),
                str(RESULTS),
            ]
        )
        for lane in LANES
    ]
    failed = [lane.wait() for lane in lanes]
    page = ["-m", "seismomag.experiment.proofs_page", str(RESULTS), str(ROOT / "docs/proofs.md")]
    subprocess.run([sys.executable, *page], check=True, cwd=ROOT)
    return max(failed)


if __name__ == "__main__":
    sys.exit(main())
