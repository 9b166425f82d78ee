"""Panels of the audit view, from the ``pictures`` of ``audit.json``; absent where not made."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from seismomag.operate.api.facts.audit_folders import number
from seismomag.operate.api.facts.phrases import without_places
from seismomag.operate.api.shapes.audit import (
    AlarmDay,
    Band,
    Molchan,
    NullHistogram,
    NullRow,
    Point,
    Quantity,
    Reliability,
    RuleRow,
    StormRow,
)
from seismomag.operate.api.shapes.parts import Words

Told = Mapping[str, Any]

FORECAST = "forecast"
LONGEST_SENTENCE = 600

LABELS: Mapping[tuple[str, str], tuple[str, str, str]] = {
    ("event", "event_hit_rate"): ("events with an alarm", "kejadian dengan alarm", ""),
    ("event", "alarm_fraction"): ("alarm fraction τ", "fraksi alarm τ", ""),
    ("day", "recall"): ("event days alarmed", "hari kejadian diberi alarm", ""),
    ("row", "precision"): ("precision, station-days", "presisi, hari-stasiun", ""),
    ("row", "base_rate"): ("base rate, station-days", "laju dasar, hari-stasiun", ""),
    ("event", "probability_gain"): ("probability gain", "perolehan peluang", ""),
    ("event", "smallest_detectable_gain"): (
        "smallest gain detectable",
        "perolehan terkecil yang terdeteksi",
        "",
    ),
    ("row", "auc"): ("area under ROC", "luas di bawah ROC", ""),
    ("row", "brier_skill"): ("Brier skill", "kemampuan Brier", ""),
    ("event", "maae_deg"): ("azimuth error, mean", "galat azimut, rerata", "deg"),
    ("row", "azimuth_resultant"): (
        "azimuth resultant length",
        "panjang resultan azimut",
        "",
    ),
    ("row", "magnitude_mae"): ("magnitude error, mean", "galat magnitudo, rerata", ""),
}
"""Level and name of what the table shows -> English, Indonesian, unit."""


def quantities(told: Told) -> tuple[Quantity, ...]:
    """Table "found / chance or needed", the primary test first."""
    found = list(_primary(told))
    for (level, name), (english, indonesian, unit) in LABELS.items():
        row = told["levels"].get(level, {}).get(name)
        if row is not None:
            found.append(
                Quantity(
                    name=f"{level}.{name}",
                    label=Words(en=english, id=indonesian),
                    value=number(row["value"]),
                    low=number(row.get("low")),
                    high=number(row.get("high")),
                    reference=number(row.get("reference")),
                    unit=unit,
                    n_rows=row.get("n_rows"),
                    n_events=row.get("n_events"),
                    n_days=row.get("n_days"),
                )
            )
    return tuple(found)


def _primary(told: Told) -> list[Quantity]:
    if not told["nulls"]:
        return []
    row = told["nulls"][0]
    return [
        Quantity(
            name="p",
            label=Words(en="p, all common shifts", id="p, semua pergeseran bersama"),
            value=number(row["p"]),
            reference=0.01,
            n_days=row.get("n_shifts"),
        )
    ]


def molchan(told: Told) -> Molchan | None:
    """Molchan diagram."""
    given = told["pictures"].get("molchan")
    if not given or not given.get("forecast"):
        return None
    band = given.get("band_of_shifts")
    points = [
        Point(x=point["tau"], y=point["nu"], label=str(point["kind"]))
        for point in given["points"]
        if number(point["tau"]) is not None and number(point["nu"]) is not None
    ]
    return Molchan(
        tau=tuple(given["forecast"]["tau"]),
        nu=tuple(given["forecast"]["nu"]),
        band=Band(x=band["tau"], low=band["nu_low"], high=band["nu_high"]) if band else None,
        frozen=next((point for point in points if point.label == FORECAST), None),
        baselines=tuple(point for point in points if point.label != FORECAST),
    )


def null_histogram(told: Told) -> NullHistogram | None:
    """Hits under all common shifts; a bin is one hit wide."""
    given = told["pictures"].get("shift_hits")
    if not given:
        return None
    return NullHistogram(
        null="N2",
        n_shifts=given["n_shifts"],
        observed=given["observed"],
        bin_start=tuple(hits - 0.5 for hits in given["hits"]),
        bin_end=tuple(hits + 0.5 for hits in given["hits"]),
        counts=tuple(given["count"]),
        p_value=number(given["p"]),
    )


def reliability(told: Told) -> Reliability | None:
    """Isotonic reliability; points without a band are left out of the band alone."""
    given = told["pictures"].get("reliability")
    if not given:
        return None
    steps = given["steps"]
    whole = all(number(v) is not None for name in ("low", "high") for v in steps[name])
    band = Band(x=steps["probability"], low=steps["low"], high=steps["high"]) if whole else None
    return Reliability(
        score=tuple(steps["probability"]),
        observed=tuple(steps["frequency"]),
        band=band,
        base_rate=number(given.get("base_rate")),
        brier_skill=number(given.get("brier_skill")),
        ticks=tuple(given["ticks"]),
    )


def storms(told: Told) -> tuple[StormRow, ...]:
    """Days by geomagnetic activity; of station-days where days were not counted."""
    rows = told["pictures"].get("activity") or []
    levels = {row["level"] for row in rows}
    level = next((one for one in ("day", "row", "event") if one in levels), "")
    return tuple(
        StormRow(
            kind=row["stratum"],
            n_days=int(row["n_cases"] or 0),
            n_events=int(row["n_events"] or 0),
            n_alarms=int(row["n_alarms"] or 0),
            n_hits=int(row["n_hits"] or 0),
            false_alarm_rate=number(row["false_alarm_rate"]),
        )
        for row in rows
        if row["level"] == level
    )


def baselines(told: Told) -> tuple[RuleRow, ...]:
    """Simple rules at the same alarm fraction, these forecasts first."""
    return tuple(
        RuleRow(
            name=row["kind"],
            hits=number(row["n_hits"]),
            p_value=number(row["p"]),
            is_this=row["kind"] == FORECAST,
        )
        for row in told["pictures"].get("baselines") or []
    )


def all_nulls(told: Told) -> tuple[NullRow, ...]:
    """Every null that was run."""
    return tuple(
        NullRow(
            null=row["null_id"],
            statistic=row["statistic"],
            p_value=number(row["p"]),
            n_draws=row["n_shifts"],
            note=row["note"] or "",
        )
        for row in told["nulls"]
    )


def calendar(told: Told) -> tuple[AlarmDay, ...]:
    """Alarms against events, a row a day."""
    given = told["pictures"].get("calendar")
    if not given:
        return ()
    columns = ("day", "n_alarms", "n_events", "n_hits", "magnitude")
    return tuple(
        AlarmDay(
            day=date.fromisoformat(day),
            is_alarm=None if n_alarms is None else n_alarms > 0,
            n_alarms=int(n_alarms or 0),
            n_events=int(n_events or 0),
            n_hits=int(n_hits or 0),
            largest_magnitude=number(magnitude),
        )
        for day, n_alarms, n_events, n_hits, magnitude in zip(
            *(given[column] for column in columns), strict=True
        )
    )


def leaks(told: Told) -> tuple[str, ...]:
    """Sentences of the checks that found something, the worst first."""
    found = [row for row in told["leaks"] if row["severity"] != "GREEN"]
    found.sort(key=lambda row: row["severity"] != "RED")
    return tuple(
        without_places(f"{row['check_id']} {row['severity']}: {row['sentence']}", LONGEST_SENTENCE)
        for row in found
    )


def explanation(told: Told) -> Words:
    """What the verdict rests on, in plain words; the rules' own reasons where nothing was hit."""
    given = told["pictures"].get("shift_hits")
    if told["verdict"]["level"] == "V0" or not given or given.get("mean") is None:
        reasons = "; ".join(
            without_places(reason, LONGEST_SENTENCE) for reason in told["verdict"]["reasons"]
        )
        return Words(en=reasons, id=reasons, foreign=(reasons,))
    k, shifts = given["n_as_good_or_better"], given["n_shifts"]
    observed, n, mean = given["observed"], given["n_events"], float(given["mean"])
    chance = f"{mean:.1f}"
    return Words(
        en=f"The alarms hit {observed} of {n} events. Moved to other dates they hit {chance} on "
        f"average, and {k} of {shifts} shifts do as well or better.",
        id=f"Alarm mengenai {observed} dari {n} kejadian. Jika digeser ke tanggal lain, rata-rata "
        f"{chance.replace('.', ',')} yang kena, dan {k} dari {shifts} pergeseran sama baik atau "
        "lebih baik.",
    )
