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

    def participants(self, hour: int) -> np.ndarray:
        """Accounts that reposted or commented before HOUR and the draw, int64, ascending."""
        run = self.course.run
        posts = run.posts
        limit = min(hour, self._draw()) * 3600
        passed = (posts.parent[: run.post_count] >= 0) & (posts.second[: run.post_count] < limit)
        talk = run.tally.talk_second[: run.comment_count] < limit
        return np.union1d(posts.account[: run.post_count][passed], run.tally.talk_account[: run.comment_count][talk])

    def parts(self) -> dict[str, float]:
        """How far the prizes lifted the response, and how many took part."""
        count = self.participants(self.course.stage.hours).size
        return {"prize_effect": self._effect(), "participants": count * self.course.stage.factor}
