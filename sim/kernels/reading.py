"""Reading: a publication meets the followers of its author, or those it is shown to outside the feed."""

import numpy as np

from sim.kernels import aside as aside_room
from sim.kernels import calendar, draws, lanes, looking, octets, response, rows, sleeping, timeline
from sim.kernels import met as met_room
from sim.kernels import recall as recall_room
from sim.kernels.compiled import borrower
from sim.kernels.run import DONE, NEED_ASIDE, NEED_EVENTS, NEED_TABLE

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
        _watch(tally, row, moment, author)


@borrower
def _watch(tally, row, moment, author):
    """The watched account ROW reads at second MOMENT what comes from AUTHOR."""
    watched = tally.watch[row]
    tally.fresh[np.uint64(row) >> np.uint64(6)] |= np.uint64(1) << (np.uint64(row) & np.uint64(63))
    if watched.times < 65_535:
        watched.times += 1
    if moment < watched.first:
        watched.first = moment
        watched.first_by = author
    if moment >= watched.last:
        watched.last = moment
        watched.last_by = author


@borrower
def _horizon(run, message):
    """From this second on nobody sees posts of MESSAGE."""
    return min(run.tally.likes.size * 3600, run.messages.until[message])


@borrower
def _meet(run, post, reader, visits, second, since, publisher, mask, kept):
    """READER (AHEAD), who could act, is about to see POST: it is laid aside, recalled if need be, or an event.

    second, since  int64  it is there from SECOND on; what is read before SINCE has happened
    publisher      int64  who passes it on at that second (-1: nobody): before whoever stands behind them
    mask           int64  whom READER follows (`recall.follows`)
    """
    message = run.posts.message[post]
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
            if sleeping.sleeps(run, bucket, key, account, post, reader.care, reader.threshold, mask, kept):
                return
            row = sleeping.wake(run, key, account, since, LATEST if account < publisher else np.int64(0), mask)
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
def _count(run, message, done, messenger, author):
    """Count the reads of the first DONE of `near.lookers`."""
    who = run.near.lookers
    tally = run.tally
    for i in range(0, done, octets.LANES):
        at = np.uint64(i)
        mark = at >> np.uint64(3)
        all_of_them = (np.uint64(1) << np.uint64(min(done - i, octets.LANES))) - np.uint64(1)
        timely = np.uint64(who.timely[mark]) & all_of_them
        run.messages.reads[message] += np.int64(lanes.ones(timely))
        while timely != np.uint64(0):
            tally.reads[who.hour[at + lanes.lowest(timely)], messenger] += 1
            timely &= timely - np.uint64(1)
        likes = np.uint64(who.likes[mark]) & all_of_them
        while likes != np.uint64(0):
            tally.likes[who.hour[at + lanes.lowest(likes)]] += 1
            likes &= likes - np.uint64(1)
        follows = np.uint64(who.follows[mark]) & all_of_them
        while follows != np.uint64(0):
            tally.follower_reads[who.hour[at + lanes.lowest(follows)]] += 1
            follows &= follows - np.uint64(1)
        watched = np.uint64(who.watched[mark]) & all_of_them
        while watched != np.uint64(0):
            one = at + lanes.lowest(watched)
            _watch(tally, who.row[one], who.moment[one], author)
            watched &= watched - np.uint64(1)


