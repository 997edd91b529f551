"""The bound: how near the kernels come to what the memory delivers.

A cascade must read, at places nobody can foresee: the header of every reached
account's row, the target of every live link and, with coins, the limits along
every row.  Two bounds follow from these reads.

random reads  the number of reads over what this machine delivers for
              independent random reads in an array as large as everything the
              kernel touches.  Hubs are reached in nearly every world and their
              lines stay in the cache, so a kernel may beat it.
same reads    the time of the very reads of the cascade (`traces`), at the same
              places in the same order, requested as early as pays, and nothing
              else: no draws, no comparisons, no queue.

Either is the least time a cascade can take; the fraction is that time over
the kernel's, the median over rounds that measure all of them in turn.  A row's
further lines follow their neighbour and count at the rate of reads in order.
"""

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.bench import peers, traces, workloads
from sim.bench.rounds import SHORT
from sim.kernels import memory
from sim.planning import spread

READS = 1 << 19
AHEAD = (32, 64, 128, 256, 1024)
WORLDS = {"large": {0.01: 12, peers.WEIGHTED: 4}, "small": {0.01: 400, peers.WEIGHTED: 24}}
LARGE = 10_000_000  # links
SEED = 1


def cpu_seconds(job: Callable[[], Any]) -> float:
    """CPU seconds of this thread for JOB."""
    began = time.thread_time()
    job()
    return time.thread_time() - began


class Memory:
    """An array of SIZE bytes and how fast it is read: `random()` seconds per read, `in_order()` seconds per byte."""

    def __init__(self, size: int):
        self.words = np.ones(max(size // 8, 1024), np.uint64)
        self.halves = self.words.view(np.uint32)
        self.in_order()
        self.ahead = fastest(lambda ahead: memory.read_at_random(self.halves, READS // 4, ahead))

    def random(self) -> float:
        """Seconds per independent random read."""
        return cpu_seconds(lambda: memory.read_at_random(self.halves, READS, self.ahead)) / READS

    def in_order(self) -> float:
        """Seconds per byte."""
        return cpu_seconds(lambda: memory.read_in_order(self.words)) / self.words.nbytes


def fastest(job: Callable[[int], Any]) -> int:
    """The distance of requests among AHEAD at which JOB is fastest."""
    job(AHEAD[0])
    tries = {ahead: min(cpu_seconds(functools.partial(job, ahead)) for _ in range(3)) for ahead in AHEAD}
    return min(tries, key=lambda ahead: tries[ahead])


def traced(cascades: spread.Cascades, seeds: np.ndarray, world: int) -> traces.Trace:
    """What CASCADES reads in WORLD from SEEDS (int32[n]).

    Raises ValueError when the counts are not those that the kernel reports.
    """
    found = np.zeros((1, 3), np.int64)
    reached = cascades.worlds(seeds, SEED, world, found).copy()
    if cascades.sampler == "gaps":
        trace = traces.by_gaps(cascades.indptr, cascades.followers, cascades.table, reached, SEED, world)
        expected = int(found[0, 0] + found[0, 1])
    else:
        trace = traces.by_coins(cascades.indptr, cascades.limits, cascades.packed, reached, SEED, world)
        opened = np.diff(cascades.indptr)[reached.astype(np.int64)] > 0
        expected = int(found[0, 0] + found[0, 1] + opened.sum())
    if trace.places.size != expected:
        raise ValueError(f"world {world}: the kernel tells of {expected} reads, its trace of {trace.places.size}")
    return trace


def measure(load: workloads.Workload, chance: peers.Chance, rounds: int) -> dict[str, Any]:
    """The spread kernel of CHANCE on LOAD against both bounds."""
    cascades = spread.Cascades(load.graph, chance)
    worlds = WORLDS["large" if load.followers.size > LARGE else "small"][chance]
    met = [traced(cascades, load.seeds, world) for world in range(worlds)]
    places = np.concatenate([trace.places for trace in met]).astype(np.uint32)
    further = sum(trace.further for trace in met)
    size = met[0].size
    there = Memory(size)
    found = np.zeros((worlds, 3), np.int64)
    ahead = fastest(lambda distance: memory.read_at_places(there.halves, places, distance))
    seconds = np.array([
        [
            cpu_seconds(lambda: cascades.worlds(load.seeds, SEED, 0, found)),
            there.random(),
            there.in_order(),
            cpu_seconds(lambda: memory.read_at_places(there.halves, places, ahead)),
        ]
        for _ in range(rounds)
    ])  # fmt: skip
    taken, one_read, one_byte, same = seconds.T
    beside = further * traces.LINE * one_byte
    rates = np.median(seconds, axis=0)
    return {
        "kernel": f"spread, {cascades.sampler}",
        "working_set_bytes": size,
        "random_reads_per_second": float(1.0 / rates[1]),
        "sequential_bytes_per_second": float(1.0 / rates[2]),
        "per_second": float(worlds / rates[0]),
        "unit": "cascades",
        "reads": places.size / worlds,
        "lines": float(np.mean([trace.lines for trace in met])),
        "bytes": (places.size + further) * traces.LINE / worlds,
        "fraction": float(np.median((places.size * one_read + beside) / taken)),
        "fraction_same_reads": float(np.median((same + beside) / taken)),
        "workload": f"{load.name} {SHORT[chance]}",
    }
