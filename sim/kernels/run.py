"""What one replicate of a launch reads and writes, and what its kernels may lack."""

from typing import NamedTuple

import numpy as np

from sim.kernels import aside, calendar, ledger, octets, readers, response, rows, timeline

# What `cascade.advance` and `reading.show` return.
DONE, NEED_EVENTS, NEED_POSTS, NEED_TABLE, NEED_COMMENTS, STOPPED, NEED_ASIDE = 0, 1, 2, 3, 4, 5, 6

HASHED = 64  # accounts that are hashed at a time: a bit each of a word
LOOK = 256  # accounts of a row that are looked at together, so that the memory of those who might act comes in time
AHEAD = np.dtype(
    [
        ("place", np.int64),
        ("account", np.int64),
        ("random", np.uint64),
        ("threshold", np.uint64),
        ("bucket", np.int64),
        ("viewed", np.float64),
        ("care", np.float64),
        ("looker", np.int32),
        ("mask", np.uint16),
        ("trait", np.uint8),
        ("could", np.uint8),
    ],
    align=True,
)


class Lookers(NamedTuple):
    """Those who look at a post, side by side, as `octets` reads them: LOOK and eight more.

    place int64: where in the row; account int32; random uint64; trait, rank uint8: level of interest (8: the lower) and
    class of propensity; care float64: what multiplies a post's chance; mask uint16 (`rows.Audience`)
    viewed float64: the second at which it sees the post, inf: never; moment, hour int64: of those who see it in time
    row int64: among the watched; threshold uint64: luck for the story
    timely, likes, follows, watched uint8[LOOK / 8 + 1]: a bit each
    """

    place: np.ndarray
    account: np.ndarray
    random: np.ndarray
    trait: np.ndarray
    rank: np.ndarray
    care: np.ndarray
    mask: np.ndarray
    viewed: np.ndarray
    moment: np.ndarray
    hour: np.ndarray
    row: np.ndarray
    threshold: np.ndarray
    timely: np.ndarray
    likes: np.ndarray
    follows: np.ndarray
    watched: np.ndarray


class Near(NamedTuple):
    """Accounts side by side, as `lanes` reads them.

    account int32[HASHED]; trait uint8[HASHED]; random uint64[HASHED]: what each has drawn for the post that it is
    about; below uint32[CLASSES]: whom that post is shown to outside the feed; lookers: those of a row who look;
    met, met_comment float64[512]: what the recalled posts add, by half of a mask (`looking.recalled_into`)
    """

    account: np.ndarray
    trait: np.ndarray
    random: np.ndarray
    below: np.ndarray
    lookers: Lookers
    met: np.ndarray
    met_comment: np.ndarray


def empty_near() -> Near:
    """Room for LOOK accounts."""
    size = LOOK + octets.LANES
    kinds = (np.int64, np.int32, np.uint64, np.uint8, np.uint8, np.float64, np.uint16, np.float64, np.int64, np.int64)
    marks = (np.zeros(size // octets.LANES, np.uint8) for _ in range(4))
    return Near(
        np.zeros(HASHED, np.int32),
        np.zeros(HASHED, np.uint8),
        np.zeros(HASHED, np.uint64),
        np.zeros(timeline.CLASSES, np.uint32),
        Lookers(*(np.zeros(size, kind) for kind in (*kinds, np.int64, np.uint64)), *marks),
        np.zeros(512),
        np.zeros(512),
    )


class Run(NamedTuple):
    """All that one replicate reads and writes; made anew whenever an array has grown.

    seed        uint64
    start_hour  int64    hours after Monday 0h at which second 0 lies
    met         `met.ENTRY`[2^k]: who is awake
    aside       reads laid aside; with no room for any, everybody is awake
    near        the accounts of a row that are hashed
    ahead       AHEAD[LOOK]: readers among them whose memory is on its way
    panel       int64    every so many-th account is watched for reach and frequency (1: all)
    state       int64[calendar.STATE_SIZE]
    scratch     int32[]  room for the longest row that is computed
    """

    answer: response.Response
    attention: timeline.Attention
    seed: np.uint64
    start_hour: int
    world: rows.World
    audience: rows.Audience
    readers: readers.Readers
    rhythm: timeline.Rhythm
    messages: ledger.Messages
    stories: ledger.Stories
    posts: ledger.Posts
    queue: calendar.Queue
    met: np.ndarray
    aside: aside.Aside
    near: Near
    ahead: np.ndarray
    tally: ledger.Tally
    panel: int
    state: np.ndarray
    scratch: np.ndarray
