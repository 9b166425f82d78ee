"""What the commands of an operation do: each takes its working directory, gives an exit code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seismomag.cli import EXIT_BAD_INPUT, EXIT_DONE, EXIT_LEAK
from seismomag.cli.operate_session import database_of, opened, say, url_of
from seismomag.core.errors import ConfigError, SeismomagError
from seismomag.operate import ledger
from seismomag.operate.clock import now
from seismomag.operate.database import migrate as migrate_database
from seismomag.operate.settings import Settings, read_settings

if TYPE_CHECKING:
    import sqlalchemy as sa

_WRITTEN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def init(folder: Path) -> int:
    """Make a working directory with a commented configuration and an empty database."""
    from seismomag.operate.working_directory import init as make

    made = make(folder)
    with database_of(folder, url_of(folder)) as engine:
        migrate_database(engine)
    say(*(f"{path}: fill it in" for path in made))
    say(f"{folder / 'models' / 'champion'}: put a model folder there, such as runs/NAME/model")
    say(
        f"then: seismomag config check {folder}",
        f"before day one: seismomag preregister {folder} --help; a ledger that has begun without "
        "it is never scored",
        f"then every day: seismomag daily {folder} --catch-up",
    )
    return EXIT_DONE


def config_check(folder: Path) -> int:
    """Read the configuration and open what it names; say what is missing.

    Returns
    -------
    exit_code
        2 if something is missing.
    """
    from seismomag.operate.audits import verdict_line
    from seismomag.operate.ledger.keeping import alarm_line, registration_lines
    from seismomag.operate.models_registry import served_models
    from seismomag.operate.sources.folder import FolderPlan

    with opened(folder) as (settings, engine):
        say(f"{len(settings.stations)} stations: {', '.join(settings.codes)}")
        say(verdict_line(folder, settings.operation.language))
        models = served_models(settings, engine)
        for served in models:
            say(f"{served.role}: {served.model.model_id}, grid {served.grid.to_dict()}")
        say(alarm_line(settings, models[0]), *registration_lines(settings, models[0], now()))
        say(*_sources(settings))
        roots = [s.plan.root for s in settings.sources if isinstance(s.plan, FolderPlan)]
        files = [folder / name for name in settings.space_weather.files]
        missing = [f"{path}: absent" for path in (*roots, *files) if not path.exists()]
        missing += _missing_of_channels(settings)
    say(*missing, "the configuration is readable")
    return EXIT_BAD_INPUT if missing else EXIT_DONE


def try_alerts(folder: Path) -> int:
    """Send a message marked as a test on every channel, and say what happened on each.

    Returns
    -------
    exit_code
        2 if a channel did not take it.
    """
    from seismomag.operate.alerts.trial import try_channels

    trials = try_channels(read_settings(folder), now())
    say(*(trial.sentence() for trial in trials))
    return EXIT_BAD_INPUT if any(trial.error for trial in trials) else EXIT_DONE


def _missing_of_channels(settings: Settings) -> Iterator[str]:
    """Say what keeps the channels from speaking: no secret, no certificates, no public address."""
    from seismomag.operate.alerts.delivery import guarded
    from seismomag.operate.secrets import read_secret

    mail, webhook = settings.mail, settings.webhook
    try:
        if mail is not None and mail.user:
            read_secret(mail.password_source, settings.folder)
        if webhook is not None:
            read_secret(webhook.secret_source, settings.folder)
            guarded(webhook.url, webhook.allowed_hosts)
    except SeismomagError as error:
        yield str(error)
    for plan in (mail, webhook):
        if plan is not None and plan.ca_file and not (settings.folder / plan.ca_file).is_file():
            yield f"{settings.folder / plan.ca_file}: absent"


def _sources(settings: Settings) -> Iterator[str]:
    """Say what each source serves and, of folders, how many of the last days lie there."""
    from seismomag.operate.sources.folder import FolderPlan, has_file

    last = np.datetime64(now().normalize(), "D") - 1
    first = max(settings.operation.start_day.to_datetime64().astype("datetime64[D]"), last - 30)
    days = np.arange(first, last + 1)
    for source in settings.sources:
        whom = ", ".join(source.stations) or "every station"
        yield f"source {source.name}: {whom}"
        plan = source.plan
        if not isinstance(plan, FolderPlan):
            continue
        for code in filter(source.serves, settings.codes):
            n = sum(has_file(plan, code, day) for day in days)
            yield f"  {code}: files of {n} of the {len(days)} days from {first} to {last}"


def daily(folder: Path, *, catch_up: bool = False, since: str = "") -> int:
    """Work through the days that are due, then tell operators what they should know.

    Parameters
    ----------
    folder
        The working directory.
    catch_up
        Every day since the first.
    since
        Look again for files of every day from this one on; empty for the last few.

    Returns
    -------
    exit_code
        0 also when another run is at work; 3 if the ledger is broken.
    """
    from seismomag.operate.daily.job import run_daily
    from seismomag.operate.facts import LeaseHeldError

    try:
        report = run_daily(read_settings(folder), catch_up=catch_up, since=_day(since), say=say)
    except LeaseHeldError as error:
        say(f"nothing done: {error}")
        return EXIT_DONE
    say(*report.sentences())
    return EXIT_DONE


def _day(text: str) -> np.datetime64 | None:
    """Read a UTC day; anything beyond YYYY-MM-DD would be another day than the one meant."""
    if not text:
        return None
    try:
        if _WRITTEN_DAY.fullmatch(text):
            return np.datetime64(text, "D")
    except ValueError:
        # Such as 2026-02-30: told below.
        pass
    msg = f"--since {text!r}: expected a UTC day such as 2026-03-01"
    raise ConfigError(msg)


def status(folder: Path) -> int:
    """Say the state of every stage of every station; 0 only if all are in order."""
    from seismomag.operate.status import is_green
    from seismomag.operate.status import status as states_of

    with opened(folder) as (settings, engine):
        states = states_of(settings, engine, now())
    say(*(f"{s.station_code:6} {s.stage:10} {s.state:7} {s.sentence}" for s in states))
    return EXIT_DONE if is_green(states) else EXIT_BAD_INPUT


def backup(folder: Path, out: Path | None = None) -> int:
    """Back up database, ledger and configuration into a new folder."""
    from seismomag.operate.backup_files import files_beside
    from seismomag.operate.database_upkeep import backup as make
    from seismomag.operate.database_upkeep import backup_place

    with opened(folder) as (settings, engine):
        place = out or backup_place(folder, now())
        say(str(make(engine, place, files_beside(settings), settings.ledger)))
    return EXIT_DONE


def restore(folder: Path, source: Path) -> int:
    """Fill an empty working directory from a backup."""
    from seismomag.operate.database_upkeep import restore as fill

    folder.mkdir(parents=True, exist_ok=True)
    with database_of(folder, url_of(folder)) as engine:
        n_rows = fill(engine, source, folder)
    say(f"{n_rows} rows; copy archive/ and models/ beside them, then: seismomag operate-doctor")
    return EXIT_DONE


def prune(folder: Path, *, keep_days: int = 365) -> int:
    """Remove old records of work; never forecasts, files, quality or the ledger."""
    from seismomag.operate.database_upkeep import prune as remove

    with opened(folder) as (_, engine):
        done = remove(engine, keep_days=keep_days, now=now())
    say(f"removed: {done.n_runs} runs, {done.n_alerts} alerts, {done.n_indices} indices")
    return EXIT_DONE


def migrate(folder: Path, revision: str = "head", *, drop_data: bool = False) -> int:
    """Bring the database to this version's schema, or to a named one."""
    with database_of(folder, read_settings(folder).database_url) as engine:
        migrate_database(engine, revision, drop_data=drop_data)
    say(f"schema {revision}")
    return EXIT_DONE


