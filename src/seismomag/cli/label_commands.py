"""``seismomag labels explain``: what the label rule of a run means before anything is trained."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.cli import EXIT_DONE
from seismomag.core.schema import SPLITS, Catalogue
from seismomag.dataset.base_rates import (
    base_rate_table,
    base_rates,
    station_base_rates,
    station_identity_auc,
)
from seismomag.dataset.controls import balance, matched_controls
from seismomag.dataset.coverage_completeness import completeness_sentences
from seismomag.dataset.labels import LabelRule, make_samples, target_pairs, why_unknown
from seismomag.dataset.labels_unknown import unknown_sentences
from seismomag.dataset.splits import assign_splits, check, digest
from seismomag.experiment.config import RunConfig, read_config
from seismomag.experiment.worlds import lists_of
from seismomag.readers.catalogue_completeness import completeness

HORIZONS_DAYS = (7, 14, 30)


def beside(rule: LabelRule) -> tuple[tuple[str, LabelRule], ...]:
    """Rules that are printed beside the one of a run, without a limit of depth."""
    wide = replace(
        rule,
        minimum_by_type={},
        maximum_depth_km=np.inf,
        magnitude_edges=(0.0,),
        mainshocks_only=False,
        post_seismic_days=0,
        require_completeness=False,
    )
    energy = replace(wide, radius="energy", energy_over="event", minimum_magnitude=0.0)
    return (
        ("M >= 5, within 300 km", replace(wide, minimum_magnitude=5.0, radius=300.0)),
        ("M >= 5, within 500 km", replace(wide, minimum_magnitude=5.0, radius=500.0)),
        ("M >= 5, Dobrovolsky", replace(wide, minimum_magnitude=5.0, radius="dobrovolsky")),
        ("M >= 4.5, Dobrovolsky", replace(wide, minimum_magnitude=4.5, radius="dobrovolsky")),
        ("M >= 6, within 500 km", replace(wide, minimum_magnitude=6.0, radius=500.0)),
        ("Es >= 1e8 of one event", replace(energy, minimum_energy=1e8)),
        ("Es >= 1e8 of a day", replace(energy, minimum_energy=1e8, energy_over="day")),
    )


def explain(path: Path) -> int:
    """Print what the label rule of a configuration means.

    Every station-day whose horizon the catalogue covers counts, whether recorded or not.

    Parameters
    ----------
    path
        Configuration of a run.

    Returns
    -------
    exit_code
        0.

    Raises
    ------
    ConfigError, CoverageError, FormatError
        As for a run.
    """
    config = read_config(path)
    catalogue, weather, reasons = lists_of(config)
    samples = _label(config, config.labels, catalogue, weather)
    sections = (
        ("The rule", _rule_lines(config.labels)),
        ("The catalogue", [*reasons, *_catalogue_lines(catalogue, config.labels)]),
        ("How often an alarm that is always on is right", _rate_lines(config, catalogue, weather)),
        ("Station by station, by this rule", _station_lines(samples)),
        ("Unknown labels", _unknown_lines(config, catalogue, weather)),
        ("The splits", _split_lines(config, catalogue, samples)),
        ("Positives beside quiet rows: standardised differences", _balance_lines(samples)),
    )
    for title, lines in sections:
        sys.stdout.write(f"\n{title}\n{'-' * len(title)}\n")
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    return EXIT_DONE


def _label(
    config: RunConfig, rule: LabelRule, catalogue: Catalogue, weather: pd.DataFrame
) -> pd.DataFrame:
    reach_s = config.grid.reach_s
    return make_samples(config.stations, None, rule, catalogue, weather, reach_s=reach_s)


def _rule_lines(rule: LabelRule) -> list[str]:
    start, end = rule.horizon_start_days, rule.horizon_start_days + rule.horizon_days
    naming, method = (name.replace("_", " ") for name in (rule.naming, rule.declustering))
    return [
        f"{say_rule(rule)}.",
        f"The horizon of day D runs from 00:00 UTC of D+{start} to D+{end} (excluded).",
        f"The window lasts {rule.window_days} day(s); samples after an earthquake in range are "
        + (f"unknown for {rule.post_seismic_days} days." if rule.post_seismic_days else "kept."),
        f"The {naming} of several events names a sample; clusters are those of {method}.",
    ]


def say_rule(rule: LabelRule) -> str:
    """Say in words which earthquakes a rule counts.

    Examples
    --------
    >>> say_rule(LabelRule())
    'M >= 4.5, within 10^(0.43 M) km (Dobrovolsky), not deeper than 100 km'
    """
    if rule.radius == "energy":
        where = f"Es >= {rule.minimum_energy:g} J/km2 of one {rule.energy_over}"
    elif rule.radius == "dobrovolsky":
        where = "within 10^(0.43 M) km (Dobrovolsky)"
    else:
        where = f"within {rule.radius:g} km"
    kinds = [f"{kind} >= {least:g}" for kind, least in sorted(rule.minimum_by_type.items())]
    depth = f"not deeper than {rule.maximum_depth_km:g} km"
    parts = [f"M >= {rule.minimum_magnitude:g}", *kinds, where]
    parts += [depth] if np.isfinite(rule.maximum_depth_km) else []
    parts += ["mainshocks only"] if rule.mainshocks_only else []
    return ", ".join(parts)


def _catalogue_lines(catalogue: Catalogue, rule: LabelRule) -> list[str]:
    lines = ["", "  year   events  complete from M   b value          covered"]
    for row in completeness(catalogue).to_dict("records"):
        b = f"{row['b_value']:.2f} +- {row['b_standard_error']:.2f}"
        b = "too few" if np.isnan(row["b_value"]) else b
        size = row["magnitude_of_completeness"]
        least = "unknown" if np.isnan(size) else f"{size:.1f}"
        lines.append(
            f"  {row['period_start']:%Y} {row['n_events']:8d}  {least:>15}   {b:<16} "
            f"{row['covered_fraction']:7.0%}"
        )
    return [*lines, "", *completeness_sentences(catalogue, rule)]


def _rate_lines(config: RunConfig, catalogue: Catalogue, weather: pd.DataFrame) -> list[str]:
    cases = []
    for name, rule in (("this rule", config.labels), *beside(config.labels)):
        for days in sorted({*HORIZONS_DAYS, rule.horizon_days}):
            other = replace(rule, horizon_days=days)
            samples = _label(config, other, catalogue, weather)
            if samples["is_target"].notna().any():
                cases.append((f"{name}, {days} d", samples))
    table = base_rate_table(cases)
    lines = [f"  {'':<30} station-day  (lowest .. highest station)  any station"]
    lines += [
        f"  {row['rule']:<30} {row['base_rate']:11.2f}  ({row['lowest_station']:.2f} .. "
        f"{row['highest_station']:.2f})              {row['any_station']:9.2f}"
        for row in table.to_dict("records")
    ]
    return [*lines, "", "A precision says nothing without the number of its rule in this table."]


def _station_lines(samples: pd.DataFrame) -> list[str]:
    rates = station_base_rates(samples)
    lines = [
        f"  {row['station_code']:<5} {row['base_rate']:.3f}   {row['n_events']:4d} events"
        for row in rates.to_dict("records")
    ]
    spread = base_rates(samples)
    lines.append(
        f"From {spread['lowest_station']:.2f} to {spread['highest_station']:.2f}: a forecast that "
        f"knows only the station reaches an AUC of {station_identity_auc(samples):.2f}."
    )
    return lines


def _unknown_lines(config: RunConfig, catalogue: Catalogue, weather: pd.DataFrame) -> list[str]:
    days = pd.date_range(
        catalogue.coverage[0].start.floor("D"), catalogue.coverage[-1].end, inclusive="left"
    )
    codes = [s.station_code for s in config.stations]
    every = pd.MultiIndex.from_product([codes, days], names=["station_code", "day"])
    samples = make_samples(
        config.stations,
        every.to_frame(index=False),
        config.labels,
        catalogue,
        weather,
        reach_s=config.grid.reach_s,
    )
    reason = why_unknown(samples, config.stations, catalogue, config.labels)
    return [f"{said}." for said in unknown_sentences(samples, reason)] or ["None."]


def _split_lines(config: RunConfig, catalogue: Catalogue, samples: pd.DataFrame) -> list[str]:
    pairs = target_pairs(config.stations, catalogue, config.labels)
    table = samples.assign(split=assign_splits(samples, config.splits, pairs))
    check(table, config.splits, pairs)
    lines = []
    for name in SPLITS:
        part = table[table["split"] == name]
        known = part["is_target"].dropna().astype(bool)
        clusters = part["cluster_id"].dropna().nunique()
        rate = f"{known.mean():.3f}" if len(known) else "unknown"
        lines.append(f"  {name:<11} {len(part):7d} rows, base rate {rate}, {clusters} clusters")
    left = int(table["split"].isna().sum())
    lines.append(f"  {'none':<11} {left:7d} rows: embargo, shared clusters, after the end")
    return [*lines, f"Digest of all station-days: {digest(table)}"]


def _balance_lines(samples: pd.DataFrame) -> list[str]:
    controls = matched_controls(samples)
    table = balance(samples, controls)
    n = int(samples["is_target"].fillna(value=False).sum())
    lines = [f"  {'':<24} all quiet   matched"]
    lines += [
        f"  {row['quantity']:<24} {_number(row['all_quiet'])}  {_number(row['matched'])}"
        for row in table.to_dict("records")
    ]
    said = (
        f"{len(controls)} of {n} positives have a control of the same station, month and Kp "
        "stratum; below 0.1 in size nothing can be learnt from a quantity."
    )
    return [*lines, said]


def _number(value: float) -> str:
    return f"{'not known':>9}" if np.isnan(value) else f"{value:+9.2f}"
