"""Mentions: who passes something on may @ friends, who then see it outside their feed (S4:29)."""

from typing import Annotated, Any

import numpy as np

from sim.kernels import draws, mentions, rows
from sim.model import luck
from sim.model.casting import label
from sim.model.hot import HOUR
from sim.model.launch import Strategy
from sim.model.practice import Practice
from sim.quantities import Doc, Minutes, Range, Share
from sim.section import Section


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
        Doc(
            "mentions in one message beyond which nobody more is drawn",
            "assumed",
            "order: answers saturate at about five, Bao et al. 2018",
        ),
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
        own_accord = luck.chances(self.key, who) < chance
        if not forced:
            new, who, own_accord = new[own_accord], who[own_accord], own_accord[own_accord]
        if new.size == 0:
            return
        own = luck.bits(self.key + np.uint64(1), who)
        more = (luck.uniform(luck.bits_each(own, np.zeros(own.size, np.int64))) * self.rules.most).astype(np.int64)
        number = np.minimum(forced + np.where(own_accord, 1 + more, 0), self.rules.cap)
        starts, chosen, mutual = friends_of(stage.world, stage.scratch, who, number, own)
        self.count += chosen.size
        self.mutual += mutual
        awake = (stage.readers.traits[chosen] & 7) > 0
        starts = np.concatenate([[0], np.cumsum(awake)])[starts]
        keys = luck.bits_each(own, np.ones(own.size, np.int64))
        seen, minutes = self.rules.seen, self.rules.minutes
        self.reads += run.show_each(new, starts, chosen[awake], hour * HOUR, seen, minutes, keys)

    def _attitude(self, who: np.ndarray) -> np.ndarray:
        """Attitude of accounts, float[]; of those who are not watched: 0."""
        panel = self.course.market_stage.panel
        return np.where(who % panel == 0, self.course.people.attitude[who // panel], 0.0)

    def parts(self) -> dict[str, float]:
        """People mentioned, those of them who are mutual friends, and reads that this brought."""
        factor = self.course.market_stage.factor
        return {
            "mentions": self.count * factor,
            "mentions_mutual": self.mutual * factor,
            "mention_reads": self.reads * factor,
        }


def friends_of(
    world: rows.World, scratch: int, who: np.ndarray, number: np.ndarray, streams: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Whom each of many accounts mentions: their own followers, those first whom they follow too.

    scratch  room for the longest row that is computed (`Stage.scratch`)
    who      int32[n]; number int64[n]: how many friends each mentions; streams uint64[n]: luck of each
    Returns starts int64[n + 1] and accounts int32[starts[n]], of each ascending, and how many are mutual friends.
    """
    starts, chosen = np.empty(who.size + 1, np.int64), np.empty(int(number.sum()), np.int32)
    mutual = mentions.friends_into(
        world,
        who.astype(np.int64),
        number,
        streams,
        np.empty(scratch, np.int32),
        np.empty(mentions.TRIES, np.int64),
        np.empty(mentions.TRIES, np.uint64),
        starts,
        chosen,
    )
    return starts, chosen[: starts[-1]], int(mutual)
