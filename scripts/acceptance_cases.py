"""Acceptance figures that need a whole case, a recording or real tables."""

import json
import os
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, stats

from seismomag.audit.foreign.forecast import ForeignMap, clean, read_foreign
from seismomag.audit.foreign.judge import judge_foreign

NATIONAL_AUC = {"a": 0.410, "b": 0.547, "c": 0.521, "c gated": 0.400}
NATIONAL_P = {"a": 0.96, "b": 0.22, "c": 0.31, "c gated": 0.94}
LISTS = {
    "a": ("a", {"date": "date", "probability": "prob_final", "event": "y_event",
                "azimuth_deg": "pred_azm", "azimuth_true_deg": "y_azm"}),
    "b": ("b", {"date": "Date", "probability": "Max_Station_Prob", "event": "Actual_Event"}),
    "c": ("c", {"date": "date", "probability": "prob_raw", "event": "y_event"}),
    "c gated": ("c", {"date": "date", "probability": "prob_gated", "event": "y_event"}),
}  # fmt: skip
NOISE_NT = 0.05
N_S = 3600
BAND_HZ = (0.0100, 0.0125)


def real_folder():
    """Folder of the published tables, or None."""
    named = os.environ.get("SEISMOMAG_REAL_DATA")
    root = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    folder = root / "predictions"
    return folder if folder.is_dir() else None


def national_lists(size):
    """16: the three published national lists give the known figures."""
    folder = real_folder()
    if folder is None:
        return None
    out = {}
    for name, (letter, columns) in LISTS.items():
        table = read_foreign(folder / f"national_2026_{letter}.csv", ForeignMap(columns=columns))
        report = judge_foreign(table, n_bootstrap=100)
        first = report.nulls.iloc[0]
        out[f"{name}: AUC - {NATIONAL_AUC[name]}"] = first["observed"] - NATIONAL_AUC[name]
        out[f"{name}: p - {NATIONAL_P[name]}"] = first["p"] - NATIONAL_P[name]
        if name == "a":
            said = report.table.set_index("quantity").loc["azimuth_resultant", "note"]
            out["a: azimuth COLLAPSED"] = float("COLLAPSED" in said)
    return out | _published_splits(folder)


def _published_splits(folder):
    """What is wrong with the published training and validation tables."""
    from seismomag.audit.leaks.checks import CHECKS
    from seismomag.experiment.foreign_tables import read_tables

    case = read_tables([folder / f"split_{part}.csv.xz" for part in ("train", "val")]).case
    copied, indices, filled = (CHECKS[name](case) for name in ("C04", "C11", "C16"))
    alone = re.search(r"Kp and Dst alone, training rows: AUC ([0-9.]+)", indices.sentence)
    return {
        "station-days in both": float(copied.sentence.split()[0]),
        "AUC of Kp and Dst alone": float(alone[1]) if alone else float("nan"),
        "fill values": float(filled.severity == "RED"),
    }


