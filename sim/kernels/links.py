"""Who follows whom, as a function: row u is the followers of account u, computed from (seed, u) alone.

No link needs another link to be known, so rows can be stored, computed on
demand, or grown by any number of threads, and are always the same bytes.
What makes a row fast is the layout of the ids.  Communities are contiguous
ranges; inside a community accounts stand in ascending order of *followee
weight* (how many accounts they follow, relative to the mean).  The share of
weight below an id is then a monotone function of the id, and an ascending
stratified sample of that share is an ascending row: one hash and one look-up
per link, no sorting, no rejection.

A row is five runs of ids, one behind the other:

    others below | own community below | friends | own community above | others above

*Friends* are mutual: the pair (i, i + s), s = 1..8, is linked both ways by one
coin that belongs to the pair, so either row can toss it.  The runs are disjoint
by construction, and each holds exactly as many ids as it is asked for, so the
length of a row is known before the row.

Tables (from `kernels.tables`), all a function of the recipe:
    positions  float64[BLOCKS + 1]   share of a community's accounts that stand below a share k / BLOCKS of its weight
    guide      int32[GUIDES + 1]     the block in which the share g / GUIDES of a community's accounts begins
    traits     float64[BLOCKS, TRAITS] per block of weight: followee weight (mean 1 over accounts), smallest follower
                                     count, chance of a friendship, expected followees, share of the unbounded
                                     Pareto law below the largest count
    starts     int64[communities + 1] the first id of every community
"""

import math
from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import draws, ranking, strata
from sim.kernels.compiled import kernel
from sim.quantities import Count, Doc, Exponent, Range, Share, Spread

BLOCKS = 1024  # blocks of equal weight: the heaviest block of a community of 20,000 is a quarter of an account
GUIDES = 4096
FRIEND_REACH = 8  # a friend stands at most this many ids away: 1 + 2 = 3 and so on gives closed triangles
FRIEND_GROUP = 16  # ids that share one chance of friendship
FRIEND_BITS = np.uint64(0xFFFF)  # a coin: four to a draw
FRIEND_CEILING = 0.9  # the largest chance of a friendship
EVEN_FROM = 8  # from so many links per foreign community on, every one gets its equal part

WEIGHT = 0  # columns of traits
SMALLEST = 1
FRIENDLY = 2
FOLLOWEES = 3
REACHED = 4
TRAITS = 5

NOTHING = np.int64(0)  # as a literal it would be compiled once more
NO_MEMORY = np.zeros(1, np.uint8)

Accounts = Annotated[int, Range(2, 2_000_000_000, "accounts", whole=True)]  # ids are int32; the cast stands behind
Mean = Annotated[float, Range(0.0, 10_000.0, "links per account")]


class Growth(NamedTuple):
    """The recipe of a grown follower graph; the same recipe is the same graph."""

    accounts: Annotated[Accounts, Doc("accounts of the platform, the cast not counted")] = 1_000_000
    seed: Annotated[Count, Doc("names the graph; independent of the replicates' seeds")] = 1
    mean_followers: Annotated[
        Mean,
        Doc("links listed per account; real ones had 122 (Han et al. 2013)", "assumed", "a sample: peer rates follow"),
    ] = 30.0
    follower_exponent: Annotated[
        Exponent,
        Doc(
            "density exponent of the follower counts' tail",
            "calibrated",
            "2,076 Weibo cascades (arXiv 1811.04175), by hand; 2.28 on Twitter (Kwak et al. 2010)",
        ),
    ] = 2.13
    largest_share: Annotated[
        Share,
        Doc(
            "share of all accounts that follow the largest one, at most", "assumed", "order of the most followed stars"
        ),
    ] = 0.12
    followee_sigma: Annotated[Spread, Doc("spread of the followee counts (lognormal)", "assumed")] = 1.1
    followee_cap: Annotated[
        Count, Doc("the platform's limit on followees", "assumed", "remembered rule of the platform")
    ] = 2_000
    community_size: Annotated[Count, Doc("accounts in a community of interest")] = 20_000
    homophily: Annotated[Share, Doc("share of an account's followers from its own community")] = 0.6
    home_ceiling: Annotated[Share, Doc("share of its own community that follows an account, at most")] = 0.5
    reciprocity: Annotated[
        Share,
        Doc(
            "share of links that are returned, by friendship",
            "seen",
            "Weibo crawls: .078 (Zhang et al. 2013), .107 (Jia et al. 2017)",
        ),
    ] = 0.08
    follower_followee_coupling: Annotated[
        Exponent, Doc("exponent of an account's follower count in its followee weight")
    ] = 0.45


class Law(NamedTuple):
    """The scalars that a row needs, derived from a Growth by `graph.grow`."""

    seed: np.uint64
    accounts: np.int64
    communities: np.int64
    largest: float  # followers of the largest account
    tail: float  # exponent of the follower counts' CCDF
    homophily: float
    home_ceiling: float


