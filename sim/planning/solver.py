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

import functools
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.errors import UserError
from sim.kernels import cover
from sim.planning import reverse_graph, steps
from sim.runs import compare as comparing

PILOT = 16  # blocks of 64 sets that find the sentinels
SENTINEL_SUPPORT = 64  # sets that decide a sentinel
SENTINEL_SHARE = 5  # at most k / 5 sentinels
FIRST_SETS = 8_192  # of the first choice
LARGE_SETS = 256  # accounts per set in the pilot from which whole worlds are cheaper
SHARED_SUPPORT = 4  # sets of shared worlds that tell as much as one of its own, by measurement
JUDGES = 1 << 40  # the first block of those that judge, far behind those that choose
FIRST_JUDGES = 64  # blocks of 64 sets that judge first
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


def lower_bound(hits: int, drawn: int, failure: float) -> float:
    """A share below the true one with probability 1 - FAILURE (Tang et al. 2018, lemma 4.2), from HITS of DRAWN."""
    a = np.log(1.0 / failure)
    return float(max((np.sqrt(hits + 2.0 * a / 9.0) - np.sqrt(a / 2.0)) ** 2 - a / 18.0, 0.0) / drawn)


def upper_bound(hits: float, drawn: int, failure: float) -> float:
    """A share above the true one with probability 1 - FAILURE (lemma 4.3)."""
    a = np.log(1.0 / failure)
    return float((np.sqrt(hits + a / 2.0) + np.sqrt(a / 2.0)) ** 2 / drawn)


class Round:
    """One sample, its candidates' counts and the seeds chosen on it; `spread` counts accounts on this sample.

    sentinels are chosen already, with the gains they had when they were.
    """

    def __init__(
        self,
        graph: reverse_graph.ReverseGraph,
        sample: reverse_graph.Sample,
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
        """What each unchosen candidate would still add, float64[candidates]."""
        return np.where(self.count >= 0, self.own + self.weight * self.count, 0.0)

    def decided(self) -> float:
        """The last seed's gain over its chance error, squared: its number of sets when its own part is small."""
        gain = float(self.gains[-1]) / self.weight
        luck = gain - float(self.graph.alone[self.seeds[-1]]) / self.weight
        return gain * gain / max(luck, 1.0)

    def best_seeds(self, k: int) -> float:
        """No K seeds cover more on this sample: the spread so far and the K largest open gains (submodularity)."""
        gains = np.concatenate([self.open_gains(), np.full(k, max(self.missed, 0.0))])
        return self.spread + float(np.partition(gains, gains.size - k)[gains.size - k :].sum())

    def best_spending(self, cost: np.ndarray, budget: float) -> float:
        """No purchase within BUDGET at COST (float64[candidates]) covers more: open gains by rate, the last in part."""
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
    progress: comparing.Progress | None = None,
    cancel: threading.Event | None = None,
) -> Seeding:
    """K seeds, or what BUDGET buys at COSTS, with the largest expected independent cascade.

    graph        FollowerGraph, (indptr, followers), or a reverse_graph.ReverseGraph prepared once (then no probability)
    probability  float, "weighted_cascade" or float64[links] (see `spread.Cascades`)
    epsilon      with probability 1 - failure the choice reaches at least the greedy's share minus epsilon of
    failure      the optimum: 1 - 1/e for k seeds, 1 - 1/sqrt(e) under a budget (Seeding.certified, .ratio)
    candidates   accounts that may be chosen (default: all)
    costs        float64[accounts] > 0, with budget in the same unit
    support      sets that the last seed must be decided by (error of its gain: 1 / sqrt(support)); fewer are faster
    most_sets    no sample grows beyond this many sets (Seeding.certified tells whether they were enough)

    The same seed gives the same bits for any number of THREADS.  Raises UserError for a wrong request, CancelledError.
    """
    tell = steps.ticker(progress, cancel)
    prepared = (
        graph if isinstance(graph, reverse_graph.ReverseGraph) else reverse_graph.ReverseGraph(graph, probability)
    )
    eligible = np.zeros(prepared.accounts, bool)
    eligible[slice(None) if candidates is None else _accounts(candidates, prepared.accounts)] = True
    price = np.ones(prepared.accounts) if costs is None else np.asarray(costs, np.float64)
    _check(k, budget, price, prepared.accounts, epsilon, failure, int(np.count_nonzero(eligible)))
    money = float(k if budget is None else budget)  # type: ignore[arg-type]
    eligible &= price <= money
    if not eligible.any():
        raise UserError(f"budget = {money:g} buys nobody: the cheapest candidate costs more.")
    if prepared.weight < 1e-6:
        return _everybody_alone(eligible, price, money)
    request = Request(prepared, eligible, price, money, budget is None, seed, threads, tell)
    chosen, drawn = _choose(request, support, most_sets)
    share = GREEDY_SHARE if request.plain else BUDGET_SHARE
    return _judge(request, chosen, drawn, share - epsilon, failure, most_sets)


class Request(NamedTuple):
    """What `select` was asked, checked: eligible bool[n], price float64[n] (ones when PLAIN), money (k when PLAIN)."""

    graph: reverse_graph.ReverseGraph
    eligible: np.ndarray
    price: np.ndarray
    money: float
    plain: bool
    seed: int
    threads: int
    tell: comparing.Progress

    def sets(self, text: str, first: int, blocks: int, sentinels: np.ndarray) -> reverse_graph.Sample:
        """Independent sets without SENTINELS (int32[n]), told of as they are drawn."""
        tick = functools.partial(self.tell, text)
        return self.graph.sets(self.seed, first, blocks, sentinels, True, self.threads, tick)

    @property
    def most(self) -> int:
        """Seeds that the money can buy at most."""
        return int(min(self.money / self.price[self.eligible].min(), np.count_nonzero(self.eligible)))


def _choose(request: Request, support: int, most_sets: int) -> tuple[Round, int]:
    """The greedy's choice on samples of its own, and the sets drawn for it."""
    graph, nobody = request.graph, np.empty(0, np.int64)
    sample = request.sets("drawing sets to choose", 0, PILOT, nobody)
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
            more = max(int(wanted / graph.weight), reverse_graph.FEWEST_WORLDS)
            tick = functools.partial(request.tell, "drawing worlds to choose")
            sample = graph.worlds(request.seed, worlds, more, 1, before, request.threads, tick)
            worlds += more
        else:
            more = max(wanted // 64, 1)
            sample = request.sets("drawing sets to choose", blocks, more, before)
            blocks += more
        chosen = _greedy(request, sample, before, chosen.gains[:sentinels])
        drawn += sample.drawn
        decided = chosen.decided()
        if decided >= enough or 2 * sample.drawn > most_sets:
            return chosen, drawn
        growth = min(max(1.2 * enough / max(decided, 0.5), 2.0), 32.0)
        wanted = min(int(sample.drawn * growth), most_sets)


def _greedy(request: Request, sample: reverse_graph.Sample, sentinels: np.ndarray, gains_before: np.ndarray) -> Round:
    """SENTINELS completed greedily on SAMPLE; under a budget by gain per price, or the best single account."""
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
        sample = request.sets("drawing sets to judge", first, blocks, seeds)
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


def _everybody_alone(eligible: np.ndarray, price: np.ndarray, money: float) -> Seeding:
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
