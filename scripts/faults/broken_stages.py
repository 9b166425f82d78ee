"""R8: each stage broken on purpose; the status must not be green after the next run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import world

from seismomag.core.recording import utc_days
from seismomag.operate.archive import Archive
from seismomag.operate.database import open_database
from seismomag.operate.rehearsal.cycle import Machine
from seismomag.operate.rehearsal.plan import Figure
from seismomag.operate.settings import Settings
from seismomag.operate.status import FAILED, is_green, status
from seismomag.readers.recognition import read_bytes

LATER = world.MOMENT + pd.Timedelta(days=1)


def figures(extent: world.Extent) -> Sequence[Figure]:
    """Break one stage in each copy of a working directory, and run once."""
    network = world.make(extent, "stages", n_days=3)
    network.deliver(world.MOMENT)
    sound = world.fresh_copy(network.folder, extent.scratch / "sound")
    (report,) = Machine(sound.folder, pace=0).run_apart(world.MOMENT)
    was_green = report.is_done and _is_green(sound, world.MOMENT)
    network.deliver(LATER)
    names = list(_BREAKS)[::3] if extent.is_small else list(_BREAKS)
    red = [name for name in names if _turns_red(sound, name, extent.scratch / "broken")]
    missed = sorted(set(names) - set(red))
    return [
        Figure(
            name="R8",
            what="a stage broken on purpose turns the status red within one run",
            reached=f"{len(red)} of {len(names)} ({', '.join(names)})"
            + ("" if was_green else "; it was not green before")
            + (f"; NOT {', '.join(missed)}" if missed else ""),
            bound="all",
            is_within=was_green and not missed,
        )
    ]


def _turns_red(sound: Settings, stage: str, place: Path) -> bool:
    settings = world.fresh_copy(sound.folder, place)
    _BREAKS[stage](settings)
    Machine(settings.folder, pace=0).run_apart(LATER)
    return not _is_green(settings, LATER) and _is_told(settings, stage)


def _states(settings: Settings, moment: pd.Timestamp):
    engine = open_database(settings.database_url)
    try:
        return status(settings, engine, moment)
    finally:
        engine.dispose()


def _is_green(settings: Settings, moment: pd.Timestamp) -> bool:
    return is_green(_states(settings, moment))


def _is_told(settings: Settings, stage: str) -> bool:
    """Whether it is that stage that failed, and not another one by chance."""
    return any(s.state == FAILED and s.stage == stage for s in _states(settings, LATER))


def _own(settings: Settings, name: str) -> Path:
    """Replace a linked folder by a copy that may be broken."""
    import shutil

    place = settings.folder / name
    source = place.resolve()
    place.unlink()
    shutil.copytree(source, place)
    return place


def _newest_file(settings: Settings) -> Path:
    code = settings.codes[0]
    return sorted((_own(settings, "incoming") / code).glob("S*"))[-1]


def _break_collect(settings: Settings) -> None:
    _newest_file(settings).write_bytes(b"\x00garbage" * 1000)


def _break_quality(settings: Settings) -> None:
    """The archive has an older revision of the newest day that cannot be read."""
    path = _newest_file(settings)
    day = utc_days(read_bytes(path.read_bytes(), str(path)))[0]
    engine = open_database(settings.database_url)
    try:
        Archive(engine, settings.archive).ingest(
            settings.codes[0],
            day,
            b"\x00garbage" * 1000,
            name="garbage",
            origin="planted",
            now=world.MOMENT,
        )
    finally:
        engine.dispose()


def _break_scalogram(settings: Settings) -> None:
    import shutil

    place = settings.folder / "tensors" / settings.codes[0]
    shutil.rmtree(place, ignore_errors=True)
    place.write_bytes(b"no folder")


def _break_forecast(settings: Settings) -> None:
    path = _own(settings, "models") / "champion" / "model.onnx"
    path.write_bytes(path.read_bytes()[:-100])


def _break_ledger(settings: Settings) -> None:
    path = settings.ledger
    path.write_bytes(path.read_bytes().replace(b'"seq":1,', b'"seq":9,', 1))


def _break_files(settings: Settings) -> None:
    (settings.folder / "weather.csv").write_bytes(b"\xff\xfe no indices")


_BREAKS: Mapping[str, Callable[[Settings], None]] = {
    "collect": _break_collect,
    "quality": _break_quality,
    "scalogram": _break_scalogram,
    "forecast": _break_forecast,
    "ledger": _break_ledger,
    "files": _break_files,
}
