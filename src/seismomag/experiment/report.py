"""The report of a run: one self-contained HTML page, the verdict first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from seismomag.core.atomic import write_text
from seismomag.core.errors import ConfigError
from seismomag.core.schema import AuditReport
from seismomag.experiment import report_numbers as numbers
from seismomag.experiment.pages import Section, panel, render_page
from seismomag.figures.azimuth import azimuth_rose, why_no_azimuth
from seismomag.figures.calendar import alarm_calendar
from seismomag.figures.curves import reason_for, unit_of_events, why_missing
from seismomag.figures.efficiency import injection_figure
from seismomag.figures.molchan import molchan_diagram, why_no_molchan
from seismomag.figures.nulls import shift_null_figure, why_no_shifts
from seismomag.figures.reliability import reliability_diagram
from seismomag.figures.stations import station_figure
from seismomag.figures.storms import storm_table_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VERDICT_WORDS: Mapping[str, str] = {
    "V0 RED": "Leak found",
    "V0": "Cannot be judged",
    "V1": "No skill demonstrated",
    "V2": "Association, not skill",
    "V3": "Skill in past data",
    "V4": "Skill ahead of time",
    "V5": "Skill, replicated",
}
"""The largest words of the page."""

REFERENCE_COLUMNS = ("quantity", "ours", "n", "low", "high", "base_rate", "paper")


@dataclass(frozen=True, kw_only=True)
class Arm:
    """Another audit to lay beside this one, such as the demo without its planted signal."""

    name: str
    report: AuditReport


@dataclass(frozen=True, kw_only=True)
class ReportInput:
    """Everything that the page shows.

    Attributes
    ----------
    title
        Name of the run.
    report
        What the audit found; its own pictures are drawn from here.
    sections
        Further pictures, in order: map, day, training.
    provenance
        Versions, hashes, seeds, command: added to those of the audit.
    reference
        Our numbers beside published ones: :data:`REFERENCE_COLUMNS`.
    reasons
        What the run recorded: heads not trained, days not covered.
    arms
        Audits side by side; if any is given, the first should be this report.
    """

    title: str
    report: AuditReport
    sections: tuple[Section, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    reference: pd.DataFrame | None = None
    reasons: tuple[str, ...] = ()
    arms: tuple[Arm, ...] = ()

    def __post_init__(self) -> None:
        absent = set() if self.reference is None else set(REFERENCE_COLUMNS) - set(self.reference)
        if absent:
            msg = f"the reference table has no column {', '.join(sorted(absent))}"
            raise ConfigError(msg)


@dataclass(frozen=True)
class AuditFigure:
    """A picture that the audit's own curves give, and what says why there may be none."""

    key: str
    title: str
    why_not: Callable[[AuditReport], str]
    draw: "Callable[[AuditReport], Figure]"
    caption: str


def _without(name: str) -> Callable[[AuditReport], str]:
    """Say why a figure that needs this one curve cannot be drawn."""
    return lambda report: why_missing(report, name)


MOLCHAN = AuditFigure(
    "molchan",
    "Molchan diagram",
    why_no_molchan,
    molchan_diagram,
    "Share of events missed against share of station-days in alarm. A curve below the diagonal "
    "would be skill; one above it is worse than chance. Markers: the frozen alarm rule and the "
    "baselines.",
)

AUDIT_FIGURES: tuple[AuditFigure, ...] = (
    AuditFigure(
        "shifts",
        "Common shifts of the catalogue",
        why_no_shifts,
        shift_null_figure,
        "All that happened is moved in time together, the forecasts stay. The rank of the truth "
        "among the shifts is its p. Near shifts still overlap the truth and put a floor under p.",
    ),
    AuditFigure(
        "reliability",
        "Reliability",
        _without("reliability"),
        reliability_diagram,
        "How often a target followed when the forecast said so; on the dashed line the forecast "
        "means what it says. Intervals are clustered by event.",
    ),
    AuditFigure(
        "azimuth",
        "Azimuth",
        why_no_azimuth,
        azimuth_rose,
        "Direction of the epicentre as seen from the station. A station constant is the mean "
        "direction of the station's own past events; a best constant is the direction that fits "
        "these very events best. No magnetometer is read for either.",
    ),
    AuditFigure(
        "storms",
        "By geomagnetic activity",
        _without("storms"),
        storm_table_figure,
        "A model that is silent in every storm has no false alarms there, and no recall either.",
    ),
    AuditFigure(
        "calendar",
        "Alarms against events",
        _without("calendar"),
        alarm_calendar,
        "Height: state score of the station, dark while in alarm. Rings grow with magnitude.",
    ),
    AuditFigure(
        "stations",
        "Station by station",
        _without("stations"),
        station_figure,
        "Share of the station's own events that lay in its alarms, from the mean of the common "
        "shifts. p is adjusted for having looked at every station (max-T).",
    ),
    AuditFigure(
        "injection",
        "Injection and recovery",
        _without("injection"),
        injection_figure,
        "Signals added to the raw samples of test days that precede no known target event, before "
        "any processing. It says what the detector could have seen, nothing about nature.",
    ),
)
"""In the order of the page."""


