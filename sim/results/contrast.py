"""Estimates from matched replicates: a mean, a difference, and who is best.

Everything here is a pure function of outcomes that met the same luck: row r
of every strategy is replicate r.  NaN means "undefined in this replicate";
such rows are left out, pair by pair.

**The interval.**  Outcomes of cascades are skewed, and Student's interval for
a skewed mean misses on one side.  Hall's cubic transformation repairs that,
but it trusts the sample skewness and so fails for symmetric heavy tails, which
differences of two matched cascades often have.  We report the hull of the two
(the lower of the lower ends, the higher of the higher ends): never narrower
than Student's, and 94-96% coverage in both families once n reaches about 16
(measured: docs/certainty.md, `benchmarks/certainty.py`).

Sources: Hall (1992), J. Royal Stat. Soc. B 54:221-228 (the transformation);
Zhou and Gao (2000), American Statistician 54:100-104 (its use without a
bootstrap).  The hull is ours.
"""

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

SURE = 0.95  # two-sided confidence of every interval unless the caller says otherwise
DRAWS = 4096  # antithetic pairs of joint draws behind `probability_best`
SEED = 20100817  # of those draws; fixed, so the same outcomes always give the same answer
FAR = 3.0  # standard deviations of the outcome: a mean so far from 0 is not an artefact of skewness, no correction


@dataclass(frozen=True)
class Estimate:
    """One strategy on one metric, in the metric's unit.

    mean, p10, p90   None when the metric is undefined in every replicate
    low, high        95% interval of the mean; None with fewer than two replicates
    n                replicates in which the metric is defined
    """

    mean: float | None
    low: float | None
    high: float | None
    p10: float | None
    p90: float | None
    n: int


@dataclass(frozen=True)
class Difference:
    """Strategy a minus strategy b on one metric, in the metric's unit.

    mean, low, high       of the mean difference over luck
    probability_a_better  certainty that a's mean is better than b's: the level of the one-sided interval that just
                          touches 0, so it exceeds 0.975 exactly when the 95% interval leaves out 0 on a's side;
                          0.5 for an exact tie, None with fewer than two matched replicates (unless they tie)
    worlds_a_better       share of replicates in which a did better than b (a tie counts half); it answers "how
                          often", tends to no certainty and says nothing about the mean
    n                     matched replicates in which both are defined
    """

    mean: float | None
    low: float | None
    high: float | None
    probability_a_better: float | None
    worlds_a_better: float | None
    n: int


@dataclass(frozen=True)
class Means:
    """Means along axis 0 and what is needed to judge them; arrays of the remaining shape.

    mean  float64  in the metric's unit
    error float64  standard error of the mean, exactly 0 for a constant column
    skew  float64  skewness, adjusted for the size of the sample (Joanes and Gill 1998, The Statistician 47:183-189,
                   their G1): a short sample shows too little of it; 0 for a constant column
    n     int      rows, >= 2
    """

    mean: Floats
    error: Floats
    skew: Floats
    n: int


def means(values: ArrayLike) -> Means:
    """Mean, standard error and skewness of VALUES[n, ...] (finite, n >= 2) along axis 0."""
    x = np.asarray(values, dtype=np.float64)
    n = x.shape[0]
    constant = x.max(axis=0) == x.min(axis=0)
    mean = np.where(constant, x[0], x.mean(axis=0))
    scale = np.abs(x - mean).max(axis=0)  # divided out first, so that no power under- or overflows
    unit = (x - mean) / np.where(scale > 0, scale, 1.0)
    square = unit * unit
    second = square.mean(axis=0)
    third = np.mean(square * unit, axis=0)
    safe = np.where(constant | (second <= 0), 1.0, second)
    adjusted = np.sqrt(n * (n - 1)) / (n - 2) if n > 2 else 1.0
    skew = np.where(constant, 0.0, adjusted * third / safe**1.5)
    error = np.where(constant, 0.0, scale * np.sqrt(second / (n - 1)))
    return Means(mean, error, skew, n)


def interval(values: ArrayLike, sure: float = SURE) -> tuple[Floats, Floats]:
    """Ends of the interval of the mean of VALUES[n, ...] along axis 0, at two-sided confidence SURE."""
    return bounds(means(values), sure)


def bounds(of: Means, sure: float = SURE) -> tuple[Floats, Floats]:
    """The hull of Student's and Hall's interval; see the head of this file."""
    quantile = special.stdtrit(of.n - 1, 0.5 + sure / 2)
    low = of.mean - of.error * np.maximum(quantile, _untransformed(quantile, of.skew, of.n))
    high = of.mean - of.error * np.minimum(-quantile, _untransformed(-quantile, of.skew, of.n))
    return low, high


