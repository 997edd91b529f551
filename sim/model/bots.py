"""Bots: bought reposts that inflate what a post's counter shows, and read nothing."""

from typing import Annotated

from sim.quantities import Count, Doc, Hours, Money
from sim.section import Section


class Bots(Section):
    """Reposts bought for every post of the brand.

    Seen: 1% of the accounts made half of the reposts in Weibo's trends (Yu, Asur, Huberman 2012, arXiv 1202.0327).
    """

    reposts: Annotated[Count, Doc("bot reposts bought for each post of the brand, at the market's size")] = 0
    hours: Annotated[Hours, Doc("mean time until they come", "assumed")] = 1.0
    price: Annotated[
        Money, Doc("price of a thousand of them", "assumed", "10 RMB buys 10,000 followers (practitioner, 2017)")
    ] = 50.0

    def cost(self, posts: float) -> float:
        """What bots for POSTS posts cost, RMB."""
        return posts * self.reposts * self.price / 1_000.0