def operate_doctor(folder: Path, *, read_archive: bool = False) -> int:
    """Examine database, ledger, disk and, if asked, every archived file.

    Returns
    -------
    exit_code
        2 if something is wrong, 3 if the ledger is broken.
    """
    from seismomag.operate.archive import Archive
    from seismomag.operate.database_upkeep import examine
    from seismomag.operate.disk import free_gb
    from seismomag.operate.machine_clock import read_machine_clock

    settings = read_settings(folder)
    with database_of(folder, settings.database_url) as engine:
        wrong = list(examine(engine))
        check = ledger.verify(settings.ledger)
        if not wrong:
            archive = Archive(engine, settings.archive)
            wrong += archive.strays()
            wrong += archive.check() if read_archive else ()
            wrong += _told_apart(engine, settings.ledger) if check.is_intact else ()
    free = free_gb(folder)
    if free < settings.operation.least_free_gb:
        wrong.append(f"{free:.1f} GB free")
    say(*wrong, *check.sentences(), f"{free:.1f} GB free", read_machine_clock().sentence())
    if not check.is_intact:
        return EXIT_LEAK
    return EXIT_BAD_INPUT if wrong else EXIT_DONE


def _told_apart(engine: "sa.Engine", path: Path) -> tuple[str, ...]:
    """Where ledger and database do not speak of the same forecasts."""
    from seismomag.operate.daily.linking import mismatches

    with ledger.held(path):
        return mismatches(engine, ledger.read(path))


def cap(
    folder: Path,
    station: str,
    *,
    status: str,
    sender: str,
    addresses: list[str],
    day: str = "",
    out: Path | None = None,
) -> int:
    """Write a CAP 1.2 message of a test or an exercise; nothing is sent.

    Raises
    ------
    ConfigError
        Another status, or nothing to say about the station.
    """
    from seismomag.core.atomic import write_bytes
    from seismomag.operate.alerts import cap as standard
    from seismomag.operate.alerts.cap_message import message_of

    known = {one.value.lower(): one for one in standard.Status}
    if status.lower() not in known:
        msg = f"status {status!r}: only {' and '.join(known)} exist here; nothing warns the public"
        raise ConfigError(msg)
    with opened(folder) as (settings, engine):
        message = message_of(
            settings,
            engine,
            station_code=station,
            status=known[status.lower()],
            sender=sender,
            addresses=addresses,
            now=now(),
            day=day,
        )
    data = standard.write(message)
    say(str(write_bytes(out, data)) if out is not None else data.decode())
    return EXIT_DONE


def forecasts(folder: Path, out: Path, *, role: str = "champion") -> int:
    """Write the forecasts of a role as a table that ``seismomag audit`` judges.

    Returns
    -------
    exit_code
        2 if there is none.
    """
    from seismomag.operate.forecast_table import write_forecast_table

    with opened(folder) as (settings, engine):
        n_rows, n_late = write_forecast_table(settings, engine, out, role=role)
    say(f"{out}: {n_rows} forecasts; {n_late} were issued too late to count and are left out")
    say(f"seismomag audit {out} --columns {out.with_suffix('.toml')} --catalogue LIST")
    return EXIT_DONE if n_rows else EXIT_BAD_INPUT
