"""Readers: one packed byte per account.

bits 0-2  attention class (`timeline`; 0 = dormant)
bits 3-5  propensity class (`response`; class c has chance 2^-(c+1))
bit  6    follows the brand

A trait is a draw labelled by (graph, account), so it is the same in every
replicate, strategy and size of computer; what varies from run to run is luck,
not people.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import draws, links, response, timeline
from sim.kernels.compiled import kernel

FOLLOWS_BRAND = 64


class Readers(NamedTuple):
    """traits uint8[accounts]; propensity float64[8]: mean propensity per class; seen: mean chance that a listed
    follower sees a post (averaged over links, so heavy followers of many count more); density float64: see
    `response.peer_chance`; factor float64: real accounts behind one simulated account."""

    traits: np.ndarray
    propensity: np.ndarray
    seen: float
    density: float
    factor: float


@kernel
def draw_traits(seed, attention, followees, mean_followees, first, out):
    """Traits of accounts FIRST, FIRST + 1, ... into out uint8[].

    followees       float64[out.size]  accounts each of them follows, as listed
    mean_followees  float64  their mean over the graph: a graph may list fewer links than people have, so loads
                    are scaled to `attention.followees`
    """
    stream = draws.key(seed, draws.TRAIT, np.uint64(0))
    load = attention.followees * attention.posts_per_followee / attention.items_read / max(mean_followees, 1e-9)
    for i in range(out.size):
        random = draws.bits(stream, first + i)
        attentive = timeline.attention_class(
            random, attention.dormant, attention.sessions, load * max(followees[i], 0.1)
        )
        out[i] = attentive + 8 * response.propensity_class(draws.mix(random))


@kernel
def expected_followees(law, positions, guide, traits, starts, first, out):
    """`links.expected_followees` of accounts FIRST, FIRST + 1, ... into out float64[]."""
    for i in range(out.size):
        out[i] = links.expected_followees(law, positions, guide, traits, starts, first + i)


@kernel
def add_seen(traits, chance, followees, total, weight):
    """TOTAL and WEIGHT of `seen_by_link` after these accounts too: traits uint8[n], followees int32[n]."""
    for i in range(traits.size):
        total += chance[traits[i] & 7] * followees[i]
        weight += followees[i]
    return total, weight


@kernel
def seen_by_link(traits, chance, followees):
    """Mean chance to see a post over links: accounts weighted by FOLLOWEES (float64[])."""
    total = 0.0
    weight = 0.0
    for i in range(traits.size):
        total += chance[traits[i] & 7] * followees[i]
        weight += followees[i]
    return total / max(weight, 1e-300)
