"""``seismomag train`` with seeds and ablations, ``search``, and ``weights convert``."""

import sys
from pathlib import Path

from seismomag.cli import EXIT_DONE
from seismomag.cli.progress import shown
from seismomag.core.errors import ConfigError
from seismomag.experiment.config import read_config
from seismomag.experiment.runs import RunFolder

TRACKERS = ("tensorboard", "mlflow")


def train_several(
    config: Path,
    run: Path | None,
    *,
    n_seeds: int = 1,
    ablate: str = "",
    resume: bool = False,
    track: str = "",
) -> int:
    """Train every arm with every seed, and write the page that compares them.

    Parameters
    ----------
    config, run
        Configuration and run folder.
    n_seeds
        Seeds, counted up from that of the configuration.
    ablate
        Names of parts to leave out, separated by commas.
    resume
        Go on with interrupted trainings and keep finished ones.
    track
        Of :data:`TRACKERS`, or empty.

    Raises
    ------
    SeismomagError
        Bad input; the command line leaves with 2.
    """
    from seismomag.cli.running import default_folder
    from seismomag.experiment.seeds import FOLDER
    from seismomag.experiment.seeds import train_several as train
    from seismomag.experiment.seeds_page import write_comparison

    if track and track not in TRACKERS:
        msg = f"--track {track!r} is none of {', '.join(TRACKERS)}"
        raise ConfigError(msg)
    read = read_config(config)
    folder = RunFolder(run or default_folder(config))
    names = [name.strip() for name in ablate.split(",") if name.strip()]
    with shown() as progress:
        done = train(
            read, folder, n_seeds=n_seeds, ablations=names, resume=resume, progress=progress
        )
    for training in done:
        _track(track, training.folder, read.run.title)
    page = write_comparison(done, read.run.title, folder / FOLDER / "comparison.html")
    _say(str(page.resolve()))
    return EXIT_DONE


def search(config: Path, run: Path | None, *, n_trials: int) -> int:
    """Search for hyper-parameters; errors leave with 2."""
    from seismomag.cli.running import default_folder
    from seismomag.experiment.seeds_search import search as find

    with shown() as progress:
        best = find(
            read_config(config),
            RunFolder(run or default_folder(config)),
            n_trials=n_trials,
            progress=progress,
        )
    _say(*(f"{name}: {value:.4g}" for name, value in best.items()))
    return EXIT_DONE


def convert_weights(path: Path, out: Path) -> int:
    """Turn EfficientNet-B1 weights of torchvision or timm into ours; errors leave with 2."""
    from seismomag.network.weights import convert

    _say(f'{convert(path, out)}: set starting_weights = "{out}" in [training]')
    return EXIT_DONE


def _track(tracker: str, folder: Path, title: str) -> None:
    from seismomag.network.trackers import log_mlflow, write_tensorboard

    metrics = folder / "metrics.jsonl"
    if tracker == "tensorboard":
        write_tensorboard(metrics, folder / "tensorboard")
    elif tracker == "mlflow":
        log_mlflow(metrics, experiment=title, run_name=folder.name)


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
