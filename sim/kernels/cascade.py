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
grows that array and calls again, and it goes on where it stood.  `show` lets
accounts read a post outside their feed.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import calendar, draws, ledger, readers, response, rows, timeline
from sim.kernels import met as met_room
from sim.kernels.compiled import borrower

DONE, NEED_EVENTS, NEED_POSTS, NEED_TABLE, NEED_COMMENTS, STOPPED = 0, 1, 2, 3, 4, 5
NOWHERE = np.int64(2**62)


REPOSTED = np.uint8(1)
COMMENTED = np.uint8(2)


class Run(NamedTuple):
    """All that one replicate reads and writes; made anew whenever an array has grown.

    seed        uint64
    start_hour  int64    hours after Monday 0h at which second 0 lies
    met         `met.ENTRY`[2^k]
    panel       int64    every so many-th account is watched for reach and frequency (1: all)
    state       int64[calendar.STATE_SIZE]
    scratch     int32[]  room for the longest row that is computed
    """

    answer: response.Response
    attention: timeline.Attention
    seed: np.uint64
    start_hour: int
    world: rows.World
    readers: readers.Readers
    rhythm: timeline.Rhythm
    messages: ledger.Messages
    stories: ledger.Stories
    posts: ledger.Posts
    queue: calendar.Queue
    met: np.ndarray
    tally: ledger.Tally
    panel: int
    state: np.ndarray
    scratch: np.ndarray


@borrower
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


@borrower
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
                peer = response.peer_chance(answer, messages.quality[m], messages.shareability[m], density, 0, 0, 1.0)
                chance = max(peer, messages.chance[m])
                most = max(most, chance)
                most_comment = max(most_comment, chance * messages.comment[m])
        largest = 0.0
        for c in range(stories.interest.shape[1]):
            largest = max(largest, stories.interest[s, c])
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


@borrower
def _gate(most):
    """32-bit uniforms at or above this give a threshold within MOST."""
    return np.uint32(min(draws.exp(-most) * 4294967296.0, 4294967295.0))


# --- publishing -----------------------------------------------------------------------------------


@borrower
def _publish(run, message, account, parent, words, second, via):
    """Add a post, its row pending in `state[calendar.PUSHING]`. VIA is the post that was read, or -1."""
    messages = run.messages
    posts = run.posts
    state = run.state
    post = state[calendar.POSTS]
    state[calendar.POSTS] += 1
    posts.account[post] = account
    posts.message[post] = message
    posts.parent[post] = parent
    posts.second[post] = second
    posts.words[post] = words
    posts.branch[post] = -1
    posts.size[post] = 0
    if parent < 0:
        posts.depth[post] = 0
        posts.chance[post] = messages.chance[message]
    else:
        posts.depth[post] = posts.depth[parent] + 1
        branch = post if posts.parent[via] < 0 else posts.branch[via]
        posts.branch[post] = branch
        posts.size[branch] += 1
        own = posts.size[branch]
        posts.chance[post] = response.peer_chance(
            run.answer,
            messages.quality[message],
            messages.shareability[message],
            run.readers.density,
            own,
            messages.reposts[message] - own,
            run.readers.factor,
        )
    state[calendar.PUSHING] = post
    state[calendar.POSITION] = 0


# --- reading --------------------------------------------------------------------------------------


@borrower
def _visit_label(messages, stories, posts, post):
    """Label of the visits that POST receives: the message's own, or (story, account) for a repost."""
    message = posts.message[post]
    if posts.parent[post] < 0:
        return messages.label[message]
    return draws.bits(stories.label[messages.story[message]], posts.account[post])


@borrower
def _note(tally, panel, account, trait, moment, messenger, author):
    """Count one read: ACCOUNT reads at second MOMENT what MESSENGER tells (an original of AUTHOR)."""
    hour = moment // 3600
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


@borrower
def _could_act(stories, story, gate, level, willing, account):
    """Whether ACCOUNT's thresholds lie within what the story can add; GATE is the story's key."""
    threshold = draws.bits(gate, account)
    return (threshold >> np.uint64(32)) >= stories.repost_gate[story, level, willing] or (
        threshold & np.uint64(0xFFFFFFFF)
    ) >= stories.comment_gate[story, level, willing]


@borrower
def _reaction(attention, visits, account):
    """Seconds between seeing and acting; VISITS is the key of the visit."""
    haste = draws.uniform(draws.bits(visits + draws.REACTION, account))
    return attention.reaction * draws.exp(attention.reaction_spread * draws.normal(haste))