@borrower
def push(run):
    """Push the pending post to its author's followers; DONE, or what is lacking (NEED_*) to go on."""
    messages = run.messages
    posts = run.posts
    tally = run.tally
    state = run.state
    ahead = run.ahead
    recall = run.aside.recall
    post = state[calendar.PUSHING]
    message = posts.message[post]
    author = messages.messenger[message]
    messenger = np.int64(author) if posts.parent[post] < 0 else np.int64(response.PEER)
    row, first, last = rows.read(run.world, posts.account[post], run.scratch, run.readers.traits)
    if state[calendar.POSITION] < 0:
        state[calendar.POSITION] = 0
        tally.pushes[posts.second[post] // 3600] += last - first
    cast = posts.account[post] - run.world.base
    listed = cast >= 0 and run.audience.indptr.size > 1
    if listed:
        row, first, last = run.audience.followers, run.audience.indptr[cast], run.audience.indptr[cast + 1]
    place = recall_room.place_of(run.audience, run.world.base, posts.account[post])
    kept = place >= 0 and state[calendar.RECALLED] < recall.posts.size
    if kept:
        looking.recalled_into(run, messages.story[message])
    visits = draws.key(run.seed, draws.VISIT, sleeping.visit_label(messages, run.stories, posts, post))
    horizon = float(_horizon(run, message))
    second = np.int64(posts.second[post])
    publisher = np.int64(-1 if posts.parent[post] < 0 else posts.account[post])
    at = first + state[calendar.POSITION]
    while at < last:
        done, waiting, at = looking.look(run, post, row, at, last, horizon, listed, kept)
        lacks = DONE
        for i in range(waiting):
            reader = ahead[np.uint64(i)]
            lacks = _room(run)
            if lacks != DONE:
                done = np.int64(reader.looker)
                state[calendar.POSITION] = run.near.lookers.place[np.uint64(done)] - first
                break
            mask = np.int64(reader.mask) if listed else recall_room.follows(run.audience, reader.account)
            _meet(run, post, reader, visits, second, second, publisher, mask, kept)
        _count(run, message, done, messenger, author)
        if lacks != DONE:
            return lacks
    if kept:
        pace = messages.clock[message]
        recall_room.keep(run, state[calendar.RECALLED], post, place, visits, second, pace, horizon)
        state[calendar.RECALLED] += 1
    state[calendar.PUSHING] = -1
    state[calendar.POSITION] = 0
    return DONE


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
def _show(run, post, accounts, first, last, second, chance, minutes, visits, messenger, kept):
    """Show POST outside the feed to ACCOUNTS[FIRST:LAST]: (what is lacking to go on, how many of ACCOUNTS are done).

    accounts   int32[n]  those shown it; the dormant do not look
    second     int64     from when on; not before the minute at which the run stands
    chance     float64   that one of them looks
    minutes    float64   mean of the exponential time until then, in activity time (`timeline`)
    visits     uint64    key of these draws (seed and what it is for)
    messenger  int64     counted as the one who told (-1: as for the post)
    kept       bool      it will be recalled (`recall`): who sleeps sleeps on. Else who could ever act on it is woken
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
    own = run.posts.chance[post]
    like = own * run.answer.like_ratio
    comment = own * messages.comment[message]
    horizon = _horizon(run, message)
    since = state[calendar.MINUTE] * 60
    limit = draws.below(chance)
    run.near.below[:] = np.uint32(min(limit, EVERYBODY))
    at = first
    while at < last:
        found, after = _looking_outside(run, accounts, at, last, limit > EVERYBODY, visits)
        for i in range(found):
            reader = ahead[np.uint64(i)]
            account = reader.account
            trait = run.readers.traits[np.uint64(account)]
            viewed = recall_room.outside(rhythm, published, minutes, reader.random)
            interest = 1.0
            level = np.int64(0)
            if account < run.world.base:
                community = rows.community_of(run.world.community_start, account)
                interest = sleeping.interest_of(stories, story, community)
                level = np.int64(interest <= stories.half[story])
            willing = (trait >> 3) & 7
            threshold = draws.bits(stories.gate[story], account)
            reader.trait = trait
            reader.threshold = threshold
            reader.care = interest * run.readers.propensity[willing]
            reader.viewed = np.inf if trait & 7 == 0 else viewed
            reader.could = ((threshold >> np.uint64(32)) >= stories.repost_gate[story, level, willing]) | (
                (threshold & np.uint64(0xFFFFFFFF)) >= stories.comment_gate[story, level, willing]
            )
            watched = _watched(run.panel, account)
            if watched >= 0:
                lanes.prefetch(tally.watch, np.uint64(watched))
            if reader.could and kept:
                aside_room.ask(run.aside, sleeping.story_key(story, account))
                lanes.prefetch(run.audience.follows, np.uint64(account))
            elif reader.could:
                lanes.prefetch(run.met, met_room.home(sleeping.story_key(story, account), run.met))
        for i in range(found):
            reader = ahead[np.uint64(i)]
            if not reader.could or not kept:
                continue
            key = sleeping.story_key(story, reader.account)
            reader.mask = recall_room.follows(run.audience, reader.account)
            if aside_room.untouched(run.aside, key) and sleeping.latent(
                run, story, np.int64(reader.mask), own, comment, reader.care, reader.threshold
            ):
                reader.could = False
                continue
            reader.bucket = aside_room.bucket_of(key, run.aside)
            lanes.prefetch(run.aside.buckets, np.uint64(reader.bucket))
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
            if kept:
                _meet(run, post, reader, visits, second, since, np.int64(-1), np.int64(reader.mask), kept)
                continue
            if run.aside.reads.size > 0:
                sleeping.awake(run, sleeping.story_key(story, account), account, since, np.int64(0))
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
    kept = np.bool_(False)
    for i in range(which, posts.size):
        lacks, done = _show(
            run, posts[i], accounts, done, starts[i + 1], second, chance, minutes, visits[i], messenger, kept
        )  # fmt: skip
        if lacks != DONE:
            return lacks, i, done
    return DONE, posts.size, done


@borrower
def show_everybody(run, post, starts, accounts, which, done, second, chance, minutes, visits, messenger):
    """Show POST outside the feed to everybody who ever reads: (what is lacking, which community it was, accounts done).

    Who lives in community C stands in ACCOUNTS[starts[C]:starts[C + 1]] (int32[], ascending) and looks with
    CHANCE[C] (float64[communities]).  As long as there is room for it, the post is recalled (`recall`).
    which, done  where to go on: int64 community, int64 account; at first 0, 0
    """
    recall = run.aside.recall
    number = run.state[calendar.RECALLED]
    kept = number < recall.posts.size
    for c in range(which, chance.size):
        if chance[c] <= 0.0:
            done = starts[c + 1]
            continue
        lacks, done = _show(
            run, post, accounts, done, starts[c + 1], second, chance[c], minutes, visits, messenger, kept
        )  # fmt: skip
        if lacks != DONE:
            return lacks, c, done
    if kept:
        horizon = float(_horizon(run, run.posts.message[post]))
        recall_room.keep(run, number, post, recall_room.PUBLIC, visits, second, minutes, horizon)
        recall_room.offer(recall, number, chance)
        run.state[calendar.RECALLED] += 1
    return DONE, chance.size, done


@borrower
def descends(accounts, starts):
    """The first place of ACCOUNTS (int32[]) that does not ascend within ACCOUNTS[starts[i]:starts[i + 1]]; -1: none."""
    for part in range(starts.size - 1):
        for i in range(starts[part] + 1, starts[part + 1]):
            if accounts[np.uint64(i)] <= accounts[np.uint64(i - 1)]:
                return i
    return -1
