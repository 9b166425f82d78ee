"""What simple rules on the magnetometer would have seen of the same injections.

Each is fitted, frozen on validation and asked as in the run; only the day itself is exchanged for
the one with the signal, the days before it are as they were.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.alarms import freeze
from seismomag.audit.injection.report import InjectionReport, summarise
from seismomag.baselines import BASELINES, Context
from seismomag.baselines.day_features import FEATURES
from seismomag.baselines.magnetometer import RUNNING_DAYS
from seismomag.experiment.injecting.days import runs_without_target

Floats = NDArray[np.float64]
KEY = "key"


@dataclass(frozen=True)
class Simple:
    """What the simple rules need of a run.

    Attributes
    ----------
    samples
        The whole sample table.
    context
        Of the baselines, with the features of every recorded day.
    state_days, target_tau, nights
        How thresholds are frozen, and how long a signal lasts.
    """

    samples: pd.DataFrame
    context: Context
    state_days: int
    target_tau: float
    nights: int


def with_detectors(
    report: InjectionReport,
    rows: pd.DataFrame,
    features: pd.DataFrame,
    names: tuple[str, ...],
    run: Simple,
) -> InjectionReport:
    """Add the efficiency of simple rules to that of the network.

    Parameters
    ----------
    report, rows
        Of the network; the row number is the key of an injection.
    features
        Columns ``key, station_code, day`` and :data:`FEATURES`: a row for each day of each
        injection that could be transformed.
    names
        Baselines that read the features of the day.
    run
        What they need.

    Returns
    -------
    report
        Curves of the rules stand under ``by = "detector"``; the ladder does not read them.
    """
    curves, fits = [report.efficiency], [report.fits]
    for name in names:
        theirs = _seen_by(name, rows, features, run)
        for tables, found in ((curves, theirs.efficiency), (fits, theirs.fits)):
            whole = found[found["by"] == "all"]
            if len(whole):
                tables.append(whole.assign(by="detector", stratum=name))
    return replace(
        report,
        efficiency=pd.concat(curves, ignore_index=True),
        fits=pd.concat(fits, ignore_index=True),
    )


def _seen_by(name: str, rows: pd.DataFrame, features: pd.DataFrame, run: Simple) -> InjectionReport:
    """Efficiency of one rule on the injections of the network."""
    table = run.context.day_features
    asked = features.assign(sample_id=[f"injected-{i}" for i in range(len(features))])
    known = pd.concat([table, _beside_their_past(asked, table)], ignore_index=True)
    is_training = run.samples["split"] == "train"
    context = replace(run.context, day_features=known)
    predict = BASELINES[name](run.samples[is_training], context)
    told = predict(run.samples[run.samples["split"].isin(("validation", "test"))])
    split = told["sample_id"].map(run.samples.set_index("sample_id")["split"])
    rule = freeze(told[split == "validation"], state_days=run.state_days, target_tau=run.target_tau)
    runs = runs_without_target(run.samples, told, rule.threshold, run.nights)
    said = _asked(predict, asked, run.samples)
    best = said.groupby(asked[KEY].to_numpy()).max().reindex(rows.index)
    mine = rows.assign(probability=best, is_recovered=(best >= rule.threshold).to_numpy())
    return summarise(mine, float(runs["is_alarm"].mean()))


def _asked(
    predict: Callable[[pd.DataFrame], pd.DataFrame], asked: pd.DataFrame, samples: pd.DataFrame
) -> pd.Series:
    """Probability of each injected day, in order."""
    # Only names are looked at; the rest is that of any sample.
    any_row = samples.iloc[np.zeros(len(asked), np.int64)].reset_index(drop=True)
    rows = any_row.assign(sample_id=asked["sample_id"].to_numpy())
    return predict(rows)["probability"].reset_index(drop=True)


def _beside_their_past(asked: pd.DataFrame, table: pd.DataFrame | None) -> pd.DataFrame:
    """Each injected day after the true days before it, as a station of its own."""
    if table is None:
        return asked
    by_station: Mapping[str, pd.DataFrame] = {
        str(code): mine.sort_values("day") for code, mine in table.groupby("station_code")
    }
    span = pd.Timedelta(days=RUNNING_DAYS)
    columns = ["sample_id", "station_code", "day", *FEATURES]
    parts = []
    for number, row in enumerate(asked[columns].to_dict("records")):
        past = by_station[str(row["station_code"])]
        day = row["day"]
        past = past[(past["day"] >= day - span) & (past["day"] < day)]
        own = f"{row['station_code']}#{number}"
        parts.append(past.assign(sample_id=own + "-" + past["sample_id"], station_code=own))
        parts.append(pd.DataFrame([row | {"station_code": own}]))
    return pd.concat(parts, ignore_index=True)[columns] if parts else asked[columns]
