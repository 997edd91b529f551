"""How fast a post's direct reposts come, learned from a bank of trials: what a tree's middle delay says of the law.

A reader of a repost may click through and repost the original: late, and yet
direct.  So a post that got more direct reposts than its own worth explains was
passed on by friends, and looks slow without being so.  The regression knows
the expected direct reposts too, and these are summed over what the posts
together say of the brand's level.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.fit import trials

Floats = npt.NDArray[np.float64]

STEPS = 30  # of the iteration for the variance
STRAY = 1e-3  # share of posts that follow no law, and how much wider they scatter
STRAY_WIDTH = 5.0


@dataclass(frozen=True)
class Pace:
    """ln of the middle delay in x, ln(1 + direct), log-odds of the direct share, ln peer rate, and t = ln delay scale.

    level, slope   float64[terms]  the part without t, and what is multiplied by t
    square         of t
    spread         float64[terms]  ln of the variance about that
    middle         of t and ln peer rate in the bank, from which both are counted
    """

    level: Floats
    slope: Floats
    square: float
    spread: Floats
    ends: tuple[float, float]
    middle: tuple[float, float]

    def expected(self, x: Floats, direct: Floats, odds: Floats, peer: Floats) -> tuple[Floats, Floats, Floats]:
        """(without t, what t multiplies, variance); all shaped as their arguments together."""
        u = np.log1p(direct)
        level = _levels(x, u, odds, peer - self.middle[1]) @ self.level
        slope = _slopes(x, u, odds) @ self.slope
        variance = np.exp(np.clip(_spreads(x, u) @ self.spread, *self.ends))
        return level, slope, variance


def _stack(*terms: Floats) -> Floats:
    found: Floats = np.stack(np.broadcast_arrays(*terms), axis=-1)
    return found


def _levels(x: Floats, u: Floats, v: Floats, peer: Floats) -> Floats:
    e = u - x  # more direct reposts than the post's worth explains
    one = np.ones_like(e)
    return _stack(one, u, u * u, u**3, e, e * e, e**3, u * e, u * u * e, u * e * e, v, v * v, e * v, u * v,
                  peer, peer * e, peer * v)  # fmt: skip


def _slopes(x: Floats, u: Floats, v: Floats) -> Floats:
    return _stack(np.ones_like(u - x), u, u - x, v)


def _spreads(x: Floats, u: Floats) -> Floats:
    e = u - x
    return _stack(np.ones_like(e), u, u * u, e, e * e, u * e)


def learned(bank: trials.Trials, odds: Floats) -> Pace | None:
    """The regression on the trials whose pace is known; None when they are too few.

    odds  float64[trials]  log-odds of the direct share
    """
    known = ~np.isnan(bank.pace)
    if known.sum() < 100:
        return None
    x, u, v, y = bank.x[known], np.log1p(bank.direct[known]), odds[known], bank.pace[known]
    middle = float(bank.scale[known].mean()), float(bank.peer[known].mean())
    t, peer = bank.scale[known] - middle[0], bank.peer[known] - middle[1]
    levels, slopes = _levels(x, u, v, peer), _slopes(x, u, v)
    terms = np.column_stack([levels, slopes * t[:, None], t * t])
    around = _spreads(x, u)
    ridge = 1e-6 * np.eye(around.shape[1])
    weight = np.ones(y.size)
    spread = np.zeros(around.shape[1])
    for _ in range(2):  # plain least squares, then with the variance that they leave
        root = np.sqrt(weight)
        found: Floats = np.linalg.lstsq(terms * root[:, None], y * root, rcond=None)[0].astype(np.float64)
        square = (y - terms @ found) ** 2
        spread[:] = 0.0
        spread[0] = np.log(square.mean())
        for _ in range(STEPS):  # a gamma regression of the squares
            fitted = np.exp(np.clip(around @ spread, -8.0, 6.0))
            spread = spread + np.linalg.solve(around.T @ around + ridge, around.T @ ((square - fitted) / fitted))
        logarithm = around @ spread
        ends = float(np.quantile(logarithm, 0.005)), float(np.quantile(logarithm, 0.995))
        weight = np.exp(-np.clip(logarithm, *ends))
    first, second = levels.shape[1], levels.shape[1] + slopes.shape[1]
    return Pace(found[:first], found[first:second], float(found[second]), spread, ends, middle)


def likelihood(
    law: Pace,
    observed: Floats,
    direct: Floats,
    odds: Floats,
    x: Floats,
    like: Floats,
    drawn: npt.NDArray[np.int64],
    worth: Floats,
    content: npt.NDArray[np.int64],
    peer: Floats,
    scale: Floats,
) -> Floats:
    """ln of the likelihood of the OBSERVED paces: float64[draws, scales]; posts with NaN say nothing.

    direct, odds  float64[posts]
    x             float64[posts, cells]            ln direct reposts that each worth would let expect
    like          float64[peers, posts, cells]     the chance of the post's counts, were it worth that
    drawn         int64[draws]                     peer rate of each draw from the posterior, a row of PEER
    worth         float64[contents, draws, cells]  how a post's worth is distributed in each draw
    content       int64[posts]
    peer, scale   ln of the peer rates and of the delay scales

    What the posts share (the brand's level, the peer rate) is the same for all of them within a draw.
    """
    total = np.zeros((drawn.size, scale.size))
    t = scale - law.middle[0]
    for post in np.flatnonzero(~np.isnan(observed)):
        level, slope, variance = law.expected(x[post][None, :], direct[post], odds[post], peer[:, None])
        mass = like[drawn, post] * worth[content[post]]
        mass = mass / np.maximum(mass.sum(axis=1, keepdims=True), 1e-300)
        levels = level[drawn]
        mean_level = (mass * levels).sum(axis=1)[:, None]
        mean_slope = (mass @ slope[0])[:, None]
        # Moments of the mixture over what the post may be worth.
        own = mass @ variance[0] + (mass * (levels - mean_level) ** 2).sum(axis=1)
        both = 2.0 * (mass * (levels - mean_level) * (slope[0] - mean_slope)).sum(axis=1)
        rising = (mass * (slope[0] - mean_slope) ** 2).sum(axis=1)
        wide = own[:, None] + both[:, None] * t + rising[:, None] * t * t
        square = (observed[post] - mean_level - mean_slope * t - law.square * t * t) ** 2 / wide
        usual = np.log1p(-STRAY) - 0.5 * square
        stray = np.log(STRAY / STRAY_WIDTH) - 0.5 * square / STRAY_WIDTH**2
        total += np.logaddexp(usual, stray) - 0.5 * np.log(wide)
    return total
