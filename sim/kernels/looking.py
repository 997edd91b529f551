"""Looking: who of a row's followers sees a post, when, and who of them might act on it.

The same draws as those of one reader (`timeline`, `response`, `recall.viewed`), in passes over a group of accounts:
sixteen are hashed at once (`lanes.chosen`); those who look are laid side by side; eight at once get their second,
their luck and their marks (`octets`); only those who might act are gone through one by one.  A branch that nobody can
foresee costs as much as twenty hashes, and a row of arithmetic hides a look at memory: so the passes have neither.
"""

import numpy as np

from sim.kernels import aside as aside_room
from sim.kernels import draws, lanes, octets, rows, sleeping, timeline
from sim.kernels import met as met_room
from sim.kernels import recall as recall_room
from sim.kernels.compiled import borrower
from sim.kernels.run import HASHED

NOWHERE = np.int64(2**62)
LANES = np.uint64(octets.LANES)
_1 = np.uint64(1)
_8 = np.uint64(8)
_6 = np.uint64(6)
_7 = np.uint64(7)
_32 = np.uint64(32)
_BYTE = np.uint64(0xFF)
_FOLLOWS = np.uint64(64)  # the bit of a trait that says so
_PLACE = np.uint64(63)
_LOW = np.uint64(0xFFFFFFFF)
_HOUR = 1.0 / 3600.0  # half a second more makes up for rounding, here and where accounts are divided
_GATES = np.uint64(16)  # of a story: two levels of interest, eight classes


@borrower
def hashed(run, visits, seen, row, first, count, place, listed):
    """Which of COUNT <= HASHED accounts of ROW (int32[]), from FIRST on, see the post of VISITS: a bit each (uint64).

    Their random words stand in `near.random` then.  PLACE is where their traits stand among the audience's (LISTED).
    Sixteen at a time (`lanes.chosen`), as hashing everybody is what a push costs; what does not fill the lanes, or
    stands scattered, is gathered first.
    """
    near = run.near
    traits = run.readers.traits
    looking = np.uint64(0)
    if listed and count == HASHED:
        for i in range(0, HASHED, 16):
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
    if count < HASHED:
        looking &= (_1 << np.uint64(count)) - _1
    return looking


@borrower
def _side_by_side(run, story, visits, seen, row, first, count, listed):
    """Those who look among COUNT accounts of ROW from FIRST on, into `near.lookers`; how many (uint64)."""
    near = run.near
    who = near.lookers
    audience = run.audience
    stories = run.stories
    half = stories.half[story]
    base = run.world.base
    starts = run.world.community_start
    propensity = run.readers.propensity
    level = np.uint8(0)
    interest = 1.0
    border = np.int64(0)  # accounts of a row ascend: LEVEL and INTEREST hold below the next border of a community
    found = np.uint64(0)
    for at in range(first, first + count, HASHED):
        looking = hashed(run, visits, seen, row, at, min(first + count - at, HASHED), at, listed)
        while looking != np.uint64(0):
            one = lanes.lowest(looking)
            looking &= looking - _1
            place = np.uint64(at) + one
            account = np.int64(row[place])
            if account >= border:
                level = np.uint8(0)
                interest = 1.0
                border = NOWHERE
                if account < base:
                    community = rows.community_of(starts, account)
                    interest = sleeping.interest_of(stories, story, community)
                    level = np.uint8(8) if interest <= half else np.uint8(0)
                    border = starts[community + 1]
            trait = audience.traits[place] if listed else near.trait[one]
            willing = np.uint8((trait >> 3) & 7)
            who.place[found] = place
            who.account[found] = account
            who.random[found] = near.random[one]
            who.trait[found] = trait
            who.rank[found] = level | willing
            who.care[found] = interest * propensity[willing]
            if listed:
                who.mask[found] = audience.mask[place]
            found += _1
    return found


@borrower
def _drawn(run, story, at, published, pace, horizon, like):
    """Draw in full the eight of `near.lookers` from AT on; bits of those (who could act, among those who see in time).

    published, pace  float64  activity time of the post, and what multiplies delays
    """
    who = run.near.lookers
    stories = run.stories
    rhythm = run.rhythm
    attention = run.attention
    random = octets.load(who.random, at)
    delay, late = timeline.delays_of(rhythm.delay, random)
    octets.store(who.viewed, at, timeline.seconds_at(rhythm.clock, rhythm.inverse, delay * pace + published))
    while late != np.uint64(0):
        one = at + lanes.lowest(late)
        late &= late - _1
        alone = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, who.random[one])
        who.viewed[one] = timeline.second_at(rhythm.clock, rhythm.inverse, published + alone * pace)
    viewed = octets.load(who.viewed, at)
    timely = viewed < horizon
    moment = octets.whole(octets.select(timely, viewed, 0.0))
    octets.store(who.moment, at, moment)
    octets.store(who.hour, at, octets.whole((octets.reals(moment) + 0.5) * _HOUR))
    rank = octets.load(who.rank, at)
    account = octets.load(who.account, at)
    care = octets.gather(run.readers.propensity, rank & _7)
    mark = at >> np.uint64(3)
    who.timely[mark] = timely
    who.likes[mark] = timely & (octets.high(octets.mix(random)) < care * like)
    who.follows[mark] = timely & ((octets.load(who.trait, at) & _FOLLOWS) == _FOLLOWS)
    watched = octets.whole((octets.reals(account) + 0.5) * (1.0 / run.panel))
    octets.store(who.row, at, watched)
    watching = timely & (watched * np.uint64(run.panel) == account)
    who.watched[mark] = watching
    while watching != np.uint64(0):
        lanes.prefetch(run.tally.watch, np.uint64(who.row[at + lanes.lowest(watching)]))
        watching &= watching - _1
    threshold = octets.bits(stories.gate[story], account)
    octets.store(who.threshold, at, threshold)
    gate = rank + np.uint64(story) * _GATES
    reposts = (threshold >> _32) >= octets.gather(stories.repost_gate, gate)
    comments = (threshold & _LOW) >= octets.gather(stories.comment_gate, gate)
    return timely & (reposts | comments)


