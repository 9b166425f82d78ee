"""Preregistration: everything that could be chosen afterwards, frozen before day one."""

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError, SchemaError
from seismomag.core.stations import Station
from seismomag.dataset.rule import LabelRule
from seismomag.operate import ledger
from seismomag.operate.canonical import canonical, parse
from seismomag.operate.clock import stamp
from seismomag.operate.ledger.alarms import AlarmRule

FORMAT = "seismomag preregistration 2"
_WITHOUT_WINDOW = "seismomag preregistration 1"
FILE_NAME = "prereg.json"


@dataclass(frozen=True, kw_only=True)
class Preregistration:
    """What is fixed before the first day.

    Attributes
    ----------
    model_id, model_sha256
        The model folder, and the SHA-256 of its manifest, which covers every file in it.
    threshold
        Probability at and above which a station-day is an alarm.
    window_days
        Issue days of which the largest probability is taken for it; None in a preregistration of
        an older format, which did not freeze it.
    stations
        The region: the stations, with their positions.
    rule
        Which earthquakes are targets, at what distance, over which horizon.
    catalogue_source
        Where the list of earthquakes will be taken from, and which list.
    first_day, stop_day
        UTC days; scored are first_day <= day <= stop_day. There is no other stopping rule.
    primary_test
        The one test whose p-value decides, in words and numbers.
    scoring_code_sha256
        Of the code that will score; see :func:`scoring_code_sha256`.
    settling_days
        Days after the end of a horizon until the catalogue counts as settled.
    """

    model_id: str
    model_sha256: str
    threshold: float
    stations: tuple[Mapping[str, Any], ...]
    rule: Mapping[str, Any]
    catalogue_source: str
    first_day: str
    stop_day: str
    primary_test: str
    scoring_code_sha256: str
    window_days: int | None = None
    settling_days: int = 30
    format: str = field(default=FORMAT)

    def __post_init__(self) -> None:
        first, stop = _day(self.first_day, "first_day"), _day(self.stop_day, "stop_day")
        wants = (
            (
                self.format in (FORMAT, _WITHOUT_WINDOW),
                f"format {self.format!r}, expected {FORMAT!r}",
            ),
            (
                self.format != FORMAT or (self.window_days or 0) >= 1,
                f"window_days={self.window_days}: say over how many issue days an alarm is taken",
            ),
            (first <= stop, f"stop_day {self.stop_day} lies before first_day {self.first_day}"),
            (0 < self.threshold < 1, f"threshold={self.threshold} must lie between 0 and 1"),
            (bool(self.stations), "stations: name at least one"),
            (bool(self.primary_test.strip()), "primary_test: say which test decides"),
            (bool(self.catalogue_source.strip()), "catalogue_source: say which list judges"),
            (self.settling_days >= 0, f"settling_days={self.settling_days} must not be negative"),
        )
        for holds, message in wants:
            if not holds:
                msg = f"preregistration: {message}"
                raise ConfigError(msg)

    @property
    def sha256(self) -> str:
        """Of the canonical form, as the first record of the ledger keeps it."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """RFC 8785 form."""
        values = asdict(self)
        if self.format == _WITHOUT_WINDOW:
            # Its hash stands in a ledger.
            del values["window_days"]
        return canonical(values)

    @property
    def alarm_rule(self) -> AlarmRule:
        """What makes a record an alarm; without a frozen window, that of the horizon."""
        return AlarmRule(self.threshold, self.window_days or self.label_rule().horizon_days)

    def label_rule(self) -> LabelRule:
        """Return the rule as the labels want it."""
        values = dict(self.rule)
        values["magnitude_edges"] = tuple(values["magnitude_edges"])
        values["maximum_depth_km"] = float(values["maximum_depth_km"])
        return LabelRule(**values)

    def station_list(self) -> tuple[Station, ...]:
        """Return the stations of the region."""
        return tuple(Station(**dict(values)) for values in self.stations)


def make(
    *,
    stations: tuple[Station, ...],
    rule: LabelRule,
    **given: Any,
) -> Preregistration:
    """Build a preregistration for the scoring code that is installed now.

    Parameters
    ----------
    stations, rule
        The region and the target.
    given
        The other fields of :class:`Preregistration`.
    """
    values = asdict(rule)
    # An unlimited depth is a number that JSON does not have.
    values["maximum_depth_km"] = str(values["maximum_depth_km"])
    return Preregistration(
        stations=tuple(asdict(station) for station in stations),
        rule=values,
        scoring_code_sha256=scoring_code_sha256(),
        **given,
    )


def preregister(
    preregistration: Preregistration, folder: Path | str, ledger_path: Path | str, now: pd.Timestamp
) -> dict[str, Any]:
    """Write the file and make it the first record of the ledger.

    Returns
    -------
    record
        The first record.

    Raises
    ------
    ConfigError
        The ledger has begun already, or the first day has: what is frozen afterwards is worth
        nothing.
    """
    if now >= pd.Timestamp(preregistration.first_day):
        msg = (
            f"preregistration: first_day {preregistration.first_day} has begun at {stamp(now)}; "
            "choose a later one"
        )
        raise ConfigError(msg)
    if ledger.read(ledger_path):
        msg = f"{ledger_path}: has records already; preregister before day one, in a new ledger"
        raise ConfigError(msg)
    write_bytes(Path(folder) / FILE_NAME, preregistration.to_bytes())
    record = {
        "kind": "preregistration",
        "issued_at": stamp(now),
        "model_sha256": preregistration.model_sha256,
        "input_sha256": preregistration.sha256,
    }
    return ledger.append(ledger_path, [record])[0]


def read_preregistration(folder: Path | str, ledger_path: Path | str) -> Preregistration:
    """Read what was frozen, and compare it with the first record of the ledger.

    Raises
    ------
    ConfigError
        The file is absent, or is not the one that the ledger began with.
    """
    records = ledger.read(ledger_path)
    return sealed_plan(folder, records[0] if records else {"kind": "none", "input_sha256": ""})


def read_plan(folder: Path | str) -> Preregistration:
    """Read the file alone.

    Raises
    ------
    ConfigError
        It is absent or damaged.
    """
    path = Path(folder) / FILE_NAME
    if not path.is_file():
        msg = f"{path}: absent; nothing was preregistered, so nothing can be scored"
        raise ConfigError(msg)
    try:
        values = parse(path.read_bytes())
        known = {item.name for item in fields(Preregistration)}
        if values["format"] == _WITHOUT_WINDOW:
            known -= {"window_days"}
        chosen = {key: values[key] for key in known}
        found = Preregistration(**chosen | {"stations": tuple(values["stations"])})
    except (SchemaError, KeyError, TypeError) as error:
        msg = f"{path}: no preregistration ({error}); restore it from a backup"
        raise ConfigError(msg) from error
    return found


def sealed_plan(folder: Path | str, first: Mapping[str, Any]) -> Preregistration:
    """Read the file and compare it with the first record of a ledger that was read already.

    Raises
    ------
    ConfigError
        The file is absent or damaged, or is not the one that the ledger began with.
    """
    plan = read_plan(folder)
    if first["kind"] != "preregistration" or first["input_sha256"] != plan.sha256:
        msg = (
            f"{Path(folder) / FILE_NAME}: SHA-256 {plan.sha256[:12]}..., the ledger began with "
            f"{str(first['input_sha256'])[:12]}...; restore the file that was frozen"
        )
        raise ConfigError(msg)
    return plan


def scoring_code_sha256() -> str:
    """SHA-256 over the source of everything that turns records and earthquakes into scores."""
    from seismomag.core import geodesy
    from seismomag.dataset import coverage, labels, labels_unknown, pairs, rule, shifts
    from seismomag.operate import canonical as canonical_json
    from seismomag.operate.ledger import alarms as ledger_alarms
    from seismomag.operate.ledger import scoring as ledger_scoring
    from seismomag.operate.ledger import verification as ledger_check

    modules = (
        geodesy,
        coverage,
        labels,
        labels_unknown,
        pairs,
        rule,
        shifts,
        canonical_json,
        ledger_alarms,
        ledger_check,
        ledger_scoring,
    )
    digest = hashlib.sha256()
    for module in modules:
        digest.update(Path(inspect.getfile(module)).read_bytes())
    return digest.hexdigest()


def _day(text: str, name: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(pd.to_datetime(text, format="%Y-%m-%d"))
    except ValueError as error:
        msg = f"preregistration: {name}={text!r} is no day such as 2026-01-31"
        raise ConfigError(msg) from error
