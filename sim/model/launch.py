"""A launch: a strategy is a list of actions; its plan is every post with its author and second.

What is planned is a function of (scenario, strategy, seed) with draws labelled
by the action, never by the strategy: the same employees take part, the n-th
post of the same author has the same luck, in every strategy that has it.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from sim.kernels import draws, response
from sim.model.bots import Bots
from sim.model.casting import Casting, label
from sim.model.desk import Desk
from sim.model.dialogue import Dialogue
from sim.model.learning import Learning
from sim.model.prize import Prize
from sim.model.survey import Survey
from sim.quantities import Doc, Hours, Multiplier, Range, Share, Spread
from sim.section import Name, Section, Title

STORY = "launch"
Kind = Literal[
    "news", "product", "recruitment", "event", "service", "discount", "survey", "hot_topic", "outside", "review"
]
Media = Literal["text", "image", "video"]
Category = Literal["b2b", "b2c", "travel", "media"]
Approval = Literal["none", "each", "cycle"]


class Content(Section):
    """A kind of post."""

    quality: Annotated[Multiplier, Doc("worth against a median message", doubt=(0.5, 2.0))] = 1.0
    quality_doubt: Annotated[Spread, Doc("how uncertain that worth is before posting")] = 0.5
    comments: Annotated[Multiplier, Doc("comments per repost chance, against ordinary posts")] = 1.0
    praise: Annotated[Share | None, Doc("share of comments that praise, if not the general mix")] = None
    question: Annotated[Share | None, Doc("share of comments that ask, if not the general mix")] = None
    complaint: Annotated[Share | None, Doc("share of comments that complain, if not the general mix")] = None
    self_talk: Annotated[
        Share | None,
        Doc(
            "how much it is about the brand itself (1) and not about its readers (0), if not its kind's (else: 0.5)",
            "assumed",
            "Kwak et al. 2011",
        ),
    ] = None
    discount: Annotated[Share, Doc("depth of the discount it offers")] = 0.0
    topic: Name | None = None
    kind: Kind | None = None
    media: Media | None = None
    story: Literal["launch", "own"] = "launch"
    fresh: Annotated[Hours | None, Doc("half-life of its worth while it waits to be published", "assumed")] = None

    @property
    def about_itself(self) -> float:
        """How much it is about the brand itself."""
        return 0.5 if self.self_talk is None else self.self_talk


class Action(Section):
    """One line of a strategy: who posts what, when."""

    by: Name
    at: Annotated[Hours, Doc("hours after the start")] = 0.0
    times: Annotated[Annotated[int, Range(1, 1_000, "posts", whole=True)], Doc("how often")] = 1
    every: Annotated[Hours, Doc("hours between two of them")] = 24.0
    spread: Annotated[Hours, Doc("the authors post at random within so many hours")] = 0.0
    participation: Annotated[Share, Doc("share of the called accounts that take part")] = 1.0
    content: Name = "launch"
    channel: Literal["open", "circle"] = "open"
    topic: Name | None = None
    approval: Approval = "none"
    campaign: bool = False

    @property
    def first(self) -> int:
        """The number of its first occasion."""
        return 0


class Strategy(Section):
    """A launch as a plan of actions; a reference stays outside the ranking."""

    title: Title = ""
    reference: bool = False
    posts: tuple[Action, ...] = ()
    desk: Desk | None = None
    prize: Prize | None = None
    group: Name | None = None
    calendar: Name | None = None
    survey: Survey | None = None
    learning: Learning | None = None
    bots: Bots | None = None
    dialogue: Dialogue | None = None

    @property
    def silent(self) -> bool:
        """Whether it posts nothing."""
        return not self.posts and self.calendar is None


class Intended(NamedTuple):
    """A post before it has a label; ordered by (second, account)."""

    second: int
    account: int
    messenger: int
    heads: float
    content: str
    role: str
    member: int
    occasion: int = 0
    approval: str = "none"
    campaign: bool = False
    worth: float = 1.0
    topic: str = ""


NOTHING: Any = Intended._make([()] * len(Intended._fields))  # the columns of no post
Relays = Callable[[Sequence[Intended]], list[Intended]]
Moves = Callable[[list[Intended]], list[Intended]]


@dataclass(frozen=True)
class Plan:
    """Every planned post, in order of (second, account, label).

    account int32, messenger uint8, second int32 (after the start), label uint64,
    followers float64 (at market size), quality, doubt, comment float64,
    mix float64[posts, 3] (praise, question, complaint); content int64[posts]: its place among the contents;
    story uint64[posts]: label of what it is about, `label(STORY)` for the launch
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
    content: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    story: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))

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
    channel: str = "open",
    moves: Sequence[Moves] = (),
) -> Plan:
    """The posts of STRATEGY under the luck of SEED; posts beyond the horizon are left out.

    relays   each is given what is planned and returns the posts with which other accounts pass that on
    channel  only what is posted on this channel
    moves    each is given what is planned and returns the posts as they will go out (later, of another worth, or not)
    """
    rows: list[Intended] = []
    for action in strategy.posts:
        if action.channel != channel:
            continue
        for role in casting.called(action.by):
            for occasion in range(action.times):
                rows += _occasion(action, role.name, role.accounts, role.heads, role.messenger, occasion, seed)
    for move in moves:
        rows = move(rows)
    rows += [post for relay in relays for post in relay(rows)]
    rows = sorted(row for row in rows if row.second < hours * 3600)
    count: dict[tuple[int, str], int] = {}
    labels = np.empty(len(rows), np.uint64)
    columns: Any = Intended._make(zip(*rows, strict=True)) if rows else NOTHING
    named = zip(columns.account, columns.content, columns.role, columns.member, strict=True)
    for i, (account, content, role_name, member) in enumerate(named):
        number = count.get((account, content), 0)
        count[account, content] = number + 1
        labels[i] = label(STORY, role_name, member, content, number)
    places = {name: i for i, name in enumerate(contents)}
    which = np.array([places[content] for content in columns.content], np.int64)
    declared = list(contents.values())
    mix = np.array([_mix(content, answer) for content in declared], np.float64)
    return Plan(
        account=np.array(columns.account, np.int32),
        messenger=np.array(columns.messenger, np.uint8),
        second=np.array(columns.second, np.int32),
        label=labels,
        followers=np.array(columns.heads, np.float64),
        quality=np.array([content.quality for content in declared], np.float64)[which]
        * np.array(columns.worth, np.float64),
        doubt=np.array([content.quality_doubt for content in declared], np.float64)[which],
        comment=np.array([answer.comment_ratio * content.comments for content in declared], np.float64)[which],
        mix=mix[which],
        content=which,
        story=_stories(rows, contents),
    )


