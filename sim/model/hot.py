"""Hot topics and the hot list: who meets a post on the open channel without following anybody who posted it.

A content that rides a live topic is found by those who follow the topic
(S1:71).  A story whose reposts of one hour pass a share of the market enters
the hot list, once and for some hours, where anybody may meet it.  Bots inflate that
count.  The closed channel has neither topics nor a list.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pydantic

from sim.kernels import draws
from sim.model.cascade import Cascade
from sim.model.casting import label
from sim.model.inflation import Inflating
from sim.model.launch import Intended, Strategy
from sim.model.practice import Practice
from sim.model.stage import Stage
from sim.quantities import Doc, Hours, Minutes, Range, Share, Spread
from sim.section import Name, Section, twice

HOUR = 3600


class HotTopic(Section):
    """Something that the platform talks about, whatever the brand does."""

    name: Name
    at: Annotated[Hours, Doc("hours after the start: it becomes hot")] = 0.0
    life: Annotated[
        Hours, Doc("median time that it stays hot", "assumed", "Twitter's trends: half of them below 1 h")
    ] = 3.0
    spread: Annotated[Spread, Doc("spread of that time", "assumed")] = 0.6
    size: Annotated[Share, Doc("share of the communities that follow it")] = 0.3


class Hot(Section):
    """Hot topics, and the platform's hot list."""

    topics: tuple[HotTopic, ...] = ()
    chance: Annotated[
        Share,
        Doc("chance per hour that one who follows the topic meets a post that rides it", "assumed", "", (0.003, 0.03)),
    ] = 0.01
    entry: Annotated[
        Annotated[float, Range(0.0, 1.0, "share")],
        Doc(
            "reposts within an hour, as a share of the market, that put a story on the hot list",
            "assumed",
            "",
            (1e-5, 1e-4),
        ),
    ] = 3e-5
    list_life: Annotated[Hours, Doc("median time on the list", "assumed")] = 4.0
    list_spread: Annotated[Spread, Doc("spread of that time", "assumed")] = 0.6
    list_chance: Annotated[
        Share,
        Doc(
            "chance per hour on the list that an active account meets the story, times interest",
            "assumed",
            "",
            (0.005, 0.05),
        ),
    ] = 0.02
    minutes: Annotated[Minutes, Doc("mean time within the hour until it is met", "assumed")] = 20.0

    @pydantic.model_validator(mode="after")
    def _different_names(self) -> "Hot":
        name = twice(topic.name for topic in self.topics)
        if name is not None:
            raise ValueError(f"the name {name!r} of a hot topic is used twice")
        return self


