"""Recall: what an account read of the cast's posts is worked out again, not written down.

Who follows a large account of the cast is listed, and whether and when a
follower sees a post is a draw by label.  So the reads of such a post need no
memory: while the plain sum of the chances of all posts that an account may have
met cannot move it, nobody looks which of them it has read.  One that might be
moved has its reads drawn again, to the same bits (`sleeping`).  Four in five
reads of a celebrity's launch are never written down
(docs/decisions/0012).  So are those of a post that everybody is shown, on a hot
list: whoever ever reads may have met it.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import draws, lanes, response, rows, timeline
from sim.kernels.compiled import borrower

PLACES = 16  # accounts of the cast whose reads are recalled: a bit of a uint16 each
PUBLIC = PLACES  # the place of what everybody is shown
POSTS = 256  # posts of theirs, and showings; the reads of later ones are laid aside
SOMETHING = 1e-15  # a post of no chance is a read all the same
NO_PEOPLE = np.zeros(0, np.uint8)
CUT = 0.5  # from here on `bound` says nothing: `response.hazard` cuts a chance at 0.9

KEPT = np.dtype(
    [
        ("visits", np.uint64),
        ("published", np.float64),
        ("pace", np.float64),
        ("horizon", np.float64),
        ("below", np.uint64),
        ("post", np.int64),
        ("second", np.int32),
        ("story", np.int32),
        ("place", np.int32),
        ("number", np.int32),
    ],
    align=True,
)


class Recall(NamedTuple):
    """posts KEPT[n]: the posts whose reads are recalled (how many: `state[calendar.RECALLED]`); n = 0: none are
    below uint64[n, communities]: of one that everybody is shown, whose upper half of the hash lies below this looks
    (the KEPT's own `below`: the largest of them)
    people uint8[]: traits (`readers`) by which it was found who everybody is: accounts that are not dormant
    chance, comment float64[stories, PLACES + 1]: the sum of their chances, and of their chances to bring a comment
    """

    posts: np.ndarray
    below: np.ndarray
    people: np.ndarray
    chance: np.ndarray
    comment: np.ndarray


def empty_recall(posts: int, stories: int, communities: int = 1, people: np.ndarray = NO_PEOPLE) -> Recall:
    """Room for POSTS posts; 0: nothing is recalled. PEOPLE uint8[]: see `Recall`."""
    return Recall(
        np.empty(posts, KEPT),
        np.empty((posts, communities), np.uint64),
        people,
        np.zeros((stories, PLACES + 1)),
        np.zeros((stories, PLACES + 1)),
    )


@borrower
def place_of(audience, base, account):
    """The place of ACCOUNT among the cast whose reads are recalled, -1: not one of them."""
    if account >= base and account - base < audience.place.size:
        return np.int64(audience.place[account - base])
    return np.int64(-1)


@borrower
def follows(audience, account):
    """Which of these accounts ACCOUNT follows, one bit each (int64)."""
    if account < audience.follows.size:
        return np.int64(audience.follows[account])
    return np.int64(0)


@borrower
def most(recall, story, mask):
    """Sum of the chances, of a repost and of a comment, of all posts about STORY that one who follows MASK (`follows`)
    may have met; (0, 0) if there is none.
    """
    chance, comment = followed(recall, story, mask)
    return chance + recall.chance[story, PUBLIC], comment + recall.comment[story, PUBLIC]


@borrower
def followed(recall, story, mask):
    """The part of `most` that posts of the accounts in MASK are."""
    chance = 0.0
    comment = 0.0
    left = np.uint64(mask)
    while left != np.uint64(0):
        place = lanes.lowest(left)
        chance += recall.chance[story, place]
        comment += recall.comment[story, place]
        left &= left - np.uint64(1)
    return chance, comment


@borrower
def bound(chance):
    """At least the sum of `response.hazard_bound` over chances that add up to CHANCE: the bound is convex up to CUT."""
    if chance > CUT:
        return np.inf
    return response.hazard_bound(chance) + 1e-12


@borrower
def far(chance, u):
    """For whom of eight `bound` of CHANCE surely stays below -ln U (octets.Reals): a bit each (uint64).

    That is at least x + x^2 / 2 with x = 1 - U (`draws.reached`); up to CUT, 1 / (2 - 2 c) is at most c + 1 / 2.
    """
    x = 1.0 - u
    most = (chance + chance * chance * (chance + 0.5)) * 1.0002 + 2e-12
    return (most < x + x * x * 0.5) & (chance <= CUT)


@borrower
def may_have_met(kept, mask):
    """Whether one who follows MASK (`follows`) may have met the post KEPT."""
    return ((mask | (1 << PUBLIC)) >> kept.place) & 1 != 0


@borrower
def viewed(run, kept, account, trait):
    """When ACCOUNT (with TRAIT, `readers`) saw the post KEPT, as `reading` drew it; inf: never."""
    rhythm = run.rhythm
    attention = run.attention
    random = draws.bits(kept.visits, account)
    if kept.place == PUBLIC:
        return _viewed_outside(run, kept, account, trait, random)
    if (random >> np.uint64(32)) >= rhythm.seen[(run.start_hour + kept.second // 3600) % 168, trait & 7]:
        return np.inf
    delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, random) * kept.pace
    second = timeline.second_at(rhythm.clock, rhythm.inverse, kept.published + delay)
    return second if second < kept.horizon else np.inf


@borrower
def _viewed_outside(run, kept, account, trait, random):
    """`viewed` of a post that everybody was shown; RANDOM is what ACCOUNT drew for it."""
    recall = run.aside.recall
    upper = random >> np.uint64(32)
    if upper >= kept.below or account >= run.world.base:
        return np.inf
    if trait & 7 == 0 or recall.people[account] & 7 == 0:
        return np.inf
    if upper >= recall.below[kept.number, rows.community_of(run.world.community_start, account)]:
        return np.inf
    second = outside(run.rhythm, kept.published, kept.pace, random)
    return second if second < kept.horizon else np.inf


@borrower
def outside(rhythm, published, minutes, random):
    """When one who drew RANDOM looks at what is shown outside the feed: Exp(MINUTES) of activity after PUBLISHED."""
    delay = -draws.ln(draws.low(random)) * minutes * 60.0
    return timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)


@borrower
def offer(recall, at, chance):
    """Number AT was shown to everybody, of whom those of community C look with CHANCE[C] (float64[communities])."""
    most = np.uint64(0)
    for c in range(chance.size):
        recall.below[at, c] = draws.below(chance[c])
        most = max(most, recall.below[at, c])
    recall.posts[at].below = most


@borrower
def keep(run, at, post, place, visits, second, pace, horizon):
    """Enter POST by the account at PLACE as number AT, when everybody has been shown it from SECOND on."""
    recall = run.aside.recall
    message = run.posts.message[post]
    story = run.messages.story[message]
    kept = recall.posts[at]
    kept.visits = visits
    kept.published = timeline.activity_at(run.rhythm.clock, float(second))
    kept.pace = pace
    kept.horizon = horizon
    kept.second = second
    kept.post = post
    kept.story = story
    kept.place = place
    kept.number = at
    recall.chance[story, place] += run.posts.chance[post] + SOMETHING
    recall.comment[story, place] += run.posts.chance[post] * run.messages.comment[message] + SOMETHING
