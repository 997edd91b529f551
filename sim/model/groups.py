"""Account groups: which accounts of a brand pass on what the others post.

A structure is a matrix: the chance that account j passes on a post of account
i, and after how long.  Hub and twin star follow the interview (S3:20-23); for
the dandelion it names only where it is used, so its rule is ours.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pydantic

from sim.kernels import draws
from sim.model.casting import Cast, label
from sim.model.launch import Intended, Strategy
from sim.model.practice import Practice
from sim.quantities import Doc, Minutes, Share, Spread
from sim.section import Section

Structure = Literal["single", "dandelion", "hub", "twin_star"]
# What each structure relays, as (from, to): chance. "brand" is the main account.
RULES: dict[str, dict[tuple[str, str], float]] = {
    "single": {},
    "dandelion": {("brand", "branches"): 0.6, ("branches", "brand"): 0.6, ("branches", "branches"): 0.15},
    "hub": {("brand", "branches"): 0.9},
    "twin_star": {("brand", "leader"): 0.7, ("leader", "brand"): 0.7},
}


class Group(Section):
    """How the accounts of a brand pass on each other's posts."""

    structure: Annotated[
        Structure,
        pydantic.Field(
            description="who passes on whom: nobody, all each other, all the main account, it and the leader"
        ),
    ] = "single"
    minutes: Annotated[Minutes, Doc("median time until another account of the group passes a post on", "assumed")] = (
        45.0
    )
    spread: Annotated[Spread, Doc("spread of that time", "assumed")] = 0.8
    down: Annotated[
        Share | None, Doc("chance that a branch (or the leader) passes on the main account, if not the structure's")
    ] = None
    up: Annotated[
        Share | None, Doc("chance that the main account passes on a branch (or the leader), if not the structure's")
    ] = None
    across: Annotated[Share | None, Doc("chance that a branch passes on another, if not the structure's")] = None

    def chances(self) -> dict[tuple[str, str], float]:
        """Chance by (from, to)."""
        ways = {("brand", "branches"): self.down, ("brand", "leader"): self.down, ("branches", "brand"): self.up}
        ways |= {("leader", "brand"): self.up, ("branches", "branches"): self.across}
        rule = RULES[self.structure]
        return {way: rule[way] if ways[way] is None else float(ways[way] or 0.0) for way in rule}

    def expected(self, strategy: Strategy, cast: Cast) -> float:
        """How many posts are passed on, on average."""
        members = {"brand": 1, "branches": len(cast.branches), "leader": int(cast.leader is not None)}
        branches = {branch.name for branch in cast.branches}
        total = 0.0
        for action in strategy.posts:
            side = "branches" if action.by in branches else action.by
            posts = action.times * action.participation * (members["branches"] if action.by == "branches" else 1)
            for (source, target), chance in self.chances().items():
                if source == side:
                    total += posts * chance * (members[target] - (source == target))
        return total


class Relaying(Practice):
    """The accounts of the strategy's group pass on what the others post; what was passed on is not passed on again."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the strategy names a group."""
        return strategy.group is not None

    def relays(self, posts: Sequence[Intended]) -> list[Intended]:
        """The relays of POSTS, each drawn by (account that posts, its content, its number; account that relays)."""
        course = self.course
        group: Group = course.scenario.groups[str(course.strategy.group)]
        casting = course.market_stage.casting
        sides = {name: casting.called(name) for name in ("brand", "branches", "leader") if name_exists(casting, name)}
        side_of = {int(account): side for side, roles in sides.items() for role in roles for account in role.accounts}
        number: dict[tuple[int, str], int] = {}
        found = []
        for post in sorted(posts):
            side = side_of.get(post.account)
            if side is None:
                continue
            count = number.get((post.account, post.content), 0)
            number[post.account, post.content] = count + 1
            for (source, target), chance in group.chances().items():
                if source != side:
                    continue
                for role in sides.get(target, []):
                    account = int(role.accounts[0])
                    if account == post.account:
                        continue
                    named = label("relay", post.role, post.content, count, role.name)
                    random = np.uint64(draws.bits(np.uint64(draws.key(course.seed, draws.PLAN, np.uint64(named))), 0))
                    if draws.high(random) < chance:
                        delay = 60.0 * group.minutes * draws.exp(group.spread * draws.normal(draws.low(random)))
                        found.append(
                            post._replace(
                                second=post.second + int(delay),
                                account=account,
                                messenger=role.messenger,
                                heads=float(role.heads[0]),
                                role=role.name,
                                member=0,
                            )
                        )
        return found


def name_exists(casting: Any, name: str) -> bool:
    """Whether NAME is in the cast, as a role or as a group of roles."""
    return name in casting.roles or any(role.group == name for role in casting.roles.values())