def silent_in_storms(size):
    """17: a model without alarms in storms is told that this is no merit."""
    from seismomag.audit.rows import Rows
    from seismomag.audit.storm_match import compare
    from seismomag.audit.storms import storm_lines, storm_table

    rng = np.random.default_rng(17)
    n = 2000
    day = np.datetime64("2015-01-01", "ns") + np.arange(n) * np.timedelta64(1, "D")
    kp = np.where(np.arange(n) % 25 < 2, 6.0, 2.0)
    table = pd.DataFrame({"horizon_start": day, "kp_max": kp, "dst_min_nt": np.nan})
    event = rng.random(n) < 0.2
    other = rng.random(n) < 0.3
    alarm = other & (kp < 5)
    cluster = (np.arange(n) // 14).astype(np.int64)
    rows = Rows(table, alarm.astype(float), event, cluster, 0, 0)
    notes = [line.note for line in storm_lines(storm_table(rows, alarm, n_draws=200, seed=1))]
    told = compare(rows, alarm, other, n_draws=200, seed=1)["conclusion"]
    wanted = "storm recall 0, FAR reduction uninformative"
    return {
        "says uninformative": float(all(wanted in note for note in notes)),
        "matched says silent": float(wanted in str(told)),
    }


def same_bytes(size):
    """26: the same seed gives the same bytes, and the report says how it was made."""
    from seismomag.experiment.tables import write_report_tables

    rng = np.random.default_rng(26)
    days = pd.date_range("2020-01-01", periods=400).strftime("%Y-%m-%d")
    event = np.repeat(rng.random(100) < 0.3, 4)
    raw = pd.DataFrame({"date": days, "p": rng.random(400).round(4), "y": event.astype(int)})
    columns = ForeignMap(columns={"date": "date", "probability": "p", "event": "y"})
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("one", "two"):
            report = judge_foreign(clean(raw.astype(str), columns), seed=5, n_bootstrap=200)
            write_report_tables(report, Path(folder) / name)
            found.append((Path(folder) / name / "audit.json").read_bytes())
    told = json.loads(found[0])["provenance"]
    wanted = {"seed", "versions", "forecast_sha256", "n_rows", "n_event_runs", "n_days"}
    return {
        "byte-identical": float(found[0] == found[1]),
        "provenance complete": float(wanted <= set(told)),
    }


def injection(size):
    """11: a detector whose curve is known by formula is recovered; controls stay silent."""
    from seismomag.audit.injection.recovery import fit_efficiency, recover

    rng = np.random.default_rng(11)
    dof, threshold = _detector()
    plan = _signal("noise")
    grid = np.array([0.0, 0.0005, 0.001, 0.002, 0.003, 0.004, 0.006, 0.01, 0.02])
    # Fresh background for every injection: the detector's own noise must be drawn anew.
    n = max(int(200 * size), 60)
    found = pd.concat(
        [
            recover(_run(threshold), [_background(rng) for _ in range(n)], plan,
                    amplitudes_nt=(a,), n_each=n, threshold=0.5, seed=11 + i)
            for i, a in enumerate(grid)
        ]
    )  # fmt: skip
    fit = fit_efficiency(grid, found["n_recovered"].to_numpy(), found["n"].to_numpy())
    fitted = optimize.isotonic_regression(found["rate"].to_numpy()).x
    zero = found.iloc[0]
    controls = {}
    for name, kind, azimuth in (("off-band", "off_band", 0.0), ("all-station", "noise", 45.0)):
        told = recover(
            _run(threshold, has_reference=azimuth > 0), [_background(rng) for _ in range(n)],
            _signal(kind, azimuth), amplitudes_nt=(0.02,), n_each=n, threshold=0.5, seed=99,
        )  # fmt: skip
        # The share itself scatters by two standard errors.
        error = 2 * np.sqrt(0.05 * 0.95 / n)
        controls[f"{name} excess"] = float(told["rate"].iloc[0] - 0.05 - error)
    return {
        "nominal rate inside the interval of e0": float(zero["low"] <= 0.05 <= zero["high"]),
        "isotonic misfit": float(np.abs(fitted - found["rate"]).mean()),
        "A50 over the analytic one": fit.a50_nt / _analytic_a50(dof, threshold, fit.e0),
        **controls,
    }


def _bins():
    frequency = np.fft.rfftfreq(N_S)
    return np.flatnonzero((frequency >= BAND_HZ[0]) & (frequency <= BAND_HZ[1]))


def _detector():
    """Degrees of freedom of the in-band power of H, and its threshold at a false rate of 5 %."""
    dof = 2 * _bins().size
    return dof, float(stats.chi2.isf(0.05, dof))


def _run(threshold, *, has_reference=False):
    """Detector of in-band power of the first component.

    With a reference the second component stands for another station: what both see is taken off.
    """

    def run(recording):
        here, there = recording["field"].values[:2]
        field, noise = (here - there, np.sqrt(2) * NOISE_NT) if has_reference else (here, NOISE_NT)
        spectrum = np.fft.rfft(field)[_bins()]
        power = float((np.abs(spectrum) ** 2).sum() * 2 / (N_S * noise**2))
        return pd.DataFrame({"probability": [float(power >= threshold)]})

    return run


def _analytic_a50(dof, threshold, e0):
    """Amplitude at which half of the rest is found: the power is a non-central chi square."""

    def excess(amplitude):
        strength = amplitude**2 * N_S / NOISE_NT**2
        return stats.ncx2.sf(threshold, dof, strength) - (1 + e0) / 2

    return optimize.brentq(excess, 1e-5, 1.0)


def _signal(kind, azimuth_deg=0.0):
    from seismomag.audit.injection.signals import SignalPlan

    return SignalPlan(
        kind=kind,
        band_hz=BAND_HZ,
        azimuth_deg=azimuth_deg,
        z_to_h=0.0,
        night_local_h=(0.0, 23.99),
        ramp_s=1.0,
    )


def _background(rng):
    from seismomag.audit.injection.recovery import Background
    from seismomag.core.recording import make_recording

    recording = make_recording(
        rng.normal(0, NOISE_NT, (3, N_S)), np.datetime64("2024-01-01T12:00:00"), sampling_hz=1.0,
        frame="HDZ", station_code="AAA", source_format="test", source_sha256="0" * 64,
    )  # fmt: skip
    return Background(recording, 0.0)
