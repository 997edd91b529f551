"""Acting: what one view of a post makes its reader do."""

import numpy as np

from sim.kernels import calendar, draws, response, sleeping
from sim.kernels.compiled import borrower

REPOSTED = np.uint8(1)
COMMENTED = np.uint8(2)


@borrower
def publish(run, message, account, parent, words, second, via):
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
    state[calendar.POSITION] = -1


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
    publish(run, np.int64(message), account, np.int64(parent), words, second, post)


@borrower
def respond(run, account, post, second):
    """ACCOUNT reads POST: hazards grow, and it may comment or repost."""
    messages = run.messages
    stories = run.stories
    posts = run.posts
    certain = account < 0
    if certain:
        account = -1 - account
    message = posts.message[post]
    if second >= messages.until[message]:
        return
    story = messages.story[message]
    person = run.met[sleeping.awake(run, sleeping.story_key(story, account), account, second, np.int64(post))]
    if certain:
        if not person.flags & REPOSTED:
            person.flags |= REPOSTED
            _repost(run, post, account, second)
        return
    if person.reads >= response.READS_COUNTED:
        return
    sleeping.count(run, person, post, stories.damp[story])
    threshold = draws.bits(stories.gate[story], account)
    if not person.flags & COMMENTED and draws.reached(person.comment_hazard, draws.low(threshold)):
        person.flags |= COMMENTED
        _comment(run, stories.label[story], message, account, second)
    if not person.flags & REPOSTED and draws.reached(person.hazard, draws.high(threshold)):
        person.flags |= REPOSTED
        _repost(run, post, account, second)
