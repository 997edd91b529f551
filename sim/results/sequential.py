"""When to stop adding replicates: `--replicates auto`.

The caller plays a few matched replicates, asks `look`, plays up to the number
it names, asks again.  Looking often at growing data calls a false leader far
more often than the nominal error, so each look k has a stricter limit

    z_k = c (n_k / limit) ** -SHAPE

with c such that the running mean of a fair coin passes z_k at *any* of the
planned looks with probability ERROR / 2 (Wang and Tsiatis 1987, Biometrics
43:193-199; the crossing probability by the recursion of Armitage, McPherson
and Rowe 1969, J. Royal Stat. Soc. A 132:235-244).  A leader is called when it
passes against *every* other strategy.  Two wrong strategies cannot be called
at once, and a wrong one must beat all others, not only the best, so the limit
needs no division by their number; that, and what skewed outcomes do to it, is
measured: docs/certainty.md.  Why not a confidence sequence, why this SHAPE and
CAUTION: docs/decisions/0003-sequential.md.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from sim.results import contrast

Stop = Literal["leader", "width", "limit"]

LIMIT = 400  # replicates, the contract's most
ERROR = 0.05  # chance of calling a wrong leader, over all looks and strategies
WIDTH = 0.05  # wanted width of the intervals of the differences, relative to the leader's mean
SHAPE = 0.15  # 0 would treat all looks alike (Pocock), 0.5 would make early calls nearly impossible (O'Brien-Fleming)
CAUTION = 2.2  # multiplies the sample skewness, see contrast.support


@dataclass(frozen=True)
class Plan:
    """What was decided before the first replicate.

    looks  replicates at which to look, ascending; the last is the limit
    error  chance of a wrong leader allowed over all looks
    width  wanted full width of a difference's interval, as a share of the leader's mean
    z      limit of each look in standard normal units (derived)
    """

    looks: tuple[int, ...]
    error: float
    width: float
    z: tuple[float, ...]

    def level(self, replicates: int) -> float:
        """One-sided level in force at that many replicates (those of the next planned look between two looks)."""
        later = sum(n < replicates for n in self.looks)
        return float(special.ndtr(-self.z[min(later, len(self.z) - 1)]))

    def sure(self, replicates: int) -> float:
        """Two-sided confidence at which intervals hold at every look at once, for `contrast.difference(sure=...)`."""
        return 1 - 2 * self.level(replicates)


@dataclass(frozen=True)
class Look:
    """What one look says.

    stop    leader (one strategy beats all others), width (every difference that still matters is known closely
            enough), limit (no replicates left), or None: play up to NEXT replicates and look again
    leader  column of the called leader; None unless stop is "leader"
    ahead   column with the best mean so far; None when nothing is defined
    alive   columns not clearly beaten by any other strategy; the rest could be dropped
    width   widest interval among the differences that still matter, as a share of the leader's mean; None if unknown
    next    replicates to have at the next look; None when stopped
    """

    stop: Stop | None
    leader: int | None
    ahead: int | None
    alive: tuple[int, ...]
    width: float | None
    next: int | None


def schedule(limit: int = LIMIT, first: int = 16, growth: float = 1.5) -> tuple[int, ...]:
    """Looks at 16, 24, 36, 54, 81, 122, 183, 274, 400: each has half as much again as the one before."""
    looks: list[int] = []
    at = first
    while at < limit:
        looks.append(at)
        at = round(at * growth)
    if looks and limit < looks[-1] * 1.2:
        looks.pop()
    return (*looks, limit)


def plan(limit: int = LIMIT, error: float = ERROR, width: float = WIDTH) -> Plan:
    """The plan for at most LIMIT replicates (>= 1)."""
    looks = schedule(limit)
    return Plan(looks, error, width, limits(looks, error / 2))


@functools.lru_cache(maxsize=64)
def limits(looks: tuple[int, ...], error: float) -> tuple[float, ...]:
    """z_k for each look so that normal data without a difference pass any of them with probability ERROR."""
    shape = (np.array(looks) / looks[-1]) ** -SHAPE
    from scipy import optimize  # a tenth of a second at every start, which only a plan needs

    c = optimize.brentq(lambda at: crossing(looks, at * shape) - error, 0.1, 8.0, xtol=1e-7)
    return tuple(float(z) for z in c * shape)


def crossing(looks: Sequence[int], z: Sequence[float]) -> float:
    """Chance that the standardised running mean of independent normals exceeds z[k] at looks[k] for some k.

    Integrates over the paths that have not crossed yet (Gauss-Legendre, 160 nodes from -9 to the limit).
    """
    nodes, weights = np.polynomial.legendre.leggauss(160)
    low = -9.0
    staying = 1.0
    grid = mass = np.empty(0)
    for k, limit in enumerate(z):
        here = low + (nodes + 1) * (limit - low) / 2
        if k == 0:
            density = np.exp(-(here**2) / 2) / np.sqrt(2 * np.pi)
        else:
            kept = looks[k - 1] / looks[k]
            step = (here[:, None] - np.sqrt(kept) * grid[None, :]) / np.sqrt(1 - kept)
            density = np.exp(-(step**2) / 2) / np.sqrt(2 * np.pi * (1 - kept)) @ mass
        grid, mass = here, density * weights * (limit - low) / 2
        staying = float(mass.sum())
    return 1 - staying


def look(outcomes: ArrayLike, plan: Plan, higher_is_better: bool = True) -> Look:
    """Whether the matched OUTCOMES[replicates, strategies] on the goal metric so far are enough.

    Rows with a NaN are left out.  Call it at the planned numbers of replicates
    only (a look at another number is allowed, as when time runs out, and then
    counts as the next planned one).
    """
    x = np.asarray(outcomes, dtype=np.float64)
    replicates, strategies = x.shape
    later = [n for n in plan.looks if n > replicates]
    following = later[0] if later else None
    running_out: Stop | None = None if later else "limit"
    everyone = tuple(range(strategies))
    rows = x[np.isfinite(x).all(axis=1)]
    if rows.shape[0] == 0:
        return Look(running_out, None, None, everyone, None, following)
    mean = rows.mean(axis=0)
    ahead = int(np.argmax(mean if higher_is_better else -mean))
    if strategies == 1:
        # Nothing to rank: the wanted width then applies to the mean itself.
        gaps, rivals = rows, np.array([True])
    else:
        gaps, rivals = rows[:, ahead, None] - rows, np.arange(strategies) != ahead
    if rows.shape[0] == 1:
        return Look(running_out, None, ahead, everyone, None, following)
    pairs = contrast.means(rows[:, :, None] - rows[:, None, :])
    lead = contrast.support(pairs, CAUTION) * (1 if higher_is_better else -1)
    beats = lead > special.stdtrit(pairs.n - 1, 1 - plan.level(replicates))
    alive = tuple(int(k) for k in np.flatnonzero(~beats.any(axis=0)))
    low, high = contrast.interval(gaps, plan.sure(replicates))
    # What is called must also stand in the interval that is shown: no leader whose lead may be 0.
    apart = low > 0 if higher_is_better else high < 0
    if strategies > 1 and beats[ahead][rivals].all() and apart[rivals].all():
        return Look("leader", ahead, ahead, alive, None, None)
    open_gaps = rivals & ~(beats[ahead] & apart)
    widest = float((high - low)[open_gaps].max())
    share = widest / abs(float(mean[ahead])) if mean[ahead] != 0 else (0.0 if widest == 0 else None)
    if share is not None and share <= plan.width:
        return Look("width", None, ahead, alive, share, None)
    return Look(running_out, None, ahead, alive, share, following)
