"""Reads laid aside: those of accounts that nothing read so far can move to act.

A read stands in a chain; the bucket that begins the chain is found by a hash of
(story, account) without looking at who else is there, so it also knows the most
that all its reads together can add to a hazard.  One look of 16 bytes answers
for most readers.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import draws, lanes, response
from sim.kernels import recall as recall_room
from sim.kernels.compiled import borrower

READ = np.dtype([("account", np.int32), ("post", np.int32), ("next", np.int32)])
BUCKET = np.dtype(
    [
        ("chain", np.int32),
        ("count", np.uint16),
        ("awake", np.uint16),
        ("hazard", np.float32),
        ("comment_hazard", np.float32),
    ],
    align=True,
)
MOST = 65_535  # reads that `count` can hold: who would add another is woken


class Aside(NamedTuple):
    """reads READ[n]; buckets BUCKET[2^k]; touched uint64[]; early int64[READS_COUNTED, 2];
    minute int64[changes], damp float64[changes, stories]; recall: posts whose reads are not laid aside

    A bucket's `chain` is 1 + its latest read, 0: none; `awake` has a bit set for everybody of this bucket in `met`, one
    of sixteen by hash (`awake_bit`), so that few who sleep are looked for there.
    A read's `next` is the one before it in the chain (-1: none).  `early` serves while a reader is woken.
    hazard, comment_hazard: the most that the chain's reads can add; in float32, see `response.hazard_bound`.
    minute, damp: what chances were multiplied by, from when on.
    touched: a bit by hash of (story, account), set where a read was laid aside or somebody woke: small enough to be
    near, it answers for most who have none of both.
    """

    reads: np.ndarray
    buckets: np.ndarray
    touched: np.ndarray
    early: np.ndarray
    minute: np.ndarray
    damp: np.ndarray
    recall: recall_room.Recall


def empty_aside(size: int, stories: int = 1, recalled: int = 0) -> Aside:
    """Room for SIZE reads (a power of two), 0: nothing is laid aside; and for RECALLED posts."""
    return Aside(
        reads=np.empty(size, READ),
        buckets=np.zeros(max(size, 1), BUCKET),
        touched=empty_touched(size),
        early=np.empty((response.READS_COUNTED, 2), np.int64),
        minute=np.empty(0, np.int64),
        damp=np.empty((0, stories), np.float64),
        recall=recall_room.empty_recall(recalled, stories),
    )


def empty_touched(buckets: int) -> np.ndarray:
    """`Aside.touched`, uint64[...], for so many buckets (a power of two): eight bits each."""
    return np.zeros(max(buckets // 8, 1), np.uint64)


@borrower
def bucket_of(key, aside):
    """Row of the bucket of KEY (int64, of a story and an account)."""
    return np.int64(draws.mix(np.uint64(key)) & np.uint64(aside.buckets.size - 1))


@borrower
def touch(aside, key):
    """KEY has a read laid aside, or is awake."""
    found = draws.mix(np.uint64(key)) & np.uint64(64 * aside.touched.size - 1)
    aside.touched[found >> np.uint64(6)] |= np.uint64(1) << (found & np.uint64(63))


@borrower
def ask(aside, key):
    """Ask for the memory that `untouched` will look at."""
    lanes.prefetch(aside.touched, (draws.mix(np.uint64(key)) & np.uint64(64 * aside.touched.size - 1)) >> np.uint64(6))


@borrower
def untouched(aside, key):
    """Whether KEY surely has no read laid aside and sleeps."""
    found = draws.mix(np.uint64(key)) & np.uint64(64 * aside.touched.size - 1)
    return (aside.touched[found >> np.uint64(6)] >> (found & np.uint64(63))) & np.uint64(1) == np.uint64(0)


@borrower
def first(bucket):
    """The latest read of BUCKET, -1: none."""
    return np.int64(bucket.chain) - 1


@borrower
def awake_bit(key):
    """The bit of `awake` that stands for KEY (uint16)."""
    return np.uint16(np.uint64(1) << (draws.mix(np.uint64(key)) >> np.uint64(60)))


@borrower
def lay(aside, at, bucket, key, account, post, hazard, comment_hazard):
    """Put a read into row AT of `reads` and into BUCKET, that of KEY."""
    touch(aside, key)
    read = aside.reads[at]
    read.account = account
    read.post = post
    read.next = first(bucket)
    bucket.chain = np.int32(at + 1)
    bucket.count += 1
    bucket.hazard += np.float32(hazard)
    bucket.comment_hazard += np.float32(comment_hazard)


@borrower
def insert(early, count, second, post):
    """Put (SECOND, POST) in its place among the first COUNT rows of EARLY, ascending; returns how many are taken.

    Where all were, the last drops out.
    """
    if count == early.shape[0]:
        if early[count - 1, 0] < second or (early[count - 1, 0] == second and early[count - 1, 1] < post):
            return count
        count -= 1
    place = count
    while place > 0 and (
        early[place - 1, 0] > second or (early[place - 1, 0] == second and early[place - 1, 1] > post)
    ):
        early[place, 0] = early[place - 1, 0]
        early[place, 1] = early[place - 1, 1]
        place -= 1
    early[place, 0] = second
    early[place, 1] = post
    return count + 1


@borrower
def damp_at(aside, minute, story, now):
    """What chances of STORY were multiplied by in MINUTE; NOW if nothing was ever noted."""
    found = now
    for i in range(aside.minute.size):
        if i == 0 or aside.minute[i] <= minute:
            found = aside.damp[i, story]
    return found
