"""A prize draw: those who repost or comment until the draw may win."""

from typing import Annotated, Literal

import pydantic

from sim.quantities import Doc, Hours, Money, Multiplier, Range, Share
from sim.section import Section

MOST = 4.0  # above about five times, cascades of the shipped response explode (VALIDATION V55)


class Prize(Section):
    """Prizes among those who take part until the draw: who answer posts, or who tell what they lived (`[reviews]`)."""

    number: Annotated[Annotated[int, Range(1, 1_000_000, "prizes", whole=True)], Doc("how many")] = 1
    value: Annotated[Money, Doc("worth of one")] = 0.0
    until: Annotated[Hours, Doc("hours after the start: the draw")] = 24.0
    follow: Annotated[bool, pydantic.Field(description="who takes part must follow the brand")] = False
    rewards: Annotated[
        Literal["posts", "stories", "both"],
        pydantic.Field(description="who may win: who answers the posts, who tells a story of his own, or both"),
    ] = "posts"
    waves: Annotated[
        Annotated[int, Range(1, 20, "draws", whole=True)], Doc("equal draws, one after the other, among which they go")
    ] = 1
    worth: Annotated[
        Money, Doc("total worth per active account of the market at which half of the effect is reached", "assumed")
    ] = 0.02
    most: Annotated[
        Multiplier, Doc("most that prizes multiply the response by", "assumed", "S-shape: Lotteries and give-aways")
    ] = MOST
    mention: Annotated[
        Annotated[int, Range(0, 20, "friends", whole=True)], Doc("friends whom one who takes part must mention")
    ] = 0
    joins: Annotated[Share, Doc("share of the participants who follow where that is asked", "assumed")] = 0.6

    @property
    def cost(self) -> float:
        """What all prizes cost, RMB."""
        return self.number * self.value

    def effect(self, active: float) -> float:
        """What the response is multiplied by in a market of ACTIVE accounts: S-shaped in the worth of one draw."""
        scaled = (self.cost / self.waves / max(self.worth * active, 1e-9)) ** 2
        return 1.0 + (max(self.most, 1.0) - 1.0) * scaled / (1.0 + scaled)

    def end(self, hours: int) -> int:
        """The hour of the last draw, within a horizon of HOURS."""
        return min(max(round(self.until * self.waves), 1), hours)
