"""Reading: a publication meets the followers of its author, or those it is shown to outside the feed."""

import numpy as np

from sim.kernels import aside as aside_room
from sim.kernels import calendar, draws, lanes, response, rows, sleeping, timeline
from sim.kernels import met as met_room
from sim.kernels import recall as recall_room
from sim.kernels.compiled import borrower
from sim.kernels.run import DONE, LOOK, NEED_ASIDE, NEED_EVENTS, NEED_TABLE

NOWHERE = np.int64(2**62)
LATEST = np.int64(2**62)
EVERYBODY = np.uint64(2**32 - 1)


@borrower
def _watched(panel, account):
    """Row of ACCOUNT among those who are watched, -1: it is not."""
    if panel == 1:
        return np.int64(account)
    row = np.int64(np.uint32(account) // np.uint32(panel))
    return row if row * panel == account else np.int64(-1)


@borrower
def _note(tally, panel, account, trait, moment, messenger, author):
    """Count one read: ACCOUNT reads at second MOMENT what MESSENGER tells (an original of AUTHOR)."""
    hour = moment // 3600
    tally.reads[hour, messenger] += 1
    if trait & 64:
        tally.follower_reads[hour] += 1
    row = _watched(panel, account)
    if row >= 0:
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
def _looking(run, visits, seen, row, first, count, place, listed):
    """Which of COUNT <= LOOK accounts of ROW, from FIRST on, see the post of VISITS: a bit each (uint64).

    Their random words stand in `near.random` then, where their memory is asked for in time.  PLACE is where their
    traits stand among the audience's (LISTED).  Sixteen at a time (`lanes.chosen`), as hashing everybody is what a push
    costs; what does not fill the lanes, or stands scattered, is gathered first.
    """
    near = run.near
    traits = run.readers.traits
    looking = np.uint64(0)
    if listed and count == LOOK:
        for i in range(0, LOOK, 16):
            found = lanes.chosen(row, first + i, run.audience.traits, place + i, seen, visits, near.random, i)
            looking |= found << np.uint64(i)
        return looking
    for i in range(count):
        account = row[np.uint64(first + i)]
        near.account[np.uint64(i)] = account
        if not listed:
            lanes.prefetch(traits, np.uint64(account))
    for i in range(count):
        at = np.uint64(i)
        near.trait[at] = run.audience.traits[np.uint64(place + i)] if listed else traits[np.uint64(near.account[at])]
    for i in range(0, count, 16):
        found = lanes.chosen(near.account, i, near.trait, i, seen, visits, near.random, i)
        looking |= found << np.uint64(i)
    if count < LOOK:
        looking &= (np.uint64(1) << np.uint64(count)) - np.uint64(1)
    return looking


@borrower
def _look(run, post, row, first, last, listed, kept):
    """Find who sees POST among at most LOOK places of ROW[FIRST:LAST]: (how many, in `ahead`; where to go on).

    Their memory is asked for here and used in `_meet`, when it has come.  First everybody is hashed, then those who
    look are drawn in full, then those who could act are asked for: a branch that nobody can foresee costs as much as
    twenty hashes.
    """
    attention = run.attention
    audience = run.audience
    rhythm = run.rhythm
    messages = run.messages
    stories = run.stories
    posts = run.posts
    tally = run.tally
    panel = run.panel
    ahead = run.ahead
    buckets = run.aside.buckets
    met = run.met
    message = posts.message[post]
    story = messages.story[message]
    second = posts.second[post]
    visits = draws.key(run.seed, draws.VISIT, sleeping.visit_label(messages, stories, posts, post))
    gate = stories.gate[story]
    half = stories.half[story]
    repost_gate = stories.repost_gate[story]
    comment_gate = stories.comment_gate[story]
    published = timeline.activity_at(rhythm.clock, float(second))
    seen = rhythm.seen[(run.start_hour + second // 3600) % 168]
    pace = messages.clock[message]
    horizon = _horizon(run, message)
    chance = posts.chance[post]
    comment = chance * messages.comment[message]
    base = run.world.base
    starts = run.world.community_start
    level = np.int64(0)
    interest = 1.0
    border = np.int64(0)  # accounts of a row ascend: LEVEL and INTEREST hold below the next border of a community
    count = min(last - first, min(ahead.size, LOOK))
    looking = _looking(run, visits, seen, row, first, count, first, listed)
    found = np.uint64(0)
    while looking != np.uint64(0):
        one = lanes.lowest(looking)
        looking &= looking - np.uint64(1)
        account = np.int64(row[np.uint64(first) + one])
        random = run.near.random[one]
        trait = audience.traits[np.uint64(first) + one] if listed else run.near.trait[one]
        delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, random) * pace
        viewed = timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)
        if account >= border:
            level = np.int64(0)
            interest = 1.0
            border = NOWHERE
            if account < base:
                community = sleeping.community_of(starts, account)
                interest = sleeping.interest_of(stories, story, community)
                level = np.int64(interest <= half)
                border = starts[community + 1]
        willing = (trait >> 3) & 7
        threshold = draws.bits(gate, account)
        could = ((threshold >> np.uint64(32)) >= repost_gate[level, willing]) | (
            (threshold & np.uint64(0xFFFFFFFF)) >= comment_gate[level, willing]
        )
        aside_room.ask(run.aside, sleeping.story_key(story, account))
        watched = _watched(panel, account)
        if watched >= 0:
            lanes.prefetch(tally.watch, np.uint64(watched))
        reader = ahead[found]
        reader.place = first + np.int64(one)
        reader.account = account
        reader.random = random
        reader.threshold = threshold
        reader.viewed = viewed
        reader.care = interest * run.readers.propensity[willing]
        reader.trait = trait
        reader.could = could
        found += np.uint64(viewed < horizon)
    for i in range(np.int64(found)):
        reader = ahead[np.uint64(i)]
        if not reader.could:
            continue
        key = sleeping.story_key(story, reader.account)
        if listed:
            reader.mask = audience.mask[np.uint64(reader.place)]
        if (
            kept
            and aside_room.untouched(run.aside, key)
            and sleeping.latent(run, story, np.int64(reader.mask), chance, comment, reader.care, reader.threshold)
        ):
            reader.could = False
            continue
        reader.bucket = aside_room.bucket_of(key, run.aside)
        lanes.prefetch(buckets, np.uint64(reader.bucket))
        if listed:
            lanes.prefetch(met, met_room.home(key, met))
            lanes.prefetch(run.readers.traits, np.uint64(reader.account))
        elif reader.account < audience.follows.size:
            lanes.prefetch(audience.follows, np.uint64(reader.account))
    return np.int64(found), first + count


@borrower
def _horizon(run, message):
    """From this second on nobody sees posts of MESSAGE."""
    return min(run.tally.likes.size * 3600, run.messages.until[message])


@borrower
def _meet(run, post, reader, visits, listed, kept):
    """READER (AHEAD), who could act, is about to see POST: it is laid aside, recalled if need be, or an event."""
    posts = run.posts
    message = posts.message[post]
    second = posts.second[post]
    account = reader.account
    if run.aside.reads.size > 0:
        key = sleeping.story_key(run.messages.story[message], account)
        bucket = run.aside.buckets[reader.bucket]
        row = np.int64(-1)
        if bucket.awake & aside_room.awake_bit(key):
            row = np.int64(met_room.slot(key, run.met))
            if run.met[row].key == 0:
                row = np.int64(-1)
        if row < 0:
            mask = np.int64(reader.mask) if listed else recall_room.follows(run.audience, account)
            if sleeping.sleeps(run, bucket, key, account, post, reader.care, reader.threshold, mask, kept):
                return
            publisher = posts.account[post]
            limit = LATEST if posts.parent[post] >= 0 and account < publisher else np.int64(0)
            row = sleeping.wake(run, key, account, np.int64(second), limit, mask)
        if run.met[row].reads >= response.READS_COUNTED:
            return
    acts = max(second + 1, np.int64(reader.viewed + sleeping.reaction(run.attention, visits, account)))
    calendar.schedule(run.queue, run.state, acts, account, post)


@borrower
def _room(run):
    """What the next reader might lack: DONE or NEED_*. Waking it makes an event of each of its reads so far."""
    state = run.state
    if run.queue.events.size - state[calendar.LIVE] <= state[calendar.DEEPEST] + state[calendar.RECALLED]:
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
    recall = run.aside.recall
    post = state[calendar.PUSHING]
    message = posts.message[post]
    author = messages.messenger[message]
    messenger = author if posts.parent[post] < 0 else response.PEER
    row, first, last = rows.read(run.world, posts.account[post], run.scratch, people.traits)
    if state[calendar.POSITION] < 0:
        state[calendar.POSITION] = 0
        tally.pushes[posts.second[post] // 3600] += last - first
    cast = posts.account[post] - run.world.base
    listed = cast >= 0 and run.audience.indptr.size > 1
    if listed:
        row, first, last = run.audience.followers, run.audience.indptr[cast], run.audience.indptr[cast + 1]
    place = recall_room.place_of(run.audience, run.world.base, posts.account[post])
    kept = place >= 0 and state[calendar.RECALLED] < recall.posts.size
    visits = draws.key(run.seed, draws.VISIT, sleeping.visit_label(messages, run.stories, posts, post))
    like = posts.chance[post] * run.answer.like_ratio
    at = first + state[calendar.POSITION]
    while at < last:
        found, at = _look(run, post, row, at, last, listed, kept)
        for i in range(found):
            reader = ahead[i]
            if reader.could:
                lacks = _room(run)
                if lacks != DONE:
                    state[calendar.POSITION] = ahead[i].place - first
                    messages.reads[message] += i
                    return lacks
                _meet(run, post, reader, visits, listed, kept)
            moment = np.int64(reader.viewed)
            _note(tally, run.panel, reader.account, reader.trait, moment, messenger, author)
            if draws.high(draws.mix(reader.random)) < like * people.propensity[(reader.trait >> 3) & 7]:
                tally.likes[moment // 3600] += 1
        messages.reads[message] += found
    if kept:
        recall_room.keep(run, state[calendar.RECALLED], post, place, visits, float(_horizon(run, message)))
        state[calendar.RECALLED] += 1
    state[calendar.PUSHING] = -1
    state[calendar.POSITION] = 0
    return DONE


@borrower
def _below(chance):
    """How many values of 32 bits `draws.high` turns into a number below CHANCE (uint64)."""
    most = chance * 4294967296.0
    limit = np.int64(max(most - 0.5, 0.0))
    while limit > 0 and limit - 0.5 >= most:
        limit -= 1
    while limit <= EVERYBODY and limit + 0.5 < most:
        limit += 1
    return np.uint64(limit)


@borrower
def _looking_outside(run, accounts, first, last, everybody, visits):
    """Those among ACCOUNTS[FIRST:LAST] whose hash lies below `near.below`, or EVERYBODY: (how many, where to go on).

    Their place, account and random word stand in `ahead`, the memory of their traits is asked for.
    """
    near = run.near
    found = np.uint64(0)
    at = first
    room = run.ahead.size
    while at < last and (found == np.uint64(0) or np.int64(found) + 16 <= room):
        count = min(last - at, min(16, room))
        items, place = accounts, np.int64(at)
        if count < 16:
            for i in range(count):
                near.account[i] = accounts[at + i]
            items, place = near.account, np.int64(0)
        looking = lanes.chosen(items, place, near.trait, np.int64(0), near.below, visits, near.random, np.int64(0))
        if everybody:
            looking = np.uint64(0xFFFF)
        looking &= (np.uint64(1) << np.uint64(count)) - np.uint64(1)
        while looking != np.uint64(0):
            one = lanes.lowest(looking)
            looking &= looking - np.uint64(1)
            reader = run.ahead[found]
            reader.place = at + np.int64(one)
            reader.account = items[np.uint64(place) + one]
            reader.random = near.random[one]
            lanes.prefetch(run.readers.traits, np.uint64(reader.account))
            found += np.uint64(1)
        at += count
    return np.int64(found), at


@borrower
def _show(run, post, accounts, first, last, second, chance, minutes, visits, messenger):
    """Show POST outside the feed to ACCOUNTS[FIRST:LAST]: (what is lacking to go on, how many of ACCOUNTS are done).

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
    ahead = run.ahead
    message = run.posts.message[post]
    story = messages.story[message]
    author = messages.messenger[message]
    if messenger < 0:
        messenger = np.int64(author) if run.posts.parent[post] < 0 else np.int64(response.PEER)
    published = timeline.activity_at(rhythm.clock, float(second))
    like = run.posts.chance[post] * run.answer.like_ratio
    horizon = min(tally.likes.size * 3600, messages.until[message])
    limit = _below(chance)
    run.near.below[:] = np.uint32(min(limit, EVERYBODY))
    at = first
    while at < last:
        found, after = _looking_outside(run, accounts, at, last, limit > EVERYBODY, visits)
        for i in range(found):
            reader = ahead[np.uint64(i)]
            account = reader.account
            trait = run.readers.traits[np.uint64(account)]
            delay = -draws.ln(draws.low(reader.random)) * minutes * 60.0
            viewed = timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)
            level = np.int64(0)
            if account < run.world.base:
                community = sleeping.community_of(run.world.community_start, account)
                level = np.int64(sleeping.interest_of(stories, story, community) <= stories.half[story])
            willing = (trait >> 3) & 7
            threshold = draws.bits(stories.gate[story], account)
            reader.trait = trait
            reader.viewed = np.inf if trait & 7 == 0 else viewed
            reader.could = ((threshold >> np.uint64(32)) >= stories.repost_gate[story, level, willing]) | (
                (threshold & np.uint64(0xFFFFFFFF)) >= stories.comment_gate[story, level, willing]
            )
            watched = _watched(run.panel, account)
            if watched >= 0:
                lanes.prefetch(tally.watch, np.uint64(watched))
            if reader.could:
                lanes.prefetch(run.met, met_room.home(sleeping.story_key(story, account), run.met))
        for i in range(found):
            reader = ahead[np.uint64(i)]
            if reader.viewed >= horizon:
                continue
            lacks = _room(run)
            if lacks != DONE:
                return lacks, reader.place
            account = reader.account
            moment = np.int64(reader.viewed)
            messages.reads[message] += 1
            tally.shown[moment // 3600] += 1
            _note(tally, run.panel, account, reader.trait, moment, messenger, author)
            if draws.high(draws.mix(reader.random)) < like * run.readers.propensity[(reader.trait >> 3) & 7]:
                tally.likes[moment // 3600] += 1
            if not reader.could:
                continue
            if run.aside.reads.size > 0:
                key = sleeping.story_key(story, account)
                sleeping.awake(run, key, account, state[calendar.MINUTE] * 60, np.int64(0))
            acts = max(second + 1, np.int64(reader.viewed + sleeping.reaction(run.attention, visits, account)))
            calendar.schedule(run.queue, state, acts, account, post)
        at = after
    return DONE, last


@borrower
def show(run, posts, starts, accounts, which, done, second, chance, minutes, visits, messenger):
    """Show several posts outside the feed, one after the other: (what is lacking, which post it was, accounts done).

    posts    int64[n]  the I-th is shown to ACCOUNTS[starts[I]:starts[I + 1]] (int32[]), with the key VISITS[I]
    which, done  where to go on: int64 post, int64 account; at first 0, 0
    """
    for i in range(which, posts.size):
        lacks, done = _show(
            run, posts[i], accounts, done, starts[i + 1], second, chance, minutes, visits[i], messenger
        )  # fmt: skip
        if lacks != DONE:
            return lacks, i, done
    return DONE, posts.size, done


@borrower
def descends(accounts, starts):
    """The first place of ACCOUNTS (int32[]) that does not ascend within ACCOUNTS[starts[i]:starts[i + 1]]; -1: none."""
    for part in range(starts.size - 1):
        for i in range(starts[part] + 1, starts[part + 1]):
            if accounts[np.uint64(i)] <= accounts[np.uint64(i - 1)]:
                return i
    return -1
