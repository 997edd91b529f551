"""Whom to seed: the accounts whose posts reach most, by reverse reachability, with a guarantee that is checked.

    from sim.planning import solver
    plan = solver.select(graph, 50, 0.01, epsilon=0.1, failure=0.01, seed=1)
    plan.seeds, plan.spread, plan.lower / plan.upper

In three steps.  A pilot of reverse-reachable sets finds the *sentinels*, the
few accounts that certainly belong.  A larger sample then chooses: the greedy
covers what the sentinels leave, on as many sets as it takes for the last seed
to be decided by `support` of them.  The sets are independent
(`sim.kernels.reverse`), or share whole worlds (`sim.kernels.worlds`) where the
pilot's sets were large.  Last, independent sets judge the choice: they bound
its spread from below and the optimum from above (Tang, Tang, Xiao, Yuan 2018,
SIGMOD, doi 10.1145/3183713.3183749), and are enlarged until the two are close
enough for epsilon.

Choosing and judging are apart because they need different samples: a loose
epsilon is met long before the choice is good.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from sim.errors import EnvironmentFailure, UserError
from sim.kernels import cover, reverse
from sim.kernels import worlds as worlds_kernels
from sim.planning import spread

PILOT = 16  # blocks of 64 sets that find the sentinels
SENTINEL_SUPPORT = 64  # sets that decide a sentinel
SENTINEL_SHARE = 5  # at most k / 5 sentinels
FIRST_SETS = 8_192  # of the first choice
FEWEST_WORLDS = 8
LARGE_SETS = 256  # accounts per set in the pilot from which whole worlds are cheaper
SHARED_SUPPORT = 8  # sets of shared worlds that tell as much as one of its own, by measurement
JUDGES = 1 << 40  # the first block of those that judge, far behind those that choose
FIRST_JUDGES = 64  # blocks of 64 sets that judge first
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
    """Sets that met no sentinel, and those that did.

    ends, members  the sets' accounts (see `sim.kernels.cover`)
    covered        how many met a sentinel
    weight         accounts that one set stands for
    """

    ends: np.ndarray
    members: np.ndarray
    covered: int
    weight: float

    @property
    def drawn(self) -> int:
        """All sets, kept or covered."""
        return self.covered + self.ends.size - 1


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

    def sets(self, seed: int, first: int, blocks: int, sentinels: np.ndarray, keep: bool, threads: int = 1) -> Sample:
        """Independent sets of blocks FIRST.. (64 each) that meet none of SENTINELS; only their number unless KEEP."""
        marked = np.zeros((self.accounts >> 6) + 1, np.uint64)
        chosen = sentinels.astype(np.uint64)
        np.bitwise_or.at(marked, chosen >> np.uint64(6), np.uint64(1) << (chosen & np.uint64(63)))

        def span(begin: int) -> list[tuple[np.ndarray, np.ndarray, int]]:
            end = min(begin + CHUNK, first + blocks)
            parts = []
            while begin < end:
                queue = np.empty(self._queue, np.uint64)
                room = np.empty(self._members if keep else 0, np.uint32)
                ends = np.empty(64 * (end - begin) + 1, np.int64)
                kept, done, _ = reverse.reverse_sets(
                    self.starts, self.sources, self.thin, self.pace, marked, self._waits,
                    np.uint64(seed), begin, end - begin, queue, ends, room,
                )  # fmt: skip
                parts.append((np.diff(ends[: kept + 1]), room[: ends[kept]].copy(), 64 * done - kept))
                begin += done
                if begin < end:
                    self._grow(queue.size, room.size)
            return parts

        sample = _joined(span, range(first, first + blocks, CHUNK), threads)
        return sample._replace(weight=self.weight / (64 * blocks))

    def worlds(
        self, seed: int, first: int, worlds: int, stride: int, sentinels: np.ndarray, threads: int = 1
    ) -> Sample:
        """The sets of every STRIDE-th root of worlds FIRST.. that none of SENTINELS reaches."""
        hazard = float((np.diff(self.starts) / self.pace).sum())
        live = int(1.2 * hazard + 20.0 * np.sqrt(hazard)) + 1_000

        def span(begin: int) -> list[tuple[np.ndarray, np.ndarray, int]]:
            end = min(begin + FEWEST_WORLDS, first + worlds)
            parts = []
            while begin < end:
                room = np.empty(self._members + self.accounts, np.uint32)
                ends = np.empty((end - begin) * (self.accounts // stride + 1) + 2, np.int64)
                kept, covered, done = worlds_kernels.world_sets(
                    self.starts, self.sources, self.thin, self.pace, sentinels, self._waits,
                    np.uint64(seed), begin, end - begin, stride, live, ends, room,
                )  # fmt: skip
                parts.append((np.diff(ends[: kept + 1]), room[: ends[kept]].copy(), covered))
                begin += done
                if begin < end:
                    self._grow(0, room.size)
            return parts

        sample = _joined(span, range(first, first + worlds, FEWEST_WORLDS), threads)
        return sample._replace(weight=stride / worlds)

    def _grow(self, queue: int, members: int) -> None:
        """Twice the room next time, or an error the user can act on."""
        self._queue = max(self._queue, 2 * queue)
        self._members = max(self._members, 2 * members)
        if self._queue > 1 << 33:
            raise EnvironmentFailure(
                "64 reverse-reachable sets at once need more than 64 GiB: the probabilities reach nearly everybody from everywhere."
            )


def _joined(span: Callable[[int], list[tuple[np.ndarray, np.ndarray, int]]], begins: range, threads: int) -> Sample:
    """The parts of all spans in order, whatever thread made them."""
    if threads == 1:
        parts = [part for begin in begins for part in span(begin)]
    else:
        with ThreadPoolExecutor(threads) as pool:
            parts = [part for made in pool.map(span, begins) for part in made]
    sizes = np.concatenate([size for size, _, _ in parts])
    ends = np.zeros(sizes.size + 1, np.int64)
    np.cumsum(sizes, out=ends[1:])
    return Sample(ends, np.concatenate([members for _, members, _ in parts]), sum(c for _, _, c in parts), 0.0)


def lower_bound(hits: int, drawn: int, failure: float) -> float:
    """A share that the true one exceeds with probability 1 - FAILURE (Tang et al. 2018, lemma 4.2), from HITS of DRAWN."""
    a = np.log(1.0 / failure)
    return float(max((np.sqrt(hits + 2.0 * a / 9.0) - np.sqrt(a / 2.0)) ** 2 - a / 18.0, 0.0) / drawn)


def upper_bound(hits: float, drawn: int, failure: float) -> float:
    """A share that the true one stays below with probability 1 - FAILURE (lemma 4.3)."""
    a = np.log(1.0 / failure)
    return float((np.sqrt(hits + a / 2.0) + np.sqrt(a / 2.0)) ** 2 / drawn)


class Round:
    """One sample, its candidates' counts and the seeds chosen on it; `spread` counts accounts on this sample.

    sentinels are chosen already, with the gains they had when they were.
    """

    def __init__(
        self,
        graph: ReverseGraph,
        sample: Sample,
        sentinels: np.ndarray,
        gains_before: np.ndarray,
        eligible: np.ndarray,
        most: int,
    ):
        self.graph = graph
        self.weight = sample.weight
        self.spread = float(graph.alone[sentinels].sum()) + self.weight * sample.covered
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
        self.gains = gains_before

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

    def decided(self) -> float:
        """The squared ratio of the last seed's gain to its chance error: its number of sets when its own part is small."""
        gain = float(self.gains[-1]) / self.weight
        luck = gain - float(self.graph.alone[self.seeds[-1]]) / self.weight
        return gain * gain / max(luck, 1.0)

    def best_seeds(self, k: int) -> float:
        """No K seeds cover more on this sample: the spread so far and the K largest open gains (submodularity)."""
        gains = np.concatenate([self.open_gains(), np.full(k, max(self.missed, 0.0))])
        return self.spread + float(np.partition(gains, gains.size - k)[gains.size - k :].sum())

    def best_spending(self, cost: np.ndarray, budget: float) -> float:
        """No purchase within BUDGET covers more: open gains by rate, the last one in part."""
        gains = self.open_gains()
        if not gains.size:
            return self.spread
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
    support      sets that the last seed must be decided by (error of its gain: 1 / sqrt(support)); fewer are faster
    most_sets    no sample grows beyond this many sets (Seeding.certified tells whether they were enough)

    The same seed gives the same bits for any number of THREADS.  Raises UserError for a wrong request.
    """
    prepared = graph if isinstance(graph, ReverseGraph) else ReverseGraph(graph, probability)
    eligible = np.zeros(prepared.accounts, bool)
    eligible[slice(None) if candidates is None else _accounts(candidates, prepared.accounts)] = True
    price = np.ones(prepared.accounts) if costs is None else np.asarray(costs, np.float64)
    _check(k, budget, price, prepared.accounts, epsilon, failure, int(np.count_nonzero(eligible)))
    money = float(k if budget is None else budget)  # type: ignore[arg-type]
    eligible &= price <= money
    if not eligible.any():
        raise UserError(f"budget = {money:g} buys nobody: the cheapest candidate costs more.")
    if prepared.weight < 1e-6:
        return _everybody_alone(prepared, eligible, price, money)
    request = Request(prepared, eligible, price, money, budget is None, seed, threads)
    chosen, drawn = _choose(request, support, most_sets)
    share = GREEDY_SHARE if request.plain else BUDGET_SHARE
    return _judge(request, chosen, drawn, share - epsilon, failure, most_sets)


class Request(NamedTuple):
    """What `select` was asked, checked: eligible bool[n], price float64[n] (ones when PLAIN), money (k when PLAIN)."""

    graph: ReverseGraph
    eligible: np.ndarray
    price: np.ndarray
    money: float
    plain: bool
    seed: int
    threads: int

    @property
    def most(self) -> int:
        """Seeds that the money can buy at most."""
        return int(min(self.money / self.price[self.eligible].min(), np.count_nonzero(self.eligible)))


def _choose(request: Request, support: int, most_sets: int) -> tuple[Round, int]:
    """The greedy's choice on samples of its own, and the sets drawn for it."""
    graph, nobody = request.graph, np.empty(0, np.int64)
    sample = graph.sets(request.seed, 0, PILOT, nobody, True, request.threads)
    chosen = _greedy(request, sample, nobody, np.empty(0))
    large = sample.ends[-1] > LARGE_SETS * sample.drawn
    drawn, worlds, blocks = sample.drawn, 0, PILOT
    wanted = FIRST_SETS
    enough = support * (SHARED_SUPPORT if large else 1)
    room = request.most // SENTINEL_SHARE if request.plain else 0  # a price may make the sentinel a mistake
    sentinels = 0
    while True:
        if not (large and sentinels):  # worlds are too few to judge a sentinel
            sure = np.append(chosen.gains / chosen.weight >= SENTINEL_SUPPORT, False)
            sentinels = min(int(np.argmin(sure)), room)
        before = chosen.seeds[:sentinels]
        if large:
            more = max(int(wanted / graph.weight), FEWEST_WORLDS)
            sample = graph.worlds(request.seed, worlds, more, 1, before, request.threads)
            worlds += more
        else:
            more = max(wanted // 64, 1)
            sample = graph.sets(request.seed, blocks, more, before, True, request.threads)
            blocks += more
        chosen = _greedy(request, sample, before, chosen.gains[:sentinels])
        drawn += sample.drawn
        decided = chosen.decided()
        if decided >= enough or 2 * sample.drawn > most_sets:
            return chosen, drawn
        growth = min(max(1.2 * enough / max(decided, 0.5), 2.0), 32.0)
        wanted = min(int(sample.drawn * growth), most_sets)


def _greedy(request: Request, sample: Sample, sentinels: np.ndarray, gains_before: np.ndarray) -> Round:
    """SENTINELS completed greedily on SAMPLE; under a budget the better of gain per price and the best single account."""
    most = max(FEWEST_CANDIDATES, 20 * request.most) if request.plain else request.graph.accounts
    while True:
        chosen = Round(request.graph, sample, sentinels, gains_before, request.eligible, most)
        cost = request.price[chosen.candidates]
        singles = chosen.open_gains()
        chosen.pick(request.most - sentinels.size, cost, request.money - float(request.price[sentinels].sum()))
        if request.plain:
            if chosen.gains[-1] >= chosen.missed:
                return chosen
            most *= 8  # somebody left out might have been picked
            continue
        if singles.max() > chosen.spread:
            best = int(singles.argmax())
            chosen.seeds, chosen.gains = chosen.candidates[best : best + 1], singles[best : best + 1]
        return chosen


def _judge(request: Request, chosen: Round, drawn: int, wanted: float, failure: float, most_sets: int) -> Seeding:
    """CHOSEN on independent sets, enlarged until the guarantee reaches WANTED.

    Check i may fail with probability FAILURE / 2^i, half of it for each bound.
    A set that meets any seed is covered; what the others would still add bounds
    the optimum: f(best) <= f(seeds) + the largest open gains (submodularity).
    """
    graph, seeds = request.graph, chosen.seeds
    own = float(graph.alone[seeds].sum())
    first, blocks, check = JUDGES, FIRST_JUDGES, 0
    while True:
        check += 1
        allowed = failure / 2 ** (check + 1)
        sample = graph.sets(request.seed, first, blocks, seeds, True, request.threads)
        drawn, first = drawn + sample.drawn, first + blocks
        left = Round(graph, sample, seeds, chosen.gains, request.eligible, graph.accounts)
        if request.plain:
            optimum = left.best_seeds(request.most)
        else:
            optimum = left.best_spending(request.price[left.candidates], request.money)
        share = sample.covered / sample.drawn
        lower = own + graph.weight * lower_bound(sample.covered, sample.drawn, allowed)
        # The optimum's own part is unknown; taking all of it for covered sets makes the bound larger, never smaller.
        upper = graph.weight * upper_bound(optimum / sample.weight, sample.drawn, allowed)
        upper = max(min(upper, float(graph.accounts)), lower)
        certified = lower / upper >= wanted
        if certified or 2 * sample.drawn > most_sets:
            return Seeding(
                seeds=seeds,
                spread=own + graph.weight * share,
                error=float(graph.weight * np.sqrt(max(share * (1.0 - share), 1.0 / sample.drawn) / sample.drawn)),
                lower=lower,
                upper=upper,
                ratio=lower / upper,
                certified=bool(certified),
                gains=chosen.gains,
                cost=float(request.price[seeds].sum()),
                sets=drawn,
            )
        blocks *= 2


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