@kernel
def community_of(law, v):
    """The community of account v (both int64): the c with starts[c] <= v < starts[c + 1]."""
    return ((v + 1) * law.communities - 1) // law.accounts


@kernel
def block_of(law, positions, guide, starts, v):
    """The block of weight in which account v (int64) stands, 0..BLOCKS-1."""
    c = community_of(law, v)
    share = (v - starts[c] + 0.5) / (starts[c + 1] - starts[c])
    block = np.int64(guide[np.int64(share * GUIDES)])
    while positions[block + 1] <= share:
        block += 1
    return block


@kernel
def expected_followees(law, positions, guide, traits, starts, v):
    """How many accounts v follows, in expectation over seeds (float64); a function of the id, no link is looked at."""
    return traits[block_of(law, positions, guide, starts, v), FOLLOWEES]


@kernel
def followers_wanted(law, smallest, reached, u):
    """The follower count that account u draws (int64 >= 0), its friends not counted.

    A Pareto law bounded by law.largest, density exponent law.tail + 1, from
    SMALLEST (float64 > 0) on; REACHED is the unbounded law's share below the
    bound. The fraction is rounded up or down by a coin.
    """
    stream = draws.key(law.seed, draws.DEGREE, np.uint64(u))
    if smallest >= law.largest:
        wanted = law.largest
    else:
        above = 1.0 - draws.uniform(draws.bits(stream, 0)) * reached
        wanted = min(smallest * draws.power(above, -1.0 / law.tail), law.largest)
    return np.int64(math.floor(wanted + draws.uniform(draws.bits(stream, 1))))


@kernel
def friendly(positions, traits, block, share):
    """The chance (of 2**16) of a friendship for the group that begins at SHARE of its community, at BLOCK or below."""
    while positions[block] > share:
        block -= 1
    return np.int64(traits[block, FRIENDLY] * 65536.0)


