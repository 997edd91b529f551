"""Search: what was posted on the open channel is found for days after (S1:99); the closed one is not indexed."""

from typing import Annotated, Any

import numpy as np

from sim.kernels import draws, searching
from sim.model.casting import label
from sim.model.hot import HOUR, originals
from sim.model.launch import Strategy
from sim.model.practice import Practice
from sim.model.stage import public_of
from sim.quantities import Days, Doc, Exponent, Multiplier
from sim.section import Section


class Search(Section):
    """Posts that people find by searching the web."""

    rate: Annotated[
        Multiplier,
        Doc("reads by search a day, per read so far to the power below", "assumed", "S1:99: it helps", (0.005, 0.08)),
    ] = 0.02
    power: Annotated[Exponent, Doc("how that grows with the reads so far", "assumed")] = 0.5
    days: Annotated[Days, Doc("how long a post is found", "assumed")] = 30.0


class Finding(Practice):
    """Every hour each post is found by a few people anywhere in the market."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.search is not None

    def begin(self) -> None:
        """Nothing was found."""
        self.rules = self.course.scenario.search or Search()
        self.awake, _ = public_of(self.course.market_stage)
        self.found: dict[int, int] = {}

    def hours(self) -> set[int]:
        """Every hour."""
        return set(range(1, self.course.market_stage.hours))

    def pause(self, hour: int) -> None:
        """Those who find a post in the hour to come; a fraction of a person is drawn."""
        course, stage, run = self.course, self.course.market_stage, self.course.run
        out = originals(run)
        if out.size == 0 or self.awake.size == 0:
            return
        hourly = float(np.diff(stage.rhythm.clock[hour : hour + 2])[0]) / HOUR / 24.0
        posts, starts, accounts, keys = searching.found(
            np.uint64(draws.key(course.seed, draws.PLAN, np.uint64(label("search", hour)))),
            hourly * self.rules.rate,
            self.rules.power,
            stage.factor,
            (hour - 24.0 * self.rules.days) * HOUR,
            run.posts.second[out],
            run.posts.message[out],
            run.messages.label,
            run.messages.reads,
            self.awake,
        )
        if posts.size:
            self.found[hour] = run.show_each(out[posts], starts, accounts, hour * HOUR, 1.0, 20.0, keys)

    def parts(self) -> dict[str, float]:
        """Reads by search, and those more than a day after the launch's last post."""
        stage, run = self.course.market_stage, self.course.run
        out = originals(run)
        last = int(run.posts.second[out].max()) // HOUR if out.size else 0
        late = sum(count for hour, count in self.found.items() if hour > last + 24)
        return {"search_reads": sum(self.found.values()) * stage.factor, "search_reads_late": late * stage.factor}

    def curves(self) -> dict[str, np.ndarray]:
        """Reads by search, at the hour at which they were begun, float64[hours]."""
        stage = self.course.market_stage
        per_hour = np.zeros(stage.hours)
        for hour, count in self.found.items():
            per_hour[hour] = count * stage.factor
        return {"search_reads": per_hour}
