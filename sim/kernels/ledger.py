"""What a run keeps: its messages, stories, posts and counts."""

from typing import NamedTuple

import numpy as np

from sim.kernels import response

NEVER = np.iinfo(np.int32).max  # no read yet
NOBODY = -1  # a story that no community is told by one of its own

# What is met at random stands together, so that one look costs one cache line.
WATCH = np.dtype(
    [("first", np.int32), ("last", np.int32), ("times", np.uint16), ("first_by", np.uint8), ("last_by", np.uint8)]
)


class Messages(NamedTuple):
    """One row per planned post.

    story int32, account int32, messenger uint8, second int32 (planned);
    label uint64 (the same for every strategy); followers float64 (of the author, at market size);
    quality, shareability, clock, words float64 (drawn); chance float64 (scale of the original's response);
    comment float64 (comments without a repost, per repost); praise, question, complaint float64 (mix of comments);
    until int64: second from which nobody sees it, shares it or publishes it any more (NEVER: it stays)
    """

    story: np.ndarray
    account: np.ndarray
    messenger: np.ndarray
    second: np.ndarray
    label: np.ndarray
    followers: np.ndarray
    quality: np.ndarray
    shareability: np.ndarray
    clock: np.ndarray
    words: np.ndarray
    chance: np.ndarray
    comment: np.ndarray
    mix: np.ndarray
    reposts: np.ndarray
    reads: np.ndarray
    until: np.ndarray


class Stories(NamedTuple):
    """One row per story.

    label uint64; gate uint64[stories]: key of the thresholds;
    interest float64[moods, communities]; mood int32[stories]: the row of it that holds for a story, as many stories
    find the same interest; home int32[stories]: the community where interest is 1 nevertheless, that of who tells it
    (NOBODY: none); half float64[stories]: half of a story's largest interest, which parts two levels (0: above);
    repost_gate, comment_gate uint32[stories, 2, PROPENSITIES]: by level, 32-bit draws below these
    belong to thresholds that can never be reached; damp float64[stories]: multiplies every further chance (at most 1)
    """

    label: np.ndarray
    gate: np.ndarray
    interest: np.ndarray
    mood: np.ndarray
    home: np.ndarray
    half: np.ndarray
    repost_gate: np.ndarray
    comment_gate: np.ndarray
    damp: np.ndarray


class Posts(NamedTuple):
    """One row per publication: the repost trees.

    account int32, message int32, parent int32 (-1: an original), depth int16,
    second int32, words uint8 (carries a comment), chance float64;
    branch int32: the repost of the original through which a repost came about; size int32: reposts of that branch
    """

    account: np.ndarray
    message: np.ndarray
    parent: np.ndarray
    depth: np.ndarray
    second: np.ndarray
    words: np.ndarray
    chance: np.ndarray
    branch: np.ndarray
    size: np.ndarray


class Tally(NamedTuple):
    """What is counted, by hour of the campaign.

    pushes, likes int64[hours]; reads, reposts int64[hours, messengers] (by the messenger met);
    commented int64[hours]: reposts with a comment; comments int64[hours, kinds];
    follower_reads int64[hours]: reads by followers of the brand;
    shown int64[hours]: reads outside the feed (`cascade.show`), among `reads`;
    watch WATCH[panel]: per watched account its first and last read (second, messenger of the original) and how many;
    fresh uint64[]: a bit for each watched account that somebody has to look at again (`watching.take_marked`)
    talk_second, talk_account, talk_message int32[comments], talk_kind uint8[comments]: one row per comment
    """

    pushes: np.ndarray
    likes: np.ndarray
    reads: np.ndarray
    reposts: np.ndarray
    commented: np.ndarray
    comments: np.ndarray
    follower_reads: np.ndarray
    shown: np.ndarray
    watch: np.ndarray
    fresh: np.ndarray
    talk_second: np.ndarray
    talk_account: np.ndarray
    talk_message: np.ndarray
    talk_kind: np.ndarray


def empty_marks(rows: int) -> np.ndarray:
    """None of ROWS is marked (`watching.take_marked`), uint64[]."""
    return np.zeros(-(-rows // 64), np.uint64)


def empty_posts(size: int) -> Posts:
    """Room for SIZE posts."""
    return Posts(
        account=np.empty(size, np.int32),
        message=np.empty(size, np.int32),
        parent=np.empty(size, np.int32),
        depth=np.empty(size, np.int16),
        second=np.empty(size, np.int32),
        words=np.empty(size, np.uint8),
        chance=np.empty(size),
        branch=np.empty(size, np.int32),
        size=np.empty(size, np.int32),
    )


def empty_tally(hours: int, watched: int, comments: int) -> Tally:
    """Nothing counted yet; WATCHED accounts are followed one by one; room for COMMENTS comments."""
    watch = np.zeros(watched, WATCH)
    watch["first"] = NEVER
    return Tally(
        pushes=np.zeros(hours, np.int64),
        likes=np.zeros(hours, np.int64),
        reads=np.zeros((hours, len(response.MESSENGERS)), np.int64),
        reposts=np.zeros((hours, len(response.MESSENGERS)), np.int64),
        commented=np.zeros(hours, np.int64),
        comments=np.zeros((hours, len(response.COMMENT_KINDS)), np.int64),
        follower_reads=np.zeros(hours, np.int64),
        shown=np.zeros(hours, np.int64),
        watch=watch,
        fresh=empty_marks(watched),
        talk_second=np.empty(comments, np.int32),
        talk_account=np.empty(comments, np.int32),
        talk_message=np.empty(comments, np.int32),
        talk_kind=np.empty(comments, np.uint8),
    )
