"""How a link's probability becomes a draw: geometric gaps, split coins, integer weights.

What `spread` reads in its inner loops, prepared once.  Tables are built by
multiplying and adding only, so the bits are the same on every platform.
"""

import numpy as np

from sim.kernels import draws
from sim.kernels.compiled import kernel

_0 = np.uint64(0)
_1 = np.uint64(1)
_16 = np.uint64(16)
_32 = np.uint64(32)
_255 = np.uint64(255)
_LOW_16 = np.uint64(2**16 - 1)
_ALL = np.uint64(2**64 - 1)


@kernel
def gap_table(p, size):
    """Alias table (Walker 1977; Vose 1991) of the geometric gap for 0 < p <= 1.

    SIZE is a power of two up to 65,536.  Outcome g < size - 1 has probability
    p (1 - p)^g; the last stands for "size - 1 dead links, draw again" (the law
    has no memory).  uint64[size]: upper 48 bits the share of the cell that
    keeps its own outcome, lower 16 the other outcome.  Built by multiplying and
    adding only, so the bits are the same on every platform.
    """
    share = np.empty(size, np.float64)
    chance = 1.0
    for gap in range(size - 1):
        share[gap] = chance * p * size
        chance *= 1.0 - p
    share[size - 1] = chance * size
    table = np.empty(size, np.uint64)
    for gap in range(size):
        table[gap] = (_ALL << _16) | np.uint64(gap)
    poor = np.empty(size, np.int64)
    rich = np.empty(size, np.int64)
    poors = 0
    riches = 0
    for gap in range(size):
        if share[gap] < 1.0:
            poor[poors] = gap
            poors += 1
        else:
            rich[riches] = gap
            riches += 1
    while poors > 0 and riches > 0:
        poors -= 1
        taker = poor[poors]
        giver = rich[riches - 1]
        table[taker] = (np.uint64(share[taker] * 2.0**48) << _16) | np.uint64(giver)
        share[giver] = (share[giver] + share[taker]) - 1.0
        if share[giver] < 1.0:
            riches -= 1
            poor[poors] = giver
            poors += 1
    return table


@kernel
def gap(table, random):
    """The outcome that 64 random bits pick from an alias table uint64[size]: low bits the cell, upper 48 the side."""
    cell = random & np.uint64(table.size - 1)
    entry = table[cell]
    return cell if (random >> _16) < (entry >> _16) else entry & _LOW_16


@kernel
def long_gap(table, stream, drawn):
    """Draws from TABLE (uint64[size], `gap_table`) until a live link: the gap, the bits drawn so far (uint64 each)."""
    last = np.uint64(table.size - 1)
    dead = _0
    while True:
        step = gap(table, draws.bits(stream, drawn))
        drawn += _1
        dead += step
        if step != last:
            return dead, drawn


@kernel
def split_chance(p):
    """A probability as (limit uint8, rest uint32).

    A coin byte <= limit makes a candidate, 32 more bits <= rest settle it:
    p = (limit + 1) / 256 * (rest + 1) / 2^32, rounded to 2^-31 of the first
    factor.  The settling bits have their lowest bit set: rest = 0 never passes,
    so p = 0 is exact, and so is p = 1.
    """
    limit = np.ceil(p * 256.0) - 1.0
    limit = min(max(limit, 0.0), 255.0)
    rest = p * 256.0 / (limit + 1.0) * 4294967296.0 - 1.0
    return np.uint8(limit), np.uint32(min(max(rest, 0.0), 4294967295.0))


@kernel
def pack_chances(followers, chances, limits, packed):
    """Per-link probabilities as the coin sampler reads them.

    followers int32[m], chances float64[m].  Fills limits uint8[m + 64] (the padding stays 0) and
    packed uint64[m]: the target in the lower 32 bits, the rest of the limit above.
    """
    for link in range(followers.size):
        limit, rest = split_chance(chances[link])
        limits[link] = limit
        packed[link] = np.uint64(followers[link]) | (np.uint64(rest) << _32)


@kernel
def pack_target_chances(followers, chances, limits, packed):
    """`pack_chances` for probabilities of the target: chances float64[n] (weighted cascade: 1 / followees).

    FOLLOWERS, LIMITS and PACKED as there.
    """
    ready = np.empty(chances.size, np.uint64)
    for v in range(chances.size):
        limit, rest = split_chance(chances[v])
        ready[v] = np.uint64(limit) | (np.uint64(rest) << _32)
    for link in range(followers.size):
        v = np.uint64(followers[link])
        limits[link] = np.uint8(ready[v] & _255)
        packed[link] = v | (ready[v] >> _32 << _32)


@kernel
def pack_weights(followers, weights, packed):
    """Linear-threshold weights (float64[m], or float64[n] by target) of FOLLOWERS (int32[m]) into packed uint64[m]:
    target below, units of 2^-31 above.
    """
    by_target = weights.size != followers.size
    for link in range(followers.size):
        v = np.uint64(followers[link])
        weight = weights[v] if by_target else weights[link]
        packed[link] = v | (np.uint64(weight * 2147483648.0) << _32)


@kernel
def followees(followers, accounts):
    """How many accounts each of ACCOUNTS follows: int64[n] of in-degrees, from FOLLOWERS (int32[m])."""
    count = np.zeros(accounts, np.int64)
    for link in range(followers.size):
        count[np.uint64(followers[link])] += 1
    return count
