"""Monte Carlo spread: how many accounts a post reaches when every link is a coin.

Independent cascade (Kempe, Kleinberg, Tardos 2003, KDD, doi 10.1145/956750.956769):
an account that becomes active tries each of its links once; the link u -> v
is live with probability p(u, v).  Linear threshold (same paper): v becomes
active once the weights of its active followees reach its threshold.

A world is one choice of all live links (or thresholds) and is one serial
loop; threads share worlds out.  Its draws depend on (seed, world) only.

Three samplers of the independent cascade:

gaps   uniform p.  The number of dead links before the next live one is
       geometric, so dead links cost nothing (Batagelj, Brandes 2005, Phys.
       Rev. E 71:036113); the gap is carried from row to row.  The stream is
       consumed in the order of the cascade: two seed sets meet different luck.
coins  any p.  Every link has its own coin, labelled by (seed, world, link),
       mixed after label and stream are combined: all seed sets meet the same
       live links.  One uint8 of the coin decides for almost all links, 64 at a
       time; the few candidates are settled by 32 more bits.
level  coins for one p that all links share: the same bits, no limits to read.

Why they are fast.  A cascade waits for memory, not for arithmetic, so each
batch of queued rows passes through phases that only issue independent reads:
headers, then the places of live links (their lines are requested), then the
targets (requested by then).  The row of a live link is found by counting row
ends with one vector comparison, enqueueing writes always and advances by 0 or
1, and the visited bits are cleared by walking the queue: nothing unpredictable
is branched on.  One byte per link instead of eight makes the coin's rows short.

Arrays: indptr int64[n+1] and followers int32[m] (row u lists who hears u);
queue uint32[n+1] scratch, the reached accounts of the last world; found
int64[worlds, 3] receives per world: accounts reached (seeds included), links
whose target was read, links examined (sum of the rows walked).
"""

import numpy as np

from sim.kernels import coins, draws, lanes
from sim.kernels.compiled import hot, kernel

BATCH = 64  # rows per batch of the gap sampler: the lanes of `lanes.passed`
ROWS = 128  # rows per batch of the coin samplers
PLACES = 1024  # live links per batch: their lines fit the first cache

_0 = np.uint64(0)
_1 = np.uint64(1)
_2 = np.uint64(2)
_6 = np.uint64(6)
_32 = np.uint64(32)
_63 = np.uint64(63)
_64 = np.uint64(64)
_LOW_32 = np.uint64(2**32 - 1)
_ALL = np.uint64(2**64 - 1)
_FULL = np.uint64(2**32 - 1)  # row ends of a batch are uint32
_BATCH = np.uint64(BATCH)
_ROWS = np.uint64(ROWS)
_PLACES = np.uint64(PLACES)


@kernel
def _start(seeds, visited, queue):
    """Queue the SEEDS (int64, in range; repeats count once): the number queued."""
    tail = _0
    for seed in seeds:
        u = np.uint64(seed)
        bit = _1 << (u & _63)
        if not visited[u >> _6] & bit:
            visited[u >> _6] |= bit
            queue[tail] = u
            tail += _1
    return tail


@kernel
def _forget(visited, queue, tail):
    for k in range(tail):
        visited[np.uint64(queue[np.uint64(k)]) >> _6] = _0


@hot
def spread_by_gaps(indptr, followers, seeds, table, seed, first, queue, found):
    """Worlds first..first+len(found)-1 of the independent cascade with the uniform p of TABLE (`coins.gap_table`)."""
    last = np.uint64(table.size - 1)
    visited = np.zeros((indptr.size >> 6) + 1, np.uint64)
    ends = np.empty(BATCH, np.uint32)
    shift = np.empty(BATCH + 1, np.uint64)
    places = np.empty(PLACES, np.uint64)
    for world in range(found.shape[0]):
        stream = draws.key(seed, draws.SPREAD, _2 * np.uint64(first + world))
        tail = _start(seeds, visited, queue)
        head = _0
        read = _0
        examined = _0
        live, drawn = coins.long_gap(table, stream, _0)  # the next live link, counted from the batch's first link
        while head < tail:
            # The batch's rows laid end to end: row k covers ends[k-1]..ends[k]-1, link j: followers[j + shift[k]].
            rows = min(tail - head, _BATCH)
            total = _0
            taken = _0
            while taken < rows:
                u = np.uint64(queue[head + taken])
                begin = np.uint64(indptr[u])
                links = np.uint64(indptr[u + _1]) - begin
                if total + links > _FULL:
                    break  # the rest in the next batch; a single row always fits
                shift[taken] = begin - total
                total += links
                ends[taken] = total
                taken += _1
            for k in range(taken, _BATCH):
                ends[np.uint64(k)] = _FULL
            head += taken
            examined += total
            while live < total:
                count = _0
                while live < total and count < _PLACES:
                    place = live + shift[lanes.passed(ends, np.uint32(live))]
                    lanes.prefetch(followers, place)
                    places[count] = place
                    count += _1
                    step = coins.gap(table, draws.bits(stream, drawn))
                    drawn += _1
                    live += step + _1
                    if step == last:  # rare unless p is small: go on drawing
                        more, drawn = coins.long_gap(table, stream, drawn)
                        live += more
                for j in range(count):
                    v = np.uint64(followers[places[np.uint64(j)]])
                    word = visited[v >> _6]
                    bit = v & _63
                    queue[tail] = v
                    lanes.prefetch(indptr, v)
                    visited[v >> _6] = word | (_1 << bit)
                    tail += _1 ^ ((word >> bit) & _1)
                read += count
            live -= total
        _forget(visited, queue, tail)
        found[world, 0] = tail
        found[world, 1] = read
        found[world, 2] = examined


