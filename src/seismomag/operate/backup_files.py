"""The files beside the database that an operation cannot be taken up again without."""

import os
from collections.abc import Iterator
from pathlib import Path

from seismomag.core.errors import ConfigError
from seismomag.operate.settings import FILE_NAME, Settings

_SINGLE = (FILE_NAME, "verdict.json", "drift_reference.json")
_AUDITS = "audits/*/*.json"


def files_beside(settings: Settings) -> dict[str, Path]:
    """Files of a working directory that belong into a backup, by their place in it.

    The configuration, the list of stations that it names, the audits, and all that lies in
    ``ledger``: the chain and its head, the preregistration, the scores, the proofs of the
    anchors, and what crashes have left. The raw archive and the models are not among them.

    Raises
    ------
    ConfigError
        One is a link, or the list of stations lies elsewhere: in a backup would be something
        else, or nothing.
    """
    folder = settings.folder
    found = [folder / name for name in _SINGLE]
    found += [_station_list(settings), *sorted(folder.glob(_AUDITS))]
    found += _whole(settings.ledger.parent)
    for path in found:
        _refuse_link(path)
    return {path.relative_to(folder).as_posix(): path for path in found if path.is_file()}


def _whole(folder: Path) -> Iterator[Path]:
    _refuse_link(folder)
    # Names with a point are files that are being written at this moment.
    return (path for path in sorted(folder.rglob("*")) if not path.name.startswith("."))


def _station_list(settings: Settings) -> Path:
    text = settings.operation.stations
    place = settings.folder.resolve()
    named = Path(os.path.normpath(place / text))
    is_inside = not Path(text).is_absolute() and named.is_relative_to(place)
    if not is_inside or not named.is_file() or named.resolve() != named:
        msg = (
            f"{settings.folder / FILE_NAME}: operation.stations = {text!r}: a backup takes a file "
            f"of the working directory only, and no link; move the list into {settings.folder}"
        )
        raise ConfigError(msg)
    return settings.folder / named.relative_to(place)


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        msg = f"{path}: is a link; a backup takes files of the working directory only"
        raise ConfigError(msg)
