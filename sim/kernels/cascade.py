"""The cascade: one replicate of one launch, event by event.

A *message* is a planned post; a *post* is a message as published by its author
or passed on by an account; a *story* is what several messages are about.  A
publication is pushed to the followers of its author.  Each follower meets the
post or not, and when (`timeline`); all reads are counted.  At a *view event*,
in exact order of time, to the second, the hazard of a reader grows, and when it
passes the threshold the account reposts or comments (`response`).

Three sieves keep events few, and change none (docs/decisions/0011).  An account
whose threshold lies above the most hazard that the story can ever add is
rejected by a hash.  Another *sleeps* as long as the reads that have been pushed
to it cannot reach its threshold in whatever order they come: they are laid aside
(`aside`).  The read that might be the one *wakes* it: what was read before now is
counted, the rest and all that follows are events.  So the cost follows pushes at
a hash each, reads, and acts; never accounts.

Events wait in a calendar of minutes; the current minute is a binary heap on
(second, kind, account, post), which makes the order independent of the order
of insertion.  One replicate is one serial loop; threads run replicates.
Arrays are grouped in NamedTuples: there is no `prange` in this house, which is
where Numba would lose writes through a tuple (docs/decisions/0004).

`advance` never overflows: it stops with what it lacks (NEED_*), the caller
grows that array and calls again, and it goes on where it stood.  `show` lets
accounts read a post outside their feed.
"""

import numpy as np

from sim.kernels import acting, calendar, draws, lanes, reading, response, sleeping
from sim.kernels import met as met_room
from sim.kernels import run as run_room
from sim.kernels.compiled import borrower

DONE, STOPPED = run_room.DONE, run_room.STOPPED
NEED_EVENTS, NEED_POSTS, NEED_TABLE = run_room.NEED_EVENTS, run_room.NEED_POSTS, run_room.NEED_TABLE
NEED_COMMENTS, NEED_ASIDE = run_room.NEED_COMMENTS, run_room.NEED_ASIDE
NEXT = 3  # events of the open minute that may be the next but one
Run, AHEAD, LOOK = run_room.Run, run_room.AHEAD, run_room.LOOK


@borrower
def prepare(answer, clock_spread, quality_spread, seed, messages, stories, propensity, density):
    """Draw the messages' factors and close the stories' gates.

    QUALITY_SPREAD float64[messages] is the doubt about each message's quality
    (messages.quality and messages.comment hold declared values and are overwritten).
    PROPENSITY float64[PROPENSITIES] by class (`readers`); DENSITY float64 as in `response.peer_chance`.
    """
    for m in range(messages.story.size):
        story = messages.story[m]
        quality, shareability, clock, words, comments = response.message_factors(
            answer, clock_spread, quality_spread[m], messages.quality[m], seed, stories.label[story], messages.label[m]
        )
        messages.quality[m] = quality
        messages.shareability[m] = shareability
        messages.clock[m] = clock
        messages.words[m] = words
        messages.comment[m] *= comments
        messages.chance[m] = response.original_chance(answer, quality, messages.messenger[m], messages.followers[m])
    mood = np.int64(-1)  # what was found for it holds for the next story too
    common = below = most_below = 0.0
    for s in range(stories.label.size):
        stories.gate[s] = draws.key(seed, draws.REPOST, stories.label[s])
        most = 0.0
        most_comment = 0.0
        for m in range(messages.story.size):
            if messages.story[m] == s:
                peer = response.peer_chance(answer, messages.quality[m], messages.shareability[m], density, 0, 0, 1.0)
                chance = max(peer, messages.chance[m])
                most = max(most, chance)
                most_comment = max(most_comment, chance * messages.comment[m])
        if stories.mood[s] != mood:
            mood = np.int64(stories.mood[s])
            common = _largest(stories.interest[mood], np.inf)
            below = -1.0
        largest = common if stories.home[s] < 0 else max(common, 1.0)
        stories.half[s] = 0.5 * largest
        if stories.half[s] != below:
            below = stories.half[s]
            most_below = _largest(stories.interest[mood], below)
        most_outside = most_below if stories.home[s] < 0 or below < 1.0 else max(most_below, 1.0)
        for level in range(2):
            interest = most_outside if level else max(largest, 1.0)
            for c in range(propensity.size):
                stories.repost_gate[s, level, c] = _gate(response.most_hazard(answer, most * interest, propensity[c]))
                stories.comment_gate[s, level, c] = _gate(
                    response.most_hazard(answer, most_comment * interest, propensity[c])
                )


