"""The circle: a closed channel beside the open one, where only friends see what is shared.

An official account pushes at most one article a day to its subscribers; who
reads it may share it into a chat or to friends; nobody else ever sees it: no
search, no hot list, no strangers (S1:111).  The launch there is a second
cascade on a graph of friends, with the same content and the same moods as on
the open channel; people who have an account on both are counted once.
"""

import functools
import itertools
from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Annotated, Any

import numpy as np

from sim.errors import UserError
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import draws, friends, readers, response, timeline, trees, watching
from sim.model import casting, launch, staff
from sim.model.cascade import Cascade
from sim.model.casting import Audience, Cast, Casting, Employees, label
from sim.model.launch import Plan, Strategy
from sim.model.practice import Practice, acting, nights
from sim.model.stage import WATCHED, Stage, followers_of, world_of
from sim.quantities import Count, Doc, Multiplier, Range, Share, Spread
from sim.section import Section

CHANNEL = "circle"
LAYERS = 3
MOST = 4_000  # people of one circle, at most
_KAWO = "KAWO 2019, brand accounts"


class Circle(Section):
    """The closed channel. Its market has as many accounts as the open one."""

    subscribers: Annotated[Count, Doc("subscribers of the brand's account there, as heads at the market's size")] = 0
    fit: Annotated[Share, Doc("share of the subscribers who care for the topic")] = 0.6
    overlap: Annotated[Share, Doc("accounts of both channels that belong to one person", "assumed")] = 0.7
    friends: Annotated[
        Annotated[float, Range(0.0, 1_000.0, "friends")], Doc("mean number of friends of an account", "assumed")
    ] = 150.0
    clustering: Annotated[Share, Doc("chance that two friends of somebody are friends", "assumed")] = 0.3
    friend_spread: Annotated[Spread, Doc("spread of the number of friends", "assumed")] = 0.6
    read: Annotated[
        Share, Doc("chance that a subscriber, or a friend who is shown a share, reads it", "assumed", "", (0.15, 0.5))
    ] = 0.3
    chats: Annotated[Share, Doc("shares that go into a chat; the others go to all friends", "seen", _KAWO)] = 0.77
    chat: Annotated[Annotated[int, Range(1, 500, "people", whole=True)], Doc("people in a chat", "assumed")] = 12
    look: Annotated[Share, Doc("friends who look at what somebody shares with all friends", "assumed")] = 0.33
    friction: Annotated[
        Multiplier,
        Doc(
            "readiness to share there against the open channel",
            "calibrated",
            "KAWO 2019 and later: 13 to 14% of the reads of brand accounts come from Moments and chats",
            (0.5, 1.2),
        ),
    ] = 0.8

    @property
    def shown(self) -> float:
        """People whom one share is shown to, on average."""
        return self.chats * self.chat + (1.0 - self.chats) * self.look * self.friends


@functools.lru_cache(maxsize=2)
def friend_graph(seed: int, starts: tuple[int, ...], law: tuple[float, ...], habit: tuple[float, ...]) -> FollowerGraph:
    """Who is shown what an account shares: a function of SEED and of declared numbers.

    starts  first account of every community, and the number of accounts behind them
    law     friends, clustering, friend_spread
    habit   chats, chat, look
    """
    tables = acquaintance(seed, starts, *law)
    accounts = starts[-1]
    stream = np.uint64(draws.key(np.uint64(seed), draws.FRIEND, np.uint64(label("circle", "habit"))))
    chats, chat, look = float(habit[0]), int(habit[1]), float(habit[2])
    room = np.empty(LAYERS * MOST, np.int32)
    indptr = np.zeros(accounts + 1, np.int64)
    friends.sizes_into(*tables, stream, chats, chat, look, room, np.empty_like(room), indptr[1:])
    np.cumsum(indptr, out=indptr)
    followers = np.empty(int(indptr[-1]), np.int32)
    friends.fill(*tables, stream, chats, chat, look, room, indptr, followers)
    return FollowerGraph(indptr, followers, np.array(starts, np.int64))


