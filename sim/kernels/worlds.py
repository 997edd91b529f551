"""Whole worlds for choosing seeds: all live links at once, then who reaches whom in each.

Reverse-reachable sets of many roots share a world (Ohsaka, Akiba, Yoshida,
Kawarabayashi 2014, AAAI: pruned Monte Carlo).  They are not independent, so
they choose seeds but certify nothing; `reverse` does.  Sharing pays where
cascades are large: what the sentinels reach is found once, forwards, and no
root among it is looked at again.  A set costs about 60 ns instead of several
microseconds on a graph where half of them meet a sentinel.

Live links are struck as in `reverse`: hazards end to end, one Poisson process.
Roots without a live incoming link are left out (their share is known).
"""

import numpy as np

from sim.kernels import draws
from sim.kernels.compiled import kernel
from sim.kernels.reverse import wait

_1 = np.uint64(1)
_2 = np.uint64(2)
_32 = np.uint64(32)
_WORLDS = np.uint64(2**62)  # labels of SPREAD: between the forward worlds and the blocks of reverse sets
_OFFSET = np.uint64(2**62)  # an item of the strikes' stream that no strike uses
_SOLID = 4.0  # as in `reverse`
_NONE = np.uint32(2**32 - 1)


@kernel
def live_links(starts, sources, thin, pace, waits, strikes, coins, row, live):
    """One world's live links by target: row uint32[n+1] and live uint32[] (sources; a link may stand twice).
    starts, thin, pace as in `reverse`.

    Returns their number, or -1 when LIVE is too small.
    """
    solid = 0.0 if thin.size else _SOLID
    struck = np.uint64(1)
    time = wait(waits, draws.bits(strikes, np.uint64(0)))
    tossed = np.uint64(0)
    found = 0
    row[0] = 0
    for v in range(starts.size - 1):
        speed = pace[v]
        links = starts[v + 1] - starts[v]
        total = np.float64(links) / speed
        while time < total:
            at = min(np.int64(time * speed), links - 1)
            if speed < solid:
                time = max(time, (np.float64(at) + 1.0) / speed)
            time += wait(waits, draws.bits(strikes, struck))
            struck += _1
            place = np.uint64(starts[v] + at)
            alive = 1
            if thin.size:
                alive = 1 if ((draws.bits(coins, tossed) >> _32) | _1) <= np.uint64(thin[place]) else 0
                tossed += _1
            if found == live.size:
                return -1
            live[np.uint64(found)] = sources[place]
            found += alive
        time -= total
        row[v + 1] = found
    return found


@kernel
def world_sets(starts, sources, thin, pace, sentinels, waits, seed, first, worlds, stride, room, ends, members):
    """Reverse-reachable sets of worlds FIRST..FIRST+WORLDS-1, of every STRIDE-th root that somebody reaches.

    A world's draws depend on (seed, world) only; its roots are those equal to
    a random offset modulo stride.  room: live links a world may have.  ends
    int64[] and members uint32[] receive the sets that no sentinel covers, root
    first.  starts, thin, pace: see `reverse`.  Returns (sets kept, roots covered, worlds done); fewer worlds than
    asked when ROOM, ENDS or MEMBERS were too small.
    """
    accounts = starts.size - 1
    row = np.empty(accounts + 1, np.uint32)
    live = np.empty(room, np.uint32)
    following = np.empty(room, np.uint32)
    target = np.empty(room, np.uint32)
    head = np.empty(accounts, np.uint32)
    queue = np.empty(accounts + 1, np.uint32)
    reached = np.zeros(accounts, np.uint8)
    stamp = np.zeros(accounts, np.uint32)
    stamps = np.uint32(0)
    kept = 0
    used = 0
    met = 0
    ends[0] = 0
    for world in range(first, first + worlds):
        label = _WORLDS + _2 * np.uint64(world)
        strikes = draws.key(seed, draws.SPREAD, label)
        coins = draws.key(seed, draws.SPREAD, label + _1)
        if live_links(starts, sources, thin, pace, waits, strikes, coins, row, live) < 0:
            return kept, met, world - first
        if sentinels.size:
            head[:] = _NONE
            for v in range(accounts):
                for e in range(row[v], row[v + 1]):
                    u = np.uint64(live[np.uint64(e)])
                    target[np.uint64(e)] = v
                    following[np.uint64(e)] = head[u]
                    head[u] = e
            reached[:] = 0
            tail = 0
            for s in sentinels:
                reached[s] = 1
                queue[tail] = s
                tail += 1
            at = 0
            while at < tail:
                e = head[np.uint64(queue[np.uint64(at)])]
                at += 1
                while e != _NONE:
                    v = np.uint64(target[np.uint64(e)])
                    queue[np.uint64(tail)] = v
                    tail += 1 - np.int64(reached[v])
                    reached[v] = 1
                    e = following[np.uint64(e)]
        before = kept, used, met
        offset = np.int64(draws.bits(strikes, _OFFSET) % np.uint64(stride))
        for root in range(offset, accounts, stride):
            if row[root] == row[root + 1]:
                continue
            if reached[root]:
                met += 1
                continue
            if kept + 1 == ends.size or used + accounts >= members.size:
                # Not even the largest set would surely fit: this world again, with more room.
                return before[0], before[2], world - first
            stamps += np.uint32(1)
            stamp[root] = stamps
            members[np.uint64(used)] = root
            at = used
            used += 1
            while at < used:
                v = np.uint64(members[np.uint64(at)])
                at += 1
                for e in range(row[v], row[v + _1]):
                    u = np.uint64(live[np.uint64(e)])
                    members[np.uint64(used)] = u
                    used += 1 if stamp[u] != stamps else 0
                    stamp[u] = stamps
            kept += 1
            ends[kept] = used
    return kept, met, worlds
