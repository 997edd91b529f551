"""Reading: a publication meets the followers of its author, or those it is shown to outside the feed."""

import numpy as np

from sim.kernels import aside as aside_room
from sim.kernels import calendar, draws, lanes, response, rows, sleeping, timeline
from sim.kernels import met as met_room
from sim.kernels.compiled import borrower
from sim.kernels.run import DONE, NEED_ASIDE, NEED_EVENTS, NEED_TABLE

NOWHERE = np.int64(2**62)
LATEST = np.int64(2**62)
LOOK_AHEAD = 24  # places of a row whose traits are fetched early


@borrower
def _note(tally, panel, account, trait, moment, messenger, author):
    """Count one read: ACCOUNT reads at second MOMENT what MESSENGER tells (an original of AUTHOR)."""
    hour = moment // 3600
    tally.reads[hour, messenger] += 1
    if trait & 64:
        tally.follower_reads[hour] += 1
    if panel == 1 or account % panel == 0:
        row = account if panel == 1 else account // panel
        watched = tally.watch[row]
        tally.fresh[row] = True
        if watched.times < 65_535:
            watched.times += 1
        if moment < watched.first:
            watched.first = moment
            watched.first_by = author
        if moment >= watched.last:
            watched.last = moment
            watched.last_by = author


@borrower
def _look(run, post, row, first, last, listed):
    """Find who sees POST among ROW[FIRST:LAST] until `ahead` is full: (how many it holds, where to go on).

    Their memory is asked for here and used in `_meet`, when it has come.
    """
    attention = run.attention
    traits = run.readers.traits
    kinds = run.audience.traits
    rhythm = run.rhythm
    messages = run.messages
    stories = run.stories
    posts = run.posts
    tally = run.tally
    panel = run.panel
    ahead = run.ahead
    buckets = run.aside.buckets
    message = posts.message[post]
    story = messages.story[message]
    second = posts.second[post]
    visits = draws.key(run.seed, draws.VISIT, sleeping.visit_label(messages, stories, posts, post))
    gate = stories.gate[story]
    levels = stories.level[story]
    repost_gate = stories.repost_gate[story]
    comment_gate = stories.comment_gate[story]
    published = timeline.activity_at(rhythm.clock, float(second))
    seen = rhythm.seen[(run.start_hour + second // 3600) % 168]
    pace = messages.clock[message]
    horizon = min(tally.likes.size * 3600, messages.until[message])
    base = run.world.base
    starts = run.world.community_start
    level = np.int64(0)
    interest = 1.0
    border = np.int64(0)  # accounts of a row ascend: LEVEL and INTEREST hold below the next border of a community
    found = 0
    at = first
    while at < last and found < ahead.size:
        account = np.int64(row[at])
        if listed:
            trait = kinds[at]
        else:
            if at + LOOK_AHEAD < last:
                lanes.prefetch(traits, np.uint64(row[at + LOOK_AHEAD]))
            trait = traits[account]
        random = draws.bits(visits, account)
        at += 1
        if (random >> np.uint64(32)) >= seen[trait & 7]:
            continue
        delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, random) * pace
        viewed = timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)
        if viewed >= horizon:
            continue
        if panel == 1:
            lanes.prefetch(tally.watch, np.uint64(account))
        if listed:
            lanes.prefetch(traits, np.uint64(account))
        if account >= border:
            level = np.int64(0)
            interest = 1.0
            border = NOWHERE
            if account < base:
                community = sleeping.community_of(starts, account)
                level = np.int64(levels[community])
                interest = stories.interest[story, community]
                border = starts[community + 1]
        willing = (trait >> 3) & 7
        threshold = draws.bits(gate, account)
        reader = ahead[found]
        reader.could = (threshold >> np.uint64(32)) >= repost_gate[level, willing] or (
            threshold & np.uint64(0xFFFFFFFF)
        ) >= comment_gate[level, willing]
        if reader.could:
            reader.bucket = aside_room.bucket_of(sleeping.story_key(story, account), run.aside)
            lanes.prefetch(buckets, np.uint64(reader.bucket))
        reader.place = at - 1
        reader.account = account
        reader.random = random
        reader.threshold = threshold
        reader.viewed = viewed
        reader.care = interest * run.readers.propensity[willing]
        reader.trait = trait
        found += 1
    return found, at


