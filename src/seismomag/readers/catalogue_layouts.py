"""The layouts in which agencies publish lists of earthquakes, one reader each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from seismomag.core.errors import FormatError
from seismomag.core.schema import CATALOGUE_COLUMNS, Interval
from seismomag.readers import quakeml
from seismomag.readers.delimited import Table, decode, read_quoted_lines, read_table

HEAD_BYTES = 4096
COVERAGE_MARK = "# coverage: "


@dataclass(frozen=True, kw_only=True)
class EventList:
    """What one file says.

    Attributes
    ----------
    events
        Columns of ``CATALOGUE_COLUMNS`` and ``event_type`` (lower case, ``""`` unlabelled),
        in the order of the file.
    coverage
        Intervals that the file itself declares; None where it declares nothing.
    """

    events: pd.DataFrame
    coverage: tuple[Interval, ...] | None = None


@dataclass(frozen=True)
class CatalogueReader:
    """A kind of list: how to know it by its first bytes, how to read it."""

    name: str
    is_mine: Callable[[bytes], bool]
    read: Callable[[bytes, str], EventList]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a table with a header keeps what we need.

    Attributes
    ----------
    name
        Of the layout.
    columns
        Our name of a column to the one of the file; all of them must be there.
    source
        Agency, where the table does not say.
    delimiter
        Between fields.
    """

    name: str
    columns: Mapping[str, str]
    source: str = ""
    delimiter: str = ","

    def missing(self, header: list[str]) -> list[str]:
        """Columns that a header lacks for this layout."""
        return [column for column in self.columns.values() if column not in header]


LAYOUTS: tuple[Layout, ...] = (
    Layout(name="seismomag", columns={column: column for column in CATALOGUE_COLUMNS}),
    Layout(
        name="usgs_comcat",
        columns={
            "event_id": "id",
            "origin_time": "time",
            "latitude_deg": "latitude",
            "longitude_deg": "longitude",
            "depth_km": "depth",
            "magnitude": "mag",
            "magnitude_type": "magType",
            "source": "net",
            "event_type": "type",
        },
    ),
    Layout(
        name="bmkg_repository",
        columns={
            "event_id": "Event ID",
            "origin_time": "Date time",
            "latitude_deg": "Latitude",
            "longitude_deg": "Longitude",
            "depth_km": "Depth (km)",
            "magnitude": "Magnitude",
            "magnitude_type": "Mag Type",
            "source": "Agency",
        },
    ),
    Layout(
        name="bmkg_bulletin",
        columns={
            "event_id": "event_id",
            "origin_time": "datetime",
            "latitude_deg": "Latitude",
            "longitude_deg": "Longitude",
            "depth_km": "Depth",
            "magnitude": "Magnitude",
        },
        source="BMKG",
    ),
    Layout(
        name="bmkg_regions",
        columns={
            "origin_time": "time",
            "latitude_deg": "latitude",
            "longitude_deg": "longitude",
            "depth_km": "depth",
            "magnitude": "mag",
            "region": "region",
        },
        source="BMKG",
    ),
    Layout(
        name="neic",
        columns={
            "event_id": "ID",
            "origin_date": "Date",
            "origin_time": "Time",
            "latitude_deg": "Latitude",
            "longitude_deg": "Longitude",
            "depth_km": "Depth",
            "magnitude": "Magnitude",
            "magnitude_type": "Magnitude Type",
            "source": "Source",
            "event_type": "Type",
        },
    ),
    Layout(
        name="fdsn_text",
        columns={
            "event_id": "#EventID",
            "origin_time": "Time",
            "latitude_deg": "Latitude",
            "longitude_deg": "Longitude",
            "depth_km": "Depth/km",
            "magnitude": "Magnitude",
            "magnitude_type": "MagType",
            "source": "Author",
        },
        delimiter="|",
    ),
)


_QUAKEML = Layout(
    name="quakeml",
    columns={column: column for column in (*CATALOGUE_COLUMNS, "event_type")},
)
"""How :func:`seismomag.readers.quakeml.table` names its columns."""


def layout_of(head: bytes) -> Layout | None:
    """Layout whose columns all stand in the first line that is no remark."""
    header = _header(head)
    fitting = (one for one in LAYOUTS if not one.missing(_fields(header, one.delimiter)))
    return next(fitting, None)


def explain(head: bytes, name: str) -> FormatError:
    """Error that says what the nearest known layout misses."""
    header = _header(head)
    nearest = min(LAYOUTS, key=lambda one: len(one.missing(_fields(header, one.delimiter))))
    absent = ", ".join(nearest.missing(_fields(header, nearest.delimiter)))
    known = ", ".join(one.name for one in LAYOUTS)
    return FormatError(
        f"{name}, line 1: found {header[:120]!r}, expected a header of {known} or QuakeML; "
        f"nearest is {nearest.name}, which needs also {absent}"
    )


def read_delimited(data: bytes, name: str) -> EventList:
    """Read a list whose header is one of :data:`LAYOUTS`.

    Raises
    ------
    FormatError
        Names file, line, what was found and what was expected.
    """
    text = decode(data, name)
    layout = layout_of(data[:HEAD_BYTES])
    if layout is None:
        raise explain(data[:HEAD_BYTES], name)
    if layout.name == "seismomag":
        return _read_own(text, name, layout)
    if text.startswith('"Date,Time,'):
        return EventList(events=_events(read_quoted_lines(text, name), layout))
    return EventList(events=_events(read_table(text, name, delimiter=layout.delimiter), layout))


