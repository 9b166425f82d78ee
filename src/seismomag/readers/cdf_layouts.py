"""The three layouts of CDF that observatories hand out, and how each says what it means."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import FormatError

NO_TIME = np.int64(np.iinfo(np.int64).min)

_DEGREE_IN_MINUTES = 60.0
_DEFAULT_FILL = 88_880.0
_UNKNOWN_STATION = ""
_MD2000_NS = int(np.datetime64("2000-01-01", "ns").astype(np.int64))
_EPOCH_1970_MS = 62_167_219_200_000.0
"""CDF_EPOCH counts milliseconds from the year 0; 1970 begins here."""

_SECOND_NS = 1_000_000_000
_NOON_2000_NS = int(np.datetime64("2000-01-01T12:00", "ns").astype(np.int64))
_TT_MINUS_TAI_NS = 32_184_000_000
_FIRST_TAI_MINUS_UTC_S = 11
_AFTER_LEAP = (
    *("1972-07-01", "1973-01-01", "1974-01-01", "1975-01-01", "1976-01-01", "1977-01-01"),
    *("1978-01-01", "1979-01-01", "1980-01-01", "1981-07-01", "1982-07-01", "1983-07-01"),
    *("1985-07-01", "1988-01-01", "1990-01-01", "1991-01-01", "1992-07-01", "1993-07-01"),
    *("1994-07-01", "1996-01-01", "1997-07-01", "1999-01-01", "2006-01-01", "2009-01-01"),
    *("2012-07-01", "2015-07-01", "2017-01-01"),
)
"""Days that began after a leap second (IERS Bulletin C), each adding one to TAI - UTC."""


@dataclass(frozen=True)
class Content:
    """What stands in a CDF file, as far as it concerns a recording.

    Attributes
    ----------
    attributes
        Global attributes, the first entry of each.
    variables
        Numeric variables of one dimension.
    described
        Attributes of each variable.
    kinds
        CDF type of each variable, such as ``CDF_TIME_TT2000``.
    """

    attributes: Mapping[str, Any]
    variables: Mapping[str, NDArray[Any]]
    described: Mapping[str, Mapping[str, Any]]
    kinds: Mapping[str, str]

    def text(self, key: str) -> str:
        """Give a global attribute as text; empty when absent."""
        return str(self.attributes.get(key, "")).strip()


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Elements and their stamps.

    Attributes
    ----------
    stamps_ns
        Nanoseconds since 1970-01-01 UTC; :data:`NO_TIME` where the file has a fill value.
    elements
        By letter [nT; D and I in minutes of arc].
    station_code, source_format
        As the file says; an empty station when it does not.
    is_variation
        Whether the file calls itself a variation or raw recording.
    notes
        For a person.
    is_leap
        Records of a leap second, whose stamps are those of the second after; None where the
        times of the file have none.
    data_type
        Level of publication in the words of IAGA-2002; empty where the file states none.
    """

    stamps_ns: NDArray[np.int64]
    elements: Mapping[str, NDArray[np.float64]]
    station_code: str
    source_format: str
    is_variation: bool
    notes: tuple[str, ...] = ()
    is_leap: NDArray[np.bool_] | None = None
    data_type: str = ""


@dataclass(frozen=True)
class Layout:
    """A layout: how it is known and how its columns are had."""

    name: str
    looks_for: str
    is_mine: Callable[[Content], bool]
    columns: Callable[[Content, str], Columns]


def stamps_of(content: Content, variable: str, name: str) -> NDArray[np.int64]:
    """Read the times of a variable by its own type and units [ns since 1970-01-01 UTC].

    Raises
    ------
    FormatError
        The variable is absent, or neither its type nor its units say what it counts: a guess
        would put the recording decades away.
    """
    if variable not in content.variables:
        msg = f"{name}: no time variable {variable!r}; found {', '.join(content.variables)}"
        raise FormatError(msg)
    values, kind = content.variables[variable], content.kinds[variable]
    if kind == "CDF_TIME_TT2000":
        return _from_tt2000(values)
    if kind == "CDF_EPOCH":
        return _from_float(values, _EPOCH_1970_MS, 1_000_000, 0)
    about = " ".join(str(v) for v in content.described[variable].values())
    if re.search(r"MD2000|days since 2000-01-01|Modified Julian Days 2000", about):
        return _from_float(values, 0.0, 86_400_000_000_000, _MD2000_NS)
    msg = (
        f"{name}: the time variable {variable!r} is {kind} with the description {about[:80]!r}; "
        "expected CDF_EPOCH, CDF_TIME_TT2000 or 'MD2000' (days since 2000-01-01): not guessed"
    )
    raise FormatError(msg)