@borrower
def _meet(run, post, reader, visits):
    """READER (AHEAD), who could act, is about to see POST: it is laid aside, or an event."""
    posts = run.posts
    message = posts.message[post]
    second = posts.second[post]
    account = reader.account
    if run.aside.reads.size > 0:
        key = sleeping.story_key(run.messages.story[message], account)
        bucket = run.aside.buckets[reader.bucket]
        row = np.int64(-1)
        if bucket.chain & aside_room.AWAKE:
            row = np.int64(met_room.slot(key, run.met))
            if run.met[row].key == 0:
                row = np.int64(-1)
        if row < 0:
            if sleeping.sleeps(run, bucket, key, account, post, reader.care, reader.threshold):
                return
            publisher = posts.account[post]
            limit = LATEST if posts.parent[post] >= 0 and account < publisher else np.int64(0)
            row = sleeping.wake(run, key, account, np.int64(second), limit)
        if run.met[row].reads >= response.READS_COUNTED:
            return
    acts = max(second + 1, np.int64(reader.viewed + sleeping.reaction(run.attention, visits, account)))
    calendar.schedule(run.queue, run.state, acts, account, post)


@borrower
def _room(run):
    """What the next reader might lack: DONE or NEED_*. Waking it makes an event of each of its reads so far."""
    state = run.state
    if run.queue.events.size - state[calendar.LIVE] <= state[calendar.DEEPEST]:
        return NEED_EVENTS
    if run.aside.reads.size > 0 and state[calendar.ASIDE] >= run.aside.reads.size:
        return NEED_ASIDE
    if state[calendar.ACCOUNTS_MET] * 10 >= run.met.size * 6:
        return NEED_TABLE
    return DONE


@borrower
def push(run):
    """Push the pending post to its author's followers; DONE, or what is lacking (NEED_*) to go on."""
    people = run.readers
    messages = run.messages
    posts = run.posts
    tally = run.tally
    state = run.state
    ahead = run.ahead
    post = state[calendar.PUSHING]
    message = posts.message[post]
    author = messages.messenger[message]
    messenger = author if posts.parent[post] < 0 else response.PEER
    row, first, last = rows.read(run.world, posts.account[post], run.scratch)
    if state[calendar.POSITION] < 0:
        state[calendar.POSITION] = 0
        tally.pushes[posts.second[post] // 3600] += last - first
    cast = posts.account[post] - run.world.base
    listed = cast >= 0 and run.audience.indptr.size > 1
    if listed:
        row, first, last = run.audience.followers, run.audience.indptr[cast], run.audience.indptr[cast + 1]
    visits = draws.key(run.seed, draws.VISIT, sleeping.visit_label(messages, run.stories, posts, post))
    like = posts.chance[post] * run.answer.like_ratio
    at = first + state[calendar.POSITION]
    while at < last:
        found, at = _look(run, post, row, at, last, listed)
        for i in range(found):
            lacks = _room(run)
            if lacks != DONE:
                state[calendar.POSITION] = ahead[i].place - first
                messages.reads[message] += i
                return lacks
            reader = ahead[i]
            if reader.could:
                _meet(run, post, reader, visits)
            moment = np.int64(reader.viewed)
            trait = people.traits[reader.account] if listed else reader.trait
            _note(tally, run.panel, reader.account, trait, moment, messenger, author)
            if draws.high(draws.mix(reader.random)) < like * people.propensity[(reader.trait >> 3) & 7]:
                tally.likes[moment // 3600] += 1
        messages.reads[message] += found
    state[calendar.PUSHING] = -1
    state[calendar.POSITION] = 0
    return DONE


@borrower
def show(run, post, accounts, first, second, chance, minutes, visits, messenger):
    """Show POST outside the feed to ACCOUNTS[FIRST:]: (what is lacking to go on, how many of ACCOUNTS are done).

    accounts   int32[n]  those shown it; the dormant do not look
    second     int64     from when on; not before the minute at which the run stands
    chance     float64   that one of them looks
    minutes    float64   mean of the exponential time until then, in activity time (`timeline`)
    visits     uint64    key of these draws (seed and what it is for)
    messenger  int64     counted as the one who told (-1: as for the post)

    Who could ever act on it is woken: no read outside the feed is laid aside.
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
        lacks = _room(run)
        if lacks != DONE:
            return lacks, i
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
            level = np.int64(stories.level[story, sleeping.community_of(run.world.community_start, account)])
        threshold = draws.bits(stories.gate[story], account)
        if (threshold >> np.uint64(32)) < stories.repost_gate[story, level, willing] and (
            threshold & np.uint64(0xFFFFFFFF)
        ) < stories.comment_gate[story, level, willing]:
            continue
        if run.aside.reads.size > 0:
            sleeping.awake(run, sleeping.story_key(story, account), account, state[calendar.MINUTE] * 60, np.int64(0))
        acts = max(second + 1, np.int64(viewed + sleeping.reaction(run.attention, visits, account)))
        calendar.schedule(run.queue, state, acts, account, post)
    return DONE, accounts.size
