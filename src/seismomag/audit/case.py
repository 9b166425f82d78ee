"""What an audit is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from seismomag.audit.injection.report import InjectionReport
from seismomag.audit.leaks.material import LeakMaterial
from seismomag.core.errors import ConfigError, SchemaError
from seismomag.core.schema import Catalogue, check_catalogue, check_forecast, check_samples
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule

EXAMINED_ELSEWHERE = frozenset({"retraining", "injection", "prospective", "replication"})
"""Conditions of the ladder that no single forecast table can show."""


OF_SAMPLE = ("station_code", "issue_time", "horizon_start", "horizon_end")
"""What a forecast repeats of the sample that it is named after."""


def check_is_of_samples(forecast: pd.DataFrame, samples: pd.DataFrame, name: str) -> None:
    """Require a forecast table whose rows say what the samples of the same name say.

    Alarms are laid out by the station and the horizon of the forecast, outcomes by those of the
    sample: a forecast that is moved would otherwise be judged on days of its own choice.

    Raises
    ------
    SchemaError
        Names the first row that differs, and in what.
    """
    check_forecast(forecast)
    both = forecast[["sample_id", *OF_SAMPLE]].merge(
        samples[["sample_id", *OF_SAMPLE]], on="sample_id", suffixes=("", "_of_sample")
    )
    for column in OF_SAMPLE:
        said, known = both[column], both[f"{column}_of_sample"]
        wrong = (said != known).to_numpy(dtype=bool)
        if wrong.any():
            first = both[wrong].iloc[0]
            msg = (
                f"{name}: {column} of sample_id {first['sample_id']} is {first[column]}, that of "
                f"the sample is {first[f'{column}_of_sample']}; {int(wrong.sum())} rows differ; "
                "take both from one table of samples"
            )
            raise SchemaError(msg)


@dataclass(frozen=True, kw_only=True)
class AuditCase:
    """A forecast, what happened, and the rules of the judgement.

    Attributes
    ----------
    forecast
        Forecast rows of validation and test samples. The threshold is frozen on the former.
    samples
        The whole sample table, every split.
    stations
        All stations of the samples.
    catalogue
        Earthquakes and the intervals that the list covers.
    rule
        Which earthquakes are targets.
    state_days
        Memory of the alarm state, usually the horizon [days].
    target_tau
        Wanted share of station-days in alarm.
    baselines
        Forecasts of the same rows by rules that read no magnetometer, by name. Each is frozen on
        validation in the same way.
    seed
        Of every resampling.
    n_bootstrap
        Bootstrap draws.
    n_test_evaluations
        Models, thresholds and windows that were tried on the test rows, this one included.
    examined
        Outcome of conditions of the ladder that were examined elsewhere, by the keys of
        ``verdict.RUNGS`` (``retraining``, ``injection``, ...). A failed retraining is a leak.
    injection
        What was recovered of signals that were injected into the raw samples; None: not run.
    material
        What the model left for the leak audit; without it some checks do not run, and say so.
    provenance
        Kept in the report as it is. ``embargo_days`` declares an embargo shorter than the rule.
    """

    forecast: pd.DataFrame
    samples: pd.DataFrame
    stations: tuple[Station, ...]
    catalogue: Catalogue
    rule: LabelRule
    state_days: int
    target_tau: float = 0.2
    baselines: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    seed: int = 0
    n_bootstrap: int = 2000
    n_test_evaluations: int = 1
    examined: Mapping[str, bool] = field(default_factory=dict)
    injection: InjectionReport | None = None
    material: LeakMaterial = field(default_factory=LeakMaterial)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.state_days < 1:
            msg = f"state_days={self.state_days} holds no day; give at least 1"
            raise ConfigError(msg)
        if not 0 < self.target_tau < 1:
            msg = f"target_tau={self.target_tau} is no share; give 0 < tau < 1"
            raise ConfigError(msg)
        if self.n_bootstrap < 100:
            msg = f"n_bootstrap={self.n_bootstrap} is too few for a percentile; give 100 or more"
            raise ConfigError(msg)
        if self.n_test_evaluations < 1:
            msg = f"n_test_evaluations={self.n_test_evaluations}: this one counts; give 1 or more"
            raise ConfigError(msg)
        strange = sorted(set(self.examined) - EXAMINED_ELSEWHERE)
        if strange:
            known = ", ".join(sorted(EXAMINED_ELSEWHERE))
            msg = f"examined={strange}: no such condition; known: {known}"
            raise ConfigError(msg)
        check_samples(self.samples)
        check_catalogue(self.catalogue)
        check_is_of_samples(self.forecast, self.samples, "forecast")
        for name, forecast in self.baselines.items():
            check_is_of_samples(forecast, self.samples, f"baseline {name}")

    def rows(self, forecast: pd.DataFrame, split: str) -> pd.DataFrame:
        """Sample rows of a split that the forecast speaks of, with its columns beside them."""
        said = [c for c in forecast.columns if c not in self.samples or c == "sample_id"]
        named = forecast[[*said, "azimuth_deg"]].rename(columns={"azimuth_deg": "forecast_deg"})
        mine = self.samples[self.samples["split"] == split]
        return mine.merge(named, on="sample_id", how="inner", sort=False)
