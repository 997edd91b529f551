"""How fast launches play: pushes per second and replicates per second.

    python -m pytest benchmarks/bench_cascade.py --benchmark-sort=name

Every timed run must give the answer of the run before it was timed.  Each
record carries the work done (`extra_info`); pushes per second are pushes over
the mean time.
"""

import functools
import os

import pytest

from sim.model import cascade, launch
from sim.model import stage as stage_room
from sim.runs import compare
from sim.runs.play import play
from sim.scenario import read
from sim.scenario.schema import Scenario

SIZES = [100_000, 1_000_000]
STRATEGIES = ["brand_only", "celebrity_seeding", "employee_amplification"]


@functools.cache
def scene(accounts: int) -> tuple[Scenario, stage_room.Stage]:
    """The shipped launch on a grown graph."""
    scenario = read.read("nokia_n8", Scenario).with_accounts(accounts)
    return scenario, stage_room.set_stage(scenario, compare.grow_graph(scenario, 2))


def work(run: cascade.Cascade) -> dict[str, int]:
    """What a run did."""
    return {
        "pushes": int(run.tally.pushes.sum()),
        "reads": int(run.tally.reads.sum()),
        "posts": run.post_count,
        "comments": int(run.tally.comments.sum()),
    }


@pytest.mark.parametrize("accounts", SIZES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_kernel(benchmark, accounts: int, strategy: str) -> None:
    """One replicate of one strategy, arrays included."""
    scenario, stage = scene(accounts)
    plan = launch.plan(scenario.strategies[strategy], stage.casting, scenario.contents, stage.answer, stage.hours, 7)
    expected = work(cascade.play(stage, plan, 7))  # compiles as well
    assert expected["reads"] > 0
    benchmark.group = f"cascade, {accounts:,} accounts"
    benchmark.extra_info |= expected | {"accounts": stage.accounts, "links": stage.casting.graph.links}
    run = benchmark(cascade.play, stage, plan, 7)
    assert work(run) == expected
    if benchmark.stats is not None:
        benchmark.extra_info["pushes_per_second"] = round(expected["pushes"] / benchmark.stats.stats.mean)


@pytest.mark.parametrize("accounts", SIZES)
def test_push(benchmark, accounts: int) -> None:
    """The bare push: all posts of the celebrities, nobody answers, so that hashing and reading rows is all there is."""
    scenario, stage = scene(accounts)
    silent = stage_room.under(
        stage, stage.answer._replace(repost_rate=0.0, peer_rate=0.0, comment_ratio=0.0), stage.attention
    )
    strategy = scenario.strategies["celebrity_seeding"]
    plan = launch.plan(strategy, stage.casting, scenario.contents, silent.answer, stage.hours, 7)
    expected = work(cascade.play(silent, plan, 7))
    assert expected["posts"] == plan.size
    benchmark.group = f"push, {accounts:,} accounts"
    benchmark.extra_info |= expected
    assert work(benchmark(cascade.play, silent, plan, 7)) == expected
    if benchmark.stats is not None:
        benchmark.extra_info["pushes_per_second"] = round(expected["pushes"] / benchmark.stats.stats.mean)


@pytest.mark.parametrize("accounts", SIZES)
def test_replicate(benchmark, accounts: int) -> None:
    """One replicate of all strategies, planned, played and measured: what `compare` does per luck."""
    scenario, stage = scene(accounts)

    def replicate() -> list[float | None]:
        return [play(scenario, stage, name, 7).metrics["reach"] for name in scenario.strategies]

    expected = replicate()
    assert max(value or 0.0 for value in expected) > 0
    benchmark.group = f"replicate of {len(expected)} strategies, {accounts:,} accounts"
    assert benchmark(replicate) == expected


@pytest.mark.parametrize("jobs", [1, 2])
def test_threads(benchmark, jobs: int) -> None:
    """Sixteen replicates of all strategies on one thread and on two."""
    if (os.cpu_count() or 1) < jobs:
        pytest.skip(f"needs {jobs} cores")
    scenario, stage = scene(100_000)
    graph = compare.grow_graph(scenario, 2)

    def replicates() -> list[float]:
        found = compare.compare(scenario, graph=graph, replicates=16, seed=1, jobs=jobs, doubt=False)
        return found.matrix("reach", "shipped").sum(axis=0).tolist()

    expected = replicates()
    assert max(expected) > 0
    benchmark.group = "16 replicates, 100,000 accounts"
    benchmark.extra_info["accounts"] = stage.accounts
    assert benchmark.pedantic(replicates, rounds=3) == expected
