"""From the elements that a file names to the three components of a recording.

Elements are known by their letter alone, never by their column: real files begin with E.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seismomag.core.constants import ARC_MINUTE_RAD
from seismomag.core.errors import FormatError

ABSOLUTE_FIELD_NT = 15_000.0
"""Below this strength three components cannot be the whole field of the Earth, whose weakest
spot, in the South Atlantic, has about 22,000 nT (IGRF-14)."""

HORIZONTAL_FIELD_NT = 1_000.0
"""Below this, H can only be a variation, and an angle cannot be turned with it into a field."""

Elements = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Composed:
    """Three components.

    Attributes
    ----------
    field_nt
        Shape (3, n) in the order of ``frame`` [nT].
    frame
        One of ``seismomag.core.recording.FRAMES``.
    notes
        What was done, in sentences.
    """

    field_nt: NDArray[np.float64]
    frame: str
    notes: tuple[str, ...] = ()


def compose(elements: Elements, *, name: str) -> Composed:
    """Choose and convert the components of a recording.

    Parameters
    ----------
    elements
        By letter: X, Y, Z, H, E, F, S, G, U, V, W in nT, **D and I in minutes of arc**.
    name
        The file, for messages.

    Returns
    -------
    composed
        XYZ, HEZ and UVW as they are; H with the angle D becomes X = H cos D, Y = H sin D;
        without Z, Z = H tan I. Scalar elements stay out and are named in the notes.

    Raises
    ------
    FormatError
        No three components can be had from these elements.

    Examples
    --------
    >>> import numpy as np
    >>> one = {k: np.array([v]) for k, v in {"D": 60.0, "H": 30_000.0, "Z": 40_000.0}.items()}
    >>> compose(one, name="example").field_nt.round(2).T
    array([[29995.43,   523.57, 40000.  ]])
    """
    for frame in ("XYZ", "HEZ", "UVW"):
        if set(frame) <= set(elements):
            return Composed(
                field_nt=np.stack([elements[letter] for letter in frame]),
                frame=frame,
                notes=_scalar_notes(elements, frame),
            )
    return _from_angles(elements, name)


def is_main_field(field_nt: NDArray[np.float64]) -> bool:
    """Whether three components are strong enough to carry the main field."""
    strength = np.sqrt(np.square(field_nt[:, :: max(1, field_nt.shape[1] // 5_000)]).sum(axis=0))
    strength = strength[np.isfinite(strength)]
    return bool(strength.size) and float(np.median(strength)) >= ABSOLUTE_FIELD_NT


def _from_angles(elements: Elements, name: str) -> Composed:
    found = ", ".join(elements) or "nothing"
    if not {"H", "D"} <= set(elements) or not {"Z", "I"} & set(elements):
        msg = (
            f"{name}: elements {found} do not give three components; expected X Y Z, H E Z, "
            "H D Z, D H I or U V W (an index such as Dst is read by read_space_weather)"
        )
        raise FormatError(msg)
    h = elements["H"]
    middle = float(np.median(h[np.isfinite(h)])) if np.isfinite(h).any() else np.inf
    if abs(middle) < HORIZONTAL_FIELD_NT:
        msg = (
            f"{name}: D is an angle but H is about {middle:.1f} nT, a variation without its "
            "base; the eastward field cannot be had from them"
        )
        raise FormatError(msg)
    angle = elements["D"] * ARC_MINUTE_RAD
    with np.errstate(invalid="ignore"):
        z = elements["Z"] if "Z" in elements else h * np.tan(elements["I"] * ARC_MINUTE_RAD)
        field = np.stack([h * np.cos(angle), h * np.sin(angle), z])
    used = {"H", "D", "Z" if "Z" in elements else "I"}
    note = "H and the angle D were turned into X = H cos D, Y = H sin D"
    return Composed(field_nt=field, frame="XYZ", notes=(note, *_scalar_notes(elements, used)))


def _scalar_notes(elements: Elements, used: set[str] | str) -> tuple[str, ...]:
    notes = []
    for letter in sorted(set(elements) - set(used)):
        values = elements[letter][np.isfinite(elements[letter])]
        found = (
            f"{values.size:,} values, mean {values.mean():,.2f}" if values.size else "all missing"
        )
        notes.append(f"element {letter} is not one of the components: {found}")
    return tuple(notes)
