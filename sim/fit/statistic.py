"""Statistics of weighted samples: medians, distances between distributions, rank correlation, power-law tails.

A weight says how much an observation counts; equal weights give the ordinary
statistic.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

Array = npt.NDArray[np.float64]


class Tail(NamedTuple):
    """A discrete power law p(k) ~ k^-exponent for k >= start, and the Kolmogorov-Smirnov distance to it."""

    exponent: float
    start: int
    distance: float


def known(values: Array, weights: Array) -> tuple[Array, Array]:
    """The observations that are no NaN and have weight, in ascending order."""
    values, weights = np.asarray(values, float), np.asarray(weights, float)
    keep = ~np.isnan(values) & (weights > 0)
    order = np.argsort(values[keep], kind="stable")
    return values[keep][order], weights[keep][order]


def quantile(values: Array, weights: Array, share: float) -> float:
    """The smallest value with at least SHARE of the weight up to it; the mean of two where SHARE falls between them.

    NaN without observations.
    """
    values, weights = known(values, weights)
    if not values.size:
        return float("nan")
    below = np.cumsum(weights) / weights.sum()
    at = min(int(np.searchsorted(below, share - 1e-12)), values.size - 1)
    if abs(below[at] - share) < 1e-12 and at + 1 < values.size:
        return float((values[at] + values[at + 1]) / 2)
    return float(values[at])


def median(values: Array, weights: Array) -> float:
    """The weighted median; numpy.median when the weights are equal."""
    return quantile(values, weights, 0.5)


def ks(values_a: Array, weights_a: Array, values_b: Array, weights_b: Array) -> float:
    """The two-sample Kolmogorov-Smirnov distance, 0..1; NaN when a sample is empty."""
    values_a, weights_a = known(values_a, weights_a)
    values_b, weights_b = known(values_b, weights_b)
    if not values_a.size or not values_b.size:
        return float("nan")
    points = np.union1d(values_a, values_b)
    below_a = np.concatenate([[0.0], np.cumsum(weights_a) / weights_a.sum()])
    below_b = np.concatenate([[0.0], np.cumsum(weights_b) / weights_b.sum()])
    at_a = np.searchsorted(values_a, points, side="right")
    at_b = np.searchsorted(values_b, points, side="right")
    return float(np.abs(below_a[at_a] - below_b[at_b]).max())


def ranks(values: Array, weights: Array) -> Array:
    """Mid-ranks with weights: the weight below a value plus half of the weight at it."""
    distinct, where = np.unique(values, return_inverse=True)
    at = np.bincount(where, weights=weights, minlength=distinct.size)
    middle: Array = (np.cumsum(at) - at / 2)[where]
    return middle


def spearman(a: Array, b: Array, weights: Array) -> float:
    """Weighted rank correlation over the pairs without NaN; NaN when one side does not vary."""
    a, b, weights = np.asarray(a, float), np.asarray(b, float), np.asarray(weights, float)
    keep = ~np.isnan(a) & ~np.isnan(b) & (weights > 0)
    if keep.sum() < 2:
        return float("nan")
    weights = weights[keep]
    rank_a, rank_b = ranks(a[keep], weights), ranks(b[keep], weights)
    rank_a = rank_a - np.average(rank_a, weights=weights)
    rank_b = rank_b - np.average(rank_b, weights=weights)
    scale = np.sqrt(np.average(rank_a**2, weights=weights) * np.average(rank_b**2, weights=weights))
    return float(np.average(rank_a * rank_b, weights=weights) / scale) if scale > 0 else float("nan")


def slope(x: Array, y: Array) -> float:
    """The least-squares slope of y on x; NaN with fewer than two different x."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.size < 2 or np.ptp(x) == 0:
        return float("nan")
    return float(stats.linregress(x, y).slope)


def _exponent(values: Array, counts: Array, start: float) -> float:
    """The maximum-likelihood exponent of a discrete power law from START on."""
    total, logs = counts.sum(), float(counts @ np.log(values))

    def loss(exponent: float) -> float:
        return float(total * np.log(special.zeta(exponent, start)) + exponent * logs)

    return float(optimize.minimize_scalar(loss, bounds=(1.01, 8.0), method="bounded").x)


def tail(values: npt.ArrayLike, weights: npt.ArrayLike | None = None, smallest: int = 30) -> Tail:
    """The power-law tail of whole numbers >= 1 (others are left out).

    Discrete maximum likelihood for the exponent; the tail starts where the
    Kolmogorov-Smirnov distance between tail and fit is least (Clauset,
    Shalizi, Newman 2009, SIAM Review 51:661-703).  A tail of fewer than
    SMALLEST observations or of one single value is not considered.
    """
    observed = np.asarray(values, float)
    weight = np.ones(observed.size) if weights is None else np.asarray(weights, float)
    keep = (observed >= 1) & (weight > 0)
    distinct, where = np.unique(observed[keep], return_inverse=True)
    counts = np.bincount(where, weights=weight[keep], minlength=distinct.size).astype(float)
    heads = np.bincount(where, minlength=distinct.size)
    best = Tail(float("nan"), 0, float("inf"))
    for first in range(distinct.size - 1):
        if heads[first:].sum() < smallest:
            break
        start = distinct[first]
        exponent = _exponent(distinct[first:], counts[first:], start)
        beyond = special.zeta(exponent, distinct[first:] + 1) / special.zeta(exponent, start)
        below = np.cumsum(counts[first:]) / counts[first:].sum()
        distance = float(np.abs(below - (1 - beyond)).max())
        if distance < best.distance:
            best = Tail(exponent, int(start), distance)
    return best


def tail_from(values: npt.ArrayLike, start: int, smallest: int = 10) -> float:
    """The exponent of a discrete power law from START on, by maximum likelihood; NaN of fewer than SMALLEST values."""
    observed = np.asarray(values, float)
    distinct, counts = np.unique(observed[observed >= max(start, 1)], return_counts=True)
    if counts.sum() < smallest or distinct.size < 2:
        return float("nan")
    return _exponent(distinct, counts.astype(float), float(start))


def top_share(values: Array, weights: Array, top: float) -> float:
    """Which share of the total the largest TOP of the observations hold; NaN when the total is 0."""
    values, weights = known(values, weights)
    if not values.size or not (values @ weights) > 0:
        return float("nan")
    values, weights = values[::-1], weights[::-1]
    room = top * weights.sum()
    before = np.cumsum(weights) - weights
    taken = np.clip(room - before, 0.0, weights)
    return float((taken @ values) / (weights @ values))