@kernel
def parts(law, positions, guide, traits, starts, u):
    """What row u is made of: (links from other communities, from its own, friends, their marks).

    Bit FRIEND_REACH + s of the marks says that u + s is a friend, bit
    FRIEND_REACH - s that u - s is.
    """
    c = community_of(law, u)
    start = starts[c]
    end = starts[c + 1]
    block = block_of(law, positions, guide, starts, u)
    wanted = followers_wanted(law, traits[block, SMALLEST], traits[block, REACHED], u)

    stream = draws.key(law.seed, draws.FRIEND, np.uint64(0))
    marks = np.int64(0)
    friends = np.int64(0)
    group = max(u - u % FRIEND_GROUP, start)
    chance = friendly(positions, traits, block, (group - start) / (end - start))
    half = np.uint64(0)
    for s in range(FRIEND_REACH):  # s + 1 ids above: the coins of u
        if s % 4 == 0:
            half = draws.bits(stream, 2 * u + s // 4)
        tossed = np.int64((half >> np.uint64(16 * (s % 4))) & FRIEND_BITS) < chance and u + s + 1 < end
        marks |= np.int64(tossed) << (FRIEND_REACH + s + 1)
        friends += np.int64(tossed)
    for s in range(min(FRIEND_REACH, u - start)):  # s + 1 ids below: the coins of that account
        lower = u - s - 1
        if lower < group:
            group = max(lower - lower % FRIEND_GROUP, start)
            chance = friendly(positions, traits, block, (group - start) / (end - start))
        half = draws.bits(stream, 2 * lower + s // 4)
        tossed = np.int64((half >> np.uint64(16 * (s % 4))) & FRIEND_BITS) < chance
        marks |= np.int64(tossed) << (FRIEND_REACH - s - 1)
        friends += np.int64(tossed)

    near = min(u + FRIEND_REACH + 1, end) - max(u - FRIEND_REACH, start)
    room = min(np.int64(law.home_ceiling * (end - start)), end - start - near)
    if law.communities == 1:
        return np.int64(0), min(wanted, end - start - near), friends, marks
    coin = draws.uniform(draws.bits(draws.key(law.seed, draws.DEGREE, np.uint64(u)), 2))
    home = min(np.int64(math.floor(wanted * law.homophily + coin)), wanted, max(room, 0))
    abroad = min(wanted - home, (law.communities - 1) * (law.accounts // law.communities))
    return abroad, home, friends, marks


@kernel
def row_length(law, positions, guide, traits, starts, u):
    """The number of followers of account u (int64), exact."""
    abroad, home, friends, _ = parts(law, positions, guide, traits, starts, u)
    return abroad + home + friends


@kernel
def row_into(law, positions, guide, traits, starts, u, out, at):
    """Write row u (its followers, int32, ascending) into out[at:] and return its length (int64).

    OUT must have room for `row_length` accounts behind AT; bounds are not checked.
    """
    return near_row_into(law, positions, guide, traits, starts, u, out, at, NO_MEMORY)


@kernel
def near_row_into(law, positions, guide, traits, starts, u, out, at, near):
    """`row_into` (OUT int32[]) that asks for the memory of its accounts in NEAR (uint8[accounts]; of size 1: no)."""
    abroad, home, friends, marks = parts(law, positions, guide, traits, starts, u)
    own = community_of(law, u)
    start = starts[own]
    end = starts[own + 1]
    stream = draws.key(law.seed, draws.LINK, np.uint64(u))
    inner = home + friends
    others = law.communities - 1
    below = np.int64(0)
    if abroad >= EVEN_FROM * others:
        done = np.int64(0)
        for i in range(others):
            upto = abroad * (i + 1) // others
            c = i
            gap = np.int64(0)
            if i >= own:
                c = i + 1
                gap = inner
            else:
                below = upto
            strata.sample_into(
                stream,
                done,
                upto - done,
                starts[c],
                starts[c + 1] - starts[c],
                strata.NOWHERE,
                NOTHING,
                NOTHING,
                positions,
                out,
                at + done + gap,
                near,
            )
            done = upto
    elif abroad > 0:
        below = strata.scatter_into(law, stream, abroad, own, inner, positions, starts, out, at, near)
    first = max(u - FRIEND_REACH, start)
    here, width = at + below, min(u + FRIEND_REACH + 1, end) - first
    room = end - start - width
    before = strata.sample_into(stream, abroad, home, start, room, first, width, friends, positions, out, here, near)
    here += before
    for bit in range(2 * FRIEND_REACH + 1):
        if (marks >> bit) & 1:
            out[here] = u + bit - FRIEND_REACH
            here += 1
    return abroad + inner


@kernel
def lengths_into(law, positions, guide, traits, starts, low, high, out):
    """Lengths of rows low..high-1 into out int64[high - low]; returns their sum."""
    total = np.int64(0)
    for u in range(low, high):
        length = row_length(law, positions, guide, traits, starts, u)
        out[u - low] = length
        total += length
    return total


@kernel
def fill(law, positions, guide, traits, starts, low, high, indptr, out):
    """Rows low..high-1 into out int32[]. Returns the links written.

    indptr  int64[high - low + 1]  where the rows begin, counted from the first one's beginning indptr[0] = out[0]
    """
    for u in range(low, high):
        row_into(law, positions, guide, traits, starts, u, out, indptr[u - low] - indptr[0])
    return indptr[high - low] - indptr[0]


@kernel
def audience_into(seed, label, parts_of, positions, starts, out):
    """The followers of a cast account: parts_of[c] different accounts of every community, by followee weight.

    seed      uint64   the graph's seed
    label     uint64   names the cast account, so the row never depends on who else is cast
    parts_of  int64[communities]  each at most the size of its community
    out       int32[sum of parts_of]  gets them, ascending; returns their number
    """
    stream = draws.key(seed, draws.AUDIENCE, label)
    done = np.int64(0)
    for c in range(parts_of.size):
        strata.sample_into(
            stream,
            done,
            parts_of[c],
            starts[c],
            starts[c + 1] - starts[c],
            strata.NOWHERE,
            NOTHING,
            NOTHING,
            positions,
            out,
            done,
            NO_MEMORY,
        )
        done += parts_of[c]
    return done


@kernel
def expected_into(law, positions, guide, traits, starts, first, out):
    """`expected_followees` of accounts FIRST, FIRST + 1, ... into out float64[]."""
    for i in range(out.size):
        out[i] = expected_followees(law, positions, guide, traits, starts, first + i)


@kernel
def weighted_audience_into(seed, label, parts_of, weight, starts, out):
    """`audience_into` for a graph whose weights (float64[accounts] > 0) follow no table: one pass per community.

    Every account gets an exponential clock of its weight (Efraimidis and
    Spirakis 2006, doi 10.1016/j.ipl.2005.11.003); the first parts_of[c] of a
    community follow: out int32[parts_of.sum()], ascending.
    """
    stream = draws.key(seed, draws.AUDIENCE, label)
    done = np.int64(0)
    for c in range(parts_of.size):
        size = starts[c + 1] - starts[c]
        if parts_of[c] == 0:
            continue
        clocks = np.empty(size)
        for i in range(size):
            v = starts[c] + i
            clocks[i] = -draws.ln(draws.uniform(draws.bits(stream, v))) / weight[v]
        latest = ranking.kth(clocks.copy(), parts_of[c] - 1)
        taken = np.int64(0)
        for i in range(size):
            if clocks[i] <= latest and taken < parts_of[c]:
                out[done + taken] = starts[c] + i
                taken += 1
        done += taken
    return done
