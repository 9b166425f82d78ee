"""The commands of ``seismomag store``; each imports what it needs only when it is called."""

from pathlib import Path
from typing import Annotated

import typer

store_app = typer.Typer(
    no_args_is_help=True, help="Look at a tensor store, check it, write it for others."
)

StoreFile = Annotated[Path, typer.Argument(help="The store (HDF5).")]
OutPath = Annotated[Path, typer.Argument(help="What is written; must not exist yet.")]


@store_app.command("info", epilog="Example: seismomag store info runs/demo/store.h5")
def info(path: StoreFile) -> None:
    """Say what a store holds."""
    from seismomag.cli import store_commands

    raise typer.Exit(store_commands.info(path))


@store_app.command("check", epilog="Example: seismomag store check runs/demo/store.h5 --rows 1000")
def check(
    path: StoreFile,
    rows: Annotated[int | None, typer.Option(min=0, help="Read at most so many rows.")] = None,
) -> None:
    """Check structure, table and every finished row; leave with 2 if anything is damaged."""
    from seismomag.cli import store_commands

    raise typer.Exit(store_commands.check(path, most_rows=rows))


@store_app.command(
    "export", epilog="Example: seismomag store export runs/demo/store.h5 shared --format seisbench"
)
def export(
    path: StoreFile,
    out: OutPath,
    format_: Annotated[str, typer.Option("--format", help="seisbench or netcdf.")] = "seisbench",
    sample: Annotated[str | None, typer.Option(help="Station-day for netcdf.")] = None,
) -> None:
    """Write a store as a SeisBench folder, or one station-day as NetCDF."""
    from seismomag.cli import store_commands

    raise typer.Exit(store_commands.export(path, out, format_=format_, sample_id=sample))


@store_app.command("join", epilog="Example: seismomag store join whole.h5 january.h5 february.h5")
def join(
    out: OutPath, shards: Annotated[list[Path], typer.Argument(help="Stores beside it.")]
) -> None:
    """Make one store out of several, without copying a tensor."""
    from seismomag.cli import store_commands

    raise typer.Exit(store_commands.join(shards, out))


@store_app.command(
    "pack", epilog="Example: seismomag store pack runs/demo/store.h5 archive.h5 --compression gzip"
)
def pack(
    path: StoreFile,
    out: OutPath,
    compression: Annotated[str, typer.Option(help="gzip, blosc2, or none to unpack.")] = "gzip",
) -> None:
    """Write a compressed archive copy, or unpack one."""
    from seismomag.cli import store_commands

    raise typer.Exit(store_commands.pack(path, out, compression=compression))
