"""A launch: a strategy is a list of actions; its plan is every post with its author and second.

What is planned is a function of (scenario, strategy, seed) with draws labelled
by the action, never by the strategy: the same employees take part, the n-th
post of the same author has the same luck, in every strategy that has it.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple

import numpy as np
import pydantic

from sim.kernels import draws, response
from sim.model.bots import Bots
from sim.model.casting import Casting, Role, label
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
# What a line of a strategy and a row of a calendar say alike.
By = Annotated[Name, pydantic.Field(description="whose account posts")]
Posted = Annotated[Name, pydantic.Field(description="which of the scenario's contents is posted")]
Channel = Annotated[
    Literal["open", "circle"],
    pydantic.Field(description="where: on Weibo, open to all, or in a closed circle of friends"),
]
Ridden = Annotated[
    Name | None, pydantic.Field(description="the hot topic it rides; whoever follows that meets it outside the feed")
]
Approval = Annotated[
    Literal["none", "each", "cycle"],
    pydantic.Field(description="each: it waits for headquarters; cycle: it was decided at the last planning meeting"),
]
Campaign = Annotated[bool, pydantic.Field(description="a campaign's post, worth more than one of the daily stream")]


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
    topic: Annotated[Name | None, pydantic.Field(description="the hot topic it rides, if the post names no other")] = (
        None
    )
    kind: Annotated[
        Kind | None, pydantic.Field(description="what it is about, which changes its worth and its comments")
    ] = None
    media: Annotated[Media | None, pydantic.Field(description="what it shows, which changes its worth")] = None
    story: Annotated[
        Literal["launch", "own"],
        pydantic.Field(
            description="launch: an account passes on one of all these posts; own: every occasion is news again"
        ),
    ] = "launch"
    fresh: Annotated[Hours | None, Doc("half-life of its worth while it waits to be published", "assumed")] = None

    @property
    def about_itself(self) -> float:
        """How much it is about the brand itself."""
        return 0.5 if self.self_talk is None else self.self_talk


class Action(Section):
    """One line of a strategy: who posts what, when."""

    by: By
    at: Annotated[Hours, Doc("hours after the start")] = 0.0
    times: Annotated[Annotated[int, Range(1, 1_000, "posts", whole=True)], Doc("how often")] = 1
    every: Annotated[Hours, Doc("hours between two of them")] = 24.0
    spread: Annotated[Hours, Doc("the authors post at random within so many hours")] = 0.0
    participation: Annotated[Share, Doc("share of the called accounts that take part")] = 1.0
    content: Posted = "launch"
    channel: Channel = "open"
    topic: Ridden = None
    approval: Approval = "none"
    campaign: Campaign = False

    @property
    def first(self) -> int:
        """The number of its first occasion."""
        return 0


class Strategy(Section):
    """A launch as a plan of actions; a reference stays outside the ranking."""

    title: Title = ""
    reference: Annotated[bool, pydantic.Field(description="shown beside the others, but cannot win")] = False
    posts: tuple[Action, ...] = ()
    desk: Desk | None = None
    prize: Prize | None = None
    group: Annotated[
        Name | None, pydantic.Field(description="which accounts of the brand pass on each other's posts")
    ] = None
    calendar: Annotated[
        Name | None, pydantic.Field(description="the calendar of posts that it follows, beside its own")
    ] = None
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
    roles, places = list(casting.roles), {name: i for i, name in enumerate(contents)}
    actions = [action for action in strategy.posts if action.channel == channel]
    told: dict[tuple[str, str], int] = {}
    parts = []
    for which, action in enumerate(actions):
        story = told.get((action.by, action.content), 0)  # a later action of the same author has other news
        told[action.by, action.content] = story + action.times
        for role in casting.called(action.by):
            for occasion in range(action.times):
                place = roles.index(role.name), places[action.content], story + occasion, which
                parts.append(_occasion(action, role, occasion, place, seed))
    posts = Posts(*(np.concatenate(columns) for columns in zip(NOTHING, *parts, strict=True)))
    if moves or relays:
        rows = _intended(posts, roles, list(contents), actions)
        for move in moves:
            rows = move(rows)
        rows += [post for relay in relays for post in relay(rows)]
        posts = _columns(rows, roles, places)
    posts = _in_order(posts, roles, list(contents), hours * 3600)
    declared = list(contents.values())
    mix = np.array([_mix(content, answer) for content in declared], np.float64)
    of = posts.content
    return Plan(
        account=posts.account.astype(np.int32),
        messenger=posts.messenger.astype(np.uint8),
        second=posts.second.astype(np.int32),
        label=_labels(posts, casting, list(contents)),
        followers=posts.heads,
        quality=np.array([content.quality for content in declared], np.float64)[of] * posts.worth,
        doubt=np.array([content.quality_doubt for content in declared], np.float64)[of],
        comment=np.array([answer.comment_ratio * content.comments for content in declared], np.float64)[of],
        mix=mix[of],
        content=of,
        story=_stories(posts, contents),
    )


class Posts(NamedTuple):
    """Planned posts in columns: int64[posts], heads and worth float64[posts].

    second, account, messenger, heads, member, occasion, worth as in `Intended`; role its place among the roles,
    content its place among the contents, action its place among the actions of the channel
    """

    second: np.ndarray
    account: np.ndarray
    messenger: np.ndarray
    heads: np.ndarray
    role: np.ndarray
    content: np.ndarray
    member: np.ndarray
    occasion: np.ndarray
    action: np.ndarray
    worth: np.ndarray


_REAL = {"heads", "worth"}
NOTHING = Posts(*(np.empty(0, np.float64 if name in _REAL else np.int64) for name in Posts._fields))


def _occasion(action: Action, role: Role, occasion: int, place: tuple[int, int, int, int], seed: int) -> Posts:
    """The posts of one role on one occasion: who takes part is drawn once per role, when is drawn anew.

    place  of the role, of the content, of what it is about among the author's occasions, of the action
    """
    who = np.uint64(draws.key(np.uint64(seed), draws.PLAN, np.uint64(label(role.name))))
    members = np.flatnonzero(_units(who, role.accounts.size)[0] < action.participation)
    moment = np.zeros(role.accounts.size)
    if action.spread > 0.0:
        named = label(role.name, action.content, action.first + occasion)
        moment = _units(np.uint64(draws.key(np.uint64(seed), draws.PLAN, np.uint64(named))), moment.size)[1]
    n = members.size
    return Posts(
        second=((action.at + occasion * action.every + action.spread * moment[members]) * 3600).astype(np.int64),
        account=role.accounts[members].astype(np.int64),
        messenger=np.full(n, role.messenger),
        heads=role.heads[members],
        role=np.full(n, place[0]),
        content=np.full(n, place[1]),
        member=members,
        occasion=np.full(n, place[2]),
        action=np.full(n, place[3]),
        worth=np.ones(n),
    )


def _intended(posts: Posts, roles: list[str], contents: list[str], actions: Sequence[Action]) -> list[Intended]:
    """The posts one by one, as practices look at them."""
    of = [actions[i] for i in posts.action.tolist()]
    columns = zip(
        posts.second.tolist(),
        posts.account.tolist(),
        posts.messenger.tolist(),
        posts.heads.tolist(),
        [contents[i] for i in posts.content.tolist()],
        [roles[i] for i in posts.role.tolist()],
        posts.member.tolist(),
        posts.occasion.tolist(),
        [action.approval for action in of],
        [action.campaign for action in of],
        posts.worth.tolist(),
        [action.topic or "" for action in of],
        strict=True,
    )
    return [Intended._make(row) for row in columns]


def _columns(rows: Sequence[Intended], roles: list[str], places: dict[str, int]) -> Posts:
    """ROWS in columns; their actions are no longer told apart."""
    if not rows:
        return NOTHING
    one = Intended._make(zip(*rows, strict=True))  # of columns
    role, content = [roles.index(name) for name in one.role], [places[name] for name in one.content]
    columns = (one.second, one.account, one.messenger, one.heads, role, content, one.member, one.occasion)
    kinds = [np.float64 if name in _REAL else np.int64 for name in Posts._fields]
    every = (*columns, [0] * len(rows), one.worth)
    return Posts(*(np.array(column, kind) for column, kind in zip(every, kinds, strict=True)))


def _in_order(posts: Posts, roles: list[str], contents: list[str], until: int) -> Posts:
    """POSTS before second UNTIL in the order of `Intended`."""
    rows = np.flatnonzero(posts.second < until)
    order = rows[np.lexsort((posts.account[rows], posts.second[rows]))]
    again = (np.diff(posts.second[order]) == 0) & (np.diff(posts.account[order]) == 0)
    if again.any():  # somebody posts twice at the same second
        named = np.argsort(np.argsort(contents))[posts.content[rows]], np.argsort(np.argsort(roles))[posts.role[rows]]
        last = posts.occasion[rows], posts.member[rows], named[1], named[0], posts.heads[rows], posts.messenger[rows]
        order = rows[np.lexsort((posts.worth[rows], *last, posts.account[rows], posts.second[rows]))]
    return Posts(*(column[order] for column in posts))


def _labels(posts: Posts, casting: Casting, contents: list[str]) -> np.ndarray:
    """The names of POSTS, uint64[posts]: by author, content, and how many of that kind the author posted before."""
    found = np.empty(posts.second.size, np.uint64)
    kind = posts.account * len(contents) + posts.content
    order = np.argsort(kind, kind="stable")
    begins = np.flatnonzero(np.diff(kind[order], prepend=-1) != 0)
    number = np.empty(order.size, np.int64)
    number[order] = np.arange(order.size) - np.repeat(begins, np.diff(begins, append=order.size))
    roles, most = list(casting.roles.values()), int(number.max(initial=0)) + 1
    which = (posts.role * len(contents) + posts.content) * most + number
    order = np.argsort(which, kind="stable")
    for some in np.split(order, np.flatnonzero(np.diff(which[order])) + 1) if order.size else []:
        role, content = roles[int(posts.role[some[0]])], contents[int(posts.content[some[0]])]
        names = _names(role.name, role.accounts.size, content, int(number[some[0]]))
        found[some] = names[posts.member[some]]
    return found


@functools.lru_cache(maxsize=1 << 10)
def _names(role: str, members: int, content: str, number: int) -> np.ndarray:
    """Labels of the NUMBER-th post with CONTENT by each of the MEMBERS of ROLE, uint64[members]."""
    return np.array([label(STORY, role, member, content, number) for member in range(members)], np.uint64)


def _stories(posts: Posts, contents: dict[str, Content]) -> np.ndarray:
    """What each post is about, uint64[posts]: the launch, or its content's own news of that occasion."""
    found = np.full(posts.second.size, label(STORY), np.uint64)
    for place, (name, content) in enumerate(contents.items()):
        if content.story == "own":
            some = np.flatnonzero(posts.content == place)
            found[some] = [label("story", name, occasion) for occasion in posts.occasion[some].tolist()]
    return found


def _mix(content: Content, answer: response.Response) -> tuple[float, float, float]:
    """Shares of praise, question and complaint in the comments on CONTENT."""
    return (
        answer.praise if content.praise is None else content.praise,
        answer.question if content.question is None else content.question,
        answer.complaint if content.complaint is None else content.complaint,
    )


def _units(stream: np.uint64, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two uniform draws for each of SIZE members."""
    highs, lows = np.empty(size), np.empty(size)
    draws.units_into(stream, highs, lows)
    return highs, lows
