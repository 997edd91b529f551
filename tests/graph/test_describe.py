"""The figures of a graph: theory where there is one, NetworkX where there is none."""

import json

import networkx as nx
import numpy as np
import pytest

from sim.graph import describe, exchange, grow
from sim.kernels import adjacency, links
from tests.reference import luck


@pytest.mark.luck
def test_tail_exponent_finds_a_known_law():
    """Zeta laws, 100,000 draws: the standard error is that of the draws in the tail that was chosen.

    The choice of where the law fits best leans to flatter laws by one such error and widens it by a tenth (measured).
    """
    for exponent in (2.0, 2.3, 2.8):
        draws = np.random.default_rng(5).zipf(exponent, 100_000)
        found, begin = describe.tail_exponent(draws)
        tail = (draws >= begin).sum()
        assert abs(found - exponent) < (1.1 * luck.SURE + 1) * (exponent - 1) / np.sqrt(tail) + 0.01
        assert 50 <= tail <= draws.size


def test_tail_exponent_of_short_tails_is_not_defined():
    for counts in ([], [0, 0], [3, 3, 3], [1, 2, 3]):
        assert describe.tail_exponent(np.array(counts, int)) == (None, None)


@pytest.mark.parametrize(
    ("counts", "expected"), [([1, 1, 1, 1], 0.0), ([0, 0, 0, 4], 0.75), ([1, 3], 0.25), ([0, 0], None)]
)
def test_gini(counts, expected):
    assert describe.gini(np.array(counts)) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("on_demand", [False, True])
def test_figures_equal_those_of_networkx(on_demand):
    graph = grow.grow(links.Growth(accounts=600, mean_followers=9.0, community_size=200), on_demand=on_demand)
    graph = graph.with_accounts([grow.audience(graph, key=2, followers=200)])
    copied = exchange.to_networkx(graph)
    found = describe.describe(graph)
    assert found["links"] == copied.number_of_edges() > 4_000
    assert found["accounts"] == 601
    assert found["reciprocity"] == pytest.approx(nx.overall_reciprocity(copied))
    assert found["transitivity"] == pytest.approx(nx.transitivity(copied.to_undirected()))
    assert found["followers"]["max"] == max(d for _, d in copied.out_degree)
    if not on_demand:
        assert found["followees"]["max"] == max(d for _, d in copied.in_degree)
    json.dumps(found, allow_nan=False)
    assert describe.describe(graph) == found
    assert all(isinstance(text, str) for row in describe.words(found) for text in row)


@pytest.mark.luck
def test_sampled_figures_agree_with_exact_ones(monkeypatch):
    graph = grow.grow(links.Growth(accounts=50_000))
    exact = describe.describe(graph)
    monkeypatch.setattr(describe, "EXACT_LINKS", 1_000)
    sampled = describe.describe(graph)
    assert sampled["transitivity"] is None
    assert exact["transitivity"] > 0.005
    error = (exact["reciprocity"] * (1 - exact["reciprocity"]) / describe.SAMPLE) ** 0.5
    assert abs(sampled["reciprocity"] - exact["reciprocity"]) < 5 * error
    assert abs(sampled["same_community"] - exact["same_community"]) < 0.02
    assert abs(sampled["assortativity"] - exact["assortativity"]) < luck.SURE * 1.15 / describe.SAMPLE**0.5  # measured


def test_a_graph_without_links_has_undefined_figures():
    graph = grow.grow(links.Growth(accounts=50, mean_followers=0.0))
    found = describe.describe(graph)
    assert found["links"] == 0
    assert found["reciprocity"] is None
    assert found["follower_exponent"] is None
    json.dumps(found, allow_nan=False)
    assert dict(describe.words(found))["reciprocity"] == "not defined"


def test_info_reads_any_form(tmp_path):
    graph = grow.make(tmp_path / "g", links.Growth(accounts=2_000))
    found = describe.info(tmp_path / "g")
    assert found["links"] == graph.links
    assert found["read"] is None
    assert found["growth"]["accounts"] == 2_000
    (tmp_path / "g.csv").write_text("follower,followee\n1,2\n1,2\n")
    found = describe.info(tmp_path / "g.csv", "follows")
    assert found["links"] == 1
    assert found["read"]["duplicates"]["count"] == 1


@pytest.mark.parametrize("accounts", [40, 300])
def test_triangles_equal_those_of_networkx(accounts):
    ties = nx.gnp_random_graph(accounts, 0.1, seed=3)
    array = nx.to_scipy_sparse_array(ties, format="csr", dtype=int)
    array.sort_indices()
    found = adjacency.triangles(array.indptr.astype(np.int64), array.indices.astype(np.int32))
    assert found == sum(nx.triangles(ties).values()) // 3 > 0
