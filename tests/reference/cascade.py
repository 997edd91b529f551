"""The cascade, the slow way: one heap of tuples, dictionaries for people, the law of the docstrings and nothing else.

No calendar of minutes, no gates, no chunks, no tables of chances: every read
is an event, every account that reads keeps its hazards, chances are floats.
Hashes are Python integers.  `ln`, `exp` and `normal` come from
`sim.kernels.draws` (tests/kernels/test_draws.py holds them against the
standard library), because a second that is rounded down must be rounded from
the same float.
"""

import heapq
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from sim.kernels import calendar, draws
from sim.kernels import response as law
from tests.reference.clock import WORD, Clock, bits, lower, mix, normal, stream, unit, upper

VISIT, REPOST, WORDS, ROUTE, KIND, REACTION, QUALITY = 1, 2, 4, 5, 6, 8, 9
PEER = 4
MIDDLES = (0.0, 0.015, 0.055, 0.12, 0.22, 0.365, 0.575, 0.85)  # chance to see a post, by attention class
SHOW, PUBLISH, VIEW = -1, 0, 1
NEVER = 2**31 - 1


# --- people and posts -----------------------------------------------------------------------------


@dataclass
class Message:
    """A planned post with its drawn factors."""

    account: int
    messenger: int
    second: int
    label: int
    quality: float
    shareability: float
    clock: float
    words: float
    chance: float
    comment: float
    mix: tuple[float, float, float]
    until: int = NEVER
    reposts: int = 0
    reads: int = 0


@dataclass(frozen=True)
class Post:
    """A message as published or passed on."""

    account: int
    message: int
    parent: int
    depth: int
    second: int
    words: bool
    chance: float


@dataclass(frozen=True)
class Show:
    """When the run stands before MINUTE, a post is shown outside the feed (`sim.model.cascade.Cascade.show`)."""

    minute: int
    post: int
    accounts: list[int]
    second: int
    chance: float
    minutes: float
    key: int
    told_by: int | None = None


@dataclass
class Person:
    """What the story has done to one account."""

    reads: int = 0
    hazard: float = 0.0
    comment_hazard: float = 0.0
    reposted: bool = False
    commented: bool = False


@dataclass
class Course:
    """Everything that happened."""

    posts: list[Post] = field(default_factory=list)
    comments: list[tuple[int, int, int, int]] = field(default_factory=list)  # second, account, message, kind
    comments_written: dict[tuple[int, int], int] = field(default_factory=dict)  # (hour, kind)
    pushes: dict[int, int] = field(default_factory=dict)
    likes: dict[int, int] = field(default_factory=dict)
    reads: dict[tuple[int, int], int] = field(default_factory=dict)  # (hour, messenger)
    reposts: dict[tuple[int, int], int] = field(default_factory=dict)  # (hour, messenger met)
    commented: dict[int, int] = field(default_factory=dict)
    follower_reads: dict[int, int] = field(default_factory=dict)
    shown: dict[int, int] = field(default_factory=dict)  # reads outside the feed, by hour
    first: dict[int, tuple[int, int]] = field(default_factory=dict)  # account -> second, author of its first read
    last: dict[int, tuple[int, int]] = field(default_factory=dict)  # of its last; among equals the later pushed
    times: dict[int, int] = field(default_factory=dict)  # account -> its reads
    messages: list[Message] = field(default_factory=list)
    people: dict[int, Person] = field(default_factory=dict)
    read: list[tuple[int, int, bool]] = field(default_factory=list)  # post, reader, in the feed; in order of pushing


def more(counter: dict, key, by: int = 1) -> None:
    if by:
        counter[key] = counter.get(key, 0) + by


