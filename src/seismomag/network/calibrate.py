"""From what the heads say to probabilities and concentrations that keep their word; no torch.

Fitted on validation rows. A network trained on balanced classes speaks as if every second day
were a target, so the calibration has an offset as well as a temperature. An azimuth head that
was trained for a few epochs is less sure than it could be, one trained for many is too sure, and
either may lie askew by a few degrees: a turn and a factor put it right on the whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import ModelError

# Isotonic regression needs about a thousand positives before it beats a sigmoid
# (Niculescu-Mizil & Caruana 2005, ICML, figure 4).
ISOTONIC_POSITIVES = 1000
# Range of log(1 / temperature): beyond it the probability is a step, or a constant.
LOG_SLOPE_LIMIT = 4.0
# Range of the logarithm of the factor on kappa, and the least number of azimuths for it and the
# turn.
LOG_KAPPA_LIMIT = 4.0
LEAST_AZIMUTHS = 8


@dataclass(frozen=True)
class Calibration:
    """A monotone map from the logit of the detection head to a probability.

    Attributes
    ----------
    kind
        ``"temperature"``, ``"isotonic"`` or ``"none"``.
    reason
        Why this kind, in a sentence.
    temperature, offset
        ``p = sigmoid(logit / temperature + offset)``; 1 and 0 for ``"none"``.
    knots
        Pairs (logit, probability) between which an isotonic map is linear.
    kappa_scale
        What the length of the azimuth vector is multiplied by to be a concentration.
    azimuth_turn_deg
        What its direction is turned by, clockwise.
    """

    kind: str
    reason: str
    temperature: float = 1.0
    offset: float = 0.0
    knots: tuple[tuple[float, float], ...] = ()
    kappa_scale: float = 1.0
    azimuth_turn_deg: float = 0.0

    def apply(self, logit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of each logit.

        Examples
        --------
        >>> Calibration("none", "").apply(np.zeros(1))
        array([0.5])
        """
        if self.kind == "isotonic":
            known, probability = np.array(self.knots).T
            return np.asarray(np.interp(logit, known, probability))
        return _sigmoid(logit / self.temperature + self.offset)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "kind": self.kind,
            "reason": self.reason,
            "temperature": self.temperature,
            "offset": self.offset,
            "knots": [list(pair) for pair in self.knots],
            "kappa_scale": self.kappa_scale,
            "azimuth_turn_deg": self.azimuth_turn_deg,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Calibration":
        """From what :meth:`to_dict` gave.

        Raises
        ------
        ModelError
            A field is absent or has an impossible value.
        """
        try:
            found = cls(
                str(values["kind"]),
                str(values["reason"]),
                float(values["temperature"]),
                float(values["offset"]),
                tuple((float(x), float(p)) for x, p in values["knots"]),
                float(values.get("kappa_scale", 1.0)),
                float(values.get("azimuth_turn_deg", 0.0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            msg = f"model.json: calibration is not readable ({error!r}); train the model again"
            raise ModelError(msg) from error
        if found.kind not in ("temperature", "isotonic", "none") or found.temperature <= 0:
            msg = f"model.json: calibration {found.kind!r} with temperature {found.temperature}"
            raise ModelError(msg)
        if not (0 < found.kappa_scale < np.inf and np.isfinite(found.azimuth_turn_deg)):
            msg = (
                f"model.json: kappa_scale {found.kappa_scale} and azimuth_turn_deg "
                f"{found.azimuth_turn_deg} of the calibration; expected a positive and a finite one"
            )
            raise ModelError(msg)
        return found


def fit_calibration(logit: NDArray[np.float64], is_target: NDArray[np.bool_]) -> Calibration:
    """Choose and fit a calibration on validation rows.

    Isotonic from 1,000 positives on, temperature and offset below, none where validation holds
    a single class.

    Parameters
    ----------
    logit
        Detection logit of each row (second minus first).
    is_target
        Truth of each row.
    """
    n_positive, n_rows = int(is_target.sum()), len(is_target)
    if n_positive in (0, n_rows):
        return Calibration("none", f"not calibrated: {n_positive} positives of {n_rows} rows")
    said = f"{n_positive} positives of {n_rows} validation rows"
    if n_positive >= ISOTONIC_POSITIVES:
        return Calibration("isotonic", said, knots=_isotonic(logit, is_target))
    temperature, offset = _sigmoid_fit(logit, is_target)
    return Calibration("temperature", said, temperature, offset)


def fit_direction(
    vector: NDArray[np.float64], azimuth_rad: NDArray[np.float64]
) -> tuple[float, float]:
    """Find the turn and the factor on kappa of greatest von Mises likelihood.

    Parameters
    ----------
    vector
        ``(n, 2)``: what the azimuth head says, kappa (sin mu, cos mu); NaN without the head.
    azimuth_rad
        ``(n,)``: true azimuths; NaN where none is known.

    Returns
    -------
    kappa_scale, azimuth_turn_deg
        1 and 0 where fewer than 8 azimuths are known.

    Examples
    --------
    >>> fit_direction(np.zeros((0, 2)), np.zeros(0))
    (1.0, 0.0)
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import i0e

    known = np.isfinite(vector).all(1) & np.isfinite(azimuth_rad)
    if known.sum() < LEAST_AZIMUTHS:
        return 1.0, 0.0
    told, truth = vector[known] @ (1j, 1.0), np.exp(1j * azimuth_rad[known])
    # The turn that makes sum kappa cos(truth - mu - turn) largest, whatever the factor is.
    turn = np.angle((truth * told.conj()).sum())
    kappa = np.abs(told)
    along = (truth * told.conj() * np.exp(-1j * turn)).real

    def cost(log_scale: float) -> float:
        scale = np.exp(log_scale)
        return float(np.mean(np.log(i0e(scale * kappa)) + scale * (kappa - along)))

    found = minimize_scalar(cost, bounds=(-LOG_KAPPA_LIMIT, LOG_KAPPA_LIMIT), method="bounded")
    return float(np.exp(found.x)), float(np.rad2deg(turn))


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import expit

    return np.asarray(expit(x), np.float64)


def _sigmoid_fit(logit: NDArray[np.float64], is_target: NDArray[np.bool_]) -> tuple[float, float]:
    """Temperature and offset of greatest likelihood.

    With the smoothed targets of Platt 1999 (Advances in Large Margin Classifiers), so that a
    perfect separation does not end in certainty.
    """
    from scipy.optimize import minimize

    n_positive, n_negative = is_target.sum(), (~is_target).sum()
    aim = np.where(is_target, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))

    def cost(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, offset = np.exp(x[0]), x[1]
        z = slope * logit + offset
        excess = _sigmoid(z) - aim
        value = np.mean(np.logaddexp(0, z) - aim * z)
        return float(value), np.array([np.mean(excess * logit) * slope, excess.mean()])

    limits = [(-LOG_SLOPE_LIMIT, LOG_SLOPE_LIMIT), (-50.0, 50.0)]
    found = minimize(cost, np.zeros(2), jac=True, method="L-BFGS-B", bounds=limits)
    return float(np.exp(-found.x[0])), float(found.x[1])


def _isotonic(
    logit: NDArray[np.float64], is_target: NDArray[np.bool_]
) -> tuple[tuple[float, float], ...]:
    from sklearn.isotonic import IsotonicRegression

    regression = IsotonicRegression(y_min=0, y_max=1)  # type: ignore[no-untyped-call]
    fitted = regression.fit(logit, is_target.astype(float))
    pairs = zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True)
    return tuple((float(x), float(p)) for x, p in pairs)
