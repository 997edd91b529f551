"""Replaying one observed root post: the campaign's own kernel, with a virtual audience around the root.

A root may have more followers than the graph has accounts.  So the root's own
audience is not listed: the number of its direct reposters is drawn from the
law that a listed audience would follow, and they are placed on the graph,
where everything after them runs over real rows (`cascade`).  A reposter is an
account drawn by followees (who follows much, follows the root more likely) x
attention x propensity, inside the message's community as often as interest
says.

A cascade is drawn again, quality included, until it has as many reposts as
the observed sample asks for: one law for all roots, nothing tuned per root.
"""

import math
from typing import NamedTuple

import numpy as np

from sim.kernels import calendar, cascade, draws, timeline
from sim.kernels import met as met_room
from sim.kernels.compiled import kernel

AGAIN = 16  # draws of an account until it is one that has not reposted yet
MOST_DIRECT = 1e9

ACCEPTED, REFUSED, UNPLACED = 0, 1, 2  # outcomes of `search`; NEED + what `cascade` lacks
NEED = 16


class Audience(NamedTuple):
    """Who may repost a root directly; made once per graph.

    weight   float64[accounts + 1]  cumulated followees x chance to see x propensity
    seen     float64[CLASSES]       share of links that lead to readers of each attention class
    home     float64                share of the root's followers in the message's community
    """

    weight: np.ndarray
    seen: np.ndarray
    home: float


@kernel
def cumulate(traits, followees, chance, propensity, weight):
    """Fill WEIGHT (float64[accounts + 1]) for `Audience` from traits uint8[accounts], followees int32[accounts]."""
    weight[0] = 0.0
    for account in range(traits.size):
        trait = traits[account]
        likely = followees[account] * chance[trait & 7] * propensity[(trait >> 3) & 7]
        weight[account + 1] = weight[account] + likely


@kernel
def links_by_class(traits, followees, out):
    """Share of links that lead to readers of each attention class (TRAITS uint8[n]) into out float64[CLASSES]."""
    out[:] = 0.0
    for account in range(traits.size):
        out[traits[account] & 7] += followees[account]
    out /= out.sum()


@kernel
def poisson(mean, stream):
    """A Poisson number from STREAM: exact by waiting times up to 4,000, beyond that by the normal law."""
    if mean > 4000.0:
        u = draws.uniform(draws.bits(stream, 0))
        return np.int64(max(math.floor(mean + math.sqrt(mean) * draws.normal(u) + 0.5), 0.0))
    left = mean
    count = np.int64(0)
    while True:
        left += draws.ln(draws.uniform(draws.bits(stream, count)))
        if left < 0.0:
            return count
        count += 1


@kernel
def expected_direct(answer, followers, chance, audience, seen, propensity):
    """Expected direct reposts of a root with FOLLOWERS (float64) at CHANCE (`messages.chance`).

    seen  uint32[CLASSES]  `Rhythm.seen` of the root's hour
    """
    sees = 0.0
    for c in range(seen.size):
        sees += audience.seen[c] * (seen[c] / 4294967296.0)
    acts = 0.0
    left = 1.0
    for c in range(propensity.size):
        share = left * 0.5 if c < propensity.size - 1 else left
        left -= share
        inside = min(chance * propensity[c], 0.9)
        outside = min(chance * propensity[c] * answer.interest_off, 0.9)
        acts += share * (audience.home * inside + (1.0 - audience.home) * outside)
    return min(followers * sees * acts, MOST_DIRECT)


@kernel
def draw_account(audience, first, last, random):
    """An account of FIRST..LAST-1 by weight, from 64 random bits; by halving."""
    base = audience.weight[first]
    goal = base + (audience.weight[last] - base) * draws.uniform(random)
    low = first
    high = last
    while high - low > 1:
        middle = (low + high) >> 1
        if audience.weight[middle] <= goal:
            low = middle
        else:
            high = middle
    return low


@kernel
def scatter(run, audience, home, count, second, stream):
    """Put COUNT direct reposts of post 0 on the calendar; those beyond the horizon are dropped.

    home    int64   the message's community
    second  int64   of the root
    stream  uint64  names the luck

    An account is marked in MET while it is drawn, so that nobody is drawn
    twice; the marks are cleared before the cascade begins.
    """
    attention = run.attention
    rhythm = run.rhythm
    world = run.world
    met = run.met
    queue = run.queue
    pace = run.messages.clock[0]
    communities = world.community_start.size - 1
    inside = audience.home / (audience.home + (1.0 - audience.home) * run.answer.interest_off)
    published = timeline.activity_at(rhythm.clock, float(second))
    for i in range(count):
        key = draws.key(stream, draws.DIRECT, np.uint64(i))
        first, last = np.int64(0), np.int64(world.base)
        if communities > 1 and draws.uniform(draws.bits(key, 0)) < inside:
            first, last = world.community_start[home], world.community_start[home + 1]
        account = np.int64(0)
        for again in range(AGAIN):
            account = draw_account(audience, first, last, draws.bits(key, 4 + again))
            at = met_room.slot(account + 1, met)
            if met[at].key == 0:
                met[at].key = account + 1
                break
        random = draws.bits(key, 1)
        delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, random) * pace
        viewed = timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)
        haste = draws.normal(draws.uniform(draws.bits(key, 2)))
        acts = viewed + attention.reaction * draws.exp(attention.reaction_spread * haste)
        if acts < queue.head.size * 60.0:
            calendar.schedule(queue, run.state, max(second + 1, np.int64(acts)), -1 - account, 0)


