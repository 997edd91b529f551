"""What a set of seed accounts reaches on average, by Monte Carlo.

    from sim.planning import spread
    spread.spread(graph, seeds=[3, 14], probability=0.01, worlds=10_000, seed=1)

`Cascades` prepares a graph once for many questions; `spread` asks one.
"""

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.errors import UserError
from sim.kernels import coins
from sim.kernels import spread as kernels

Model = Literal["independent_cascade", "linear_threshold"]
Probability = float | Literal["weighted_cascade"] | np.ndarray

# Below this the gap sampler's table would mostly say "draw again", and coins cost less.
SMALLEST_GAP_CHANCE = 1e-5
FINE_GAP_CHANCE = 2e-3  # below it the table is eight times longer
MOST_ACCOUNTS = 2**31  # ids are int32


class Spread(NamedTuple):
    """The answer of one question.

    mean     accounts reached per world, seeds included
    error    its standard error over worlds
    worlds   how many
    sampler  "gaps", "level", "coins" or "thresholds" (see sim.kernels.spread)
    paired   whether every seed set asked with this seed meets the same live links
    sizes    int64[worlds], accounts reached in each
    """

    mean: float
    error: float
    worlds: int
    sampler: str
    paired: bool
    sizes: np.ndarray


def rows(graph: Any) -> tuple[np.ndarray, np.ndarray]:
    """The two arrays of a graph: indptr int64[n+1] and followers int32[m] (row u lists who hears u).

    GRAPH is such a pair or an object with `indptr` and `followers`; rows of
    accounts added behind the base (`added_indptr`, `added_followers`) are
    appended, which copies.  Raises UserError when the graph has no stored rows
    or the arrays do not fit each other.
    """
    if isinstance(graph, tuple):
        indptr, followers = graph
    else:
        if getattr(graph, "stored", True) is False:
            raise UserError("This graph computes its rows on demand; spread and seeding need stored rows (graph make).")
        indptr, followers = graph.indptr, graph.followers
        added = getattr(graph, "added_followers", None)
        if added is not None and graph.added_indptr.size > 1:
            indptr = np.concatenate([indptr, graph.added_indptr[1:] + indptr[-1]])
            followers = np.concatenate([followers, added])
    indptr = np.asarray(indptr, np.int64)
    followers = np.asarray(followers)
    if indptr.ndim != 1 or indptr.size < 2 or indptr[0] != 0 or indptr[-1] != followers.size:
        raise UserError(
            f"graph: indptr has {indptr.size:,} entries ending at {indptr[-1] if indptr.size else None}, "
            f"followers has {followers.size:,};\n"
            "indptr must start at 0, end at the number of links and have one entry per account and one more."
        )
    if isinstance(graph, tuple):
        _check(indptr, followers)
    return indptr, followers.astype(np.int32, copy=False)


def _check(indptr: np.ndarray, followers: np.ndarray) -> None:
    """Arrays that no reader has looked at: the kernels read wherever they point."""
    if (indptr[1:] < indptr[:-1]).any():
        raise UserError("graph: indptr descends; row u of the followers begins at indptr[u] and ends at indptr[u + 1].")
    accounts = min(indptr.size - 1, MOST_ACCOUNTS)
    if followers.size and (followers.dtype.kind not in "iu" or followers.min() < 0 or followers.max() >= accounts):
        raise UserError(
            f"graph: followers are {followers.min()} to {followers.max()}; accounts are the integers 0 to "
            f"{accounts - 1:,}."
        )


