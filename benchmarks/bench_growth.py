"""How fast follower graphs grow, and what a stage costs.

python -m pytest benchmarks/bench_growth.py --benchmark-sort=name
"""

import functools
import hashlib

import pytest

from sim.graph import grow
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links
from sim.model import stage as stage_room
from sim.scenario import read
from sim.scenario.schema import Scenario

SIZES = [100_000, 1_000_000]


def fingerprint(graph: FollowerGraph) -> str:
    """A name for the bytes of the links."""
    return hashlib.blake2b(graph.followers.tobytes(), digest_size=8).hexdigest()


@functools.cache
def grown(accounts: int) -> FollowerGraph:
    return grow.grow(links.Growth(accounts=accounts), threads=2)


@pytest.mark.parametrize("accounts", SIZES)
@pytest.mark.parametrize("threads", [1, 2])
def test_grow(benchmark, accounts: int, threads: int) -> None:
    """Links per second; the same bytes for any number of threads."""
    expected = grown(accounts)
    benchmark.group = f"growth, {accounts:,} accounts"
    benchmark.extra_info["links"] = expected.links
    graph = benchmark.pedantic(grow.grow, (links.Growth(accounts=accounts),), {"threads": threads}, rounds=3)
    assert graph.links == expected.links > 10 * accounts
    assert fingerprint(graph) == fingerprint(expected)
    if benchmark.stats is not None:
        benchmark.extra_info["links_per_second"] = round(graph.links / benchmark.stats.stats.mean)


@pytest.mark.parametrize("accounts", SIZES)
def test_set_stage(benchmark, accounts: int) -> None:
    """Casting, people and timetable on a graph that stands."""
    scenario = read.read("nokia_n8", Scenario).with_accounts(accounts)
    graph = grown(accounts)
    expected = stage_room.set_stage(scenario, graph)
    benchmark.group = f"stage, {accounts:,} accounts"
    stage = benchmark.pedantic(stage_room.set_stage, (scenario, graph), rounds=3)
    assert (stage.readers.traits == expected.readers.traits).all()
    assert (stage.readers.traits & 7).any()
