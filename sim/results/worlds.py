"""The second certainty: how often a strategy is best when the assumptions are in doubt.

A *world* is one draw of all doubtful parameters from their declared ranges.
Luck is what remains random inside a world.  More replicates make the first
certainty (about the mean at the shipped parameters) tend to 0 or 1; they must
not do that here, because no number of runs tells us which world is ours.  The
answer is a share of worlds: in how many is the strategy best *on average over
luck*?  More worlds only make that share better known.

The runs give one matched replicate per world, so a world's outcome is its mean
plus luck, and counting raw wins would call luck doubt.  We know how large luck
is from the replicates at the shipped parameters, and take it out:

1. contrasts, not outcomes: each strategy against the mean of all in the same
   replicate, as a share of that mean when outcomes are positive (luck then
   scales with the size of a world, and all worlds count alike);
2. the covariance of these contrasts over worlds is that of the world means
   plus that of luck; subtract the latter (what becomes negative is 0);
3. move every world linearly towards the mean of all worlds until the
   covariance is the one that remains (the optimal transport map between two
   normal distributions), and count winners.

The third step is the constrained empirical Bayes of Louis (1984, JASA
79:393-398), many-dimensional: ordinary shrinkage would understate the spread
of the worlds and so the doubt.  The Bayesian bootstrap (Rubin 1981, Ann.
Statist. 9:130-134) over worlds and over the shipped replicates carries the
Monte Carlo error into the probability and its interval; half a world won and
half a world lost are added (Jeffreys), so no share is ever 0 or 1.

It is exact for normal contrasts with the same relative luck in every world;
docs/certainty.md measures what happens otherwise.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

DRAWS = 400  # bootstrap draws
SEED = 20110422
FEWEST = 8  # shipped replicates below which luck is not taken out


@dataclass(frozen=True)
class Shares:
    """For every strategy the share of worlds in which it is best; arrays float64[strategies].

    probability  mean of the share over its Monte Carlo uncertainty; sums to 1
    low, high    95% interval of the share
    won          raw share of (world, luck) replicates won, ties shared: luck not averaged
    luck         share of the contrasts' variance over worlds that is luck, 0 to 1; None when it is not known.  Above
                 about one half the answer leans on the normal shape: play several lucks per world
    worlds       worlds counted
    """

    probability: Floats
    low: Floats
    high: Floats
    won: Floats
    luck: float | None
    worlds: int


def shares(
    worlds: ArrayLike, shipped: ArrayLike | None = None, higher_is_better: bool = True, lucks: int = 1
) -> Shares | None:
    """Share of worlds in which each strategy is best; None when no world has every strategy defined.

    worlds   float64[worlds, strategies], one matched replicate per world; rows with a NaN are left out
    shipped  float64[replicates, strategies], matched replicates at the shipped parameters, from which luck's size
             is taken; None or fewer than 8 rows: luck is not averaged
    lucks    matched replicates that each row of WORLDS is the mean of (1: as played)
    """
    there = _complete(worlds, higher_is_better)
    here = _complete(shipped, higher_is_better) if shipped is not None else there[:0]
    if there.shape[0] == 0:
        return None
    strategies = there.shape[1]
    if strategies == 1:
        one = np.ones(1)
        return Shares(one, one, one, one, None, there.shape[0])
    everything = np.concatenate([there, here])
    twin = np.array(
        [next(j for j in range(k + 1) if np.array_equal(everything[:, j], everything[:, k])) for k in range(strategies)]
    )
    groups, back, counts = np.unique(twin, return_inverse=True, return_counts=True)
    order = np.argsort(there[:, groups].mean(axis=0), kind="stable")  # so that the caller's order changes no draw
    groups, back, counts = groups[order], np.argsort(order)[back], counts[order]
    there, here = there[:, groups], here[:, groups]
    top = there == there.max(axis=1, keepdims=True)
    won = (top / (top * counts).sum(axis=1, keepdims=True)).mean(axis=0)
    draws, luck = _draws_of_share(there, here, counts, lucks)
    draws = draws / counts
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return Shares(draws.mean(axis=0)[back], low[back], high[back], won[back], luck, there.shape[0])


def _complete(outcomes: ArrayLike, higher_is_better: bool) -> Floats:
    x = np.asarray(outcomes, dtype=np.float64)
    x = x[np.isfinite(x).all(axis=1)]
    return x if higher_is_better else -x


def _draws_of_share(there: Floats, here: Floats, counts: NDArray[np.int64], lucks: int) -> tuple[Floats, float | None]:
    """Bootstrap draws [DRAWS, groups] of the share of worlds won, and luck's part; a group of twins wins together."""
    worlds, groups = there.shape
    prior = counts / counts.sum()
    if groups == 1:
        return np.ones((DRAWS, 1)), None
    weights = _dirichlet(worlds, 0)  # [draws, worlds], not normalised: unit exponentials
    unseen = _unseen(tuple(float(p) for p in prior))
    total = weights.sum(axis=1, keepdims=True) + unseen.sum(axis=1, keepdims=True)
    if here.shape[0] < FEWEST or worlds < 2:
        top = there == there.max(axis=1, keepdims=True)
        wins = top * counts / (top * counts).sum(axis=1, keepdims=True)
        return (weights @ wins + unseen) / total, None
    means = there.mean(axis=1), here.mean(axis=1)
    relative = bool((means[0] > 0).all() and (means[1] > 0).all()) or bool(
        (means[0] < 0).all() and (means[1] < 0).all()
    )
    far = there - means[0][:, None]
    near = here - means[1][:, None]
    luck_weights = _dirichlet(here.shape[0], 1)
    luck_weights = luck_weights / luck_weights.sum(axis=1, keepdims=True)
    bias = np.zeros((DRAWS, groups))
    if relative:
        # A mean of ratios is not the ratio of the means; the shipped replicates tell the difference.
        of_means = (luck_weights @ near) / np.abs(luck_weights @ means[1])[:, None]
        far, near = far / np.abs(means[0])[:, None], near / np.abs(means[1])[:, None]
        bias = (luck_weights @ near - of_means) / lucks
    shares_of = weights / weights.sum(axis=1, keepdims=True)
    centre, spread = _moments(far, shares_of)
    _, luck = _moments(near, luck_weights)
    luck = luck / lucks
    size = float(np.trace(spread, axis1=1, axis2=2).mean())
    part = min(1.0, float(np.trace(luck, axis1=1, axis2=2).mean()) / size) if size > 0 else None
    moved = _transport(spread, spread - luck)  # [draws, groups, groups]
    offset = centre - bias - (centre[:, None] @ moved)[:, 0]  # [draws, groups]
    # Each world's mean contrast with luck taken out, one plane [worlds, draws] per group.
    planes = [far @ moved[:, :, group].T + offset[:, group] for group in range(groups)]
    best = np.maximum.reduce(planes)
    wins = np.zeros((DRAWS, groups))
    free = np.ones(best.shape, dtype=bool)
    for group, plane in enumerate(planes):
        first = (plane >= best) & free
        free &= ~first
        wins[:, group] = np.einsum("dw,wd->d", weights, first)
    return (wins + unseen) / total, part


