"""A report of audiences before anything is posted: sizes, interest, segments, overlap."""

from typing import Any

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.model import segments
from sim.model.stage import set_stage
from sim.scenario.schema import Scenario


def audiences(scenario: Scenario, graph: FollowerGraph) -> dict[str, Any]:
    """Every role of the cast: followers, those who care, by segment; and the overlap of every two; JSON-plain.

    followers   different accounts that follow one of the role's, at the size of the market
    interested  share of them in communities that care for the topic
    active      share of them that read at all
    segments    share of them in each segment (only where the scenario has [segments])
    overlap     {"a", "b", "shared", "of_a", "of_b"}: how many follow both, as share of either
    """
    stage = set_stage(scenario, graph)
    kinds = None
    if scenario.segments is not None:
        stage, kinds = segments.with_keen(scenario.segments, stage)
    cast, base = stage.casting, stage.casting.graph.base
    sizes = np.diff(cast.graph.community_start)
    cares = np.repeat(cast.interested, sizes)
    traits = stage.readers.traits
    rows = {name: _followers(cast.graph, role.accounts, base) for name, role in cast.roles.items()}
    roles = []
    for name, row in rows.items():
        known: dict[str, Any] = {
            "name": name,
            "accounts": int(cast.roles[name].accounts.size),
            "followers": row.size * stage.factor,
            "interested": _share(cares[row]),
            "active": _share((traits[row] & 7) > 0),
        }
        if kinds is not None:
            count = np.bincount(kinds[row], minlength=len(segments.NAMES) + 1)
            shares = (count / max(row.size, 1)).tolist()
            known["segments"] = dict(zip(("others", *segments.NAMES), shares, strict=True))
        roles.append(known)
    names = list(rows)
    overlap = []
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            both = np.intersect1d(rows[a], rows[b], assume_unique=True).size
            overlap.append(
                {
                    "a": a,
                    "b": b,
                    "shared": both * stage.factor,
                    "of_a": both / rows[a].size if rows[a].size else None,
                    "of_b": both / rows[b].size if rows[b].size else None,
                }
            )
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "market": stage.market,
        "accounts": base,
        "market_factor": stage.factor,
        "roles": roles,
        "overlap": overlap,
    }


def _followers(graph: FollowerGraph, accounts: np.ndarray, base: int) -> np.ndarray:
    """Different accounts of the public that follow one of ACCOUNTS, int32, ascending."""
    found = np.unique(np.concatenate([graph.row(int(account)) for account in accounts]))
    return found[found < base]


def _share(mask: np.ndarray) -> float | None:
    return float(mask.mean()) if mask.size else None
