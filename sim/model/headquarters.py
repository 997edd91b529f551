"""Headquarters: who must agree before a post goes out, and what that costs in time.

`approval = "each"`: the post waits until headquarters say yes, in their own
office hours.  `approval = "cycle"`: it was decided at the last planning
meeting, so it goes out on time and what it says is as old as that.  Content
with a `fresh` half-life is worth less for it.
"""

from typing import Annotated, Any

import numpy as np
import pydantic

from sim.kernels import desk as kernel
from sim.kernels import draws
from sim.model.casting import label
from sim.model.launch import Intended, Strategy
from sim.model.practice import Practice
from sim.quantities import Doc, Hours, Minutes, Range, Share, Spread
from sim.section import Name, Section

HOUR = 3600


class Headquarters(Section):
    """Headquarters abroad that plan and approve posts."""

    market: Annotated[Name | None, pydantic.Field(description="whose rows of the calendar are played")] = None
    answer: Annotated[Hours, Doc("median time until a post is approved", "assumed", "S1:115, 123", (4, 72))] = 24.0
    spread: Annotated[Spread, Doc("spread of that time", "assumed")] = 0.8
    opens: Annotated[
        Annotated[float, Range(0, 24, "o'clock")],
        Doc("they answer from this hour on, China time", "assumed", "nine o'clock in Finland in winter"),
    ] = 15.0
    closes: Annotated[
        Annotated[float, Range(0, 24, "o'clock")],
        Doc("until this hour, China time", "assumed", "five o'clock in Finland in winter"),
    ] = 23.0
    refused: Annotated[Share, Doc("share of the posts that they do not approve", "assumed")] = 0.05
    meeting: Annotated[
        Annotated[float, Range(0.5, 120, "days")], Doc("between two planning meetings", "seen", "S1:123: monthly calls")
    ] = 28.0
    minutes: Annotated[Minutes, Doc("staff time of one approval, both sides", "assumed")] = 30.0


class Approving(Practice):
    """Posts that wait for headquarters, and posts whose topic has waited."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:
        """Where the scenario has headquarters and a post of the strategy asks them."""
        return scenario.headquarters is not None and any(action.approval != "none" for action in strategy.posts)

    def moved(self, posts: list[Intended]) -> list[Intended]:
        """The posts as they go out; nothing is asked twice for the same author's same post."""
        course = self.course
        rule = course.scenario.headquarters or Headquarters()
        day = (course.market_stage.start_hour % 24) * HOUR
        opens, closes = int(rule.opens * HOUR), int(max(rule.closes, rule.opens) * HOUR)
        number: dict[tuple[int, str], int] = {}
        found = []
        self.refused = 0
        waits: list[float] = []
        for post in sorted(posts):
            if post.approval == "none":
                found.append(post)
                continue
            late = 0
            if post.approval == "cycle":
                age = post.second % max(int(24 * HOUR * rule.meeting), 1)
            else:
                count = number.get((post.account, post.content), 0)
                number[post.account, post.content] = count + 1
                named = label("approval", post.role, post.member, post.content, count)
                random = np.uint64(draws.bits(np.uint64(draws.key(course.seed, draws.PLAN, np.uint64(named))), 0))
                if draws.high(random) < rule.refused:
                    self.refused += 1
                    continue
                z = draws.normal(draws.low(random))
                ready = post.second + int(HOUR * rule.answer * draws.exp(rule.spread * z))
                ready = int(kernel.opening(ready, day, opens, closes))
                late = age = ready - post.second
                waits.append(late / HOUR)
            found.append(post._replace(second=post.second + late, worth=post.worth * self._kept(post.content, age)))
        self.hours_late = float(np.mean(waits)) if waits else 0.0
        return found

    def _kept(self, content: str, age: int) -> float:
        fresh = self.course.contents[content].fresh
        return 1.0 if fresh is None else float(draws.exp(-0.6931471805599453 * age / HOUR / max(fresh, 1e-9)))

    def parts(self) -> dict[str, float]:
        """Posts refused, and mean hours that an approved post waited."""
        return {"posts_refused": float(self.refused), "approval_hours": self.hours_late}
