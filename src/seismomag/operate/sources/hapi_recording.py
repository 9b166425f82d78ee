"""From HAPI records to a recording: which letters, in which units, on which grid."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.constants import ARC_MINUTE_RAD
from seismomag.core.recording import make_recording, sha256_of
from seismomag.operate.sources.answer import NO_DATA, REFUSED, SourceError
from seismomag.operate.sources.hapi_info import Parameter
from seismomag.operate.sources.hapi_records import Records
from seismomag.readers.elements import compose, is_main_field
from seismomag.readers.placement import place_on_grid

LETTERS = frozenset("XYZHDEUVWFSG")
_ARC_MINUTES = {"arcmin", "arc minutes", "minutes of arc"}
_DEGREES = {"deg", "degree", "degrees", "degrees of arc"}


def recording_of(
    pieces: Sequence[Records],
    vector: Parameter,
    *,
    letters: str,
    station_code: str,
    stamp_location: str,
    who: str,
) -> xr.Dataset:
    """Join pieces of records into a recording.

    Parameters
    ----------
    pieces
        Each of the three values of the vector.
    vector
        What the server says of it.
    letters
        What the three values are; see :func:`letters_of`.
    station_code, stamp_location
        For the recording.
    who
        For messages.

    Raises
    ------
    SourceError
        No record, or a unit that is not known.
    """
    stamps = np.concatenate([piece.stamps_ns for piece in pieces])
    values = np.concatenate([piece.values for piece in pieces], axis=1)
    stamps, first = np.unique(stamps, return_index=True)
    if stamps.size == 0:
        msg = f"{who}: no record"
        raise SourceError(NO_DATA, msg)
    composed = compose(_in_units(values[:, first], letters, vector.units, who), name=who)
    placed = place_on_grid(stamps, composed.field_nt, name=who)
    return make_recording(
        placed.field_nt,
        placed.start,
        sampling_hz=placed.sampling_hz,
        frame=composed.frame,
        station_code=station_code,
        source_format=f"HAPI ({vector.name}, stamps at the {stamp_location} of a sample)",
        source_sha256=sha256_of(stamps.tobytes() + composed.field_nt.tobytes()),
        flags=placed.flags,
        clock_faults=placed.clock_faults,
        notes=composed.notes,
        is_absolute=is_main_field(composed.field_nt),
    )


def letters_of(vector: Parameter, *, stated: str, dataset: str, who: str) -> str:
    """Letters of the three values: stated, else the server's labels, else the data set's id.

    Raises
    ------
    SourceError
        None of them says it.
    """
    tail = dataset.rpartition("/")[2].upper()[:3]
    candidates = (stated, "".join(vector.label).upper(), tail)
    found = next((c for c in candidates if len(c) == 3 and set(c) <= LETTERS), "")
    if not found:
        msg = f"{who}: does not say what its three values are; state letters, such as HEZ"
        raise SourceError(REFUSED, msg)
    return found


def _in_units(
    values: NDArray[np.float64], letters: str, units: str, who: str
) -> dict[str, NDArray[np.float64]]:
    elements = dict(zip(letters, values, strict=True))
    if "D" not in elements:
        return elements
    if units.strip().lower() in {"nt", ""}:
        # A vector in nT has no angle in it: this D is the eastward field.
        elements["E"] = elements.pop("D")
    elif units.strip().lower() in _DEGREES:
        elements["D"] = np.radians(elements["D"]) / ARC_MINUTE_RAD
    elif units.strip().lower() not in _ARC_MINUTES:
        msg = f"{who}: the unit {units[:20]!r} of D is not known"
        raise SourceError(REFUSED, msg)
    return elements
