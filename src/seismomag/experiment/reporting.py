"""The last step: the page of a run, drawn from its folder and from nothing else."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.errors import SeismomagError
from seismomag.core.progress import Progress, silent
from seismomag.core.schema import AuditReport
from seismomag.experiment.config import RunConfig
from seismomag.experiment.explaining import explain_section
from seismomag.experiment.pages import Section
from seismomag.experiment.report import Arm, ReportInput, write_report
from seismomag.experiment.runs import RunFolder, StepResult
from seismomag.experiment.tables import read_report_tables, read_table
from seismomag.experiment.worlds import find_world
from seismomag.figures.day import day_figure
from seismomag.figures.map import station_map
from seismomag.figures.training import history_table, training_curves
from seismomag.signal.quality import flag
from seismomag.signal.wavelet import scalogram

if TYPE_CHECKING:
    from pathlib import Path

GOOD_COVERAGE = 0.98
ONE_DAY = np.timedelta64(1, "D")

# The abstract of the reference system (IEEE Access, 2026): 28 exclusive blind cases.
PAPER: Mapping[str, tuple[str, str]] = {
    "recall": ("Recall", "100.0 % of the positives among 28 cases"),
    "precision": ("Operational precision", "61.5 % (28 cases)"),
    "maae_deg": ("Mean absolute angular error, degrees", "72.32 (28 cases)"),
}
LEVELS: Mapping[str, tuple[str, str]] = {
    "event": ("events", "n_events"),
    "row": ("station-days", "n_rows"),
    "day": ("days of the network", "n_days"),
}
REFERENCE_COLUMNS = ["quantity", "ours", "n", "low", "high", "base_rate", "paper"]


def report(config: RunConfig, folder: RunFolder, progress: Progress) -> StepResult:
    """Write ``report.html``."""
    content = page_of(config, folder, progress)
    write_report(content, folder / "report.html")
    return StepResult(facts={"page": "report.html"})


def write_arms(
    configs: Mapping[str, RunConfig], folders: Mapping[str, RunFolder], path: "Path"
) -> "Path":
    """Write one page for several runs of one world, the first in full, all side by side."""
    first = next(iter(configs))
    content = page_of(configs[first], folders[first], silent)
    arms = tuple(
        Arm(name=configs[name].run.title, report=read_report_tables(folders[name] / "audit"))
        for name in configs
    )
    return write_report(
        ReportInput(
            title=content.title,
            report=content.report,
            sections=content.sections,
            provenance=content.provenance,
            reference=content.reference,
            reasons=content.reasons,
            arms=arms,
        ),
        path,
    )


def page_of(config: RunConfig, folder: RunFolder, progress: Progress) -> ReportInput:
    """Collect what the page shows."""
    audit = read_report_tables(folder / "audit")
    record = folder.record()
    provenance: dict[str, Any] = {}
    if record is not None:
        provenance = {
            "title": record.title,
            "seed": record.seed,
            "command": record.command,
            "config_sha256": record.config_sha256,
            "commit": record.commit,
            "versions": dict(record.versions),
            "steps": {name: step.digest[:12] for name, step in record.steps.items()},
        }
    return ReportInput(
        title=config.run.title,
        report=audit,
        sections=(
            _map_section(config, folder, audit),
            _day_section(config, folder, progress),
            _training_section(folder),
            explain_section(folder),
        ),
        provenance=provenance,
        reference=beside_the_paper(audit) if config.report.beside_the_paper else None,
        reasons=tuple(record.reasons()) if record else (),
    )


def beside_the_paper(audit: AuditReport) -> pd.DataFrame:
    """Our figures beside those of the abstract, at each level, with n and base rate.

    The abstract does not say what its cases are; so every level stands here.
    """
    rows: list[tuple[object, ...]] = []
    for quantity, (name, paper) in PAPER.items():
        for level, (unit, count) in LEVELS.items():
            found, base = (_cell(audit, q, level) for q in (quantity, "base_rate"))
            if found is None:
                continue
            rate = np.nan if base is None or quantity == "maae_deg" else base["value"]
            bounds = found["low"], found["high"]
            rows.append((f"{name}, {unit}", found["value"], found[count], *bounds, rate, paper))
    return pd.DataFrame(rows, columns=REFERENCE_COLUMNS)


def _cell(audit: AuditReport, quantity: str, level: str) -> "pd.Series[Any] | None":
    table = audit.table
    found = table[(table["quantity"] == quantity) & (table["level"] == level)]
    return None if found.empty else found.iloc[0]


def _map_section(config: RunConfig, folder: RunFolder, audit: AuditReport) -> Section:
    events = audit.curves.get("events")
    caption = "Stations, and the target events of the scored period."
    if events is None or events.empty:
        events = read_table(folder / "catalogue.csv", "catalogue")
        caption = "Stations; no event of the scored period is a target, so all events are drawn."
    return Section(
        key="map",
        title="The network",
        figure=station_map(config.stations, events),
        caption=caption,
    )


def _day_section(config: RunConfig, folder: RunFolder, progress: Progress) -> Section:
    title = "One day, as the network sees it"
    chosen = example_day(config, folder)
    if chosen is None:
        return Section(key="day", title=title, reason="no station-day with enough data")
    code, day = chosen
    try:
        recording = _with_neighbours(config, folder, code, day, progress)
    except SeismomagError as error:
        return Section(key="day", title=title, reason=str(error))
    if recording is None:
        return Section(key="day", title=title, reason=f"{code} {day}: no recording")
    picture = scalogram(recording).sel(time=slice(day, day + ONE_DAY - np.timedelta64(1, "s")))
    shown = recording.sel(time=slice(day, day + ONE_DAY - np.timedelta64(1, "s")))
    station = next(s for s in config.stations if s.station_code == code)
    return Section(
        key="day",
        title=title,
        figure=day_figure(flag(shown), picture, station=station),
        caption="The three components with their flags, and their wavelet amplitudes below.",
    )


def example_day(config: RunConfig, folder: RunFolder) -> tuple[str, np.datetime64] | None:
    """Station and day that the report draws: as told, or the first well covered test day."""
    if config.report.example_day:
        code = config.report.example_station or config.stations[0].station_code
        return code, np.datetime64(config.report.example_day, "D")
    samples = read_table(folder / "samples.csv", "samples")
    good = samples[samples["coverage"] >= GOOD_COVERAGE]
    best = good[good["split"] == "test"]
    pool = best if len(best) else good
    if pool.empty:
        return None
    row = pool.iloc[0]
    return str(row["station_code"]), np.datetime64(row["window_start"], "D")


def _with_neighbours(
    config: RunConfig, folder: RunFolder, code: str, day: np.datetime64, progress: Progress
) -> xr.Dataset | None:
    source = find_world(config, folder, progress).source
    if source.load_day(code, day) is None:
        return None
    days = [source.load_day(code, day + step * ONE_DAY) for step in (-1, 0, 1)]
    present = [d for d in days if d is not None and d["time"].size]
    return xr.concat(present, dim="time", combine_attrs="override") if present else None


def _training_section(folder: RunFolder) -> Section:
    title = "Training"
    file = folder / "model" / "metrics.jsonl"
    if not file.is_file():
        return Section(key="training", title=title, reason="no network was trained")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    description = json.loads((folder / "model" / "model.json").read_text(encoding="utf-8"))
    return Section(
        key="training",
        title=title,
        figure=training_curves(history_table(rows), chosen_epoch=description["selection"]["epoch"]),
        caption="Parts of the loss, and the skill on validation by which the epoch was chosen.",
    )
