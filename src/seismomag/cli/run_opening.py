"""Open a finished run for the server, in a process of its own: the server stays small."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from seismomag.cli import EXIT_BAD_INPUT, EXIT_DONE
from seismomag.core.errors import ConfigError, SeismomagError

CONFIGURATION = "operate.toml"
RECORDS = ("run.json", "planted/run.json")


def opened(folder: Path) -> Path:
    """Return the working directory that is to be served.

    Returns
    -------
    folder
        The same, or that of the finished run which it holds; made when it is not there.

    Raises
    ------
    ConfigError
        The run cannot be shown; the reason has been said.
    """
    if (folder / CONFIGURATION).is_file() or not any((folder / n).is_file() for n in RECORDS):
        return folder
    command = [sys.executable, "-m", "seismomag.cli.run_opening", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - a command of ours
    if done.returncode != EXIT_DONE:
        msg = f"{folder}: this run cannot be served"
        raise ConfigError(msg)
    return Path(done.stdout.strip())


def main(words: Sequence[str]) -> int:
    """Make the working directory of a run and print its path."""
    from seismomag.cli.progress import shown
    from seismomag.operate.run_folder import open_run

    try:
        with shown() as progress:
            folder = open_run(Path(words[0]), progress=progress)
    except SeismomagError as error:
        sys.stderr.write(f"seismomag: {error}\n")
        return EXIT_BAD_INPUT
    sys.stdout.write(f"{folder}\n")
    return EXIT_DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