@kernel
def clear(run, second):
    """An empty calendar that begins in the minute of SECOND."""
    state = run.state
    run.met["key"][:] = 0
    run.aside.buckets["chain"][:] = 0
    run.aside.buckets["count"][:] = 0
    run.aside.buckets["hazard"][:] = 0.0
    run.aside.buckets["comment_hazard"][:] = 0.0
    run.queue.head[:] = -1
    state[:] = 0
    state[calendar.FREE] = -1
    state[calendar.PUSHING] = -1
    state[calendar.MINUTE] = second // 60
    run.messages.reposts[0] = 0
    run.messages.reads[0] = 0


@kernel
def attempt(name, until, limit, most_placed, run, audience, doubt):
    """One try for the root in messages row 0: (status of `cascade`, reposts it has, direct reposts drawn).

    name         uint64  of this try: every try has its own luck and quality
    limit        int64   stop beyond so many reposts
    most_placed  int64   at most so many direct reposters are placed; DIRECT says how many there were
    doubt        float64[1]  spread of quality
    """
    answer = run.answer
    messages = run.messages
    stories = run.stories
    people = run.readers
    state = run.state
    second = np.int64(messages.second[0])
    clear(run, second)
    messages.label[0] = name
    stories.label[0] = name
    messages.quality[0] = 1.0
    stream = draws.key(run.seed, draws.DIRECT, name)
    communities = run.world.community_start.size - 1
    home = np.int64(draws.bits(stream, 0) % np.uint64(communities))
    stories.interest[0, :] = answer.interest_off
    stories.interest[0, home] = 1.0
    cascade.prepare(
        answer, run.attention.clock_spread, doubt, run.seed, messages, stories, people.propensity, people.density
    )
    hour = (run.start_hour + second // 3600) % 168
    mean = expected_direct(
        answer, messages.followers[0], messages.chance[0], audience, run.rhythm.seen[hour], people.propensity
    )
    if mean > 2.0 * limit + 100.0 and limit <= most_placed:
        return cascade.STOPPED, limit + 1, limit + 1
    direct = poisson(mean, draws.mix(stream))
    if limit <= most_placed and direct > 2 * limit:
        return cascade.STOPPED, direct, direct
    placed = min(direct, most_placed)
    scatter(run, audience, home, placed, second, stream)
    run.met["key"][:] = 0
    cascade.plan(run.queue, state, messages, 0, 1)
    state[calendar.REPOST_LIMIT] = limit + 1  # of posts: the root is one
    status = cascade.advance(run, until)
    return status, state[calendar.POSTS] - 1, direct


@kernel
def search(label, first_try, tries, smallest, largest, until, run, audience, doubt):
    """Tries FIRST_TRY, FIRST_TRY + 1, ... until a cascade has SMALLEST to LARGEST reposts: (outcome, try).

    label  uint64  of (root, cascade): a try is named by it and its number

    ACCEPTED leaves the cascade in `posts` (row 0 the root, its reposts in
    order of time); UNPLACED: none in TRIES; NEED + status: an array is too
    small, call again with a larger one and this try.
    """
    for number in range(first_try, tries):
        status, reposts, _ = attempt(draws.bits(label, number), until, largest, largest + 1, run, audience, doubt)
        if status != cascade.DONE and status != cascade.STOPPED:
            return NEED + status, number
        if status == cascade.DONE and smallest <= reposts <= largest:
            return ACCEPTED, number
    return UNPLACED, tries


@kernel
def copy_tree(posts, reposts, parent, depth, delay, commented):
    """The cascade in `posts` as `measure` wants it, into parent, depth, delay, commented, REPOSTS each.

    int32[reposts], int32[reposts], float64[reposts], bool[reposts]
    """
    root = posts.second[0]
    for event in range(reposts):
        parent[event] = posts.parent[event + 1] - 1
        depth[event] = posts.depth[event + 1]
        delay[event] = posts.second[event + 1] - root
        commented[event] = posts.words[event + 1] != 0
