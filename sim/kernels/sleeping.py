"""Who sleeps and who is awake: reads that cannot move their reader are laid aside, until one might.

An account acts only at a read, so as long as the reads pushed to it so far
cannot reach its threshold in whatever order they come, none of them need be an
event (docs/decisions/0011).  The bound may be loose, the course stays exact.
"""

import numpy as np

from sim.kernels import aside as aside_room
from sim.kernels import calendar, draws, response, rows, timeline
from sim.kernels import met as met_room
from sim.kernels import recall as recall_room
from sim.kernels.compiled import borrower

MOST_ADDED = 500  # reads in a bucket whose sum in float32 is trusted


@borrower
def interest_of(stories, story, community):
    """The interest of COMMUNITY in STORY (float64)."""
    return 1.0 if stories.home[story] == community else stories.interest[stories.mood[story], community]


@borrower
def story_key(story, account):
    """The key of (STORY, ACCOUNT) in `met` and `aside`: int64 > 0."""
    return (np.int64(story) << 40) + np.int64(account) + 1


@borrower
def visit_label(messages, stories, posts, post):
    """Label of the visits that POST receives: the message's own, or (story, account) for a repost."""
    message = posts.message[post]
    if posts.parent[post] < 0:
        return messages.label[message]
    return draws.bits(stories.label[messages.story[message]], posts.account[post])


@borrower
def reaction(attention, visits, account):
    """Seconds between seeing and acting; VISITS is the key of the visit."""
    haste = draws.uniform(draws.bits(visits + draws.REACTION, account))
    return attention.reaction * draws.exp(attention.reaction_spread * draws.normal(haste))


@borrower
def _acts(run, post, account):
    """The second at which ACCOUNT acts on POST, which it sees in its feed (int64)."""
    posts = run.posts
    rhythm = run.rhythm
    attention = run.attention
    second = posts.second[post]
    visits = draws.key(run.seed, draws.VISIT, visit_label(run.messages, run.stories, posts, post))
    random = draws.bits(visits, account)
    delay = timeline.delay_of(rhythm.delay, attention.delay_shape, attention.delay_scale, random)
    delay *= run.messages.clock[posts.message[post]]
    published = timeline.activity_at(rhythm.clock, float(second))
    viewed = timeline.second_at(rhythm.clock, rhythm.inverse, published + delay)
    return max(second + 1, np.int64(viewed + reaction(attention, visits, account)))


@borrower
def count(run, person, post, damp):
    """One more read of PERSON (`met.ENTRY`): its hazards grow. DAMP float64 multiplies the chance."""
    messages = run.messages
    stories = run.stories
    message = run.posts.message[post]
    story = messages.story[message]
    person.reads += 1
    interest = 1.0
    if person.community >= 0:
        interest = interest_of(stories, story, person.community)
    chance = (
        run.posts.chance[post]
        * interest
        * run.readers.propensity[person.willing]
        * response.reinforcement(run.answer, person.reads)
        * damp
    )
    person.hazard += response.hazard(chance)
    person.comment_hazard += response.hazard(chance * messages.comment[message])