def leap_seconds_of(content: Content, variable: str) -> NDArray[np.bool_] | None:
    """Find the records of a leap second; only TT2000 counts them."""
    if content.kinds.get(variable) != "CDF_TIME_TT2000":
        return None
    values = np.asarray(content.variables[variable], np.int64)
    ends = _leap_ends_tt2000()
    after = np.minimum(np.searchsorted(ends, values, side="right"), ends.size - 1)
    since = ends[after] - values
    return np.asarray((since > 0) & (since <= _SECOND_NS))


def _leap_ends_tt2000() -> NDArray[np.int64]:
    """TT2000 at the end of each leap second, 00:00:00 UTC of the day after."""
    days = np.array(_AFTER_LEAP, "datetime64[ns]").astype(np.int64)
    tai_minus_utc_s = _FIRST_TAI_MINUS_UTC_S + np.arange(days.size)
    return np.asarray(days - _NOON_2000_NS + _TT_MINUS_TAI_NS + tai_minus_utc_s * _SECOND_NS)


def _from_tt2000(values: NDArray[Any]) -> NDArray[np.int64]:
    from cdflib.epochs import CDFepoch

    stamps = np.full(values.shape, NO_TIME)
    # TT2000 of 1900 and 2200, roughly: what lies outside is a fill value or damage.
    good = (values > -3_160_000_000_000_000_000) & (values < 6_320_000_000_000_000_000)
    if good.any():
        times = CDFepoch.to_datetime(values[good])
        stamps[good] = np.asarray(times, "datetime64[ns]").astype(np.int64)
    return stamps


def _from_float(
    values: NDArray[Any], origin: float, unit_ns: int, base_ns: int
) -> NDArray[np.int64]:
    since = np.asarray(values, np.float64) - origin
    stamps = np.full(since.shape, NO_TIME)
    good = np.abs(since) * unit_ns < 9.0e18
    # Doubles resolve these counts to well under a millisecond, so milliseconds are exact.
    milliseconds = np.round(since[good] * (unit_ns / 1e6)).astype(np.int64)
    stamps[good] = milliseconds * 1_000_000 + base_ns
    return stamps


def _values_of(content: Content, variable: str) -> NDArray[np.float64]:
    """Values with the fill value and everything outside of VALIDMIN..VALIDMAX as NaN."""
    values = np.array(content.variables[variable], np.float64)
    about = content.described[variable]
    low = _number(about.get("VALIDMIN"), -np.inf)
    high = _number(about.get("VALIDMAX"), np.inf)
    fill = _number(about.get("FILLVAL"), np.nan)
    limit = _DEFAULT_FILL if not np.isfinite(high) else np.inf
    with np.errstate(invalid="ignore"):
        bad = (values == fill) | (values < low) | (values > high) | (np.abs(values) >= limit)
    values[bad | ~np.isfinite(values)] = np.nan
    return values


def _number(value: Any, default: float) -> float:
    try:
        number = float(np.ravel(np.asarray(value, np.float64))[0])
    except (TypeError, ValueError, IndexError):
        return default
    return default if np.isnan(number) else number


# ImagCDF 1.0 - 1.3 -------------------------------------------------------------------------------

_KNOWN_VERSIONS = ("1.2", "1.3", "1.3.1")
_FIELD = "GeomagneticField"


def _is_imagcdf(content: Content) -> bool:
    described = content.text("FormatDescription").upper().startswith("INTERMAGNET")
    return described or any(v.startswith(_FIELD) for v in content.variables)


_DATA_TYPES = {"2": "provisional", "3": "quasi-definitive", "4": "definitive"}
"""Words of IAGA-2002 for the levels of publication of ImagCDF."""


def _imagcdf(content: Content, name: str) -> Columns:
    letters = {v.removeprefix(_FIELD): v for v in content.variables if v.startswith(_FIELD)}
    vector = {k: v for k, v in letters.items() if k in set("XYZHDEIVUW")}
    if not vector:
        msg = f"{name}: ImagCDF without a variable {_FIELD}X, ...; found {', '.join(letters)}"
        raise FormatError(msg)
    stamps_name = _time_variable(content, vector, name)
    stamps = stamps_of(content, stamps_name, name)
    elements = {}
    for letter, variable in letters.items():
        values = _values_of(content, variable)
        if values.size != stamps.size and letter not in vector:
            continue
        if values.size != stamps.size:
            msg = f"{name}: {variable} has {values.size} values for {stamps.size} times"
            raise FormatError(msg)
        is_angle = letter in "DI" and _is_degrees(content, variable)
        elements[letter] = values * _DEGREE_IN_MINUTES if is_angle else values
    version = content.text("FormatVersion")
    notes = []
    if version not in _KNOWN_VERSIONS:
        notes.append(f"ImagCDF version {version or 'unknown'}: read as if it were 1.2")
    return Columns(
        stamps_ns=stamps,
        elements=elements,
        station_code=content.text("IagaCode").upper(),
        source_format=f"ImagCDF {version}".strip(),
        is_variation=content.text("PublicationLevel") == "1",
        notes=tuple(notes),
        is_leap=leap_seconds_of(content, stamps_name),
        data_type=_DATA_TYPES.get(content.text("PublicationLevel"), ""),
    )


