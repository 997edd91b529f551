"""Whom to seed: the accounts whose posts reach most, by reverse reachability, with a guarantee that is checked.

    from sim.planning import solver
    plan = solver.select(graph, 50, 0.01, epsilon=0.1, failure=0.01, seed=1)
    plan.seeds, plan.spread, plan.lower / plan.upper

The scheme is OPIM-C's (Tang, Tang, Xiao, Yuan 2018, SIGMOD, doi
10.1145/3183713.3183749): choose on one sample of reverse-reachable sets,
measure on another, bound the optimum from above on the first and the choice
from below on the second, and enlarge until the two are close.  Changed: the
stratum and sentinels of `sim.kernels.reverse`, fresh sets in every round, and
a second stopping rule.  A loose epsilon is met long before the choice is good,
so the last seed must also be decided by `support` sets of its own.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from sim.errors import EnvironmentFailure, UserError
from sim.kernels import cover, reverse
from sim.planning import spread

PILOT = 32  # blocks of 64 sets that find the sentinels
SENTINEL_SUPPORT = 64  # sets that decide a sentinel
SENTINEL_SHARE = 5  # at most k / 5 sentinels
CHUNK = 256  # blocks per call and thread
FEWEST_CANDIDATES = 2_048
GREEDY_SHARE = 1.0 - np.exp(-1.0)  # Nemhauser, Wolsey, Fisher 1978: k seeds of equal price
BUDGET_SHARE = 1.0 - np.exp(-0.5)  # Khuller, Moss, Naor 1999: the better of ratio greedy and best single


class Seeding(NamedTuple):
    """A choice of seeds and what is known of it.

    seeds      int64[], in the order of choice
    spread     accounts reached on average, measured on sets that did not choose
    error      its standard error
    lower      the spread is above it, and
    upper      the spread of the best possible choice is below it, together with probability 1 - failure
    ratio      lower / upper: the guaranteed share of the optimum
    certified  ratio >= the greedy's share - epsilon
    gains      float64[], what each seed added on the sets that chose it (optimistic for late seeds)
    cost       money spent (number of seeds when all cost the same)
    sets       reverse-reachable sets drawn in all, those of one account not counted
    """

    seeds: np.ndarray
    spread: float
    error: float
    lower: float
    upper: float
    ratio: float
    certified: bool
    gains: np.ndarray
    cost: float
    sets: int


class Sample(NamedTuple):
    """Sets that met no sentinel, and how many were drawn."""

    ends: np.ndarray
    members: np.ndarray
    drawn: int


class ReverseGraph:
    """A graph turned around and prepared for reverse-reachable sets under PROBABILITY (see `spread.Cascades`).

    alone float64[n]: the chance that nobody reaches an account; weight: the
    expected number of accounts that somebody reaches, the stratum's size.
    Memory: 12 bytes per link (16 with per-link probabilities) while building, 4 (8) afterwards, 24 per account.
    """

    def __init__(self, graph: Any, probability: Any):
        self.indptr, followers = spread.rows(graph)
        uniform, by_target, by_link = spread.chances(self.indptr, followers, probability)
        self.accounts = self.indptr.size - 1
        self.starts, self.sources, link = reverse.transpose(self.indptr, followers)
        by_account = by_link is None
        chances = by_link if by_target is None else by_target
        if chances is None:
            chances = np.full(self.accounts, uniform)
        self.pace = np.empty(self.accounts, np.float64)
        self.alone = np.empty(self.accounts, np.float64)
        self.thin = np.empty(0 if by_account else followers.size, np.uint32)
        reverse.strata(self.starts, link, chances, by_account, self.pace, self.alone, self.thin)
        self.weight = float((1.0 - self.alone).sum())
        self._waits = reverse.wait_table()
        self._queue = 1 << 20
        self._members = 1 << 20

    def sample(self, seed: int, first: int, blocks: int, sentinels: np.ndarray, keep: bool, threads: int = 1) -> Sample:
        """The sets of blocks FIRST.. (64 each) that meet none of SENTINELS; only their number unless KEEP."""
        marked = np.zeros((self.accounts >> 6) + 1, np.uint64)
        chosen = sentinels.astype(np.uint64)
        np.bitwise_or.at(marked, chosen >> np.uint64(6), np.uint64(1) << (chosen & np.uint64(63)))

        def span(begin: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
            end = min(begin + CHUNK, first + blocks)
            sizes, members = [], []
            while begin < end:
                queue = np.empty(self._queue, np.uint64)
                room = np.empty(self._members if keep else 0, np.uint32)
                ends = np.empty(64 * (end - begin) + 1, np.int64)
                kept, done, _ = reverse.reverse_sets(
                    self.starts, self.sources, self.thin, self.pace, marked, self._waits,
                    np.uint64(seed), begin, end - begin, queue, ends, room,
                )  # fmt: skip
                sizes.append(np.diff(ends[: kept + 1]))
                members.append(room[: ends[kept]].copy())
                begin += done
                if begin < end and done == 0:  # not even one block fitted
                    self._grow(queue.size, room.size)
            return sizes, members

        begins = range(first, first + blocks, CHUNK)
        if threads == 1:
            parts = [span(begin) for begin in begins]
        else:
            with ThreadPoolExecutor(threads) as pool:
                parts = list(pool.map(span, begins))
        sizes = np.concatenate([size for part in parts for size in part[0]])
        ends = np.zeros(sizes.size + 1, np.int64)
        np.cumsum(sizes, out=ends[1:])
        return Sample(ends, np.concatenate([piece for part in parts for piece in part[1]]), 64 * blocks)

    def _grow(self, queue: int, members: int) -> None:
        """Twice the room next time, or an error the user can act on."""
        self._queue = max(self._queue, 2 * queue)
        self._members = max(self._members, 2 * members)
        if self._queue > 1 << 33:
            raise EnvironmentFailure(
                "64 reverse-reachable sets at once need more than 64 GiB: the probabilities reach nearly everybody from everywhere."
            )

    def alone_sum(self, seeds: np.ndarray) -> float:
        """What SEEDS add as roots that nobody reaches."""
        return float(self.alone[seeds].sum())


def lower_bound(hits: int, drawn: int, failure: float) -> float:
    """A share that the true one exceeds with probability 1 - FAILURE (Tang et al. 2018, lemma 4.2), from HITS of DRAWN."""
    a = np.log(1.0 / failure)
    return float(max((np.sqrt(hits + 2.0 * a / 9.0) - np.sqrt(a / 2.0)) ** 2 - a / 18.0, 0.0) / drawn)


def upper_bound(hits: float, drawn: int, failure: float) -> float:
    """A share that the true one stays below with probability 1 - FAILURE (lemma 4.3)."""
    a = np.log(1.0 / failure)
    return float((np.sqrt(hits + a / 2.0) + np.sqrt(a / 2.0)) ** 2 / drawn)


class Round:
    """One sample, its candidates' counts and the seeds chosen on it; `spread` counts accounts on this sample."""

    def __init__(self, graph: ReverseGraph, sample: Sample, sentinels: np.ndarray, eligible: np.ndarray, most: int):
        self.graph, self.sample = graph, sample
        self.weight = graph.weight / sample.drawn
        self.spread = graph.alone_sum(sentinels) + self.weight * (sample.drawn - (sample.ends.size - 1))
        counts = cover.count_members(sample.members, graph.accounts)
        gains = np.where(eligible, graph.alone + self.weight * counts, -1.0)
        gains[sentinels] = -1.0
        # Accounts below the MOST best can only matter when a later gain falls below theirs: `self.missed`.
        if np.count_nonzero(gains >= 0.0) > most:
            cut = np.partition(gains, gains.size - most)[gains.size - most]
            self.missed = float(gains[gains < cut].max(initial=-1.0))
            self.candidates = np.flatnonzero(gains >= max(cut, 0.0))
        else:
            self.missed = -1.0
            self.candidates = np.flatnonzero(gains >= 0.0)
        number = np.full(graph.accounts, -1, np.int32)
        number[self.candidates] = np.arange(self.candidates.size)
        self.ends, self.members = cover.narrow(sample.ends, sample.members, number)
        self.at, self.within = cover.index(self.ends, self.members, self.candidates.size)
        self.own = graph.alone[self.candidates]
        self.count = counts[self.candidates]
        self.covered = np.zeros(self.ends.size - 1, np.uint8)
        self.seeds = sentinels
        self.gains = np.zeros(sentinels.size)

    def pick(self, picks: int, cost: np.ndarray, budget: float) -> float:
        """Add up to PICKS seeds by gain per cost (float64[candidates]) within BUDGET; what is left of it."""
        chosen = np.empty(picks, np.int64)
        gains = np.empty(picks, np.float64)
        picked, left = cover.greedy(
            self.ends, self.members, self.at, self.within, self.own, self.weight, cost, budget,
            picks, chosen, gains, self.count, self.covered,
        )  # fmt: skip
        self.seeds = np.concatenate([self.seeds, self.candidates[chosen[:picked]]])
        self.gains = np.concatenate([self.gains, gains[:picked]])
        self.spread += float(gains[:picked].sum())
        return float(left)

    def open_gains(self) -> np.ndarray:
        """What each unchosen candidate would still add."""
        return np.where(self.count >= 0, self.own + self.weight * self.count, 0.0)

    def best_seeds(self, k: int) -> float:
        """No K seeds cover more on this sample: the spread so far and the K largest open gains (submodularity)."""
        gains = np.concatenate([self.open_gains(), np.full(k, max(self.missed, 0.0))])
        return self.spread + float(np.partition(gains, gains.size - k)[gains.size - k :].sum())

    def best_spending(self, cost: np.ndarray, budget: float) -> float:
        """No purchase within BUDGET covers more: open gains by rate, the last one in part."""
        gains = self.open_gains()
        order = np.argsort(-gains / cost, kind="stable")
        spent = np.cumsum(cost[order])
        share = np.clip(1.0 - (spent - budget) / cost[order], 0.0, 1.0)
        return self.spread + float((gains[order] * share).sum())


