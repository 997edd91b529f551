"""A survey among the readers: how many answer, and what their answers are worth."""

from typing import Annotated

import pydantic

from sim.quantities import Doc, Multiplier, Share
from sim.section import Name, Section


class Survey(Section):
    """Would you buy this? Asked below posts of one content."""

    content: Annotated[Name, pydantic.Field(description="the content below which it is asked")] = "survey"
    demand: Annotated[Share, Doc("share of the public that would buy: the truth, which the brand does not know")] = 0.3
    leaning: Annotated[
        Multiplier,
        Doc("odds of a yes among those who answer, against the public's: fans answer sooner", "assumed", "", (1, 3)),
    ] = 1.5
    answers: Annotated[Share, Doc("comments below these posts that answer the question", "assumed")] = 0.6

    @property
    def expected(self) -> float:
        """Share of yes among those who answer; `demand` where they lean nowhere."""
        odds = self.leaning * self.demand / max(1.0 - self.demand, 1e-12)
        return odds / (1.0 + odds)
