"""The cascade: one replicate of one launch, event by event.

A *message* is a planned post; a *post* is a message as published by its author
or passed on by an account; a *story* is what several messages are about.  A
publication is pushed to the followers of its author.  Each follower meets the
post or not, and when (`timeline`); all reads are counted.  The few who could
ever act on the story (their threshold lies below the most hazard that the
story can add) become *view events*, in exact order of time, to the second; at
a view the hazard grows, and when it passes the threshold the account reposts
or comments (`response`).  So the cost follows pushes at a hash each, and
events; never accounts.

Events wait in a calendar of minutes; the current minute is a binary heap on
(second, kind, account, post), which makes the order independent of the order
of insertion.  One replicate is one serial loop; threads run replicates.
Arrays are grouped in NamedTuples: there is no `prange` in this house, which is
where Numba would lose writes through a tuple (docs/decisions/0004).

`advance` never overflows: it stops with what it lacks (NEED_*), the caller
grows that array and calls again, and it goes on where it stood.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import draws, response, rows, timeline
from sim.kernels.compiled import kernel

DONE, NEED_EVENTS, NEED_POSTS, NEED_TABLE, NEED_COMMENTS, STOPPED = 0, 1, 2, 3, 4, 5
CHUNK = 2048
NEVER = np.iinfo(np.int32).max  # no read yet
NOWHERE = np.int64(2**62)

# Rows of the int64 array `state`.
MINUTE, POSTS, FRESH, FREE, LIVE, DUE, ACCOUNTS_MET, PUSHING, POSITION, COMMENTS, OPENED, REPOST_LIMIT = range(12)
STATE_SIZE = 16

REPOSTED = np.uint8(1)
COMMENTED = np.uint8(2)


class Messages(NamedTuple):
    """One row per planned post.

    story int32, account int32, messenger uint8, second int32 (planned);
    label uint64 (the same for every strategy); followers float64 (of the author, at market size);
    quality, shareability, clock, words float64 (drawn); chance float64 (scale of the original's response);
    comment float64 (comments without a repost, per repost); praise, question, complaint float64 (mix of comments)
    """

    story: np.ndarray
    account: np.ndarray
    messenger: np.ndarray
    second: np.ndarray
    label: np.ndarray
    followers: np.ndarray
    quality: np.ndarray
    shareability: np.ndarray
    clock: np.ndarray
    words: np.ndarray
    chance: np.ndarray
    comment: np.ndarray
    mix: np.ndarray
    reposts: np.ndarray
    reads: np.ndarray


class Stories(NamedTuple):
    """One row per story.

    label uint64; gate uint64[stories]: key of the thresholds;
    interest float64[stories, communities]; level uint8[stories, communities]: 1 where interest is at most half of its
    largest value; repost_gate, comment_gate uint32[stories, 2, PROPENSITIES]: by level, 32-bit draws below these
    belong to thresholds that can never be reached; damp float64[stories]: multiplies every further chance (at most 1)
    """

    label: np.ndarray
    gate: np.ndarray
    interest: np.ndarray
    level: np.ndarray
    repost_gate: np.ndarray
    comment_gate: np.ndarray
    damp: np.ndarray


class Posts(NamedTuple):
    """One row per publication: the repost trees.

    account int32, message int32, parent int32 (-1: an original), depth int16,
    second int32, words uint8 (carries a comment), chance float64
    """

    account: np.ndarray
    message: np.ndarray
    parent: np.ndarray
    depth: np.ndarray
    second: np.ndarray
    words: np.ndarray
    chance: np.ndarray


# What is met at random stands together, so that one look costs one cache line.
EVENT = np.dtype([("second", np.int32), ("account", np.int32), ("post", np.int32), ("next", np.int32)])
ENTRY = np.dtype(
    [
        ("key", np.int64),
        ("hazard", np.float64),
        ("comment_hazard", np.float64),
        ("reads", np.uint8),
        ("flags", np.uint8),
    ],
    align=True,
)
WATCH = np.dtype(
    [("first", np.int32), ("last", np.int32), ("times", np.uint16), ("first_by", np.uint8), ("last_by", np.uint8)]
)


class Queue(NamedTuple):
    """events EVENT[n]; head int32[minutes]: first event of each minute; due int64[n], due_event int32[n]: the current
    minute's heap.

    post >= 0: a view of that post; post < 0: message -1 - post is published.
    account < 0: account -1 - account reposts for certain.
    """

    events: np.ndarray
    head: np.ndarray
    due: np.ndarray
    due_event: np.ndarray


class Tally(NamedTuple):
    """What is counted, by hour of the campaign.

    pushes, likes int64[hours]; reads, reposts int64[hours, messengers] (by the messenger met);
    commented int64[hours]: reposts with a comment; comments int64[hours, kinds];
    follower_reads int64[hours]: reads by followers of the brand;
    watch WATCH[panel]: per watched account its first and last read (second, and messenger of the original) and how many;
    talk_*: one row per comment (second, account, message, kind)
    """

    pushes: np.ndarray
    likes: np.ndarray
    reads: np.ndarray
    reposts: np.ndarray
    commented: np.ndarray
    comments: np.ndarray
    follower_reads: np.ndarray
    watch: np.ndarray
    talk_second: np.ndarray
    talk_account: np.ndarray
    talk_message: np.ndarray
    talk_kind: np.ndarray


def empty_posts(size: int) -> Posts:
    """Room for SIZE posts."""
    return Posts(
        account=np.empty(size, np.int32),
        message=np.empty(size, np.int32),
        parent=np.empty(size, np.int32),
        depth=np.empty(size, np.int16),
        second=np.empty(size, np.int32),
        words=np.empty(size, np.uint8),
        chance=np.empty(size),
    )


def empty_queue(size: int, minutes: int) -> Queue:
    """A calendar of MINUTES with room for SIZE events."""
    return Queue(
        events=np.empty(size, EVENT),
        head=np.full(minutes, -1, np.int32),
        due=np.empty(size, np.int64),
        due_event=np.empty(size, np.int32),
    )


def empty_met(size: int) -> np.ndarray:
    """An open-addressing table ENTRY[SIZE] (SIZE a power of two) of the accounts that met a story; key 0: free."""
    return np.zeros(size, ENTRY)


def empty_tally(hours: int, watched: int, comments: int) -> Tally:
    """Nothing counted yet; WATCHED accounts are followed one by one; room for COMMENTS comments."""
    watch = np.zeros(watched, WATCH)
    watch["first"] = NEVER
    return Tally(
        pushes=np.zeros(hours, np.int64),
        likes=np.zeros(hours, np.int64),
        reads=np.zeros((hours, len(response.MESSENGERS)), np.int64),
        reposts=np.zeros((hours, len(response.MESSENGERS)), np.int64),
        commented=np.zeros(hours, np.int64),
        comments=np.zeros((hours, len(response.COMMENT_KINDS)), np.int64),
        follower_reads=np.zeros(hours, np.int64),
        watch=watch,
        talk_second=np.empty(comments, np.int32),
        talk_account=np.empty(comments, np.int32),
        talk_message=np.empty(comments, np.int32),
        talk_kind=np.empty(comments, np.uint8),
    )


def empty_state(repost_limit: int = 0) -> np.ndarray:
    """The state before the first minute; REPOST_LIMIT posts stop the run (0: none)."""
    state = np.zeros(STATE_SIZE, np.int64)
    state[FREE] = -1
    state[PUSHING] = -1
    state[REPOST_LIMIT] = repost_limit
    return state


# --- the calendar ---------------------------------------------------------------------------------


@kernel
def _order(second, account, post):
    """Rank of an event within its minute as one int64: second, publication first, account, post."""
    if post < 0:
        return (np.int64(second % 60) << 57) | (np.int64(account) << 25) | np.int64(-1 - post)
    if account < 0:
        account = -1 - account
    return (np.int64(second % 60) << 57) | (np.int64(1) << 56) | (np.int64(account) << 25) | np.int64(post)


@kernel
def _heap_push(queue, state, event):
    waiting = queue.events[event]
    order = _order(waiting.second, waiting.account, waiting.post)
    at = state[DUE]
    state[DUE] += 1
    while at > 0:
        above = (at - 1) >> 1
        if queue.due[above] <= order:
            break
        queue.due[at] = queue.due[above]
        queue.due_event[at] = queue.due_event[above]
        at = above
    queue.due[at] = order
    queue.due_event[at] = event


@kernel
def _heap_pop(queue, state):
    first = queue.due_event[0]
    state[DUE] -= 1
    size = state[DUE]
    order = queue.due[size]
    event = queue.due_event[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and queue.due[below + 1] < queue.due[below]:
            below += 1
        if queue.due[below] >= order:
            break
        queue.due[at] = queue.due[below]
        queue.due_event[at] = queue.due_event[below]
        at = below
    queue.due[at] = order
    queue.due_event[at] = event
    return first


@kernel
def schedule(queue, state, second, account, post):
    """Put an event on the calendar; beyond the horizon it is dropped. The caller checks the room."""
    minute = second // 60
    if minute >= queue.head.size:
        return
    if state[FREE] >= 0:
        event = state[FREE]
        state[FREE] = queue.events[event].next
    else:
        event = state[FRESH]
        state[FRESH] += 1
    state[LIVE] += 1
    new = queue.events[event]
    new.second = second
    new.account = account
    new.post = post
    if state[OPENED] == 1 and minute == state[MINUTE]:
        _heap_push(queue, state, event)
    else:
        new.next = queue.head[minute]
        queue.head[minute] = event


@kernel
def _open_minute(queue, state):
    event = queue.head[state[MINUTE]]
    queue.head[state[MINUTE]] = -1
    state[OPENED] = 1
    while event >= 0:
        following = queue.events[event].next
        _heap_push(queue, state, event)
        event = following


# --- accounts that met a story --------------------------------------------------------------------


@kernel
def _slot(key, met):
    """Index of KEY (int64 > 0) in the table MET, or of the free place where it belongs."""
    last = np.uint64(met.size - 1)
    at = draws.mix(np.uint64(key)) & last
    while met[at].key != 0 and met[at].key != key:
        at = (at + np.uint64(1)) & last
    return at


@kernel
def move_met(old, new):
    """Copy every entry of the table OLD into the larger, empty table NEW."""
    for i in range(old.size):
        if old[i].key != 0:
            new[_slot(old[i].key, new)] = old[i]


@kernel
def _community(start, account):
    low = 0
    high = start.size - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if start[middle] <= account:
            low = middle
        else:
            high = middle
    return low


# --- preparing ------------------------------------------------------------------------------------


@kernel
def prepare(answer, clock_spread, quality_spread, seed, messages, stories, propensity, density):
    """Draw the messages' factors and close the stories' gates.

    QUALITY_SPREAD float64[messages] is the doubt about each message's quality
    (messages.quality and messages.comment hold declared values and are overwritten).
    DENSITY float64 as in `response.peer_chance`.
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
    for s in range(stories.label.size):
        stories.gate[s] = draws.key(seed, draws.REPOST, stories.label[s])
        most = 0.0
        most_comment = 0.0
        for m in range(messages.story.size):
            if messages.story[m] == s:
                peer = response.peer_chance(answer, messages.quality[m], messages.shareability[m], density, 0)
                chance = max(peer, messages.chance[m])
                most = max(most, chance)
                most_comment = max(most_comment, chance * messages.comment[m])
        largest = stories.interest[s].max()
        most_outside = 0.0
        for c in range(stories.interest.shape[1]):
            stories.level[s, c] = stories.interest[s, c] <= 0.5 * largest
            if stories.level[s, c]:
                most_outside = max(most_outside, stories.interest[s, c])
        for level in range(2):
            interest = most_outside if level else max(largest, 1.0)
            for c in range(propensity.size):
                stories.repost_gate[s, level, c] = _gate(response.most_hazard(answer, most * interest, propensity[c]))
                stories.comment_gate[s, level, c] = _gate(
                    response.most_hazard(answer, most_comment * interest, propensity[c])
                )


@kernel
def _gate(most):
    """32-bit uniforms at or above this give a threshold within MOST."""
    return np.uint32(min(draws.exp(-most) * 4294967296.0, 4294967295.0))


# --- publishing -----------------------------------------------------------------------------------


@kernel
def _publish(answer, readers, messages, posts, state, message, account, parent, words, second):
    """Add a post and let its row be pushed; returns nothing, `state[PUSHING]` names it."""
    post = state[POSTS]
    state[POSTS] += 1
    posts.account[post] = account
    posts.message[post] = message
    posts.parent[post] = parent
    posts.second[post] = second
    posts.words[post] = words
    if parent < 0:
        posts.depth[post] = 0
        posts.chance[post] = messages.chance[message]
    else:
        posts.depth[post] = posts.depth[parent] + 1
        posts.chance[post] = response.peer_chance(
            answer,
            messages.quality[message],
            messages.shareability[message],
            readers.density,
            messages.reposts[message] * readers.factor,
        )
    state[PUSHING] = post
    state[POSITION] = 0


@kernel
def _visit_label(messages, stories, posts, post):
    """Label of the visits that POST receives: the message's own, or (story, account) for a repost."""
    message = posts.message[post]
    if posts.parent[post] < 0:
        return messages.label[message]
    return draws.bits(stories.label[messages.story[message]], posts.account[post])


@kernel
def _push(
    answer,
    attention,
    seed,
    start_hour,
    world,
    readers,
    rhythm,
    messages,
    stories,
    posts,
    queue,
    tally,
    panel,
    state,
    scratch,
):
    """Push the pending post to its author's followers; False when the calendar lacks room for another chunk."""
    post = state[PUSHING]
    message = posts.message[post]
    story = messages.story[message]
    second = posts.second[post]
    author = messages.messenger[message]
    messenger = author if posts.parent[post] < 0 else response.PEER
    row, first, last = rows.read(world, posts.account[post], scratch)
    if state[POSITION] == 0:
        tally.pushes[second // 3600] += last - first
    visits = draws.key(seed, draws.VISIT, _visit_label(messages, stories, posts, post))
    gate = stories.gate[story]
    levels = stories.level[story]
    repost_gate = stories.repost_gate[story]
    comment_gate = stories.comment_gate[story]
    published = timeline.activity_at(rhythm.clock, float(second))
    seen = rhythm.seen[(start_hour + second // 3600) % 168]
    pace = messages.clock[message]
    like = posts.chance[post] * answer.like_ratio
    horizon = tally.likes.size * 3600
    starts = world.community_start
    room = queue.events.size - state[LIVE]
    at = first + state[POSITION]
    reads = 0
    level = np.int64(0)
    border = np.int64(0)  # accounts of a row ascend: LEVEL holds below the next border of a community
    while at < last:
        if room < 1:
            state[POSITION] = at - first
            messages.reads[message] += reads
            return False
        account = row[at]
        at += 1
        trait = readers.traits[account]
        random = draws.bits(visits, account)
        if (random >> np.uint64(32)) >= seen[trait & 7]:
            continue
        delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, random) * pace
        viewed = timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)
        if viewed >= horizon:
            continue
        moment = np.int64(viewed)
        hour = moment // 3600
        reads += 1
        tally.reads[hour, messenger] += 1
        if trait & 64:
            tally.follower_reads[hour] += 1
        if panel == 1 or account % panel == 0:
            watched = tally.watch[account if panel == 1 else account // panel]
            if watched.times < 65_535:
                watched.times += 1
            if moment < watched.first:
                watched.first = moment
                watched.first_by = author
            if moment >= watched.last:
                watched.last = moment
                watched.last_by = author
        willing = (trait >> 3) & 7
        if draws.high(draws.mix(random)) < like * readers.propensity[willing]:
            tally.likes[hour] += 1
        if account >= border:
            level = np.int64(0)
            border = NOWHERE
            if account < world.base:
                community = _community(starts, account)
                level = np.int64(levels[community])
                border = starts[community + 1]
        threshold = draws.bits(gate, account)
        if (threshold >> np.uint64(32)) < repost_gate[level, willing] and (
            threshold & np.uint64(0xFFFFFFFF)
        ) < comment_gate[level, willing]:
            continue
        haste = draws.uniform(draws.bits(visits + draws.REACTION, account))
        reaction = attention.reaction * draws.exp(attention.reaction_spread * draws.normal(haste))
        schedule(queue, state, max(second + 1, np.int64(viewed + reaction)), account, post)
        room -= 1
    messages.reads[message] += reads
    state[PUSHING] = -1
    state[POSITION] = 0
    return True


# --- acting ---------------------------------------------------------------------------------------


@kernel
def _comment(answer, messages, tally, state, seed, story_label, message, account, second):
    """Write the account's comments (one or more); the kind is drawn once."""
    key = draws.key(seed, draws.KIND, story_label)
    random = draws.bits(key, account)
    mix = messages.mix[message]
    kind = response.comment_kind(mix[0], mix[1], mix[2], random)
    more = 1.0 - 1.0 / max(answer.comments_each, 1.0)
    number = 1
    again = draws.uniform(draws.mix(random))
    while number < 20 and again < more:
        again /= more
        number += 1
    tally.comments[second // 3600, kind] += number
    row = state[COMMENTS]
    tally.talk_second[row] = second
    tally.talk_account[row] = account
    tally.talk_message[row] = message
    tally.talk_kind[row] = kind
    state[COMMENTS] += 1


@kernel
def _repost(answer, readers, messages, stories, posts, tally, state, seed, post, account, second):
    """ACCOUNT passes POST on, or clicks through and passes on the original; the new post is left pending."""
    message = posts.message[post]
    story_label = stories.label[messages.story[message]]
    parent = post
    if posts.parent[post] >= 0:
        leave = answer.click_commented if posts.words[post] else answer.click_bare
        if draws.uniform(draws.bits(draws.key(seed, draws.ROUTE, story_label), account)) < leave:
            while posts.parent[parent] >= 0:
                parent = posts.parent[parent]
    logit = messages.words[message]
    if posts.parent[parent] >= 0 and not posts.words[parent]:
        logit += answer.words_bare
    words = response.has_words(logit, draws.bits(draws.key(seed, draws.WORDS, story_label), account))
    messages.reposts[message] += 1
    hour = second // 3600
    tally.reposts[hour, messages.messenger[message] if posts.parent[post] < 0 else response.PEER] += 1
    if words:
        tally.commented[hour] += 1
    _publish(answer, readers, messages, posts, state, message, account, parent, words, second)


@kernel
def _reached(hazard, u):
    """Whether HAZARD has reached the threshold -ln U; -ln U >= 1 - U spares most logarithms."""
    return hazard >= 1.0 - u and hazard >= -draws.ln(u)


@kernel
def _view(answer, world, readers, messages, stories, posts, met, tally, state, seed, account, post, second):
    """ACCOUNT reads POST: hazards grow, and it may comment or repost."""
    certain = account < 0
    if certain:
        account = -1 - account
    message = posts.message[post]
    story = messages.story[message]
    key = (np.int64(story) << 40) + account + 1
    person = met[_slot(key, met)]
    if person.key == 0:
        person.key = key
        person.hazard = 0.0
        person.comment_hazard = 0.0
        person.reads = 0
        person.flags = 0
        state[ACCOUNTS_MET] += 1
    if certain:
        if not person.flags & REPOSTED:
            person.flags |= REPOSTED
            _repost(answer, readers, messages, stories, posts, tally, state, seed, post, account, second)
        return
    if person.reads >= response.READS_COUNTED:
        return
    person.reads += 1
    interest = 1.0
    if account < world.base:
        interest = stories.interest[story, _community(world.community_start, account)]
    willing = (readers.traits[account] >> 3) & 7
    chance = (
        posts.chance[post]
        * interest
        * readers.propensity[willing]
        * response.reinforcement(answer, person.reads)
        * stories.damp[story]
    )
    person.hazard += response.hazard(chance)
    person.comment_hazard += response.hazard(chance * messages.comment[message])
    threshold = draws.bits(stories.gate[story], account)
    if not person.flags & COMMENTED and _reached(person.comment_hazard, draws.low(threshold)):
        person.flags |= COMMENTED
        _comment(answer, messages, tally, state, seed, stories.label[story], message, account, second)
    if not person.flags & REPOSTED and _reached(person.hazard, draws.high(threshold)):
        person.flags |= REPOSTED
        _repost(answer, readers, messages, stories, posts, tally, state, seed, post, account, second)


@kernel
def advance(
    until,
    answer,
    attention,
    seed,
    start_hour,
    world,
    readers,
    rhythm,
    messages,
    stories,
    posts,
    queue,
    met,
    tally,
    panel,
    state,
    scratch,
):
    """Run every event before minute UNTIL; DONE, or what is lacking (NEED_*), or STOPPED at the repost limit.

    panel  int64  every PANEL-th account is watched for reach and frequency (1: all)
    """
    while True:
        if state[PUSHING] >= 0 and not _push(
            answer,
            attention,
            seed,
            start_hour,
            world,
            readers,
            rhythm,
            messages,
            stories,
            posts,
            queue,
            tally,
            panel,
            state,
            scratch,
        ):
            return NEED_EVENTS
        if state[DUE] == 0:
            if state[OPENED] == 1:
                state[OPENED] = 0
                state[MINUTE] += 1
            while state[MINUTE] < until and queue.head[state[MINUTE]] < 0:
                state[MINUTE] += 1
            if state[MINUTE] >= until:
                return DONE
            _open_minute(queue, state)
        if state[POSTS] >= posts.account.size:
            return NEED_POSTS
        if state[ACCOUNTS_MET] * 10 >= met.size * 6:
            return NEED_TABLE
        if state[COMMENTS] >= tally.talk_second.size:
            return NEED_COMMENTS
        if state[REPOST_LIMIT] > 0 and state[POSTS] > state[REPOST_LIMIT]:
            return STOPPED
        event = _heap_pop(queue, state)
        done = queue.events[event]
        second = done.second
        account = done.account
        post = done.post
        done.next = state[FREE]
        state[FREE] = event
        state[LIVE] -= 1
        if post < 0:
            _publish(answer, readers, messages, posts, state, -1 - post, account, -1, True, second)
        else:
            _view(answer, world, readers, messages, stories, posts, met, tally, state, seed, account, post, second)


@kernel
def plan(queue, state, messages, first, last):
    """Put messages FIRST..LAST-1 on the calendar at their planned second. The caller checks the room."""
    for m in range(first, last):
        schedule(queue, state, messages.second[m], messages.account[m], -1 - m)