def select(
    graph: Any,
    k: int | None,
    probability: Any = None,
    epsilon: float = 0.1,
    failure: float = 0.01,
    seed: int = 0,
    candidates: Sequence[int] | np.ndarray | None = None,
    *,
    budget: float | None = None,
    costs: np.ndarray | None = None,
    support: int = 128,
    threads: int = 1,
    most_sets: int = 1 << 26,
) -> Seeding:
    """K seeds, or what BUDGET buys at COSTS, with the largest expected independent cascade.

    graph        FollowerGraph, (indptr, followers), or a ReverseGraph prepared once (then no probability)
    probability  float, "weighted_cascade" or float64[links] (see `spread.Cascades`)
    epsilon      with probability 1 - failure the choice reaches at least the greedy's share minus epsilon of
    failure      the optimum: 1 - 1/e for k seeds, 1 - 1/sqrt(e) under a budget (Seeding.certified, .ratio)
    candidates   accounts that may be chosen (default: all)
    costs        float64[accounts] > 0, with budget in the same unit
    support      sets that the last seed must be decided by: fewer are faster, more follow luck less
    most_sets    give up enlarging beyond this many sets in a round (Seeding.certified tells)

    The same seed gives the same bits for any number of THREADS.  Raises UserError for a wrong request.
    """
    prepared = graph if isinstance(graph, ReverseGraph) else ReverseGraph(graph, probability)
    accounts = prepared.accounts
    eligible = np.zeros(accounts, bool)
    eligible[slice(None) if candidates is None else _accounts(candidates, accounts)] = True
    price = np.ones(accounts) if costs is None else np.asarray(costs, np.float64)
    _check(k, budget, price, accounts, epsilon, failure, int(np.count_nonzero(eligible)))
    money = float(k if budget is None else budget)  # type: ignore[arg-type]
    eligible &= price <= money
    if not eligible.any():
        raise UserError(f"budget = {money:g} buys nobody: the cheapest candidate costs {price.min():g}.")
    if prepared.weight < 1e-6:
        return _everybody_alone(prepared, eligible, price, money)
    plain = budget is None
    share = GREEDY_SHARE if plain else BUDGET_SHARE
    seeds_most = int(money / price[eligible].min()) if not plain else int(k)  # type: ignore[arg-type]
    seeds_most = min(seeds_most, int(np.count_nonzero(eligible)))
    first = 0
    drawn = 0

    def sample(blocks: int, sentinels: np.ndarray, keep: bool) -> Sample:
        nonlocal first, drawn
        found = prepared.sample(seed, first, blocks, sentinels, keep, threads)
        first += blocks
        drawn += found.drawn
        return found

    nobody = np.empty(0, np.int64)
    sentinels = nobody
    blocks = PILOT
    check = 0
    while True:
        chosen, optimum = _choose(prepared, sample(blocks, sentinels, True), sentinels, eligible, price, money, seeds_most, plain)
        decided = (chosen.gains[-1] - prepared.alone[chosen.seeds[-1]]) / chosen.weight if plain else chosen.gains[0] / chosen.weight
        last = 2 * 64 * blocks > most_sets
        if decided >= support or last:
            check += 1
            measured = sample(max(blocks // 4, 2 * PILOT), chosen.seeds, False)
            answer = _measured(prepared, chosen, optimum, measured, price, failure / 2**check, share - epsilon, drawn)
            if answer.certified or last:
                return answer
        growth = min(max(1.2 * support / max(decided, 0.5), 2.0), 64.0)
        blocks = max(min(int(blocks * growth), most_sets // 64), 1)
        sure = chosen.gains[: seeds_most // SENTINEL_SHARE] / chosen.weight >= SENTINEL_SUPPORT
        # A sentinel misjudged early could make the certificate unreachable: two failed checks and there are none.
        sentinels = chosen.seeds[: int(np.argmin(np.append(sure, False)))] if plain and check < 2 else nobody


def _choose(
    graph: ReverseGraph,
    sample: Sample,
    sentinels: np.ndarray,
    eligible: np.ndarray,
    price: np.ndarray,
    money: float,
    seeds_most: int,
    plain: bool,
) -> tuple[Round, float]:
    """The greedy choice on SAMPLE and a bound that no choice exceeds on it, in accounts."""
    most = max(FEWEST_CANDIDATES, 20 * seeds_most)
    while True:
        chosen = Round(graph, sample, sentinels, eligible, most if plain else eligible.size)
        cost = price[chosen.candidates]
        if plain:
            optimum = chosen.best_seeds(seeds_most)
            for step in np.diff(np.unique(np.linspace(sentinels.size, seeds_most, 6).astype(int))):
                chosen.pick(int(step), cost, np.inf)
                optimum = min(optimum, chosen.best_seeds(seeds_most))
            if chosen.gains[-1] < chosen.missed:
                most *= 8  # somebody left out might have been picked
                continue
            return chosen, optimum
        optimum = chosen.best_spending(cost, money)
        singles = chosen.open_gains()
        chosen.pick(seeds_most, cost, money)
        optimum = min(optimum, chosen.best_spending(cost, money))
        if singles.max() > chosen.spread:
            best = int(singles.argmax())
            chosen.seeds, chosen.gains = chosen.candidates[best : best + 1], singles[best : best + 1]
            chosen.spread = float(singles[best])
        return chosen, optimum


def _measured(
    graph: ReverseGraph,
    chosen: Round,
    optimum: float,
    sample: Sample,
    price: np.ndarray,
    failure: float,
    wanted: float,
    drawn: int,
) -> Seeding:
    """CHOSEN judged on fresh sets: bounds that hold together with probability 1 - FAILURE."""
    own = graph.alone_sum(chosen.seeds)
    hits = sample.drawn - (sample.ends.size - 1)
    share = hits / sample.drawn
    lower = own + graph.weight * lower_bound(hits, sample.drawn, failure / 2.0)
    # The optimum's own part is unknown; counting all of it as covered sets makes the bound larger, never smaller.
    upper = graph.weight * upper_bound(optimum / chosen.weight, chosen.sample.drawn, failure / 2.0)
    return Seeding(
        seeds=chosen.seeds,
        spread=own + graph.weight * share,
        error=float(graph.weight * np.sqrt(max(share * (1.0 - share), 1.0 / sample.drawn) / sample.drawn)),
        lower=lower,
        upper=upper,
        ratio=lower / upper,
        certified=bool(lower / upper >= wanted),
        gains=chosen.gains,
        cost=float(price[chosen.seeds].sum()),
        sets=drawn,
    )


def _everybody_alone(graph: ReverseGraph, eligible: np.ndarray, price: np.ndarray, money: float) -> Seeding:
    """Nobody reaches anybody: the cheapest accounts, each worth itself."""
    order = np.flatnonzero(eligible)
    order = order[np.argsort(price[order], kind="stable")]
    seeds = order[np.cumsum(price[order]) <= money]
    worth = float(seeds.size)
    return Seeding(seeds, worth, 0.0, worth, worth, 1.0, True, np.ones(seeds.size), float(price[seeds].sum()), 0)


def _accounts(candidates: Any, accounts: int) -> np.ndarray:
    wanted = np.asarray(candidates)
    if wanted.size == 0 or wanted.dtype.kind not in "iu" or wanted.min() < 0 or wanted.max() >= accounts:
        raise UserError(f"candidates: {wanted!r} is no list of accounts; they are the integers 0 to {accounts - 1:,}.")
    return wanted


def _check(
    k: int | None, budget: float | None, price: np.ndarray, accounts: int, epsilon: float, failure: float, eligible: int
) -> None:
    if (k is None) == (budget is None):
        raise UserError("Say either k (how many seeds) or budget with costs.")
    if k is not None and not 1 <= k <= eligible:
        raise UserError(f"k = {k}: between 1 and the {eligible:,} candidates.")
    if price.shape != (accounts,) or not (price > 0.0).all() or not np.isfinite(price).all():
        raise UserError(f"costs: one positive number for each of the {accounts:,} accounts; found shape {price.shape}.")
    if budget is not None and not budget > 0.0:
        raise UserError(f"budget = {budget}: a positive sum in the unit of costs.")
    for name, value in (("epsilon", epsilon), ("failure", failure)):
        if not 0.0 < value < 0.5:
            raise UserError(f"{name} = {value} is outside 0 to 0.5 (both excluded).")
