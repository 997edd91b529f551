"""Posts like the planner's, simulated: what the campaign's kernel makes of a post that is worth so much.

The bridge between a post and the bank of trials is x, the logarithm of the
direct reposts that are expected of it.  Followers, hour and quality of a post
act on its reposts through x alone (but for the small lift that quality gives
to peers, which each trial has from a post of the data), so every trial speaks
about every post.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.fit import posts as posts_room
from sim.fit import replay
from sim.graph import follower_graph, grow
from sim.kernels import calendar, cascade, draws, links, owned, readers, response, timeline
from sim.kernels import replay as kernels
from sim.model import casting
from sim.scenario.schema import Scenario

ACCOUNTS = 200_000  # of the graph behind the trials, unless the scenario asks for fewer
HORIZON = 14 * 86_400.0  # seconds: 97% of all reposts come earlier
PLACED = 3_000  # direct reposters on the graph; the others are counted as if theirs were like these
LARGEST = 30_000  # reposts on the graph at which a trial is stopped
QUALITIES = np.linspace(np.log(1e-3), np.log(1e3), 241)  # ln of what a post may be worth
FEWEST_DIRECT = 5  # direct reposts from which a tree's pace is told

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]


def laws_of(scenario: Scenario) -> replay.Laws:
    """The laws that SCENARIO declares."""
    attention = timeline.Attention(**scenario.attention.model_dump())
    return replay.Laws(attention, response.Response(**scenario.response.model_dump()))


def graph_of(scenario: Scenario, threads: int) -> follower_graph.FollowerGraph:
    """The scenario's follower graph, no larger than the trials need."""
    growth = links.Growth(**scenario.graph.model_dump())
    return grow.grow(growth._replace(accounts=min(growth.accounts, ACCOUNTS)), threads=threads)


class Setting:
    """A brand's audience under LAWS, ready for trials.

    The brand's followers are not listed: each is an account drawn by followees, inside the interested communities as
    often as the brand's `fit` says, as `casting.add_cast` would draw them.
    """

    def __init__(self, scenario: Scenario, graph: follower_graph.FollowerGraph, laws: replay.Laws):
        self.stage = replay.Stage(graph, laws, horizon=HORIZON)
        self.laws = laws
        interested = casting.interested_communities(graph.communities, scenario.topic.interested)
        mix = casting.community_mix(graph, interested, scenario.cast.brand.fit)
        self.interest = np.where(interested, 1.0, laws.answer.interest_off).reshape(1, -1)
        followees = graph.expected_followees()
        community = np.repeat(np.arange(graph.communities), np.diff(graph.community_start))
        load = np.bincount(community, weights=followees, minlength=graph.communities)
        per_link = mix / np.maximum(load, 1e-300) * self.interest[0]
        weight = np.zeros(graph.base + 1)
        np.cumsum(np.diff(self.stage.audience.weight) * per_link[community], out=weight[1:])
        by_class = self.stage.audience.seen
        self.counted = kernels.Audience(weight, by_class, float(mix[interested].sum()))
        self.placing = kernels.Audience(weight, by_class, 0.0)

    def seen(self, flatness: float | None = None) -> Floats:
        """Chance that a follower of the brand sees a post of each hour of the week, float64[168]."""
        rhythm = self.stage.rhythm
        if flatness is not None:
            rhythm = timeline.rhythm(self.laws.attention._replace(publishing_flatness=flatness), 2, 0)
        found: Floats = rhythm.seen.astype(float) @ self.counted.seen / 2**32
        return found

    def direct(self, followers: Floats) -> Floats:
        """ln of the direct reposts expected per follower who sees the post: float64[posts, QUALITIES]."""
        answer, readers_ = self.laws.answer, self.stage.readers
        sees = np.full(timeline.CLASSES, 2**32 - 1, np.uint32)
        found = np.empty((followers.size, QUALITIES.size))
        for row, heads in enumerate(followers):
            for column, quality in enumerate(np.exp(QUALITIES)):
                chance = response.original_chance(answer, quality, response.BRAND, heads)
                found[row, column] = kernels.expected_direct(
                    answer, 1e6, chance, self.counted, sees, readers_.propensity
                )
        logged: Floats = np.log(np.maximum(found / 1e6, 1e-300))
        return logged


def per_reader(followees: Floats, attention: timeline.Attention, seed: int) -> Floats:
    """Share of links that lead to readers of each attention class under ATTENTION, float64[CLASSES]."""
    traits = np.empty(followees.size, np.uint8)
    readers.draw_traits(np.uint64(seed), attention, followees, float(followees.mean()), 0, traits)
    found = np.empty(timeline.CLASSES)
    kernels.links_by_class(traits, followees, found)
    return found


@dataclass(frozen=True)
class Trials:
    """What came of simulated posts, one row each.

    x         ln of the direct reposts expected; of trees also peer: ln of the peer rate, scale: ln of the delay scale
    reposts   in all;  direct: of the post itself;  reads: by people who met it in a repost
    talk      ln of how readily it was commented on, against an ordinary post;  comments: those that came
    pace      ln of the middle delay of direct reposts, in activity time (NaN: too few)
    """

    x: Floats
    peer: Floats
    scale: Floats
    reposts: Floats
    direct: Floats
    reads: Floats
    talk: Floats
    comments: Floats
    pace: Floats


