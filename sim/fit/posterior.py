"""What observed posts say about a few parameters: likelihoods from simulated trials, on grids.

The chance that a post gets n reposts, given the direct ones expected of it, is
read off a bank of trials (a smoothed frequency: Diggle and Gratton 1984, JRSS B
46:193-227); the worth of a post is lognormal about the brand's own level and is
summed over.  A grid over two or three parameters needs no sampler, so the
answer is a function of the data and the bank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from sim.fit import trials

Floats = npt.NDArray[np.float64]

X_STEP, X_WIDTH = 0.05, 0.10  # of the grid of ln expected direct reposts, and how far a trial's word reaches
Y_WIDTH = 0.10  # of ln(1 + reposts)
PEER_WIDTH = 0.10  # of ln peer rate
SHARE_WIDTH = 0.25  # of the log-odds of the direct share
STRAY = 1e-4  # share of posts that follow no law: one post alone decides nothing
LEVEL, SPREAD = 0.95, (0.025, 0.975)
EACH_DISPERSION = 0.4  # variance over mean, minus 1, of the comments written by those who comment (geometric, mean 1.2)
CELLS = 160  # of the grid over a post's own readiness to be commented on


@dataclass(frozen=True)
class Marginal:
    """What is known of one parameter: its median, the 95% interval, and how much the data told.

    told  1 - (width of the interval / width before the data), on the grid's scale; below 0 the data told nothing
    """

    value: float
    low: float
    high: float
    told: float


def marginal(grid: Floats, chance: Floats, logarithmic: bool, prior: Floats | None = None) -> Marginal:
    """The marginal of a parameter with CHANCE (unscaled) at the points of GRID; cells are as wide as their gaps."""
    scale = np.log(grid) if logarithmic else grid
    gaps = np.gradient(scale)

    def quantiles(weight: Floats) -> Floats:
        mass = weight * gaps
        total = mass.sum()
        below = (np.cumsum(mass) - 0.5 * mass) / total
        found: Floats = np.interp([0.025, 0.5, 0.975], below, scale)
        return found

    low, middle, high = quantiles(chance)
    before = quantiles(np.ones_like(chance) if prior is None else prior)
    told = 1.0 - (high - low) / max(before[2] - before[0], 1e-12)
    ends = np.exp([middle, low, high]) if logarithmic else np.array([middle, low, high])
    return Marginal(float(ends[0]), float(ends[1]), float(ends[2]), float(told))


def normalised(logarithm: Floats) -> Floats:
    """exp of LOGARITHM, the largest 1."""
    found: Floats = np.exp(logarithm - logarithm.max())
    return found


# --- the chance of so many reposts ---------------------------------------------------------------


@dataclass(frozen=True)
class Chances:
    """The chance of each observed post at each point of the grid: float64[peers, xs, posts], already smoothed."""

    x: Floats
    peer: Floats
    table: Floats


def log_odds(direct: Floats, reposts: Floats) -> Floats:
    """Log-odds of the direct share, kept finite."""
    found: Floats = np.log((direct + 0.5) / (reposts - direct + 0.5))
    return found


def chances(bank: trials.Trials, reposts: Floats, direct: Floats | None, peer_grid: Floats) -> Chances:
    """Smoothed frequencies of REPOSTS (and of the direct share, where it is known) in the bank.

    peer_grid  peer rates at which a chance is wanted (one: the bank has only that)
    """
    x = np.arange(bank.x.min(), bank.x.max() + X_STEP, X_STEP)
    number, where = np.unique(np.column_stack([reposts, np.nan_to_num(direct)] if direct is not None else [reposts]),
                              axis=0, return_inverse=True)  # fmt: skip
    near = np.log1p(bank.reposts)
    said = np.empty((bank.x.size, len(number)), np.float32)
    for column, wanted in enumerate(number):
        n = wanted[0]
        # A trial with N reposts speaks for n near N; what it says over all n sums to 1.
        away = (np.log1p(n) - near) / Y_WIDTH
        ends = np.log(np.array([n + 0.5, n + 1.5]))
        mass = stats.norm.cdf((ends[1] - near) / Y_WIDTH) - stats.norm.cdf((ends[0] - near) / Y_WIDTH)
        if n == 0:
            mass = stats.norm.cdf((ends[1] - near) / Y_WIDTH)
        said[:, column] = np.where(np.abs(away) < 6.0, mass, 0.0)
        if direct is not None and n > 0:
            odds = log_odds(bank.direct, bank.reposts)
            there = float(log_odds(np.array([wanted[1]]), np.array([n]))[0])
            wide = np.hypot(SHARE_WIDTH, 0.5 / np.sqrt(1.0 + n / 10.0))
            said[:, column] *= np.exp(-0.5 * ((odds - there) / wide) ** 2).astype(np.float32)
    table = np.empty((peer_grid.size, x.size, len(number)))
    near_x = _bell((x[:, None] - bank.x[None, :]) / X_WIDTH).astype(np.float32)
    for row, rate in enumerate(np.log(peer_grid)):
        near_peer = np.ones(bank.x.size) if peer_grid.size == 1 else _bell((bank.peer - rate) / PEER_WIDTH)
        table[row] = near_x @ (said * near_peer[:, None].astype(np.float32))
        table[row] /= np.maximum(near_x @ near_peer.astype(np.float32), 1e-20)[:, None]
    even = 1.0 / (1.0 + np.maximum(number[:, 0], 1.0)) / 10.0
    return Chances(x, peer_grid, ((1.0 - STRAY) * table + STRAY * even)[:, :, where])


def _bell(z: Floats) -> Floats:
    found: Floats = np.exp(-0.5 * z**2)
    return found


def worth(found: Chances, lines: Floats, level: Floats, spread: Floats) -> Floats:
    """ln of the likelihood of all posts: float64[peers, levels, spreads].

    lines   float64[posts, QUALITIES]  x of each post were it worth exp(QUALITIES)
    level   ln of the middle worth;  spread: sigma of the logarithm
    """
    qualities = trials.QUALITIES
    step = qualities[1] - qualities[0]
    edges = np.append(qualities - step / 2, qualities[-1] + step / 2)
    z = (edges[None, None, :] - level[:, None, None]) / spread[None, :, None]
    mass = np.diff(special.ndtr(z), axis=2).reshape(-1, qualities.size)
    total = np.empty((found.peer.size, level.size * spread.size))
    for row, at in enumerate(along(found, lines)):
        total[row] = np.log(np.maximum(mass @ at.T, 1e-300)).sum(axis=1)
    return total.reshape(found.peer.size, level.size, spread.size)


def along(found: Chances, lines: Floats) -> Floats:
    """The chance of each post were it worth exp(QUALITIES): float64[peers, posts, QUALITIES]; LINES as in `worth`."""
    place = np.clip((lines - found.x[0]) / X_STEP, 0.0, found.x.size - 1.001)
    cell = place.astype(int)
    part = place - cell
    number = np.arange(lines.shape[0])[:, None]
    return np.stack([table[cell, number] * (1.0 - part) + table[cell + 1, number] * part for table in found.table])


def worths(level: Floats, spread: Floats) -> Floats:
    """How a post's worth is distributed at each LEVEL (ln) and SPREAD: float64[draws, QUALITIES], unscaled."""
    found: Floats = np.exp(-0.5 * ((trials.QUALITIES - level[:, None]) / spread[:, None]) ** 2) / spread[:, None]
    return found


