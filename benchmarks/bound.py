"""The bound: how near the spread kernels come to what the memory delivers.

    python -m benchmarks.bound

A cascade must read, at places nobody can foresee: the header of every reached
account's row, the target of every live link, and (weighted cascade) the
coins' limits along every row.  `spread_by_gaps` counts the first two, the
lines of limits follow from the reached rows.  Divided by what this machine
delivers for reads of that kind over an array as large as everything the kernel
touches, this is the least time a cascade can take; the fraction printed is
that time over the measured one.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import workloads
from sim.kernels import memory
from sim.planning import spread

LINE = 64  # bytes
READS = 1 << 21
AHEAD = (32, 64, 128, 256, 1024)
ROUNDS = 15


def fastest(jobs: list[Callable[[], Any]], rounds: int = ROUNDS) -> list[float]:
    """The shortest CPU time of each job, run in turn: other programs on the machine can only lengthen one."""
    times = [[] for _ in jobs]
    for _ in range(rounds):
        for job, taken in zip(jobs, times, strict=True):
            begin = time.thread_time()
            job()
            taken.append(time.thread_time() - begin)
    return [min(taken) for taken in times]


def against_memory(job: Callable[[], Any], size: int) -> tuple[float, float, float]:
    """Seconds of JOB, independent random reads per second and bytes per second in order, both over SIZE bytes."""
    words = np.ones(size // 8, np.uint64)
    halves = words.view(np.uint32)
    reads = [lambda ahead=ahead: memory.read_at_random(halves, READS, ahead) for ahead in AHEAD]
    for compile_first in (job, reads[0], lambda: memory.read_in_order(words)):
        compile_first()
    taken, in_order, *at_random = fastest([job, lambda: memory.read_in_order(words), *reads])
    return taken, READS / min(at_random), words.nbytes / in_order


def uniform(load: workloads.Workload, worlds: int) -> dict[str, Any]:
    """The gap sampler at p = 0.01 against the random-read bound."""
    cascades = spread.Cascades(load.graph, 0.01)
    found = np.zeros((worlds, 3), np.int64)
    size = load.indptr.nbytes + load.followers.nbytes
    taken, rate, stream = against_memory(lambda: cascades.worlds(load.seeds, 1, 0, found), size)
    reached, read, _ = found.sum(axis=0)
    return {
        "workload": f"{load.name} .01",
        "counted": "random reads: row headers and targets of live links",
        "bytes": size,
        "reads_per_cascade": float((reached + read) / worlds),
        "random_reads_per_second": rate,
        "sequential_bytes_per_second": stream,
        "cascades_per_second": worlds / taken,
        "fraction": float((reached + read) / rate / taken),
    }


def weighted(load: workloads.Workload, worlds: int) -> dict[str, Any]:
    """The coin sampler under weighted cascade against the line-fetch bound."""
    cascades = spread.Cascades(load.graph, "weighted_cascade")
    found = np.zeros((worlds, 3), np.int64)
    size = load.indptr.nbytes + 9 * load.followers.size
    taken, rate, stream = against_memory(lambda: cascades.worlds(load.seeds, 1, 0, found), size)
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
        "random_reads_per_second": rate,
        "sequential_bytes_per_second": stream,
        "cascades_per_second": worlds / taken,
        "fraction": float(((reached + read + first) / rate + further * LINE / stream) / taken),
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
