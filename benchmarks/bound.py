"""The bound: how near the spread kernels come to what the memory delivers.

    python -m benchmarks.bound

A cascade must read, at places nobody can foresee: the header of every reached
account's row, the target of every live link, and (weighted cascade) the
coins' limits along every row.  `spread_by_gaps` counts the first two, the
lines of limits follow from the reached rows.  Divided by what this machine
delivers for reads of that kind over an array as large as everything the kernel
touches, this is the least time a cascade can take; the fraction printed is
that time over the measured one, the median over rounds that measure both in
turn (the rates printed are those of the fastest round).
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import workloads
from sim.kernels import memory
from sim.planning import spread

LINE = 64  # bytes
READS = 1 << 19
AHEAD = (32, 64, 128, 256, 1024)
ROUNDS = 31


def cpu_seconds(job: Callable[[], Any]) -> float:
    begin = time.thread_time()
    job()
    return time.thread_time() - begin


def against_memory(job: Callable[[], Any], size: int) -> np.ndarray:
    """float64[ROUNDS, 3]: seconds of JOB, of one random read and of one byte in order, both over SIZE bytes.

    The three run in turn, so that a round meets the same neighbours on the
    machine; the distance of the requests is the best of AHEAD.
    """
    words = np.ones(size // 8, np.uint64)
    halves = words.view(np.uint32)
    job()
    memory.read_in_order(words)
    memory.read_at_random(halves, AHEAD[0], AHEAD[0])
    tries = {
        ahead: min(cpu_seconds(lambda ahead=ahead: memory.read_at_random(halves, READS, ahead)) for _ in range(3))
        for ahead in AHEAD
    }
    ahead = min(tries, key=lambda distance: tries[distance])
    return np.array([
        [
            cpu_seconds(job),
            cpu_seconds(lambda: memory.read_at_random(halves, READS, ahead)) / READS,
            cpu_seconds(lambda: memory.read_in_order(words)) / words.nbytes,
        ]
        for _ in range(ROUNDS)
    ])  # fmt: skip


def uniform(load: workloads.Workload, worlds: int) -> dict[str, Any]:
    """The gap sampler at p = 0.01 against the random-read bound."""
    cascades = spread.Cascades(load.graph, 0.01)
    found = np.zeros((worlds, 3), np.int64)
    size = load.indptr.nbytes + load.followers.nbytes
    taken, one_read, one_byte = against_memory(lambda: cascades.worlds(load.seeds, 1, 0, found), size).T
    reached, read, _ = found.sum(axis=0)
    return {
        "workload": f"{load.name} .01",
        "counted": "random reads: row headers and targets of live links",
        "bytes": size,
        "reads_per_cascade": float((reached + read) / worlds),
        "random_reads_per_second": float(1.0 / one_read.min()),
        "sequential_bytes_per_second": float(1.0 / one_byte.min()),
        "cascades_per_second": float(worlds / taken.min()),
        "fraction": float(np.median((reached + read) * one_read / taken)),
    }


def weighted(load: workloads.Workload, worlds: int) -> dict[str, Any]:
    """The coin sampler under weighted cascade against the line-fetch bound."""
    cascades = spread.Cascades(load.graph, "weighted_cascade")
    found = np.zeros((worlds, 3), np.int64)
    size = load.indptr.nbytes + 9 * load.followers.size
    taken, one_read, one_byte = against_memory(lambda: cascades.worlds(load.seeds, 1, 0, found), size).T
    reached, read, _ = found.sum(axis=0)
    first = further = 0
    for world in range(worlds):
        accounts = cascades.worlds(load.seeds, 1, world, np.zeros((1, 3), np.int64)).astype(np.int64)
        begin, end = load.indptr[accounts], load.indptr[accounts + 1]
        lines = np.where(end > begin, (end - 1) // LINE - begin // LINE + 1, 0)
        first += int((lines > 0).sum())
        further += int(np.maximum(lines - 1, 0).sum())
    return {
        "workload": f"{load.name} weighted cascade",
        "counted": "line fetches: row headers, rows of limits, candidates; a row's further lines in order",
        "bytes": size,
        "reads_per_cascade": float((reached + read + first + further) / worlds),
        "random_reads_per_second": float(1.0 / one_read.min()),
        "sequential_bytes_per_second": float(1.0 / one_byte.min()),
        "cascades_per_second": float(worlds / taken.min()),
        "fraction": float(np.median(((reached + read + first) * one_read + further * LINE * one_byte) / taken)),
    }


def measure(name: str) -> list[dict[str, Any]]:
    """Both bounds on the workload NAME."""
    load = workloads.load(name)
    large = load.followers.size > 10_000_000
    return [uniform(load, 20 if large else 500), weighted(load, 4 if large else 50)]


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = ["| workload | working set | random reads/s | in order | cascades/s | fraction of the bound |"]
    lines.append("|---|---|---|---|---|---|")
    lines += [
        f"| {row['workload']} | {row['bytes'] / 1e6:,.0f} MB | {row['random_reads_per_second'] / 1e6:,.0f} M "
        f"| {row['sequential_bytes_per_second'] / 1e9:.1f} GB/s | {row['cascades_per_second']:,.0f} "
        f"| {row['fraction']:.0%} |"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table([row for name in ("W1", "W2") for row in measure(name)]))
