"""``seismomag store``: look at a store, check it, write it for others."""

import sys
from pathlib import Path

from seismomag.cli import EXIT_BAD_INPUT, EXIT_DONE
from seismomag.core.errors import ConfigError
from seismomag.dataset import store
from seismomag.dataset.store.checking import SHOWN_PROBLEMS, CheckReport

FORMATS = ("seisbench", "netcdf")


def info(path: Path) -> int:
    """Say what a store holds.

    Raises
    ------
    StoreError
        It is no store; the command line leaves with 2.
    """
    with store.open_store(path) as opened:
        _say(*store.describe(opened))
    return EXIT_DONE


def check(path: Path, *, most_rows: int | None = None) -> int:
    """Check a store and say what is wrong with it.

    Returns
    -------
    exit_code
        2 if it is damaged.

    Raises
    ------
    StoreError
        It is no store, or cannot be opened; the command line leaves with 2.
    """
    report = store.check(path, most_rows=most_rows)
    _say(*_lines(report))
    return EXIT_BAD_INPUT if report.problems else EXIT_DONE


def export(path: Path, out: Path, *, format_: str, sample_id: str | None = None) -> int:
    """Write a store for other software.

    Parameters
    ----------
    path
        The store.
    out
        Folder (SeisBench) or file (NetCDF).
    format_
        One of :data:`FORMATS`.
    sample_id
        Which station-day, for NetCDF.

    Raises
    ------
    StoreError, ConfigError
        See :mod:`seismomag.dataset.store.export`; the command line leaves with 2.
    """
    if format_ not in FORMATS:
        msg = f"--format {format_!r} is none of {', '.join(FORMATS)}"
        raise ConfigError(msg)
    if format_ == "seisbench":
        _say(f"{store.export_seisbench(path, out)}: metadata.csv and waveforms.hdf5")
        return EXIT_DONE
    if sample_id is None:
        msg = "NetCDF holds one station-day: name it with --sample, such as STATION_YYYYMMDD"
        raise ConfigError(msg)
    _say(str(store.export_netcdf(path, sample_id, out)))
    return EXIT_DONE


def join(shards: list[Path], out: Path) -> int:
    """Make one store out of several, without copying a tensor; errors leave with 2."""
    with store.open_store(store.join(shards, out)) as opened:
        _say(*store.describe(opened))
    return EXIT_DONE


def pack(path: Path, out: Path, *, compression: str) -> int:
    """Write an archive copy, or with ``compression="none"`` a store out of one."""
    if compression == "none":
        store.unpack(path, out)
    else:
        store.pack(path, out, compression=compression)
    with store.open_store(out) as opened:
        _say(*store.describe(opened))
    return EXIT_DONE


def _lines(report: CheckReport) -> list[str]:
    masked = ", ".join(f"{plane} {share:.2%}" for plane, share in report.nan_share.items())
    more = len(report.problems) - SHOWN_PROBLEMS
    return [
        (
            f"{report.path}: {report.kind}, {report.n_done} of {report.n_rows} rows done, "
            f"{report.n_without_data} of these without data, {report.n_to_verify} to be verified"
        ),
        f"masked values in rows with data: {masked}",
        *(f"remark: {sentence}" for sentence in report.remarks),
        *(f"DAMAGED {sentence}" for sentence in report.problems[:SHOWN_PROBLEMS]),
        *([f"and {more} more"] if more > 0 else []),
        f"{report.n_checked} rows read, {len(report.problems)} problems",
    ]


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