def acquaintance(
    seed: int, starts: tuple[int, ...], mean: float, clustering: float, spread: float
) -> tuple[np.ndarray, np.uint64, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The tables of `kernels.friends`: streams uint64[LAYERS], gate, then order, place, first, last int32[LAYERS, n].

    A person of three circles of sizes s, each pair of which knows each other with chance p, has 3 p (s - 1) friends;
    two of these are friends when they are of the same circle (a third of the pairs, more where sizes differ) and know
    each other. That gives p from the clustering and s from the mean. Sizes are lognormal; the circle that somebody is
    in is larger than the average circle by e^(sigma^2).
    """
    variance = np.log1p(LAYERS * np.expm1(spread**2))  # of a circle's log size, so that the sum has SPREAD
    uneven = float(np.exp(variance - spread**2))
    chance = min(max(clustering * LAYERS / uneven, 0.02), 1.0)
    size = mean / LAYERS / chance + 1.0
    median = size * float(np.exp(-1.5 * variance))
    streams = np.array(
        [draws.key(np.uint64(seed), draws.FRIEND, np.uint64(label("circle", layer))) for layer in range(LAYERS)],
        np.uint64,
    )
    accounts = starts[-1]
    order, place, first, last = (np.empty((LAYERS, accounts), np.int32) for _ in range(4))
    for layer, stream in enumerate(streams):
        for start, end in itertools.pairwise(starts):
            keys = np.empty(end - start, np.uint64)
            friends.places_into(stream, start, end, keys)
            order[layer, start:end] = start + np.argsort(keys, kind="stable")
            sizes = np.uint64(draws.mix(stream))
            most = min(MOST, max(end - start, 2))
            friends.circles_into(sizes, median, float(np.sqrt(variance)), most, start, end, first[layer], last[layer])
        place[layer, order[layer]] = np.arange(accounts, dtype=np.int32)
    return streams, np.uint64(min(chance, 1.0 - 2.0**-53) * 2.0**64), order, place, first, last


@functools.lru_cache(maxsize=8)
def _cast(
    seed: int, starts: tuple[int, ...], rules: Circle, staff_there: Employees, market: int, interested: float
) -> Casting:
    """The brand's account and the employees on the friend graph."""
    graph = friend_graph(
        seed,
        starts,
        (rules.friends, rules.clustering, rules.friend_spread),
        (rules.chats, float(rules.chat), rules.look),
    )
    brand = Audience(followers=rules.subscribers, fit=rules.fit)
    return casting.add_cast(graph, Cast(brand=brand, employees=staff_there), market, interested)


def set_circle(rules: Circle, stage: Stage, cast: Cast, interested: float) -> Stage:
    """The stage of the closed channel beside STAGE: as many accounts, the same people, other links.

    Raises UserError for more accounts than the closed channel plays on.
    """
    graph = stage.casting.graph
    if stage.panel > 1:
        raise UserError(
            f"[circle] The closed channel plays on at most {WATCHED:,} accounts; this graph has {graph.base:,}.\n"
            "Take fewer with --accounts."
        )
    seed = int(graph.growth.seed) if graph.growth is not None else 0
    # what a doubt moves does not make another graph
    shape = ("friends", "clustering", "friend_spread", "chats", "chat", "look", "subscribers", "fit")
    own = Circle(**{name: getattr(rules, name) for name in shape})
    share = stage.factor * graph.base  # the market, also of a graph that was read
    there = cast.employees.model_copy(update={"audience": None, "followers": round(rules.shown)})
    starts = tuple(int(start) for start in graph.community_start)
    made = _cast(seed, starts, own, there, round(share), interested)
    traits = np.zeros(made.graph.accounts, np.uint8)
    classes = np.empty(graph.base, np.uint64)
    stream = np.uint64(draws.key(np.uint64(seed), draws.TRAIT, np.uint64(label(CHANNEL))))
    friends.places_into(stream, 0, graph.base, classes)
    traits[: graph.base] = 1 + classes % np.uint64(timeline.CLASSES - 1)
    traits[: graph.base] |= stage.readers.traits[: graph.base] & np.uint8(7 << 3)  # the same readiness to share
    brand = made.roles["brand"].accounts[0]
    traits[made.graph.row(int(brand))] |= np.uint8(readers.FOLLOWS_BRAND)
    middle = timeline.CLASSES / 2.0
    chances = np.minimum(rules.read * np.arange(timeline.CLASSES) / middle, 1.0)
    seen = np.tile((chances * 4294967295.0).astype(np.uint32), (stage.rhythm.seen.shape[0], 1))
    answer = stage.answer._replace(
        repost_rate=stage.answer.repost_rate * rules.friction, peer_rate=stage.answer.peer_rate * rules.friction
    )
    people = stage.readers._replace(
        traits=traits, seen=rules.read, density=response.LISTED / max(stage.attention.followees, 1e-9)
    )
    return replace(
        stage,
        answer=answer,
        casting=made,
        world=world_of(made.graph),
        readers=people,
        rhythm=stage.rhythm._replace(seen=seen),
        panel=1,
        scratch=1,
    )


def once_a_day(plan: Plan, start_hour: int) -> Plan:
    """PLAN without the pushes of an official account beyond the first of a day (China time)."""
    day = ((start_hour % 24) * 3600 + plan.second.astype(np.int64)) // 86_400
    keep = np.ones(plan.size, bool)
    sent: set[tuple[int, int]] = set()
    for i in np.flatnonzero(plan.messenger == response.BRAND):
        push = int(plan.account[i]), int(day[i])
        keep[i] = push not in sent
        sent.add(push)
    return Plan(**{column.name: getattr(plan, column.name)[keep] for column in fields(plan)})


class Circling(Practice):
    """The part of the launch that goes out on the closed channel, and what both channels come to together."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the channel: its people are there, whether a strategy posts there or not."""
        return scenario.circle is not None

    def begin(self) -> None:
        """The second cascade stands."""
        course, stage = self.course, self.course.market_stage
        scenario = course.scenario
        rules = scenario.circle or Circle()
        self.stage_there = set_circle(rules, stage, scenario.cast, scenario.topic.interested)
        there: Any = SimpleNamespace(scenario=scenario, seed=course.seed, market_stage=self.stage_there)
        relays = [staff.Sharing(there).relays] if staff.Sharing.on(scenario, course.strategy) else []
        planned = launch.plan(
            course.strategy,
            self.stage_there.casting,
            course.contents,
            self.stage_there.answer,
            stage.hours,
            int(course.seed),
            relays,
            channel=CHANNEL,
            moves=acting(course.practices, "moved"),
        )
        plan = once_a_day(planned, stage.start_hour)
        self.held_back = planned.size - plan.size
        self.run = Cascade(self.stage_there, plan, int(course.seed), subjects=course.subjects(plan, self.stage_there))
        # The same content has the same worth and people are in the same mood on both channels; who happens to see it
        # there is another matter. Factors and thresholds are drawn by now; what follows is drawn by these labels.
        self.run.messages.label[:] = _elsewhere(self.run.messages.label)
        self.run.stories.label[:] = _elsewhere(self.run.stories.label)
        self.run.plan(0, plan.size)
        self.both = np.empty(stage.casting.graph.base, bool)
        person = np.uint64(draws.key(np.uint64(0), draws.TRAIT, np.uint64(label(CHANNEL, "person"))))
        friends.both_into(person, rules.overlap, self.both)
        course.public = self.both.size + int((~self.both).sum())

    def hours(self) -> set[int]:
        """Every night, and the horizon."""
        return nights(self.course.market_stage)

    def pause(self, hour: int) -> None:
        """The closed channel up to HOUR: nothing there depends on the open one."""
        self.run.advance(hour)

    def met(self, watch: np.ndarray, hour: int) -> np.ndarray:
        """WATCH[persons] on both channels; behind the accounts of the open one, people only on this one."""
        self.run.advance(hour)
        base = self.both.size
        found = np.empty(self.course.public, watch.dtype)
        watching.joined_into(watch[:base], self.run.tally.watch[:base], self.both, found)
        return found

    # --- what came of it ---

    def metrics(self, found: dict[str, float | None]) -> dict[str, float | None]:
        """The sums of both channels, each person counted once."""
        course, tally, factor = self.course, self.run.tally, self.stage_there.factor
        kinds = tally.comments.sum(axis=0)
        reposts, comments = float(tally.reposts.sum()), float(kinds.sum())
        more = {
            "pushes": float(tally.pushes.sum()),
            "reads": float(tally.reads.sum()),
            "non_follower_reads": float(tally.reads.sum() - tally.follower_reads.sum()),
            "reposts": reposts,
            "comments": comments,
            "messages": reposts + comments,
            "likes": float(tally.likes.sum()),
            "praise": float(kinds[response.PRAISE]),
            "questions": float(kinds[response.QUESTION]),
            "complaints": float(kinds[response.COMPLAINT]),
        }
        total: dict[str, float | None] = {name: (found[name] or 0.0) + factor * more[name] for name in more}
        reads, messages, cost = (total.get(name, found[name]) or 0.0 for name in ("reads", "messages", "cost"))
        praise, complaints = total["praise"] or 0.0, total["complaints"] or 0.0
        reach = float(self._persons()[0]) * factor
        parents = [run.posts.parent[: run.post_count] for run in (course.run, self.run)]
        shift = np.where(parents[1] >= 0, parents[0].size, 0)
        forest = np.concatenate([parents[0], parents[1] + shift]).astype(np.int32)
        depths = [run.posts.depth[: run.post_count] for run in (course.run, self.run)]
        virality = float(trees.structural_virality(forest)) if forest.size else np.nan
        own = sum(_followers(run) for run in (course.run, self.run)) * factor
        return total | {
            "reach": reach,
            "frequency": reads / reach if reach > 0 else None,
            "sentiment": (praise - complaints) / (praise + complaints) if praise + complaints > 0 else None,
            "cost_per_thousand_reads": 1000.0 * cost / reads if reads > 0 else None,
            "cost_per_message": cost / messages if messages > 0 else None,
            "amplification": reads / own if own > 0 else None,
            "depth": float(np.concatenate(depths).max()) if forest.size else None,
            "structural_virality": virality if np.isfinite(virality) else None,
        }

    def _persons(self) -> tuple[int, np.ndarray, np.ndarray]:
        """People reached on any channel; int64[hours] of them by hour; int64[4]: who read once, twice, thrice, more."""
        persons = self.met(self.course.run.tally.watch, self.course.market_stage.hours)
        new, often = np.empty(self.stage_there.hours, np.int64), np.empty(4, np.int64)
        return watching.count_into(persons, np.flatnonzero(persons["times"]), new, often), new, often

    def close(self) -> None:
        """Its cascade leaves its memory."""
        self.run.close()

    def parts(self) -> dict[str, float]:
        """Each channel by itself; sharing; people on both; reads by messenger and frequency of both together."""
        run, tally, factor = self.course.run, self.run.tally, self.stage_there.factor
        base = self.both.size
        here, there = run.tally.watch["times"][:base] > 0, tally.watch["times"][:base] > 0
        reads = tally.reads.sum(axis=0)
        found = {
            "open_reads": float(run.tally.reads.sum()) * factor,
            "open_reach": float(here.sum()) * factor,
            "open_messages": float(run.tally.reposts.sum() + run.tally.comments.sum()) * factor,
            "circle_reads": float(reads.sum()) * factor,
            "circle_reach": float(there.sum()) * factor,
            "circle_messages": float(tally.reposts.sum() + tally.comments.sum()) * factor,
            "circle_shared_reads": float(reads[response.PEER] + reads[response.EMPLOYEE]) * factor,
            "circle_pushes_held_back": float(self.held_back),
            "reached_on_both": float((here & there & self.both).sum()) * factor,
        }
        if reads.sum():
            found["circle_shared"] = found["circle_shared_reads"] / found["circle_reads"]
        carried = sum(
            np.bincount(one.messages.messenger, weights=one.messages.reads, minlength=len(response.MESSENGERS))
            for one in (run, self.run)
        )
        by = run.tally.reads.sum(axis=0) + reads
        for i, name in enumerate(response.MESSENGERS):
            found[f"reads_by_{name}"] = float(by[i]) * factor
            found[f"carried_by_{name}"] = float(np.asarray(carried)[i]) * factor
        often = self._persons()[2]
        for i, name in enumerate(("1", "2", "3", "4_or_more")):
            found[f"frequency_{name}"] = float(often[i]) * factor
        return found

    def curves(self) -> dict[str, np.ndarray]:
        """Both channels per hour, float64[hours]; new reach counts each person at the first read."""
        factor = self.stage_there.factor
        here, there = self.course.run.tally, self.run.tally
        per_hour = {
            "reads": (here.reads + there.reads).sum(axis=1) * factor,
            "reach": self._persons()[1] * factor,
            "reposts": (here.reposts + there.reposts).sum(axis=1) * factor,
            "comments": (here.comments + there.comments).sum(axis=1) * factor,
            "likes": (here.likes + there.likes) * factor,
            "circle_reads": there.reads.sum(axis=1) * factor,
        }
        per_hour["messages"] = per_hour["reposts"] + per_hour["comments"]
        return per_hour


def _elsewhere(names: np.ndarray) -> np.ndarray:
    """Other labels for NAMES uint64[]: of the same things on the closed channel."""
    stream = np.uint64(label(CHANNEL))
    return np.array([draws.bits(stream, name) for name in names], np.uint64)


def _followers(run: Cascade) -> int:
    """Followers of the different accounts that published an original, as simulated."""
    posts = run.posts
    authors = np.unique(posts.account[: run.post_count][posts.parent[: run.post_count] < 0])
    return int(followers_of(run.stage.casting.graph, authors).sum())
