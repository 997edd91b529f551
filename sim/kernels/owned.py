"""One of a brand's own posts tried once: the campaign's kernel behind an audience of any size.

As in `replay`, the author's followers are not listed: how many of them repost
is drawn from the law that a listed audience follows, and they are placed on
the graph, each counted as one real account.  Nothing is selected: whatever
comes of the post is the answer.
"""

import numpy as np

from sim.kernels import calendar, cascade, draws, replay
from sim.kernels.compiled import kernel


@kernel
def attempt(name, quality, until, limit, most_placed, run, counted, placing, doubt):
    """The post in messages row 0, tried once: (status of `cascade`, expected direct reposts, direct, listed reposts).

    name         uint64   of this try: shareability, clock, reactions
    quality      float64  what the post is worth against a median message
    limit        int64    stop beyond so many reposts on the graph
    most_placed  int64    at most so many direct reposters are placed; DIRECT says how many there were
    counted      `replay.Audience` whose `home` is the share of the author's followers who care for the topic
    placing      `replay.Audience` whose weight holds that share already (its `home` is 0)
    doubt        float64[1] of zero: QUALITY is taken as it is

    stories.interest must be filled; reads by peers stand in messages.reads[0], the reposts in `posts`.
    """
    messages = run.messages
    people = run.readers
    state = run.state
    second = np.int64(messages.second[0])
    replay.clear(run, second)
    messages.label[0] = name
    run.stories.label[0] = name
    messages.quality[0] = quality
    stream = draws.key(run.seed, draws.OWN_POST, name)
    cascade.prepare(
        run.answer,
        run.attention.clock_spread,
        doubt,
        run.seed,
        messages,
        run.stories,
        people.propensity,
        people.density,
    )
    hour = (run.start_hour + second // 3600) % 168
    mean = replay.expected_direct(
        run.answer, messages.followers[0], messages.chance[0], counted, run.rhythm.seen[hour], people.propensity
    )
    direct = replay.poisson(mean, draws.mix(stream))
    replay.scatter(run, placing, 0, min(direct, most_placed), second, stream)
    run.met["key"][:] = 0
    cascade.plan(run.queue, state, messages, 0, 1)
    state[calendar.REPOST_LIMIT] = limit + 1  # of posts: the root is one
    status = cascade.advance(run, until)
    return status, mean, direct, state[calendar.POSTS] - 1