def _time_variable(content: Content, vector: Mapping[str, str], name: str) -> str:
    times = {str(content.described[v].get("DEPEND_0", "")) for v in vector.values()}
    if len(times) > 1:
        msg = f"{name}: the components have different times: {', '.join(sorted(times))}"
        raise FormatError(msg)
    stated = times.pop()
    usual = ("GeomagneticVectorTimes", "GeomagneticTimes", "DataTimes")
    return stated or next((v for v in usual if v in content.variables), usual[0])


def _is_degrees(content: Content, variable: str) -> bool:
    units = str(content.described[variable].get("UNITS", "")).lower()
    return "minute" not in units


# MagPy CDF ---------------------------------------------------------------------------------------


def _is_magpy(content: Content) -> bool:
    return content.text("DataFormat").startswith("MagPyCDF")


def _magpy(content: Content, name: str) -> Columns:
    keys = ("x", "y", "z")
    absent = [k for k in keys if k not in content.variables]
    if absent:
        msg = f"{name}: MagPy CDF without {', '.join(absent)}; found {', '.join(content.variables)}"
        raise FormatError(msg)
    letters, note = _magpy_letters(content, name)
    stamps = stamps_of(content, "Epoch", name)
    elements = {}
    for letter, key in zip(letters, keys, strict=True):
        values = _values_of(content, key)
        units = str(content.described[key].get("units", "")).lower()
        in_degrees = letter in "DI" and units.startswith("deg")
        elements[letter] = values * _DEGREE_IN_MINUTES if in_degrees else values
        if values.size != stamps.size:
            msg = f"{name}: {key} has {values.size} values for {stamps.size} times"
            raise FormatError(msg)
    if "D" in letters and not str(content.described["y"].get("units", "")).startswith("deg"):
        # D in nT is the eastward component.
        elements["E"] = elements.pop("D")
    return Columns(
        stamps_ns=stamps,
        elements=elements,
        station_code=(content.text("StationIAGAcode") or content.text("StationID")).upper(),
        source_format=content.text("DataFormat"),
        is_variation=True,
        notes=note,
        is_leap=leap_seconds_of(content, "Epoch"),
    )


def _magpy_letters(content: Content, name: str) -> tuple[str, tuple[str, ...]]:
    """Find what x, y, z mean: by DataComponents, else by the orientation of the sensor."""
    for key in ("DataComponents", "DataSensorOrientation"):
        letters = content.text(key).upper()[:3]
        if len(set(letters) & set("XYZHEDUVW")) == 3:
            return ("HEZ", ()) if letters == "HDZ" and key != "DataComponents" else (letters, ())
        if letters:
            msg = f"{name}: {key} is {letters!r}; expected three letters such as HEZ or XYZ"
            raise FormatError(msg)
    note = "the file does not say what x, y, z are; they are taken for instrument axes U, V, W"
    return "UVW", (note,)


# GDH4, before MagPy ------------------------------------------------------------------------------

_GDH4 = {"H": "HNvar", "E": "HEvar", "Z": "Zvar"}


def _is_gdh4(content: Content) -> bool:
    return {"time", *_GDH4.values()} <= set(content.variables)


def _gdh4(content: Content, name: str) -> Columns:
    stamps = stamps_of(content, "time", name)
    elements = {letter: _values_of(content, v) for letter, v in _GDH4.items()}
    sizes = {values.size for values in elements.values()} | {stamps.size}
    if len(sizes) > 1:
        msg = f"{name}: the components and times have different lengths {sorted(sizes)}"
        raise FormatError(msg)
    return Columns(
        stamps_ns=stamps,
        elements=elements,
        station_code=_UNKNOWN_STATION,
        source_format="GDH4 CDF",
        is_variation=True,
        notes=(
            "the file names no station",
            "variations in nT along the sensors, though the eastward one says 'deg'",
            "the baselines H0, D0, Z0 are not applied",
        ),
    )


LAYOUTS: tuple[Layout, ...] = (
    Layout("ImagCDF", "FormatDescription INTERMAGNET", _is_imagcdf, _imagcdf),
    Layout("MagPy CDF", "DataFormat MagPyCDF", _is_magpy, _magpy),
    Layout("GDH4 CDF", "variables time, HNvar, HEvar, Zvar", _is_gdh4, _gdh4),
)
"""The first that claims a file reads it."""
