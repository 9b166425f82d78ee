"""Measure the acceptance figures of the audit and compare each with its bounds.

    python scripts/audit_acceptance.py             the full form
    python scripts/audit_acceptance.py --size 0.1  a tenth of the runs
    python scripts/audit_acceptance.py 6 8         some of the figures

Every figure is one of the 26 of the specification, under its number. Leaves with 1 when one lies
outside its bounds. Real tables are taken from the folder named
by SEISMOMAG_REAL_DATA, else from ../shared/data; figures that need them are skipped without it.
"""

import argparse
import os
import sys

import acceptance_cases as cases
import acceptance_elsewhere as elsewhere
import acceptance_figures as figures
import acceptance_worlds as worlds

INF = float("inf")

FIGURES = {
    "1": (figures.claims_solver, {
        "tables as published": (1, 1), "p of A": (4.135e-4, 4.145e-4), "p of B": (0.1745, 0.1755),
        "smallest N for 0.861": (36, 36)}),
    "2": (figures.cross_checks, {
        "intervals": (0, 1e-10), "scores": (0, 1e-12), "circular": (0, 1e-6),
        "isotonic": (0, 1e-10)}),
    "3": (figures.area_skill_without_skill, {
        "largest |mean - 0.5|": (0, 0.003), "largest |sd ratio - 1|": (0, 0.03),
        "worst score": (0, 0.05), "mirror": (0, 1e-9)}),
    "4": (figures.angular_error_null, {
        "p at n = 8": (0.166, 0.176), "p at n = 16": (0.083, 0.093), "p at n = 28": (0.030, 0.040),
        **{f"formula - simulation, n = {n}": (0, 0.005) for n in (8, 16, 28)}}),
    "5": (figures.interval_coverage, {
        **{f"cluster-t, {n} events": (0.92, 0.97) for n in (16, 30, 60, 120)},
        **{f"Wilson, {n} events": (0, 0.75) for n in (16, 30, 60, 120)}}),
    "6": (figures.common_shift_calibration, {
        "KS p": (0.01, 1), "FPR at 5 %": (0.02, 0.09), "FPR of shuffled rows": (0.15, 1)}),
    "7": (figures.short_tests, {"FPR at 5 %": (0, 0.08), "floor x D": (1, 1)}),
    "8": (figures.family_wise_error, {
        "family-wise error": (0.02, 0.09), "uncorrected": (0.4, 1)}),
    "9": (worlds.signal_free_archives, {
        "archives": (2, INF), "verdicts V3 or above": (0, 2), "verdicts V2 or above": (0, 6),
        "median scored events": (8, INF), "median AUC": (0, 1),
        "|median AUC - 0.5| - 2 standard errors": (-1, 0.03)}),
    "10": (figures.planted_skill, {
        "point test, G = 2": (0.75, 1), "area skill, G = 2": (0.5, 1),
        "point test, G = 1": (0, 0.03), "area skill, G = 1": (0, 0.03)}),
    "11": (cases.injection, {
        "nominal rate inside the interval of e0": (1, 1), "isotonic misfit": (0, 0.03),
        "A50 over the analytic one": (0.85, 1.15), "off-band excess": (-1, 0.03),
        "all-station excess": (-1, 0.03)}),
    "12": (figures.axis_only, {"MAAE [deg]": (87, 93)}),
    "13": (elsewhere.leak_checks, {
        "checks that fire, of 28": (28, 28), "N4 fires": (1, 1), "RED on faultless tables": (0, 0),
        "most AMBER on a faultless table": (0, 1)}),
    "14": (figures.block_shuffle, {
        "block shuffle, random split": (0.9, 1), "called clean, random split": (0, 0),
        "block shuffle, grouped split": (0.45, 0.55), "called clean, grouped split": (1, 1),
        "row shuffle, random split": (0.45, 0.55), "row shuffle, grouped split": (0.45, 0.55)}),
    "15": (elsewhere.purged_splits, {
        "designs": (300, INF), "interval overlaps": (0, 0), "embargo breaks": (0, 0),
        "shared clusters": (0, 0), "neighbours": (0, 0)}),
    "16": (cases.national_lists, {
        **{f"{n}: AUC - {v}": (-6e-4, 6e-4) for n, v in cases.NATIONAL_AUC.items()},
        **{f"{n}: p - {v}": (-6e-3, 6e-3) for n, v in cases.NATIONAL_P.items()},
        "a: azimuth COLLAPSED": (1, 1), "station-days in both": (89, 89),
        "AUC of Kp and Dst alone": (0.85, 0.87), "fill values": (1, 1)}),
    "17": (cases.silent_in_storms, {"says uninformative": (1, 1), "matched says silent": (1, 1)}),
    "18": (figures.shift_speed, {"1,000 shifts [CPU s]": (0, 2)}),
    "19": (figures.bootstrap_speed, {"2,000 bootstraps [CPU s]": (0, 3)}),
    "20": (elsewhere.large_audit, {
        "complete audit [CPU s]": (0, 120), "peak memory [MiB]": (0, 2048),
        "planted near-copies found": (5, INF)}),
    "21": (figures.permutation_speed, {"10,000 permutations [CPU s]": (0, 1)}),
    "22": (figures.cold_import, {"import [s]": (0, 2), "heavy packages": (0, 0)}),
    "23": (elsewhere.flipped_bytes, {
        "flips": (20, INF), "share found": (1, 1), "share named": (1, 1)}),
    "24": (elsewhere.late_records, {
        "late records": (5, INF), "late records scored": (0, 0), "late records not counted": (0, 0),
        "others not scored": (0, 0)}),
    "25": (elsewhere.hostile_messages, {
        "configurations": (1000, INF), "written": (100, INF), "Actual or Public": (0, 0)}),
    "26": (cases.same_bytes, {"byte-identical": (1, 1), "provenance complete": (1, 1)}),
}  # fmt: skip
"""Number of the figure -> (how it is measured, bounds of each value)."""


def _cpu_s():
    """CPU seconds of this process and of its ended children."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def outside(number, size):
    """Measure one figure, print it, and return what lies outside its bounds."""
    measure, bounds = FIGURES[number]
    start = _cpu_s()
    reached = measure(size)
    spent = _cpu_s() - start
    bad = []
    if reached is None:
        print(f"figure {number}: skipped, no real data")
        return bad
    for name, value in reached.items():
        low, high = bounds[name]
        holds = low <= value <= high
        bad += [] if holds else [f"figure {number}: {name} = {value:.4g}"]
        mark = "ok " if holds else "BAD"
        print(f"figure {number}: {mark} {name} = {value:.4g}  [{low:g}, {high:g}]")
    print(f"figure {number}: {spent:.1f} CPU s", flush=True)
    return bad


def main():
    """Measure; leave with 1 when something is out of bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", choices=[*FIGURES, []])
    parser.add_argument("--size", type=float, default=1.0)
    asked = parser.parse_args()
    bad = []
    for number in asked.numbers or FIGURES:
        bad += outside(number, asked.size)
    n = len(asked.numbers or FIGURES)
    print("\n".join(bad) if bad else f"{n} of {len(FIGURES)} figures measured, all within bounds")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
