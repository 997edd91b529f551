"""The rule of growth: a recipe made ready for the kernels (scalars and four tables)."""

import hashlib
from typing import NamedTuple

import numpy as np

from sim.kernels import links, tables


class Rule(NamedTuple):
    """What `kernels.links` needs to compute any row; pass its fields one by one (`*rule`), in this order.

    law        scalars
    positions  float64[BLOCKS + 1]
    guide      int32[GUIDES + 1]
    traits     float64[BLOCKS, TRAITS]
    starts     int64[communities + 1]
    """

    law: links.Law
    positions: np.ndarray
    guide: np.ndarray
    traits: np.ndarray
    starts: np.ndarray


def communities_of(accounts: int, community_size: int) -> int:
    """How many communities ACCOUNTS make: at least one, each of about COMMUNITY_SIZE."""
    return max(1, round(accounts / max(1, community_size)))


def rule_of(growth: links.Growth) -> Rule:
    """The tables of GROWTH, the same bits on every platform; takes milliseconds.

    Small markets cannot hold the mean: the largest account is allowed at
    least four times the mean, at most half of all accounts.
    """
    accounts = int(growth.accounts)
    communities = communities_of(accounts, growth.community_size)
    mean = min(float(growth.mean_followers), 0.25 * (accounts - 1))
    largest = max(growth.largest_share * accounts, min(4.0 * mean, 0.5 * (accounts - 1)))
    weight_cap = 1e9
    if mean > 0:  # a count scatters about its expectation: four standard errors below the limit
        weight_cap = max((growth.followee_cap - 4.0 * growth.followee_cap**0.5) / mean, 1.5)
    positions = np.empty(links.BLOCKS + 1)
    guide = np.empty(links.GUIDES + 1, np.int32)
    traits = np.empty((links.BLOCKS, links.TRAITS))
    tail = float(growth.follower_exponent) - 1.0
    tables.tabulate(
        float(growth.followee_sigma),
        float(weight_cap),
        mean,
        float(growth.reciprocity),
        float(growth.follower_followee_coupling),
        float(largest),
        tail,
        positions,
        guide,
        traits,
    )
    starts = np.arange(communities + 1, dtype=np.int64) * accounts // communities
    law = links.Law(
        seed=np.uint64(growth.seed),
        accounts=np.int64(accounts),
        communities=np.int64(communities),
        largest=float(largest),
        tail=tail,
        homophily=float(growth.homophily),
        home_ceiling=float(growth.home_ceiling),
    )
    return Rule(law, positions, guide, traits, starts)


def fingerprint(growth: links.Growth) -> str:
    """A name for the bits that GROWTH leads to: the tables and a few rows, hashed.

    It changes exactly when the growth law gives other graphs, so that a half
    grown folder is never continued under another law.
    """
    rule = rule_of(growth)
    text = hashlib.sha256(repr(tuple(growth)).encode())
    for table in rule[1:]:
        text.update(table.tobytes())
    for u in np.linspace(0, growth.accounts - 1, 7).astype(np.int64):
        row = np.empty(links.row_length(*rule, int(u)), np.int32)
        links.row_into(*rule, int(u), row, 0)
        text.update(row.tobytes())
    return text.hexdigest()
