"""``seismomag inspect``: an honest summary and a picture of each file."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.cli import EXIT_BAD_INPUT, EXIT_DONE
from seismomag.core.errors import SeismomagError
from seismomag.figures.day import day_figure
from seismomag.readers import read
from seismomag.signal.quality import flag, summary
from seismomag.signal.wavelet import scalogram

LONGEST_PICTURE_DAYS = 8
HIDDEN = "."


def inspect_all(paths: list[Path], pictures: Path | None) -> int:
    """Inspect files and the files of folders; one bad file is one line.

    Returns
    -------
    exit_code
        2 when no file could be read.
    """
    files = [file for path in paths for file in _files(path)]
    if not files:
        sys.stderr.write(f"seismomag: {', '.join(map(str, paths))}: no file to inspect\n")
        return EXIT_BAD_INPUT
    bad = 0
    for file in files:
        try:
            _inspect(file, pictures)
        except (SeismomagError, OSError) as error:
            bad += 1
            sys.stdout.write(f"{file}\n  not read: {_problem(error)}\n")
    if len(files) > 1:
        sys.stdout.write(f"{len(files) - bad} of {len(files)} files read\n")
    return EXIT_BAD_INPUT if bad == len(files) else EXIT_DONE


def _problem(error: Exception) -> str:
    """Say what is wrong and what to do; the name of the file stands above."""
    if isinstance(error, FileNotFoundError):
        return "no such file; give files of recordings, or folders of them"
    if isinstance(error, PermissionError):
        return "may not be read by this user; ask for the right to read it"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}; check the disk and the path"
    return str(error)


def describe(recording: xr.Dataset) -> list[str]:
    """Say who recorded what, when and how."""
    attrs = recording.attrs
    times = recording["time"].values
    field = recording["field"].values
    kind = "absolute field" if attrs["is_absolute"] else "variations about an unknown base"
    lines = [
        (
            f"station {attrs['station_code'] or 'not stated'}, format {attrs['source_format']}, "
            f"frame {attrs['frame']}, {_sampling(attrs['sampling_hz'])}, {kind}"
        ),
        f"{pd.Timestamp(times[0])} .. {pd.Timestamp(times[-1])} UTC, {times.size:,} samples",
    ]
    for component, values in zip(recording["component"].values, field, strict=True):
        valid = values[np.isfinite(values)]
        if valid.size == 0:
            lines.append(f"{component}: no value at all")
            continue
        lines.append(
            f"{component}: mean {valid.mean():.3f} nT, std {valid.std():.3f} nT, "
            f"{valid.min():.2f} .. {valid.max():.2f} nT, {values.size - valid.size:,} missing"
        )
    return lines


def _inspect(file: Path, pictures: Path | None) -> None:
    recording = flag(read(file))
    sys.stdout.write(f"{file}\n")
    for line in (*describe(recording), *summary(recording)):
        sys.stdout.write(f"  {line}\n")
    if pictures is not None:
        sys.stdout.write(f"  picture: {_draw(recording, file, pictures)}\n")


def _draw(recording: xr.Dataset, file: Path, pictures: Path) -> Path:
    pictures.mkdir(parents=True, exist_ok=True)
    path = pictures / f"{file.name}.png"
    shown = recording.isel(
        time=slice(0, int(LONGEST_PICTURE_DAYS * 86_400 * recording.attrs["sampling_hz"]))
    )
    picture = scalogram(shown) if shown.attrs["sampling_hz"] == 1.0 else None
    day_figure(shown, picture).savefig(path, dpi=150)
    return path


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(f for f in path.iterdir() if f.is_file() and not f.name.startswith(HIDDEN))
    return [path]


def _sampling(sampling_hz: float) -> str:
    return f"{sampling_hz:g} Hz" if sampling_hz >= 1 else f"one sample in {1 / sampling_hz:g} s"
