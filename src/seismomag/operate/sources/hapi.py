"""HAPI servers: a span of one data set, in pieces that the server allows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.errors import ConfigError
from seismomag.operate.sources.answer import (
    DAMAGED,
    NO_DATA,
    REFUSED,
    UNREACHABLE,
    Answer,
    Body,
    Journal,
    SourceError,
    answer,
)
from seismomag.operate.sources.endpoints import Endpoint
from seismomag.operate.sources.fetch import Fetched, Fetcher, excerpt
from seismomag.operate.sources.fetch_plan import Request
from seismomag.operate.sources.hapi_body import wrap
from seismomag.operate.sources.hapi_info import (
    Info,
    Parameter,
    names_of,
    parse_json,
    read_info,
    status_of,
)
from seismomag.operate.sources.hapi_recording import LETTERS, letters_of, recording_of
from seismomag.operate.sources.hapi_records import RECORD_READERS, Records, empty
from seismomag.operate.sources.recordings import within

OK, NO_RECORDS, OUTSIDE = 1200, 1201, 1405
_INFO_FRESH_S = 3_600.0
_PIECE_FRESH_S = 6 * 3_600.0
_FAST_PIECE_S, _SLOW_PIECE_S = 86_400.0, 31 * 86_400.0
_ATTEMPTS_AT_A_CUT = 3


@dataclass(frozen=True, kw_only=True)
class HapiQuery:
    """What to ask for.

    Attributes
    ----------
    dataset
        Id of the data set, such as ``wic/best-avail/pt1s/xyzf``.
    station_code
        For the recording.
    start, end
        UTC, half-open.
    vector
        Name of the parameter that holds the three components.
    letters
        What its three values are, such as ``XYZ``; empty takes the labels of the server, then the
        last part of the data set's id.
    form
        ``binary``, ``csv``, ``json``, or empty for the first of these that the server offers.
    """

    dataset: str
    station_code: str
    start: pd.Timestamp
    end: pd.Timestamp
    vector: str = "Field_Vector"
    letters: str = ""
    form: str = ""

    def __post_init__(self) -> None:
        if not self.start < self.end:
            msg = f"span {self.start} .. {self.end} is empty; the end must lie after the start"
            raise ConfigError(msg)
        if self.form and self.form not in RECORD_READERS:
            msg = f"form {self.form!r} is none of {', '.join(RECORD_READERS)}"
            raise ConfigError(msg)
        if self.letters and (len(self.letters) != 3 or not set(self.letters) <= LETTERS):
            msg = f"letters {self.letters!r} must be three of the field, such as XYZ or HDZ"
            raise ConfigError(msg)


def get_hapi(query: HapiQuery, fetcher: Fetcher, *, endpoint: Endpoint) -> Answer[xr.Dataset]:
    """Get a span of the field from a HAPI server, version 2 or 3.

    Pieces that came whole stay in the fetcher's cache: asked again after an interruption, only
    the missing ones travel.

    Returns
    -------
    answer
        A recording, cut to what the data set covers. A piece whose last stamp lies before its end
        minus the cadence is asked for again; it is taken, with a note, only when the server twice
        sends the same bytes, and else it is a reason.
    """
    who = f"{endpoint.name}, {query.dataset}"

    def work(journal: Journal) -> xr.Dataset:
        asked = _Conversation(query, fetcher, endpoint, journal, who)
        info = asked.info()
        start, end = max(query.start, info.start), min(query.end, info.stop)
        if (start, end) != (query.start, query.end):
            journal.notes.append(f"{who}: the data set covers {info.start} to {info.stop}")
        if not start < end:
            msg = f"{who}: covers {info.start} to {info.stop}, nothing of what was asked"
            raise SourceError(NO_DATA, msg)
        pieces = [asked.piece(info, *span) for span in _spans(info, start, end)]
        recording = recording_of(
            pieces,
            asked.vector(info),
            letters=asked.letters(info),
            station_code=query.station_code,
            stamp_location=info.stamp_location,
            who=who,
        )
        return within(recording, start, end, who)

    return answer(work)


@dataclass
class _Conversation:
    """One client with one server about one data set."""

    query: HapiQuery
    fetcher: Fetcher
    endpoint: Endpoint
    journal: Journal
    who: str

    def info(self) -> Info:
        """Ask what the server can, then what the data set is."""
        self.capabilities = parse_json(self._get("/capabilities").body, self.who)
        self.names = names_of(self.capabilities)
        fetched = self._get("/info", **{self.names["dataset"]: self.query.dataset})
        answered = parse_json(fetched.body, self.who)
        code, text = status_of(answered)
        if code and code // 100 != OK // 100:
            msg = f"{self.who}: HAPI {code} ({text})"
            raise SourceError(REFUSED, msg)
        return read_info(answered, self.who)

    def form(self) -> str:
        """Form of the records: the asked one, else the first that both sides know."""
        offered = self.capabilities.get("outputFormats") or ["csv"]
        return self.query.form or next((f for f in RECORD_READERS if f in offered), "csv")

    def piece(self, info: Info, start: pd.Timestamp, end: pd.Timestamp) -> Records:
        """Records of one span, whole."""
        columns = self._columns(info)
        earlier = ""
        for _ in range(_ATTEMPTS_AT_A_CUT):
            url, fetched = self._ask(start, end)
            records, fault = self._read(fetched, columns, info, end)
            if not fault:
                self._keep(fetched, info, start)
                return records
            self.fetcher.forget(url)
            sha256 = fetched.provenance.sha256
            if sha256 == earlier and records.stamps_ns.size:
                self.journal.notes.append(f"{self.who}: {fault}; sent so twice, taken as it is")
                self._keep(fetched, info, start)
                return records
            earlier = sha256
        raise SourceError(DAMAGED, f"{self.who}: {fault}, {_ATTEMPTS_AT_A_CUT} times")

    def vector(self, info: Info) -> Parameter:
        """Parameter that holds the three components."""
        return self._columns(info)[1]

    def letters(self, info: Info) -> str:
        """Letters of its three values."""
        query = self.query
        vector = self.vector(info)
        return letters_of(vector, stated=query.letters, dataset=query.dataset, who=self.who)

    def _keep(self, fetched: Fetched, info: Info, start: pd.Timestamp) -> None:
        """Note a body for the archive, behind a line that says what it is."""
        form = self.form()
        data = wrap(
            fetched.body,
            form=form,
            parameters=self._columns(info),
            letters=self.letters(info),
            stamp_location=info.stamp_location,
        )
        name = f"{self.query.station_code.lower()}{start:%Y%m%dT%H%M%S}.hapi-{form}"
        if fetched.body:
            self.journal.bodies.append(Body(name=name, data=data, url=fetched.provenance.url))

    def _columns(self, info: Info) -> tuple[Parameter, Parameter]:
        named = [one for one in info.parameters[1:] if one.name == self.query.vector]
        if not named or named[0].n != 3 or named[0].type not in {"double", "integer"}:
            known = ", ".join(one.name for one in info.parameters)[:200]
            msg = f"{self.who}: no parameter {self.query.vector} of three numbers among {known}"
            raise SourceError(REFUSED, msg)
        return info.parameters[0], named[0]

    def _ask(self, start: pd.Timestamp, end: pd.Timestamp) -> tuple[str, Fetched]:
        words = {
            self.names["dataset"]: self.query.dataset,
            "parameters": self.query.vector,
            self.names["start"]: f"{start:%Y-%m-%dT%H:%M:%S}Z",
            self.names["stop"]: f"{end:%Y-%m-%dT%H:%M:%S}Z",
            "format": self.form(),
        }
        url = self.endpoint.at("/data", **words)
        return url, self._send(Request(url=url, hosts=self.endpoint.hosts, fresh_s=_PIECE_FRESH_S))

    def _read(
        self, fetched: Fetched, columns: Sequence[Parameter], info: Info, end: pd.Timestamp
    ) -> tuple[Records, str]:
        """Records, and what is wrong with them."""
        if fetched.status == 204 or not fetched.body:
            return empty(columns), ""
        if fetched.status != 200 or fetched.body.lstrip()[:1] in {b"{", b"<"}:
            is_nothing = self._refuse_errors(fetched)
            if is_nothing:
                return empty(columns), ""
        try:
            records = RECORD_READERS[self.form()](fetched.body, columns, self.who)
        except SourceError as error:
            return empty(columns), str(error).removeprefix(f"{self.who}: ")
        return records, _cut(records, info, end)

    def _refuse_errors(self, fetched: Fetched) -> bool:
        """Whether an error only says "nothing here"; raise where it says more."""
        if fetched.body.lstrip()[:1] != b"{":
            msg = f"{self.who}: status {fetched.status}, {excerpt(fetched.body)!r} is no HAPI"
            raise SourceError(DAMAGED if fetched.status == 200 else REFUSED, msg)
        code, text = status_of(parse_json(fetched.body, self.who))
        if fetched.status == 200 and code in {0, OK}:
            return False
        if code == NO_RECORDS:
            return True
        kind = NO_DATA if code == OUTSIDE else UNREACHABLE if code >= 1500 else REFUSED
        msg = f"{self.who}: HAPI {code or fetched.status} ({text})"
        raise SourceError(kind, msg)

    def _get(self, path: str, **words: str) -> Fetched:
        url = self.endpoint.at(path, **words)
        fetched = self._send(Request(url=url, hosts=self.endpoint.hosts, fresh_s=_INFO_FRESH_S))
        if fetched.status != 200:
            is_nothing = self._refuse_errors(fetched)
            msg = f"{self.who}: {path} answers status {fetched.status} (nothing: {is_nothing})"
            raise SourceError(REFUSED, msg)
        return fetched

    def _send(self, request: Request) -> Fetched:
        return self.fetcher.get(request, self.journal)


def _cut(records: Records, info: Info, end: pd.Timestamp) -> str:
    """Sentence on records that end too early; empty where they do not."""
    if not np.isfinite(info.cadence_s) or not records.stamps_ns.size:
        return ""
    last = pd.Timestamp(int(records.stamps_ns.max()))
    # Whatever part of a sample is stamped, one stamp lies within the last cadence of a span.
    if last >= end - pd.Timedelta(seconds=info.cadence_s) - pd.Timedelta(milliseconds=1):
        return ""
    return f"the stream ends at {last}, before {end} minus the cadence of {info.cadence_s:g} s"


def _spans(
    info: Info, start: pd.Timestamp, end: pd.Timestamp
) -> Iterator[tuple[pd.Timestamp, pd.Timestamp]]:
    own_s = _FAST_PIECE_S if not info.cadence_s > 1 else _SLOW_PIECE_S
    piece = pd.Timedelta(seconds=min(own_s, info.longest_s) if info.longest_s > 0 else own_s)
    while start < end:
        # Whole days as far as they go: the same pieces, whenever one asks.
        stop = min(start + piece, end)
        midnight = stop.floor("D")
        stop = midnight if start < midnight else stop
        yield start, stop
        start = stop