def activity(clock: Floats, second: Floats, delays: Sequence[Floats]) -> Floats:
    """ln of the middle delay in activity time of each tree; NaN where it has too few direct reposts."""
    found = np.full(len(delays), np.nan)
    for row, (start, waits) in enumerate(zip(second, delays, strict=True)):
        if len(waits) >= FEWEST_DIRECT:
            at = np.interp(np.append(start, start + waits), np.arange(clock.size) * 3600.0, clock)
            found[row] = np.log(max(float(np.median(at[1:] - at[0])), 1.0))
    return found


def simulate(
    setting: Setting,
    observed: posts_room.Posts,
    wanted: Floats,
    *,
    seed: int,
    peers: Floats | None = None,
    talks: Floats | None = None,
    scales: Floats | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> Trials:
    """One trial for each x in WANTED, each with followers and hour of one of the OBSERVED posts.

    peers  the peer rate of each trial (None: as declared)
    talks  ln of how readily each is commented on, against an ordinary post (None: nobody comments)
    scales  the delay's scale of each trial (None: as declared)

    The same result for any number of THREADS.
    """
    stage, laws = setting.stage, setting.laws
    frame = observed.frame
    heads, seconds = frame["followers"].to_numpy(float), frame["second"].to_numpy(np.int64)
    sees = np.log(setting.seen()[(seconds // 3600) % 168])
    levels = setting.direct(heads) + (np.log(heads) + sees)[:, None]
    key = replay.stream_of(seed, draws.OWN_POST, 0)
    done = [0]

    def one(number: int) -> tuple[float, ...]:
        name = np.uint64(draws.bits(key, number))
        row = int(name % np.uint64(len(observed)))
        quality = float(np.exp(np.interp(wanted[number], levels[row], QUALITIES)))
        answer = laws.answer._replace(comment_spread=0.0)
        if peers is not None:
            answer = answer._replace(peer_rate=float(peers[number]))
        attention, rhythm = laws.attention, stage.rhythm
        if scales is not None:
            longer = float(scales[number]) / attention.delay_scale
            attention = attention._replace(delay_scale=float(scales[number]))
            rhythm = rhythm._replace(delay=rhythm.delay * longer)
        talk = 0.0 if talks is None else laws.answer.comment_ratio * float(np.exp(talks[number]))
        space = stage.workspace()
        space.stories.interest[:] = setting.interest
        space.doubt[0] = 0.0
        second = int(seconds[row])
        until = min(int((second + stage.horizon) // 60) + 1, space.head.size)
        while True:
            space.put(second, heads[row])
            space.messages.comment[0] = talk
            space.tally.comments[:] = 0
            status, mean, direct, listed = owned.attempt(
                name,
                quality,
                until,
                LARGEST,
                PLACED,
                space.run(seed)._replace(answer=answer, attention=attention, rhythm=rhythm),
                setting.counted,
                setting.placing,
                space.doubt,
            )
            if status in (cascade.DONE, cascade.STOPPED):
                break
            space.enlarge(int(status))
        done[0] += 1
        if progress is not None and done[0] % 100 == 0:
            progress(done[0], wanted.size)
        written = float(space.tally.comments.sum()) * direct / max(min(direct, PLACED), 1)
        if talk > 0.0:
            written += by_followers(space, second, talk, int(name >> np.uint64(1)))
        return told(space, second, float(mean), int(direct), int(listed), written)

    def by_followers(space: replay.Workspace, second: int, talk: float, luck: int) -> float:
        """Comments of the followers themselves: as many people as the law expects of a listed audience."""
        people = kernels.expected_direct(
            laws.answer, space.messages.followers[0], float(space.messages.chance[0]) * talk, setting.counted,
            stage.rhythm.seen[(second // 3600) % 168], stage.readers.propensity,
        )  # fmt: skip
        rng = np.random.default_rng(luck)
        number = int(rng.poisson(people))
        each = max(laws.answer.comments_each, 1.0)
        return float(number + (rng.negative_binomial(number, 1.0 / each) if number and each > 1.0 else 0))

    def told(
        space: replay.Workspace, second: int, mean: float, direct: int, listed: int, written: float
    ) -> tuple[float, ...]:
        placed = min(direct, PLACED)
        others = (listed - placed) * direct / max(placed, 1)
        size = int(space.state[calendar.POSTS])
        moments = space.posts.second[1:size][space.posts.parent[1:size] == 0].astype(float)
        pace = activity(stage.rhythm.clock, np.array([second]), [moments - second])[0]
        through = float(space.messages.reads[0]) * direct / max(placed, 1)
        # A click-through is recorded as direct, so what hangs on the post itself is counted, not what was drawn.
        own = moments.size + (direct - placed) * moments.size / max(placed, 1)
        return np.log(max(mean, 1e-300)), direct + others, own, through, round(written), pace

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(one, range(wanted.size)))
    else:
        found = [one(number) for number in range(wanted.size)]
    x, reposts, own, reads, written, pace = np.array(found, float).reshape(-1, 6).T
    rate = np.full(wanted.size, np.log(laws.answer.peer_rate)) if peers is None else np.log(peers)
    talk = np.full(wanted.size, -np.inf) if talks is None else np.asarray(talks, float)
    scale = np.full(wanted.size, np.log(laws.attention.delay_scale)) if scales is None else np.log(scales)
    return Trials(x, rate, scale, np.round(reposts), own, reads, talk, written, pace)
