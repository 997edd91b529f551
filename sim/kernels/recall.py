"""Recall: what an account read of the cast's posts is worked out again, not written down.

Who follows a large account of the cast is listed, and whether and when a
follower sees a post is a draw by label.  So the reads of such a post need no
memory: while the plain sum of the chances of all posts that an account may have
met cannot move it, nobody looks which of them it has read.  One that might be
moved has its reads drawn again, to the same bits (`sleeping`).  Four in five
reads of a celebrity's launch are never written down
(docs/decisions/0012).
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import draws, lanes, response, timeline
from sim.kernels.compiled import borrower

PLACES = 16  # accounts of the cast whose reads are recalled: a bit of a uint16 each
POSTS = 256  # posts of theirs; the reads of later ones are laid aside
SOMETHING = 1e-15  # a post of no chance is a read all the same
CUT = 0.5  # from here on `bound` says nothing: `response.hazard` cuts a chance at 0.9

KEPT = np.dtype(
    [
        ("visits", np.uint64),
        ("published", np.float64),
        ("pace", np.float64),
        ("horizon", np.float64),
        ("second", np.int64),
        ("post", np.int64),
        ("story", np.int64),
        ("place", np.int64),
    ],
    align=True,
)


class Recall(NamedTuple):
    """posts KEPT[n]: the posts whose reads are recalled (how many: `state[calendar.RECALLED]`); n = 0: none are
    chance, comment float64[stories, PLACES]: the sum of their chances, and of their chances to bring a comment
    """

    posts: np.ndarray
    chance: np.ndarray
    comment: np.ndarray


def empty_recall(posts: int, stories: int) -> Recall:
    """Room for POSTS posts; 0: nothing is recalled."""
    return Recall(np.empty(posts, KEPT), np.zeros((stories, PLACES)), np.zeros((stories, PLACES)))


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
    """Sum of the chances, of a repost and of a comment, of all posts about STORY by the accounts in MASK (`follows`).

    (0, 0) if there is none.
    """
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
    """Whether `bound` of CHANCE surely stays below -ln U: up to CUT it is less than 1.51 times CHANCE."""
    return 1.51 * chance + 1e-11 < 1.0 - u and chance <= CUT


@borrower
def viewed(run, kept, account, trait):
    """When ACCOUNT (with TRAIT, `readers`) saw the post KEPT, as `reading` drew it; inf: never."""
    rhythm = run.rhythm
    attention = run.attention
    random = draws.bits(kept.visits, account)
    if (random >> np.uint64(32)) >= rhythm.seen[(run.start_hour + kept.second // 3600) % 168, trait & 7]:
        return np.inf
    delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, random) * kept.pace
    second = timeline.second_at(rhythm.clock, rhythm.inverse, kept.published + delay)
    return second if second < kept.horizon else np.inf


@borrower
def keep(run, at, post, place, visits, horizon):
    """Enter POST by the account at PLACE as number AT, when everybody has been shown it."""
    recall = run.aside.recall
    message = run.posts.message[post]
    story = run.messages.story[message]
    second = run.posts.second[post]
    kept = recall.posts[at]
    kept.visits = visits
    kept.published = timeline.activity_at(run.rhythm.clock, float(second))
    kept.pace = run.messages.clock[message]
    kept.horizon = horizon
    kept.second = second
    kept.post = post
    kept.story = story
    kept.place = place
    recall.chance[story, place] += run.posts.chance[post] + SOMETHING
    recall.comment[story, place] += run.posts.chance[post] * run.messages.comment[message] + SOMETHING
