"""A cascade's reads, worked out apart from the kernel: the counts must be those that the kernel reports."""

import numpy as np
import pytest

from sim.bench import bound, traces, workloads
from sim.kernels import draws, memory
from sim.planning import spread


@pytest.fixture(scope="module")
def load() -> workloads.Workload:
    return workloads.from_keys("small", 3000, workloads.chung_lu(3000, 60_000, 5))


def test_numpy_draws_are_the_kernels(load):
    items = np.arange(50, dtype=np.uint64)
    expected = [int(draws.bits(np.uint64(9), item)) for item in items]
    assert traces.bits(9, items).tolist() == expected


def test_gaps_read_headers_and_the_targets_of_live_links(load):
    cascades = spread.Cascades(load.graph, 0.03)
    found = np.zeros((1, 3), np.int64)
    reached = cascades.worlds(load.seeds, bound.SEED, 4, found).copy()
    assert found[0, 0] > 20
    trace = bound.traced(cascades, load.seeds, 4)
    assert trace.places.size == found[0, 0] + found[0, 1]
    headers = trace.places[trace.places < 2 * load.indptr.size]
    assert sorted(headers.tolist()) == sorted((2 * reached.astype(np.int64)).tolist())
    targets = load.followers[trace.places[trace.places >= 2 * load.indptr.size] - 2 * load.indptr.size]
    assert set(reached.tolist()) == set(targets.tolist()) | set(load.seeds.tolist())


def test_coins_read_headers_limits_and_candidates(load):
    cascades = spread.Cascades(load.graph, "weighted_cascade")
    found = np.zeros((1, 3), np.int64)
    reached = cascades.worlds(load.seeds, bound.SEED, 2, found).astype(np.int64)
    trace = bound.traced(cascades, load.seeds, 2)
    lengths = np.diff(load.indptr)[reached]
    assert found[0, 1] > 100
    assert trace.places.size == found[0, 0] + found[0, 1] + (lengths > 0).sum()
    assert trace.further >= (np.maximum(lengths - 1, 0) // 64).sum()
    assert 0 < trace.lines <= trace.places.size
    assert trace.places.max() < trace.size // 4


def test_a_trace_that_is_not_the_kernels_is_refused(load, monkeypatch):
    cascades = spread.Cascades(load.graph, 0.03)
    monkeypatch.setattr(traces, "live_by_gaps", lambda *_: np.arange(1))
    with pytest.raises(ValueError, match="the kernel tells of"):
        bound.traced(cascades, load.seeds, 4)


@pytest.mark.parametrize("ahead", [1, 7, 1000])
def test_reads_at_places_add_up(ahead):
    words = np.arange(100, dtype=np.uint32)
    places = np.array([5, 99, 0, 5, 17], np.uint32)
    assert memory.read_at_places(words, places, ahead) == 126
    assert memory.read_at_places(words, places[:0], ahead) == 0
    assert memory.read_at_random(np.ones(1000, np.uint32), 640, 64) == 640
    assert memory.read_in_order(np.arange(10, dtype=np.uint64)) == 45


def test_the_bound_of_a_kernel_has_every_figure(load):
    for chance in (0.01, "weighted_cascade"):
        one = bound.measure(load, chance, 2)
        assert one["working_set_bytes"] > load.followers.nbytes
        assert one["reads"] >= one["lines"] > workloads.SEEDS
        assert one["bytes"] >= 64 * one["reads"] - 1
        for key in ("random_reads_per_second", "sequential_bytes_per_second", "per_second", "fraction"):
            assert np.isfinite(one[key])
            assert one[key] > 0
