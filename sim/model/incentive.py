"""The incentive of a prize draw: until the draw everybody responds more; some follow for it."""

from dataclasses import replace

import numpy as np

from sim.model.launch import Strategy
from sim.model.practice import Practice
from sim.model.prize import Prize
from sim.model.stage import Stage


class Drawing(Practice):
    """The response is `Prize.effect` times as strong until the draw, then as it was."""

    @classmethod
    def on(cls, scenario: object, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the strategy offers prizes for answers to its posts."""
        return strategy.prize is not None and strategy.prize.rewards != "stories"

    @property
    def prize(self) -> Prize:
        """The strategy's prizes."""
        return self.course.strategy.prize or Prize()

    def _effect(self) -> float:
        stage = self.course.market_stage
        return self.prize.effect((1.0 - stage.attention.dormant) * stage.market)

    def _draw(self) -> int:
        return self.prize.end(self.course.market_stage.hours)

    def stage(self, stage: Stage) -> Stage:
        """Gates must be open for the strongest response there will be, so the prize is what the run begins with."""
        effect = self._effect()
        answer = stage.answer._replace(
            repost_rate=stage.answer.repost_rate * effect, peer_rate=stage.answer.peer_rate * effect
        )
        return replace(stage, answer=answer)

    def hours(self) -> set[int]:
        """The draw."""
        return {self._draw()}

    def pause(self, hour: int) -> None:  # noqa: ARG002
        """After the draw everything is as without prizes."""
        self.course.run.change(damp=1.0 / self._effect())

    def begin(self) -> None:
        """Nobody has taken part."""
        self.asked = 0, 0

    def newcomers(self, hour: int) -> np.ndarray:
        """Accounts that reposted or commented since the last call, before HOUR and the draw, int32[n]: some twice."""
        run = self.course.run
        posts, talk = self.asked
        self.asked = run.post_count, run.comment_count
        return self._took_part(hour, posts, talk)

    def _took_part(self, hour: int, post: int, talk: int) -> np.ndarray:
        """Authors of the posts from row POST on that pass something on, and of comments from row TALK on."""
        run, limit = self.course.run, min(hour, self._draw()) * 3600
        posts, tally = run.posts, run.tally
        new, said = slice(post, run.post_count), slice(talk, run.comment_count)
        passed = posts.account[new][(posts.parent[new] >= 0) & (posts.second[new] < limit)]
        return np.concatenate([passed, tally.talk_account[said][tally.talk_second[said] < limit]])

    def parts(self) -> dict[str, float]:
        """How far the prizes lifted the response, and how many took part."""
        count = np.unique(self._took_part(self.course.stage.hours, 0, 0)).size
        return {"prize_effect": self._effect(), "participants": count * self.course.stage.factor}