def _stories(rows: Sequence[Intended], contents: dict[str, Content]) -> np.ndarray:
    """What each post is about, uint64[posts]: the launch, or its content's own news of that occasion."""
    launch = label(STORY)
    own = {name for name, content in contents.items() if content.story == "own"}
    if not own:
        return np.full(len(rows), launch, np.uint64)
    told = [label("story", row.content, row.occasion) if row.content in own else launch for row in rows]
    return np.array(told, np.uint64)


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
    number = action.first + occasion
    who = np.uint64(draws.key(np.uint64(seed), draws.PLAN, np.uint64(label(name))))
    when = np.uint64(draws.key(np.uint64(seed), draws.PLAN, np.uint64(label(name, action.content, number))))
    taking, _ = _units(who, accounts.size)
    _, moment = _units(when, accounts.size)
    members = np.flatnonzero(taking < action.participation)
    seconds = ((action.at + occasion * action.every + action.spread * moment[members]) * 3600).astype(np.int64)
    many = itertools.repeat  # columns in the order of Intended's fields: made so, thousands of posts cost a millisecond
    columns = zip(
        seconds.tolist(),
        accounts[members].tolist(),
        many(messenger),
        heads[members].tolist(),
        many(action.content),
        many(name),
        members.tolist(),
        many(number),
        many(action.approval),
        many(action.campaign),
        many(1.0),
        many(action.topic or ""),
        strict=False,
    )
    return [Intended._make(row) for row in columns]


def _units(stream: np.uint64, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two uniform draws for each of SIZE members."""
    highs, lows = np.empty(size), np.empty(size)
    draws.units_into(stream, highs, lows)
    return highs, lows
