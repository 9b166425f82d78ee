"""Logistic regressions with few parameters."""

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

LEAST_SLOPE = 0.05
MOST_SLOPE = 8.0
"""An alarm claims that its value raises the rate; the slope may shrink but never turn round."""


def rising_slope(value: NDArray[np.float64], target: NDArray[np.bool_]) -> float:
    """Fit the slope of a logistic regression on one value, kept within its bounds."""
    if not target.any() or target.all() or not value.any():
        return LEAST_SLOPE
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression()  # type: ignore[no-untyped-call]
    fitted = model.fit(value[:, None], target)
    return float(np.clip(fitted.coef_[0, 0], LEAST_SLOPE, MOST_SLOPE))


def offset_for(value: NDArray[np.float64], slope: float, rate: float) -> float:
    """Constant that makes the mean probability of the training rows the base rate."""
    if not value.size:
        return float(special.logit(rate))
    mean = optimize.brentq(
        lambda a: float(special.expit(a + slope * value).mean()) - rate, -40.0, 40.0
    )
    return float(mean)


def logistic_weights(
    features: NDArray[np.float64], target: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Fit a logistic regression: the constant, then one weight a feature."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression()  # type: ignore[no-untyped-call]
    fitted = model.fit(features, target)
    return np.append(fitted.intercept_, fitted.coef_[0]).astype(np.float64)
