"""Plausible, seeded inputs of figures and report: invented, for tests only."""

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording
from seismomag.core.schema import REPORT_COLUMNS, AuditReport, Verdict
from seismomag.core.stations import Station

CODES = tuple(
    "SBG SCN KPY LWA LPS SRG SKB CLP YOG TRT LUT ALR".split()  # noqa: SIM905
    + "SMI SRO TNT TND GTO LWK PLU TRD JYP AMB GSI MLB".split()  # noqa: SIM905
)
LATITUDES = (
    5.9,
    -0.6,
    -3.7,
    -5.0,
    -5.8,
    -6.2,
    -7.1,
    -7.7,
    -7.8,
    -7.7,
    -8.2,
    -8.1,
    -7.0,
    -0.9,
    0.8,
    1.3,
    0.6,
    -1.0,
    -0.6,
    3.3,
    -2.5,
    -3.7,
    1.3,
    4.1,
)
LONGITUDES = (
    95.3,
    100.3,
    102.6,
    104.1,
    105.6,
    106.1,
    106.5,
    109.0,
    110.3,
    112.6,
    116.4,
    124.6,
    131.3,
    131.3,
    127.4,
    124.9,
    123.1,
    122.8,
    119.9,
    117.6,
    140.7,
    128.1,
    97.6,
    96.1,
)

FIXED = (
    "Experimental anomaly score; not a forecast; no skill demonstrated (p = 0.31, n = 24 events)."
)


def make_stations(n=24):
    zones = ["Asia/Jakarta" if x < 115 else "Asia/Makassar" for x in LONGITUDES]
    rows = list(zip(CODES, LATITUDES, LONGITUDES, zones, strict=True))[:n]
    return tuple(
        Station(station_code=c, latitude_deg=y, longitude_deg=x, name=c.title(), time_zone=z)
        for c, y, x, z in rows
    )


def make_events(n=60, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "latitude_deg": rng.uniform(-11, 6, n),
            "longitude_deg": rng.uniform(94, 142, n),
            "depth_km": rng.choice([10.0, 33.0, 120.0], n),
            "magnitude": 4.5 + rng.exponential(0.6, n),
            "is_hit": rng.random(n) < 0.2,
        }
    )


