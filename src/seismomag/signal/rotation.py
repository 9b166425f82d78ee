"""Frames of the magnetic field and the rotations between them.

HDZ and HEZ
    Horizontal axes along the magnetic meridian of the installation and east of it.
XYZ
    Geographic north and east.

The two share Z, down. ``declination_deg`` is the angle from geographic north to the meridian of
the installation, positive east.
"""

import numpy as np
import xarray as xr

from seismomag.core.errors import ConfigError, SchemaError
from seismomag.core.kinds import check_kind
from seismomag.core.schema import check_recording

MAGNETIC = ("HDZ", "HEZ")
GEOGRAPHIC = "XYZ"


def rotate(recording: xr.Dataset, frame_to: str, *, declination_deg: float) -> xr.Dataset:
    """Express a recording in another frame.

    ``X = H cos D - E sin D`` and ``Y = H sin D + E cos D``; the inverse turns back. HDZ and HEZ
    name the same axes, so between them only the name changes.

    Parameters
    ----------
    recording
        In the frame HDZ, HEZ or XYZ.
    frame_to
        One of the same.
    declination_deg
        From geographic north to the meridian of the installation [degrees, east positive].

    Returns
    -------
    recording
        New field; a horizontal sample is missing where one of its two sources is, and carries
        the flags of both.

    Raises
    ------
    SchemaError
        The recording breaks its contract, or one of the frames is not known here; instrument
        axes (UVW) need their own orientation.
    ConfigError
        The declination is no angle from -180 to 180 degrees.
    """
    check_kind("declination_deg", declination_deg, float)
    if not -180 <= declination_deg <= 180:
        msg = f"declination_deg={declination_deg}: give degrees from -180 to 180, east positive"
        raise ConfigError(msg)
    frame_from = check_recording(recording).attrs["frame"]
    for frame in (frame_from, frame_to):
        if frame not in (*MAGNETIC, GEOGRAPHIC):
            msg = (
                f"{recording.attrs['station_code']}: no rotation between {frame_from} and "
                f"{frame_to}; known frames: {', '.join((*MAGNETIC, GEOGRAPHIC))}"
            )
            raise SchemaError(msg)
    turn = int(frame_to == GEOGRAPHIC) - int(frame_from == GEOGRAPHIC)
    field = np.array(recording["field"].values)
    bits = np.array(recording["flags"].values)
    if turn:
        angle = np.deg2rad(turn * declination_deg)
        first, second = field[0].copy(), field[1].copy()
        field[0] = first * np.cos(angle) - second * np.sin(angle)
        field[1] = first * np.sin(angle) + second * np.cos(angle)
        bits[:2] = bits[0] | bits[1]
    return (
        recording.assign(
            field=(("component", "time"), field, recording["field"].attrs),
            flags=(("component", "time"), bits, recording["flags"].attrs),
        )
        .assign_coords(component=list(frame_to))
        .assign_attrs(frame=frame_to)
    )
