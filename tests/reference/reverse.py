"""Reverse-reachable sets, the slow way: their exact law by enumeration, and covering by brute force."""

import itertools
from collections import defaultdict

from tests.reference import spread as slow


def law(rows: list[list[int]], p: list[float]) -> dict[tuple[int, frozenset[int]], float]:
    """P(root, set) over a uniform root and all choices of live links, given that somebody else is in the set."""
    begin = slow.starts(rows)
    chances: dict[tuple[int, frozenset[int]], float] = defaultdict(float)
    for choice in itertools.product((False, True), repeat=begin[-1]):
        chance = 1.0
        for live, q in zip(choice, p, strict=True):
            chance *= q if live else 1.0 - q
        if chance == 0.0:
            continue
        heard: list[set[int]] = [{v} for v in range(len(rows))]
        for u in range(len(rows)):
            for v in slow.walk(rows, [u], lambda a, j, choice=choice: choice[begin[a] + j]):
                heard[v].add(u)
        for root, members in enumerate(heard):
            if len(members) > 1:
                chances[root, frozenset(members)] += chance
    total = sum(chances.values())
    return {key: chance / total for key, chance in chances.items()}


def alone(rows: list[list[int]], p: list[float]) -> list[float]:
    """The chance that no link into an account is live."""
    left = [1.0] * len(rows)
    begin = slow.starts(rows)
    for u, row in enumerate(rows):
        for j, v in enumerate(row):
            left[v] *= 1.0 - p[begin[u] + j]
    return left


def greedy(
    sets: list[set[int]], own: list[float], weight: float, cost: list[float], budget: float, picks: int
) -> list[int]:
    """By gain per cost among what the budget still allows; equal rates to the smaller number."""
    chosen: list[int] = []
    covered: set[int] = set()
    while len(chosen) < picks:
        rates = [
            (-(own[v] + weight * sum(v in s for i, s in enumerate(sets) if i not in covered)) / cost[v], v)
            for v in range(len(own))
            if v not in chosen and cost[v] <= budget
        ]
        if not rates:
            break
        _, best = min(rates)
        budget -= cost[best]
        chosen.append(best)
        covered |= {i for i, s in enumerate(sets) if best in s}
    return chosen


def best(rows: list[list[int]], p: list[float], cost: list[float], budget: float) -> tuple[float, tuple[int, ...]]:
    """The best purchase of all, by trying every one (exact spread each time)."""
    found = (0.0, ())
    for size in range(1, len(rows) + 1):
        for seeds in itertools.combinations(range(len(rows)), size):
            if sum(cost[s] for s in seeds) <= budget:
                found = max(found, (slow.exact_cascade(rows, list(seeds), p), seeds))
    return found
