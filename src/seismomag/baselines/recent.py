"""The automatic alarm: earthquakes follow earthquakes.

Luen & Stark 2008 (IMS Collections 2, 302): an alarm after every event in range passes tests that
move the catalogue at random. Whoever claims skill has to beat it.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special

from seismomag.baselines.context import (
    Context,
    Predict,
    base_rate,
    known_targets,
    make_forecast,
    training_end,
)
from seismomag.dataset.labels import target_pairs

MINIMUM_MAGNITUDE = 4.5
CATALOGUE_DELAY = pd.Timedelta(hours=1)
"""An event counts once its origin lies this long before the issue time: lists take a while."""
LEAST_SLOPE = 0.05
MOST_SLOPE = 8.0
"""The alarm claims that recency raises the rate; the slope may shrink but never turn round."""


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
    slope = _slope(_recency(train, origin, w), target)
    offset = _offset(_recency(train, origin, w), slope, base_rate(samples_train))
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


def _slope(recency: NDArray[np.float64], target: NDArray[np.bool_]) -> float:
    """Slope of the logistic regression of the target on the recency, kept within its bounds."""
    if not target.any() or target.all() or not recency.any():
        return LEAST_SLOPE
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression()  # type: ignore[no-untyped-call]
    fitted = model.fit(recency[:, None], target)
    return float(np.clip(fitted.coef_[0, 0], LEAST_SLOPE, MOST_SLOPE))


def _offset(recency: NDArray[np.float64], slope: float, rate: float) -> float:
    """Constant that makes the mean probability of the training rows the base rate."""
    if not recency.size:
        return float(special.logit(rate))
    mean = optimize.brentq(
        lambda a: float(special.expit(a + slope * recency).mean()) - rate, -40.0, 40.0
    )
    return float(mean)
