"""Likeness: how near the casting came to what was declared of each candidate, and whose audiences overlap."""

from typing import Any

import numpy as np

from sim.model import casting, composition, membership
from sim.model.casting import Casting
from sim.planning.candidates import Table


def fits(table: Table, cast: Casting, factor: float) -> list[dict[str, Any]]:
    """Per candidate what was declared and what the casting gave: followers, share who care, segments, overlaps.

    error is the largest distance of any declared share (who care, segments, overlaps) from the realised one.
    """
    graph = cast.graph
    cares = np.repeat(cast.interested, np.diff(graph.community_start))
    role_of = dict(zip(table.names, table.roles, strict=True))
    rules = table.scenario.segments
    segment = None
    if rules is not None:
        brand = graph.row(int(cast.roles["brand"].accounts[0]))
        segment = membership.beside_brand(rules, graph, cast.interested, brand)
    found = []
    for one, role in zip(table.given, table.roles, strict=True):
        row = graph.row(int(cast.roles[role].accounts[0]))
        row = row[row < graph.base]
        realised = row.size * factor
        told: dict[str, Any] = {
            "followers_wanted": float(one.followers),
            "followers": float(realised),
            "followers_error": realised / one.followers - 1.0 if one.followers else 0.0,
            "fit_wanted": one.fit,
            "fit": float(cares[row].mean()) if row.size else 0.0,
            "segments": [],
            "overlaps": [
                {"with": other, "wanted": share, "share": _shared(cast, row, role_of[other])}
                for other, share in one.shared.items()
                if other in role_of
            ],
        }
        if segment is not None:
            shares = dict(zip(casting.SEGMENTS, composition.shares(row, segment, len(casting.SEGMENTS)), strict=True))
            wanted = one.composition
            told["segments"] = [
                {"segment": name, "wanted": wanted.get(name), "share": float(share)} for name, share in shares.items()
            ]
        pairs = [(told["fit_wanted"], told["fit"])]
        pairs += [(part["wanted"], part["share"]) for part in (*told["segments"], *told["overlaps"])]
        told["error"] = max(abs(share - wanted) for wanted, share in pairs if wanted is not None)
        found.append(told)
    return found


def _shared(cast: Casting, row: np.ndarray, other: str) -> float:
    """Share of ROW who follow the role OTHER too."""
    theirs = cast.graph.row(int(cast.roles[other].accounts[0]))
    return float(np.isin(row, theirs, assume_unique=True).mean()) if row.size else 0.0


def overlap(cast: Casting, roles: list[str]) -> np.ndarray:
    """float64[k, k]: the share of the row's followers who follow the column too."""
    rows = [cast.graph.row(int(cast.roles[name].accounts[0])) for name in roles]
    shared = np.eye(len(rows))
    for i, mine in enumerate(rows):
        for j, theirs in enumerate(rows):
            if i != j and mine.size:
                shared[i, j] = np.intersect1d(mine, theirs, assume_unique=True).size / mine.size
    return shared
