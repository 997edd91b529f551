"""One launch as a film: the repost trees of a Mesa campaign, who carried it, what was said, hour by hour."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.graph.follower_graph import FollowerGraph
from sim.kernels import response, trees
from sim.model.campaign import CampaignModel
from sim.runs.compare import CancelledError, replicate_seed
from sim.scenario.schema import Scenario

NODES = 2_000
HEADS = 240
"""Trees drawn at most; the rest are single posts without an echo."""
HUB = 40
"""Leaves below a repost that make it a head of its own."""
CARRIERS = 12
FOLLOWER = 7
"""The role of an account that is not in the cast; the cast's roles are messenger numbers."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Film:
    """What the canvas draws and the side tells.

    x, y, size   float32[nodes]  place in units of the drawing, reposts below
    parent       int32[nodes]    row of the post it was taken from, -1: an original
    second       int32[nodes]    after the start
    role, words  uint8[nodes]    messenger of the author (FOLLOWER: not in the cast); carries a comment
    depth        int16[nodes]
    account      int32[nodes];   heads float32[nodes]: followers at the market's size
    hourly       cumulative numbers per hour: reads, reposts, and comments by kind, at the market's size
    carriers     [{"name", "role", "reposts": cumulative per hour}] of all posts, not only those drawn
    """

    x: Floats
    y: Floats
    size: Floats
    parent: NDArray[np.int32]
    second: NDArray[np.int32]
    role: NDArray[np.uint8]
    words: NDArray[np.uint8]
    depth: NDArray[np.int16]
    account: NDArray[np.int32]
    heads: Floats
    hourly: dict[str, list[float]]
    carriers: list[dict[str, Any]]
    names: dict[int, str]
    posts: int
    hours: int
    factor: float
    start: float
    offset: float
    title: str


def shoot(
    scenario: Scenario,
    strategy: str,
    seed: int,
    graph: Path,
    *,
    report: Callable[[tuple[int, int]], None],
    cancel: threading.Event,
) -> Film:
    """Step the campaign to its end and keep what is to be seen; the luck is the comparison's first replicate.

    REPORT is told (hours played, all hours).
    """
    grown = FollowerGraph.open(graph)
    played: Any = scenario  # frozen, where the model's protocol would let it be changed
    model = CampaignModel(played, strategy, rng=replicate_seed(seed, 0), graph=grown, materialise=0)
    while model.hour < model.stage.hours:
        if cancel.is_set():
            raise CancelledError
        model.step()
        if model.hour % 8 == 0 or model.hour == model.stage.hours:
            report((model.hour, model.stage.hours))
        if not model.running:
            break
    return develop(model, scenario.strategies[strategy].title or strategy)


def chosen(parent: NDArray[np.int32], most: int = NODES, heads: int = HEADS) -> NDArray[np.int64]:
    """Rows of the posts to draw: the biggest branches of the biggest trees; with every post its parent."""
    root, below = trees.tree_sizes(parent)
    roots = np.flatnonzero(parent < 0)
    kept = roots[np.argsort(-below[roots], kind="stable")][:heads]
    inside = np.flatnonzero(np.isin(root, kept))
    # A parent has more below it than its child, so every prefix of this order is closed under parents. Of branches of
    # one size each tree shows the same part of its own: the largest would else leave no room for the others.
    tree, size = root[inside], below[inside]
    grouped = np.lexsort((inside, size, tree))
    first = np.r_[True, (np.diff(tree[grouped]) != 0) | (np.diff(size[grouped]) != 0)]
    count = np.diff(np.r_[np.flatnonzero(first), inside.size])
    part = np.empty(inside.size)
    part[grouped] = (np.arange(inside.size) - np.repeat(np.flatnonzero(first), count)) / np.repeat(count, count)
    order = np.lexsort((inside, part, -size))
    return np.sort(inside[order[:most]])


def develop(model: CampaignModel, title: str) -> Film:
    """The film of a finished campaign."""
    stage, cascade = model.stage, model.cascade
    count = cascade.post_count
    posts = cascade.posts
    parent = np.ascontiguousarray(posts.parent[:count])
    rows = chosen(parent)
    root, below = trees.tree_sizes(parent)
    place = np.full(count, -1, np.int32)
    place[rows] = np.arange(rows.size, dtype=np.int32)
    up = np.where(parent[rows] >= 0, place[np.maximum(parent[rows], 0)], -1).astype(np.int32)
    x, y = layout(up)
    role, names, heads_of = _cast(model)
    accounts = posts.account[:count][rows].astype(np.int32)
    messenger = np.array([role.get(int(account), FOLLOWER) for account in accounts], np.uint8)
    followers = stage.casting.graph.follower_counts()[accounts] * stage.factor
    heads = np.array([heads_of.get(int(a), float(f)) for a, f in zip(accounts, followers, strict=True)], np.float32)
    offset = stage.start.utcoffset()
    return Film(
        x=x,
        y=y,
        size=(below[rows] - 1).astype(np.float32),
        parent=up,
        second=posts.second[:count][rows].astype(np.int32),
        role=messenger,
        words=posts.words[:count][rows].astype(np.uint8),
        depth=posts.depth[:count][rows].astype(np.int16),
        account=accounts,
        heads=heads,
        hourly=_hourly(model),
        carriers=_carriers(model, root, parent, names, role),
        names={int(account): names[int(account)] for account in accounts if int(account) in names},
        posts=count,
        hours=stage.hours,
        factor=stage.factor,
        start=stage.start.timestamp(),
        offset=offset.total_seconds() if offset else 0.0,
        title=title,
    )


