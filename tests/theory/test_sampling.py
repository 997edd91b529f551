"""A sample of the market tells what the market does: fewer direct reposts, the same trees below each of them."""

import math

import numpy as np
import pytest

from sim.kernels import response
from sim.model import cascade
from tests.reference import launches

AT_ONCE = launches.PLAIN._replace(delay_scale=60.0, reaction=1.0)
SENDERS = 100
FANS = 20  # of each sender, in the market
PEERS = 10  # listed followers of everyone else: a sample keeps them


def market(factor: int, seed: int):
    """A market of 40,000 accounts behind 40,000 / FACTOR; the senders' audiences shrink, the peers' rows do not."""
    luck = np.random.default_rng(seed)
    accounts = SENDERS + 40_000 // factor
    rows = [luck.choice(accounts, FANS // factor, replace=False) for _ in range(SENDERS)]
    rows += [np.unique(luck.integers(SENDERS, accounts, PEERS)) for _ in range(accounts - SENDERS)]
    return launches.graph_of([[int(v) for v in row if v != u] for u, row in enumerate(rows)])


def reposts(factor: int, saturation: float, seeds: range) -> tuple[float, float]:
    """Mean reposts at market size and its standard error."""
    answer = response.Response(
        repost_rate=0.06,
        peer_rate=0.1,
        peer_bound=1e300,
        share_spread=0.0,
        quality_peers=0.0,
        tier=0.0,
        saturation=saturation,
        second_read=1.0,
        comment_ratio=0.0,
    )
    stage = launches.by_hand(market(factor, 1), answer=answer, attention=AT_ONCE, hours=24, factor=float(factor))
    plan = launches.posts(stage, [(0, sender) for sender in range(SENDERS)])
    found = [factor * cascade.play(stage, plan, seed).messages.reposts.sum() for seed in seeds]
    return float(np.mean(found)), float(np.std(found, ddof=1) / math.sqrt(len(found)))


@pytest.mark.luck
@pytest.mark.parametrize(
    "saturation",
    [
        0.0,
        40.0,
    ],
)
def test_a_sample_of_a_tenth_tells_the_same(saturation: float) -> None:
    whole, error = reposts(1, saturation, range(40))
    tenth, error_of_tenth = reposts(10, saturation, range(150))
    assert whole > 200
    assert abs(whole - tenth) < 5 * math.hypot(error, error_of_tenth) + 0.03 * whole
