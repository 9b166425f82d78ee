"""A catalogue beside a stranger's labels: the times of their rows, and what labels they should be.

Three checks ask for it: skill on aftershocks alone, shaking inside the window, and labels against
the catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from seismomag.audit.foreign.columns import Foreign
from seismomag.audit.leaks.case import LeakCase
from seismomag.core.errors import ConfigError
from seismomag.core.schema import Catalogue
from seismomag.core.stations import Station, read_stations
from seismomag.dataset.rule import LabelRule
from seismomag.experiment.rule_file import StatedRule, read_rule
from seismomag.readers import read_catalogue


@dataclass(frozen=True, kw_only=True)
class CatalogueFiles:
    """Files by which labels are computed again; all three or none.

    Attributes
    ----------
    catalogue
        Lists of earthquakes.
    stations
        CSV of the stations.
    rule
        TOML with a table ``[labels]``.
    """

    catalogue: tuple[Path, ...] = ()
    stations: Path | None = None
    rule: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that is given."""
        return tuple(p for p in (*self.catalogue, self.stations, self.rule) if p is not None)

    def __post_init__(self) -> None:
        given = {
            "--catalogue": bool(self.catalogue),
            "--stations": self.stations is not None,
            "--rule": self.rule is not None,
        }
        absent = [option for option, is_given in given.items() if not is_given]
        if 0 < len(absent) < len(given):
            msg = (
                f"labels are computed again from a catalogue, its stations and a rule: give "
                f"{' and '.join(absent)} too, or none of the three"
            )
            raise ConfigError(msg)


def with_files(foreign: Foreign, files: CatalogueFiles) -> Foreign:
    """Give a table what the files hold; the table itself where there are none."""
    if files.stations is None or files.rule is None:
        return foreign
    return with_catalogue(
        foreign,
        read_catalogue(list(files.catalogue)),
        read_stations(files.stations),
        read_rule(files.rule),
    )


def with_catalogue(
    foreign: Foreign, catalogue: Catalogue, stations: Sequence[Station], stated: StatedRule
) -> Foreign:
    """Give a table a catalogue with stations and a rule.

    Times that no column of the table tells are those of the rule: a row of UTC day D looks back
    over the window that ends with D, is issued at the end of D, and speaks of the horizon.

    Raises
    ------
    ConfigError
        The map of the table states another window or horizon than the rule, or a station of the
        table is not on the list.
    """
    case = foreign.case
    rule = _one_rule(case, stated)
    codes = set(case.station_of(case.rows).dropna())
    unknown = sorted(codes - {station.station_code for station in stations})
    if unknown:
        msg = f"no position of station {', '.join(unknown[:10])}; add them to the list of stations"
        raise ConfigError(msg)
    return replace(
        foreign,
        case=replace(
            case,
            rows=_with_times(foreign, rule),
            window_days=rule.window_days,
            horizon_days=rule.horizon_days,
            catalogue=catalogue,
            stations=tuple(stations),
            rule=rule,
        ),
    )


def _one_rule(case: LeakCase, stated: StatedRule) -> LabelRule:
    """The rule with the window and horizon of the map, where the map alone states them."""
    rule = stated.rule
    # A map that states no window leaves it at one day, as a rule does.
    of_map = {"horizon_days": case.horizon_days, "window_days": case.window_days}
    for key, days in of_map.items():
        of_rule = getattr(rule, key)
        if days is None or days == of_rule or (key == "window_days" and days == 1):
            continue
        if key in stated.stated:
            msg = (
                f"the map says {key} = {days}, the rule {of_rule}: rows speak of one time; keep "
                "one of them"
            )
            raise ConfigError(msg)
        rule = replace(rule, **{key: days})  # type: ignore[arg-type]
    return rule


def _with_times(foreign: Foreign, rule: LabelRule) -> pd.DataFrame:
    """Station and times of each row, where no column of the table tells them."""
    case = foreign.case
    rows = case.rows.assign(station_code=case.station_of(case.rows))
    day = case.day_of(rows).dt.floor("D")
    start = day + pd.Timedelta(days=rule.horizon_start_days)
    by_rule = {
        "window_start": day - pd.Timedelta(days=rule.window_days - 1),
        "issue_time": day + pd.Timedelta(days=1),
        "horizon_start": start,
        "horizon_end": start + pd.Timedelta(days=rule.horizon_days),
    }
    return rows.assign(**{c: times for c, times in by_rule.items() if c not in foreign.columns})
