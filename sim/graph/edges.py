"""From a list of links to a follower graph: cleaned, ordered by community, names kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import networkx as nx
import numpy as np

from sim import errors
from sim.graph.follower_graph import FollowerGraph

Direction = Literal["follows", "influences"]
DIRECTIONS = ("follows", "influences")
SEARCHABLE_LINKS = 1_000_000  # above, Louvain takes minutes: one community
SMALLEST_SHARE = 0.002  # communities below this share of the accounts (or ten accounts) are joined into one
SEED = 1  # of the community search: the same file is the same graph


class Cleaned(NamedTuple):
    """A follower graph and the places in the list of the links that were left out: duplicates, self_loops int64[n]."""

    graph: FollowerGraph
    duplicates: np.ndarray
    self_loops: np.ndarray


def check_direction(direction: str | None, where: object) -> Direction:
    """DIRECTION if it is one of the two words, else a UserError that explains them."""
    if direction == "follows":
        return "follows"
    if direction == "influences":
        return "influences"
    found = "no direction is given" if direction is None else f"direction = {direction!r}"
    raise errors.UserError(
        f"{where}: {found}; allowed are 'follows' and 'influences'.\n"
        "'follows': the first account of a line follows the second.\n"
        "'influences': posts travel from the first to the second."
    )


def from_edges(
    followed: np.ndarray,
    follower: np.ndarray,
    accounts: int,
    *,
    labels: Sequence[Any] | None = None,
    communities: np.ndarray | None = None,
    attributes: Mapping[str, Mapping[int, Any]] | None = None,
) -> Cleaned:
    """A stored follower graph of ACCOUNTS accounts in which follower[k] follows followed[k].

    followed, follower  int[links], accounts by their place in LABELS
    labels              names of the accounts, any hashables (None: 0, 1, ...)
    communities         int[accounts], 0.. (None: searched for, see `find_communities`)
    attributes          {attribute: {place: value}}

    Duplicates and self-loops are dropped and returned by their place in the
    list (all but the first of equal links are duplicates).  Accounts are
    renumbered by community, keeping their order within one.  Raises UserError
    for more accounts than an int32 can number.
    """
    if accounts >= 2**31:
        raise errors.UserError(f"{accounts:,} accounts in the list; at most {2**31 - 1:,} are allowed (ids are int32).")
    followed = np.asarray(followed, np.int64)
    follower = np.asarray(follower, np.int64)
    loops = np.flatnonzero(followed == follower)
    if communities is None:
        communities = find_communities(followed, follower, accounts)
    order = np.lexsort((np.arange(accounts), communities))
    place = np.empty(accounts, np.int64)
    place[order] = np.arange(accounts)
    sizes = np.bincount(communities, minlength=int(communities.max(initial=0)) + 1)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])

    keys = place[followed] * accounts + place[follower]
    by_key = np.argsort(keys, kind="stable")
    keys = keys[by_key]
    repeated = np.zeros(keys.size, bool)
    repeated[1:] = keys[1:] == keys[:-1]
    looped = keys // max(accounts, 1) == keys % max(accounts, 1)
    duplicates = np.sort(by_key[repeated & ~looped])
    keys = keys[~repeated & ~looped]
    rows = keys // max(accounts, 1)
    followers = (keys - rows * accounts).astype(np.int32)
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(rows, minlength=accounts), dtype=np.int64)])

    moved = bool((order != np.arange(accounts)).any())
    names: Sequence[Any] | None = labels
    if moved or labels is not None:
        source = range(accounts) if labels is None else labels
        names = [source[k] for k in order.tolist()]
        if all(isinstance(name, int) and name == k for k, name in enumerate(names)):
            names = None
    kept = {name: {int(place[k]): v for k, v in values.items()} for name, values in (attributes or {}).items()}
    graph = FollowerGraph(indptr, followers, starts, labels=names, attributes=kept)
    return Cleaned(graph, duplicates, loops)


def find_communities(followed: np.ndarray, follower: np.ndarray, accounts: int) -> np.ndarray:
    """Communities 0, 1, ... of all accounts, int64[accounts], the largest first.

    Louvain (Blondel et al. 2008, doi 10.1088/1742-5468/2008/10/P10008) as
    NetworkX has it, on the links without direction, with a fixed seed; small
    communities are joined into one, the last.  Above a million links all
    accounts form one community: give a community column instead.
    """
    if follower.size > SEARCHABLE_LINKS or follower.size == 0:
        return np.zeros(accounts, np.int64)
    ties = nx.Graph()
    ties.add_edges_from(zip(followed.tolist(), follower.tolist(), strict=True))
    found = sorted(
        (sorted(part) for part in nx.community.louvain_communities(ties, seed=SEED)), key=lambda p: (-len(p), p[0])
    )
    smallest = max(10, SMALLEST_SHARE * accounts)
    large = [part for part in found if len(part) >= smallest]
    communities = np.full(accounts, len(large), np.int64)
    for c, part in enumerate(large):
        communities[part] = c
    return communities


def number_communities(values: Sequence[Any]) -> np.ndarray:
    """Communities named by VALUES (None: no community) as numbers 0, 1, ..., int64[accounts]; those without last."""
    known = {value for value in values if value is not None}
    try:
        named = sorted(known)
    except TypeError:  # of several types
        named = sorted(known, key=lambda value: (type(value).__name__, str(value)))
    number = {value: c for c, value in enumerate(named)}
    return np.array([len(number) if value is None else number[value] for value in values], np.int64)
