"""Ways to fill a roster: the proxy's greedy, what planners do by hand, and every roster where they are few."""

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.planning import steps
from sim.planning.candidates import Table
from sim.planning.proxy import Proxy

Roster = tuple[int, ...]

DAMPING = 0.85  # of PageRank
STEPS = 20
STARTS = 30  # single accounts that a greedy roster begins with
RANDOM = 5  # random rosters behind the random baseline
FEW = 8  # candidates up to which every roster is tried


def fill(table: Table, score: np.ndarray, start: Roster = ()) -> Roster:
    """The best by SCORE (float64[candidates]) that are still allowed and affordable, one after the other."""
    roster = list(dict.fromkeys([*table.must, *start]))
    money = table.money - table.spent(roster)
    for i in sorted(table.open, key=lambda i: (-score[i], i)):
        if table.cost[i] <= money and table.joins(roster, i):
            roster.append(i)
            money -= float(table.cost[i])
    return tuple(sorted(roster))


def greedy(table: Table, proxy: Proxy, tick: steps.Tick = steps.silent) -> tuple[Roster, float]:
    """The best of many greedy rosters, and a bound.

    Begun with nobody and with each of the STARTS best single accounts, each filled by gain per RMB and by gain
    alone.  The best single account and the plain ratio greedy are among them, so their guarantee holds (`solver`).
    The bound: no affordable roster of TABLE's open candidates has a larger proxy reach (submodularity: the gains over
    any part of the chosen, by rate, the last in part).
    """
    alone = proxy.gains(proxy.left)
    singles = [i for i in table.open if table.joins(table.must, i) and table.spent((*table.must, i)) <= table.money]
    starts: list[Roster] = [(), *((i,) for i in sorted(singles, key=lambda i: (-alone[i], i))[:STARTS])]
    found: list[Roster] = []
    for start, by_rate in itertools.product(starts, (True, False)):
        told = functools.partial(tick, len(found), 2 * len(starts))
        found.append(_filled(table, proxy, start, by_rate, told))
    best = max(found, key=proxy.reach)
    return best, min(_bound(table, proxy, best[:n]) for n in range(len(best) + 1))


def _bound(table: Table, proxy: Proxy, start: Roster) -> float:
    """No affordable roster has a larger proxy reach: START and the others' gains over it, the last in part."""
    gains = proxy.gains(proxy.left * np.prod(1.0 - proxy.covers[:, list(start)], axis=1))
    bound, money = proxy.reach(start), table.money
    for i in sorted((i for i in table.open if i not in start), key=lambda i: -gains[i] / max(table.cost[i], 1e-9)):
        part = min(1.0, money / table.cost[i]) if table.cost[i] > 0 else 1.0
        bound += float(gains[i]) * part
        money -= part * float(table.cost[i])
        if money <= 0.0:
            break
    return float(bound)


def _filled(table: Table, proxy: Proxy, start: Roster, by_rate: bool, told: Callable[[], None]) -> Roster:
    roster = list(dict.fromkeys([*table.must, *start]))
    free = proxy.left * np.prod(1.0 - proxy.covers[:, roster], axis=1)
    money = table.money - table.spent(roster)
    while True:
        told()
        gains = proxy.gains(free)
        able = [i for i in table.open if table.cost[i] <= money and table.joins(roster, i)]
        if not able:
            return tuple(sorted(roster))
        worth = gains / np.maximum(table.cost, 1e-9) if by_rate else gains
        best = max(able, key=lambda i: (worth[i], -i))
        roster.append(best)
        money -= float(table.cost[best])
        free = free * (1.0 - proxy.covers[:, best])


def by_hand(
    table: Table, graph: FollowerGraph, accounts: Sequence[int], seed: int, tick: steps.Tick = steps.silent
) -> dict[str, list[Roster]]:
    """Rosters by the usual rules, at the same budget; `random` holds several. TICK is told of the rule that is slow."""
    followers = np.array([float(one.followers) for one in table.given])
    answer = table.scenario.response
    cares = np.array([one.fit + (1.0 - one.fit) * answer.interest_off for one in table.given])
    known = [one.engagement for one in table.given]
    law = np.maximum(followers, 150.0) ** -answer.tier
    middle = float(np.median([rate / law[i] for i, rate in enumerate(known) if rate is not None] or [1.0]))
    rate = np.array([one if one is not None else middle * law[i] for i, one in enumerate(known)])
    generator = np.random.default_rng([seed, 0xBA5E])
    return {
        "most_followers": [fill(table, followers)],
        "most_followers_per_rmb": [fill(table, followers / np.maximum(table.cost, 1e-9))],
        "best_engagement": [fill(table, rate * cares)],
        "pagerank": [fill(table, pagerank(graph, accounts, tick))],
        "random": [fill(table, generator.random(followers.size)) for _ in range(RANDOM)],
    }


def pagerank(graph: FollowerGraph, accounts: Sequence[int], tick: steps.Tick = steps.silent) -> np.ndarray:
    """PageRank of ACCOUNTS, float64[accounts]: every account passes its rank on to those it follows, in equal parts."""
    stored = graph.kept()
    counts = graph.followee_counts().astype(np.float64)
    rank = np.full(graph.base, 1.0 / graph.base)
    owner = np.repeat(np.arange(graph.base, dtype=np.int32), np.diff(stored.indptr))
    for step in range(STEPS):
        tick(step, STEPS)
        share = rank / np.maximum(counts[: graph.base], 1.0)
        passed = np.bincount(owner, share[stored.followers], minlength=graph.base)
        rank = (1.0 - DAMPING) / graph.base + DAMPING * passed
    share = rank / np.maximum(counts[: graph.base], 1.0)
    rows = [graph.row(account) for account in accounts]
    return np.array([float(share[row[row < graph.base]].sum()) for row in rows])


def every(table: Table) -> Iterator[Roster]:
    """Every allowed roster to which nobody can be added."""
    choice = [i for i in table.open if i not in table.must]
    for size in range(len(choice) + 1):
        for more in itertools.combinations(choice, size):
            roster = tuple(sorted((*table.must, *more)))
            money = table.money - table.spent(roster)
            if money < 0.0 or not all(table.joins(roster[:n], i) for n, i in enumerate(roster)):
                continue
            if not any(table.cost[i] <= money and table.joins(roster, i) for i in choice if i not in roster):
                yield roster


def spearman(a: np.ndarray, b: np.ndarray) -> float | None:
    """Rank correlation of A and B, float64[n] each; None with fewer than three or where all tie."""
    from scipy import stats

    if a.size < 3 or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return None
    return float(stats.spearmanr(a, b).statistic)
