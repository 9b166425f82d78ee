"""The commands of the daily operation; each imports what it needs only when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from seismomag.cli.users_app import users_app

Directory = Annotated[Path, typer.Argument(help="Working directory of the operation.")]
By = Annotated[str, typer.Option(help="Who decides.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]

ledger_app = typer.Typer(no_args_is_help=True, help="The hash-chained ledger of forecasts.")
alerts_app = typer.Typer(no_args_is_help=True, help="Messages to operators.")
config_app = typer.Typer(no_args_is_help=True, help="The configuration of an operation.")
models_app = typer.Typer(no_args_is_help=True, help="Champion and challengers.")


def add_to(app: typer.Typer) -> None:
    """Give an application the commands of the operation."""
    works = (
        init,
        daily,
        status,
        serve,
        preregister,
        cap,
        forecasts,
        backup,
        restore,
        prune,
        migrate,
    )
    for work in works:
        app.command()(work)
    app.command()(rehearse)
    app.command("operate-doctor")(operate_doctor)
    groups = (
        ("ledger", ledger_app),
        ("config", config_app),
        ("alerts", alerts_app),
        ("models", models_app),
        ("users", users_app),
    )
    for name, group in groups:
        app.add_typer(group, name=name)


def init(folder: Directory) -> None:
    """Make a working directory with a configuration that explains itself."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.init(folder))


def daily(
    folder: Directory,
    catch_up: Annotated[bool, typer.Option("--catch-up", help="Every day that is due.")] = False,
    since: Annotated[
        str, typer.Option(help="Look again for files of every day from this one on.")
    ] = "",
) -> None:
    """Collect, transform, forecast, write the ledger; safe to start twice or to kill."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.daily(folder, catch_up=catch_up, since=since))


def status(folder: Directory) -> None:
    """Say, from recorded facts, how every station and stage stands."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.status(folder))


