"""NetworkX's algorithms run on the view without a copy and give what they give on a copied DiGraph."""

import io
import math
import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import networkx as nx
import numpy as np
import pytest

from sim.graph import grow
from sim.graph.follower_graph import FollowerGraph
from sim.graph.view import FollowerView
from sim.kernels import links


def small_graph(accounts: int = 120) -> FollowerGraph:
    """A grown graph with a brand behind the base, whose names are texts."""
    graph = grow.grow(links.Growth(accounts=accounts, mean_followers=5.0, community_size=40, seed=8))
    names = [f"account {u}" for u in range(accounts)]
    row = grow.audience(graph, key=1, followers=accounts // 4)
    named = FollowerGraph(graph.indptr, graph.followers, graph.community_start, labels=names)
    return named.with_accounts(
        [row], labels=["brand"], attributes={"role": {accounts: "brand"}, "fee": {accounts: 12.5}}
    )


GRAPH = small_graph()
VIEW = GRAPH.view()
COPY = nx.DiGraph()
COPY.add_nodes_from(GRAPH.labels or [])
COPY.add_edges_from((GRAPH.labels[u], GRAPH.labels[int(v)]) for u in range(GRAPH.accounts) for v in GRAPH.row(u))
HUB, OTHER = "brand", "account 17"
WEAK = max(nx.weakly_connected_components(COPY), key=len)


def written(write: Callable[[nx.Graph, Any], None], graph: nx.Graph) -> list[str]:
    """The edges' part of a written file (node attributes are tested in test_exchange)."""
    file = io.BytesIO()
    write(graph, file)
    return [line.strip() for line in file.getvalue().decode().splitlines() if "<edge" in line]


ALGORITHMS: dict[str, Callable[[nx.DiGraph], Any]] = {
    "number_of_nodes": nx.number_of_nodes,
    "number_of_edges": nx.number_of_edges,
    "density": nx.density,
    "nodes": lambda g: list(g),
    "edges": lambda g: list(g.edges),
    "in_edges": lambda g: sorted(g.in_edges),
    "degree": lambda g: dict(g.degree),
    "in_degree": lambda g: dict(g.in_degree),
    "out_degree": lambda g: dict(g.out_degree),
    "degree_histogram": nx.degree_histogram,
    "successors": lambda g: list(g.successors(HUB)),
    "predecessors": lambda g: sorted(g.predecessors(OTHER)),
    "has_edge": lambda g: [g.has_edge(HUB, v) for v in g],
    "adjacency": lambda g: {u: dict(row) for u, row in g.adjacency()},
    "pagerank": nx.pagerank,
    "hits": nx.hits,
    "katz": lambda g: nx.katz_centrality(g, alpha=0.01),
    "degree_centrality": nx.degree_centrality,
    "in_degree_centrality": nx.in_degree_centrality,
    "closeness": nx.closeness_centrality,
    "betweenness": nx.betweenness_centrality,
    "harmonic": nx.harmonic_centrality,
    "bfs_tree": lambda g: sorted(nx.bfs_tree(g, HUB).edges),
    "bfs_layers": lambda g: [sorted(layer) for layer in nx.bfs_layers(g, [HUB])],
    "dfs_preorder": lambda g: list(nx.dfs_preorder_nodes(g, HUB)),
    "descendants": lambda g: nx.descendants(g, HUB),
    "ancestors": lambda g: nx.ancestors(g, OTHER),
    "strongly_connected": lambda g: {frozenset(part) for part in nx.strongly_connected_components(g)},
    "weakly_connected": lambda g: {frozenset(part) for part in nx.weakly_connected_components(g)},
    "attracting": lambda g: {frozenset(part) for part in nx.attracting_components(g)},
    "condensation": lambda g: sorted(nx.condensation(g).edges),
    "is_dag": nx.is_directed_acyclic_graph,
    "shortest_path_length": lambda g: dict(nx.single_source_shortest_path_length(g, HUB)),
    "shortest_path": lambda g: len(nx.shortest_path(g, HUB, OTHER)),
    "dijkstra": lambda g: nx.single_source_dijkstra_path_length(g, HUB),
    "all_pairs": lambda g: {u: dict(d) for u, d in nx.all_pairs_shortest_path_length(g, cutoff=2)},
    "clustering": nx.clustering,
    "average_clustering": nx.average_clustering,
    "transitivity": lambda g: nx.transitivity(g.to_undirected()),
    "reciprocity": nx.reciprocity,
    "overall_reciprocity": nx.overall_reciprocity,
    "triadic_census": nx.triadic_census,
    "core_number": nx.core_number,
    "k_core": lambda g: set(nx.k_core(g, 4)),
    "assortativity": nx.degree_assortativity_coefficient,
    "neighbor_degree": nx.average_neighbor_degree,
    "dominating_set": lambda g: nx.is_dominating_set(g, nx.dominating_set(g, HUB)),
    "maximum_flow": lambda g: nx.node_connectivity(g, HUB, OTHER),
    "louvain": lambda g: {frozenset(part) for part in nx.community.louvain_communities(g, seed=1)},
    "modularity": lambda g: nx.community.modularity(g, [set(g) - WEAK, WEAK]),
    "subgraph": lambda g: sorted(g.subgraph(sorted(WEAK)[:40]).edges),
    "edge_subgraph": lambda g: sorted(g.edge_subgraph(list(g.edges)[:50]).nodes),
    "ego_graph": lambda g: sorted(nx.ego_graph(g, OTHER).edges),
    "copy": lambda g: sorted(g.copy().edges),
    "reverse": lambda g: sorted(g.reverse().edges),
    "reverse_view": lambda g: sorted(g.reverse(copy=False).edges),
    "to_undirected": lambda g: g.to_undirected().number_of_edges(),
    "to_undirected_reciprocal": lambda g: g.to_undirected(reciprocal=True).number_of_edges(),
    "complement": lambda g: nx.complement(g).number_of_edges(),
    "to_scipy": lambda g: nx.to_scipy_sparse_array(g).toarray(),
    "to_numpy": lambda g: nx.to_numpy_array(g),
    "to_pandas": lambda g: nx.to_pandas_edgelist(g).to_dict(),
    "to_dict_of_lists": nx.to_dict_of_lists,
    "relabel": lambda g: sorted(nx.convert_node_labels_to_integers(g).edges),
    "line_graph": lambda g: nx.line_graph(g).number_of_edges(),
    "graphml": lambda g: written(nx.write_graphml, g),
    "gexf": lambda g: written(nx.write_gexf, g),
    "edgelist": lambda g: list(nx.generate_edgelist(g, data=False)),
    "node_link": lambda g: nx.node_link_data(g)["edges"],
}


def same(a: Any, b: Any) -> bool:
    """Equal, floats to the last few digits (sums may run in another order)."""
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a) if isinstance(b, Mapping) else False
    if isinstance(a, np.ndarray):
        return bool(np.array_equal(a, b))
    if isinstance(a, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, Iterable) and not isinstance(a, (str, set, frozenset)):
        a, b = list(a), list(b)
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_algorithm_equals_that_on_a_copy(name):
    algorithm = ALGORITHMS[name]
    found, expected = algorithm(VIEW), algorithm(COPY)
    assert same(expected, found)