# --- comments, reads, pace -----------------------------------------------------------------------


@dataclass(frozen=True)
class Talk:
    """Comments expected of a post with so many reposts that is commented on so readily, learned from a bank.

    coefficients of ln mean in 1, u, v, u2, u v, v2, u v2, v3, u3 with u = ln(1 + reposts), v = ln readiness;
    extra: variance over the squared mean, beyond that of people who write one comment or several;
    ends: of the readiness in the bank
    """

    coefficients: Floats
    extra: float
    ends: tuple[float, float]

    def mean(self, reposts: Floats, readiness: Floats) -> Floats:
        """The expected comments; beyond the ends of the bank in proportion to readiness."""
        inside = np.clip(readiness, *self.ends)
        logarithm = _terms(np.log1p(reposts), inside) @ self.coefficients + (readiness - inside)
        found: Floats = np.exp(np.clip(logarithm, -30.0, 30.0))
        return found

    def chance(self, number: float, reposts: float, readiness: Floats) -> Floats:
        """The chance of NUMBER comments on a post with REPOSTS at each READINESS."""
        mean = self.mean(np.full(readiness.size, reposts), readiness)
        size = self.size(mean)
        found: Floats = stats.nbinom.pmf(number, size, size / (size + mean))
        return found

    def size(self, mean: Floats) -> Floats:
        """The size of a negative binomial with this MEAN and the variance of such comments."""
        found: Floats = np.maximum(mean, 1e-12) / (EACH_DISPERSION + self.extra * mean)
        return found


def _terms(u: Floats, v: Floats) -> Floats:
    u, v = np.broadcast_arrays(u, v)
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v, u * v * v, v**3, u**3], axis=-1)


