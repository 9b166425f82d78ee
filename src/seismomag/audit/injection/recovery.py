"""Injection and recovery: what a pipeline would have seen, had it been there.

An efficiency curve is a statement about the detector, not about nature. With it, silence becomes
a limit: no signal above A90 preceded more than a fraction f of the events.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy import optimize, special, stats

from seismomag.audit.injection.signals import SignalPlan, injected
from seismomag.audit.intervals import clopper_pearson
from seismomag.core.errors import ConfigError

Floats = NDArray[np.float64]
Run = Callable[[xr.Dataset], pd.DataFrame]
"""``run(recording) -> Forecast``: the frozen pipeline, from raw samples on."""

PROFILE_DROP = float(stats.chi2.ppf(0.95, 1) / 2)
WIDEST_STEP = 32.0
"""Logits, or logarithms of amplitude, beyond which a profile counts as open."""
CONTROL_TOLERANCE = 0.03
AMPLITUDES_NT = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Efficiency:
    """Fitted curve ``eps(A) = e0 + (1 - e0) / (1 + (A / A50)^-k)``.

    Attributes
    ----------
    e0
        Share recovered without a signal: the false alarm rate.
    a50_nt, steepness
        Amplitude at which half of the rest is recovered [nT], and k.
    a50_interval_nt, e0_interval
        95 % profile likelihood; open ends are 0 and inf.
    """

    e0: float
    a50_nt: float
    steepness: float
    a50_interval_nt: tuple[float, float]
    e0_interval: tuple[float, float]

    @property
    def a90_nt(self) -> float:
        """Amplitude at which nine tenths of the rest are recovered [nT]."""
        return float(self.a50_nt * 9 ** (1 / self.steepness))

    def at(self, amplitude_nt: Floats | float) -> Floats:
        """Efficiency at amplitudes [nT]."""
        return curve(
            np.asarray(amplitude_nt, dtype=np.float64), self.e0, self.a50_nt, self.steepness
        )


def curve(amplitude_nt: Floats, e0: float, a50_nt: float, steepness: float) -> Floats:
    """Efficiency by the formula of :class:`Efficiency`."""
    with np.errstate(divide="ignore", over="ignore"):
        ratio = np.where(amplitude_nt > 0, amplitude_nt / a50_nt, 0.0)
        inverse = np.full(ratio.shape, np.inf)
        np.power(ratio, -steepness, where=ratio > 0, out=inverse)
    grown = 1 / (1 + inverse)
    return np.asarray(e0 + (1 - e0) * grown)


def fit_efficiency(amplitude_nt: Floats, k: NDArray[np.int64], n: NDArray[np.int64]) -> Efficiency:
    """Fit the efficiency curve by binomial maximum likelihood.

    Parameters
    ----------
    amplitude_nt
        Shape (m,): amplitudes, 0 among them.
    k, n
        Shape (m,): recovered and injected.

    Raises
    ------
    ConfigError
        No injection of amplitude 0, or none above: e0 or A50 would be a guess.
    """
    a = np.asarray(amplitude_nt, dtype=np.float64)
    if not (a == 0).any() or not (a > 0).any() or (np.asarray(n) < 1).any():
        msg = "injections need amplitude 0 for the false alarms, one above 0, and n >= 1 each"
        raise ConfigError(msg)
    best, lowest = _minimise(a, k, n, {})
    a50 = _profile(a, k, n, "a50", best[1], lowest)
    e0 = _profile(a, k, n, "e0", best[0], lowest)
    return Efficiency(
        e0=_share(best[0]),
        a50_nt=float(np.exp(best[1])),
        steepness=float(np.exp(best[2])),
        a50_interval_nt=(float(np.exp(a50[0])), float(np.exp(a50[1]))),
        e0_interval=(_share(e0[0]), _share(e0[1])),
    )


_PARAMETERS = ("e0", "a50", "k")


def _minimise(
    a: Floats, k: NDArray[np.int64], n: NDArray[np.int64], fixed: dict[str, float]
) -> tuple[Floats, float]:
    """Minimise over the free ones of logit e0, ln A50, ln k."""
    positive = a[a > 0]
    zero = a == 0
    rate = (k[zero].sum() + 0.5) / (n[zero].sum() + 1)
    share = k / n
    half = float(positive[np.abs(share[a > 0] - (1 + rate) / 2).argmin()])
    start = np.array([np.log(rate / (1 - rate)), np.log(half), np.log(2.0)])
    free = [i for i, name in enumerate(_PARAMETERS) if name not in fixed]
    held = np.array([fixed.get(name, 0.0) for name in _PARAMETERS])

    def cost(values: Floats) -> tuple[float, Floats]:
        whole = held.copy()
        whole[free] = values
        away = whole - start
        lost, slope = _negative_log_likelihood(a, k, n, whole)
        return lost + 1e-6 * float(away @ away), (slope + 2e-6 * away)[free]

    ends = (np.log(positive.min()) - 5, np.log(positive.max()) + 5)
    bounds = [(-12.0, 12.0), (float(ends[0]), float(ends[1])), (np.log(0.2), np.log(30.0))]
    found = optimize.minimize(
        cost, start[free], jac=True, method="L-BFGS-B", bounds=[bounds[i] for i in free]
    )
    whole = held.copy()
    whole[free] = found.x
    return whole, float(found.fun)


def _negative_log_likelihood(
    a: Floats, k: NDArray[np.int64], n: NDArray[np.int64], values: Floats
) -> tuple[float, Floats]:
    """Minus the binomial log likelihood at logit e0, ln A50, ln k; and its slope."""
    e0, steepness = _share(values[0]), float(np.exp(values[2]))
    above = np.where(a > 0, np.log(np.where(a > 0, a, 1.0)) - values[1], -np.inf)
    grown = special.expit(steepness * above)
    free = np.clip(e0 + (1 - e0) * grown, 1e-9, 1 - 1e-9)
    lost = -(k * np.log(free) + (n - k) * np.log1p(-free)).sum()
    per_share = (n - k) / (1 - free) - k / free
    bend = (1 - e0) * grown * (1 - grown) * steepness
    finite = np.where(np.isfinite(above), above, 0.0)
    slope = np.array([e0 * (1 - e0) * (1 - grown), -bend, bend * finite])
    return float(lost), np.asarray((slope * per_share).sum(axis=1))


def _profile(
    a: Floats, k: NDArray[np.int64], n: NDArray[np.int64], name: str, best: float, lowest: float
) -> tuple[float, float]:
    """Ends at which the profile likelihood has fallen by the 95 % quantile."""

    def excess(value: float) -> float:
        return _minimise(a, k, n, {name: value})[1] - lowest - PROFILE_DROP

    ends = []
    for sign in (-1.0, 1.0):
        step = sign * 0.25
        while abs(step) < WIDEST_STEP and excess(best + step) < 0:
            step *= 2
        if abs(step) >= WIDEST_STEP:
            ends.append(sign * np.inf)
        else:
            ends.append(float(optimize.brentq(excess, best, best + step, xtol=1e-4)))
    return ends[0], ends[1]


def _share(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def upper_limit(hits: int, n_events: int, efficiency: float, false_alarm_rate: float) -> float:
    """Upper 95 % limit on the share of events preceded by a signal found with this efficiency.

    ``(H_up - F) / (eps - F)`` with the one-sided Clopper-Pearson bound of the hit rate; kept in
    [0, 1]; NaN where the detector does no better than its false alarms.

    Examples
    --------
    >>> round(upper_limit(10, 100, 0.9, 0.1), 2)
    0.08
    """
    if n_events == 0 or efficiency <= false_alarm_rate:
        return float("nan")
    high = clopper_pearson(hits, n_events, 0.90)[1]
    return float(np.clip((high - false_alarm_rate) / (efficiency - false_alarm_rate), 0, 1))


@dataclass(frozen=True)
class Background:
    """A recording without a signal, and the longitude of its station [degrees]."""

    recording: xr.Dataset
    longitude_deg: float


def recover(
    run: Run,
    backgrounds: Sequence[Background],
    plan: SignalPlan,
    *,
    amplitudes_nt: Sequence[float] = AMPLITUDES_NT,
    n_each: int = 200,
    threshold: float,
    seed: int,
) -> pd.DataFrame:
    """Inject into raw samples and run the frozen pipeline.

    Parameters
    ----------
    run
        From a recording to its Forecast.
    backgrounds
        Real recordings of the test period; used in turn.
    plan
        The signal.
    amplitudes_nt
        Grid, 0 among it.
    n_each
        Injections of each amplitude.
    threshold
        Frozen; a signal is recovered when any probability reaches it.
    seed
        Of the waveforms.

    Returns
    -------
    table
        Columns ``kind, amplitude_nt, n, n_recovered, n_without_forecast, rate, low, high``.
        Recordings that give no forecast count as not recovered.

    Raises
    ------
    ConfigError
        No background.
    """
    if not backgrounds:
        msg = "no background recording to inject into"
        raise ConfigError(msg)
    generator = np.random.default_rng(seed)
    lines = []
    for amplitude in amplitudes_nt:
        found = empty = 0
        for i in range(n_each):
            one = backgrounds[i % len(backgrounds)]
            raw = injected(
                one.recording, plan, amplitude, generator, longitude_deg=one.longitude_deg
            )
            said = run(raw)["probability"]
            empty += int(said.empty)
            found += int((said >= threshold).any())
        low, high = clopper_pearson(found, n_each)
        lines.append((plan.kind, amplitude, n_each, found, empty, found / n_each, low, high))
    columns = ["kind", "amplitude_nt", "n", "n_recovered", "n_without_forecast", "rate"]
    return pd.DataFrame(lines, columns=[*columns, "low", "high"])


def control_passes(table: pd.DataFrame, nominal_rate: float) -> bool:
    """Whether a control never exceeds the false alarm rate by more than the tolerance.

    The rate may exceed it by :data:`CONTROL_TOLERANCE`, or by what its own interval allows.
    """
    beyond = (table["rate"] > nominal_rate + CONTROL_TOLERANCE) & (table["low"] > nominal_rate)
    return not bool(beyond.any())


def is_passed(
    fit: Efficiency, at_zero: pd.Series, controls: Sequence[pd.DataFrame], nominal_rate: float
) -> tuple[bool, str]:
    """Condition ``injection`` of the ladder of verdicts, and why.

    Parameters
    ----------
    fit
        Efficiency curve of a signal.
    at_zero
        Row of amplitude 0 of the table of :func:`recover`.
    controls
        Tables of the controls; at least one.
    nominal_rate
        False alarm rate that the threshold was frozen at.
    """
    wants = (
        (
            bool(at_zero["low"] <= nominal_rate <= at_zero["high"]),
            f"without a signal {at_zero['rate']:.3f} are recovered, nominal {nominal_rate:.3f}",
        ),
        (np.isfinite(fit.a50_interval_nt[1]), "no amplitude is recovered for certain"),
        (len(controls) > 0, "no control was injected"),
        (all(control_passes(c, nominal_rate) for c in controls), "a control raises alarms"),
    )
    failed = [said for holds, said in wants if not holds]
    return not failed, "; ".join(failed) or f"A50 = {fit.a50_nt:.3g} nT, controls silent"


def is_axis_only(
    run: Run, background: Background, plan: SignalPlan, amplitude_nt: float, *, seed: int
) -> bool:
    """Whether a signal and its opposite get the same azimuth: then only an axis is told.

    A transform that keeps magnitudes alone cannot do better; its MAAE without prior is 90.
    """
    from dataclasses import replace

    from seismomag.audit.circular import angular_error_deg

    said = []
    for turned in (plan, replace(plan, azimuth_deg=plan.azimuth_deg + 180)):
        # One waveform, two opposite vectors.
        raw = injected(
            background.recording,
            turned,
            amplitude_nt,
            np.random.default_rng(seed),
            longitude_deg=background.longitude_deg,
        )
        said.append(run(raw)["azimuth_deg"].to_numpy(dtype=np.float64))
    moved = angular_error_deg(said[0], said[1])
    return bool(np.nanmax(moved, initial=0.0) < 1.0)
