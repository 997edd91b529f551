"""Search: what was posted on the open channel is found for days after (S1:99); the closed one is not indexed."""

from typing import Annotated, Any

import numpy as np

from sim.kernels import draws
from sim.model import service
from sim.model.casting import label
from sim.model.hot import HOUR, active, originals, shown
from sim.model.launch import Strategy
from sim.model.practice import Practice
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
        self.awake = active(self.course.market_stage)
        self.found: dict[int, int] = {}

    def hours(self) -> set[int]:
        """Every hour."""
        return set(range(1, self.course.market_stage.hours))

    def pause(self, hour: int) -> None:
        """Those who find a post in the hour to come; a fraction of a person is drawn."""
        course, stage, run = self.course, self.course.market_stage, self.course.run
        out = originals(run)
        out = out[run.posts.second[out] > (hour - 24.0 * self.rules.days) * HOUR]
        if out.size == 0 or self.awake.size == 0:
            return
        message = run.posts.message[out]
        names = run.messages.label[message]
        reads = run.messages.reads[message] * stage.factor
        hourly = np.diff(stage.rhythm.clock)[hour] / HOUR / 24.0
        wanted = hourly * self.rules.rate * reads**self.rules.power / stage.factor
        key = np.uint64(draws.key(course.seed, draws.PLAN, np.uint64(label("search", hour))))
        number = np.floor(wanted + service.chances(key, names)).astype(np.int64)
        total = 0
        for post, name, count in zip(out[number > 0], names[number > 0], number[number > 0], strict=True):
            own = np.uint64(draws.bits(key, name))
            which = service.bits(own, np.arange(count)) % np.uint64(self.awake.size)
            accounts = np.unique(self.awake[which.astype(np.int64)])
            total += shown(run, int(post), accounts, hour * HOUR, 1.0, 20.0, own)
        self.found[hour] = total

    def parts(self) -> dict[str, float]:
        """Reads by search, and those more than a day after the launch's last post."""
        stage, run = self.course.market_stage, self.course.run
        out = originals(run)
        last = int(run.posts.second[out].max()) // HOUR if out.size else 0
        late = sum(count for hour, count in self.found.items() if hour > last + 24)
        return {"search_reads": sum(self.found.values()) * stage.factor, "search_reads_late": late * stage.factor}

    def curves(self) -> dict[str, np.ndarray]:
        """Reads by search, at the hour at which they were begun."""
        stage = self.course.market_stage
        per_hour = np.zeros(stage.hours)
        for hour, count in self.found.items():
            per_hour[hour] = count * stage.factor
        return {"search_reads": per_hour}
