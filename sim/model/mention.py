"""Mentions: who passes something on may @ friends, who then see it outside their feed (S4:29)."""

import bisect
from typing import Annotated, Any

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.kernels import draws
from sim.model import service
from sim.model.casting import label
from sim.model.hot import HOUR, shown
from sim.model.launch import Strategy
from sim.model.practice import Practice
from sim.quantities import Doc, Minutes, Range, Share
from sim.section import Section

TRIES = 12  # followers that are looked at in search of mutual friends


class Mentions(Section):
    """Those who repost mention friends."""

    chance: Annotated[Share, Doc("chance that one who reposts mentions friends", "assumed", "", (0.03, 0.2))] = 0.10
    satisfied: Annotated[Share, Doc("the same of one who likes the brand", "assumed", "S4:29: they tell friends")] = (
        0.25
    )
    liking: Annotated[
        Annotated[float, Range(-20.0, 20.0, "attitude")], Doc("attitude from which somebody counts as satisfied")
    ] = 0.02
    most: Annotated[
        Annotated[int, Range(1, 20, "friends", whole=True)], Doc("friends mentioned: one to so many", "assumed")
    ] = 3
    cap: Annotated[
        Annotated[int, Range(1, 20, "friends", whole=True)],
        Doc("mentions in one message beyond which nobody more is drawn", "assumed", "order: saturation at about five"),
    ] = 5
    seen: Annotated[
        Share, Doc("chance that an active account sees that it was mentioned", "assumed", "", (0.5, 0.95))
    ] = 0.8
    minutes: Annotated[Minutes, Doc("mean time until it does", "assumed")] = 60.0


class Mentioning(Practice):
    """At every full hour those who reposted within the last one have mentioned friends."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.mentions is not None

    def begin(self) -> None:
        """Nobody was mentioned."""
        course = self.course
        self.rules = course.scenario.mentions or Mentions()
        self.key = np.uint64(draws.key(course.seed, draws.PLAN, np.uint64(label("mention"))))
        prize = course.strategy.prize
        self.asked = (prize.mention, prize.end(course.market_stage.hours)) if prize is not None else (0, 0)
        self.seen_posts = 0
        self.count = 0
        self.mutual = 0
        self.reads = 0

    def hours(self) -> set[int]:
        """Every hour."""
        return set(range(1, self.course.market_stage.hours))

    def pause(self, hour: int) -> None:
        """Those who passed something on in the last hour mention friends."""
        run, stage = self.course.run, self.course.market_stage
        new = np.arange(self.seen_posts, run.post_count)
        self.seen_posts = run.post_count
        new = new[(run.posts.parent[new] >= 0) & (run.posts.account[new] < stage.casting.graph.base)]
        if new.size == 0:
            return
        who = run.posts.account[new]
        forced = self.asked[0] if hour <= self.asked[1] else 0
        chance = np.where(self._attitude(who) >= self.rules.liking, self.rules.satisfied, self.rules.chance)
        mentions = service.chances(self.key, who) < chance
        for post, account, of_own_accord in zip(new.tolist(), who.tolist(), mentions.tolist(), strict=True):
            if of_own_accord or forced:
                self._mention(post, account, hour, forced, of_own_accord)

    def _attitude(self, who: np.ndarray) -> np.ndarray:
        """Attitude of accounts, float[]; of those who are not watched: 0."""
        panel = self.course.market_stage.panel
        return np.where(who % panel == 0, self.course.people.attitude[who // panel], 0.0)

    def _mention(self, post: int, account: int, hour: int, forced: int, of_own_accord: bool) -> None:
        """ACCOUNT mentions friends in POST: one to `most` of its own accord, FORCED ones for a prize."""
        own = np.uint64(draws.bits(self.key + np.uint64(1), account))
        number = forced
        if of_own_accord:
            number += 1 + int(draws.uniform(np.uint64(draws.bits(own, 0))) * self.rules.most)
        number = min(number, self.rules.cap)
        chosen, mutual = friends_of(self.course.market_stage.casting.graph, account, number, own)
        awake = (self.course.market_stage.readers.traits[chosen] & 7) > 0
        self.count += chosen.size
        self.mutual += mutual
        if awake.any():
            key = np.uint64(draws.bits(own, 1))
            run = self.course.run
            self.reads += shown(run, post, chosen[awake], hour * HOUR, self.rules.seen, self.rules.minutes, key)

    def parts(self) -> dict[str, float]:
        """People mentioned, those of them who are mutual friends, and reads that this brought."""
        factor = self.course.market_stage.factor
        return {
            "mentions": self.count * factor,
            "mentions_mutual": self.mutual * factor,
            "mention_reads": self.reads * factor,
        }


def friends_of(graph: FollowerGraph, account: int, number: int, stream: np.uint64) -> tuple[np.ndarray, int]:
    """NUMBER accounts that ACCOUNT mentions, int32, ascending, and how many of them are mutual friends.

    Followers are looked at in an order drawn from STREAM: first come those whom ACCOUNT follows too, then the others.
    """
    row = graph.row(account)
    row = row[: np.searchsorted(row, graph.base)]
    order = np.argsort(service.bits(stream, row), kind="stable")[:TRIES]
    likely = row[order]
    mutual = np.array([_follows(graph, account, int(other)) for other in likely], bool)
    chosen = np.concatenate([likely[mutual], likely[~mutual]])[:number]
    return np.sort(chosen).astype(np.int32), int(min(mutual.sum(), number))


def _follows(graph: FollowerGraph, account: int, other: int) -> bool:
    """Whether ACCOUNT is among the followers of OTHER."""
    if graph.stored:  # no view of the row: this is asked a dozen times for every mention
        row, first, last = graph.followers, int(graph.indptr[other]), int(graph.indptr[other + 1])
    else:
        row = graph.row(other)
        first, last = 0, row.size
    at = bisect.bisect_left(row, account, first, last)
    return at < last and int(row[at]) == account
