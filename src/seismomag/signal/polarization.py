"""Direction and shape of the field's oscillation, from scalograms.

The horizontal axes are the first two components (H and D, H and E, or X and Y); azimuths are
clockwise from the first, so from geographic north only in the frame XYZ.
"""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.bands import Band
from seismomag.core.errors import SchemaError
from seismomag.core.geodesy import wrap_deg
from seismomag.core.stations import Station

NIGHT_HOURS = (20.0, 4.0)
"""Local mean solar hours between which a night is searched for weak signals."""


def vertical_ratio(
    scalogram: xr.DataArray,
    station: Station,
    band: Band,
    night_hours: tuple[float, float] = NIGHT_HOURS,
) -> xr.DataArray:
    """Polarization ratio: vertical over horizontal power in a band, night by night.

    ``mean(P_Z) / mean(P_1 + P_2)`` over all frequencies of the band and all columns of the night
    in which the three components are known.

    Parameters
    ----------
    scalogram
        Amplitude or polarimetric, Z third.
    station
        Its longitude gives local mean solar time.
    band
        Frequencies taken, both edges included [Hz].
    night_hours
        From and to, local mean solar time [hours]; may pass midnight.

    Returns
    -------
    ratio
        Shape (night,) [1]; ``night`` is the local date on which the night begins; NaN where
        nothing is known. Coordinate ``n_columns(night)`` counts the columns taken.

    Raises
    ------
    SchemaError
        The grid has no frequency in the band.
    """
    inside = scalogram["frequency"].values
    rows = (inside >= band.low_hz) & (inside <= band.high_hz)
    if not rows.any():
        msg = (
            f"no frequency of the scalogram lies in {band.low_hz}-{band.high_hz} Hz; "
            f"it has {inside[0]:.4g}-{inside[-1]:.4g} Hz"
        )
        raise SchemaError(msg)
    power = scalogram.values[:3, rows].astype(np.float64) ** 2
    known = np.isfinite(power).all(axis=0)
    power = np.where(known, power, 0.0)
    vertical, horizontal = power[2].sum(axis=0), power[:2].sum(axis=(0, 1))
    nights, of_column = _nights(scalogram["time"].values, station, night_hours)
    numerator, denominator, count = (
        np.bincount(of_column[of_column >= 0], weights=v[of_column >= 0], minlength=nights.size)
        for v in (vertical, horizontal, known.any(axis=0).astype(float))
    )
    ratio = np.divide(
        numerator, denominator, out=np.full(nights.size, np.nan), where=denominator > 0
    )
    return xr.DataArray(
        ratio,
        dims="night",
        coords={"night": nights, "n_columns": ("night", count.astype(int))},
        name="vertical_ratio",
        attrs={"units": "1", "band_hz": (band.low_hz, band.high_hz), "night_hours": night_hours},
    )


def _nights(
    times: NDArray[np.datetime64], station: Station, night_hours: tuple[float, float]
) -> tuple[NDArray[np.datetime64], NDArray[np.intp]]:
    """Local dates on which nights begin, and the night of each column (-1 by day)."""
    begin, end = night_hours
    length = (end - begin) % 24
    shift_s = round((station.solar_offset_hours - begin) * 3600)
    since = times.astype("datetime64[s]") + np.timedelta64(shift_s, "s")
    dates = since.astype("datetime64[D]")
    hours = (since - dates) / np.timedelta64(1, "h")
    is_night = hours < length
    nights, index = np.unique(dates[is_night], return_inverse=True)
    of_column = np.full(times.size, -1)
    of_column[is_night] = index
    return nights.astype("datetime64[ns]"), of_column


def ellipse(scalogram: xr.DataArray) -> xr.Dataset:
    """Ellipse of the horizontal oscillation, and its direction by the vertical component.

    With the Stokes parameters ``S0 = P1 + P2``, ``S1 = P1 - P2``, ``S2 = 2 Re C12``,
    ``S3 = 2 Im C12`` of the mean cross-spectrum ``C12 = <W1 conj(W2)>`` (Born & Wolf, Principles
    of Optics, section 1.4).

    Parameters
    ----------
    scalogram
        Polarimetric.

    Returns
    -------
    ellipse
        Each (frequency, time), NaN where the scalogram is:

        axis_azimuth_deg
            Major axis, clockwise from component 1 [degrees, 0 <= azimuth < 180].
        ellipticity
            Minor over major axis [1], -1 to 1; positive for clockwise motion seen from above.
        polarized_share
            ``sqrt(S1^2 + S2^2 + S3^2) / S0`` [1], 0 to 1.
        azimuth_deg
            Horizontal direction that moves in phase with the third component, clockwise from
            component 1 [degrees, 0 <= azimuth < 360]: only it tells an azimuth from its
            opposite, and only for sources that move Z together with the radial direction.

    Raises
    ------
    SchemaError
        The scalogram carries amplitudes only: they do not know directions.
    """
    if scalogram.sizes["component"] != 9:
        msg = (
            f"the scalogram has {scalogram.sizes['component']} planes; an ellipse needs the nine "
            'of representation="polarimetric"'
        )
        raise SchemaError(msg)
    planes = scalogram.values.astype(np.float64)
    first, second = planes[:2]
    product = first * second
    s1 = first**2 - second**2
    s2, s3 = 2 * product * planes[3], 2 * product * planes[4]
    polarized = np.sqrt(s1**2 + s2**2 + s3**2)
    total = first**2 + second**2
    sine = np.divide(s3, polarized, out=np.zeros_like(s3), where=polarized > 0)
    share = np.divide(polarized, total, out=np.zeros_like(s3), where=total > 0)
    unknown = np.isnan(planes[:5]).any(axis=0)
    quantities = {
        "axis_azimuth_deg": wrap_deg(np.rad2deg(np.arctan2(s2, s1))) / 2,
        "ellipticity": np.tan(np.arcsin(np.clip(sine, -1, 1)) / 2),
        "polarized_share": np.clip(share, 0, 1),
        "azimuth_deg": wrap_deg(np.rad2deg(np.arctan2(second * planes[7], first * planes[5]))),
    }
    return xr.Dataset(
        {
            name: (("frequency", "time"), np.where(unknown, np.nan, values))
            for name, values in quantities.items()
        },
        coords={"frequency": scalogram["frequency"], "time": scalogram["time"]},
        attrs={"frame": scalogram.attrs["frame"]},
    )
