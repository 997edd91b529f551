"""Leaving one out: the same launch without one of its accounts."""

from sim.model.casting import GROUPS, Cast
from sim.model.launch import Strategy


def members(cast: Cast) -> dict[str, list[str]]:
    """Accounts behind every word that calls several."""
    return {word: [one.name for one in getattr(cast, word)] for word in GROUPS}


def accounts(plan: Strategy, cast: Cast) -> list[str]:
    """Accounts (and the staff, as one) that PLAN calls, in order."""
    groups = members(cast)
    return list(dict.fromkeys(name for line in plan.posts for name in groups.get(line.by, [line.by])))


def without(plan: Strategy, cast: Cast, name: str) -> Strategy:
    """PLAN without the account NAME; everybody else does what was planned, under the same luck."""
    groups = members(cast)
    posts = []
    for line in plan.posts:
        if name in groups.get(line.by, ()):
            posts += [line.model_copy(update={"by": other}) for other in groups[line.by] if other != name]
        elif line.by != name:
            posts.append(line)
    return plan.model_copy(update={"posts": tuple(posts)})
