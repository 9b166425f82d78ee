"""The commands about users; each imports what it needs only when it is called."""

from pathlib import Path
from typing import Annotated

import typer

Directory = Annotated[Path, typer.Argument(help="Working directory of the operation.")]
Name = Annotated[str, typer.Argument(help="Name of the user.")]

users_app = typer.Typer(no_args_is_help=True, help="Who may see the page, and change what.")


@users_app.command("add", epilog="Example: seismomag users add op anna --role operator --days 90")
def users_add(
    folder: Directory,
    name: Name,
    role: Annotated[str, typer.Option(help="viewer, operator or admin.")] = "viewer",
    days: Annotated[
        int | None, typer.Option(min=1, help="Days until the token ends; without: no end.")
    ] = None,
) -> None:
    """Make a user; the token is printed once."""
    from seismomag.cli import users_commands

    raise typer.Exit(users_commands.add(folder, name, role, days=days))


@users_app.command("list", epilog="Example: seismomag users list op")
def users_list(folder: Directory) -> None:
    """Say who is known, in which role, until when."""
    from seismomag.cli import users_commands

    raise typer.Exit(users_commands.show(folder))


@users_app.command("remove", epilog="Example: seismomag users remove op anna")
def users_remove(folder: Directory, name: Name) -> None:
    """Remove a user; the token and every session end at once."""
    from seismomag.cli import users_commands

    raise typer.Exit(users_commands.remove(folder, name))


@users_app.command("expire", epilog="Example: seismomag users expire op anna")
def users_expire(folder: Directory, name: Name) -> None:
    """End the token of a user now; the name stays."""
    from seismomag.cli import users_commands

    raise typer.Exit(users_commands.expire(folder, name))
