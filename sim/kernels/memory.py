"""What the memory allows: reads in order and reads at random, for the bound that benchmarks print."""

import numpy as np

from sim.kernels import draws, lanes
from sim.kernels.compiled import kernel

_1 = np.uint64(1)
_32 = np.uint64(32)


@kernel
def read_in_order(words):
    """The sum of uint64[] WORDS, so that every one is read: bytes per second is 8 * words.size over the time."""
    total = np.uint64(0)
    for word in words:
        total += word
    return total


@kernel
def read_at_random(words, reads, ahead):
    """The sum of READS words at independent random places of uint32[] WORDS (at most 2^32 of them).

    AHEAD of them are requested before the first is used, as the spread kernels
    do: what is measured is how many lines the memory delivers, not its delay.
    """
    places = np.empty(ahead, np.uint64)
    size = np.uint64(words.size)
    total = np.uint64(0)
    drawn = np.uint64(0)
    for _ in range(reads // ahead):
        for k in range(ahead):
            place = ((draws.mix(drawn) >> _32) * size) >> _32
            drawn += draws.GOLDEN
            lanes.prefetch(words, place)
            places[k] = place
        for k in range(ahead):
            total += np.uint64(words[places[np.uint64(k)]])
    return total


@kernel
def read_at_places(words, places, ahead):
    """The sum of uint32[] WORDS at PLACES (uint32[]), each requested AHEAD places before it is used.

    The reads of a cascade without its arithmetic: the least time they can take.
    """
    total = np.uint64(0)
    last = places.size - 1
    for k in range(places.size):
        lanes.prefetch(words, np.uint64(places[np.uint64(min(k + ahead, last))]))
        total += np.uint64(words[np.uint64(places[np.uint64(k)])])
    return total