def messages_of(stage, plan, seed: int, story: int) -> list[Message]:
    """The planned posts, their luck drawn: quality and clock by the post's label, shareability, words
    and comments by the story's."""
    answer, attention = stage.answer, stage.attention
    trusts = {1: answer.trust_kol, 2: answer.trust_employee, 3: answer.trust_leader}
    common = stream(seed, QUALITY, story)
    found = []
    for m in range(plan.size):
        own = stream(seed, QUALITY, int(plan.label[m]))
        quality = float(plan.quality[m]) * draws.exp(float(plan.doubt[m]) * normal(bits(own, 0)))
        messenger = int(plan.messenger[m])
        size = max(float(plan.followers[m]), 150.0) / 1000.0
        found.append(
            Message(
                account=int(plan.account[m]),
                messenger=messenger,
                second=int(plan.second[m]),
                label=int(plan.label[m]),
                quality=quality,
                clock=draws.exp(attention.clock_spread * normal(bits(own, 1))),
                shareability=draws.exp(answer.share_spread * normal(bits(common, 2))),
                words=answer.words + answer.words_spread * normal(bits(common, 3)),
                chance=answer.repost_rate
                * quality
                * trusts.get(messenger, answer.trust_brand)
                * draws.power(size, -answer.tier),
                comment=float(plan.comment[m]) * draws.exp(answer.comment_spread * normal(bits(common, 4))),
                mix=tuple(float(x) for x in plan.mix[m]),
            )
        )
    return found


def hazard(chance: float) -> float:
    return -draws.ln(1.0 - min(chance, 0.9))


