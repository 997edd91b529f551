"""Dialogue: the brand gathers and comments on what others write about it, instead of talking about itself (S2:2-3)."""

from typing import Annotated

from sim.quantities import Doc, Level, Minutes, Range, Share
from sim.section import Section


class Dialogue(Section):
    """So many posts of others a day are commented on and passed on by the brand."""

    per_day: Annotated[
        Annotated[int, Range(1, 1_000, "posts", whole=True)], Doc("posts of others a day that the brand takes up")
    ] = 5
    minutes: Annotated[Minutes, Doc("work for one of them", "assumed")] = 10.0
    warm: Annotated[
        Level,
        Doc("attitude of one whose post was taken up", "assumed", "direction: S2:5-8; size as for answered praise"),
    ] = 0.06
    seen: Annotated[
        Share, Doc("active followers of the brand who see what it passes on, against a post of its own", "assumed")
    ] = 0.1
    onlookers: Annotated[
        Level, Doc("attitude of a follower who sees it", "assumed", "as for a good reply that others see")
    ] = 0.015

    def staff_minutes(self, hours: int) -> float:
        """Paid minutes over a horizon of HOURS."""
        return self.per_day * self.minutes * hours / 24.0
