"""Arrays that a closed run leaves to the next one of its thread: fresh memory costs more than cleared memory."""

import threading

import numpy as np

from sim.kernels import aside as aside_room

SMALLEST = 1 << 16  # reads: smaller arrays are not worth keeping
_LEFT = threading.local()


def leave(aside: aside_room.Aside) -> None:
    """Keep ASIDE for this thread's next run."""
    _LEFT.aside = aside


def room(reads: int, stories: int, recalled: int) -> aside_room.Aside:
    """Room for READS (a power of two), or more where a closed run has left it; and for RECALLED posts."""
    left: aside_room.Aside | None = getattr(_LEFT, "aside", None)
    if reads < SMALLEST or left is None or left.reads.size < reads:
        return aside_room.empty_aside(reads, stories, recalled)
    _LEFT.aside = None
    left.buckets.view(np.uint8)[:] = 0
    touched = aside_room.empty_touched(left.buckets.size)
    fresh = aside_room.empty_aside(0, stories, recalled)
    return fresh._replace(reads=left.reads, buckets=left.buckets, touched=touched)
