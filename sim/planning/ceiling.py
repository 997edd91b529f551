"""What an account is worth given the others, and the fee at which hiring it stops paying.

The marginal value is the launch with the roster minus the launch without that
one account, under the same luck.  The price ceiling is the money with which
the best alternative buys the same amount of the goal: the candidates outside
the roster, the best by the proxy's gain per RMB first, up to STEPS of them; where
nobody is left outside, one more round of posts by those who stay.  Between
steps the alternative is bought in part, beyond the last at its average rate.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.model.launch import Strategy
from sim.planning import trials
from sim.planning.baselines import Roster
from sim.planning.candidates import Table
from sim.planning.proxy import Proxy
from sim.results import contrast

STEPS = 3
RESAMPLES = 1_000
SEED = 20100817


def worth(
    table: Table, plays: trials.Trials, carry: Proxy, chosen: Roster, luck: Sequence[int]
) -> list[dict[str, Any]]:
    """One row per account of CHOSEN, in that order: name, fee, cost, marginal and price ceiling with intervals."""
    without: list[list[Strategy]] = []
    money: list[np.ndarray] = []
    instead: list[list[str]] = []
    for i in chosen:
        staying = tuple(one for one in chosen if one != i)
        path, spent, names = alternatives(table, carry, staying, i)
        without.append([table.strategy(staying), *path])
        money.append(spent)
        instead.append(names)
    asked = [table.strategy(chosen), *(strategy for group in without for strategy in group)]
    scores = plays.worth(asked, luck, "leaving one out")
    sign = 1.0 if plays.goal.higher_is_better else -1.0
    rows = []
    column = 1
    for n, i in enumerate(chosen):
        own = scores[:, column : column + len(without[n])]
        column += len(without[n])
        marginal = contrast.difference(scores[:, 0], own[:, 0], plays.goal.higher_is_better)
        lost = sign * (scores[:, 0] - own[:, 0])
        bought = sign * (own[:, 1:] - own[:, :1])
        price, ends = price_ceiling(lost, bought, money[n])
        rows.append(
            {
                "name": table.names[i],
                "followers": table.given[i].followers,
                "fee": float(table.fee[i]),
                "cost": float(table.cost[i]),
                "marginal": marginal.mean,
                "marginal_ci95": None if marginal.low is None else [marginal.low, marginal.high],
                "price_ceiling": None if price is None else price / table.posts,
                "price_ceiling_ci95": None if ends is None else [None if e is None else e / table.posts for e in ends],
                "instead": instead[n],
            }
        )
    return rows


def alternatives(
    table: Table, carry: Proxy, staying: Roster, left_out: int
) -> tuple[list[Strategy], np.ndarray, list[str]]:
    """What the money of LEFT_OUT could buy besides STAYING: launches, cost (float64[n], RMB), names; ascending."""
    outside = [i for i in table.open if i != left_out and table.joins(staying, i)]
    if outside:
        roster = list(staying)
        free = carry.left * np.prod(1.0 - carry.covers[:, roster], axis=1)
        path, spent = [], []
        for _ in range(STEPS):
            able = [i for i in outside if table.joins(roster, i)]
            if not able:
                break
            gains = carry.gains(free)
            best = max(able, key=lambda i: (gains[i] / max(table.cost[i], 1e-9), -i))
            roster.append(best)
            free = free * (1.0 - carry.covers[:, best])
            path.append(table.strategy(roster))
            spent.append(table.spent(roster) - table.spent(staying))
        return path, np.array(spent), [table.names[i] for i in roster[len(staying) :]]
    if not staying:
        return [], np.empty(0), []
    more = table.strategy(staying, again=staying)
    extra = sum(table.fee[i] * line.participation for i in staying for line in table.lines)
    return [more], np.array([float(extra)]), ["one more round by the others"]


def price_ceiling(
    lost: np.ndarray, bought: np.ndarray, money: np.ndarray
) -> tuple[float | None, list[float | None] | None]:
    """RMB with which the alternatives buy what is LOST, and its 95% interval over luck.

    lost    float64[replicates], what the goal loses without the account (positive: worse)
    bought  float64[replicates, steps], what the alternatives add after each step, for money float64[steps]
    An end is None where the alternatives buy nothing, so that any fee pays.
    """
    sound = np.isfinite(lost) & np.isfinite(bought).all(axis=1)
    lost, bought = lost[sound], bought[sound]
    if not money.size or lost.size < 2:
        return None, None
    generator = np.random.default_rng([SEED, lost.size])
    picks = generator.integers(0, lost.size, (RESAMPLES, lost.size))
    several = np.array([_price(lost[pick].mean(), bought[pick].mean(axis=0), money) for pick in picks])
    low, high = (float(q) for q in np.quantile(several, [0.025, 0.975], method="nearest"))
    point = _price(float(lost.mean()), bought.mean(axis=0), money)
    return _finite(point), [_finite(low), _finite(high)]


def _price(lost: float, bought: np.ndarray, money: np.ndarray) -> float:
    """Money at which BOUGHT reaches LOST, by straight lines through the origin and the steps."""
    if lost <= 0.0:
        return 0.0
    before, paid = 0.0, 0.0
    for gain, cost in zip(bought, money, strict=True):
        if gain >= lost:
            return float(paid + (cost - paid) * (lost - before) / (gain - before))
        if gain > before:
            before, paid = float(gain), float(cost)
    return float(money[-1] * lost / bought[-1]) if bought[-1] > 0.0 else np.inf


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
