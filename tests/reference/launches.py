"""Small worlds for the tests: scenarios of a thousand accounts, and stages set by hand on rows that a test wrote."""

import functools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from sim.graph import grow
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links, readers, response, timeline
from sim.model import casting, launch
from sim.model import stage as stage_room
from sim.scenario.schema import Scenario

# Everyone sees what is posted, at any hour, and nothing but the seeds passes it on.
PLAIN = timeline.Attention(flat=1, clock_spread=0.0)
ALWAYS = 7  # attention class of the keenest readers

EVERYTHING = [
    {"by": "brand", "times": 2, "every": 6},
    {"by": "kols", "at": 1, "spread": 3},
    {"by": "employees", "at": 0.5, "spread": 8, "participation": 0.7},
]
# Pinned, so that a calibration of the shipped values leaves these tests as lively as they are.
LIVELY = {
    "repost_rate": 0.15,
    "peer_rate": 0.12,
    "share_spread": 1.0,
    "quality_peers": 0.1,
    "peer_bound": 5.0,
    "saturation": 0.0,
    "click_commented": 0.05,
    "click_bare": 0.6,
    "tier": 0.08,
    "comment_ratio": 0.3,
}
STRATEGIES: dict[str, Any] = {
    "control": {"reference": True},
    "brand": {"posts": EVERYTHING[:1]},
    "kols": {"posts": EVERYTHING[:2]},
    "staff": {"posts": [EVERYTHING[0], EVERYTHING[2]]},
    "everything": {"posts": EVERYTHING},
}


def scenario(accounts: int = 1_500, **changes: Any) -> Scenario:
    """A lively launch on ACCOUNTS accounts; CHANGES replace tables or keys within them."""
    plain: dict[str, Any] = {
        "name": "small",
        "start": datetime.fromisoformat("2010-08-17T20:00:00+08:00"),
        "days": 2,
        "market": 100_000,
        "graph": {"accounts": accounts, "community_size": max(accounts // 4, 1)},
        "cast": {
            "brand": {"audience": 0.1},
            "kols": [{"name": "anna", "audience": 0.2}, {"name": "ben", "audience": 0.1}],
            "employees": {"count": 10, "audience": 0.005},
        },
        "response": LIVELY,
        "strategies": STRATEGIES,
    }
    for name, table in changes.items():
        kept = plain.get(name)
        replaces = name == "strategies" or not isinstance(kept, dict)
        plain[name] = table if replaces else kept | table
    return Scenario.model_validate(plain)


def set_up(wanted: Scenario, on_demand: bool = False) -> stage_room.Stage:
    """The stage of a scenario on its own grown graph."""
    return stage_room.set_stage(wanted, grown(links.Growth(**wanted.graph.model_dump()), on_demand))


@functools.cache
def grown(growth: links.Growth, on_demand: bool) -> FollowerGraph:
    """The graph of a scenario; most tests ask for the same one."""
    return grow.grow(growth, threads=1, on_demand=on_demand)


def plan_of(wanted: Scenario, stage: stage_room.Stage, strategy: str, seed: int) -> launch.Plan:
    """The posts of a strategy by name."""
    return launch.plan(wanted.strategies[strategy], stage.casting, wanted.contents, stage.answer, stage.hours, seed)


def graph_of(rows: Sequence[Sequence[int]], communities: int = 1) -> FollowerGraph:
    """A graph from lists of followers."""
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    followers = np.array([v for row in rows for v in sorted(row)], np.int32)
    starts = np.arange(communities + 1, dtype=np.int64) * len(rows) // communities
    return FollowerGraph(indptr, followers, starts)


def by_hand(
    graph: FollowerGraph,
    *,
    answer: response.Response,
    attention: timeline.Attention = PLAIN,
    traits: np.ndarray | int = ALWAYS,
    propensity: np.ndarray | None = None,
    hours: int = 24,
    start_hour: int = 0,
    interest: np.ndarray | None = None,
    density: float = 1.0,
    factor: float = 1.0,
) -> stage_room.Stage:
    """A stage without a cast: every account has TRAITS (packed as in `readers`) and, by default, propensity 1."""
    traits = np.broadcast_to(np.asarray(traits, np.uint8), (graph.accounts,)).copy()
    chances = timeline.class_chances()
    people = readers.Readers(
        traits=traits,
        propensity=np.ones(response.PROPENSITIES) if propensity is None else propensity,
        seen=float(chances[traits & 7].mean()),
        density=density,
        factor=factor,
    )
    return stage_room.Stage(
        hours=hours,
        start=datetime.fromisoformat("2010-08-16T00:00:00+08:00"),
        start_hour=start_hour,
        market=round(graph.base * factor),
        factor=factor,
        answer=answer,
        attention=attention,
        casting=casting.Casting(graph, {}, np.ones(graph.communities, bool)),
        world=stage_room.world_of(graph),
        readers=people,
        rhythm=timeline.rhythm(attention, hours, start_hour),
        interest=np.ones(graph.communities) if interest is None else interest,
        panel=1,
        scratch=1,
    )


def posts(
    stage: stage_room.Stage,
    planned: Sequence[tuple[int, int]],
    *,
    messenger: int = response.BRAND,
    quality: float = 1.0,
    doubt: float = 0.0,
    comment: float | None = None,
    labels: Sequence[int] | None = None,
) -> launch.Plan:
    """A plan from (second, account) pairs; the n-th post of an account has the same luck in every plan."""
    planned = sorted(planned)
    n = len(planned)
    told = []
    count: dict[int, int] = {}
    for _, account in planned:
        told.append(casting.label("test", account, count.get(account, 0)))
        count[account] = count.get(account, 0) + 1
    counts = stage.casting.graph.follower_counts()
    answer = stage.answer
    return launch.Plan(
        account=np.array([account for _, account in planned], np.int32),
        messenger=np.full(n, messenger, np.uint8),
        second=np.array([second for second, _ in planned], np.int32),
        label=np.array(told if labels is None else labels, np.uint64),
        followers=np.array([counts[account] for _, account in planned], np.float64),
        quality=np.full(n, quality),
        doubt=np.full(n, doubt),
        comment=np.full(n, answer.comment_ratio if comment is None else comment),
        mix=np.tile([answer.praise, answer.question, answer.complaint], (n, 1)).astype(np.float64).reshape(n, 3),
        content=np.zeros(n, np.int64),
        story=np.full(n, casting.label(launch.STORY), np.uint64),
    )