def test_the_copies_are_ordinary_graphs_and_equal_the_view():
    for made in (VIEW.copy(), VIEW.reverse(), VIEW.to_undirected(), nx.DiGraph(VIEW)):
        assert not isinstance(made, FollowerView)
        made.add_edge("new", "account 0")  # they can be changed
    assert nx.utils.graphs_equal(VIEW.copy(), VIEW)


def test_nodes_carry_role_fee_and_community():
    assert VIEW.nodes["brand"] == {"role": "brand", "fee": 12.5}
    assert VIEW.nodes["account 0"] == {"community": 0}
    assert VIEW.nodes["account 119"]["community"] == GRAPH.communities - 1
    assert dict(VIEW.nodes(data="fee", default=0.0))["account 3"] == 0.0


@pytest.mark.parametrize(
    "change",
    [
        lambda g: g.add_node(1),
        lambda g: g.add_nodes_from([1]),
        lambda g: g.add_edge(1, 2),
        lambda g: g.add_edges_from([(1, 2)]),
        lambda g: g.add_weighted_edges_from([(1, 2, 3.0)]),
        lambda g: g.remove_node("brand"),
        lambda g: g.remove_nodes_from(["brand"]),
        lambda g: g.remove_edge("brand", "account 0"),
        lambda g: g.remove_edges_from([]),
        lambda g: g.update(edges=[(1, 2)]),
        lambda g: g.clear(),
        lambda g: g.clear_edges(),
        lambda g: nx.set_node_attributes(g, {"brand": {"fee": 1.0}}),
        lambda g: g.nodes["brand"].update(fee=1.0),
        lambda g: nx.set_edge_attributes(g, 1.0, "weight"),
    ],
)
def test_a_change_is_refused(change):
    with pytest.raises(nx.NetworkXError, match="read-only"):
        change(VIEW)
    assert VIEW.number_of_nodes() == 121
    assert "weight" not in next(iter(VIEW.edges(data=True)))[2]


def test_a_computed_graph_has_the_same_view():
    growth = links.Growth(accounts=300, mean_followers=6.0)
    stored, computed = grow.grow(growth).view(), grow.grow(growth, on_demand=True).view()
    assert stored.number_of_edges() > 1_000
    assert list(stored.edges) == list(computed.edges)
    assert list(stored.predecessors(7)) == list(computed.predecessors(7))


def test_a_view_costs_no_copy():
    import tracemalloc

    graph = grow.grow(links.Growth(accounts=20_000))
    tracemalloc.start()
    view = graph.view()
    assert view.number_of_edges() > 500_000
    assert view.out_degree(5) == graph.row(5).size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < graph.followers.nbytes / 10


def test_strange_nodes_are_not_in_it():
    plain = grow.grow(links.Growth(accounts=50)).view()
    assert 3 in plain
    assert np.int32(3) in plain
    for label in (50, -1, "3", 3.0, None, True, [3]):
        assert label not in plain
    with pytest.raises(nx.NetworkXError):
        plain.successors(99)


def test_pickled_and_back():
    again = pickle.loads(pickle.dumps(VIEW))
    assert isinstance(again, FollowerView)
    assert list(again.edges) == list(VIEW.edges)
