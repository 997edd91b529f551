"""Mentions: which friends somebody thinks of, the mutual ones first."""

import numpy as np

from sim.kernels import draws, links, rows
from sim.kernels.compiled import borrower

TRIES = 12  # followers that are looked at in search of mutual friends


@borrower
def _likely(world, account, stream, scratch, who, order):
    """The TRIES followers of ACCOUNT that come first in the order drawn from STREAM, into who int64[]; how many."""
    row, first, last = rows.read(world, account, scratch, links.NO_MEMORY)
    found = 0
    for at in range(first, last):
        other = np.int64(row[at])
        if other >= world.base:
            break
        random = draws.bits(stream, other)
        if found == who.size:
            if random >= order[found - 1]:
                continue
            found -= 1
        place = found
        while place > 0 and random < order[place - 1]:
            order[place] = order[place - 1]
            who[place] = who[place - 1]
            place -= 1
        order[place] = random
        who[place] = other
        found += 1
    return found


@borrower
def _follows(world, account, other, scratch):
    """Whether ACCOUNT is among the followers of OTHER."""
    row, first, end = rows.read(world, other, scratch, links.NO_MEMORY)
    last = end
    while first < last:
        middle = (first + last) // 2
        if row[middle] < account:
            first = middle + 1
        else:
            last = middle
    return first < end and row[first] == account


@borrower
def _put(out, first, at, account):
    """Put ACCOUNT in its place among out[FIRST:AT], ascending."""
    while at > first and out[at - 1] > account:
        out[at] = out[at - 1]
        at -= 1
    out[at] = account


@borrower
def friends_into(world, account, number, stream, scratch, who, order, starts, out):
    """The friends that each of many mentions names; returns how many of them are mutual ones.

    account  int64[n]  who mentions; number int64[n]: how many friends; stream uint64[n]: luck of each mention
    scratch  int32[]   room for the longest row that is computed; who int64[TRIES], order uint64[TRIES]: room
    starts   int64[n + 1]  gets where each one's friends begin in out int32[], which must hold all NUMBERs; ascending

    Of TRIES followers, drawn, those whom the account follows too come first, then the others in the order drawn.
    """
    mutual = 0
    starts[0] = 0
    for m in range(account.size):
        first = starts[m]
        full = first + number[m]
        at = first
        count = _likely(world, account[m], stream[m], scratch, who, order)
        for k in range(count):
            if at < full and _follows(world, account[m], who[k], scratch):
                _put(out, first, at, who[k])
                who[k] = -1
                at += 1
        mutual += at - first
        for k in range(count):
            if at < full and who[k] >= 0:
                _put(out, first, at, who[k])
                at += 1
        starts[m + 1] = at
    return mutual
