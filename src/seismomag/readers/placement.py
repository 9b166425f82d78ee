"""Stamped samples laid onto a uniform grid, with every fault of the clock put into words.

A stamp is evidence: it is never rounded to the whole second or minute. Samples keep the phase
that most stamps have; those that do not fit it are placed at the nearest grid point and flagged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seismomag.core.constants import NANOSECONDS_PER_DAY, SECONDS_PER_DAY
from seismomag.core.errors import FormatError
from seismomag.core.flags import Flag
from seismomag.core.recording import offset_sentence

EARLIEST_NS = int(np.datetime64("1900-01-01", "ns").astype(np.int64))
LATEST_NS = int(np.datetime64("2200-01-01", "ns").astype(np.int64))

MAX_SENTENCES = 10
"""Sentences for one kind of fault; the rest is counted."""

_ALWAYS_ALLOWED_SAMPLES = 7 * SECONDS_PER_DAY
_MAX_EMPTINESS = 50
_SNAP = 0.002
_CLOCK = np.uint16(Flag.CLOCK)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Samples on a uniform grid.

    Attributes
    ----------
    field_nt
        Shape (3, n) [nT]; NaN where no sample fell.
    start
        UTC time of the first grid point.
    sampling_hz
        Grid points per second.
    flags
        Shape (3, n); ``Flag.CLOCK`` where the clock is at fault.
    clock_faults
        One sentence for each fault.
    """

    field_nt: NDArray[np.float64]
    start: np.datetime64
    sampling_hz: float
    flags: NDArray[np.uint16]
    clock_faults: tuple[str, ...]


