"""Direction: what the forecast named, and what the catalogue alone would have named."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.case import AuditCase
from seismomag.audit.circular import (
    angular_error_deg,
    axis_error_deg,
    best_constant_deg,
    combined_azimuth_deg,
    permutation_p,
    rayleigh_p,
    resultant_length,
    uniform_maae_p,
    v_test,
)
from seismomag.audit.intervals import (
    MINIMUM_EVENTS,
    NOTHING,
    TOO_FEW,
    cluster_sums,
    cluster_t,
    percentile_interval,
    resampled_weights,
)
from seismomag.audit.ring import Targets
from seismomag.audit.rows import Rows
from seismomag.audit.table import Line
from seismomag.core.geodesy import circular_difference_deg, circular_mean_deg
from seismomag.dataset.labels import target_pairs

Floats = NDArray[np.float64]
COLLAPSED_R = 0.9
COLUMNS = (
    "event_id",
    "station_code",
    "azimuth_true_deg",
    "azimuth_deg",
    "kappa",
    "error_deg",
    "constant_deg",
    "constant_error_deg",
)


def station_constants(case: AuditCase) -> dict[str, float]:
    """Find the best constant azimuth of each station in the events of the training period.

    The training period ends with the last horizon of a training row; without training rows,
    before the first test row is issued. A station without events there has none.
    """
    train = case.samples[case.samples["split"] == "train"]
    test = case.samples[case.samples["split"] == "test"]
    end = train["horizon_end"].max() if len(train) else test["issue_time"].min()
    if not test.empty:
        end = min(end, test["issue_time"].min())
    events = case.catalogue.events
    # Cut before declustering: a later, larger shock would turn earlier ones into foreshocks.
    known = replace(case.catalogue, events=events[events["origin_time"] < end])
    past = target_pairs(case.stations, known, case.rule)
    return {
        str(code): best_constant_deg(mine["azimuth_deg"])
        for code, mine in past.groupby("station_code", sort=True)
    }


def pair_table(
    forecast: pd.DataFrame, targets: Targets, constants: dict[str, float]
) -> pd.DataFrame:
    """Name one azimuth for each scored event at each of its stations.

    The azimuths of all test rows whose horizon holds the event are summed as vectors of length
    kappa (1 where no kappa is given). Pairs without any azimuth are left out.

    Returns
    -------
    table
        Columns :data:`COLUMNS` [degrees].
    """
    said = forecast[forecast["azimuth_deg"].notna()]
    by_station = {str(c): mine for c, mine in said.groupby("station_code", sort=True)}
    lines = []
    for pair in targets.table.itertuples(index=False):
        mine = by_station.get(str(pair.station_code))
        if mine is None:
            continue
        within = (mine["horizon_start"] <= pair.origin_time) & (
            pair.origin_time < mine["horizon_end"]
        )
        if not within.any():
            continue
        kappa = mine.loc[within, "azimuth_kappa"].fillna(1.0)
        azimuth, length = combined_azimuth_deg(mine.loc[within, "azimuth_deg"], kappa)
        lines.append((pair.event_id, str(pair.station_code), pair.azimuth_deg, azimuth, length))
    table = pd.DataFrame(lines, columns=list(COLUMNS[:5]))
    table["error_deg"] = angular_error_deg(table["azimuth_deg"], table["azimuth_true_deg"])
    table["constant_deg"] = table["station_code"].map(constants).astype(np.float64)
    table["constant_error_deg"] = angular_error_deg(
        table["constant_deg"], table["azimuth_true_deg"]
    )
    return table


PERMUTATIONS = 10_000
"""Exchanges of azimuths among the events of each station."""


@dataclass(frozen=True)
class _Errors:
    """Errors of pairs [degrees] and the unit of each."""

    mine: Floats
    constant: Floats
    axis: Floats
    unit: NDArray[np.int64]


def event_lines(pairs: pd.DataFrame, n_draws: int, seed: int) -> list[Line]:
    """Angular errors with one earthquake as the unit: the mean over its stations first."""
    unit, names = pd.factorize(pairs["event_id"])
    errors = _Errors(
        pairs["error_deg"].to_numpy(dtype=np.float64),
        pairs["constant_error_deg"].to_numpy(dtype=np.float64),
        axis_error_deg(pairs["azimuth_deg"], pairs["azimuth_true_deg"]),
        unit.astype(np.int64),
    )
    per_event = _per_unit(errors)
    return _lines("event", per_event, len(pairs), len(names), n_draws, seed)


def row_lines(rows: Rows, constants: dict[str, float], n_draws: int, seed: int) -> list[Line]:
    """Angular errors of the single event rows, with earthquakes as units of the interval."""
    known = rows.event & rows.table["forecast_deg"].notna().to_numpy()
    table = rows.table[known]
    errors = _Errors(
        angular_error_deg(table["forecast_deg"], table["azimuth_deg"]),
        angular_error_deg(
            table["station_code"].map(constants).astype(np.float64), table["azimuth_deg"]
        ),
        axis_error_deg(table["forecast_deg"], table["azimuth_deg"]),
        rows.cluster[known],
    )
    n_events = int(np.unique(errors.unit).size)
    return _lines("row", errors, len(table), n_events, n_draws, seed)


def _per_unit(errors: _Errors) -> _Errors:
    columns = (errors.mine, errors.constant, errors.axis, np.ones(errors.unit.size))
    mine, constant, axis, n = cluster_sums(errors.unit, *columns)
    return _Errors(mine / n, constant / n, axis / n, np.arange(n.size))


def _lines(
    level: str, errors: _Errors, n_rows: int, n_events: int, n_draws: int, seed: int
) -> list[Line]:
    unit = np.unique(errors.unit, return_inverse=True)[1].astype(np.int64)
    both = np.isfinite(errors.constant)
    maae, constant = _mean(errors.mine), _mean(errors.constant[both])
    skill = 1 - _mean(errors.mine[both]) / constant if constant else float("nan")
    low, high = _skill_interval(errors, unit, n_events, n_draws, seed)
    p = uniform_maae_p(maae, n_events)

    def line(name: str, value: float, interval: tuple[float, float], ref: float, note: str) -> Line:
        return Line(name, level, value, *interval, ref, n_rows, n_events, 0, note)

    known_unit = unit[both]
    return [
        line("maae_deg", maae, _interval(errors.mine, unit), 90.0, _note(n_events)),
        line(
            "maae_station_constant_deg",
            constant,
            _interval(errors.constant[both], known_unit),
            90.0,
            f"learnt before the test; {_note(n_events)}",
        ),
        line("azimuth_skill", skill, (low, high), 0.0, "1 - MAAE / MAAE of the station constant"),
        line(
            "axis_error_deg", _mean(errors.axis), _interval(errors.axis, unit), 45.0, "undirected"
        ),
        line("maae_uniform_p", p, NOTHING, 0.05, "one-sided, one error per event"),
    ]


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")


def _note(n_events: int) -> str:
    return "cluster-t" if n_events >= MINIMUM_EVENTS else TOO_FEW


def _interval(values: Floats, unit: NDArray[np.int64]) -> tuple[float, float]:
    if np.unique(unit).size < MINIMUM_EVENTS:
        return NOTHING
    total, n = cluster_sums(unit, values, np.ones(values.size))
    low, high = cluster_t(total, n)
    return float(np.clip(low, 0, 180)), float(np.clip(high, 0, 180))


def _skill_interval(
    errors: _Errors, unit: NDArray[np.int64], n_events: int, n_draws: int, seed: int
) -> tuple[float, float]:
    both = np.isfinite(errors.constant)
    if n_events < MINIMUM_EVENTS or not both.any():
        return NOTHING
    mine, constant = cluster_sums(unit[both], errors.mine[both], errors.constant[both])
    weights = resampled_weights(mine.size, n_draws, np.random.default_rng(seed))
    whole = weights @ constant
    skill = np.full(n_draws, np.nan)
    np.divide(weights @ mine, whole, out=skill, where=whole > 0)
    return percentile_interval(1 - skill)


def _circle_lines(pairs: pd.DataFrame, n_events: int) -> list[Line]:
    """V-test and Rayleigh test on signed errors, one per event; R of the predictions."""
    if pairs.empty:
        return []
    signed = circular_difference_deg(pairs["azimuth_deg"], pairs["azimuth_true_deg"])
    each = pd.Series(signed).groupby(pairs["event_id"].to_numpy()).apply(circular_mean_deg)
    error = each.to_numpy(dtype=np.float64)
    said = resultant_length(pairs["azimuth_deg"])
    collapsed = "COLLAPSED: one direction whatever happens" if said > COLLAPSED_R else "spread"
    values = (
        ("mean_cos_error", float(np.cos(np.deg2rad(error)).mean()), 0.0, "1 is perfect"),
        ("v_test_p", v_test(error)[1], 0.05, "errors against 0 deg, one per event"),
        ("rayleigh_error_p", rayleigh_p(error), 0.05, "errors against any one direction"),
        ("azimuth_resultant", said, COLLAPSED_R, f"R of the predictions: {collapsed}"),
    )
    return [
        Line(name, "event", value, reference=reference, n_events=n_events, note=note)
        for name, value, reference, note in values
    ]


def station_permutation(pairs: pd.DataFrame, n_draws: int, seed: int) -> tuple[float, float]:
    """Permute azimuths among the events of each station; p and null mean [degrees]."""
    if pairs.empty:
        return float("nan"), float("nan")
    station = pd.factorize(pairs["station_code"], sort=True)[0].astype(np.int64)
    order = np.argsort(station, kind="stable")
    return permutation_p(
        pairs["azimuth_deg"].to_numpy(dtype=np.float64)[order],
        pairs["azimuth_true_deg"].to_numpy(dtype=np.float64)[order],
        station[order],
        n_draws=n_draws,
        generator=np.random.default_rng(seed),
    )


def judge(case: AuditCase, targets: Targets, rows: Rows) -> tuple[pd.DataFrame, list[Line]]:
    """Table of the pairs, and every quantity of direction at the levels of events and rows."""
    constants = station_constants(case)
    split = case.samples.set_index("sample_id")["split"]
    test = case.forecast[case.forecast["sample_id"].map(split) == "test"]
    pairs = pair_table(test, targets, constants)
    lines = event_lines(pairs, case.n_bootstrap, case.seed)
    lines += row_lines(rows, constants, case.n_bootstrap, case.seed)
    p, mean = station_permutation(pairs, PERMUTATIONS, case.seed)
    note = f"azimuths exchanged among the events of each station (null mean {mean:.1f} deg)"
    n = int(pairs["event_id"].nunique())
    lines.append(Line("maae_permutation_p", "event", p, reference=0.05, n_events=n, note=note))
    lines += _circle_lines(pairs, n)
    return pairs, lines