def run(
    stage, plan, seed: int, story: int, shows: Sequence[Show] = (), until: Sequence[int] = (), damp: float = 1.0
) -> Course:
    """The course of PLAN on STAGE (`sim.model.stage`) under SEED; STORY is the story's label.

    Of SHOWS, those of posts that are not there at their minute are left out.  From UNTIL[m] on nobody publishes, sees
    or shares message m; every chance of a read is multiplied by DAMP.
    """
    answer, attention = stage.answer, stage.attention
    graph = stage.casting.graph
    clock = Clock(attention, stage.hours, stage.start_hour)
    horizon = stage.hours * 3600
    course = Course(messages=messages_of(stage, plan, seed, story))
    for message, end in zip(course.messages, until, strict=False):
        message.until = end
    gate = stream(seed, REPOST, story)
    events = [(message.second, PUBLISH, message.account, m) for m, message in enumerate(course.messages)]
    events += [(show.minute * 60, SHOW, i, i) for i, show in enumerate(shows)]
    heapq.heapify(events)
    branches: list[int] = []

    def peer_chance(m: int, branch: int) -> float:
        message = course.messages[m]
        factor = message.shareability
        if answer.quality_peers > 0:
            factor *= draws.power(max(message.quality, 1e-9), answer.quality_peers)
        chance = answer.peer_rate * stage.readers.density * factor / (1.0 + factor / answer.peer_bound)
        if answer.saturation > 0:
            own = branches.count(branch)
            for post in range(len(course.posts)):  # of the others, a sample holds one in `factor`
                if branches[post] not in (branch, -1) and course.posts[post].message == m:
                    chance *= max(0.0, 1.0 - stage.factor / answer.saturation)
            chance *= math.exp(-(own + 1) / answer.saturation)
        return chance

    def publish(second: int, account: int, m: int, parent: int, words: bool, via: int = -1) -> None:
        message = course.messages[m]
        row = [int(v) for v in graph.row(account)]
        original = parent < 0
        number = len(course.posts)
        branch = -1  # the direct repost that this one came of, along what was read
        if not original:
            branch = number if course.posts[via].parent < 0 else branches[via]
        post = Post(
            account=account,
            message=m,
            parent=parent,
            depth=0 if original else course.posts[parent].depth + 1,
            second=second,
            words=words,
            chance=message.chance if original else peer_chance(m, branch),
        )
        course.posts.append(post)
        branches.append(branch)
        more(course.pushes, second // 3600, len(row))
        visits = stream(seed, VISIT, message.label if original else bits(story, account))
        published = clock.activity(float(second))
        by_class = [clock.sees(chance, second) for chance in MIDDLES]
        for reader in row:
            trait = int(stage.readers.traits[reader])
            random = bits(visits, reader)
            if (random >> 32) / 2**32 >= by_class[trait % 8]:
                continue
            viewed = clock.second(published + clock.delay(random) * message.clock)
            if viewed >= min(horizon, message.until):
                continue
            course.read.append((number, reader, True))
            reads(number, reader, random, viewed, visits, message.messenger if original else PEER, second)

    def reads(number: int, reader: int, random: int, viewed: float, visits: int, messenger: int, earliest: int) -> None:
        """READER reads post NUMBER at VIEWED, told by MESSENGER, and acts after EARLIEST if at all."""
        post = course.posts[number]
        message = course.messages[post.message]
        trait = int(stage.readers.traits[reader])
        hour = int(viewed // 3600)
        message.reads += 1
        more(course.reads, (hour, messenger))
        if trait >= 64:
            more(course.follower_reads, hour)
        more(course.times, reader)
        moment = int(viewed)
        if reader not in course.first or moment < course.first[reader][0]:
            course.first[reader] = moment, message.messenger
        if reader not in course.last or moment >= course.last[reader][0]:
            course.last[reader] = moment, message.messenger
        propensity = float(stage.readers.propensity[trait // 8 % 8])
        if upper(mix(random)) < post.chance * answer.like_ratio * propensity:
            more(course.likes, hour)
        reaction = attention.reaction * draws.exp(
            attention.reaction_spread * normal(bits((visits + REACTION) % WORD, reader))
        )
        acts = max(earliest + 1, int(viewed + reaction))
        if acts < horizon:
            heapq.heappush(events, (acts, VIEW, reader, number))

    def show(what: Show) -> None:
        if what.post >= len(course.posts):
            return
        post = course.posts[what.post]
        messenger = course.messages[post.message].messenger if post.parent < 0 else PEER
        for reader in what.accounts:
            random = bits(what.key, reader)
            if int(stage.readers.traits[reader]) % 8 == 0 or upper(random) >= what.chance:
                continue
            viewed = clock.second(clock.activity(float(what.second)) - draws.ln(lower(random)) * what.minutes * 60.0)
            if viewed >= min(horizon, course.messages[post.message].until):
                continue
            course.read.append((what.post, reader, False))
            more(course.shown, int(viewed // 3600))
            told_by = messenger if what.told_by is None else what.told_by
            reads(what.post, reader, random, viewed, what.key, told_by, what.second)

    def view(second: int, account: int, number: int) -> None:
        post = course.posts[number]
        message = course.messages[post.message]
        if second >= message.until:
            return
        person = course.people.setdefault(account, Person())
        if person.reads >= law.READS_COUNTED:
            return
        person.reads += 1
        interest = 1.0
        if account < graph.base:
            interest = float(stage.interest[graph.community_of(account)])
        propensity = float(stage.readers.propensity[int(stage.readers.traits[account]) // 8 % 8])
        repeated = {1: 1.0, 2: answer.second_read}.get(person.reads, answer.later_reads)
        chance = post.chance * interest * propensity * repeated * damp
        person.hazard += hazard(chance)
        person.comment_hazard += hazard(chance * message.comment)
        luck = bits(gate, account)
        if not person.commented and person.comment_hazard >= -draws.ln(lower(luck)):
            person.commented = True
            comment(second, account, post.message)
        if not person.reposted and person.hazard >= -draws.ln(upper(luck)):
            person.reposted = True
            repost(second, account, number)

    def comment(second: int, account: int, m: int) -> None:
        praise, question, complaint = course.messages[m].mix
        random = bits(stream(seed, KIND, story), account)
        u = unit(random)
        edges = [(complaint, law.COMPLAINT), (question, law.QUESTION), (praise, law.PRAISE)]
        kind = next(
            (
                kind
                for share, (_, kind) in zip(itertools.accumulate(e[0] for e in edges), edges, strict=True)
                if u < share
            ),
            law.NEUTRAL,
        )
        again = 1.0 - 1.0 / max(answer.comments_each, 1.0)
        rest = unit(mix(random))
        number = 1 + (int(math.log(rest) / math.log(again)) if again > 0.0 else 0)
        more(course.comments_written, (second // 3600, kind), min(number, 20))
        course.comments.append((second, account, m, kind))

    def repost(second: int, account: int, number: int) -> None:
        post = course.posts[number]
        message = course.messages[post.message]
        parent = number
        if post.parent >= 0:
            leaves = answer.click_commented if post.words else answer.click_bare
            if unit(bits(stream(seed, ROUTE, story), account)) < leaves:
                while course.posts[parent].parent >= 0:
                    parent = course.posts[parent].parent
        logit = message.words
        if course.posts[parent].parent >= 0 and not course.posts[parent].words:
            logit += answer.words_bare
        words = unit(bits(stream(seed, WORDS, story), account)) < 1.0 / (1.0 + math.exp(-logit))
        message.reposts += 1
        more(course.reposts, (second // 3600, message.messenger if post.parent < 0 else PEER))
        if words:
            more(course.commented, second // 3600)
        publish(second, account, post.message, parent, words, number)

    while events:
        second, kind, account, item = heapq.heappop(events)
        if second >= horizon:
            break
        if kind == SHOW:
            show(shows[item])
        elif kind == PUBLISH:
            if second < course.messages[item].until:
                publish(second, account, item, -1, True)
        else:
            view(second, account, item)
    return course


# --- the same words for both ----------------------------------------------------------------------


def told(course: Course) -> dict[str, object]:
    """What happened, as plain values: for comparing with `told_by` of a kernel's run."""
    return {
        "posts": [(p.account, p.message, p.parent, p.depth, p.second, p.words) for p in course.posts],
        "comments": course.comments,
        "comments_written": course.comments_written,
        "pushes": course.pushes,
        "likes": course.likes,
        "reads": course.reads,
        "reposts": course.reposts,
        "commented": course.commented,
        "follower_reads": course.follower_reads,
        "shown": course.shown,
        "first": course.first,
        "last": course.last,
        "times": course.times,
        "by_message": [(m.reads, m.reposts) for m in course.messages],
    }


def told_by(run) -> dict[str, object]:
    """The same of a finished `sim.model.cascade.Cascade` that watched every account."""

    def counts(array) -> dict:
        found = {tuple(int(i) for i in at): int(array[tuple(at)]) for at in zip(*array.nonzero(), strict=True)}
        return {at if len(at) > 1 else at[0]: value for at, value in found.items()}

    n, k = run.post_count, int(run.state[calendar.COMMENTS])
    posts, tally, messages, watch = run.posts, run.tally, run.messages, run.tally.watch
    met = (watch["first"] < 2**31 - 1).nonzero()[0].tolist()
    columns = [
        column[:n].tolist() for column in (posts.account, posts.message, posts.parent, posts.depth, posts.second)
    ]
    talk = [
        column[:k].tolist() for column in (tally.talk_second, tally.talk_account, tally.talk_message, tally.talk_kind)
    ]
    return {
        "posts": [(*row, bool(words)) for *row, words in zip(*columns, posts.words[:n].tolist(), strict=True)],
        "comments": list(zip(*talk, strict=True)),
        "comments_written": counts(tally.comments),
        "pushes": counts(tally.pushes),
        "likes": counts(tally.likes),
        "reads": counts(tally.reads),
        "reposts": counts(tally.reposts),
        "commented": counts(tally.commented),
        "follower_reads": counts(tally.follower_reads),
        "shown": counts(tally.shown),
        "first": {i: (int(watch["first"][i]), int(watch["first_by"][i])) for i in met},
        "last": {i: (int(watch["last"][i]), int(watch["last_by"][i])) for i in met},
        "times": counts(watch["times"]),
        "by_message": list(zip(messages.reads.tolist(), messages.reposts.tolist(), strict=True)),
    }