def make_day(seed=1, hz=1.0, hours=24.0, gap=True, code="ALR"):
    rng = np.random.default_rng(seed)
    n = round(hours * 3600 * hz)
    t = np.arange(n) / hz
    walk = np.cumsum(rng.normal(0, 0.02 / np.sqrt(hz), (3, n)), axis=1)
    quiet = np.array([[40.0], [-20.0], [25.0]]) * np.sin(2 * np.pi * t / 86400)
    packet = 0.8 * np.sin(2 * np.pi * 0.022 * t) * np.exp(-(((t - 50000) / 4000) ** 2))
    field = np.array([[37654.0], [15.7], [-23161.0]]) + walk + quiet + packet
    flags = np.zeros((3, n), np.uint16)
    if gap:
        field[:, n // 3 : n // 3 + n // 50] = np.nan
        flags[0, n // 2] = Flag.SPIKE
        field[0, n // 2] += 500
        flags[1, 3 * n // 4 : 3 * n // 4 + n // 40] = Flag.FLAT
    return make_recording(
        field,
        np.datetime64("2025-01-01"),
        sampling_hz=hz,
        frame="HDZ",
        station_code=code,
        source_format="test",
        source_sha256="0" * 64,
        flags=flags,
    )


def make_scalogram(seed=1, n_frequencies=64, n_columns=1440):
    rng = np.random.default_rng(seed)
    frequency = np.geomspace(0.01, 0.1, n_frequencies)
    times = np.datetime64("2025-01-01", "ns") + np.arange(n_columns) * np.timedelta64(60, "s")
    level = 0.05 * (frequency / 0.01)[None, :, None] ** -1.2
    swell = np.exp(np.cumsum(rng.normal(0, 0.12, (3, 1, n_columns)), axis=2) * 0.3)
    values = level * swell * rng.gamma(4, 0.25, (3, n_frequencies, n_columns))
    valid = np.full((3, n_columns), 60, np.uint8)
    valid[:, n_columns // 3 - 5 : n_columns // 3 + n_columns // 50 + 5] = 0
    return xr.DataArray(
        values.astype(np.float32),
        dims=("component", "frequency", "time"),
        coords={
            "component": list("HDZ"),
            "frequency": frequency,
            "time": times,
            "valid_s": (("component", "time"), valid),
        },
        attrs={"wavelet": "morlet6", "band_hz": (0.01, 0.1), "padding_s": 600, "version": "1"},
    )


def make_metrics(seed=1, n_epochs=14):
    rng = np.random.default_rng(seed)
    rows = []
    for epoch in range(1, n_epochs + 1):
        fall = np.exp(-epoch / 6)
        parts = {"loss": 1.3, "loss_detection": 0.6, "loss_magnitude": 0.5, "loss_azimuth": 0.9}
        for name, start in parts.items():
            value = start * (0.4 + fall) + rng.normal(0, 0.01)
            rows.append((epoch, "train", name, value))
            rows.append((epoch, "validation", name, value * 1.15 + 0.02 * epoch / 6))
        rows.append((epoch, "validation", "ap_minus_base", 0.3 * (1 - fall) - 0.004 * epoch))
    return pd.DataFrame(rows, columns=["epoch", "split", "name", "value"])


def make_curves(seed=1, n_days=200, codes=("ALR", "TNT", "PLU"), skill=1.0, n_events=24):
    rng = np.random.default_rng(seed)
    molchan, points = _molchan(skill, n_events)
    probability = np.linspace(0.05, 0.65, 9)
    n = np.array([800, 500, 300, 180, 100, 60, 30, 12, 5])
    half = 1.64 * np.sqrt(probability * (1 - probability) / n)
    reliability = pd.DataFrame(
        {
            "probability": probability,
            "n": n,
            "low": np.clip(probability - half, 0, 1),
            "frequency": np.clip(probability * 0.8 + rng.normal(0, 0.03, 9), 0, 1),
            "high": np.clip(probability + half, 0, 1),
        }
    )
    shift = np.arange(1, 400)
    near = (shift < 20) | (shift > 380)
    hits = rng.binomial(n_events, np.where(near, 0.35, 0.2)) / n_events
    shifts = pd.DataFrame({"shift_days": shift, "hit_rate": hits, "tau": 0.2, "is_near": near})
    return {
        "molchan": molchan,
        "molchan_point": points,
        "reliability": reliability,
        "shift_null": shifts,
        "azimuth": _azimuth(rng, codes, n_events),
        "storms": _storms(),
        **_calendar(rng, n_days, codes, n_events),
        "contingency": pd.DataFrame(
            {
                "level": ["row", "day"],
                "tp": [60, 30],
                "fp": [60, 25],
                "fn": [50, 20],
                "tn": [430, 125],
            }
        ),
        "power": pd.DataFrame(
            {"n_events": [n_events], "chance": [0.2], "alpha": [0.01], "smallest_gain": [2.4]}
        ),
    }


def _molchan(skill, n_events):
    tau = np.linspace(0, 1, 60)
    molchan = [pd.DataFrame({"kind": "forecast", "tau": tau, "nu": (1 - tau) ** (1 + skill)})]
    for kind, power in (
        ("recent_earthquake", 1.25),
        ("station_climatology", 1.1),
        ("kp_only", 0.95),
    ):
        molchan.append(pd.DataFrame({"kind": kind, "tau": tau, "nu": (1 - tau) ** power}))
    kinds = ["forecast", "recent_earthquake", "station_climatology", "kp_only", "always_alarm"]
    points = pd.DataFrame(
        {
            "kind": kinds,
            "tau": [0.2, 0.21, 0.19, 0.2, 1.0],
            "nu": [0.8 ** (1 + skill), 0.75, 0.78, 0.81, 0.0],
            "n_events": n_events,
            "threshold": 0.3,
        }
    )
    return pd.concat(molchan, ignore_index=True).assign(threshold=0.5), points


def _azimuth(rng, codes, n_events):
    true = rng.vonmises(1.0, 1.2, n_events * 2) % (2 * np.pi) * 180 / np.pi
    guess = (true + rng.normal(0, 35, true.size)) % 360
    error = np.abs((guess - true + 180) % 360 - 180)
    constant = np.full(true.size, 57.0)
    return pd.DataFrame(
        {
            "event_id": [f"e{i % n_events}" for i in range(true.size)],
            "station_code": rng.choice(codes, true.size),
            "azimuth_true_deg": true,
            "azimuth_deg": guess,
            "kappa": 1.5,
            "error_deg": error,
            "constant_deg": constant,
            "constant_error_deg": np.abs((constant - true + 180) % 360 - 180),
        }
    )


def _storms():
    return pd.DataFrame(
        {
            "stratum": ["quiet, Kp < 3", "Kp 3 to 5", "storm, Kp ≥ 5", "Kp unknown"],
            "n_rows": [320, 210, 64, 6],
            "n_storms": [0, 0, 11, 0],
            "false_alarm_rate": [0.18, 0.2, 0.09, np.nan],
            "far_low": [0.14, 0.13, 0.02, np.nan],
            "far_high": [0.22, 0.28, 0.2, np.nan],
            "recall": [0.55, 0.5, 0.12, np.nan],
            "recall_low": [0.4, 0.3, 0.01, np.nan],
            "recall_high": [0.7, 0.7, 0.45, np.nan],
            "pss": [0.37, 0.3, 0.03, np.nan],
        }
    )


def _calendar(rng, n_days, codes, n_events):
    days = pd.date_range("2024-02-01", periods=n_days)
    origin = np.sort(rng.uniform(0, n_days - 1, n_events))
    rows = []
    for code in codes:
        raw = rng.beta(1.5, 6, n_days)
        near = np.array([((origin - d > 0) & (origin - d < 14)).any() for d in range(n_days)])
        state = pd.Series(raw + 0.1 * near).rolling(7, min_periods=1).max().to_numpy()
        rows.append(
            pd.DataFrame(
                {
                    "station_code": code,
                    "day": days,
                    "probability": raw,
                    "state_score": state,
                    "in_alarm": state > np.quantile(state, 0.8),
                    "is_target": near & (rng.random(n_days) < 0.5),
                }
            )
        )
    kp = pd.DataFrame({"day": days, "kp_max": np.clip(rng.gamma(4, 0.7, n_days), 0, 9)})
    calendar = pd.concat(rows, ignore_index=True).merge(kp, on="day")
    calendar = calendar[rng.random(len(calendar)) > 0.03].reset_index(drop=True)
    events = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n_events)],
            "cluster_id": [f"c{i}" for i in range(n_events)],
            "origin_time": days[0] + pd.to_timedelta(origin, unit="D"),
            "magnitude": 4.6 + rng.exponential(0.5, n_events),
            "latitude_deg": rng.uniform(-9, 2, n_events),
            "longitude_deg": rng.uniform(118, 130, n_events),
            "n_stations": 1,
            "is_scored": rng.random(n_events) < 0.9,
            "is_hit": rng.random(n_events) < 0.5,
            "lead_time_days": rng.uniform(1, 14, n_events),
        }
    )
    return {"calendar": calendar, "events": events}


NAN = np.nan
TABLE = (
    ("event_hit_rate", "event", 0.62, 0.41, 0.81, 0.2, 24, "Clopper-Pearson on events"),
    ("alarm_fraction", "event", 0.204, NAN, NAN, 0.2, 24, "state of the stations"),
    ("shift_gain", "event", 3.04, 2.0, 4.0, 1.0, 24, "H / mean of the shifts"),
    ("maae_deg", "event", 31.0, 22.0, 40.0, 90.0, 24, "cluster-t"),
    ("maae_station_constant_deg", "event", 57.3, 50.0, 64.0, 90.0, 24, "learnt before the test"),
    ("information_gain_per_event_vs_B1", "row", 0.61, 0.2, 1.0, 0.0, 24, "cluster-t"),
    ("information_gain_per_event_vs_B3", "row", 0.42, 0.1, 0.74, 0.0, 24, "cluster-t"),
    ("precision", "row", 0.5, 0.41, 0.59, 0.18, 24, "base rate as reference"),
    ("area_skill", "event", 0.71, 0.62, 0.8, 0.5, 24, ""),
    ("brier_skill", "row", NAN, NAN, NAN, 0.0, 0, "no climatology in the training period"),
    ("smallest_detectable_gain", "event", 2.4, NAN, NAN, 1.0, 24, "alpha 0.01, power 0.8"),
)


def make_report(seed=1, level="V2", skill=1.0, **kwargs):
    columns = ["quantity", "level", "value", "low", "high", "reference", "n_events", "note"]
    table = pd.DataFrame(TABLE, columns=columns).assign(n_rows=600, n_days=200)
    nulls, leaks = _nulls_and_leaks()
    verdict = Verdict(
        level,
        "INSUFFICIENT" if level == "V0" else "",
        FIXED,
        ("p of the common shift is 0.0025.",),
        ("pre-registration", "injection and recovery"),
    )
    provenance = {
        "version": "0.1.0",
        "seeds": {"audit": 7},
        "inputs": {"forecast": "ab" * 32},
        "command": "seismomag run x.toml",
    }
    return AuditReport(
        table[list(REPORT_COLUMNS)],
        nulls,
        leaks,
        verdict,
        provenance,
        make_curves(seed, skill=skill, **kwargs),
    )


def _nulls_and_leaks():
    nulls = pd.DataFrame(
        {
            "null_id": ["N2", "azimuth_permutation"],
            "statistic": ["event_hit_rate", "mean_angular_error_deg"],
            "observed": [0.62, 31.0],
            "mean_null": [0.21, 88.0],
            "p": [0.0025, 0.0001],
            "floor_1_over_d": [0.0025, np.nan],
            "floor_ties": [0.0175, np.nan],
            "days_needed": [1060.0, np.nan],
            "n_shifts": [399, 10000],
            "is_valid": [True, True],
            "note": ["", ""],
        }
    )
    leaks = pd.DataFrame(
        {
            "check_id": ["C01", "C09"],
            "severity": ["RED", "AMBER"],
            "n_inspected": [600, 600],
            "n_found": [0, 3],
            "sentence": ["No event stands in two splits.", "3 rows lie within the embargo."],
        }
    )
    return nulls, leaks


def empty_report():
    nothing = pd.DataFrame({c: [] for c in REPORT_COLUMNS})
    nulls = [
        "null_id",
        "statistic",
        "observed",
        "mean_null",
        "p",
        "floor_1_over_d",
        "floor_ties",
        "days_needed",
        "n_shifts",
        "is_valid",
        "note",
    ]
    leaks = ["check_id", "severity", "n_inspected", "n_found", "sentence"]
    sentence = "Experimental anomaly score; not a forecast; cannot be judged (n = 0 events)."
    verdict = Verdict("V0", "INSUFFICIENT", sentence, ("No scored event.",), ())
    return AuditReport(
        nothing,
        pd.DataFrame({c: [] for c in nulls}),
        pd.DataFrame({c: [] for c in leaks}),
        verdict,
        {},
    )
