"""The best of many: a race that drops who is clearly behind and stops when one is left.

The fully sequential procedure KN (Kim and Nelson 2001, ACM TOMACS 11:251-273),
which allows matched luck: strategy i leaves after r rounds when another one's
mean is ahead by more than

    W = max(0, (margin / 2 r) (h2 S2 / margin^2 - r)),   h2 = 2 eta (first - 1),
    eta = ((2 error / (k - 1)) ** (-2 / (first - 1)) - 1) / 2

with S2 the variance of their difference in the first rounds.  Where the best
is at least `margin` ahead, it is chosen with probability 1 - error for normal
outcomes; otherwise one within `margin` of it is.  A round is the mean of
`batch` replicates, because outcomes of cascades are skewed; what the error is
for skewed outcomes, near ties and the least favourable case is measured
(`benchmarks/selection.py`, docs/planning.md).

Why our own: the maintained library that has KN (sim-tools 1.3.0) looks up S2
of another pair for half of the pairs, so its error rate is not the stated one.
`sequential` answers another question: it has no margin, so near ties run to
the limit, and everybody is played to the end.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.errors import UserError

ERROR = 0.05
MARGIN = 0.02  # of the leader's mean
FIRST = 12  # rounds before anybody leaves
BATCH = 4  # replicates a round
MOST = 1_600  # replicates of one strategy


@dataclass(frozen=True)
class Standing:
    """Where a race stands after `rounds`.

    alive   columns still in it, ascending
    winner  the column chosen, or None while several are in it
    played  rounds of each column
    """

    alive: tuple[int, ...]
    winner: int | None
    rounds: int
    played: tuple[int, ...]


class Race:
    """KN over rounds fed one by one; outcomes are better when HIGHER_IS_BETTER says so.

    first rounds are needed from all; afterwards from `standing.alive` only.
    margin: in the outcome's unit, > 0; `of` sets it relative to the first rounds.
    """

    def __init__(self, first: ArrayLike, margin: float, error: float = ERROR, higher_is_better: bool = True):
        """FIRST float64[rounds >= 3, k]: the first rounds of all. Raises UserError for what makes no race."""
        self.sign = 1.0 if higher_is_better else -1.0
        start = self.sign * np.asarray(first, np.float64)
        if start.ndim != 2 or start.shape[0] < 3 or not np.isfinite(start).all():
            raise UserError("A race needs three rounds at least in which the goal of every strategy is defined.")
        if not margin > 0.0 or not 0.0 < error < 0.5:
            raise UserError(f"margin = {margin:g}, error = {error:g}: a margin above 0 and an error from 0 to 0.5.")
        rounds, k = start.shape
        self.margin = margin
        self.total = start.sum(axis=0)
        pairs = start[:, :, None] - start[:, None, :]
        spread = pairs.var(axis=0, ddof=1)
        eta = 0.5 * ((2.0 * error / max(k - 1, 1)) ** (-2.0 / (rounds - 1)) - 1.0)
        # h2 S2 / margin^2: rounds after which the pair's triangle has closed.
        self.closes = 2.0 * eta * (rounds - 1) * spread / margin**2
        self.standing = Standing(tuple(range(k)), None, rounds, (rounds,) * k)
        self._screen()

    def feed(self, row: ArrayLike) -> Standing:
        """One more round: float64[k], of which the columns alive count."""
        now = self.standing
        alive = list(now.alive)
        played = tuple(count + (i in now.alive) for i, count in enumerate(now.played))
        self.total[alive] += self.sign * np.asarray(row, np.float64)[alive]
        self.standing = Standing(now.alive, now.winner, now.rounds + 1, played)
        self._screen()
        return self.standing

    def _screen(self) -> None:
        now = self.standing
        alive = np.array(now.alive)
        r = now.rounds
        mean = self.total[alive] / r
        closes = self.closes[np.ix_(alive, alive)]
        allowed = np.maximum(0.0, self.margin / (2.0 * r) * (closes - r))
        behind = mean[:, None] < mean[None, :] - allowed
        left = alive[~behind.any(axis=1)]
        winner: int | None = None
        if left.size == 1:
            winner = int(left[0])
        elif r > closes.max():  # every triangle has closed: what is left ties
            winner = int(alive[np.argmax(mean)])
            left = np.array([winner])
        self.standing = Standing(tuple(int(i) for i in left), winner, r, now.played)


def relative_margin(first: ArrayLike, share: float, higher_is_better: bool = True) -> float:
    """SHARE of the best mean of the FIRST rounds, in the outcome's unit; for a mean of 0 a share of the spread."""
    x = np.asarray(first, np.float64)
    mean = x.mean(axis=0)
    best = abs(float(mean.max() if higher_is_better else mean.min()))
    return share * (best or float(x.std()) or 1.0)