def serve(
    folder: Directory,
    host: Annotated[str, typer.Option(help="Address; others than this machine need users.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 8787,
    with_scheduler: Annotated[
        bool, typer.Option("--with-scheduler", help="Do the daily job as well.")
    ] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
) -> None:
    """Show the operation in a browser, and answer other programs."""
    from seismomag.cli import serve_commands

    raise typer.Exit(
        serve_commands.serve(
            folder, host=host, port=port, with_scheduler=with_scheduler, open_page=open_page
        )
    )


def preregister(
    folder: Directory,
    first_day: Annotated[str, typer.Option(help="First UTC day that counts.")],
    stop_day: Annotated[str, typer.Option(help="Day on which the test ends.")],
    catalogue_source: Annotated[str, typer.Option(help="List that will decide.")],
    primary_test: Annotated[str, typer.Option(help="The one test that decides.")],
) -> None:
    """Freeze model, threshold, rule and test before the first day."""
    from seismomag.cli import ledger_commands

    raise typer.Exit(
        ledger_commands.preregister(
            folder,
            first_day=first_day,
            stop_day=stop_day,
            catalogue_source=catalogue_source,
            primary_test=primary_test,
        )
    )


def backup(
    folder: Directory,
    out: Annotated[Path | None, typer.Option(help="Folder of the backup.")] = None,
) -> None:
    """Copy tables, ledger and configuration, each with its SHA-256."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.backup(folder, out))


def restore(folder: Directory, source: Annotated[Path, typer.Argument(help="A backup.")]) -> None:
    """Bring a backup into a new working directory."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.restore(folder, source))


def prune(
    folder: Directory,
    keep_days: Annotated[int, typer.Option(min=1, help="Younger facts are kept.")] = 365,
) -> None:
    """Remove old runs and delivered alerts; never forecasts, files or the ledger."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.prune(folder, keep_days=keep_days))


def migrate(
    folder: Directory,
    revision: Annotated[str, typer.Option(help="Revision of the database.")] = "head",
    drop_data: Annotated[
        bool, typer.Option("--drop-data", help="Lose what an older schema has no place for.")
    ] = False,
) -> None:
    """Bring the database to a revision."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.migrate(folder, revision, drop_data=drop_data))


def operate_doctor(
    folder: Directory,
    read_archive: Annotated[
        bool, typer.Option("--read-archive", help="Check every raw file by its SHA-256.")
    ] = False,
) -> None:
    """Examine database, ledger and archive of an operation."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.operate_doctor(folder, read_archive=read_archive))


def rehearse(
    folder: Annotated[
        Path | None, typer.Argument(help="Stays, as a working directory in mode test.")
    ] = None,
    days: Annotated[int, typer.Option(min=2, help="Simulated days.")] = 30,
    speed: Annotated[float, typer.Option(help="Simulated seconds a second.")] = 1000.0,
    stations: Annotated[int, typer.Option(help="Stations of the network.")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="Of what is invented, and of what fails.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="No pause, two runs a day.")] = False,
    json: Annotated[Path | None, typer.Option(help="File for the figures.")] = None,
) -> None:
    """Run the whole operation on an invented network under faults; figures last, 1 if one fails."""
    import os

    # Before numpy is loaded: processes are forked from this one, and threads are not.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # A compiler in every process that lives for one run would be most of its work.
    os.environ.setdefault("SEISMOMAG_ENGINE", "scipy")
    from seismomag.cli import rehearse_command
    from seismomag.operate.rehearsal.plan import QUICK_CYCLE_HOURS, RehearsalPlan

    plan = RehearsalPlan(
        n_days=days,
        n_stations=stations,
        seed=seed,
        speed=float("inf") if quick else speed,
        cycle_hours=QUICK_CYCLE_HOURS if quick else 1,
    )
    raise typer.Exit(rehearse_command.run(folder, plan, json=json))


def cap(
    folder: Directory,
    station: Annotated[str, typer.Argument(help="Code of a station.")],
    sender: Annotated[str, typer.Option(help="Address of the sender.")],
    to: Annotated[list[str], typer.Option(help="Address of a receiver; may be repeated.")],
    status: Annotated[str, typer.Option(help="test or exercise; there is no other.")] = "test",
    day: Annotated[str, typer.Option(help="UTC day of the score; the newest by default.")] = "",
    out: Annotated[Path | None, typer.Option(help="File; else standard output.")] = None,
) -> None:
    """Write a CAP 1.2 message of a test or an exercise to named receivers; sends nothing."""
    from seismomag.cli import operate_commands

    raise typer.Exit(
        operate_commands.cap(
            folder, station, status=status, sender=sender, addresses=to, day=day, out=out
        )
    )


def forecasts(
    folder: Directory,
    out: Annotated[Path, typer.Argument(help="CSV that `seismomag audit` judges.")],
    role: Annotated[str, typer.Option(help="champion, challenger or consensus.")] = "champion",
) -> None:
    """Write the forecasts of the operation, or of its consensus, as a table to be audited."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.forecasts(folder, out, role=role))


@config_app.command("check")
def config_check(folder: Directory) -> None:
    """Read the configuration of an operation and say what is wrong with it."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.config_check(folder))


@alerts_app.command("test")
def alerts_test(folder: Directory) -> None:
    """Send one message, marked as a test, by mail and webhook; leave with 2 if one fails."""
    from seismomag.cli import operate_commands

    raise typer.Exit(operate_commands.try_alerts(folder))


@ledger_app.command("verify")
def ledger_verify(path: Annotated[Path, typer.Argument(help="Ledger or its folder.")]) -> None:
    """Check every record and the chain; leave with 3 where it is broken."""
    from seismomag.cli import ledger_commands

    raise typer.Exit(ledger_commands.verify(path))


@ledger_app.command("score")
def ledger_score(
    folder: Directory,
    catalogues: Annotated[list[Path], typer.Argument(help="Lists of earthquakes.")],
) -> None:
    """Score what is due, once; refuse a broken chain."""
    from seismomag.cli import ledger_commands

    raise typer.Exit(ledger_commands.score(folder, catalogues))


@ledger_app.command("anchor")
def ledger_anchor(
    path: Annotated[Path, typer.Argument(help="Ledger or its folder.")],
    authorities: Annotated[
        list[str] | None, typer.Argument(help="Addresses of time authorities (RFC 3161).")
    ] = None,
    roots: Annotated[list[Path] | None, typer.Option(help="Their root certificates.")] = None,
    calendar: Annotated[
        list[str] | None, typer.Option(help="Address of a calendar of OpenTimestamps.")
    ] = None,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Fetch what the calendars delivered since.")
    ] = False,
) -> None:
    """Let others date the head of the ledger; without any, print it for the bulletin."""
    from seismomag.cli import ledger_commands

    raise typer.Exit(
        ledger_commands.anchor(
            path, authorities or [], roots=roots, calendars=calendar, is_upgrade=upgrade
        )
    )


@models_app.command("list")
def models_list(folder: Directory) -> None:
    """Say which models serve, and their history."""
    from seismomag.cli import model_service_commands

    raise typer.Exit(model_service_commands.show(folder))


@models_app.command("challenge")
def models_challenge(
    folder: Directory,
    path: Annotated[str, typer.Argument(help="A model folder.")],
    by: By,
    reason: Reason,
) -> None:
    """Let a model run in shadow beside the champion."""
    from seismomag.cli import model_service_commands

    raise typer.Exit(model_service_commands.challenge(folder, path, by=by, reason=reason))


@models_app.command("promote")
def models_promote(
    folder: Directory,
    path: Annotated[str, typer.Argument(help="A challenger.")],
    run: Annotated[Path, typer.Option(help="Run folder whose audit it passed.")],
    by: By,
    reason: Reason,
) -> None:
    """Make a challenger the champion; needs a passed audit and a reason."""
    from seismomag.cli import model_service_commands

    raise typer.Exit(model_service_commands.promote(folder, path, run, by=by, reason=reason))


@models_app.command("audited")
def models_audited(
    folder: Directory, run: Annotated[Path, typer.Argument(help="Run folder of the champion.")]
) -> None:
    """Take over the newest audit of the champion; its line goes with every message."""
    from seismomag.cli import model_service_commands

    raise typer.Exit(model_service_commands.audited(folder, run))


@models_app.command("roll-back")
def models_roll_back(folder: Directory, by: By, reason: Reason) -> None:
    """Bring the champion before this one back."""
    from seismomag.cli import model_service_commands

    raise typer.Exit(model_service_commands.roll_back(folder, by=by, reason=reason))


@models_app.command("drift")
def models_drift(
    folder: Directory,
    reference: Annotated[
        Path | None, typer.Argument(help="Store that the model was trained on; kept for every day.")
    ] = None,
) -> None:
    """Compare input, band by band, and forecasts of today with those of the training."""
    from seismomag.cli import model_service_commands

    raise typer.Exit(model_service_commands.drift(folder, reference))
