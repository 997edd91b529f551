"""Membership: which accounts of the public belong to which segment (`segments`), known as soon as the brand is cast."""

from typing import Protocol

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.kernels import draws, readers
from sim.kernels import segments as kernel
from sim.model.casting import label

WHO = np.uint64(draws.key(np.uint64(0), draws.TRAIT, np.uint64(label("segment"))))


class Rules(Protocol):
    """What membership needs of the table [segments]."""

    def odds(self, weight: np.ndarray) -> np.ndarray:
        """Cumulative chances float64[2, 2, segments] (see `segments.Segments.odds`)."""


def of_public(rules: Rules, graph: FollowerGraph, interested: np.ndarray, traits: np.ndarray) -> np.ndarray:
    """The segment of every account of the public, uint8[base]: 0 none, s + 1 for the s-th.

    interested  bool[communities] that care for the topic
    traits      uint8[accounts], for who follows the brand before anybody began to or left
    """
    out = np.zeros(graph.base, np.uint8)
    cares = np.repeat(interested, np.diff(graph.community_start))
    follows = (traits[: graph.base] & readers.FOLLOWS_BRAND) > 0
    place = np.bincount(cares * 2 + follows, minlength=4).reshape(2, 2)
    odds = rules.odds(place / max(graph.base, 1))
    kernel.assign(WHO, graph.community_start, interested, traits[: graph.base], odds, out)
    return out


def beside_brand(rules: Rules, graph: FollowerGraph, interested: np.ndarray, brand: np.ndarray) -> np.ndarray:
    """`of_public` where only the followers of the BRAND, int32[], are known yet."""
    traits = np.zeros(graph.base, np.uint8)
    traits[brand[brand < graph.base]] = readers.FOLLOWS_BRAND
    return of_public(rules, graph, interested, traits)