def write_report(content: ReportInput, path: str | Path) -> Path:
    """Write the page.

    Parameters
    ----------
    content
        What to show.
    path
        The HTML file; replaced in one step, or left as it was.

    Returns
    -------
    path
        Of the file. The same input gives the same bytes.
    """
    target = Path(path)
    write_text(target, render(content))
    return target


def render(content: ReportInput) -> str:
    """Build the page as text; everything that comes from outside is escaped."""
    return render_page("report.html", **_context(content))


def _context(content: ReportInput) -> dict[str, Any]:
    report = content.report
    verdict = report.verdict
    drawn = [_audit_section(report, figure) for figure in AUDIT_FIGURES]
    return {
        "title": content.title,
        "verdict": verdict,
        "word": verdict_word(report),
        "smallest_gain": numbers.smallest_gain(report),
        "cells": numbers.key_cells(report),
        "molchan": panel(_audit_section(report, MOLCHAN)),
        "panels": [panel(section) for section in (*content.sections, *drawn)],
        "reasons": (*_of_event_days(report), *content.reasons),
        "arms": _arms(content.arms),
        "reference": numbers.page_table("", content.reference, "none"),
        "tables": _tables(report),
        "provenance": numbers.flat({**report.provenance, **content.provenance}),
    }


def _of_event_days(report: AuditReport) -> list[str]:
    """Say what stands in the place of earthquakes where a table brings its own labels."""
    runs = report.provenance.get("n_event_runs")
    if unit_of_events(report) == "events" or runs is None:
        return []
    said = (
        "The table brings labels of days and no earthquakes: the pictures count event days, the "
        f"verdict counts runs of consecutive event days ({runs})."
    )
    return [said]


def verdict_word(report: AuditReport) -> str:
    """Say the verdict in two or three words."""
    verdict = report.verdict
    full = f"{verdict.level} {verdict.reason_code}".strip()
    return VERDICT_WORDS.get(full) or VERDICT_WORDS[verdict.level]


def _audit_section(report: AuditReport, figure: AuditFigure) -> Section:
    reason = figure.why_not(report)
    return Section(
        key=figure.key,
        title=figure.title,
        figure=None if reason else figure.draw(report),
        caption=figure.caption,
        reason=reason,
    )


def _arms(arms: tuple[Arm, ...]) -> list[dict[str, Any]]:
    return [
        {
            "name": arm.name,
            "level": arm.report.verdict.level,
            "word": verdict_word(arm.report),
            "cells": numbers.key_cells(arm.report),
        }
        for arm in arms
    ]


def _tables(report: AuditReport) -> list[numbers.Table]:
    curves = report.curves
    activity = curves.get("storms")
    if activity is None or activity.empty:
        activity = curves.get("activity")
    no_event = "no event was scored"
    no_power = no_event
    if unit_of_events(report) != "events":
        no_power = "not computed for a table of labels: it brings no earthquakes"
    not_injected = reason_for(report, "injection")
    named = (
        ("All quantities", report.table, "nothing was scored"),
        ("Null models", report.nulls, "no null model was run"),
        ("Leak checks", report.leaks, "no leak check was run"),
        ("Contingency", curves.get("contingency"), "nothing was scored"),
        ("Events", curves.get("events"), reason_for(report, "events")),
        ("By geomagnetic activity", activity, reason_for(report, "storms")),
        ("What could have been detected", curves.get("power"), no_power),
        ("Simple rules", curves.get("rules"), no_event),
        ("Stations", curves.get("stations"), reason_for(report, "stations")),
        ("Injection: fitted curves", curves.get("injection_fits"), not_injected),
        ("Injection: controls", curves.get("injection_controls"), not_injected),
    )
    return [numbers.page_table(title, table, reason) for title, table, reason in named]