@borrower
def _push(run):
    """Push the pending post to its author's followers; False when the calendar lacks room for another event."""
    attention = run.attention
    people = run.readers
    rhythm = run.rhythm
    messages = run.messages
    stories = run.stories
    posts = run.posts
    queue = run.queue
    tally = run.tally
    panel = run.panel
    state = run.state
    post = state[calendar.PUSHING]
    message = posts.message[post]
    story = messages.story[message]
    second = posts.second[post]
    author = messages.messenger[message]
    messenger = author if posts.parent[post] < 0 else response.PEER
    row, first, last = rows.read(run.world, posts.account[post], run.scratch)
    if state[calendar.POSITION] == 0:
        tally.pushes[second // 3600] += last - first
    visits = draws.key(run.seed, draws.VISIT, _visit_label(messages, stories, posts, post))
    gate = stories.gate[story]
    levels = stories.level[story]
    published = timeline.activity_at(rhythm.clock, float(second))
    seen = rhythm.seen[(run.start_hour + second // 3600) % 168]
    pace = messages.clock[message]
    like = posts.chance[post] * run.answer.like_ratio
    horizon = min(tally.likes.size * 3600, messages.until[message])
    base = run.world.base
    starts = run.world.community_start
    room = queue.events.size - state[calendar.LIVE]
    at = first + state[calendar.POSITION]
    reads = 0
    level = np.int64(0)
    border = np.int64(0)  # accounts of a row ascend: LEVEL holds below the next border of a community
    while at < last:
        if room < 1:
            state[calendar.POSITION] = at - first
            messages.reads[message] += reads
            return False
        account = row[at]
        at += 1
        trait = people.traits[account]
        random = draws.bits(visits, account)
        if (random >> np.uint64(32)) >= seen[trait & 7]:
            continue
        delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, random) * pace
        viewed = timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)
        if viewed >= horizon:
            continue
        moment = np.int64(viewed)
        reads += 1
        _note(tally, panel, account, trait, moment, messenger, author)
        willing = (trait >> 3) & 7
        if draws.high(draws.mix(random)) < like * people.propensity[willing]:
            tally.likes[moment // 3600] += 1
        if account >= border:
            level = np.int64(0)
            border = NOWHERE
            if account < base:
                community = _community(starts, account)
                level = np.int64(levels[community])
                border = starts[community + 1]
        if not _could_act(stories, story, gate, level, willing, account):
            continue
        acts = max(second + 1, np.int64(viewed + _reaction(attention, visits, account)))
        calendar.schedule(queue, state, acts, account, post)
        room -= 1
    messages.reads[message] += reads
    state[calendar.PUSHING] = -1
    state[calendar.POSITION] = 0
    return True


@borrower
def show(run, post, accounts, first, second, chance, minutes, visits, messenger):
    """Show POST outside the feed to ACCOUNTS[FIRST:]; returns how many of ACCOUNTS are done (else the calendar is full).

    accounts   int32[n]  those shown it; the dormant do not look
    second     int64     from when on; not before the minute at which the run stands
    chance     float64   that one of them looks
    minutes    float64   mean of the exponential time until then, in activity time (`timeline`)
    visits     uint64    key of these draws (seed and what it is for)
    messenger  int64     counted as the one who told (-1: as for the post)
    """
    messages = run.messages
    stories = run.stories
    tally = run.tally
    state = run.state
    rhythm = run.rhythm
    message = run.posts.message[post]
    story = messages.story[message]
    author = messages.messenger[message]
    if messenger < 0:
        messenger = np.int64(author) if run.posts.parent[post] < 0 else np.int64(response.PEER)
    published = timeline.activity_at(rhythm.clock, float(second))
    like = run.posts.chance[post] * run.answer.like_ratio
    horizon = min(tally.likes.size * 3600, messages.until[message])
    for i in range(first, accounts.size):
        if run.queue.events.size == state[calendar.LIVE]:
            return i
        account = np.int64(accounts[i])
        trait = run.readers.traits[account]
        random = draws.bits(visits, account)
        if trait & 7 == 0 or draws.high(random) >= chance:
            continue
        delay = -draws.ln(draws.low(random)) * minutes * 60.0
        viewed = timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)
        if viewed >= horizon:
            continue
        moment = np.int64(viewed)
        messages.reads[message] += 1
        tally.shown[moment // 3600] += 1
        _note(tally, run.panel, account, trait, moment, messenger, author)
        willing = (trait >> 3) & 7
        if draws.high(draws.mix(random)) < like * run.readers.propensity[willing]:
            tally.likes[moment // 3600] += 1
        level = np.int64(0)
        if account < run.world.base:
            level = np.int64(stories.level[story, _community(run.world.community_start, account)])
        if _could_act(stories, story, stories.gate[story], level, willing, account):
            acts = max(second + 1, np.int64(viewed + _reaction(run.attention, visits, account)))
            calendar.schedule(run.queue, state, acts, account, post)
    return accounts.size


# --- acting ---------------------------------------------------------------------------------------


@borrower
def _comment(run, story_label, message, account, second):
    """Write the account's comments (one or more); the kind is drawn once."""
    tally = run.tally
    state = run.state
    key = draws.key(run.seed, draws.KIND, story_label)
    random = draws.bits(key, account)
    mix = run.messages.mix[message]
    kind = response.comment_kind(mix[0], mix[1], mix[2], random)
    more = 1.0 - 1.0 / max(run.answer.comments_each, 1.0)
    number = 1
    again = draws.uniform(draws.mix(random))
    while number < 20 and again < more:
        again /= more
        number += 1
    tally.comments[second // 3600, kind] += number
    row = state[calendar.COMMENTS]
    tally.talk_second[row] = second
    tally.talk_account[row] = account
    tally.talk_message[row] = message
    tally.talk_kind[row] = kind
    state[calendar.COMMENTS] += 1


@borrower
def _repost(run, post, account, second):
    """ACCOUNT passes POST on, or clicks through and passes on the original; the new post is left pending."""
    answer = run.answer
    messages = run.messages
    posts = run.posts
    tally = run.tally
    message = posts.message[post]
    story_label = run.stories.label[messages.story[message]]
    parent = post
    if posts.parent[post] >= 0:
        leave = answer.click_commented if posts.words[post] else answer.click_bare
        if draws.uniform(draws.bits(draws.key(run.seed, draws.ROUTE, story_label), account)) < leave:
            while posts.parent[parent] >= 0:
                parent = posts.parent[parent]
    logit = messages.words[message]
    if posts.parent[parent] >= 0 and not posts.words[parent]:
        logit += answer.words_bare
    words = response.has_words(logit, draws.bits(draws.key(run.seed, draws.WORDS, story_label), account))
    messages.reposts[message] += 1
    hour = second // 3600
    tally.reposts[hour, messages.messenger[message] if posts.parent[post] < 0 else response.PEER] += 1
    if words:
        tally.commented[hour] += 1
    _publish(run, message, account, parent, words, second, post)


@borrower
def _view(run, account, post, second):
    """ACCOUNT reads POST: hazards grow, and it may comment or repost."""
    messages = run.messages
    stories = run.stories
    posts = run.posts
    met = run.met
    certain = account < 0
    if certain:
        account = -1 - account
    message = posts.message[post]
    if second >= messages.until[message]:
        return
    story = messages.story[message]
    key = (np.int64(story) << 40) + account + 1
    person = met[met_room.slot(key, met)]
    if person.key == 0:
        person.key = key
        person.hazard = 0.0
        person.comment_hazard = 0.0
        person.reads = 0
        person.flags = 0
        run.state[calendar.ACCOUNTS_MET] += 1
    if certain:
        if not person.flags & REPOSTED:
            person.flags |= REPOSTED
            _repost(run, post, account, second)
        return
    if person.reads >= response.READS_COUNTED:
        return
    person.reads += 1
    interest = 1.0
    if account < run.world.base:
        interest = stories.interest[story, _community(run.world.community_start, account)]
    willing = (run.readers.traits[account] >> 3) & 7
    chance = (
        posts.chance[post]
        * interest
        * run.readers.propensity[willing]
        * response.reinforcement(run.answer, person.reads)
        * stories.damp[story]
    )
    person.hazard += response.hazard(chance)
    person.comment_hazard += response.hazard(chance * messages.comment[message])
    threshold = draws.bits(stories.gate[story], account)
    if not person.flags & COMMENTED and draws.reached(person.comment_hazard, draws.low(threshold)):
        person.flags |= COMMENTED
        _comment(run, stories.label[story], message, account, second)
    if not person.flags & REPOSTED and draws.reached(person.hazard, draws.high(threshold)):
        person.flags |= REPOSTED
        _repost(run, post, account, second)


@borrower
def advance(run, until):
    """Run every event before minute UNTIL; DONE, or what is lacking (NEED_*), or STOPPED at the repost limit."""
    queue = run.queue
    state = run.state
    while True:
        if state[calendar.PUSHING] >= 0 and not _push(run):
            return NEED_EVENTS
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
        if state[calendar.COMMENTS] >= run.tally.talk_second.size:
            return NEED_COMMENTS
        if state[calendar.REPOST_LIMIT] > 0 and state[calendar.POSTS] > state[calendar.REPOST_LIMIT]:
            return STOPPED
        event = calendar.pop(queue, state)
        done = queue.events[event]
        second = done.second
        account = done.account
        post = done.post
        done.next = state[calendar.FREE]
        state[calendar.FREE] = event
        state[calendar.LIVE] -= 1
        if post < 0:
            if second >= run.messages.until[-1 - post]:
                continue
            _publish(run, -1 - post, account, -1, True, second, -1)
        else:
            _view(run, account, post, second)


@borrower
def plan(queue, state, messages, first, last):
    """Put messages FIRST..LAST-1 on the calendar at their planned second. The caller checks the room."""
    for m in range(first, last):
        calendar.schedule(queue, state, messages.second[m], messages.account[m], -1 - m)
