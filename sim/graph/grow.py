"""Growing follower graphs from a recipe, and audiences for the cast."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from sim import errors, quantities
from sim.graph import folder as storage
from sim.graph import follower_graph, rule
from sim.kernels import draws, links

MEMORY_SHARE = 0.8  # of the machine's memory that a graph may fill
CHUNK = 50_000  # rows a thread takes at a time: about 1.5 million links, a few times a millisecond

Progress = Callable[[int, int], None]  # rows done, rows in all


def grow(
    growth: links.Growth, *, threads: int = 2, on_demand: bool = False, progress: Progress | None = None
) -> follower_graph.FollowerGraph:
    """The follower graph of GROWTH, in memory; the same bytes for any number of THREADS.

    on_demand  store nothing: rows are computed when they are asked for
    progress   called with (rows done, rows in all) from this thread
    """
    check(growth)
    tables = rule.rule_of(growth)
    if on_demand:
        return follower_graph.FollowerGraph(
            np.zeros(1, np.int64), np.empty(0, np.int32), tables.starts, growth=growth, rule=tables
        )
    accounts = growth.accounts
    indptr = np.zeros(accounts + 1, np.int64)
    ranges = [(low, min(low + CHUNK, accounts)) for low in range(0, accounts, CHUNK)]

    def measure(rows: tuple[int, int]) -> None:
        links.lengths_into(*tables, rows[0], rows[1], indptr[1 + rows[0] : 1 + rows[1]])

    def write(rows: tuple[int, int]) -> None:
        low, high = rows
        links.fill(*tables, low, high, indptr[low : high + 1], followers[indptr[low] : indptr[high]])

    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        for _ in storage.ordered(pool, measure, ranges, threads):
            pass
        np.cumsum(indptr, out=indptr)
        followers = _held(int(indptr[-1]))
        for k, _ in enumerate(storage.ordered(pool, write, ranges, threads)):
            if progress is not None:
                progress(ranges[k][1], accounts)
    return follower_graph.FollowerGraph(indptr, followers, tables.starts, growth=growth, rule=tables)


def _held(count: int) -> np.ndarray:
    """Memory for COUNT links, or an EnvironmentFailure where the machine has not got it (instead of being killed)."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 2**62
    if 4 * count > MEMORY_SHARE * memory:
        raise errors.EnvironmentFailure(
            f"{count:,} links need {4 * count / 1e9:.1f} GB of memory; this machine has {memory / 1e9:.1f} GB.\n"
            "Grow the graph into a folder (dandelion graph make), or take fewer accounts or links per account."
        )
    return np.empty(count, np.int32)


def make(
    folder: str | Path,
    growth: links.Growth,
    *,
    threads: int = 2,
    on_demand: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> follower_graph.FollowerGraph:
    """Grow the graph of GROWTH straight into FOLDER (never held in memory; resumed when interrupted) and open it.

    on_demand  keep the recipe only: a folder of a few kilobytes whose rows are computed when asked for
    overwrite  replace a graph folder of that name
    """
    check(growth)
    if on_demand:
        grow(growth, on_demand=True).save(folder, overwrite=overwrite)
    else:
        storage.grow_into(folder, growth, threads=threads, progress=progress, overwrite=overwrite)
    return follower_graph.FollowerGraph.open(folder)


def check(growth: links.Growth) -> None:
    """Refuse a recipe that no graph can follow, with a UserError."""
    for name, parameter in quantities.parameters(links.Growth).items():
        value = getattr(growth, name)
        allowed = parameter.range
        if allowed is not None and not allowed.low <= value <= allowed.high:
            raise errors.UserError(
                f"[graph] {name} = {value} is outside {allowed.low:,} to {allowed.high:,} ({allowed.unit}).\n"
                f"It means: {parameter.doc.meaning}."
            )
    if not 1.01 <= growth.follower_exponent <= 5.0:
        raise errors.UserError(
            f"[graph] follower_exponent = {growth.follower_exponent} is outside 1.01 to 5.\n"
            "It is the density exponent of the follower counts' tail; published values lie between 2.0 and 2.5."
        )


def allot(size: int, mix: np.ndarray, room: np.ndarray, luck: float = 0.5) -> np.ndarray:
    """SIZE accounts divided by MIX (shares, float64[communities]) among communities with ROOM int64[communities].

    Systematic rounding from LUCK (0 to 1): every community gets its exact part rounded down or up, and its exact part
    on average over LUCK, however few there are to divide.
    What a community cannot hold goes to the others in proportion to their free
    room.  Returns int64[communities] with sum SIZE (at most the sum of ROOM).
    """
    size = min(int(size), int(room.sum()))
    given = np.zeros(room.size, np.int64)
    shares = np.where(room > 0, np.maximum(mix, 0.0), 0.0).astype(np.float64)
    while (left := size - int(given.sum())) > 0:
        if shares.sum() <= 0.0:
            shares = (room - given).astype(np.float64)
        exact = left * shares / shares.sum()
        ends = np.floor(np.cumsum(exact) + luck).astype(np.int64)
        ends[-1] = left  # whatever the last digits of the sum
        parts = np.diff(ends, prepend=np.int64(0))
        given = np.minimum(given + parts, room)
        shares = (room - given).astype(np.float64)
    return given


def audience(
    graph: follower_graph.FollowerGraph, *, key: int, followers: int, mix: np.ndarray | None = None
) -> np.ndarray:
    """The row of a cast account: FOLLOWERS different base accounts, int32, ascending, drawn by followee weight.

    key   names the cast account: its row does not depend on who else is cast
    mix   share of the followers in every community, float64[communities] (None: in proportion to their sizes);
          what a community cannot hold is spread over the rest

    Deterministic: a function of (graph, key, followers, mix). In a read graph
    the weight of an account is the number of accounts it follows, plus one.
    Raises UserError for more followers than there are accounts, and for a mix
    of another length.
    """
    room = np.diff(graph.community_start)
    if followers > graph.base:
        raise errors.UserError(
            f"An audience of {followers:,} followers was asked of a graph with {graph.base:,} accounts.\n"
            "Take a larger graph, or a smaller share of the market."
        )
    if mix is None:
        mix = room.astype(np.float64)
    mix = np.asarray(mix, np.float64)
    if mix.shape != room.shape or not np.isfinite(mix).all() or mix.min() < 0.0:
        raise errors.UserError(
            f"The community mix of an audience has {mix.size} shares; {room.size} shares of at least 0 are allowed."
        )
    luck = draws.uniform(np.uint64(draws.bits(np.uint64(draws.key(np.uint64(0), draws.AUDIENCE, np.uint64(key))), 0)))
    parts = allot(followers, mix, room, luck)
    row = np.empty(int(parts.sum()), np.int32)
    if graph.rule is not None:
        links.audience_into(
            graph.rule.law.seed, np.uint64(key), parts, graph.rule.positions, graph.community_start, row
        )
    else:
        weight = graph.followee_counts()[: graph.base] + 1.0
        links.weighted_audience_into(np.uint64(0), np.uint64(key), parts, weight, graph.community_start, row)
    return row
