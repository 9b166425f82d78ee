"""What can be told without any signal: the model that every leak feeds."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.baselines.context import (
    Context,
    Predict,
    base_rate,
    known_targets,
    make_forecast,
    training_end,
)
from seismomag.baselines.trees import boosted


def metadata_only(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Fit boosted trees on station, season, Kp, Dst and the share of the day recorded.

    If it shows skill on the test, the skill of any other model counts only where it exceeds it.
    The year is left out: trees cannot go beyond the years of the training.
    """
    known = known_targets(samples_train)
    target = known["is_target"].to_numpy(dtype=bool)
    rate, cutoff = base_rate(samples_train), training_end(samples_train)
    codes = sorted(s.station_code for s in context.stations)
    has_both = 0 < target.sum() < target.size
    told = boosted(_features(known, codes), target) if has_both else None

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        if told is None or samples.empty:
            said = np.full(len(samples), rate)
        else:
            said = told(_features(samples, codes))
        return make_forecast(samples, "metadata_only", said, data_cutoff=cutoff)

    return predict


def _features(samples: pd.DataFrame, codes: list[str]) -> NDArray[np.float64]:
    angle = 2 * np.pi * samples["window_start"].dt.day_of_year.to_numpy(dtype=np.float64) / 365.25
    station = pd.Index(codes).get_indexer(pd.Index(samples["station_code"]))
    columns = [station, np.sin(angle), np.cos(angle)]
    columns += [samples[c].to_numpy(dtype=np.float64) for c in ("kp_max", "dst_min_nt", "coverage")]
    table = np.column_stack(columns).astype(np.float64)
    # The trees cannot bin a column of which nothing is known.
    table[:, np.isnan(table).all(axis=0)] = 0.0
    return table
