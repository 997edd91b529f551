"""A launch: a strategy is a list of actions; its plan is every post with its author and second.

What is planned is a function of (scenario, strategy, seed) with draws labelled
by the action, never by the strategy: the same employees take part, the n-th
post of the same author has the same luck, in every strategy that has it.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from sim.kernels import draws, response
from sim.model.casting import Casting, label
from sim.quantities import Doc, Hours, Multiplier, Range, Share, Spread
from sim.section import Name, Section, Title

STORY = "launch"


class Content(Section):
    """A kind of post."""

    quality: Annotated[Multiplier, Doc("worth against a median message", doubt=(0.5, 2.0))] = 1.0
    quality_doubt: Annotated[Spread, Doc("how uncertain that worth is before posting")] = 0.5
    comments: Annotated[Multiplier, Doc("comments per repost chance, against ordinary posts")] = 1.0
    praise: Annotated[Share | None, Doc("share of comments that praise, if not the general mix")] = None
    question: Annotated[Share | None, Doc("share of comments that ask, if not the general mix")] = None
    complaint: Annotated[Share | None, Doc("share of comments that complain, if not the general mix")] = None


class Action(Section):
    """One line of a strategy: who posts what, when."""

    by: Name
    at: Annotated[Hours, Doc("hours after the start")] = 0.0
    times: Annotated[Annotated[int, Range(1, 1_000, "posts", whole=True)], Doc("how often")] = 1
    every: Annotated[Hours, Doc("hours between two of them")] = 24.0
    spread: Annotated[Hours, Doc("the authors post at random within so many hours")] = 0.0
    participation: Annotated[Share, Doc("share of the called accounts that take part")] = 1.0
    content: Name = "launch"


class Strategy(Section):
    """A launch as a plan of actions; a reference stays outside the ranking."""

    title: Title = ""
    reference: bool = False
    posts: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Every planned post, in order of (second, account, label).

    account int32, messenger uint8, second int32 (after the start), label uint64,
    followers float64 (at market size), quality, doubt, comment float64,
    mix float64[posts, 3] (praise, question, complaint)
    """

    account: np.ndarray
    messenger: np.ndarray
    second: np.ndarray
    label: np.ndarray
    followers: np.ndarray
    quality: np.ndarray
    doubt: np.ndarray
    comment: np.ndarray
    mix: np.ndarray

    @property
    def size(self) -> int:
        """Number of planned posts."""
        return int(self.account.size)


def plan(
    strategy: Strategy, casting: Casting, contents: dict[str, Content], answer: response.Response, hours: int, seed: int
) -> Plan:
    """The posts of STRATEGY under the luck of SEED; posts beyond the horizon are left out."""
    rows: list[tuple[int, int, int, float, str, str, int]] = []
    for action in strategy.posts:
        for role in casting.called(action.by):
            for occasion in range(action.times):
                rows += _occasion(action, role.name, role.accounts, role.heads, role.messenger, occasion, seed)
    rows = sorted(row for row in rows if row[0] < hours * 3600)
    count: dict[tuple[int, str], int] = {}
    labels = np.empty(len(rows), np.uint64)
    for i, (_, account, _, _, content, role_name, member) in enumerate(rows):
        number = count.get((account, content), 0)
        count[account, content] = number + 1
        labels[i] = label(STORY, role_name, member, content, number)
    used = [contents[row[4]] for row in rows]
    mix = [
        [
            answer.praise if content.praise is None else content.praise,
            answer.question if content.question is None else content.question,
            answer.complaint if content.complaint is None else content.complaint,
        ]
        for content in used
    ]
    return Plan(
        account=np.array([row[1] for row in rows], np.int32),
        messenger=np.array([row[2] for row in rows], np.uint8),
        second=np.array([row[0] for row in rows], np.int32),
        label=labels,
        followers=np.array([row[3] for row in rows], np.float64),
        quality=np.array([content.quality for content in used], np.float64),
        doubt=np.array([content.quality_doubt for content in used], np.float64),
        comment=np.array([answer.comment_ratio * content.comments for content in used], np.float64),
        mix=np.array(mix, np.float64).reshape(len(rows), 3),
    )


def _occasion(
    action: Action, name: str, accounts: np.ndarray, heads: np.ndarray, messenger: int, occasion: int, seed: int
) -> list[tuple[int, int, int, float, str, str, int]]:
    """The posts of one role on one occasion: (second, account, messenger, heads, content, role, member)."""
    stream = np.uint64(draws.key(np.uint64(seed), draws.PLAN, np.uint64(label(name, action.content, occasion))))
    posts = []
    for member, account in enumerate(accounts):
        random = np.uint64(draws.bits(stream, member))
        if draws.high(random) >= action.participation:
            continue
        hour = action.at + occasion * action.every + action.spread * draws.low(random)
        posts.append((int(hour * 3600), int(account), messenger, float(heads[member]), action.content, name, member))
    return posts
