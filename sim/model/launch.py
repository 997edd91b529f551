"""A launch: a strategy is a list of actions; its plan is every post with its author and second.

What is planned is a function of (scenario, strategy, seed) with draws labelled
by the action, never by the strategy: the same employees take part, the n-th
post of the same author has the same luck, in every strategy that has it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import draws, response
from sim.model.casting import Casting, label
from sim.model.desk import Desk
from sim.model.prize import Prize
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
    self_talk: Annotated[
        Share,
        Doc("how much it is about the brand itself (1) and not about its readers (0)", "assumed", "Kwak et al. 2011"),
    ] = 0.5
    discount: Annotated[Share, Doc("depth of the discount it offers")] = 0.0


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
    desk: Desk | None = None
    prize: Prize | None = None
    group: Name | None = None


class Intended(NamedTuple):
    """A post before it has a label; ordered by (second, account)."""

    second: int
    account: int
    messenger: int
    heads: float
    content: str
    role: str
    member: int


Relays = Callable[[Sequence[Intended]], list[Intended]]


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
    strategy: Strategy,
    casting: Casting,
    contents: dict[str, Content],
    answer: response.Response,
    hours: int,
    seed: int,
    relays: Sequence[Relays] = (),
) -> Plan:
    """The posts of STRATEGY under the luck of SEED; posts beyond the horizon are left out.

    relays  each is given what is planned and returns the posts with which other accounts pass that on
    """
    rows: list[Intended] = []
    for action in strategy.posts:
        for role in casting.called(action.by):
            for occasion in range(action.times):
                rows += _occasion(action, role.name, role.accounts, role.heads, role.messenger, occasion, seed)
    rows += [post for relay in relays for post in relay(rows)]
    rows = sorted(row for row in rows if row.second < hours * 3600)
    count: dict[tuple[int, str], int] = {}
    labels = np.empty(len(rows), np.uint64)
    for i, row in enumerate(rows):
        number = count.get((row.account, row.content), 0)
        count[row.account, row.content] = number + 1
        labels[i] = label(STORY, row.role, row.member, row.content, number)
    names = list(contents)
    which = np.array([names.index(row.content) for row in rows], np.int64)
    declared = list(contents.values())
    mix = np.array([_mix(content, answer) for content in declared], np.float64)
    return Plan(
        account=np.array([row.account for row in rows], np.int32),
        messenger=np.array([row.messenger for row in rows], np.uint8),
        second=np.array([row.second for row in rows], np.int32),
        label=labels,
        followers=np.array([row.heads for row in rows], np.float64),
        quality=np.array([content.quality for content in declared], np.float64)[which],
        doubt=np.array([content.quality_doubt for content in declared], np.float64)[which],
        comment=np.array([answer.comment_ratio * content.comments for content in declared], np.float64)[which],
        mix=mix[which],
    )


def _mix(content: Content, answer: response.Response) -> tuple[float, float, float]:
    """Shares of praise, question and complaint in the comments on CONTENT."""
    return (
        answer.praise if content.praise is None else content.praise,
        answer.question if content.question is None else content.question,
        answer.complaint if content.complaint is None else content.complaint,
    )


def _occasion(
    action: Action, name: str, accounts: np.ndarray, heads: np.ndarray, messenger: int, occasion: int, seed: int
) -> list[Intended]:
    """The posts of one role on one occasion: who takes part is drawn once per role, when is drawn anew."""
    who = np.uint64(draws.key(np.uint64(seed), draws.PLAN, np.uint64(label(name))))
    when = np.uint64(draws.key(np.uint64(seed), draws.PLAN, np.uint64(label(name, action.content, occasion))))
    taking, _ = _units(who, accounts.size)
    _, moment = _units(when, accounts.size)
    members = np.flatnonzero(taking < action.participation)
    seconds = ((action.at + occasion * action.every + action.spread * moment[members]) * 3600).astype(np.int64)
    return [
        Intended(second, account, messenger, head, action.content, name, member)
        for second, account, head, member in zip(
            seconds.tolist(), accounts[members].tolist(), heads[members].tolist(), members.tolist(), strict=True
        )
    ]


def _units(stream: np.uint64, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two uniform draws for each of SIZE members."""
    highs, lows = np.empty(size), np.empty(size)
    draws.units_into(stream, highs, lows)
    return highs, lows