def _cast(model: CampaignModel) -> tuple[dict[int, int], dict[int, str], dict[int, float]]:
    """Messenger, name and declared followers by account of the cast."""
    role, names, heads = {}, {}, {}
    for one in model.stage.casting.roles.values():
        for member, account in enumerate(one.accounts):
            role[int(account)] = one.messenger
            names[int(account)] = one.name if one.accounts.size == 1 else f"{one.name} {member + 1}"
            heads[int(account)] = float(one.heads[member])
    return role, names, heads


def _hourly(model: CampaignModel) -> dict[str, list[float]]:
    tally, factor = model.cascade.tally, model.stage.factor
    found = {
        "reads": tally.reads.sum(axis=1),
        "reposts": tally.reposts.sum(axis=1),
        "comments": tally.comments.sum(axis=1),
    }
    found |= {kind: tally.comments[:, place] for place, kind in enumerate(response.COMMENT_KINDS)}
    return {name: np.round(np.cumsum(values) * factor, 1).tolist() for name, values in found.items()}


def _carriers(
    model: CampaignModel,
    root: NDArray[np.int32],
    parent: NDArray[np.int32],
    names: dict[int, str],
    role: dict[int, int],
) -> list[dict[str, Any]]:
    """Who the reposts came from: originals by author, all employees together."""
    posts, hours = model.cascade.posts, model.stage.hours
    count = parent.size
    reposts = np.flatnonzero(parent >= 0)
    author = posts.account[:count][root[reposts]]
    staff = np.array([role.get(int(a), FOLLOWER) == response.EMPLOYEE for a in author], bool)
    author = np.where(staff, -1, author)
    hour = np.minimum(posts.second[:count][reposts] // 3600, hours - 1)
    rows = []
    for one in np.unique(author):
        per_hour = np.bincount(hour[author == one], minlength=hours) * model.stage.factor
        name = "employees" if one < 0 else names.get(int(one), str(one))
        kind = response.EMPLOYEE if one < 0 else role.get(int(one), FOLLOWER)
        rows.append({"name": name, "role": kind, "reposts": np.round(np.cumsum(per_hour), 1).tolist()})
    return sorted(rows, key=lambda row: -float(row["reposts"][-1]))[:CARRIERS]


# --- where the dots stand --------------------------------------------------------------------------


def layout(parent: NDArray[np.int32]) -> tuple[Floats, Floats]:
    """Places of the nodes: every tree a seed head, its original in the middle; the heads packed, the largest inmost.

    A repost that carries most of a tree gets a head of its own, tied to its
    parent by its line: squeezed into a sector it would hide the rest.

    parent  int32[nodes]  -1 for an original; a parent stands before its children
    """
    n = parent.size
    children: list[list[int]] = [[] for _ in range(n)]
    leaves = np.ones(n)
    head_of = np.arange(n)
    for node in range(n - 1, -1, -1):
        up = int(parent[node])
        if children[node]:
            leaves[node] = sum(leaves[child] for child in children[node])
        if up >= 0 and leaves[node] < HUB:
            children[up].append(node)
    for node in range(n):
        up = int(parent[node])
        if up >= 0 and leaves[node] < HUB:
            head_of[node] = head_of[up]
    x, y, radius = np.zeros(n), np.zeros(n), np.zeros(n)
    heads = [node for node in range(n) if head_of[node] == node]
    for head in heads:
        radius[head] = _head(head, children, leaves, x, y)
    _pack(heads, radius, head_of, x, y)
    return x.astype(np.float32), y.astype(np.float32)


def _head(
    head: int, children: list[list[int]], leaves: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> float:
    """Places around (0, 0): a ring per hop, a sector per branch as wide as its leaves; the head's radius."""
    widest = 0.0
    first = max(1.6, float(leaves[head]) ** 0.5 * 0.55)
    waiting = [(head, 0.0, 2 * math.pi, 0)]
    while waiting:
        node, start, span, hop = waiting.pop()
        reach = 0.0 if hop == 0 else first * (1.0 + 0.62 * (hop - 1))
        # Siblings alternate a little in reach, as seeds do: a full ring stays legible.
        reach *= 1.0 if hop == 0 else 0.86 + 0.28 * ((node * 0.6180339887) % 1.0)
        middle = start + span / 2
        x[node], y[node] = reach * math.cos(middle), reach * math.sin(middle)
        widest = max(widest, reach)
        at = start
        total = float(leaves[node]) if children[node] else 1.0
        for child in children[node]:
            part = span * float(leaves[child]) / total
            waiting.append((child, at, part, hop + 1))
            at += part
    return widest + 0.9


def _pack(
    heads: list[int],
    radius: NDArray[np.float64],
    head_of: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> None:
    """Move every head to the free place nearest the middle, along a spiral, the largest first."""
    centre: dict[int, tuple[float, float]] = {}
    placed = np.zeros((len(heads), 3))
    turn = 0.0
    for number, head in enumerate(sorted(heads, key=lambda node: (-radius[node], node))):
        here = placed[:number]
        turn = max(0.0, turn - 6.0)
        while True:
            far = 0.42 * turn
            px, py = 1.45 * far * math.cos(turn), far * math.sin(turn)
            apart = (here[:, 0] - px) ** 2 + (here[:, 1] - py) ** 2
            if not number or (apart >= (here[:, 2] + radius[head]) ** 2).all():
                break
            turn += min(0.5, 0.5 / max(far, 0.5))
        placed[number] = px, py, radius[head]
        centre[head] = (px, py)
    for node in range(head_of.size):
        px, py = centre[int(head_of[node])]
        x[node] += px
        y[node] += py
