"""The spread kernels by size and sampler, answers asserted (pytest-benchmark).

python -m pytest benchmarks/bench_spread.py
"""

import numpy as np
import pytest

from sim.bench import workloads
from sim.planning import reverse_graph, solver, spread

# The mean of the ten best-heard accounts on W1, as every peer finds it (standard error below 1%).
EXPECTED = {0.01: 2_785.0, "weighted_cascade": 19_700.0}
WORLDS = {0.01: 2_000, "weighted_cascade": 400}


@pytest.fixture(scope="module")
def load() -> workloads.Workload:
    return workloads.load("W1")


@pytest.mark.parametrize("same_worlds", [False, True])
@pytest.mark.parametrize("chance", EXPECTED)
def test_spread(benchmark, load, chance, same_worlds):
    cascades = spread.Cascades(load.graph, chance, same_worlds)
    cascades.spread(load.seeds, 2, seed=0)  # compile
    worlds = WORLDS[chance]
    benchmark.group = f"spread, {load.indptr.size - 1:,} accounts, {chance}"
    benchmark.extra_info |= {"worlds": worlds, "links": load.followers.size, "sampler": cascades.sampler}
    found = benchmark(cascades.spread, load.seeds, worlds, seed=7)
    assert abs(found.mean - EXPECTED[chance]) < 5 * found.error + 0.005 * EXPECTED[chance]


@pytest.mark.parametrize("accounts", [1_000, 10_000, 100_000])
def test_spread_by_size(benchmark, accounts):
    keys = workloads.chung_lu(accounts, 20 * accounts, seed=3)
    load = workloads.from_keys(f"{accounts:,}", accounts, keys)
    cascades = spread.Cascades(load.graph, 0.02)
    cascades.spread(load.seeds, 2, seed=0)  # compile
    benchmark.group = "spread by size, p = 0.02, 100 worlds"
    found = np.zeros((100, 3), np.int64)
    benchmark(cascades.worlds, load.seeds, 5, 0, found)
    benchmark.extra_info["reached"] = int(found[:, 0].sum())
    assert found[:, 0].min() >= workloads.SEEDS
    assert found[:, 0].sum() > 100 * workloads.SEEDS


@pytest.mark.parametrize("chance", EXPECTED)
def test_select(benchmark, load, chance):
    graph = reverse_graph.ReverseGraph(load.graph, chance)
    solver.select(graph, 50, support=8)  # compile
    benchmark.group = "50 seeds on W1"
    plan = benchmark(solver.select, graph, 50, seed=1, support=64)
    benchmark.extra_info |= {"sets": plan.sets, "ratio": plan.ratio}
    assert plan.certified
    assert plan.spread > EXPECTED[chance]