def read_quakeml(data: bytes, name: str) -> EventList:
    """Read a QuakeML 1.2 document."""
    return EventList(events=_events(quakeml.table(data, name), _QUAKEML))


def _read_own(text: str, name: str, layout: Layout) -> EventList:
    """Our own list declares its coverage in remarks, and may be empty where it does."""
    lines = text.split("\n")
    remarks = [line for line in lines if line.startswith("#")]
    declared = tuple(
        _interval(line.removeprefix(COVERAGE_MARK), name)
        for line in remarks
        if line.startswith(COVERAGE_MARK)
    )
    # Remarks become empty lines, so that line numbers in messages stay true.
    rows = "\n".join("" if line.startswith("#") else line for line in lines)
    if declared and len(rows.split()) == 1:
        none = Table(name, dict.fromkeys(CATALOGUE_COLUMNS, ()), ())
        return EventList(events=_events(none, layout), coverage=declared)
    return EventList(events=_events(read_table(rows, name), layout), coverage=declared or None)


def _interval(text: str, name: str) -> Interval:
    start, _, end = text.strip().partition("/")
    try:
        return Interval(pd.Timestamp(start), pd.Timestamp(end))
    except (ValueError, TypeError) as error:
        msg = f"{name}: coverage {text.strip()[:60]!r} ({error}), expected START/END"
        raise FormatError(msg) from error


def _events(table: Table, layout: Layout) -> pd.DataFrame:
    where = layout.columns
    events = pd.DataFrame(
        {
            "origin_time": _origin_time(table, layout),
            "latitude_deg": table.number(where["latitude_deg"], -90, 90),
            "longitude_deg": table.number(where["longitude_deg"], -180, 360),
            "depth_km": table.number(where["depth_km"], -15, 1000),
            "magnitude": table.number(where["magnitude"], -5, 11),
        }
    )
    table.refuse_empty(where["latitude_deg"])
    table.refuse_empty(where["longitude_deg"])
    empty = pd.Series([""] * len(table), dtype="str")
    for column in ("magnitude_type", "source", "event_type"):
        events[column] = table.text(where[column]) if column in where else empty
    events["source"] = events["source"].where(events["source"] != "", layout.source)
    events["event_type"] = events["event_type"].str.lower()
    events["event_id"] = _event_ids(table, layout, events)
    return events[[*CATALOGUE_COLUMNS, "event_type"]]


def _origin_time(table: Table, layout: Layout) -> pd.Series:
    time = layout.columns["origin_time"]
    if "origin_date" not in layout.columns:
        _refuse_mixed_zones(table, time)
        return table.time(time)
    date = table.text(layout.columns["origin_date"])
    clock = table.text(time)
    # Three lines of the list of 1965-2016 hold the whole ISO stamp in both columns.
    american = date.str.replace(r"^(\d\d)/(\d\d)/(\d{4})$", r"\3-\1-\2", regex=True)
    stamp = clock.where(clock.str.contains("T", regex=False), american + "T" + clock)
    return table.parse_time(stamp, time)


def _refuse_mixed_zones(table: Table, column: str) -> None:
    """Local stamps with a zone make those without one doubtful: they may be local as well."""
    text = table.text(column)
    zone = text.str.extract(r"(?:T|\s)[\d:.]+\s*(Z|z|[+-]\d\d(?::?\d\d)?)$")[0]
    is_local = zone.notna() & ~zone.isin(["Z", "z", "+00", "+0000", "+00:00", "-00:00"])
    bare = zone.isna() & (text != "")
    if is_local.any() and bare.any():
        row, local = int(np.flatnonzero(bare)[0]), int(np.flatnonzero(is_local)[0])
        msg = (
            f"{table.name}, line {table.line[row]}: {column} is {text[row]!r} without a zone, but "
            f"line {table.line[local]} has {text[local]!r}; expected a zone on every line, or UTC "
            "without one"
        )
        raise FormatError(msg)


def _event_ids(table: Table, layout: Layout, events: pd.DataFrame) -> pd.Series:
    if "event_id" in layout.columns:
        table.refuse_empty(layout.columns["event_id"])
        # The list of 1965-2016 spells in capitals the ids that ComCat spells small.
        ids = table.text(layout.columns["event_id"])
        return ids.str.lower() if layout.name == "neic" else ids
    stamp = events["origin_time"].dt.strftime("%Y%m%dT%H%M%S.%f")
    place = table.text(layout.columns["latitude_deg"]) + "_"
    place = place + table.text(layout.columns["longitude_deg"])
    named: pd.Series = layout.source.lower() + "_" + stamp + "_" + place
    return named


def _header(head: bytes) -> str:
    text = head.decode("utf-8-sig", errors="replace")
    lines = (line.strip() for line in text.split("\n"))
    remark = ("# ", "#\n")
    return next((line for line in lines if line and not line.startswith(remark)), "")


def _fields(header: str, delimiter: str) -> list[str]:
    if header.startswith('"Date,Time,'):
        header = header.strip('"')
    return [field.strip().strip('"').strip() for field in header.split(delimiter)]


def _has_layout(layout: Layout, head: bytes) -> bool:
    return layout_of(head) is layout


CATALOGUE_READERS: tuple[CatalogueReader, ...] = (
    *(
        CatalogueReader(
            layout.name,
            partial(_has_layout, layout),
            read_delimited,
        )
        for layout in LAYOUTS
    ),
    CatalogueReader("quakeml", quakeml.is_mine, read_quakeml),
)
