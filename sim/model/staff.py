"""Staff: employees who pass on the brand's posts of their own accord.

A programme that calls employees is an action of a strategy (`by =
"employees"`).  This is what happens without a call: few share, those who did
are readier to share again (S1:77), and some contents concern them more.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from sim.kernels import draws
from sim.model import luck
from sim.model.casting import label
from sim.model.launch import Intended, Strategy
from sim.model.practice import Practice
from sim.quantities import Doc, Minutes, Multiplier, Share, Spread
from sim.section import Name, Section


class Staff(Section):
    """Employees who share of their own accord."""

    share: Annotated[
        Share,
        Doc("chance that an employee passes on a post of the brand unasked", "seen", "LinkedIn 2017: 3%", (0.01, 0.06)),
    ] = 0.03
    identity: Annotated[
        Multiplier,
        Doc("added to that chance, in multiples, by each post passed on before", "assumed", doubt=(0.0, 0.5)),
    ] = 0.2
    most: Annotated[Share, Doc("chance beyond which that does not grow", "assumed")] = 0.5
    minutes: Annotated[Minutes, Doc("median time until an employee passes a post on", "assumed")] = 120.0
    spread: Annotated[Spread, Doc("spread of that time", "assumed")] = 1.2
    contents: dict[Name, Multiplier] = {}


class Sharing(Practice):
    """Employees pass on the brand's own posts."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table and employees."""
        return scenario.staff is not None and scenario.cast.employees.count > 0

    def relays(self, posts: Sequence[Intended]) -> list[Intended]:
        """Shares of the brand's POSTS; an employee's chance grows with every post passed on, called for or not."""
        course = self.course
        rule = course.scenario.staff
        role = course.market_stage.casting.roles["employees"]
        if rule is None:
            return []
        shared = np.zeros(role.accounts.size, np.int64)
        number: dict[str, int] = {}
        found: list[Intended] = []
        for post in sorted(posts):
            if post.role == "employees":
                shared[post.member] += 1
            if post.role != "brand":
                continue
            count = number.get(post.content, 0)
            number[post.content] = count + 1
            named = label("voluntary", post.content, count)
            stream = np.uint64(draws.key(course.seed, draws.PLAN, np.uint64(named)))
            base = rule.share * rule.contents.get(post.content, 1.0)
            chance = np.minimum(base * (1.0 + rule.identity * shared), max(rule.most, base))
            random = luck.bits(stream, np.arange(role.accounts.size))
            for member in np.flatnonzero(luck.high(random) < chance).tolist():
                shared[member] += 1
                delay = 60.0 * rule.minutes * draws.exp(rule.spread * draws.normal(draws.low(random[member])))
                found.append(
                    post._replace(
                        second=post.second + int(delay),
                        account=int(role.accounts[member]),
                        messenger=role.messenger,
                        heads=float(role.heads[member]),
                        role=role.name,
                        member=member,
                    )
                )
        return found
