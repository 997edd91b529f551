"""The calendar: events by minute, and a heap for the minute that is open.

The heap is ordered by (second, kind, account, post), so the order of events
does not depend on the order in which they were put there.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import lanes
from sim.kernels.compiled import borrower

# Rows of the int64 array `state`.
(
    MINUTE,
    POSTS,
    FRESH,
    FREE,
    LIVE,
    DUE,
    ACCOUNTS_MET,
    PUSHING,
    POSITION,
    COMMENTS,
    OPENED,
    REPOST_LIMIT,
    ASIDE,
    DEEPEST,
    RECALLED,
    WALK,
) = range(16)
STATE_SIZE = 16

# What is met at random stands together, so that one look costs one cache line.
EVENT = np.dtype([("second", np.int32), ("account", np.int32), ("post", np.int32), ("next", np.int32)])


class Queue(NamedTuple):
    """events EVENT[n]; head int32[minutes]: first event of each minute; due int64[n], due_event int32[n]: the current
    minute's heap.

    post >= 0: a view of that post; post < 0: message -1 - post is published.
    account < 0: account -1 - account reposts for certain.
    """

    events: np.ndarray
    head: np.ndarray
    due: np.ndarray
    due_event: np.ndarray


def empty_queue(size: int, minutes: int) -> Queue:
    """A calendar of MINUTES with room for SIZE events."""
    return Queue(
        events=np.empty(size, EVENT),
        head=np.full(minutes, -1, np.int32),
        due=np.empty(size, np.int64),
        due_event=np.empty(size, np.int32),
    )


def empty_state(repost_limit: int = 0) -> np.ndarray:
    """The state before the first minute, int64[STATE_SIZE]; REPOST_LIMIT posts stop the run (0: none)."""
    state = np.zeros(STATE_SIZE, np.int64)
    state[FREE] = -1
    state[PUSHING] = -1
    state[REPOST_LIMIT] = repost_limit
    return state


@borrower
def _order(second, account, post):
    """Rank of an event within its minute as one int64: second, publication first, account, post."""
    if post < 0:
        return (np.int64(second % 60) << 57) | (np.int64(account) << 25) | np.int64(-1 - post)
    if account < 0:
        account = -1 - account
    return (np.int64(second % 60) << 57) | (np.int64(1) << 56) | (np.int64(account) << 25) | np.int64(post)


@borrower
def _heap_push(queue, state, event):
    waiting = queue.events[event]
    order = _order(waiting.second, waiting.account, waiting.post)
    at = state[DUE]
    state[DUE] += 1
    while at > 0:
        above = (at - 1) >> 1
        if queue.due[above] <= order:
            break
        queue.due[at] = queue.due[above]
        queue.due_event[at] = queue.due_event[above]
        at = above
    queue.due[at] = order
    queue.due_event[at] = event


@borrower
def pop(queue, state):
    """Take the first event out of the open minute's heap: its row of `queue.events`. STATE (int64[]) must know one."""
    first = queue.due_event[0]
    state[DUE] -= 1
    size = state[DUE]
    order = queue.due[size]
    event = queue.due_event[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and queue.due[below + 1] < queue.due[below]:
            below += 1
        if queue.due[below] >= order:
            break
        queue.due[at] = queue.due[below]
        queue.due_event[at] = queue.due_event[below]
        at = below
    queue.due[at] = order
    queue.due_event[at] = event
    return first


@borrower
def schedule(queue, state, second, account, post):
    """Put an event on the calendar; beyond the horizon it is dropped. The caller checks the room (STATE int64[])."""
    minute = second // 60
    if minute >= queue.head.size:
        return
    if state[FREE] >= 0:
        event = state[FREE]
        state[FREE] = queue.events[event].next
        if state[FREE] >= 0:
            lanes.prefetch(queue.events, np.uint64(state[FREE]))
    else:
        event = state[FRESH]
        state[FRESH] += 1
    state[LIVE] += 1
    new = queue.events[event]
    new.second = second
    new.account = account
    new.post = post
    if state[OPENED] == 1 and minute == state[MINUTE]:
        _heap_push(queue, state, event)
    else:
        new.next = queue.head[minute]
        queue.head[minute] = event


@borrower
def walk(queue, state):
    """Ask for the memory of one more event of the minute after the open one (`state[WALK]` is 1 + its row; 0: none).

    An event says where the next one of its minute is, so opening a minute would wait for each in turn; one step per
    event that happens has them all at hand in time.
    """
    if state[WALK] > 0:
        following = np.int64(queue.events[state[WALK] - 1].next)
        state[WALK] = 1 + following
        if following >= 0:
            lanes.prefetch(queue.events, np.uint64(following))


@borrower
def open_minute(queue, state):
    """Put the events of the minute at which STATE (int64[STATE_SIZE]) stands into the heap."""
    event = np.int64(queue.head[state[MINUTE]])
    queue.head[state[MINUTE]] = -1
    state[OPENED] = 1
    state[WALK] = 0
    if state[MINUTE] + 1 < queue.head.size:
        state[WALK] = 1 + queue.head[state[MINUTE] + 1]
    while event >= 0:
        following = np.int64(queue.events[event].next)
        _heap_push(queue, state, event)
        event = following