@borrower
def recalled_into(run, story):
    """What `recall.most` finds for each half of a mask, into `near.met` and `near.met_comment` float64[512]; what
    everybody may have met stands with the lower half.
    """
    near = run.near
    for half in range(256):
        near.met[half], near.met_comment[half] = recall_room.most(run.aside.recall, story, half)
        near.met[256 + half], near.met_comment[256 + half] = recall_room.followed(run.aside.recall, story, half << 8)


@borrower
def _latent(run, story, at, chance, comment):
    """Bits of the eight of `near.lookers` from AT on who surely sleep: `aside.untouched`, and `recall.far` from acting.

    chance, comment  float64  of a post that is recalled: of a repost, and of a comment
    """
    near = run.near
    who = near.lookers
    touched = run.aside.touched
    account = octets.load(who.account, at)
    key = octets.mix(account + np.uint64(sleeping.story_key(story, np.int64(0))))
    bit = key & np.uint64(64 * touched.size - 1)
    clean = ((octets.gather(touched, bit >> _6) >> (bit & _PLACE)) & _1) == np.uint64(0)
    mask = octets.load(who.mask, at)
    lower, upper = mask & _BYTE, (mask >> _8) + np.uint64(256)
    met = octets.gather(near.met, lower) + octets.gather(near.met, upper)
    met_comment = octets.gather(near.met_comment, lower) + octets.gather(near.met_comment, upper)
    care = octets.load(who.care, at)
    care = octets.select(met <= 0.0, care, care * sleeping.strongest_read(run.answer))
    threshold = octets.load(who.threshold, at)
    return (
        clean
        & recall_room.far((met + chance) * care, octets.high(threshold))
        & recall_room.far((met_comment + comment) * care, octets.low(threshold))
    )


@borrower
def look(run, post, row, first, last, horizon, listed, kept):
    """Find who sees POST before HORIZON among the first places of ROW[FIRST:LAST]; their memory is asked for.

    Returns how many look (`near.lookers`), how many of them might act (`ahead`, to be met when their memory has come)
    and where to go on (int64).  LISTED: the row stands in the audience; KEPT: the reads are recalled.
    """
    messages = run.messages
    posts = run.posts
    rhythm = run.rhythm
    who = run.near.lookers
    ahead = run.ahead
    message = posts.message[post]
    story = np.int64(messages.story[message])
    second = posts.second[post]
    visits = draws.key(run.seed, draws.VISIT, sleeping.visit_label(messages, run.stories, posts, post))
    seen = rhythm.seen[(run.start_hour + second // 3600) % 168]
    published = timeline.activity_at(rhythm.clock, float(second))
    pace = messages.clock[message]
    chance = posts.chance[post]
    like = chance * run.answer.like_ratio
    comment = chance * messages.comment[message]
    count = min(last - first, ahead.size)
    found = _side_by_side(run, story, visits, seen, row, first, count, listed)
    waiting = np.uint64(0)
    for i in range(0, np.int64(found), octets.LANES):
        at = np.uint64(i)
        could = _drawn(run, story, at, published, pace, horizon, like)
        if found - at < LANES:
            could &= (_1 << (found - at)) - _1
        if kept and listed:
            could &= ~_latent(run, story, at, chance, comment)
        while could != np.uint64(0):
            one = at + lanes.lowest(could)
            could &= could - _1
            reader = ahead[waiting]
            reader.looker = np.int32(one)
            reader.account = who.account[one]
            reader.threshold = who.threshold[one]
            reader.viewed = who.viewed[one]
            reader.care = who.care[one]
            reader.mask = who.mask[one]
            waiting += _1
    buckets = run.aside.buckets
    for i in range(np.int64(waiting)):
        reader = ahead[np.uint64(i)]
        key = sleeping.story_key(story, reader.account)
        aside_room.ask(run.aside, key)
        reader.bucket = aside_room.bucket_of(key, run.aside)
        lanes.prefetch(buckets, np.uint64(reader.bucket))
        if listed:
            lanes.prefetch(run.met, met_room.home(key, run.met))
            lanes.prefetch(run.readers.traits, np.uint64(reader.account))
        elif reader.account < run.audience.follows.size:
            lanes.prefetch(run.audience.follows, np.uint64(reader.account))
    return np.int64(found), np.int64(waiting), first + count
