"""What a set of injections says: efficiency curves, controls, and the condition of the ladder.

One row for each injection goes in; curves come out for each signal, station and stratum of Kp,
and for each distance of a physical source, whose strength is its moment [A m].
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from seismomag.audit.circular import angular_error_deg
from seismomag.audit.injection.recovery import Efficiency, control_passes, fit_efficiency, is_passed
from seismomag.audit.intervals import clopper_pearson

ROLES = ("none", "signal", "control", "dipole", "turned")
"""Nothing injected, a signal, a control, a physical source, and pairs that differ by 180 deg."""

ROW_COLUMNS = (
    "role",
    "signal",
    "station_code",
    "day",
    "kp_max",
    "strength",
    "distance_km",
    "azimuth_deg",
    "z_to_h",
    "background_nt",
    "pair",
    "probability",
    "said_azimuth_deg",
    "is_recovered",
)
CURVE_COLUMNS = (
    "signal",
    "unit",
    "by",
    "stratum",
    "strength",
    "n",
    "n_recovered",
    "n_without_forecast",
    "rate",
    "low",
    "high",
)
FIT_COLUMNS = (
    "signal",
    "unit",
    "by",
    "stratum",
    "n",
    "e0",
    "e0_low",
    "e0_high",
    "s50",
    "s50_low",
    "s50_high",
    "s90",
    "steepness",
    "background_nt",
)
CONTROL_COLUMNS = ("control", "strength_nt", "n", "n_recovered", "rate", "low", "high", "passes")
EXPECTED_CONTROLS = ("off_band", "step", "all_station")
KP_EDGES = ((-np.inf, 3.0, "Kp < 3"), (3.0, 5.0, "Kp 3 to 5"), (5.0, np.inf, "Kp >= 5"))
SAME_DEG = 1.0


@dataclass(frozen=True)
class InjectionReport:
    """The efficiency of a detector.

    Attributes
    ----------
    efficiency
        Columns :data:`CURVE_COLUMNS`: shares recovered at each strength, with Clopper-Pearson
        intervals; the unit is nT (rms in band during the on-time) or A m.
    fits
        Columns :data:`FIT_COLUMNS`: e0, strength at half and at nine tenths of the rest,
        infinite where the strongest injection does not reach it.
    controls
        Columns :data:`CONTROL_COLUMNS`.
    nominal_rate
        Share of runs without a target of the run itself that reach the threshold.
    is_passed, sentence
        Condition ``injection`` of the ladder, and why.
    facts
        Further findings, such as whether the azimuth tells an axis only.
    """

    efficiency: pd.DataFrame
    fits: pd.DataFrame
    controls: pd.DataFrame
    nominal_rate: float
    is_passed: bool
    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def summarise(
    rows: pd.DataFrame, nominal_rate: float, facts: Mapping[str, Any] | None = None
) -> InjectionReport:
    """Turn injections into curves.

    Parameters
    ----------
    rows
        Columns :data:`ROW_COLUMNS`, one row for each injection; ``strength`` in nT, for the role
        ``dipole`` in A m.
    nominal_rate
        False alarm rate of the run at the frozen threshold.
    facts
        Kept in the report.
    """
    curves, fits = [], []
    for signal, unit, by, stratum, mine in _groups(rows):
        table = _curve(mine)
        curves.append(table.assign(signal=signal, unit=unit, by=by, stratum=stratum))
        fitted = _fit(table)
        if fitted is not None:
            noise = float(mine["background_nt"].median()) if len(mine) else np.nan
            strongest = float(table["strength"].max())
            numbers = _numbers(fitted, strongest)
            fits.append((signal, unit, by, stratum, len(mine), *numbers, noise))
    told = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=CURVE_COLUMNS)
    controls = _controls(rows, nominal_rate)
    fit_table = pd.DataFrame(fits, columns=list(FIT_COLUMNS))
    passed, sentence = _decide(told, controls, nominal_rate)
    return InjectionReport(
        efficiency=told[list(CURVE_COLUMNS)],
        fits=fit_table,
        controls=controls,
        nominal_rate=nominal_rate,
        is_passed=passed,
        sentence=sentence,
        facts={**(facts or {}), "azimuth_is_axis_only": _is_axis_only(rows)},
    )


def kp_stratum(kp_max: pd.Series) -> pd.Series:
    """Name the Kp stratum of each row."""
    out = pd.Series("Kp unknown", index=kp_max.index, dtype="object")
    for low, high, name in KP_EDGES:
        out[(kp_max >= low) & (kp_max < high)] = name
    return out


def _groups(rows: pd.DataFrame) -> Iterator[tuple[str, str, str, str, pd.DataFrame]]:
    """Signals as a whole, by station and by Kp, then sources by distance; zeros in each."""
    zero = rows[rows["role"] == "none"]
    for signal, mine in rows[rows["role"] == "signal"].groupby("signal", sort=False):
        whole = pd.concat([zero, mine])
        yield str(signal), "nT", "all", "all", whole
        for by, key in (("station", whole["station_code"]), ("kp", kp_stratum(whole["kp_max"]))):
            names = sorted(key.unique())
            # Of a single stratum the curve is that of the whole.
            for name in names if len(names) > 1 else ():
                yield str(signal), "nT", by, str(name), whole[key == name]
    dipole = rows[rows["role"] == "dipole"]
    for signal, sources in dipole.groupby("signal", sort=False):
        for distance in np.unique(sources["distance_km"].to_numpy(dtype=np.float64)):
            mine = sources[sources["distance_km"] == distance]
            yield str(signal), "A m", "distance", f"{distance:g} km", pd.concat([zero, mine])


def _curve(rows: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for strength, mine in rows.groupby("strength"):
        n, found = len(mine), int(mine["is_recovered"].sum())
        empty = int(mine["probability"].isna().sum())
        lines.append((strength, n, found, empty, found / n, *clopper_pearson(found, n)))
    return pd.DataFrame(lines, columns=list(CURVE_COLUMNS[4:]))


def _fit(table: pd.DataFrame) -> Efficiency | None:
    if table.empty or not (table["strength"] == 0).any() or not (table["strength"] > 0).any():
        return None
    columns = (table["strength"], table["n_recovered"], table["n"])
    strength, found, n = (column.to_numpy() for column in columns)
    return fit_efficiency(strength.astype(np.float64), found, n)


def _numbers(fit: Efficiency, strongest: float) -> tuple[float, ...]:
    """Numbers of a curve; what lies beyond the strongest injection was not reached: infinite."""
    s50, s90 = (s if s <= strongest else np.inf for s in (fit.a50_nt, fit.a90_nt))
    return (
        fit.e0,
        *fit.e0_interval,
        s50,
        *fit.a50_interval_nt,
        s90,
        fit.steepness,
    )


def _controls(rows: pd.DataFrame, nominal_rate: float) -> pd.DataFrame:
    lines = []
    for (name, strength), mine in rows[rows["role"] == "control"].groupby(
        ["signal", "strength"], sort=False
    ):
        n, found = len(mine), int(mine["is_recovered"].sum())
        low, high = clopper_pearson(found, n)
        line = pd.DataFrame({"rate": [found / n], "low": [low]})
        passes = control_passes(line, nominal_rate)
        lines.append((name, strength, n, found, found / n, low, high, passes))
    return pd.DataFrame(lines, columns=list(CONTROL_COLUMNS))


def _decide(
    efficiency: pd.DataFrame, controls: pd.DataFrame, nominal_rate: float
) -> tuple[bool, str]:
    whole = efficiency[efficiency["by"] == "all"]
    said: dict[str, bool] = {}
    parts = [controls[controls["control"] == name] for name in EXPECTED_CONTROLS]
    for signal, table in whole.groupby("signal", sort=False):
        zero, fit = table[table["strength"] == 0], _fit(table)
        if fit is None or zero.empty:
            said[f"{signal}: no injection of strength 0 or none above"] = False
            continue
        passed, why = is_passed(fit, zero.iloc[0], [p for p in parts if len(p)], nominal_rate)
        if fit.a50_nt > table["strength"].max():
            passed, why = False, "half of the rest is not reached by the largest amplitude"
        said[f"{signal}: {why}"] = passed
    if not said:
        return False, "nothing was injected"
    absent = [name for name, part in zip(EXPECTED_CONTROLS, parts, strict=True) if part.empty]
    loud = _loud(controls)
    sentences = [*said, *([f"control not injected: {', '.join(absent)}"] if absent else []), *loud]
    return all(said.values()) and not absent, "; ".join(sentences)


def _loud(controls: pd.DataFrame) -> list[str]:
    """Name the controls that raise alarms."""
    bad = controls[~controls["passes"].astype(bool)]
    return [
        f"{row['control']} of {row['strength_nt']:g} nT raises alarms in {row['rate']:.2f}"
        for row in bad.to_dict("records")
    ]


def _is_axis_only(rows: pd.DataFrame) -> bool | None:
    """Whether signals turned by 180 degrees get the same azimuth; None without an azimuth."""
    pairs = rows[rows["role"] == "turned"].dropna(subset=["said_azimuth_deg"])
    by_pair: Sequence[pd.Series] = [
        mine for _, mine in pairs.groupby("pair")["said_azimuth_deg"] if len(mine) == 2
    ]
    if not by_pair:
        return None
    moved = [float(angular_error_deg(a.iloc[0], a.iloc[1])) for a in by_pair]
    return bool(max(moved) < SAME_DEG)