def support(of: Means, caution: float = 1.0) -> Floats:
    """How far the mean lies from 0 in Student units, signed, after the same hedge as in `bounds`.

    The two candidates are Student's t and Hall's transform of it; the one
    nearer to 0 counts, and a correction never turns the sign.  The support is
    +inf, -inf or 0 for a constant.

    CAUTION > 1 multiplies the sample skewness, which a short sample of a
    skewed outcome underestimates, and lets the transform end at its turning
    point: no mean, however large, then speaks louder than sqrt(n) / (CAUTION *
    skew).  `sequential` needs it, `bounds` does not.
    """
    if caution > 1.0:
        of = Means(of.mean, of.error, of.skew * caution, of.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        student = np.where(of.error > 0, of.mean / of.error, np.copysign(np.inf, of.mean))
    student = np.where((of.error == 0) & (of.mean == 0), 0.0, student)
    with np.errstate(over="ignore", invalid="ignore"):
        end = -3 * np.sqrt(of.n) / np.where(of.skew == 0, np.nan, of.skew)
        turned = np.where(student * end > 0, np.sign(student) * np.fmin(np.abs(student), np.abs(end)), student)
        reached = turned if caution > 1.0 else student
        hall = np.where(np.isfinite(reached), _transformed(reached, of.skew, of.n), student)
        hall = np.where(np.abs(student) >= FAR * np.sqrt(of.n), student, hall)
    cautious = np.where(student > 0, np.minimum(student, hall), np.maximum(student, hall))
    return np.where(student > 0, np.maximum(cautious, 0.0), np.minimum(cautious, 0.0))


def probability_positive(of: Means) -> Floats:
    """Certainty that the true mean exceeds 0 (a confidence distribution; 0.5 for a constant 0)."""
    return special.stdtr(of.n - 1, support(of))


def _transformed(t: Floats, skew: Floats, n: int) -> Floats:
    """Hall's transform of Student's t: closer to symmetric when the data are skewed."""
    w = t / np.sqrt(n)
    return np.sqrt(n) * (w + skew * w**2 / 3 + skew**2 * w**3 / 27 + skew / (6 * n))


def _untransformed(t: float, skew: Floats, n: int) -> Floats:
    """Student's t whose transform is T (the cubic has one real root)."""
    y = t / np.sqrt(n) - skew / (6 * n)
    small = np.abs(skew) < 1e-6  # below it the series is exact to rounding, the root is not
    safe = np.where(small, 1.0, skew)
    root = 3 / safe * (np.cbrt(1 + safe * y) - 1)
    return np.sqrt(n) * np.where(small, y - skew * y**2 / 3, root)


def summary(values: ArrayLike, sure: float = SURE) -> Estimate:
    """Mean with interval and the spread over luck (10th and 90th percentile) of VALUES[n]."""
    x = np.asarray(values, dtype=np.float64)
    x = x[np.isfinite(x)]
    if x.size == 0:
        return Estimate(None, None, None, None, None, 0)
    p10, p90 = (float(q) for q in np.quantile(x, [0.1, 0.9]))
    if x.size == 1:
        return Estimate(float(x[0]), None, None, p10, p90, 1)
    of = means(x)
    low, high = bounds(of, sure)
    return Estimate(float(of.mean), float(low), float(high), p10, p90, x.size)


def difference(a: ArrayLike, b: ArrayLike, higher_is_better: bool = True, sure: float = SURE) -> Difference:
    """Paired difference a - b of two strategies over the same luck; A and B have shape [n]."""
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    both = np.isfinite(x) & np.isfinite(y)
    gap = x[both] - y[both]
    if gap.size == 0:
        return Difference(None, None, None, None, None, 0)
    ahead = gap if higher_is_better else -gap
    worlds = float(np.mean(ahead > 0) + np.mean(ahead == 0) / 2)
    if gap.size == 1:
        return Difference(float(gap[0]), None, None, 0.5 if gap[0] == 0 else None, worlds, 1)
    of = means(gap)
    low, high = bounds(of, sure)
    better = float(probability_positive(means(ahead)))
    return Difference(float(of.mean), float(low), float(high), better, worlds, gap.size)


def probability_best(outcomes: ArrayLike, higher_is_better: bool = True) -> Floats:
    """Certainty that each strategy has the best mean; float64[strategies], sums to 1.

    outcomes  float64[replicates, strategies], matched; rows with a NaN among
              the defined strategies are left out

    Joint draws of the strategies' means from the multivariate t distribution
    that their matched covariance gives; strategy j is best in a draw when it
    beats every other under the caution of `support`, so that with two
    strategies the answer equals `difference(...).probability_a_better`.
    Strategies that tie exactly in every replicate share.  A strategy that is
    undefined everywhere gets NaN; so does everyone when fewer than two matched
    replicates are left and they do not all tie.
    """
    x = np.array(outcomes, dtype=np.float64)
    if not higher_is_better:
        x = -x
    answer = np.full(x.shape[1], np.nan)
    defined = np.flatnonzero(np.isfinite(x).any(axis=0))
    if defined.size == 0:
        return answer
    x = x[:, defined]
    x = x[np.isfinite(x).all(axis=1)]
    if x.shape[0] == 0:
        return answer
    twins = _twins(x)
    groups, counts = np.unique(twins, return_counts=True)
    if groups.size == 1:
        answer[defined] = 1.0 / defined.size
    elif x.shape[0] > 1:
        each = _probability_best_of_different(x[:, groups]) / counts
        answer[defined] = each[np.searchsorted(groups, twins)]
    return answer


def _twins(x: Floats) -> NDArray[np.int64]:
    """For each column the first column that equals it in every row."""
    return np.array([next(j for j in range(k + 1) if np.array_equal(x[:, j], x[:, k])) for k in range(x.shape[1])])


def _probability_best_of_different(x: Floats) -> Floats:
    n, strategies = x.shape
    of = means(x[:, :, None] - x[:, None, :])  # [j, k]: j minus k
    lead = support(of)
    pairwise = special.stdtr(n - 1, lead)  # [j, k]: j better than k
    if strategies == 2:
        return np.array([pairwise[0, 1], pairwise[1, 0]])
    noise = _joint_draws(n) @ (x - x.mean(axis=0))  # of the means, [draws, strategies]
    unbeaten = np.ones((noise.shape[0], strategies), dtype=bool)
    for j, k in itertools.combinations(range(strategies), 2):
        # A pair without luck (error 0) has an infinite lead and no noise.
        noisy = (noise[:, j] - noise[:, k]) / of.error[j, k] if of.error[j, k] > 0 else 0.0
        beats = noisy > -lead[j, k]
        unbeaten[:, k] &= ~beats
        unbeaten[:, j] &= beats
    wins = unbeaten.mean(axis=0)
    # The draws resolve 1 in 8,192; beyond that Bonferroni's bounds on the favourite are sharper.
    first = int(np.argmax(wins))
    rivals = np.arange(strategies) != first
    doubt = 1 - pairwise[first, rivals]
    share = float(np.clip(wins[first] / wins.sum(), 1 - doubt.sum(), 1 - doubt.max()))
    rest = wins[rivals] + doubt * 1e-9 + 1e-300
    answer = np.empty(strategies)
    answer[first] = share
    answer[rivals] = (1 - share) * rest / rest.sum()
    return answer


@functools.lru_cache(maxsize=2)
def _joint_draws(n: int) -> Floats:
    """Weights [2 * DRAWS, n] that turn centred outcomes into draws of the means' multivariate t noise.

    A row of independent normals times centred data has exactly the data's
    covariance; tying a normal to a replicate, not to a strategy, makes the
    answer indifferent to the order of the strategies.  Each draw comes with
    its mirror image.
    """
    generator = np.random.default_rng([SEED, n])
    normal = generator.standard_normal((DRAWS, n))
    spread = np.sqrt((n - 1) / generator.chisquare(n - 1, size=(DRAWS, 1)))
    weights = normal * spread / np.sqrt(n * (n - 1))
    return np.concatenate([weights, -weights])


def best(outcomes: Mapping[str, ArrayLike], higher_is_better: bool = True) -> tuple[str | None, float | None]:
    """The strategy most likely to have the best mean and that probability; (None, None) when it cannot be said.

    outcomes  strategy -> float64[replicates], matched.  Exact ties go to the
    first named, with their shared probability.
    """
    names = list(outcomes)
    if not names:
        return None, None
    chance = probability_best(columns(outcomes, names), higher_is_better)
    if np.isnan(chance).all():
        return None, None
    first = int(np.nanargmax(chance))
    return names[first], float(chance[first])


def columns(outcomes: Mapping[str, ArrayLike], names: Sequence[str]) -> Floats:
    """The matrix [replicates, strategies] of the named strategies, in that order."""
    return np.column_stack([np.asarray(outcomes[name], dtype=np.float64) for name in names])