class Trending(Practice):
    """Posts that ride a live topic, and a story on the list, are met outside the feed, hour by hour."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.hot is not None

    def relays(self, posts: Sequence[Intended]) -> list[Intended]:
        """No posts of its own: it keeps which planned posts ride which topic, each with its author and content."""
        known = {name: i for i, name in enumerate(self.course.contents)}
        self.riding = {(post.second, post.account, known[post.content]): post.topic for post in posts if post.topic}
        return []

    def begin(self) -> None:
        """When each topic lives and who follows it: the same for every strategy."""
        course, stage = self.course, self.course.market_stage
        self.rules = course.scenario.hot or Hot()
        self.live: dict[str, tuple[float, float]] = {}
        self.fans: dict[str, np.ndarray] = {}  # bool[communities]
        for topic in self.rules.topics:
            stream = self._stream("topic", topic.name)
            z = draws.normal(draws.uniform(np.uint64(draws.bits(stream, 0))))
            self.live[topic.name] = topic.at, topic.at + topic.life * float(draws.exp(topic.spread * z))
            self.fans[topic.name] = communities_of(stage, topic)
        topics = [content.topic for content in course.contents.values()]
        plan = course.plan
        places = zip(plan.second.tolist(), plan.account.tolist(), plan.content.tolist(), strict=True)
        self.topic = [self.riding.get(place) or topics[place[2]] for place in places]
        self.listed: dict[int, float] = {}
        self.counted = 0
        self.rides = 0
        self.hours_listed = 0
        self.met_by = {"topic": 0, "list": 0}

    def _stream(self, *words: str | int) -> np.uint64:
        return np.uint64(draws.key(self.course.seed, draws.PLAN, np.uint64(label("hot", *words))))

    def hours(self) -> set[int]:
        """Every hour."""
        return set(range(1, self.course.market_stage.hours))

    def pause(self, hour: int) -> None:
        """Let people meet what is hot in the hour to come."""
        self._ride(hour)
        self._enter(hour)
        for story, until in self.listed.items():
            if hour < until:
                self._list(story, hour)

    def _ride(self, hour: int) -> None:
        """Posts out by now whose topic lives."""
        run = self.course.run
        for name, (begins, ends) in self.live.items():
            if not begins <= hour < ends or name not in self.topic:
                continue
            for post in originals(run):
                message = int(run.posts.message[post])
                if message < len(self.topic) and self.topic[message] == name:
                    key = self._stream("ride", int(run.messages.label[message]), hour)
                    self.met_by["topic"] += self._show(int(post), hour, self.rules.chance * self.fans[name], key)
                    self.rides += 1

    def _enter(self, hour: int) -> None:
        """Stories enter the list, each once, when their counters of the last hour are high enough."""
        course, stage, run = self.course, self.course.market_stage, self.course.run
        new = np.arange(self.counted, run.post_count)
        self.counted = run.post_count
        new = new[run.posts.parent[new] >= 0]
        stories = run.messages.story
        size = run.stories.label.size
        count = np.bincount(stories[run.posts.message[new]], minlength=size) * stage.factor
        bots = next((room for room in course.practices if isinstance(room, Inflating)), None)
        if bots is not None:
            posts, reposts = bots.shown(hour - 1, hour)
            count += np.bincount(stories[posts], weights=reposts[:, 0], minlength=size)
        for story in np.flatnonzero(count > self.rules.entry * stage.market).tolist():
            if story not in self.listed:
                name = int(run.stories.label[story])
                z = draws.normal(draws.uniform(np.uint64(draws.bits(self._stream("list", name), 0))))
                self.listed[story] = hour + self.rules.list_life * float(draws.exp(self.rules.list_spread * z))

    def _list(self, story: int, hour: int) -> None:
        """The post of STORY with most reposts stands on the list."""
        run = self.course.run
        out = originals(run)
        out = out[run.messages.story[run.posts.message[out]] == story]
        if out.size == 0:
            return
        most = out[np.argmax(run.messages.reposts[run.posts.message[out]])]
        self.hours_listed += 1
        key = self._stream("list", int(run.stories.label[story]), hour)
        chance = self.rules.list_chance * self.course.market_stage.interest
        self.met_by["list"] += self._show(int(most), hour, chance, key)

    def _show(self, post: int, hour: int, chance: np.ndarray, key: np.uint64) -> int:
        """Reads of POST in the hour to come by those who come upon it: CHANCE float64[communities]."""
        return self.course.run.show_everybody(post, hour * HOUR, chance, self.rules.minutes, key)

    def parts(self) -> dict[str, float]:
        """Reads through topics and through the list; stories that came onto it, and hours that they stood there."""
        factor = self.course.market_stage.factor
        return {
            "topic_reads": self.met_by["topic"] * factor,
            "list_reads": self.met_by["list"] * factor,
            "topic_ride_hours": float(self.rides),
            "list_entries": float(len(self.listed)),
            "list_hours": float(self.hours_listed),
        }


def communities_of(stage: Stage, topic: HotTopic) -> np.ndarray:
    """Which communities follow TOPIC, bool[communities]: its own draw, not that of the launch's topic."""
    stream = np.uint64(draws.key(np.uint64(0), draws.PLAN, np.uint64(label("hot", "communities", topic.name))))
    count = stage.interest.size
    chances = [draws.uniform(np.uint64(draws.bits(stream, c))) for c in range(count)]
    chosen = np.zeros(count, bool)
    chosen[np.argsort(chances, kind="stable")[: max(1, round(topic.size * count))]] = True
    return chosen


def originals(run: Cascade) -> np.ndarray:
    """Rows in RUN.posts of the originals published so far, int64[n]."""
    return np.flatnonzero(run.posts.parent[: run.post_count] < 0)
