"""Mentions, the slow way: an account's followers one by one, in the order of their draws."""

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.kernels import draws

TRIES = 12


def friends(graph: FollowerGraph, account: int, number: int, stream: np.uint64) -> tuple[list[int], int]:
    """NUMBER accounts that ACCOUNT mentions, ascending, and how many of them are mutual friends."""
    others = [int(other) for other in graph.row(account) if other < graph.base]
    likely = sorted(others, key=lambda other: int(draws.bits(stream, other)))[:TRIES]
    mutual = [other for other in likely if account in graph.row(other)]
    rest = [other for other in likely if other not in mutual]
    return sorted((mutual + rest)[:number]), min(len(mutual), number)
