"""Gathering what others write: every day the brand takes up a few of their posts, comments on them, passes them on.

Whom it takes up likes the brand better for it, its followers see the post, and
those who see a brand listen like it a little better too (S2:2-8).
"""

from typing import Any

import numpy as np

from sim.kernels import draws, readers, response
from sim.model import luck
from sim.model.casting import label
from sim.model.dialogue import Dialogue
from sim.model.hot import HOUR
from sim.model.launch import Strategy
from sim.model.practice import Practice

DAY = 24


class Gathering(Practice):
    """Two-way dialogue, day by day."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the strategy declares it."""
        return strategy.dialogue is not None

    @property
    def rules(self) -> Dialogue:
        """What the strategy declares."""
        return self.course.strategy.dialogue or Dialogue()

    def begin(self) -> None:
        """Nobody was taken up."""
        stage = self.course.market_stage
        base = stage.casting.graph.base
        traits = stage.readers.traits[:base]
        self.fans = np.flatnonzero((traits & np.uint8(readers.FOLLOWS_BRAND) > 0) & (traits & 7 > 0)).astype(np.int32)
        self.seen_posts = 0
        self.seen_talk = 0
        self.taken: list[int] = []
        self.reads = 0

    def hours(self) -> set[int]:
        """Once a day, and before the horizon."""
        return set(range(DAY, self.course.market_stage.hours, DAY))

    def pause(self, hour: int) -> None:
        """Choose among what was written since yesterday: posts that were passed on, and comments that praise or ask."""
        course, stage, run = self.course, self.course.market_stage, self.course.run
        posts = np.arange(self.seen_posts, run.post_count)
        self.seen_posts = run.post_count
        posts = posts[(run.posts.parent[posts] >= 0) & (run.posts.account[posts] < stage.casting.graph.base)]
        talk = np.arange(self.seen_talk, run.comment_count)
        self.seen_talk = run.comment_count
        kind = run.tally.talk_kind[talk]
        talk = talk[(kind == response.PRAISE) | (kind == response.QUESTION)]
        who = np.concatenate([run.posts.account[posts], run.tally.talk_account[talk]])
        which = np.concatenate([posts, np.full(talk.size, -1)])
        if who.size == 0:
            return
        key = np.uint64(draws.key(course.seed, draws.PLAN, np.uint64(label("dialogue"))))
        order = np.argsort(luck.bits(key, who), kind="stable")
        number = self._number(hour)
        for account, post in zip(who[order][:number].tolist(), which[order][:number].tolist(), strict=True):
            self._take_up(account, post, hour, np.uint64(draws.bits(key + np.uint64(1), account)))

    def _number(self, hour: int) -> int:
        """Posts that are taken up, as simulated: each stands for `factor` of the market's; a fraction is drawn."""
        course = self.course
        wanted = self.rules.per_day / course.market_stage.factor
        coin = np.uint64(draws.key(course.seed, draws.PLAN, np.uint64(label("dialogue", "number", hour))))
        return int(wanted + draws.uniform(np.uint64(draws.bits(coin, 0))))

    def _take_up(self, account: int, post: int, hour: int, key: np.uint64) -> None:
        """ACCOUNT's words are answered; its POST (-1: a comment) is shown to the brand's followers."""
        course, panel = self.course, self.course.market_stage.panel
        self.taken.append(account)
        if account % panel == 0:
            course.people.feel(np.array([account // panel]), self.rules.warm)
        chance = self.rules.seen
        watched = self.fans[self.fans % panel == 0]
        seen = luck.chances(key, watched) < chance
        course.people.feel(watched[seen].astype(np.int64) // panel, self.rules.onlookers)
        if post >= 0:
            others = self.fans[self.fans != account]
            self.reads += course.run.show(post, others, hour * HOUR, chance, 120.0, key)

    def parts(self) -> dict[str, float]:
        """People taken up, their attitude now, and reads of what was passed on."""
        stage = self.course.market_stage
        people = np.unique(np.array(self.taken, np.int64))
        people = people[people % stage.panel == 0] // stage.panel
        attitude = self.course.people.attitude
        return {
            "taken_up": len(self.taken) * stage.factor,
            "taken_up_attitude": float(attitude[people].mean()) if people.size else 0.0,
            "taken_up_reads": self.reads * stage.factor,
        }