@borrower
def _largest(interest, most):
    """The largest INTEREST (float64[communities]) that is at most MOST; at least 0."""
    found = 0.0
    for c in range(interest.size):
        if interest[c] <= most:
            found = max(found, interest[c])
    return found


@borrower
def _gate(most):
    """32-bit uniforms at or above this give a threshold within MOST."""
    return np.uint32(min(draws.exp(-most) * 4294967296.0, 4294967295.0))


@borrower
def advance(run, until):
    """Run every event before minute UNTIL; DONE, or what is lacking (NEED_*), or STOPPED at the repost limit."""
    queue = run.queue
    state = run.state
    while True:
        if state[calendar.PUSHING] >= 0:
            lacks = reading.push(run)
            if lacks != DONE:
                return lacks
        if state[calendar.DUE] == 0:
            if state[calendar.OPENED] == 1:
                state[calendar.OPENED] = 0
                state[calendar.MINUTE] += 1
            while state[calendar.MINUTE] < until and queue.head[state[calendar.MINUTE]] < 0:
                state[calendar.MINUTE] += 1
            if state[calendar.MINUTE] >= until:
                return DONE
            calendar.open_minute(queue, state)
        if state[calendar.POSTS] >= run.posts.account.size:
            return NEED_POSTS
        if state[calendar.ACCOUNTS_MET] * 10 >= run.met.size * 6:
            return NEED_TABLE
        if queue.events.size - state[calendar.LIVE] < state[calendar.DEEPEST] + state[calendar.RECALLED]:
            return NEED_EVENTS
        if state[calendar.COMMENTS] >= run.tally.talk_second.size:
            return NEED_COMMENTS
        if state[calendar.REPOST_LIMIT] > 0 and state[calendar.POSTS] > state[calendar.REPOST_LIMIT]:
            return STOPPED
        calendar.walk(queue, state)
        event = calendar.pop(queue, state)
        done = queue.events[event]
        second = np.int64(done.second)  # one width, so that everything below is compiled once
        account = np.int64(done.account)
        post = np.int64(done.post)
        done.next = state[calendar.FREE]
        state[calendar.FREE] = event
        state[calendar.LIVE] -= 1
        _expect(run)
        if post < 0:
            if second >= run.messages.until[-1 - post]:
                continue
            acting.publish(run, -1 - post, account, np.int64(-1), post < 0, second, np.int64(-1))
        else:
            acting.respond(run, account, post, second)


@borrower
def _expect(run):
    """Ask for the memory of who will read next in the open minute, and of the events that may come after that."""
    queue = run.queue
    due = run.state[calendar.DUE]
    for i in range(1, min(due, NEXT)):
        lanes.prefetch(queue.events, np.uint64(queue.due_event[i]))
    if due > 0:
        event = queue.events[queue.due_event[0]]
        if event.post >= 0 and event.account >= 0:
            story = run.messages.story[run.posts.message[event.post]]
            lanes.prefetch(run.met, met_room.home(sleeping.story_key(story, np.int64(event.account)), run.met))


@borrower
def plan(queue, state, messages, first, last):
    """Put messages FIRST..LAST-1 on the calendar at their planned second. The caller checks the room."""
    for m in range(first, last):
        calendar.schedule(queue, state, np.int64(messages.second[m]), np.int64(messages.account[m]), -1 - m)
