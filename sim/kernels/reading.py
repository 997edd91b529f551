"""Reading: a publication meets the followers of its author, or those it is shown to outside the feed."""

import numpy as np

from sim.kernels import aside as aside_room
from sim.kernels import calendar, draws, lanes, response, rows, sleeping, timeline
from sim.kernels import met as met_room
from sim.kernels import recall as recall_room
from sim.kernels.compiled import borrower
from sim.kernels.run import DONE, NEED_ASIDE, NEED_EVENTS, NEED_TABLE

NOWHERE = np.int64(2**62)
LATEST = np.int64(2**62)


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
def _look(run, post, row, first, last, listed, kept):
    """Find who sees POST among at most LOOK places of ROW[FIRST:LAST]: (how many, in `ahead`; where to go on).

    Their memory is asked for here and used in `_meet`, when it has come.  First everybody is hashed, then those who
    look are kept without a branch, then those are drawn in full: a branch that nobody can foresee costs as much as
    twenty hashes.
    """
    attention = run.attention
    traits = run.readers.traits
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
    levels = stories.level[story]
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
    count = min(last - first, ahead.size)
    for i in range(count):
        account = np.int64(row[first + i])
        reader = ahead[i]
        reader.account = account
        reader.random = draws.bits(visits, account)
        if not listed:
            lanes.prefetch(traits, np.uint64(account))
    looking = 0
    for i in range(count):
        account = ahead[i].account
        random = ahead[i].random
        trait = audience.traits[first + i] if listed else traits[account]
        reader = ahead[looking]
        reader.place = first + i
        reader.account = account
        reader.random = random
        reader.trait = trait
        looking += (random >> np.uint64(32)) < seen[trait & 7]
    found = 0
    for i in range(looking):
        place = ahead[i].place
        account = ahead[i].account
        random = ahead[i].random
        trait = ahead[i].trait
        delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, random) * pace
        viewed = timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)
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
        could = ((threshold >> np.uint64(32)) >= repost_gate[level, willing]) | (
            (threshold & np.uint64(0xFFFFFFFF)) >= comment_gate[level, willing]
        )
        if kept:
            aside_room.ask(run.aside, sleeping.story_key(story, account))
        watched = _watched(panel, account)
        if watched >= 0:
            lanes.prefetch(tally.watch, np.uint64(watched))
        reader = ahead[found]  # FOUND <= I: what stood there has been read
        reader.place = place
        reader.account = account
        reader.random = random
        reader.threshold = threshold
        reader.viewed = viewed
        reader.care = interest * run.readers.propensity[willing]
        reader.trait = trait
        reader.could = could
        found += viewed < horizon
    for i in range(found):
        reader = ahead[i]
        if not reader.could:
            continue
        key = sleeping.story_key(story, reader.account)
        if listed:
            reader.mask = audience.mask[reader.place]
        if (
            kept
            and aside_room.untouched(run.aside, key)
            and sleeping.latent(run, story, np.int64(reader.mask), chance, comment, reader.care, reader.threshold)
        ):
            reader.could = False
            continue
        reader.bucket = aside_room.bucket_of(key, run.aside)
        lanes.prefetch(buckets, np.uint64(reader.bucket))
        lanes.prefetch(met, met_room.home(key, met))
        if listed:
            lanes.prefetch(traits, np.uint64(reader.account))
        elif reader.account < audience.follows.size:
            lanes.prefetch(audience.follows, np.uint64(reader.account))
    return found, first + count


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
        if bucket.chain & aside_room.AWAKE:
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
    row, first, last = rows.read(run.world, posts.account[post], run.scratch)
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
    message = run.posts.message[post]
    story = messages.story[message]
    author = messages.messenger[message]
    if messenger < 0:
        messenger = np.int64(author) if run.posts.parent[post] < 0 else np.int64(response.PEER)
    published = timeline.activity_at(rhythm.clock, float(second))
    like = run.posts.chance[post] * run.answer.like_ratio
    horizon = min(tally.likes.size * 3600, messages.until[message])
    for i in range(first, last):
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
