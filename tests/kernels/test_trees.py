"""Repost trees against networkx on the same trees."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import trees


def forest_of(parent: list[int]) -> nx.DiGraph:
    forest = nx.DiGraph()
    forest.add_nodes_from(range(len(parent)))
    forest.add_edges_from((above, post) for post, above in enumerate(parent) if above >= 0)
    return forest


@st.composite
def parents(draw) -> list[int]:
    """A forest in which every parent stands before its children."""
    return [draw(st.integers(-1, post - 1)) for post in range(draw(st.integers(0, 30)))]


@given(parents())
def test_sizes_are_those_of_networkx(parent: list[int]) -> None:
    root, below = trees.tree_sizes(np.array(parent, np.int32))
    forest = forest_of(parent)
    assert below.tolist() == [len(nx.descendants(forest, post)) + 1 for post in range(len(parent))]
    for post, top in enumerate(root.tolist()):
        assert parent[top] == -1
        assert top == post or nx.has_path(forest, top, post)
    originals = np.array(parent) == -1
    assert below[originals].sum() == len(parent)


@given(parents())
def test_virality_is_the_mean_distance(parent: list[int]) -> None:
    """Trees weighted by their reposts; one without reposts counts nothing."""
    found = trees.structural_virality(np.array(parent, np.int32))
    means = []
    weights = []
    for tree in nx.weakly_connected_components(forest_of(parent)):
        if len(tree) > 1:
            means.append(nx.average_shortest_path_length(forest_of(parent).to_undirected().subgraph(tree)))
            weights.append(len(tree) - 1)
    if not means:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(np.average(means, weights=weights))


def test_star_and_chain() -> None:
    star = np.array([-1] + [0] * 99, np.int32)
    chain = np.arange(-1, 99, dtype=np.int32)
    assert trees.structural_virality(star) == pytest.approx(2 * 99 * 99 / (100 * 99))
    assert trees.structural_virality(chain) == pytest.approx(101 / 3)


def test_one_repost_is_one_step() -> None:
    assert trees.structural_virality(np.array([-1, 0], np.int32)) == 1.0
    assert math.isnan(trees.structural_virality(np.array([-1, -1], np.int32)))


def test_trees_side_by_side_by_hand() -> None:
    """A pair (1) and a chain of three (4 / 3), weighted by one and two reposts."""
    root, below = trees.tree_sizes(np.array([-1, -1, 1, 0, 2], np.int32))
    assert (root.tolist(), below.tolist()) == ([0, 1, 1, 0, 1], [2, 3, 2, 1, 1])
    assert trees.structural_virality(np.array([-1, -1, 1, 0, 2], np.int32)) == pytest.approx((1 + 2 * 4 / 3) / 3)
