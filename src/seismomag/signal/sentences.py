"""Sentences that tell a person what a recording is and what is wrong with it."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.flags import Flag
from seismomag.signal import detectors, gaps

MEANING = {
    Flag.OUT_OF_RANGE: "beyond what the Earth's field can be",
    Flag.FLAT: "a value repeated longer than noise allows",
    Flag.SPIKE: "spikes",
    Flag.STEP: "jumps of the level that stay",
    Flag.CLOCK: "clock faults",
    Flag.QUANTISED: "resolution coarser than the shortest-period signal",
    Flag.MISDECODE: "values that look decoded with the wrong layout",
    Flag.DISAGREE: "two sensors on one pier disagree",
}


def describe(recording: xr.Dataset) -> tuple[str, ...]:
    """Turn a flagged recording into sentences; see :func:`seismomag.signal.quality.summary`."""
    if recording.sizes["time"] == 0:
        return (f"{recording.attrs['station_code']}: no samples.",)
    attrs = recording.attrs
    sentences = [
        _extent(recording),
        _missing(recording),
        *_resolution(recording),
        *_flags(recording),
        *(f"Clock fault: {sentence}" for sentence in attrs.get("clock_faults", ())),
        *(f"Note: {sentence}" for sentence in attrs.get("notes", ())),
    ]
    return tuple(s if s.endswith(".") else f"{s}." for s in sentences)


def _extent(recording: xr.Dataset) -> str:
    attrs, times = recording.attrs, recording["time"].values
    rate = attrs["sampling_hz"]
    every = f"{rate:g} Hz" if rate >= 1 else f"one sample every {1 / rate:g} s"
    kind = "absolute" if attrs.get("is_absolute", 1) else "variations about an unknown base"
    names = ", ".join(str(c) for c in recording["component"].values)
    return (
        f"Station {attrs['station_code']}: {names} ({kind}), {times.size:,} times, {every}, "
        f"{_when(times[0])} to {_when(times[-1])} UTC"
    )


def _missing(recording: xr.Dataset) -> str:
    missing = np.isnan(recording["field"].values)
    counts = missing.sum(axis=1)
    if not counts.any():
        return "Nothing is missing"
    worst = int(counts.argmax())
    found = gaps.runs(missing[worst])
    lengths = found[:, 1] - found[:, 0]
    longest = found[lengths.argmax()]
    duration_s = (longest[1] - longest[0]) / recording.attrs["sampling_hz"]
    start = _when(recording["time"].values[longest[0]])
    each = ", ".join(
        f"{name} {100 * n / missing.shape[1]:.3g} %"
        for name, n in zip(recording["component"].values, counts, strict=True)
    )
    many = "one gap" if found.shape[0] == 1 else f"{found.shape[0]:,} gaps, the longest"
    return f"Missing: {each}; {many} of {duration_s:,.6g} s from {start}"


def _resolution(recording: xr.Dataset) -> list[str]:
    found: dict[float, list[str]] = {}
    for name, values in zip(recording["component"].values, recording["field"].values, strict=True):
        difference = np.diff(values)
        step = detectors.resolution_nt(difference)
        if step is not None:
            found.setdefault(step, []).append(str(name))
    return [
        f"Resolution: {', '.join(names)} in steps of {step:g} nT" for step, names in found.items()
    ]


def _flags(recording: xr.Dataset) -> list[str]:
    bits = recording["flags"].values
    return [
        f"{what.name}: {meaning} in {_count(recording, where)}"
        for what, meaning in MEANING.items()
        if (where := (bits & np.uint16(what)) != 0).any()
    ]


def _count(recording: xr.Dataset, where: NDArray[np.bool_]) -> str:
    names = recording["component"].values
    each = ", ".join(
        f"{name} {int(n):,}" for name, n in zip(names, where.sum(axis=1), strict=True) if n
    )
    if where.all():
        return "all samples"
    times = recording["time"].values[where.any(axis=0)]
    if times.size == 1:
        return f"1 sample ({each}) at {_when(times[0])}"
    return f"{times.size:,} samples ({each}), {_when(times[0])} to {_when(times[-1])}"


def _when(time: np.datetime64) -> str:
    return str(np.datetime_as_string(time, unit="s")).replace("T", " ")
