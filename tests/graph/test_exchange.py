"""NetworkX, GraphML and GEXF: any hashable nodes, attributes both ways, no bombs."""

import networkx as nx
import numpy as np
import pytest

from sim import errors
from sim.graph import exchange, files, grow
from sim.kernels import links


def cast_graph():
    graph = grow.grow(links.Growth(accounts=200, mean_followers=5.0, community_size=50))
    row = grow.audience(graph, key=1, followers=40)
    return graph.with_accounts(
        [row, row[:7]], attributes={"role": {200: "brand", 201: "kol"}, "fee": {201: 1_200.5}, "posts": {201: 3}}
    )


def as_sets(graph):
    return set(graph.edges), {node: dict(values) for node, values in graph.nodes(data=True)}


def test_to_networkx_and_back():
    graph = cast_graph()
    copied = exchange.to_networkx(graph)
    assert type(copied) is nx.DiGraph
    assert copied.number_of_edges() == graph.links > 900
    again = exchange.from_networkx(copied)
    assert set(again.view().edges) == set(copied.edges)
    assert again.view().nodes[201] == {"role": "kol", "fee": 1_200.5, "posts": 3, "community": 4}
    assert again.view().nodes[60] == {"community": 1}
    np.testing.assert_array_equal(again.community_start, [0, 50, 100, 150, 200, 202])  # the cast has none: last


def test_from_networkx_with_any_hashable_nodes():
    nodes = ["a", 7, ("x", 1), frozenset({2}), 2.5]
    made = nx.DiGraph([(nodes[0], nodes[1]), (nodes[2], nodes[3]), (nodes[4], nodes[0])])
    made.add_node("alone")
    for direction in ("influences", "follows"):
        graph = exchange.from_networkx(made, direction)
        expected = made if direction == "influences" else made.reverse()
        assert set(graph.view().edges) == set(expected.edges)
        assert set(graph.view()) == {*nodes, "alone"}


def test_a_graph_without_direction_is_mutual():
    graph = exchange.from_networkx(nx.Graph([("a", "b"), ("b", "c"), ("c", "c")]))
    assert set(graph.view().edges) == {("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")}


def test_parallel_edges_become_one_link():
    cleaned = exchange.clean_networkx(nx.MultiDiGraph([(1, 2), (1, 2), (2, 2)]), "influences")
    assert cleaned.graph.links == 1
    assert cleaned.duplicates.size == 1
    assert cleaned.self_loops.size == 1


def test_an_empty_graph_and_a_wrong_direction_are_refused():
    with pytest.raises(errors.UserError, match="no nodes"):
        exchange.from_networkx(nx.DiGraph())
    with pytest.raises(errors.UserError, match="'follows' and 'influences'"):
        exchange.from_networkx(nx.DiGraph([(1, 2)]), "up")


@pytest.mark.parametrize("suffix", [".graphml", ".gexf"])
def test_attributes_go_both_ways(tmp_path, suffix):
    graph = cast_graph()
    files.write(graph, tmp_path / f"g{suffix}")
    read = nx.read_graphml(tmp_path / f"g{suffix}") if suffix == ".graphml" else nx.read_gexf(tmp_path / f"g{suffix}")
    assert read.number_of_edges() == graph.links  # NetworkX itself reads it
    again, report = files.open_graph(tmp_path / f"g{suffix}", "influences")
    assert report.clean
    assert report.links == graph.links
    view = again.view()
    assert set(view.edges) == set(graph.view().edges)
    assert view.nodes[201]["fee"] == 1_200.5
    assert view.nodes[201]["posts"] == 3
    assert view.nodes[200]["role"] == "brand"
    assert view.nodes[199]["community"] == 3


def test_graphml_says_its_direction(tmp_path):
    files.write(cast_graph(), tmp_path / "g.graphml")
    graph, _ = files.open_graph(tmp_path / "g.graphml")  # no direction needed
    assert graph.links > 900
    with pytest.raises(errors.UserError, match="the file says direction = 'influences', the command says 'follows'"):
        files.open_graph(tmp_path / "g.graphml", "follows")


def test_foreign_files_need_a_direction(tmp_path):
    nx.write_graphml_xml(nx.DiGraph([("1", "2"), ("3", "2")]), tmp_path / "g.graphml")
    with pytest.raises(errors.UserError, match="no direction is given"):
        files.open_graph(tmp_path / "g.graphml")
    graph, _ = files.open_graph(tmp_path / "g.graphml", "follows")
    assert set(graph.view().edges) == {(2, 1), (2, 3)}


BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [
 <!ENTITY lol "lol">
 <!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
 <!ENTITY lol2 "&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;">
]>
<{root}><graph><node id="&lol2;"/></graph></{root}>"""

OUTSIDE = """<?xml version="1.0"?>
<!DOCTYPE graphml [<!ENTITY secret SYSTEM "{path}">]>
<graphml><graph edgedefault="directed"><node id="&secret;"/></graph></graphml>"""


@pytest.mark.parametrize("root", ["graphml", "gexf"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bombs_are_refused_before_they_are_read(tmp_path, root, encoding, monkeypatch):
    monkeypatch.setattr(nx, f"read_{root}", lambda *_: pytest.fail("the parser was reached"))
    (tmp_path / f"g.{root}").write_bytes(BOMB.format(root=root).encode(encoding))
    with pytest.raises(errors.UserError, match="document type declaration"):
        files.open_graph(tmp_path / f"g.{root}", "follows")


def test_entities_that_open_files_are_refused(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "g.graphml").write_text(OUTSIDE.format(path=(tmp_path / "secret.txt").as_uri()))
    with pytest.raises(errors.UserError, match="document type declaration"):
        files.open_graph(tmp_path / "g.graphml", "follows")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("<html></html>", "root element is <html>"),
        ("not xml", "not XML: line 1"),
        ("<graphml><graph edgedefault='directed'><node id='1'></graph></graphml>", "not a readable graphml"),
        ("<graphml></graphml>", "graphml"),
        ("<graphml><graph edgedefault='directed'><node id='1'/></graph></graphml>", "no links"),
        ("<graphml><graph edgedefault='directed'></graph></graphml>", "no nodes"),
    ],
)
def test_broken_graphml_gets_one_clear_message(tmp_path, text, part):
    if "graph " in text:
        text = text.replace("<graphml>", '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">')
    (tmp_path / "g.graphml").write_text(text)
    with pytest.raises(errors.UserError, match=part):
        files.open_graph(tmp_path / "g.graphml", "follows")


def test_attributes_that_a_format_cannot_hold_are_refused(tmp_path):
    graph = cast_graph().with_accounts([], attributes={"notes": {3: ["a", "list"]}})
    with pytest.raises(errors.UserError, match="texts, numbers"):
        files.write(graph, tmp_path / "g.graphml")
    assert list(tmp_path.iterdir()) == []