def chances(
    indptr: np.ndarray, followers: np.ndarray, probability: Any
) -> tuple[float | None, np.ndarray | None, np.ndarray | None]:
    """PROBABILITY as (uniform float or None, per target float64[n] or None, per link float64[m] or None).

    Raises UserError outside 0..1 or when an array has not one value per link.
    """
    accounts = indptr.size - 1
    if isinstance(probability, str):
        if probability != "weighted_cascade":
            raise UserError(
                f'probability = "{probability}" is unknown; allowed: a number, "weighted_cascade", one number per link.'
            )
        return None, 1.0 / np.maximum(coins.followees(followers, accounts), 1), None
    given = np.asarray(probability, np.float64)
    if given.size == 0 or not (given.min() >= 0.0 and given.max() <= 1.0):
        found = "nothing" if given.size == 0 else f"{given.min()} to {given.max()}"
        raise UserError(f"probability: found {found}; a link is live with a probability from 0 to 1.")
    if given.ndim == 0:
        return float(given), None, None
    if given.shape != followers.shape:
        raise UserError(
            f"probability: {given.shape} values for {followers.size:,} links; one per link, in the order of followers."
        )
    return None, None, given


class Cascades:
    """A graph prepared for many spread questions.

    graph        a FollowerGraph with stored rows, or (indptr, followers)
    probability  float in 0..1 for all links; "weighted_cascade" (1 over the number of accounts the target
                 follows); or float64[links] in the order of `followers`.  In the linear threshold model
                 these are the links' weights, and those into one account may sum to 1 at most.
    same_worlds  coins by label, so that every seed set meets the same live links (uniform p only: per-link
                 coins and thresholds always do)
    model        "independent_cascade" or "linear_threshold"

    Memory: nothing for a uniform p; 9 bytes per link for coins, 8 for thresholds.
    """

    def __init__(
        self,
        graph: Any,
        probability: Any,
        same_worlds: bool = False,
        model: Model = "independent_cascade",
    ):
        self.indptr, self.followers = rows(graph)
        uniform, by_target, by_link = chances(self.indptr, self.followers, probability)
        links = self.followers.size
        if model == "linear_threshold":
            self.sampler = "thresholds"
            if by_target is None:
                by_link = np.full(links, uniform) if by_link is None else by_link
                pressure = np.bincount(self.followers, weights=by_link, minlength=self.accounts)
                if pressure.size and pressure.max() > 1.0 + 1e-9:
                    raise UserError(
                        f"probability: the weights into account {pressure.argmax()} sum to {pressure.max():.6g}; "
                        'a linear threshold allows at most 1. "weighted_cascade" always fits.'
                    )
            self.packed = np.zeros(links, np.uint64)
            coins.pack_weights(self.followers, by_target if by_link is None else by_link, self.packed)
        elif model != "independent_cascade":
            raise UserError(f'model = "{model}" is unknown; allowed: "independent_cascade", "linear_threshold".')
        elif uniform is None:
            self.sampler = "coins"
            self.limits = np.zeros(links + 64, np.uint8)
            self.packed = np.zeros(links, np.uint64)
            if by_link is None:
                coins.pack_target_chances(self.followers, by_target, self.limits, self.packed)
            else:
                coins.pack_chances(self.followers, by_link, self.limits, self.packed)
        elif same_worlds or uniform < SMALLEST_GAP_CHANCE:
            self.sampler = "level"
            self.level = coins.split_chance(uniform)
        else:
            self.sampler = "gaps"
            self.table = coins.gap_table(uniform, 1024 if uniform >= FINE_GAP_CHANCE else 8192)

    @property
    def accounts(self) -> int:
        """Accounts of the graph."""
        return self.indptr.size - 1

    def worlds(
        self, seeds: Any, seed: int, first: int, found: np.ndarray, queue: np.ndarray | None = None
    ) -> np.ndarray:
        """Play worlds FIRST.. into FOUND int64[worlds, 3]; the accounts reached in the last one, in order of arrival.

        found's columns: accounts reached, links whose target was read, links examined.
        """
        if queue is None:
            queue = np.empty(self.accounts + 1, np.uint32)
        chosen = self.checked(seeds)
        key = np.uint64(seed)
        if self.sampler == "gaps":
            kernels.spread_by_gaps(self.indptr, self.followers, chosen, self.table, key, first, queue, found)
        elif self.sampler == "level":
            limit, rest = self.level
            kernels.spread_by_coins(
                self.indptr, np.uint8(limit), self.followers, np.uint32(rest), chosen, key, first, queue, found
            )
        elif self.sampler == "coins":
            kernels.spread_by_coins(
                self.indptr, self.limits, self.packed, np.uint32(0), chosen, key, first, queue, found
            )
        else:
            kernels.spread_by_thresholds(self.indptr, self.packed, chosen, key, first, queue, found)
        return queue[: found[-1, 0]]

    def checked(self, seeds: Any) -> np.ndarray:
        """SEEDS as int64[]; UserError when one is no account of the graph."""
        chosen = np.atleast_1d(np.asarray(seeds))
        if chosen.size and (chosen.dtype.kind not in "iu" or chosen.min() < 0 or chosen.max() >= self.accounts):
            raise UserError(
                f"seeds: {chosen.min()} to {chosen.max()}; accounts are the integers 0 to {self.accounts - 1:,}."
            )
        return chosen.astype(np.int64)

    def spread(self, seeds: Sequence[int] | np.ndarray, worlds: int, seed: int, threads: int = 1) -> Spread:
        """The mean number of accounts that SEEDS (int[n], repeats count once) reach over WORLDS worlds of SEED.

        Any number of THREADS and any order give the same bits: a world's draws
        depend on (seed, world) alone.  Raises UserError for fewer than 2 worlds.
        """
        if worlds < 2:
            raise UserError(f"worlds = {worlds}: a standard error needs at least 2.")
        found = np.zeros((worlds, 3), np.int64)
        parts = min(worlds, 8 * threads) if threads > 1 else 1
        edges = np.linspace(0, worlds, parts + 1).astype(np.int64)
        spans = list(itertools.pairwise(edges))

        def play(span: tuple[int, int]) -> None:
            self.worlds(seeds, seed, span[0], found[span[0] : span[1]])

        if threads == 1:
            play(spans[0])
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(play, spans))
        sizes = found[:, 0].copy()
        return Spread(
            mean=float(sizes.mean()),
            error=float(sizes.std(ddof=1) / np.sqrt(worlds)),
            worlds=worlds,
            sampler=self.sampler,
            paired=self.sampler != "gaps",
            sizes=sizes,
        )


