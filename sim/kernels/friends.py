"""Friends: an undirected graph of people who know each other, and to whom of them something is shared.

Everybody belongs to a few circles (family, school, work): consecutive places in
a shuffle of the community, one shuffle per layer.  Two people of the same
circle know each other with a fixed chance, so friends of friends often are
friends: a random graph of overlapping groups (Newman 2003, Phys. Rev. E 68
026121).  A pair's coin is labelled by the pair, so the graph is undirected and
the same for any order of asking.

What is shared goes to a chat (a few people of one circle) or to the page that
all friends may look at; which of the two is a habit of the account.
"""

import numpy as np

from sim.kernels import draws, ranking
from sim.kernels.compiled import kernel


@kernel
def places_into(stream, start, end, out):
    """64 random bits of every account START..END-1 into out uint64[]: sorted, they are a shuffle."""
    for account in range(start, end):
        out[account - start] = draws.bits(stream, account)


@kernel
def circles_into(stream, median, spread, most, start, end, first, last):
    """Cut the places START..END-1 into circles; where each place's circle begins and ends into first, last int32[].

    stream         uint64   names the layer
    median, spread float64  of a circle's size (lognormal); at least 2, at most MOST
    """
    at = start
    while at < end:
        z = draws.normal(draws.uniform(draws.bits(stream, at)))
        size = np.int64(median * draws.exp(spread * z) + 0.5)
        size = min(max(size, 2), most)
        stop = min(at + size, end)
        if end - stop < 2:
            stop = end
        for place in range(at, stop):
            first[place] = at
            last[place] = stop
        at = stop


@kernel
def knows(stream, one, other, gate):
    """Whether ONE and OTHER of the same circle know each other (symmetric); GATE uint64 is the chance x 2^64."""
    if one > other:
        one, other = other, one
    return draws.bits(draws.bits(stream, one), other) < gate


@kernel
def friends_of(streams, gate, order, place, first, last, account, out):
    """The friends of ACCOUNT into out int32[], ascending, each once; returns how many.

    streams              uint64[layers]
    order                int32[layers, accounts]  who stands at each place
    place                int32[layers, accounts]  where each account stands
    first, last          int32[layers, accounts]  the circle of each place
    """
    count = 0
    for layer in range(streams.size):
        here = place[layer, account]
        for k in range(first[layer, here], last[layer, here]):
            other = order[layer, k]
            if other != account and knows(streams[layer], account, other, gate):
                out[count] = other
                count += 1
    ranking.ascend(out, count)
    kept = 0
    for i in range(count):
        if i == 0 or out[i] != out[kept - 1]:
            out[kept] = out[i]
            kept += 1
    return kept


@kernel
def degrees_into(streams, gate, order, place, first, last, scratch, out):
    """Number of friends of every account into out int64[]; SCRATCH int32[] holds one row."""
    for account in range(out.size):
        out[account] = friends_of(streams, gate, order, place, first, last, account, scratch)


@kernel
def audience_of(streams, gate, order, place, first, last, habit, chats, chat, look, account, scratch, out):
    """Whom ACCOUNT's shares are shown to, into out int32[], ascending; returns how many.

    streams  uint64[layers]; order, place, first, last int32[layers, accounts]  the circles (`sim.model.circle`)
    scratch  int32[]  room for all of an account's circles
    habit  uint64   stream of what kind of sharer an account is, and of who looks at whom
    chats  float64  chance that it shares into a chat: CHAT people (int64) of its first circle
    look   float64  otherwise all friends are shown it, each of whom looks at what this account shares with this chance
    """
    own = draws.bits(habit, account)
    count = 0
    if draws.high(own) < chats:
        here = place[0, account]
        begin = np.int64(first[0, here])
        size = np.int64(last[0, here]) - begin
        for step in range(1, size):  # those who stand next to it, around the circle
            other = order[0, begin + (here - begin + step) % size]
            if count < chat and knows(streams[0], account, other, gate):
                scratch[count] = other
                count += 1
    else:
        friends = friends_of(streams, gate, order, place, first, last, account, scratch)
        mine = draws.mix(own)
        for i in range(friends):
            other = scratch[i]
            if draws.high(draws.bits(mine, other)) < look:
                scratch[count] = other
                count += 1
    for i in range(count):
        out[i] = scratch[i]
    ranking.ascend(out, count)
    return count


@kernel
def sizes_into(streams, gate, order, place, first, last, habit, chats, chat, look, scratch, row, out):
    """Size of every account's audience into out int64[]; SCRATCH and ROW int32[] hold one row each."""
    for account in range(out.size):
        out[account] = audience_of(
            streams, gate, order, place, first, last, habit, chats, chat, look, account, scratch, row
        )


@kernel
def fill(streams, gate, order, place, first, last, habit, chats, chat, look, scratch, indptr, out):
    """Every account's audience into out int32[...], row by row (INDPTR int64[accounts + 1]; SCRATCH as there)."""
    row = np.empty(scratch.size, np.int32)
    for account in range(indptr.size - 1):
        count = audience_of(streams, gate, order, place, first, last, habit, chats, chat, look, account, scratch, row)
        for i in range(count):
            out[indptr[account] + i] = row[i]


@kernel
def both_into(stream, share, out):
    """Which accounts of both channels are the same person (chance SHARE) into out bool[]."""
    for account in range(out.size):
        out[account] = draws.uniform(draws.bits(stream, account)) < share
