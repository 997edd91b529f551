"""To and from NetworkX, GraphML and GEXF: any hashable nodes, attributes both ways."""

import re
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

import networkx as nx
import numpy as np

from sim import errors
from sim.graph import edges
from sim.graph.follower_graph import FollowerGraph

ROOTS = {".graphml": "graphml", ".gexf": "gexf"}


def to_networkx(graph: FollowerGraph) -> nx.DiGraph:
    """GRAPH as a networkx.DiGraph that can be changed (edge u -> v: v follows u); `graph.view()` needs no copy."""
    return graph.view().copy()


def from_networkx(graph: nx.Graph, direction: str = "influences") -> FollowerGraph:
    """A follower graph of a NetworkX graph; nodes may be any hashables and become the labels.

    direction  what an edge (a, b) means: "influences" (b follows a, as in `FollowerGraph.view`) or "follows" (a
               follows b); a graph without direction is read as following each other

    Node attributes are kept.  `community` orders the accounts where at least
    half of the nodes have it; else communities are searched for.
    """
    return clean_networkx(graph, direction).graph


def clean_networkx(graph: nx.Graph, direction: str, where: object = "this graph") -> edges.Cleaned:
    """`from_networkx` with what was left out (parallel edges, self-loops). Raises UserError for a graph of nothing."""
    word = edges.check_direction(direction, where)
    nodes = list(graph)
    if not nodes:
        raise errors.UserError(f"{where}: no nodes, so there is no follower graph in it.")
    place = {node: k for k, node in enumerate(nodes)}
    pairs = np.array([(place[a], place[b]) for a, b in graph.edges()], np.int64).reshape(-1, 2)
    first, second = pairs[:, 0], pairs[:, 1]
    if not graph.is_directed():
        apart = first != second  # a loop stays one loop
        first, second = np.concatenate([first, second[apart]]), np.concatenate([second, first[apart]])
    followed, follower = (first, second) if word == "influences" else (second, first)

    attributes: dict[str, dict[int, Any]] = {}
    for k, node in enumerate(nodes):
        for name, value in graph.nodes[node].items():
            attributes.setdefault(str(name), {})[k] = value
    communities = None
    named = attributes.get("community", {})
    if 2 * len(named) >= len(nodes):
        communities = edges.number_communities([named.get(k) for k in range(len(nodes))])
        if all(communities[k] == value for k, value in named.items() if not isinstance(value, str)):
            del attributes["community"]  # the graph's own numbers say the same
    return edges.from_edges(
        followed, follower, len(nodes), labels=nodes, communities=communities, attributes=attributes
    )


def read(file: BinaryIO, path: Path, direction: str | None = None) -> tuple[edges.Cleaned, int]:
    """The follower graph of a GraphML or GEXF file (by the suffix of PATH, opened as FILE), and its number of edges.

    direction  as in `from_networkx`; None where the file says it (as the files of `write` in GraphML do)

    A file with a document type declaration is refused before it is parsed:
    entities are defined there, and no graph needs them.  Raises UserError for
    what cannot be read and for a direction that contradicts the file's.
    """
    _refuse_declarations(file, path)
    file.seek(0)
    try:
        found = nx.read_graphml(file) if path.suffix.lower() == ".graphml" else nx.read_gexf(file)
    except (
        nx.NetworkXException,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        SyntaxError,
        RuntimeError,
    ) as failure:
        raise errors.UserError(f"{path}: not a readable {path.suffix[1:]} file ({failure}).") from failure
    said = found.graph.get("direction")
    if direction is None:
        direction = said
    elif said in edges.DIRECTIONS and said != direction:
        raise errors.UserError(f"{path}: the file says direction = {said!r}, the command says {direction!r}.")
    if all(is_whole(node) for node in found):
        found = nx.relabel_nodes(found, {node: int(node) for node in found})
    for _, attributes in found.nodes(data=True):
        attributes.pop("label", None)  # GEXF repeats the node's name
    return clean_networkx(found, edges.check_direction(direction, path), path), found.number_of_edges()


def write(graph: FollowerGraph, file: BinaryIO, path: Path) -> None:
    """GRAPH as GraphML or GEXF (by the suffix of PATH) into FILE; an edge u -> v means that v follows u.

    Raises UserError for an attribute that such a file cannot hold.
    """
    view = graph.view()
    try:
        if path.suffix.lower() == ".graphml":
            nx.write_graphml_xml(view, file)
        else:
            nx.write_gexf(view, file)
    except (nx.NetworkXException, TypeError) as failure:
        raise errors.UserError(
            f"{path}: {failure}. This format holds texts, numbers and truth values only."
        ) from failure


def is_whole(node: Any) -> bool:
    """Whether NODE is the canonical text of a whole number (one of thousands of digits is a text like any other)."""
    return isinstance(node, str) and re.fullmatch(r"0|-?[1-9][0-9]{0,999}", node) is not None


class _Seen(Exception):  # no error: it ends the parsing
    """The root element was reached; nothing before it was refused."""


def _refuse_declarations(file: BinaryIO, path: Path) -> None:
    """Parse the head of PATH, up to its root element; a document type declaration or another root is a UserError."""
    wanted = ROOTS[path.suffix.lower()]

    def declared(name: str, *_: Any) -> None:
        raise errors.UserError(
            f"{path}: has a document type declaration (<!DOCTYPE {name}>), which this reader refuses: entities may be"
            " bombs. Remove that line; a graph needs none."
        )

    def root(name: str, _: Any) -> None:
        if name.split(":")[-1] != wanted:
            raise errors.UserError(f"{path}: the root element is <{name}>; a {wanted} file begins with <{wanted}>.")
        raise _Seen

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = root
    try:
        parser.ParseFile(file)
    except _Seen:
        return
    except expat.ExpatError as failure:
        raise errors.UserError(
            f"{path}: not XML: line {failure.lineno}: {expat.ErrorString(failure.code)}."
        ) from failure
    except (LookupError, ValueError) as failure:  # an encoding that nobody knows
        raise errors.UserError(f"{path}: not XML that can be read ({failure}).") from failure