@borrower
def wake(run, key, account, second, limit, mask):
    """Enter ACCOUNT in `met`, count what it read before (SECOND, post LIMIT), make events of its other reads so far.

    MASK says whose posts it may have read that are recalled (`recall.follows`).  None of the reads that are counted
    here moved it to act, or it would not have slept.  Returns its row of `met`.
    """
    messages = run.messages
    posts = run.posts
    aside = run.aside
    row = np.int64(met_room.slot(key, run.met))
    person = run.met[row]
    person.key = key
    person.hazard = 0.0
    person.comment_hazard = 0.0
    person.reads = 0
    person.flags = 0
    trait = run.readers.traits[account]
    person.willing = (trait >> 3) & 7
    person.community = -1
    if account < run.world.base:
        person.community = rows.community_of(run.world.community_start, account)
    run.state[calendar.ACCOUNTS_MET] += 1
    if aside.reads.size == 0:
        return row
    aside_room.touch(aside, key)
    bucket = aside.buckets[aside_room.bucket_of(key, aside)]
    bucket.awake |= aside_room.awake_bit(key)
    reads = aside.reads
    early = aside.early
    past = np.int64(0)
    at = aside_room.first(bucket)
    while at >= 0:
        post = np.int64(reads[at].post)
        message = posts.message[post]
        if reads[at].account == account and story_key(messages.story[message], account) == key:
            acts = _acts(run, post, account)
            if acts > second or (acts == second and post >= limit):
                calendar.schedule(run.queue, run.state, acts, account, post)
            elif acts < messages.until[message]:
                past = aside_room.insert(early, past, acts, post)
        at = np.int64(reads[at].next)
    for k in range(run.state[calendar.RECALLED]):
        kept = aside.recall.posts[k]
        if not recall_room.may_have_met(kept, mask) or story_key(kept.story, account) != key:
            continue
        viewed = recall_room.viewed(run, kept, account, trait)
        if viewed == np.inf:
            continue
        acts = max(kept.second + 1, np.int64(viewed + reaction(run.attention, kept.visits, account)))
        if acts > second or (acts == second and kept.post >= limit):
            calendar.schedule(run.queue, run.state, acts, account, kept.post)
        elif acts < messages.until[posts.message[kept.post]]:
            past = aside_room.insert(early, past, acts, kept.post)
    for i in range(past):
        post = early[i, 1]
        story = messages.story[posts.message[post]]
        count(run, person, post, aside_room.damp_at(aside, early[i, 0] // 60, story, run.stories.damp[story]))
    return row


@borrower
def awake(run, key, account, second, limit):
    """Row in `met` of KEY, which is woken if it sleeps."""
    row = np.int64(met_room.slot(key, run.met))
    if run.met[row].key == 0:
        return wake(run, key, account, second, limit, recall_room.follows(run.audience, account))
    return row


@borrower
def strongest_read(answer):
    """The most that reinforcement multiplies a chance by."""
    return max(1.0, answer.second_read, answer.later_reads)


@borrower
def latent(run, story, mask, chance, comment, care, threshold):
    """Whether all recalled posts that one who follows MASK may have met, with one of CHANCE more, cannot move it.

    chance, comment  float64  of the post: of a repost, and of a comment
    care, threshold  as in `sleeps`
    """
    met, met_comment = recall_room.most(run.aside.recall, story, mask)
    if met > 0.0:
        care *= strongest_read(run.answer)
    most, most_comment = recall_room.bound((met + chance) * care), recall_room.bound((met_comment + comment) * care)
    return not _reaches(most, most_comment, threshold)


@borrower
def sleeps(run, bucket, key, account, post, care, threshold, mask, kept):
    """Lay the read of POST by ACCOUNT aside if with it no order of its reads can reach its thresholds; else False.

    bucket     `aside.BUCKET` of KEY
    care       float64  what multiplies a post's chance: interest and propensity
    threshold  uint64   the account's 64 bits of luck for the story
    mask       int64    whom it follows of those whose posts are recalled (`recall`)
    kept       bool     POST is recalled: nothing is laid aside
    """
    answer = run.answer
    posts = run.posts
    messages = run.messages
    message = posts.message[post]
    comment = messages.comment[message]
    strongest = strongest_read(answer)
    chance = posts.chance[post] * care
    hazard = response.hazard_bound(chance * strongest)
    comment_hazard = response.hazard_bound(chance * strongest * comment)
    first = aside_room.first(bucket)
    met, met_comment = recall_room.most(run.aside.recall, messages.story[message], mask)
    if first < 0 and met == 0.0:
        asleep = not _reaches(response.hazard_bound(chance), response.hazard_bound(chance * comment), threshold)
    else:
        asleep = bucket.count < MOST_ADDED and not _reaches(
            bucket.hazard + hazard + recall_room.bound(met * care * strongest),
            bucket.comment_hazard + comment_hazard + recall_room.bound(met_comment * care * strongest),
            threshold,
        )
        if not asleep:  # look at what it has read: a bucket may hold reads of several accounts, not every post is seen
            reads = run.aside.reads
            own = 0.0
            own_comment = 0.0
            if met > 0.0:
                trait = run.readers.traits[account]
                for k in range(run.state[calendar.RECALLED]):
                    earlier = run.aside.recall.posts[k]
                    if not recall_room.may_have_met(earlier, mask) or story_key(earlier.story, account) != key:
                        continue
                    if recall_room.viewed(run, earlier, account, trait) < np.inf:
                        most = posts.chance[earlier.post] * care * strongest
                        own += response.hazard_bound(most)
                        own_comment += response.hazard_bound(most * messages.comment[posts.message[earlier.post]])
            at = first
            while at >= 0:
                before = np.int64(reads[at].post)
                about = posts.message[before]
                if reads[at].account == account and story_key(messages.story[about], account) == key:
                    most = posts.chance[before] * care * strongest
                    own += response.hazard_bound(most)
                    own_comment += response.hazard_bound(most * messages.comment[about])
                at = np.int64(reads[at].next)
            if own == 0.0:
                asleep = not _reaches(response.hazard_bound(chance), response.hazard_bound(chance * comment), threshold)
            else:
                asleep = not _reaches(own + hazard, own_comment + comment_hazard, threshold)
    if asleep and not kept and bucket.count == aside_room.MOST:
        return False
    if asleep and not kept:
        aside_room.lay(run.aside, run.state[calendar.ASIDE], bucket, key, account, post, hazard, comment_hazard)
        run.state[calendar.ASIDE] += 1
        run.state[calendar.DEEPEST] = max(run.state[calendar.DEEPEST], np.int64(bucket.count))
    return asleep


@borrower
def _reaches(hazard, comment_hazard, threshold):
    return draws.reached(hazard, draws.high(threshold)) or draws.reached(comment_hazard, draws.low(threshold))


@borrower
def settle(run):
    """Fill the empty buckets of `aside` again, from its reads and from who is awake."""
    posts = run.posts
    messages = run.messages
    stories = run.stories
    aside = run.aside
    strongest = strongest_read(run.answer)
    for at in range(run.state[calendar.ASIDE]):
        post = aside.reads[at].post
        account = np.int64(aside.reads[at].account)
        message = posts.message[post]
        story = messages.story[message]
        interest = 1.0
        if account < run.world.base:
            interest = interest_of(stories, story, rows.community_of(run.world.community_start, account))
        willing = (run.readers.traits[account] >> 3) & 7
        chance = posts.chance[post] * interest * run.readers.propensity[willing] * strongest
        key = story_key(story, account)
        bucket = aside.buckets[aside_room.bucket_of(key, aside)]
        hazard = response.hazard_bound(chance)
        comment_hazard = response.hazard_bound(chance * messages.comment[message])
        aside_room.lay(aside, at, bucket, key, account, post, hazard, comment_hazard)
    for row in range(run.met.size):
        if run.met[row].key != 0:
            aside_room.touch(aside, run.met[row].key)
            aside.buckets[aside_room.bucket_of(run.met[row].key, aside)].awake |= aside_room.awake_bit(run.met[row].key)