def talk_of(bank: trials.Trials) -> Talk:
    """Poisson regression on the bank's comments (Newton's steps), and their dispersion by moments."""
    terms = _terms(np.log1p(bank.reposts), bank.talk)
    start = np.log(np.maximum(bank.comments, 0.3))
    coefficients: Floats = np.linalg.lstsq(terms, start, rcond=None)[0].astype(np.float64)
    ridge = 1e-6 * np.eye(terms.shape[1])
    for _ in range(30):
        mean = np.exp(np.clip(terms @ coefficients, -15.0, 15.0))
        # Weights of a quasi-likelihood whose variance grows with the squared mean: no single large trial decides.
        weight = mean / (1.0 + EACH_DISPERSION + 0.2 * mean)
        right = terms.T @ (weight * (bank.comments - mean) / mean)
        step = np.linalg.solve(terms.T @ (weight[:, None] * terms) + ridge, right)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-8:
            break
    mean = np.exp(np.clip(terms @ coefficients, -15.0, 15.0))
    large = mean > 3.0
    excess = ((bank.comments - mean) ** 2 - (1.0 + EACH_DISPERSION) * mean) / mean**2
    extra = float(np.clip(np.mean(np.minimum(excess[large], 25.0)), 0.0, 2.0)) if large.any() else 0.0
    return Talk(coefficients, extra, (float(bank.talk.min()), float(bank.talk.max())))


def comments(counted: Floats, reposts: Floats, talk: Talk, level: Floats, spread: Floats) -> Floats:
    """ln of the likelihood of COUNTED comments: float64[levels, spreads]; posts with NaN say nothing.

    level  how readily the brand's posts are commented on, against ordinary posts;  spread: sigma of its logarithm
    """
    known = ~np.isnan(counted)
    reach = 5.0 * float(spread.max())
    everywhere = np.linspace(np.log(level.min()) - reach, np.log(level.max()) + reach, 600)
    total = np.zeros((level.size, spread.size))
    for number, others in zip(counted[known], reposts[known], strict=True):
        # Many comments pin a post's own readiness down to a narrow peak: the sum over it needs a grid of its own.
        rough = talk.chance(number, others, everywhere)
        there = np.flatnonzero(rough > 1e-9 * rough.max())
        ends = everywhere[max(there[0] - 1, 0)], everywhere[min(there[-1] + 1, everywhere.size - 1)]
        readiness = np.linspace(*ends, CELLS)
        step = readiness[1] - readiness[0]
        chance = talk.chance(number, others, readiness)
        edges = np.append(readiness - step / 2, readiness[-1] + step / 2)
        z = (edges[None, None, :] - np.log(level)[:, None, None]) / spread[None, :, None]
        likely = np.diff(special.ndtr(z), axis=2) @ chance
        if there[0] == 0:  # no comments: whoever is even less ready is as likely
            likely += special.ndtr(z[:, :, 0]) * chance[0]
        total += np.log((1.0 - STRAY) * likely + STRAY / (10.0 * (1.0 + float(number))))
    return total


def seen(reads: Floats, expected: Sequence[Floats], common: Sequence[float], noise: Floats) -> Floats:
    """ln of the likelihood of READS: float64[settings, noises].

    expected  of each setting float64[posts]: the reads that it expects
    common    of each setting: sigma of the logarithm that all posts share (the same followers read them all)
    noise     sigma of the logarithm from post to post
    """
    known = ~np.isnan(reads)
    total = np.empty((len(expected), noise.size))
    for row, one in enumerate(expected):
        mean = np.maximum(one[known], 1e-9)
        away = np.log(np.maximum(reads[known], 0.5)) - np.log(mean)
        wide = np.sqrt(noise[:, None] ** 2 + 1.0 / np.maximum(mean, 1.0))
        total[row] = stats.norm.logpdf(away / wide).sum(axis=1) - np.log(wide).sum(axis=1)
        # What all share makes the covariance diagonal plus a constant: its determinant and inverse in closed form.
        shared = common[row] ** 2
        weight, pull = (1.0 / wide**2).sum(axis=1), (away / wide**2).sum(axis=1)
        total[row] += 0.5 * (shared * pull**2 / (1.0 + shared * weight) - np.log1p(shared * weight))
    return total


def summed(logarithm: Floats, axes: Mapping[str, Floats], keep: str) -> Floats:
    """The marginal of KEEP from the joint LOGARITHM, whose axes have these names in this order."""
    chance = normalised(logarithm)
    names = list(axes)
    others = tuple(place for place, name in enumerate(names) if name != keep)
    found: Floats = chance.sum(axis=others)
    return found