def _moments(contrasts: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted means [draws, k] and covariances [draws, k, k] of CONTRASTS[n, k]; WEIGHTS[draws, n] sum to 1."""
    mean = weights @ contrasts
    products = (contrasts[:, :, None] * contrasts[:, None, :]).reshape(contrasts.shape[0], -1)
    second = (weights @ products).reshape(-1, contrasts.shape[1], contrasts.shape[1])
    n = contrasts.shape[0]
    return mean, (second - mean[:, :, None] * mean[:, None, :]) * (n / (n - 1))


def _transport(have: Floats, want: Floats) -> Floats:
    """Symmetric maps that turn covariance HAVE into WANT (made positive); both [draws, k, k]."""
    values, axes = np.linalg.eigh(have)
    largest = np.maximum(values[:, -1:], 0)
    real = values > 1e-12 * largest
    root = np.sqrt(np.where(real, values, 0.0))
    inverse = np.where(real, 1 / np.where(real, root, 1.0), 0.0)
    half = (axes * root[:, None, :]) @ axes.transpose(0, 2, 1)
    half_inverse = (axes * inverse[:, None, :]) @ axes.transpose(0, 2, 1)
    values, axes = np.linalg.eigh(want)
    want = (axes * np.maximum(values, 0)[:, None, :]) @ axes.transpose(0, 2, 1)
    values, axes = np.linalg.eigh(half @ want @ half)
    middle = (axes * np.sqrt(np.maximum(values, 0))[:, None, :]) @ axes.transpose(0, 2, 1)
    return half_inverse @ middle @ half_inverse


@functools.lru_cache(maxsize=4)
def _dirichlet(n: int, purpose: int) -> Floats:
    """Unit exponentials [DRAWS, n]; divided by their row sums they are the Bayesian bootstrap's weights."""
    return np.random.default_rng([SEED, purpose, n]).standard_exponential((DRAWS, n))


@functools.lru_cache(maxsize=16)
def _unseen(prior: tuple[float, ...]) -> Floats:
    """The prior's part of the Dirichlet weights: one world in all, split evenly; float64[DRAWS, groups]."""
    return np.random.default_rng([SEED, 2]).gamma(np.array(prior), size=(DRAWS, len(prior)))
