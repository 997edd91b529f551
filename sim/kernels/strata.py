"""Ascending samples of accounts by followee weight: one draw per stratum, one hash and one look-up each.

The share of weight below an id is a monotone function of the id (`links`), so a place in each of COUNT equal parts of
the weight is an ascending sample: nothing is sorted, nothing rejected.  Eight strata are drawn at once (`octets`); what
must be gone through one by one is only that no account is taken twice.
"""

import math

import numpy as np

from sim.kernels import lanes, octets
from sim.kernels.compiled import brief, kernel

NOWHERE = np.int64(2**62)
_1 = np.uint64(1)


@brief
def _shares(positions, x, blocks):
    """Shares of a community's accounts below X (octets.Reals) of so many BLOCKS of its weight (`positions`)."""
    block = octets.whole(x)
    last = np.uint64(blocks - 1)
    block = octets.select(block < last, block, last)
    share = octets.gather(positions, block)
    return share + (x - octets.reals(block)) * (octets.gather(positions, block + _1) - share)


@brief
def _ascending(ids, some, next_free, latest, hole, width, gap, out, at, near):
    """SOME of IDS (octets.Words) into out int32[] from AT on: from NEXT_FREE on, the first up to LATEST, the second up
    to one more, ...; the rest as in `sample_into`. Returns the next free id and how many stand below the hole.
    """
    below = np.int64(0)
    for k in range(some):
        v = min(max(octets.lane(ids, np.uint64(k)), next_free), latest + k)
        next_free = v + 1
        place = at + k
        if v >= hole:
            v += width
            place += gap
        else:
            below += 1
        out[np.uint64(place)] = v
        if near.size > 1:
            lanes.prefetch(near, np.uint64(v))
    return next_free, below


@kernel
def sample_into(stream, item, count, start, size, hole, width, gap, positions, out, at, near):
    """COUNT different accounts of [start, start + size), drawn by followee weight, ascending into out[at:].

    stream     uint64     from `draws.key`; draws `item`, `item + 1`, ... are used
    hole       int64      ids from here on are moved up by WIDTH and written GAP places further (NOWHERE: none)
    positions  float64[]  as in `links`: shares of a community's accounts
    out        int32[]    gets them; returns how many stand below the hole
    near       uint8[]    by account: its memory is asked for, as the row's reader will want it; of size 1: it is not

    Stratum j of COUNT is the j-th equal part of the weight; the draw is a place
    in it.  Neighbouring strata may meet in one heavy account: the next id is
    taken.  Where the heaviest accounts have more weight than one link can
    hold, all of them follow and the strata divide the rest.
    """
    limit = positions.size - 1
    end = start + size
    whole = np.int64(0)
    if count > (positions[limit] - positions[limit - 1]) * size * limit:
        while limit > 1:
            above = size * (1.0 - positions[limit])
            if (count - above) <= (positions[limit] - positions[limit - 1]) * size * limit:
                break
            limit -= 1
        whole = min(size - np.int64(math.ceil(size * positions[limit])), count)
    parts = count - whole
    step = limit / max(parts, 1)
    next_free = start
    below = np.int64(0)
    for first in range(0, parts, octets.LANES):
        j = octets.counting() + np.uint64(first)
        x = (octets.reals(j) + octets.uniform(octets.bits(stream, j + np.uint64(item)))) * step
        ids = octets.whole(_shares(positions, x, limit) * float(size)) + np.uint64(start)
        some = min(parts - first, octets.LANES)
        latest = end - count + first
        next_free, lower = _ascending(ids, some, next_free, latest, hole, width, gap, out, at + first, near)
        below += lower
    for j in range(parts, count):
        v = end - (count - j)
        if v >= hole:
            v += width
            out[at + j + gap] = v
        else:
            out[at + j] = v
            below += 1
        if near.size > 1:
            lanes.prefetch(near, np.uint64(v))
    return below


@kernel
def scatter_into(law, stream, count, own, gap, positions, starts, out, at, near):
    """COUNT different accounts outside community OWN, ascending, into out int32[] from AT on; those above it stand GAP
    places further.

    One stratified sample over all other communities, for rows too short to
    give every community its part.  Returns how many stand below the own one.  STARTS int64[communities + 1]: where each
    begins; POSITIONS and NEAR as in `sample_into`.
    """
    width = starts[own + 1] - starts[own]
    hole = starts[own]
    others = law.communities - 1
    end = law.accounts - width
    blocks = positions.size - 1
    step = others / max(count, 1)
    next_free = np.int64(0)
    below = np.int64(0)
    for first in range(0, count, octets.LANES):
        j = octets.counting() + np.uint64(first)
        place = (octets.reals(j) + octets.uniform(octets.bits(stream, j))) * step
        c = octets.whole(place)
        c = octets.select(c < np.uint64(others), c, np.uint64(others - 1))
        x = place - octets.reals(c)
        x = octets.select(x < 1.0, x, 1.0) * float(blocks)
        beyond = c >= np.uint64(own)
        c = octets.select(beyond, c + _1, c)
        begin = octets.gather(starts, c)
        room = octets.reals(octets.gather(starts, c + _1) - begin)
        ids = begin + octets.whole(_shares(positions, x, blocks) * room)
        ids = octets.select(beyond, ids - np.uint64(width), ids)
        some = min(count - first, octets.LANES)
        latest = end - count + first
        next_free, lower = _ascending(ids, some, next_free, latest, hole, width, gap, out, at + first, near)
        below += lower
    return below
