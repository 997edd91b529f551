"""A graph turned around: samples of who could have reached whom.

Both samplers of `sim.kernels` behind one form: independent reverse-reachable
sets, and the sets of whole worlds.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from sim.errors import EnvironmentFailure
from sim.kernels import reverse
from sim.kernels import worlds as worlds_kernels
from sim.planning import spread, steps

CHUNK = 256  # blocks of 64 sets per call and thread
FEWEST_WORLDS = 8  # and worlds per call and thread


class Sample(NamedTuple):
    """Sets that met no sentinel, and those that did.

    ends, members  int64[sets + 1], uint32[...]: the sets' accounts (see `sim.kernels.cover`)
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

    def sets(
        self,
        seed: int,
        first: int,
        blocks: int,
        sentinels: np.ndarray,
        keep: bool,
        threads: int = 1,
        tick: steps.Tick = steps.silent,
    ) -> Sample:
        """Independent sets of blocks FIRST.. (64 each) without SENTINELS (int32[n]); only how many without KEEP."""
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

        sample = _joined(span, range(first, first + blocks, CHUNK), threads, tick)
        return sample._replace(weight=self.weight / (64 * blocks))

    def worlds(
        self,
        seed: int,
        first: int,
        worlds: int,
        stride: int,
        sentinels: np.ndarray,
        threads: int = 1,
        tick: steps.Tick = steps.silent,
    ) -> Sample:
        """The sets of every STRIDE-th root of worlds FIRST.. that none of SENTINELS (int32[n]) reaches."""
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

        sample = _joined(span, range(first, first + worlds, FEWEST_WORLDS), threads, tick)
        return sample._replace(weight=stride / worlds)

    def _grow(self, queue: int, members: int) -> None:
        """Twice the room next time, or an error the user can act on."""
        self._queue = max(self._queue, 2 * queue)
        self._members = max(self._members, 2 * members)
        if self._queue > 1 << 33:
            raise EnvironmentFailure(
                "64 reverse-reachable sets at once need more than 64 GiB: "
                "with these probabilities nearly everybody reaches everybody."
            )


def _joined(
    span: Callable[[int], list[tuple[np.ndarray, np.ndarray, int]]], begins: range, threads: int, tick: steps.Tick
) -> Sample:
    """The parts of all spans in order, whatever thread made them; TICK hears of every span."""
    parts = []
    if threads == 1:
        for done, begin in enumerate(begins):
            tick(done, len(begins))
            parts += span(begin)
    else:
        pool = ThreadPoolExecutor(threads)
        try:
            for done, made in enumerate(pool.map(span, begins)):
                tick(done, len(begins))
                parts += made
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    tick(len(begins), len(begins))
    sizes = np.concatenate([size for size, _, _ in parts])
    ends = np.zeros(sizes.size + 1, np.int64)
    np.cumsum(sizes, out=ends[1:])
    return Sample(ends, np.concatenate([members for _, members, _ in parts]), sum(c for _, _, c in parts), 0.0)