@kernel
def _keep(mask, begin, places, count, links):
    """Append begin + k for every set bit k of MASK to PLACES and request the lines; the new count.

    Two places are written whether or not they exist: most rows have one or two
    live links, and a write is cheaper than a wrong guess.
    """
    found = lanes.ones(mask)
    place = begin + lanes.lowest(mask)
    places[count] = place
    lanes.prefetch(links, place)
    mask &= mask - _1
    place = begin + lanes.lowest(mask)
    places[count + _1] = place
    if found > _1:
        lanes.prefetch(links, place)
        if found > _2:
            k = count + _2
            mask &= mask - _1
            while mask:
                place = begin + lanes.lowest(mask)
                places[k] = place
                lanes.prefetch(links, place)
                k += _1
                mask &= mask - _1
    return count + found


@kernel
def spread_by_coins(indptr, limits, links, rest, seeds, seed, first, queue, found):
    """Worlds first..first+len(found)-1 of the independent cascade, every link with a coin of its own.

    limits, links  `coins.pack_chances` (uint8[m + 64], uint64[m]), and REST is 0
    limits, rest   or `coins.split_chance` of the one p that all links share, and LINKS are the followers int32[m]

    One loop, compiled for each: `lanes` knows a number from an array, and a
    follower has nothing in the upper half where a packed link keeps its rest.
    """
    shared = np.uint64(rest)
    visited = np.zeros((indptr.size >> 6) + 1, np.uint64)
    at = np.empty(ROWS, np.uint64)
    end = np.empty(ROWS, np.uint64)
    places = np.empty(PLACES + 64, np.uint64)
    for world in range(found.shape[0]):
        stream = draws.key(seed, draws.SPREAD, _2 * np.uint64(first + world))
        settle = draws.key(seed, draws.SPREAD, _2 * np.uint64(first + world) + _1)
        tail = _start(seeds, visited, queue)
        head = _0
        read = _0
        examined = _0
        while head < tail:
            rows = min(tail - head, _ROWS)
            for k in range(rows):
                u = np.uint64(queue[head + np.uint64(k)])
                at[k] = np.uint64(indptr[u])
                end[k] = np.uint64(indptr[u + _1])
                examined += end[k] - at[k]
                lanes.prefetch(limits, at[k])
                lanes.prefetch(limits, end[k])
            head += rows
            row = _0
            while row < rows:
                count = _0
                while row < rows and count < _PLACES:
                    begin = at[row]
                    left = end[row] - begin
                    mask = lanes.coins_within(limits, begin, stream)
                    if left > _64:
                        at[row] = begin + _64
                    else:
                        mask = mask & (_ALL >> (_64 - left)) if left else _0
                        row += _1
                    count = _keep(mask, begin, places, count, links)
                for j in range(count):
                    place = places[np.uint64(j)]
                    link = np.uint64(links[place])
                    v = link & _LOW_32
                    coin = (draws.bits(settle, place) >> _32) | _1
                    live = _1 if coin <= (link >> _32 | shared) else _0
                    bit = v & _63
                    word = visited[v >> _6]
                    queue[tail] = v
                    lanes.prefetch(indptr, v)
                    visited[v >> _6] = word | (live << bit)
                    tail += live & ~(word >> bit)
                read += count
        _forget(visited, queue, tail)
        found[world, 0] = tail
        found[world, 1] = read
        found[world, 2] = examined


@kernel
def spread_by_thresholds(indptr, packed, seeds, seed, first, queue, found):
    """Worlds first..first+len(found)-1 of the linear threshold model (PACKED by `coins.pack_weights`).

    The threshold of v is labelled (seed, world, v), uniform over 1..2^31 in
    units of 2^-31, so every seed set meets the same thresholds.  Pressure adds
    up in integers: the order of arrival does not matter.
    """
    accounts = indptr.size - 1
    pressure = np.zeros(accounts, np.uint32)
    touched = np.empty(accounts + 1, np.uint32)
    full = np.uint64(2**31)
    for world in range(found.shape[0]):
        stream = draws.key(seed, draws.SPREAD, _2 * np.uint64(first + world))
        head = _0
        tail = _0
        touches = _0
        examined = _0
        for s in seeds:
            u = np.uint64(s)
            if pressure[u] == 0:
                pressure[u] = full  # at or above every threshold: never activated again
                queue[tail] = u
                touched[touches] = u
                tail += _1
                touches += _1
        while head < tail:
            u = np.uint64(queue[head])
            head += _1
            if head < tail:
                lanes.prefetch(packed, np.uint64(indptr[np.uint64(queue[head])]))
            begin = np.uint64(indptr[u])
            end = np.uint64(indptr[u + _1])
            examined += end - begin
            for place in range(begin, end):
                link = packed[place]
                v = link & _LOW_32
                before = np.uint64(pressure[v])
                after = min(before + (link >> _32), full)
                threshold = (draws.bits(stream, v) >> np.uint64(33)) + _1
                pressure[v] = after
                touched[touches] = v
                touches += _1 if (before == _0 and after > _0) else _0
                queue[tail] = v
                lanes.prefetch(indptr, v)
                tail += _1 if (before < threshold and threshold <= after) else _0
        for k in range(touches):
            pressure[np.uint64(touched[np.uint64(k)])] = 0
        found[world, 0] = tail
        found[world, 1] = examined
        found[world, 2] = examined
