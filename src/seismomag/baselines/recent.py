"""The automatic alarm: earthquakes follow earthquakes.

Luen & Stark 2008 (IMS Collections 2, 302): an alarm after every event in range passes tests that
move the catalogue at random. Whoever claims skill has to beat it.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from seismomag.baselines.context import (
    Context,
    Predict,
    base_rate,
    known_targets,
    make_forecast,
    training_end,
)
from seismomag.baselines.logistic import offset_for, rising_slope
from seismomag.dataset.labels import target_pairs

MINIMUM_MAGNITUDE = 4.5
CATALOGUE_DELAY = pd.Timedelta(hours=1)
"""An event counts once its origin lies this long before the issue time: lists take a while."""


def recent_earthquake(samples_train: pd.DataFrame, context: Context) -> Predict:
    """Alarm after an event of M >= 4.5 in range within the previous horizon.

    The recency of a row is ``1 - age / w`` for the youngest such event, 0 for none within ``w``
    days, where ``w`` is the horizon. The probability is a logistic function of the recency that
    only rises, its mean in training the base rate.
    """
    w = context.rule.horizon_days
    origin = _origins(context)
    train = known_targets(samples_train)
    target = train["is_target"].to_numpy(dtype=bool)
    slope = rising_slope(_recency(train, origin, w), target)
    offset = offset_for(_recency(train, origin, w), slope, base_rate(samples_train))
    cutoff = training_end(samples_train)

    def predict(samples: pd.DataFrame) -> pd.DataFrame:
        probability = special.expit(offset + slope * _recency(samples, origin, w))
        return make_forecast(samples, "recent_earthquake", probability, data_cutoff=cutoff)

    return predict


def _origins(context: Context) -> dict[str, NDArray[np.datetime64]]:
    """Sorted origin times of events in range of each station, aftershocks included."""
    edge = min(MINIMUM_MAGNITUDE, context.rule.magnitude_edges[0])
    rule = replace(
        context.rule,
        minimum_magnitude=MINIMUM_MAGNITUDE,
        magnitude_edges=(edge,),
        mainshocks_only=False,
    )
    pairs = target_pairs(context.stations, context.catalogue, rule)
    return {
        str(code): np.sort(mine["origin_time"].to_numpy(dtype="datetime64[ns]"))
        for code, mine in pairs.groupby("station_code")
    }


def _recency(
    samples: pd.DataFrame, origins: dict[str, NDArray[np.datetime64]], w: int
) -> NDArray[np.float64]:
    issued = (samples["issue_time"] - CATALOGUE_DELAY).to_numpy(dtype="datetime64[ns]")
    codes = samples["station_code"].to_numpy(dtype=object)
    out = np.zeros(len(samples))
    for code in np.unique(codes):
        origin = origins.get(str(code))
        if origin is None:
            continue
        mine = codes == code
        last = np.searchsorted(origin, issued[mine], side="right") - 1
        age = (issued[mine] - origin[np.maximum(last, 0)]) / np.timedelta64(1, "D")
        out[mine] = np.where(last >= 0, np.clip(1 - age / w, 0, None), 0.0)
    return out