def spread(
    graph: Any,
    seeds: Sequence[int] | np.ndarray,
    probability: Any,
    worlds: int,
    seed: int,
    same_worlds: bool = False,
    model: Model = "independent_cascade",
    threads: int = 1,
) -> Spread:
    """The mean number of accounts that SEEDS reach, its standard error, and the sampler used.

    graph        a FollowerGraph with stored rows, or (indptr int64[n+1], followers int32[m]): row u lists who hears u
    seeds        integers 0..n-1; repeats count once; seeds themselves are counted
    probability  that a link is live: a number from 0 to 1 for all links; "weighted_cascade", 1 over the number of
                 accounts the target follows; or float64[m], one per link, in the order of `followers`
    worlds       int >= 2: independent plays, each with its own live links
    seed         int from 0 to 2^64 - 1; the same seed gives the same bits for any number of THREADS
    same_worlds  every seed set asked with this seed meets the same live links, so that differences between sets are
                 those of the sets and not of luck; `Spread.paired` says whether they do (per-link coins and thresholds
                 always do; a uniform p without it takes the faster gap sampler)
    model        "independent_cascade": a newly reached account tries each of its links once; "linear_threshold": an
                 account gives in when the weights of its reached followees pass a uniform threshold (both: Kempe,
                 Kleinberg, Tardos 2003, KDD, doi 10.1145/956750.956769)

    The standard error is that of the mean over independent worlds: sd / sqrt(worlds).  Raises UserError for values
    outside these ranges, arrays that do not fit, weights into one account above 1 (linear threshold), and graphs whose
    rows are computed on demand.  To ask many seed sets of one graph, prepare it once: `Cascades`.
    """
    return Cascades(graph, probability, same_worlds, model).spread(seeds, worlds, seed, threads)