def place_on_grid(
    stamps_ns: NDArray[np.int64],
    field_nt: NDArray[np.float64],
    *,
    name: str,
    is_leap: NDArray[np.bool_] | None = None,
) -> Placed:
    """Lay stamped samples onto a uniform grid.

    Parameters
    ----------
    stamps_ns
        Shape (n,): nanoseconds since 1970-01-01 UTC, in the order of the file.
    field_nt
        Shape (3, n) [nT].
    name
        The file, for messages.
    is_leap
        Shape (n,): samples of a leap second, 23:59:60. The time axis has none, so that their
        stamps are those of the second after; they are left out.

    Returns
    -------
    placed
        The step is the median step of the stamps, the phase the most frequent one. Of two
        samples for one grid point the first stays. A single stamp out of sequence is left out.

    Raises
    ------
    FormatError
        Fewer than two samples, no forward step, or stamps so far apart that one must be wrong.
    """
    faults: list[str] = []
    if is_leap is not None and is_leap.any():
        faults.append(_leap_sentence(stamps_ns[is_leap]))
        stamps_ns, field_nt = stamps_ns[~is_leap], field_nt[:, ~is_leap]
    _check_stamps(stamps_ns, name)
    step_ns = nominal_step_ns(stamps_ns, name)
    stray = _strays(stamps_ns)
    if stray.any():
        faults += _stray_sentences(stamps_ns[stray])
        stamps_ns, field_nt = stamps_ns[~stray], field_nt[:, ~stray]
    phase_ns = _phase_ns(stamps_ns, step_ns)
    index = (stamps_ns - phase_ns + step_ns // 2) // step_ns
    start_ns = int(index.min()) * step_ns + phase_ns
    off_ns = stamps_ns - phase_ns - index * step_ns
    index = index - index.min()
    _check_extent(index, stamps_ns, name)
    jumps = _jumps(stamps_ns, step_ns)
    late = np.abs(off_ns) > _tolerance_ns(step_ns)
    faults += (jumps or _drift(off_ns, late)) + _offset(phase_ns, step_ns)
    field, flags, twice = _scatter(index, field_nt, late)
    if _offset(phase_ns, step_ns):
        flags |= _CLOCK
    return Placed(
        field_nt=field,
        start=np.datetime64(start_ns, "ns"),
        sampling_hz=1e9 / step_ns,
        flags=flags,
        clock_faults=(*faults, *twice_sentences(twice, start_ns, step_ns)),
    )


def nominal_step_ns(stamps_ns: NDArray[np.int64], name: str) -> int:
    """Step of a grid: the median forward step, without its jitter.

    Raises
    ------
    FormatError
        No stamp follows another one forward in time.

    Examples
    --------
    >>> nominal_step_ns(np.array([0, 1_000_000_040, 1_999_999_999]), "day")
    1000000000
    """
    steps = np.diff(stamps_ns)
    if steps.size and steps[0] > 0 and (steps == steps[0]).all():
        step = int(steps[0])
    else:
        forward = steps[steps > 0]
        if forward.size == 0:
            msg = f"{name}: the stamps never move forward; the sampling cannot be found"
            raise FormatError(msg)
        step = int(np.median(forward))
    return _snapped(step)


def _snapped(step_ns: int) -> int:
    """Take the whole number of seconds, or of samples a second, that jitter hides."""
    seconds = round(step_ns / 1e9)
    if seconds and abs(step_ns - seconds * 1_000_000_000) <= _SNAP * step_ns:
        return seconds * 1_000_000_000
    rate = round(1e9 / step_ns)
    if rate and abs(1e9 / step_ns - rate) <= _SNAP * rate:
        return round(1e9 / rate)
    return step_ns


def twice_sentences(twice: NDArray[np.int64], start_ns: int, step_ns: int) -> tuple[str, ...]:
    """Say which grid points were claimed by more than one sample."""
    if not twice.size:
        return ()
    first = _text(start_ns + int(twice[0]) * step_ns)
    sentence = (
        f"{twice.size} grid points are claimed by more than one stamp (first: {first}); "
        "the first sample of each stays"
    )
    return (sentence,)


def _leap_sentence(stamps_ns: NDArray[np.int64]) -> str:
    before = _text(int(stamps_ns.min()) // 1_000_000_000 * 1_000_000_000)
    return (
        f"leap second: {stamps_ns.size} sample(s) of 23:59:60, before {before}, have no place on "
        "the time axis and are left out"
    )


def _check_stamps(stamps_ns: NDArray[np.int64], name: str) -> None:
    if stamps_ns.size < 2:
        msg = f"{name}: {stamps_ns.size} samples with a time; at least two are needed"
        raise FormatError(msg)
    low, high = int(stamps_ns.min()), int(stamps_ns.max())
    if low < EARLIEST_NS or high >= LATEST_NS:
        msg = (
            f"{name}: stamps from {_text(low)} to {_text(high)}; expected years 1900 to 2199: "
            "the times are damaged or in another unit"
        )
        raise FormatError(msg)


def _check_extent(index: NDArray[np.int64], stamps_ns: NDArray[np.int64], name: str) -> None:
    n_grid = int(index.max()) + 1
    if n_grid > max(_ALWAYS_ALLOWED_SAMPLES, _MAX_EMPTINESS * index.size):
        msg = (
            f"{name}: {index.size} samples are spread from {_text(stamps_ns.min())} to "
            f"{_text(stamps_ns.max())}, {n_grid:,} grid points; a stamp must be wrong: "
            "repair or split the file"
        )
        raise FormatError(msg)


def _strays(stamps_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Single stamps outside of their neighbours, while the neighbours are in order."""
    stray = np.zeros(stamps_ns.size, bool)
    before, here, after = stamps_ns[:-2], stamps_ns[1:-1], stamps_ns[2:]
    stray[1:-1] = (before < after) & ((here < before) | (here > after))
    return stray


def _tolerance_ns(step_ns: int) -> float:
    return max(1e6, 0.02 * step_ns) if step_ns > 10_000_000 else 0.1 * step_ns


def _phase_ns(stamps_ns: NDArray[np.int64], step_ns: int) -> int:
    """Most frequent remainder of the stamps by the step, to the millisecond where it can be."""
    off = (stamps_ns - stamps_ns[0] + step_ns // 2) % step_ns - step_ns // 2
    unit = 1_000_000 if step_ns % 1_000_000 == 0 else 1
    if not off.any():
        common = 0
    else:
        values, counts = np.unique(np.round(off / unit).astype(np.int64), return_counts=True)
        common = int(values[counts.argmax()]) * unit
    phase = int(stamps_ns[0]) + common
    return round(phase / unit) * unit % step_ns


def _jumps(stamps_ns: NDArray[np.int64], step_ns: int) -> list[str]:
    steps = np.diff(stamps_ns)
    rest = (steps + step_ns // 2) % step_ns - step_ns // 2
    forward = np.flatnonzero((np.abs(rest) > _tolerance_ns(step_ns)) & (steps > 0))
    back = np.flatnonzero(steps < 0)
    jumps = [
        f"the clock jumps by {rest[i] / 1e9:+g} s at {_text(stamps_ns[i + 1])}, "
        f"{steps[i] / 1e9:g} s after the stamp before"
        for i in forward[: MAX_SENTENCES + 1]
    ]
    steps_back = [
        f"the clock steps back by {-steps[i] / 1e9:g} s at {_text(stamps_ns[i + 1])}"
        for i in back[: MAX_SENTENCES + 1]
    ]
    return _some(jumps, forward.size) + _some(steps_back, back.size)


def _drift(off_ns: NDArray[np.int64], late: NDArray[np.bool_]) -> list[str]:
    """Say that stamps leave the grid by steps too small for a jump."""
    if not late.any():
        return []
    most_s = float(off_ns[np.abs(off_ns).argmax()]) / 1e9
    sentence = (
        f"the clock drifts: {int(late.sum())} stamps lie up to {most_s:+g} s off the grid, "
        "without a jump"
    )
    return [sentence]


def _offset(phase_ns: int, step_ns: int) -> list[str]:
    if NANOSECONDS_PER_DAY % step_ns or step_ns < 1_000_000_000:
        return []
    signed = (phase_ns + step_ns // 2) % step_ns - step_ns // 2
    if abs(signed) <= _tolerance_ns(step_ns) / 20:
        return []
    return [offset_sentence(signed, step_ns)]


def _scatter(
    index: NDArray[np.int64], field_nt: NDArray[np.float64], late: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.uint16], NDArray[np.int64]]:
    n = int(index.max()) + 1
    flags = np.zeros((3, n), np.uint16)
    if index.size == n and bool((np.diff(index) == 1).all()):
        flags[:, late] = _CLOCK
        return field_nt, flags, index[:0]
    slots, first, counts = np.unique(index, return_index=True, return_counts=True)
    field = np.full((3, n), np.nan)
    field[:, slots] = field_nt[:, first]
    flags[:, index[late]] = _CLOCK
    twice = slots[counts > 1]
    flags[:, twice] = _CLOCK
    return field, flags, twice


def _stray_sentences(stamps_ns: NDArray[np.int64]) -> list[str]:
    told = [
        f"stamp {_text(t)} is out of sequence; its sample is left out"
        for t in stamps_ns[: MAX_SENTENCES + 1]
    ]
    return _some(told, stamps_ns.size)


def _some(sentences: list[str], count: int) -> list[str]:
    shown = sentences[:MAX_SENTENCES]
    return shown + ([f"... and {count - len(shown)} more like it"] if count > len(shown) else [])


def _text(stamp_ns: int | np.integer) -> str:
    text = str(np.datetime64(int(stamp_ns), "ns"))
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    return whole.replace("T", " ") + (f".{fraction}" if fraction else "")
