"""Where a cascade reads its followers: stored rows, added rows, or rows computed on demand; the same bits."""

from typing import NamedTuple

import numpy as np

from sim.kernels import links
from sim.kernels.compiled import borrower


class World(NamedTuple):
    """A follower graph as a kernel sees it.

    indptr int64[base + 1], followers int32[links]: the base's rows, or both of size 1 when rows are computed
    added_indptr int64[cast + 1], added_followers int32[...]: rows of accounts base, base + 1, ...
    community_start int64[communities + 1]
    law: scalars of the growth; positions, guide, traits: its tables (`links.tabulate`)
    """

    base: int
    indptr: np.ndarray
    followers: np.ndarray
    added_indptr: np.ndarray
    added_followers: np.ndarray
    community_start: np.ndarray
    law: links.Law
    positions: np.ndarray
    guide: np.ndarray
    traits: np.ndarray


class Audience(NamedTuple):
    """Who may read what the cast publish: rows of accounts base, base + 1, ... without the dormant.

    indptr int64[cast + 1], followers int32[...]; traits uint8[...] of each (`readers`; who follows the brand may have
    changed).  Where traits outgrow the caches, this saves a look at memory for each follower.  Of size 1: not there.

    place    int8[cast]      the bit of accounts whose reads are recalled (`recall`), -1: laid aside as others are
    mask     uint16[...]     which of those each follower follows, one bit each
    follows  uint16[base]    the same by account; of size 1: nobody follows any
    """

    indptr: np.ndarray
    followers: np.ndarray
    traits: np.ndarray
    place: np.ndarray
    mask: np.ndarray
    follows: np.ndarray


def no_audience() -> Audience:
    """Rows are read from the world."""
    nothing = np.zeros(1, np.uint16)
    return Audience(
        np.zeros(1, np.int64), np.zeros(1, np.int32), np.zeros(1, np.uint8), np.full(1, -1, np.int8), nothing, nothing
    )


@borrower
def awake_counts(world, traits, indptr):
    """Fill INDPTR (int64[cast + 1]) of an `Audience`."""
    indptr[0] = 0
    for row in range(world.added_indptr.size - 1):
        count = 0
        for at in range(world.added_indptr[row], world.added_indptr[row + 1]):
            count += traits[world.added_followers[at]] & 7 != 0
        indptr[row + 1] = indptr[row] + count


@borrower
def awake_into(world, traits, followers, kinds):
    """Fill followers and traits (KINDS uint8[...]) of an `Audience`."""
    done = 0
    for at in range(world.added_indptr[0], world.added_indptr[world.added_indptr.size - 1]):
        trait = traits[world.added_followers[at]]
        if trait & 7 != 0:
            followers[done] = world.added_followers[at]
            kinds[done] = trait
            done += 1


@borrower
def follow_into(audience):
    """Fill mask and follows (zeros) of an `Audience` whose rows and places stand."""
    for row in range(audience.place.size):
        if audience.place[row] >= 0:
            bit = np.uint16(np.int64(1) << np.int64(audience.place[row]))
            for at in range(audience.indptr[row], audience.indptr[row + 1]):
                audience.follows[audience.followers[at]] |= bit
    if audience.follows.size <= 1:  # nobody has a place
        return
    for at in range(audience.followers.size):
        audience.mask[at] = audience.follows[audience.followers[at]]


@borrower
def community_of(start, account):
    """The community whose rows START (int64[communities + 1]) hold ACCOUNT."""
    low = 0
    high = start.size - 1
    near = account * high // start[high]  # they are nearly equal in grown graphs
    for _ in range(3):
        if start[near] > account:
            near -= 1
        elif start[near + 1] <= account:
            near += 1
        else:
            return near
    while high - low > 1:
        middle = (low + high) >> 1
        if start[middle] <= account:
            low = middle
        else:
            high = middle
    return low


@borrower
def stored(world):
    """Whether the base's rows are stored."""
    return world.indptr.size > 1


@borrower
def size(world, account):
    """Number of followers of ACCOUNT (int64)."""
    if account >= world.base:
        added = account - world.base
        return world.added_indptr[added + 1] - world.added_indptr[added]
    if stored(world):
        return world.indptr[account + 1] - world.indptr[account]
    return links.row_length(world.law, world.positions, world.guide, world.traits, world.community_start, account)


@borrower
def sizes_into(world, accounts, out):
    """Numbers of followers of ACCOUNTS (int64[n]) into out int64[n]."""
    for i in range(accounts.size):
        out[i] = size(world, accounts[i])


@borrower
def read(world, account, scratch, near):
    """The followers of ACCOUNT: (int32 array, first, last). A computed row stands in SCRATCH, which must hold it.

    Meanwhile it asks for the memory of its accounts in NEAR (uint8[accounts]; of size 1: it does not).
    """
    if account >= world.base:
        added = account - world.base
        return world.added_followers, world.added_indptr[added], world.added_indptr[added + 1]
    if stored(world):
        return world.followers, world.indptr[account], world.indptr[account + 1]
    length = links.near_row_into(
        world.law,
        world.positions,
        world.guide,
        world.traits,
        world.community_start,
        np.int64(account),
        scratch,
        np.int64(0),
        near,
    )
    return scratch, np.int64(0), np.int64(length)
