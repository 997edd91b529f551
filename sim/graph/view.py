"""A follower graph as NetworkX sees it: a read-only DiGraph whose dictionaries are the arrays.

An edge u -> v means that v follows u: the direction in which a post travels.
Nodes are the graph's labels (the ids where it has none).  Nothing is copied:
a node's neighbours are its row, its predecessors the row of the transposed
arrays, which are computed when an algorithm first asks for them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import networkx as nx
import numpy as np

if TYPE_CHECKING:
    from sim.graph.follower_graph import FollowerGraph


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise nx.NetworkXError(
        "A view of a follower graph is read-only: its links are the simulator's arrays.\n"
        "Take a copy to change (view.copy() is a networkx.DiGraph; exchange.from_networkx brings it back)."
    )


class Attributes(dict[str, Any]):
    """The attributes of a node or an edge; to change them raises NetworkXError."""

    __setitem__ = __delitem__ = update = pop = popitem = clear = setdefault = __ior__ = _refuse

    def __reduce__(self) -> tuple[type, tuple[dict[str, Any]]]:
        return dict, (dict(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return dict(self)


_EDGE = Attributes()


class Neighbours(Mapping[Any, Attributes]):
    """One row: followed by (or following) whom; label -> edge attributes, of which there are none."""

    __slots__ = ("_row", "_view")

    def __init__(self, view: FollowerView, row: np.ndarray):
        self._view = view
        self._row = row

    def __len__(self) -> int:
        return self._row.size

    def __iter__(self) -> Iterator[Any]:
        ids = self._row.tolist()
        names = self._view.names
        return iter(ids) if names is None else map(names.__getitem__, ids)

    def __contains__(self, label: object) -> bool:
        v = self._view.id_of(label)
        if v < 0:
            return False
        place = int(np.searchsorted(self._row, v))
        return place < self._row.size and bool(self._row[place] == v)

    def __getitem__(self, label: Any) -> Attributes:
        if label not in self:
            raise KeyError(label)
        return _EDGE

    def items(self) -> Any:
        """(label, attributes) of every neighbour."""
        return Pairs(self)

    def copy(self) -> dict[Any, Attributes]:
        """A plain dictionary."""
        return dict(self.items())

    def __str__(self) -> str:
        return str(dict(self.items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self.items())!r})"


class Pairs:
    """`items()` of Neighbours: iterates without a look-up per link."""

    __slots__ = ("_neighbours",)

    def __init__(self, neighbours: Neighbours):
        self._neighbours = neighbours

    def __iter__(self) -> Iterator[tuple[Any, Attributes]]:
        return zip(self._neighbours, itertools.repeat(_EDGE), strict=False)

    def __len__(self) -> int:
        return len(self._neighbours)


Value = TypeVar("Value")


class _ByAccount(Mapping[Any, Value]):
    """Something of every account, found by its label."""

    __slots__ = ("_view",)

    def __init__(self, view: FollowerView):
        self._view = view

    def __len__(self) -> int:
        return self._view.follower_graph.accounts

    def __iter__(self) -> Iterator[Any]:
        return self._view.labels()

    def __contains__(self, label: object) -> bool:
        return self._view.id_of(label) >= 0

    def _account(self, label: Any) -> int:
        u = self._view.id_of(label)
        if u < 0:
            raise KeyError(label)
        return u


class Rows(_ByAccount[Neighbours]):
    """All rows: label -> Neighbours."""

    __slots__ = ("_row_of",)

    def __init__(self, view: FollowerView, row_of: Callable[[int], np.ndarray]):
        super().__init__(view)
        self._row_of = row_of

    def __getitem__(self, label: Any) -> Neighbours:
        return Neighbours(self._view, self._row_of(self._account(label)))

    def copy(self) -> dict[Any, Neighbours]:
        """A plain dictionary of the rows."""
        return dict(self.items())


class Nodes(_ByAccount[Attributes]):
    """All accounts: label -> attributes (community, and role, fee, ... where they are set)."""

    __slots__ = ()

    def __getitem__(self, label: Any) -> Attributes:
        u = self._account(label)
        graph = self._view.follower_graph
        found = {name: values[u] for name, values in graph.attributes.items() if u in values}
        if u < graph.base:
            found.setdefault("community", graph.community_of(u))
        return Attributes(found)


class FollowerView(nx.DiGraph):
    """A networkx.DiGraph over the arrays of FOLLOWER_GRAPH; every way to change it raises NetworkXError.

    NetworkX makes its results with `G.__class__()`; without a follower graph
    this class therefore gives an ordinary DiGraph.
    """

    frozen = True  # networkx.is_frozen

    def __new__(cls, follower_graph: FollowerGraph | None = None, **attributes: Any) -> Any:
        if (
            follower_graph is None
            or isinstance(follower_graph, nx.Graph)
            or not hasattr(follower_graph, "follower_counts")
        ):
            return nx.DiGraph(follower_graph, **attributes)
        return object.__new__(cls)

    def __init__(self, follower_graph: FollowerGraph):
        graph = follower_graph
        self.follower_graph = graph
        self.names = graph.labels
        self._ids: dict[Any, int] | None = None
        self.graph = {"direction": "influences"}
        self._node = Nodes(self)
        self._adj = Rows(self, graph.row)  # NetworkX sets _succ with it
        self._pred = Rows(self, self._following)
        self.__networkx_cache__: dict[str, Any] = {}

    def _following(self, v: int) -> np.ndarray:
        indptr, followees = self.follower_graph.following()
        return followees[indptr[v] : indptr[v + 1]]

    def labels(self) -> Iterator[Any]:
        """The nodes, in the order of the ids."""
        return iter(range(self.follower_graph.accounts)) if self.names is None else iter(self.names)

    def id_of(self, label: object) -> int:
        """The id of the account called LABEL; -1 for none."""
        if self.names is None:
            if isinstance(label, (int, np.integer)) and not isinstance(label, bool):
                return int(label) if 0 <= label < self.follower_graph.accounts else -1
            return -1
        if self._ids is None:
            self._ids = {name: u for u, name in enumerate(self.names)}
        try:
            return self._ids.get(label, -1)
        except TypeError:  # not hashable, so not a node
            return -1

    def __contains__(self, label: object) -> bool:
        return self.id_of(label) >= 0

    def number_of_edges(self, u: Any = None, v: Any = None) -> int:
        """All follow links, or 1 if v follows u."""
        return self.follower_graph.links if u is None else int(self.has_edge(u, v))

    def size(self, weight: str | None = None) -> Any:
        """All follow links; they have no weights, so a WEIGHT counts 1 for each."""
        return self.follower_graph.links if weight is None else float(self.follower_graph.links)

    def to_directed_class(self) -> type:
        """What copies are made of."""
        return nx.DiGraph

    def copy(self, as_view: bool = False) -> nx.DiGraph:
        """A networkx.DiGraph that can be changed (AS_VIEW: one that cannot)."""
        if as_view:
            return nx.graphviews.generic_graph_view(self)
        copied = nx.DiGraph(**self.graph)
        copied.add_nodes_from((label, dict(attributes)) for label, attributes in self._node.items())
        copied.add_edges_from((u, v) for u, row in self._adj.items() for v in row)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> nx.DiGraph:
        return self.copy()

    def __reduce__(self) -> Any:
        return _again, (self.follower_graph,)

    add_node = add_nodes_from = remove_node = remove_nodes_from = _refuse
    add_edge = add_edges_from = add_weighted_edges_from = remove_edge = remove_edges_from = _refuse
    update = clear = clear_edges = _refuse


def _again(follower_graph: FollowerGraph) -> FollowerView:
    return FollowerView(follower_graph)
