"""What one replicate of a launch reads and writes, and what its kernels may lack."""

from typing import NamedTuple

import numpy as np

from sim.kernels import aside, calendar, ledger, readers, response, rows, timeline

# What `cascade.advance` and `reading.show` return.
DONE, NEED_EVENTS, NEED_POSTS, NEED_TABLE, NEED_COMMENTS, STOPPED, NEED_ASIDE = 0, 1, 2, 3, 4, 5, 6

LOOK = 64  # readers whose memory is asked for at a time
AHEAD = np.dtype(
    [
        ("place", np.int64),
        ("account", np.int64),
        ("random", np.uint64),
        ("threshold", np.uint64),
        ("bucket", np.int64),
        ("viewed", np.float64),
        ("care", np.float64),
        ("mask", np.int32),
        ("trait", np.uint8),
        ("could", np.uint8),
    ],
    align=True,
)


class Near(NamedTuple):
    """Accounts side by side, as `lanes` reads them.

    account int32[LOOK]; trait uint8[LOOK]; random uint64[LOOK]: what each has drawn for the post that it is about;
    below uint32[CLASSES]: whom that post is shown to outside the feed
    """

    account: np.ndarray
    trait: np.ndarray
    random: np.ndarray
    below: np.ndarray


def empty_near() -> Near:
    """Room for LOOK accounts."""
    return Near(
        np.zeros(LOOK, np.int32),
        np.zeros(LOOK, np.uint8),
        np.zeros(LOOK, np.uint64),
        np.zeros(timeline.CLASSES, np.uint32),
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
