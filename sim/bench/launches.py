"""The launch against the memory: what one replicate must read, and how near the kernel comes to that.

Counted from the run's own books and the graph, array by array:

rows      every post's followers, 4 bytes each, in order; the first line of a row is a random read
traits    one byte per push; a row ascends, so what counts is its different cache lines: a line
          next to the one before comes in order, any other is a random read
watch     one entry per read of a watched account, far apart within a row: a random read each
events    one entry of the calendar for every view by somebody who could act, put there and taken out
met       one entry of the table of those who met the story, for every such view

Each array is read at the rate that this machine delivers at that array's own
size.  The sum is the least time of the replicate; what the kernel takes beyond
it is arithmetic: a hash per push, the reader's clock, thresholds.
"""

from typing import Any

import numpy as np

from sim.bench import bound, traces
from sim.graph import follower_graph
from sim.model import cascade, launch
from sim.model import stage as staging
from sim.runs import compare
from sim.scenario import read
from sim.scenario.schema import Scenario

SCENARIO, STRATEGY, SEED = "nokia_n8", "celebrity_seeding", 7


def needs(run: cascade.Cascade) -> dict[str, dict[str, float]]:
    """What RUN read, by array: its size in bytes, random reads, and bytes in order."""
    graph = run.stage.casting.graph
    accounts = run.posts.account[: run.post_count]
    pushes = int(run.tally.pushes.sum())
    random_lines, next_lines = _trait_lines(graph, accounts)
    views = float(run.met["reads"].sum())
    watched = float(run.tally.reads.sum()) / run.stage.panel
    rows = graph.followers.nbytes + graph.added_followers.nbytes if graph.stored else 0
    traits = run.stage.readers.traits.nbytes
    return {
        "rows": {"size": rows, "random": 2.0 * accounts.size, "in_order": 4.0 * pushes if graph.stored else 0.0},
        "traits": {"size": traits, "random": random_lines, "in_order": traces.LINE * next_lines},
        "watch": {"size": run.tally.watch.nbytes, "random": watched, "in_order": 0.0},
        "events": {"size": run.queue.events.nbytes, "random": 2.0 * views, "in_order": 0.0},
        "met": {"size": run.met.nbytes, "random": views, "in_order": 0.0},
    }


def _trait_lines(graph: follower_graph.FollowerGraph, accounts: np.ndarray) -> tuple[float, float]:
    """Lines of one byte per account that the rows of ACCOUNTS touch: (at random, next to the line before)."""
    at_random = beside = 0.0
    for account, times in zip(*np.unique(accounts, return_counts=True), strict=True):
        lines = np.asarray(graph.row(int(account))) // traces.LINE
        steps = np.diff(lines)
        beside += float(times) * int((steps == 1).sum())
        at_random += float(times) * int((steps > 1).sum() + (lines.size > 0))
    return at_random, beside


def measure(accounts: int, rounds: int) -> dict[str, Any]:
    """One replicate of the shipped launch on ACCOUNTS accounts against the bound."""
    scenario = read.read(SCENARIO, Scenario).with_accounts(accounts)
    stage = staging.set_stage(scenario, compare.grow_graph(scenario, 1))
    plan = launch.plan(scenario.strategies[STRATEGY], stage.casting, scenario.contents, stage.answer, stage.hours, SEED)
    return {"workload": f"launch, {accounts:,} accounts"} | against(stage, plan, rounds)


def against(stage: staging.Stage, plan: launch.Plan, rounds: int) -> dict[str, Any]:
    """The replicate of PLAN on STAGE, kernel and memory in turn."""
    wanted = {name: need for name, need in needs(cascade.play(stage, plan, SEED)).items() if need["size"]}
    arrays = {name: bound.Memory(int(need["size"])) for name, need in wanted.items()}
    pushes = int(cascade.play(stage, plan, SEED).tally.pushes.sum())
    taken, least, by_array = [], [], []
    for _ in range(rounds):
        taken.append(bound.cpu_seconds(lambda: cascade.play(stage, plan, SEED)))
        by_array.append([
            need["random"] * arrays[name].random() + need["in_order"] * arrays[name].in_order()
            for name, need in wanted.items()
        ])  # fmt: skip
        least.append(sum(by_array[-1]))
    largest = max(arrays, key=lambda name: wanted[name]["size"])
    parts = np.median(np.array(by_array), axis=0)
    return {
        "kernel": f"cascade, {STRATEGY}",
        "working_set_bytes": int(sum(need["size"] for need in wanted.values())),
        "random_reads_per_second": 1.0 / arrays[largest].random(),
        "sequential_bytes_per_second": 1.0 / arrays[largest].in_order(),
        "per_second": pushes / float(np.median(taken)),
        "unit": "pushes",
        "reads": sum(need["random"] for need in wanted.values()),
        "bytes": sum(need["random"] * traces.LINE + need["in_order"] for need in wanted.values()),
        "counts": {"pushes": pushes} | {f"random_{name}": need["random"] for name, need in wanted.items()},
        "least_seconds": dict(zip(wanted, parts.tolist(), strict=True)),
        "seconds": float(np.median(taken)),
        "fraction": float(np.median(np.array(least) / np.array(taken))),
        "fraction_same_reads": None,
    }
