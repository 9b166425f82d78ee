"""
Audit a published claim in five minutes
=======================================

Two things can be done with somebody else's claim: ask which tables of counts can stand behind
its rates, and judge its published forecasts against the one null that is valid.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from seismomag.audit.claim_report import Claim, examine, sentences
from seismomag.audit.foreign.forecast import ForeignMap, clean, read_foreign
from seismomag.audit.foreign.judge import judge_foreign

# %%
# Minute one: the rates
# ---------------------
# "28 cases, recall 1.0, precision 0.615, mean azimuth error 72.32 degrees." Only two tables of
# whole numbers round to that, and they mean quite different things.

claim = Claim(n=28, recall=1.0, precision=0.615, maae_deg=72.32)
print("\n".join(sentences(examine(claim))))

# %%
# With an accuracy of 86.1 % no table of 28 cases fits at all.
print(sentences(examine(Claim(n=28, recall=1.0, precision=0.615, accuracy=0.861)))[0])

# %%
# Minute three: the forecasts
# ---------------------------
# A table and a few words about its columns are enough. Where the real national lists are at hand
# they are judged, else an invented list of the same kind: 121 days whose probabilities know
# nothing of the events.

COLUMNS = {"date": "date", "probability": "prob_final", "event": "y_event",
           "azimuth_deg": "pred_azm", "azimuth_true_deg": "y_azm"}  # fmt: skip


def invented(n_days=121):
    rng = np.random.default_rng(6)
    event = np.zeros(n_days, dtype=int)
    for day in rng.integers(0, n_days - 2, 24):
        event[day : day + 2] = 1
    return pd.DataFrame(
        {
            "date": pd.date_range("2030-01-01", periods=n_days).strftime("%Y-%m-%d"),
            "prob_final": rng.uniform(0.2, 0.5, n_days).round(3),
            "y_event": event,
            "pred_azm": rng.normal(101, 2, n_days).round(2),
            "y_azm": np.where(event > 0, rng.uniform(60, 200, n_days).round(1), 0.0),
        }
    )


named = ForeignMap(columns=COLUMNS, name="national list")
path = Path(os.environ.get("SEISMOMAG_REAL_DATA", "")) / "predictions" / "national_2026_a.csv"
is_real = bool(os.environ.get("SEISMOMAG_REAL_DATA")) and path.is_file()
table = read_foreign(path, named) if is_real else clean(invented().astype(str), named)
report = judge_foreign(table)
print("a published list" if is_real else "an invented list")
print(report.verdict.level, report.verdict.sentence)
print(report.nulls[["null_id", "statistic", "observed", "p", "is_valid"]].to_string(index=False))

# %%
# Every number comes with what no skill would have given, and with its units counted.
wanted = ["base_rate", "auc", "ap_minus_base", "maae_deg", "maae_best_constant_deg",
          "azimuth_resultant"]  # fmt: skip
told = report.table[report.table["quantity"].isin(wanted) & (report.table["level"] == "row")]
print(told[["quantity", "value", "low", "high", "reference", "n_events", "note"]].to_string())

# %%
# The picture: the same forecasts, with the labels turned by every number of days. The red line is
# the truth; it is one of them.
shifts = report.curves["shift_null_auc"]
figure, axes = plt.subplots(figsize=(7, 3))
axes.plot(shifts["shift_days"], shifts["auc"], color="0.6", lw=1)
axes.axhline(0.5, color="0.3", lw=0.8, ls=":")
axes.axhline(report.nulls["observed"].iloc[0], color="tab:red", lw=1)
axes.set_xlabel("shift of the labels [days]")
axes.set_ylabel("ROC area")
figure.tight_layout()

# %%
# The same from a shell::
#
#     seismomag claims --n 28 --recall 1.0 --precision 0.615 --maae 72.32
#     seismomag audit list.csv --columns map.toml --out audited
