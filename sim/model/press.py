"""The press: newspapers, magazines and portals that pass on what the brand posts when it is news to them.

Weibo lets a brand reach its own followers in one hop, without the press
(S0:30).  With media accounts in the cast (`[[cast.media]]`) and a table
`[press]` a launch can be compared with and without these intermediaries.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from sim.kernels import draws
from sim.model.casting import label
from sim.model.launch import Intended, Strategy
from sim.model.practice import Practice
from sim.quantities import Doc, Minutes, Multiplier, Share, Spread
from sim.section import Name, Section


class Press(Section):
    """Media accounts pass on posts of the brand, unpaid and by their own choice."""

    chance: Annotated[Share, Doc("chance that a media account passes on a post of the brand", "assumed")] = 0.1
    minutes: Annotated[Minutes, Doc("median time until it does", "assumed")] = 90.0
    spread: Annotated[Spread, Doc("spread of that time", "assumed")] = 1.0
    contents: dict[Name, Multiplier] = {}


class Reporting(Practice):
    """Each post of the brand is offered to every media account."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table and media."""
        return scenario.press is not None and bool(scenario.cast.media)

    def relays(self, posts: Sequence[Intended]) -> list[Intended]:
        """What the media pass on of POSTS, each drawn by (content, its number; outlet)."""
        course = self.course
        rule = course.scenario.press or Press()
        outlets = course.market_stage.casting.called("media")
        number: dict[str, int] = {}
        found = []
        for post in sorted(posts):
            if post.role != "brand":
                continue
            count = number.get(post.content, 0)
            number[post.content] = count + 1
            chance = min(rule.chance * rule.contents.get(post.content, 1.0), 1.0)
            for outlet in outlets:
                named = label("press", post.content, count, outlet.name)
                random = np.uint64(draws.bits(np.uint64(draws.key(course.seed, draws.PLAN, np.uint64(named))), 0))
                if draws.high(random) < chance:
                    delay = 60.0 * rule.minutes * draws.exp(rule.spread * draws.normal(draws.low(random)))
                    found.append(
                        post._replace(
                            second=post.second + int(delay),
                            account=int(outlet.accounts[0]),
                            messenger=outlet.messenger,
                            heads=float(outlet.heads[0]),
                            role=outlet.name,
                            member=0,
                        )
                    )
        self.count = len(found)
        return found

    def parts(self) -> dict[str, float]:
        """Posts by media accounts that the plan had room for."""
        return {"media_posts": float(self.count)}
